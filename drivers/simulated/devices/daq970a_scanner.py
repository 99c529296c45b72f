"""What a DAQ970A does between its terminals and its reading memory: measure, scan, store."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bench.clock import MILLISECOND, NEVER, SECOND
from drivers.simulated.port import Signal

MEMORY = 100_000
"""Readings the memory holds."""
OVERLOAD = 9.9e37
JUNCTION = 25.0
"""Temperature of the reference junction, °C."""
THERMOCOUPLES = "BEJKNRST"
"""Thermocouple types it knows."""
SETTLE = 4 * MILLISECOND
"""Time per channel for relay and settling (engineering default)."""
LINE_CYCLE = 20 * MILLISECOND
"""One power line cycle at 50 Hz."""

CELSIUS = {
    "B": (0.0, 1820.0), "E": (-270.0, 1000.0), "J": (-210.0, 1200.0), "K": (-270.0, 1372.0),
    "N": (-270.0, 1300.0), "R": (-50.0, 1768.0), "S": (-50.0, 1768.0), "T": (-270.0, 400.0),
    "85": (-200.0, 600.0), "91": (-200.0, 600.0),
}  # fmt: skip
"""Measuring ranges of thermocouples and RTDs, °C (ITS-90; α = 0.00385 and 0.00391)."""


@dataclass(frozen=True)
class Setting:
    """How one channel measures."""

    function: str = "VOLT"
    probe: str = ""
    limit: float = 300.0
    nplc: float = 1.0
    checks_thermocouple: bool = False

    def read(self, signal: Signal | None, now: int) -> float:
        """Return what the display would show: V, A or °C."""
        value = signal(now) if signal is not None else self._nothing_connected()
        if self.function == "TEMP":
            return self._celsius(value - 273.15)
        if math.isnan(value):
            return OVERLOAD if self.function == "VOLT" else 0.0
        return value if abs(value) <= 1.2 * self.limit else math.copysign(OVERLOAD, value)

    def _celsius(self, celsius: float) -> float:
        if math.isnan(celsius) and self.probe in THERMOCOUPLES and not self.checks_thermocouple:
            return JUNCTION  # unchecked, an open thermocouple looks like a cold one
        low, high = CELSIUS[self.probe]
        return celsius if low <= celsius <= high else OVERLOAD

    def _nothing_connected(self) -> float:
        return math.nan if self.function == "TEMP" else 0.0


_AS_DELIVERED = Setting()


class Stored(NamedTuple):
    """One reading in memory."""

    value: float
    elapsed: float
    channel: int


class _Planned(NamedTuple):
    """One reading of a scan."""

    channel: int
    setting: Setting
    takes: int
    """ns."""
    signal: Signal | None


class Scanner:
    """Scan list, trigger and reading memory."""

    def __init__(self, signals: Mapping[str, Signal]) -> None:
        self._signals = signals
        self.settings: dict[int, Setting] = {}
        self.channels: list[int] = []
        self.source = "IMM"
        self.timer = 0.0
        self.count = 1.0
        self.memory: deque[Stored] = deque(maxlen=MEMORY)
        self._measured: deque[tuple[int, Stored]] = deque()
        self._plan: list[_Planned] = []
        self._begun = 0
        self._next = NEVER
        self._left = 0.0

    @property
    def is_running(self) -> bool:
        """Whether a scan is under way."""
        return self._next != NEVER

    def setting(self, channel: int) -> Setting:
        """Return how a channel measures."""
        return self.settings.get(channel, _AS_DELIVERED)

    def configure(self, settings: Mapping[int, Setting]) -> None:
        """Have channels measure otherwise."""
        self.settings.update(settings)
        self._plan = []

    def stop(self) -> None:
        """End the scan; what is in memory stays."""
        self._next = NEVER
        self._measured.clear()

    def forget(self) -> None:
        """End the scan and clear the memory: the trigger configuration has changed."""
        self.stop()
        self.memory.clear()

    def start(self, now: int) -> None:
        """Begin scanning."""
        self.forget()
        self._plan = []
        self._begun = self._next = now
        self._left = self.count

    def advance(self, now: int) -> int:
        """Scan what is due, move what has been measured to memory; return what is next, ns."""
        while self._next <= now:
            self._sweep(self._next, now)
        while self._measured and self._measured[0][0] <= now:
            self.memory.append(self._measured.popleft()[1])
        return self._next

    def _sweep(self, begin: int, now: int) -> None:
        at, begun, measured = begin, self._begun, self._measured
        if not self._plan:
            self._plan = [self._planned(channel) for channel in self.channels]
        for channel, setting, takes, signal in self._plan:
            at += takes
            value = setting.read(signal, now)
            measured.append((at, Stored(value, (at - begun) / SECOND, channel)))
        interval = round(self.timer * SECOND) if self.source == "TIM" else 0
        self._left -= 1
        self._next = max(begin + interval, at) if self._left > 0 else NEVER

    def _planned(self, channel: int) -> _Planned:
        setting = self.setting(channel)
        takes = SETTLE + round(setting.nplc * LINE_CYCLE)
        return _Planned(channel, setting, takes, self._signals.get(str(channel)))


class Formats:
    """What is shown of each reading."""

    def __init__(self) -> None:
        self._shown = {"CHAN": False, "TIME": False, "UNIT": False, "ALAR": False}

    def clear(self) -> None:
        """Show bare readings."""
        for name in self._shown:
            self._shown[name] = False

    def put(self, name: str, *, shown: bool) -> None:
        """Show or hide a part."""
        self._shown[name] = shown

    def get(self, name: str) -> str:
        """Return whether a part is shown, as an answer."""
        return str(int(self._shown[name]))

    def text(self, readings: Iterable[Stored], functions: Callable[[int], str]) -> str:
        """Return readings in the order of the manual: reading, time, channel, alarm."""
        has_unit, has_time = self._shown["UNIT"], self._shown["TIME"]
        has_channel, has_alarm = self._shown["CHAN"], self._shown["ALAR"]
        fields: list[str] = []
        if has_time and has_channel and not has_unit and not has_alarm:  # as most want it
            return ",".join(
                [f"{value:+.8E},{elapsed:013.3f},{channel}" for value, elapsed, channel in readings]
            )
        for value, elapsed, channel in readings:
            unit = f" {_UNITS[functions(channel)]}" if has_unit else ""
            fields.append(f"{value:+.8E}{unit}")
            if has_time:
                fields.append(f"{elapsed:013.3f}")
            if has_channel:
                fields.append(str(channel))
            if has_alarm:
                fields.append("0")
        return ",".join(fields)


_UNITS = {"VOLT": "VDC", "CURR": "ADC", "TEMP": "C"}
