"""Parts that fail: lives drawn from Weibull laws of each part's own damage, and what fails then."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from drivers.simulated.plants.hydrogen_engine.ageing_parameters import AgeingParameters

PARTS = ("rings", "bearings", "valve_seats", "injectors", "plugs", "turbocharger", "gasket")
"""Parts that can fail, in the order of their damage in `Ageing`."""


class Harm(NamedTuple):
    """What failed parts do, over the engine without failures."""

    efficiency: float = 1.0
    """Brake thermal efficiency beside what slips, 1."""
    power: float = 1.0
    """Full-load torque, 1."""
    blow_by: float = 1.0
    """Gas past the piston rings, 1."""
    slip: float = 1.0
    """Unburnt hydrogen in the exhaust, 1."""
    oil_pressure: float = 1.0
    """Oil pressure, 1."""


_UNHARMED = Harm()
# One cylinder of six is lost where an injector sticks closed or a plug gives no spark: then its
# hydrogen leaves unburnt, a sixth of all against 0.4 % of the new engine. Sizes are engineering
# defaults.
_HARM = {
    "rings": Harm(efficiency=0.97, power=0.95, blow_by=5.0),
    "bearings": Harm(efficiency=0.98, oil_pressure=0.15),
    "valve_seats": Harm(efficiency=0.94, power=0.85, slip=3.0),
    "injectors": Harm(efficiency=0.92, power=5.0 / 6.0),
    "plugs": Harm(power=5.0 / 6.0, slip=42.0),
    "turbocharger": Harm(efficiency=0.95, power=0.6),
    "gasket": Harm(efficiency=0.96, power=0.93),
}


class Parts(NamedTuple):
    """The parts that are built in, in the order of `PARTS`."""

    renewed: tuple[float, ...]
    """How often each was renewed, 1."""
    lives: tuple[float, ...]
    """Damage at which each fails, reference s: a truth for tests, nothing that judges knows it."""

    def failed(self, worn: Sequence[float]) -> tuple[str, ...]:
        """Names of the parts that have failed at this damage (reference s)."""
        known = zip(PARTS, worn, self.lives, strict=True)
        return tuple(part for part, damage, life in known if damage >= life)


NEVER = Parts((0.0,) * len(PARTS), (inf,) * len(PARTS))
"""New parts that never fail."""


def parts_of(parameters: AgeingParameters, renewed: Sequence[float]) -> Parts:
    """Return the parts of one engine with the lives its seed draws.

    Args:
        parameters: Seed (0: nothing fails), shapes and characteristic lives.
        renewed: How often each part was renewed; a new one has a life of its own.
    """
    return Parts(
        tuple(renewed),
        tuple(_life(parameters, part, round(n)) for part, n in zip(PARTS, renewed, strict=True)),
    )


def _life(parameters: AgeingParameters, part: str, renewed: int) -> float:
    seed = round(parameters.failure_seed)
    if seed == 0:
        return inf
    characteristic: float = getattr(parameters, f"{part}_life")
    shape: float = getattr(parameters, f"{part}_life_shape")
    drawn = random.Random(f"{seed}/{part}/{renewed}")  # noqa: S311 - seeded simulation
    return drawn.weibullvariate(characteristic, shape)


def harm_of(worn: Sequence[float], parts: Parts) -> Harm:
    """Return what has failed at this damage (reference s, in the order of `PARTS`) does."""
    if not any(map(_is_spent, worn, parts.lives)):
        return _UNHARMED
    efficiency = power = blow_by = slip = oil_pressure = 1.0
    for part in parts.failed(worn):
        harm = _HARM[part]
        efficiency *= harm.efficiency
        power *= harm.power
        blow_by *= harm.blow_by
        slip *= harm.slip
        oil_pressure *= harm.oil_pressure
    return Harm(efficiency, power, blow_by, slip, oil_pressure)


def _is_spent(damage: float, life: float) -> bool:
    return damage >= life
