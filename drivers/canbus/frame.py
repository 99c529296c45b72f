"""What travels on a CAN bus."""

from __future__ import annotations

from typing import NamedTuple


class Frame(NamedTuple):
    """A classic CAN data frame."""

    id: int
    """Arbitration id, 11 or 29 bit."""
    data: bytes
    """0 to 8 bytes."""
    extended: bool = False
    """Whether the id has 29 bits."""
