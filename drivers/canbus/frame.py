"""What travels on a CAN bus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Frame(NamedTuple):
    """A classic CAN data frame."""

    id: int
    """Arbitration id, 11 or 29 bit."""
    data: bytes
    """0 to 8 bytes."""
    extended: bool = False
    """Whether the id has 29 bits."""


class Burst(NamedTuple):
    """Data frames of one 11-bit id, one after the other; only on a bus inside the process."""

    id: int
    """Arbitration id, 11 bit."""
    data: NDArray[np.uint8]
    """n x 8 bytes, in the order of sending."""
    extended: bool = False
    """Never: a burst has an 11-bit id."""

    def frames(self) -> Iterator[Frame]:
        """Return the frames one by one."""
        return (Frame(self.id, row.tobytes()) for row in self.data)
