"""What a simulated instrument looks like from the wire, and what it sees of the plant.

A twin is written from its instrument's manual. It never opens a socket and never reads a clock:
bytes or frames come with the time at which they arrive, so the same twin serves a real socket in
real time and an in-process link in virtual time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from drivers.canbus.frame import Frame
from drivers.simulated.cycles import Cycles


class Signal(Protocol):
    """One wire from the plant to an instrument: sensor included."""

    def __call__(self, now: int) -> float:
        """Return what the instrument sees at a time (ns), SI; the same, however often it looks."""
        ...


class Profile(Protocol):
    """Many wires of one kind from the plant to an instrument: sensors included."""

    def __call__(self, now: int) -> NDArray[np.float64]:
        """Return what it sees at a time (ns), SI, in order; the same, however often it looks."""
        ...


class Response(Protocol):
    """What an instrument finds when it excites the plant with a small sine."""

    def __call__(self, frequency: float, now: int) -> complex:
        """Return what it finds at a frequency (Hz) and a time (ns), SI."""
        ...


class Actuator(Protocol):
    """One wire from an instrument to the plant."""

    def __call__(self, value: float, now: int) -> None:
        """Set a plant input (SI; booleans as 0 and 1) from a time (ns) on."""
        ...


@dataclass(frozen=True)
class Terminals:
    """The cables at a twin."""

    signals: Mapping[str, Signal]
    """Reading or terminal → what comes in."""
    actuators: Mapping[str, Actuator]
    """Plant input → where it goes."""
    options: Any = None
    """The instrument's rig options that the lab would also set on the device itself (address)."""
    profiles: Mapping[str, Profile] = field(default_factory=dict[str, Profile])
    """Terminal → many values that come in at once."""
    responses: Mapping[str, Response] = field(default_factory=dict[str, Response])
    """Terminal → what an excitation finds."""
    cycles: Mapping[str, Cycles] = field(default_factory=dict[str, Cycles])
    """Terminal → the working cycles of a cylinder."""
    random: Callable[[], float] = field(default=lambda: 0.0)
    """Uniform random numbers in 0..1 for what the instrument itself does by chance."""
    leapt: Callable[[], int] = field(default=lambda: 0)
    """Time that the wires stood still for so far, ns; what the instrument regulates went on."""
    period: int = 0
    """How often at most anybody looks, ns: what it does by itself it need not do more often. 0: as
    its manual says."""


class TextTwin(Protocol):
    """An instrument that speaks bytes: VISA sockets, serial, GPIB."""

    def receive(self, data: bytes, now: int) -> bytes:
        """Take bytes that arrive at a time (ns); return the bytes it answers (or none)."""
        ...

    def step(self, now: int) -> int:
        """Do what the instrument does by itself; return when it next wants to (ns)."""
        ...


class CanTwin(Protocol):
    """An instrument that is a node on a CAN bus."""

    def receive(self, frame: Frame, now: int) -> None:
        """Take a frame that is on the bus at a time (ns)."""
        ...

    def step(self, now: int) -> int:
        """Send what is due by ``send``; return when it next wants to (ns)."""
        ...


SendFrame = Callable[[Frame, int], None]
"""Puts a frame on the bus at a time (ns)."""

SendBurst = Callable[[int, NDArray[np.uint8], int], None]
"""Puts frames of one 11-bit id (n x 8 bytes, not changed later) on the bus at a time (ns)."""


class SendsBursts(Protocol):
    """What a twin has beside `CanTwin` if it can send many frames of one id at once."""

    def attach_burst(self, send: SendBurst) -> None:
        """Take the way to send bursts; not called where frames have to go one by one."""
        ...


def burst_attacher(twin: object) -> Callable[[SendBurst], None] | None:
    """Return a twin's ``attach_burst``; None: it sends single frames only."""
    found: Callable[[SendBurst], None] | None = getattr(twin, "attach_burst", None)
    return found
