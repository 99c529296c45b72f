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


@dataclass(frozen=True)
class Measured:
    """A round as it was measured."""

    pages: NDArray[np.uint8]
    """n x 8 bytes."""
    voltages: bytes
    """First frame of the summary."""
    groups: bytes
    """Second frame of the summary."""


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
            self._due_round = min(self._due_round, now + period * MILLISECOND)
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
        steps = _steps(self._cells(now), 1e-4, -0.3)
        pages = _pages(steps, 0)
        if self._ripple is not None:
            pages = np.concatenate((pages, _pages(_steps(self._ripple(now), 2e-4, 0.0), 128)))
        return Measured(pages, *_summary(steps, self._alive))

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


def _steps(shown: NDArray[np.float64], step: float, zero: float) -> NDArray[np.int64]:
    """Return values in steps; one that is not a number has a fault."""
    exact = np.rint((shown - zero) / step)
    is_fault = np.isnan(exact)
    return np.where(is_fault, _FAULT, np.clip(np.where(is_fault, 0.0, exact), 0, _TOP)).astype(
        np.int64
    )


def _pages(steps: NDArray[np.int64], first: int) -> NDArray[np.uint8]:
    """Return pages of four values each (n x 8 bytes), numbered from a page on."""
    count = -(-len(steps) // 4)
    held = np.full(4 * count, _NOT_THERE)
    held[: len(steps)] = steps
    one, two, three, four = held.reshape(-1, 4).T
    words = np.arange(first, first + count) | one << 8 | two << 22 | three << 36
    return (words.astype("<u8") | four.astype("<u8") << 50).view(np.uint8).reshape(-1, 8)


def _summary(steps: NDArray[np.int64], alive: int) -> tuple[bytes, bytes]:
    """Return the two frames of a summary."""
    valid = steps <= _TOP
    count = int(np.count_nonzero(valid))
    numbers = np.arange(1, len(steps) + 1)
    signature = int((numbers * numbers * steps).sum()) & 0x3FFFFF
    low = mean = high = _NOT_THERE
    lowest = highest = 0
    if count:
        lowest = int(np.where(valid, steps, _NOT_THERE).argmin()) + 1
        highest = int(np.where(valid, steps, -1).argmax()) + 1
        low, high = int(steps[lowest - 1]), int(steps[highest - 1])
        mean = round(int(steps[valid].sum()) / count)
    first = alive | low << 4 | mean << 18 | high << 32 | len(steps) << 46
    missing = len(steps) - count
    second = alive | lowest << 4 | highest << 14 | missing << 24 | signature << 34
    return (
        guarded(VOLTAGES, first.to_bytes(7, "little")),
        guarded(GROUPS, second.to_bytes(7, "little")),
    )


def make(terminals: Terminals, send: SendFrame) -> CellVoltageMonitorTwin:
    """Return the twin behind its terminals."""
    return CellVoltageMonitorTwin(terminals, send)
