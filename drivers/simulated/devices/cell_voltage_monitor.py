"""Simulated cell voltage monitor, from its manual (drivers/canbus/dbc/cell_voltage_monitor.md).

Terminals:

- profiles: ``cells`` (V, mean cell voltage of each group; one that is not a number has a fault),
  ``ripple`` (V rms of each stack; not wired: not fitted).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.clock import MILLISECOND, SECOND
from drivers.canbus.frame import Frame
from drivers.simulated.devices.bench_device import Identity, guarded
from drivers.simulated.port import SendBurst, SendFrame, Terminals

CONFIG, DETAIL, VOLTAGES, GROUPS, IDENTITY = 0x132, 0x1A1, 0x1A2, 0x1A3, 0x1A4

_FAULT, _NOT_THERE, _TOP = 16382, 16383, 16381
_RIPPLE_PAGE = 128
_PERIODS = range(50, 1001)
_PLACES = np.array([1 << 8, 1 << 22, 1 << 36, 1 << 50], dtype=np.uint64)
"""What shifts the four values of a page to their places."""


@dataclass(frozen=True)
class Measured:
    """A round as it was measured."""

    pages: NDArray[np.uint8]
    """n x 8 bytes."""
    voltages: bytes
    """First frame of the summary."""
    groups: bytes
    """Second frame of the summary."""


class PageFrame:
    """Where each value stands, and in which steps.

    Args:
        groups: How many groups there are.
        stacks: How many stacks.
    """

    def __init__(self, groups: int, stacks: int) -> None:
        pages, ripple_pages = -(-groups // 4), -(-stacks // 4)
        self._groups = groups
        self._ripple = slice(4 * pages, 4 * pages + stacks)
        size = 4 * (pages + ripple_pages)
        self._values = np.zeros(size)
        self._per_volt = np.zeros(size)
        self._per_volt[:groups], self._per_volt[self._ripple] = 1e4, 5e3
        self._zeros = np.full(size, _NOT_THERE + 0.5)
        self._zeros[:groups], self._zeros[self._ripple] = 3000.5, 0.5  # -0.3 V; half a step
        self._tops = np.where(self._per_volt > 0.0, _TOP + 0.5, _NOT_THERE + 0.5)
        self._numbers = np.r_[:pages, _RIPPLE_PAGE : _RIPPLE_PAGE + ripple_pages].astype(np.uint64)
        count = np.arange(1, groups + 1)
        self._sums = np.array((np.ones(groups), count * count), dtype=np.uint64)

    def steps(
        self, cells: NDArray[np.float64], ripple: NDArray[np.float64] | None
    ) -> NDArray[np.uint64]:
        """Return values in steps, each at its place; one that is not a number has a fault."""
        self._values[: self._groups] = cells
        if ripple is not None:
            self._values[self._ripple] = ripple
        exact = self._values * self._per_volt
        exact += self._zeros
        np.maximum(exact, 0.0, out=exact)
        np.minimum(exact, self._tops, out=exact)
        if np.isnan(np.add.reduce(exact)):
            exact[np.isnan(exact)] = _FAULT
        return exact.astype(np.uint64)

    def pages(self, steps: NDArray[np.uint64]) -> NDArray[np.uint8]:
        """Return pages of four values each (n x 8 bytes)."""
        words = steps.reshape(-1, 4).dot(_PLACES)
        words |= self._numbers
        return words.astype("<u8", copy=False).view(np.uint8).reshape(-1, 8)

    def summary(self, steps: NDArray[np.uint64], alive: int) -> tuple[bytes, bytes]:
        """Return the two frames of a summary."""
        groups = steps[: self._groups]
        total, signature = self._sums.dot(groups).tolist()
        lowest, highest, count = int(groups.argmin()), int(groups.argmax()), self._groups
        low, high = int(groups[lowest]), int(groups[highest])
        if high > _TOP:
            valid = groups <= _TOP
            count = int(np.count_nonzero(valid))
            total = int(groups[valid].sum())
            highest = int(np.where(valid, groups, 0).argmax())
            high = int(groups[highest])
        mean = round(total / count) if count else _NOT_THERE
        if not count:
            low = high = _NOT_THERE
            lowest = highest = -1
        first = alive | low << 4 | mean << 18 | high << 32 | self._groups << 46
        second = alive | lowest + 1 << 4 | highest + 1 << 14 | self._groups - count << 24
        second |= (signature & 0x3FFFFF) << 34
        return (
            guarded(VOLTAGES, first.to_bytes(7, "little")),
            guarded(GROUPS, second.to_bytes(7, "little")),
        )


class CellVoltageMonitorTwin:
    """The monitor."""

    listens = frozenset({CONFIG})
    """Ids of the frames it takes."""

    def __init__(self, terminals: Terminals, send: SendFrame) -> None:
        self._cells = terminals.profiles["cells"]
        self._ripple = terminals.profiles.get("ripple")
        self._send = send
        self._send_burst: SendBurst | None = None
        self._identity = Identity(0xC501, 4001)
        self._faults: Mapping[str, Mapping[str, float | str]] = {}
        self._last: Measured | None = None
        self._frame: PageFrame | None = None
        self._period = 100
        self._alive = 0
        self._due_round = self._due_plate = 0

    def attach_burst(self, send: SendBurst) -> None:
        """Take the way to send many frames at once."""
        self._send_burst = send

    def suffer(self, faults: Mapping[str, Mapping[str, float | str]]) -> None:
        """Let these faults, by kind, and no others be there."""
        self._faults = faults

    def receive(self, frame: Frame, now: int) -> None:
        """Take a configuration; other frames are not for this device."""
        if frame.extended or frame.id != CONFIG or len(frame.data) < 2:
            return
        period = int.from_bytes(frame.data[:2], "little")
        if period in _PERIODS:
            self._period = period
            if self._due_round > now:  # the first one after power-up is sent at once
                self._due_round = now + period * MILLISECOND
        self._due_plate = now

    def step(self, now: int) -> int:
        """Measure and report; return when to be called again (ns)."""
        if now >= self._due_plate:
            self._due_plate = now + SECOND
            self._send(Frame(IDENTITY, self._identity.data(self._period)), now)
        if now >= self._due_round:
            self._due_round = now + self._period * MILLISECOND
            if self._last is None or "groups-frozen" not in self._faults:
                self._last = self._measure(now)
            self._report(self._last, now)
        return min(self._due_round, self._due_plate)

    def _measure(self, now: int) -> Measured:
        self._alive = self._alive + 1 & 0xF
        cells = self._cells(now)
        if self._frame is None:
            ripples = 0 if self._ripple is None else len(self._ripple(now))
            self._frame = PageFrame(len(cells), ripples)
        steps = self._frame.steps(cells, None if self._ripple is None else self._ripple(now))
        return Measured(self._frame.pages(steps), *self._frame.summary(steps, self._alive))

    def _report(self, measured: Measured, now: int) -> None:
        pages = self._disturbed(measured.pages)
        if self._send_burst is not None:
            self._send_burst(DETAIL, pages, now)
        else:
            for page in pages:
                self._send(Frame(DETAIL, page.tobytes()), now)
        self._send(Frame(VOLTAGES, measured.voltages), now)
        self._send(Frame(GROUPS, measured.groups), now)

    def _disturbed(self, pages: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return what becomes of the pages on their way."""
        swapped, lost = self._faults.get("groups-swapped"), self._faults.get("groups-lost")
        if swapped is not None:
            one, other = (_page_of(swapped[name]) for name in ("one", "other"))
            numbers = pages[:, 0]
            pages = pages.copy()
            pages[numbers == one, 0], pages[numbers == other, 0] = other, one
        if lost is not None:
            first, last = (_page_of(lost[name]) for name in ("first", "last"))
            is_lost = (pages[:, 0] >= first) & (pages[:, 0] <= min(last, _RIPPLE_PAGE - 1))
            pages = pages[~is_lost]
        return pages


def _page_of(group: float | str) -> int:
    return (int(group) - 1) // 4


def make(terminals: Terminals, send: SendFrame) -> CellVoltageMonitorTwin:
    """Return the twin behind its terminals."""
    return CellVoltageMonitorTwin(terminals, send)
