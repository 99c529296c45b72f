"""What a driver on a CAN bus is: a node that hears frames and sends some.

A bus (`drivers.canbus.pump` on a wire, `drivers.simulated.can_bus` in virtual time) owns its
nodes. It gives each of them a way to send (`CanNode.attach`), hands it the frames it listens to,
and calls ``step`` after every batch of frames and after every demand, at the latest when due.
All of this happens on the bus's own thread; only ``demand``, ``make_safe``, ``start`` and
``progress`` are called from the scan's thread, so they may do no more than leave a note.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bench.device import Instrument
from drivers.canbus.frame import Frame

STANDARD_MASK = 0x7FF
"""All bits of an 11-bit id."""
EXTENDED_MASK = 0x1FFFFFFF
"""All bits of a 29-bit id."""

Send = Callable[[Frame], None]
"""Puts a frame on the bus at once; dropped, and never sent later, while the bus is down."""


def nowhere(frame: Frame) -> None:
    """Stand in for the bus until there is one."""
    del frame


@dataclass(frozen=True)
class Filter:
    """Frames a node listens to: those with ``frame.id & mask == id``."""

    id: int
    """Wanted id, zero outside the mask."""
    mask: int
    """Bits of the id that count."""
    extended: bool
    """Whether 29-bit or 11-bit ids are meant."""

    def takes(self, frame: Frame) -> bool:
        """Return whether a frame passes."""
        return frame.extended == self.extended and frame.id & self.mask == self.id


def exactly(id: int, *, extended: bool = False) -> Filter:  # noqa: A002 - the field's word
    """Return the filter for one id."""
    return Filter(id, EXTENDED_MASK if extended else STANDARD_MASK, extended)


def pgn(number: int, *, source: int | None = None, destination: int | None = None) -> Filter:
    """Return the filter for a J1939 parameter group, of any priority.

    Args:
        number: Parameter group number, 18 bit; the low byte is 0 where the group is addressed.
        source: Address of the sender; None: any.
        destination: Address of the receiver, only for addressed groups (PDU format below 240);
            None: any.
    """
    is_addressed = (number >> 8) & 0xFF < 240  # SAE J1939-21: PDU1 carries a destination
    mask = 0x3FF0000 if is_addressed else 0x3FFFF00
    wanted = number << 8 & mask
    if source is not None:
        mask, wanted = mask | 0xFF, wanted | source
    if destination is not None and is_addressed:
        mask, wanted = mask | 0xFF00, wanted | destination << 8
    return Filter(wanted, mask, extended=True)


class CanNode(Instrument, Protocol):
    """An instrument that is a node on a CAN bus."""

    @property
    def listens(self) -> Sequence[Filter]:
        """Frames it wants to hear."""
        ...

    @property
    def silence(self) -> int:
        """After how long without a frame of its own it counts as gone, ns; ≥ 2 periods."""
        ...

    def attach(self, send: Send) -> None:
        """Take the way to send; called once, before anything else."""
        ...

    def bus_opened(self, now: int) -> None:
        """The bus has been opened or reopened: nothing is known, nothing is demanded yet."""
        ...

    def bus_lost(self, now: int) -> None:
        """The bus is gone: readings are DISCONNECTED, waiting demands are forgotten."""
        ...

    def on_frame(self, frame: Frame, now: int) -> None:
        """Take a frame that passed a filter, heard at a time (ns)."""
        ...

    def step(self, now: int) -> int:
        """Send what is due or newly demanded; return when next called for (ns)."""
        ...


class TakesBursts(Protocol):
    """What a node has beside `CanNode` if it takes many frames of one id as one array.

    A bus inside the process finds it by its name; without it, and on a wire, ``on_frame`` gets
    the frames one by one. Both must have the same effect.
    """

    def on_burst(self, id: int, data: NDArray[np.uint8], now: int) -> None:  # noqa: A002 - the field's word
        """Take frames of an 11-bit id that passed a filter, heard at a time (ns).

        Args:
            id: Arbitration id.
            data: n x 8 bytes, in the order of sending; not to be written to or kept.
            now: When they were heard, ns.
        """
        ...
