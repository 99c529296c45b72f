"""Twin of a Yokogawa WT1800E power analyser.

Written from the communication interface manual of the WT1800 series (IM WT1801-17EN: program
format, NUMeric, RATE, HOLD, COMMunicate, INPut and STATus groups). Answers carry their header
until ``:COMM:HEAD OFF``; values appear once per update (``:RATE``) and the update is told by bit
0 of the extended event register when ``:STAT:FILT1 FALL`` selects its end; ``:NUM:HOLD ON``
freezes what ``:NUM:VAL?`` returns; an item without data reads ``NAN``, one over its range
``INF``; voltages, currents and times may carry a multiplier and a unit, ``M`` being milli and
``MA`` mega. The error queue is read with ``:STAT:ERR?``.

Terminals, per element n: ``Un`` (V, rms), ``In`` (A, rms) and ``Pn`` (W). Where one of the three
is missing it follows from the other two at power factor 1; power alone shows as power alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bench.clock import SECOND
from drivers.simulated.port import Signal, Terminals
from drivers.simulated.scpi import Call, ErrorQueue, Run, ScpiFault, ScpiParser, out_of_range

IDENTITY = "YOKOGAWA,WT1806E,91M000123,F2.02"
RATES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
"""Update periods, s; 0.25 s is one of the WT1800E's as well."""
VOLTAGES = (1.5, 3.0, 6.0, 10.0, 15.0, 30.0, 60.0, 100.0, 150.0, 300.0, 600.0, 1000.0)
CURRENTS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
"""Measuring ranges, V and A (crest factor 3, 50 A elements)."""
OVER_RANGE = 1.4
"""Share of a range from which the display shows an overload."""
ITEMS, ELEMENTS = 200, 6
"""Numeric items and input elements."""

_MULTIPLIERS = {"": 1.0, "K": 1e3, "M": 1e-3, "U": 1e-6, "N": 1e-9, "MA": 1e6, "G": 1e9}
_PHYSICAL = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:E[+-]?\d+)?)\s*(MA|[KMUNG])?(V|A|S)?")


def physical(text: str, unit: str) -> float:
    """Return a number with multiplier and unit: ``250MS`` is 0.25 s, ``1MAV`` is 1 MV.

    Raises:
        ScpiFault: no such form. ``MA`` of a current is milliampere.
    """
    found = _PHYSICAL.fullmatch(text)
    if found is None:
        raise ScpiFault(-121, "Invalid character in number")
    number, multiplier, given = found.groups(default="")
    if multiplier == "MA" and unit == "A" and not given:
        multiplier, given = "M", "A"
    if given not in {"", unit}:
        raise ScpiFault(-131, "Invalid suffix")
    return float(number) * _MULTIPLIERS[multiplier]


class _Seen(NamedTuple):
    """What stood at the terminals of an element at an update, and its ranges then."""

    voltage: float
    """V; NaN: not connected."""
    current: float
    """A; NaN: not connected."""
    power: float
    """W."""
    voltage_range: float
    current_range: float

    def functions(self) -> dict[str, float]:
        """Return the numeric functions; INF: over range, NAN: nothing to show."""
        voltage, current, power = self.voltage, self.current, self.power
        if math.isnan(voltage) and current:
            voltage = power / current
        if math.isnan(current) and voltage:
            current = power / voltage
        voltage, current = abs(voltage), abs(current)
        apparent = voltage * current
        values = {
            "URMS": _limited(voltage, self.voltage_range),
            "IRMS": _limited(current, self.current_range),
            "S": apparent,
            "P": power,
            "LAMB": power / apparent if apparent else math.nan,
        }
        if math.isinf(values["URMS"]) or math.isinf(values["IRMS"]):
            values |= dict.fromkeys(("S", "P", "LAMB"), math.inf)
        return values


_Update = Sequence[tuple[str, _Seen]]
"""What was seen, by the number of the element."""


class _Element:
    """One input element: what stands at its terminals, as its ranges let through."""

    def __init__(self, number: int, signals: Mapping[str, Signal]) -> None:
        self._voltage = signals.get(f"U{number}")
        self._current = signals.get(f"I{number}")
        self._power = signals.get(f"P{number}")
        self.voltage_range = VOLTAGES[-1]
        self.current_range = CURRENTS[-1]

    @property
    def is_wired(self) -> bool:
        """Whether something is connected."""
        terminals = (self._voltage, self._current, self._power)
        return any(each is not None for each in terminals)

    def look(self, now: int) -> _Seen:
        """Return what stands at the terminals."""
        voltage = self._voltage(now) if self._voltage else math.nan
        current = self._current(now) if self._current else math.nan
        power = self._power(now) if self._power else voltage * current
        return _Seen(voltage, current, power, self.voltage_range, self.current_range)


def _limited(value: float, limit: float) -> float:
    return value if not value > OVER_RANGE * limit else math.inf


class _Numeric:
    """The numeric items: which, and what they show."""

    def __init__(self) -> None:
        self.items = ["NONE"] * ITEMS
        self.number = 15
        self.is_held = False
        self._newest: _Update | None = None
        self._frozen: _Update | None = None

    def update(self, seen: _Update) -> None:
        """Show what the elements have seen; worked out when somebody asks."""
        self._newest = seen

    def hold(self, *, held: bool) -> None:
        """Freeze what is shown now, or let go; freezing again takes newer values."""
        self.is_held = held
        self._frozen = self._newest

    def text(self) -> str:
        """Return the values of the items, NR3 with engineering exponents."""
        shown = _functions(self._frozen if self.is_held else self._newest)
        return ",".join([_nr3(self._value(item, shown)) for item in self.items[: self.number]])

    @staticmethod
    def _value(item: str, shown: dict[tuple[str, str], float]) -> float:
        function, _, element = item.partition(",")
        return shown.get((_FUNCTIONS.get(function, function), element or "1"), math.nan)


def _functions(update: _Update | None) -> dict[tuple[str, str], float]:
    """Return the numeric functions of the elements and of their sum; nothing before an update."""
    if update is None:
        return {}
    values: dict[tuple[str, str], float] = {("P", "SIGMA"): 0.0, ("S", "SIGMA"): 0.0}
    for number, seen in update:
        measured = seen.functions()
        values.update({(function, number): value for function, value in measured.items()})
        values["P", "SIGMA"] += measured["P"]
        values["S", "SIGMA"] += measured["S"]
    return values


_FUNCTIONS = {"U": "URMS", "I": "IRMS", "LAMBDA": "LAMB"}


def _nr3(value: float) -> str:
    if math.isnan(value):
        return "NAN"
    if math.isinf(value):
        return "INF"
    if value == 0:
        return "0.0000E+00"
    exponent = math.floor(math.log10(abs(value)) / 3) * 3
    mantissa = value / 10.0**exponent
    decimals = 4 - math.floor(math.log10(abs(mantissa)))
    return f"{mantissa:.{decimals}f}E{exponent:+03d}"


class YokogawaWt:
    """The instrument behind its LAN interface."""

    def __init__(self, terminals: Terminals) -> None:
        self._errors = ErrorQueue(20, empty='0,"No error"')
        self._elements = {n: _Element(n, terminals.signals) for n in range(1, ELEMENTS + 1)}
        self._wired = [(str(n), each) for n, each in self._elements.items() if each.is_wired]
        self._numeric = _Numeric()
        self._settings = {"HEAD": True, "VERB": True, "REM": False}
        self._rate = 0.5
        self._next = 0
        self._tells_update = False
        self._events = 0
        self._parser = ScpiParser(self._commands(), self._errors)

    def receive(self, data: bytes, now: int) -> bytes:
        """Take bytes that arrive at a time (ns); return the bytes it answers (or none)."""
        self.step(now)
        return self._parser.receive(data, now)

    def step(self, now: int) -> int:
        """Measure when an update is due; return when the next one is (ns)."""
        if now >= self._next:
            self._update(now)
            period = round(self._rate * SECOND)
            self._next += ((now - self._next) // period + 1) * period
        return self._next

    def _update(self, now: int) -> None:
        self._numeric.update([(number, each.look(now)) for number, each in self._wired])
        if self._tells_update:
            self._events |= 1

    def _commands(self) -> dict[str, Run]:
        numeric = self._numeric
        commands: dict[str, Run] = {
            "*IDN?": lambda _: IDENTITY,
            "*CLS": lambda _: self._errors.clear(),
            "*OPC?": lambda _: "1",
            "STATus:ERRor?": lambda _: self._errors.take(),
            "STATus:EESR?": lambda _: self._take_events(),
            "STATus:FILTer#": self._set_filter,
            "RATE": self._set_rate,
            "RATE?": lambda _: self._answer(":RATE", f"{1e3 * self._rate:.1f}E-03"),
            "NUMeric:FORMat": self._set_format,
            "NUMeric:FORMat?": lambda _: self._answer(":NUMERIC:FORMAT", "ASCII"),
            "NUMeric[:NORMal]:NUMber": self._set_number,
            "NUMeric[:NORMal]:NUMber?": lambda _: self._answer(
                ":NUMERIC:NORMAL:NUMBER", str(numeric.number)
            ),
            "NUMeric[:NORMal]:ITEM#": self._set_item,
            "NUMeric[:NORMal]:ITEM#?": self._get_item,
            "NUMeric[:NORMal]:VALue?": lambda _: numeric.text(),
            "NUMeric:HOLD": lambda call: numeric.hold(held=call.flag()),
            "NUMeric:HOLD?": lambda _: self._answer(":NUMERIC:HOLD", str(int(numeric.is_held))),
            "[INPut:]VOLTage:RANGe:ELEMent#": self._set_voltage_range,
            "[INPut:]CURRent:RANGe:ELEMent#": self._set_current_range,
        }
        for header, name in (("HEADer", "HEAD"), ("VERBose", "VERB"), ("REMote", "REM")):
            commands[f"COMMunicate:{header}"] = self._setter(name)
        return commands

    def _setter(self, name: str) -> Run:
        def run(call: Call) -> None:
            self._settings[name] = call.flag()

        return run

    def _answer(self, header: str, text: str) -> str:
        return f"{header} {text}" if self._settings["HEAD"] else text

    def _take_events(self) -> str:
        events, self._events = self._events, 0
        return str(events)

    def _set_filter(self, call: Call) -> None:
        if call.word() not in {"RISE", "FALL", "BOTH", "NEVER", "NEV"}:
            raise ScpiFault(-141, "Invalid character data")
        if call.numbers == (1,):
            self._tells_update = call.word() in {"FALL", "BOTH"}

    def _set_rate(self, call: Call) -> None:
        seconds = physical(call.word(), "S")
        if seconds not in (*RATES, 0.25):
            raise out_of_range()
        self._rate = seconds
        self._next = call.now

    def _set_format(self, call: Call) -> None:
        if call.word() not in {"ASC", "ASCII"}:  # FLOat is not simulated
            raise ScpiFault(-141, "Invalid character data")

    def _set_number(self, call: Call) -> None:
        number = call.number()
        if not 1 <= number <= ITEMS:
            raise out_of_range()
        self._numeric.number = int(number)

    def _set_item(self, call: Call) -> None:
        self._numeric.items[self._index(call, ITEMS) - 1] = ",".join(call.parameters)

    def _get_item(self, call: Call) -> str:
        index = self._index(call, ITEMS)
        return self._answer(f":NUMERIC:NORMAL:ITEM{index}", self._numeric.items[index - 1])

    @staticmethod
    def _index(call: Call, most: int) -> int:
        index = call.numbers[-1]
        if not 1 <= index <= most:
            raise ScpiFault(-114, "Header suffix out of range")
        return index

    def _set_voltage_range(self, call: Call) -> None:
        volts = physical(call.word(), "V")
        if volts not in VOLTAGES:
            raise out_of_range()
        self._elements[self._index(call, ELEMENTS)].voltage_range = volts

    def _set_current_range(self, call: Call) -> None:
        amperes = physical(call.word(), "A")
        if amperes not in CURRENTS:
            raise out_of_range()
        self._elements[self._index(call, ELEMENTS)].current_range = amperes


def make(terminals: Terminals) -> YokogawaWt:
    """Return the twin at these terminals."""
    return YokogawaWt(terminals)
