"""What a DAQ970A does between its terminals and its reading memory: measure, scan, store."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
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

    @property
    def zero(self) -> float:
        """What is taken off an SI value before it is shown: 273.15 of a temperature."""
        return 273.15 if self.function == "TEMP" else 0.0

    @property
    def ends(self) -> tuple[float, float]:
        """Between which values what is shown is what was measured: V, A or °C."""
        if self.function == "TEMP":
            return CELSIUS[self.probe]
        return -1.2 * self.limit, 1.2 * self.limit

    def beyond(self, value: float) -> float:
        """Return what the display shows of a value that lies not between the ends."""
        if self.function == "TEMP":
            is_open = math.isnan(value) and self.probe in THERMOCOUPLES
            # unchecked, an open thermocouple looks like a cold one
            return JUNCTION if is_open and not self.checks_thermocouple else OVERLOAD
        if math.isnan(value):
            return OVERLOAD if self.function == "VOLT" else 0.0
        return math.copysign(OVERLOAD, value)

    def nothing_connected(self, now: int) -> float:
        """Return what stands at a terminal without a cable."""
        del now
        return math.nan if self.function == "TEMP" else 0.0


_AS_DELIVERED = Setting()


Stored = tuple[float, float, int]
"""One reading in memory: value, time since the scan began (s), channel."""


class _Planned(NamedTuple):
    """One reading of a scan."""

    channel: int
    signal: Signal
    zero: float
    low: float
    high: float
    setting: Setting


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
        self._measured: list[Stored] = []
        self._arrivals: list[int] = []
        """When each of them comes to memory, ns."""
        self._plan: tuple[_Planned, ...] = ()
        self._delays: tuple[int, ...] = ()
        """From the begin of a scan until each of its readings is measured, ns."""
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
        self._plan = ()

    def stop(self) -> None:
        """End the scan; what is in memory stays."""
        self._next = NEVER
        self._measured, self._arrivals = [], []

    def forget(self) -> None:
        """End the scan and clear the memory: the trigger configuration has changed."""
        self.stop()
        self.memory.clear()

    def start(self, now: int) -> None:
        """Begin scanning."""
        self.forget()
        self._plan = ()
        self._begun = self._next = now
        self._left = self.count

    def advance(self, now: int) -> int:
        """Scan what is due, move what has been measured to memory; return what is next, ns."""
        while self._next <= now:
            self._sweep(self._next, now)
        if self._arrivals and self._arrivals[0] <= now:
            count = bisect_right(self._arrivals, now)
            self.memory.extend(self._measured[:count])
            del self._measured[:count], self._arrivals[:count]
        return self._next

    def take(self, most: int) -> list[Stored]:
        """Take the oldest readings out of memory, at most so many."""
        if most < len(self.memory):
            return [self.memory.popleft() for _ in range(most)]
        taken = list(self.memory)
        self.memory.clear()
        return taken

    def _sweep(self, begin: int, now: int) -> None:
        if not self._plan:
            self._set_up()
        put, since = self._measured.append, begin - self._begun
        for (channel, signal, zero, low, high, setting), delay in zip(
            self._plan, self._delays, strict=True
        ):
            value = signal(now) - zero
            if not low <= value <= high:  # also true for NaN
                value = setting.beyond(value)
            put((value, (since + delay) / SECOND, channel))
        self._arrivals += [begin + delay for delay in self._delays]
        interval = round(self.timer * SECOND) if self.source == "TIM" else 0
        self._left -= 1
        end = begin + (self._delays[-1] if self._delays else 0)
        self._next = max(begin + interval, end) if self._left > 0 else NEVER

    def _set_up(self) -> None:
        self._plan = tuple([self._planned(channel) for channel in self.channels])
        takes = [SETTLE + round(each.setting.nplc * LINE_CYCLE) for each in self._plan]
        self._delays = tuple(accumulate(takes))

    def _planned(self, channel: int) -> _Planned:
        setting = self.setting(channel)
        signal = self._signals.get(str(channel), setting.nothing_connected)
        return _Planned(channel, signal, setting.zero, *setting.ends, setting)


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
            return ",".join([_USUAL % each for each in readings])
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


_USUAL = "%+.8E,%013.3f,%d"
_UNITS = {"VOLT": "VDC", "CURR": "ADC", "TEMP": "C"}
