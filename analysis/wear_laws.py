"""How wear grows over kilometres."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.checks import FloatArray, require_finite, require_positive


@dataclass(frozen=True, slots=True, kw_only=True)
class WearLaw:
    """How wear grows over kilometres: with a power, or exponentially."""

    exponent: float = 1.0
    """Power of the kilometres, above zero; 1 is the straight line."""
    growth: float = 0.0
    """Per km; above 0 wear feeds on itself, below 0 it comes to an end; 0: the power holds."""

    def __post_init__(self) -> None:
        """Refuse what is no law."""
        require_positive(exponent=float(self.exponent))
        require_finite(growth=float(self.growth))
        if self.growth != 0.0 and self.exponent != 1.0:
            raise ValueError("a law of wear has an exponent or a growth, not both")

    def wear(self, kilometres: FloatArray, reach: float) -> FloatArray:
        """Return the wear at distances (km) as part of that at `reach`, shape as given."""
        if self.growth != 0.0:
            return np.expm1(self.growth * kilometres) / math.expm1(self.growth * reach)
        return (kilometres / reach) ** self.exponent


LINE: Final = WearLaw()
"""The straight line."""
