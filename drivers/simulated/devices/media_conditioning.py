"""Media conditioning controller of a test cell: coolant, oil, charge air, intake air.

No public instrument: this page is its manual. It behaves as such units do.

Interface: raw TCP socket, ASCII, lines end with LF, SCPI rules for headers, `;` and the error
queue (8 deep). A line that comes within 5 ms of the last one is lost.

==================================== ============================================================
``*IDN?`` ``*CLS``                   identification; empty the error queue
``SYSTem:ERRor[:NEXT]?``             oldest error: ``0,"No error"``
``SYSTem:REMote`` ``SYSTem:LOCal``   take and give back control; settings in local: error -203
``SYSTem:REMote?``                   1 or 0
``SYSTem:COMMunicate:TIMeout <s>``   host timeout 0..3600 s, 0 (as delivered): never
``SYSTem:COMMunicate:TIMeout:ACTion`` what the host timeout does: ``OFF`` (as delivered), ``HOLD``
``[SOURce:]TEMPerature:<m> <degC>``  setpoint of ``COOLant`` 30..110, ``OIL`` 40..140,
                                     ``CHARge`` 15..80, ``INTake`` 10..50, or ``MIN``, ``MAX``;
                                     out of range: error -222, the old one is kept
``[SOURce:]TEMPerature:<m>?``        setpoint, ``88.00``; with ``MIN`` or ``MAX``: its limit
``OUTPut:PUMP`` ``OUTPut:VENTilation`` coolant pump, hood ventilation: ``ON``, ``OFF``, ``1``, ``0``
``OUTPut:PUMP?`` …                   1 or 0
``MEASure:TEMPerature:<m>?``         actual temperature, degC; a broken sensor reads 9.9E37
``MEASure:PRESsure:AMBient?``        barometer, kPa; ``MEASure:PRESsure:INTake?`` intake air, kPa
``MEASure:HUMidity?``                relative humidity of the intake air, %
``MEASure:ALL?``                     the seven values in this order, with commas
``STATus:ALARm?``                    alarm word, latched; ``STATus:ALARm:CLEar`` clears what is gone
==================================== ============================================================

Alarm bits: 1 coolant above 115 degC, 2 oil above 150 degC, 4 coolant above 100 degC without pump,
8 sensor broken, 16 host timeout. When the host has been silent for the timeout, the unit sets
alarm 16 and, with the action ``OFF``, switches **pump and ventilation off**; with ``HOLD`` it keeps
setpoints and outputs and gives control back to its panel (local). With timeout 0 nothing happens.
Any line from the host ends the silence, but takes back neither outputs nor control. Setpoints and
outputs are kept over a power failure; local mode, timeout 0 and action ``OFF`` come back.

Signals, SI: ``coolant_temperature``, ``oil_temperature``, ``charge_air_temperature``,
``intake_air_temperature``, ``ambient_pressure``, ``intake_pressure``, ``relative_humidity``.
Actuators, SI: ``coolant_setpoint``, ``oil_setpoint``, ``charge_air_setpoint``,
``intake_air_setpoint``, ``coolant_pump``, ``ventilation``; one without a cable drives nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bench.clock import MILLISECOND, NEVER, SECOND
from drivers.simulated.port import Signal, Terminals
from drivers.simulated.scpi import (
    Call,
    ErrorQueue,
    Run,
    ScpiFault,
    ScpiParser,
    illegal_value,
    out_of_range,
)

IDENTITY = "CELLTEC,MCU-4,MC0042,2.3"
MESSAGE_GAP = 5 * MILLISECOND
QUEUE_DEPTH = 8
TICK = SECOND
"""How often the unit judges its alarms."""
ZERO_CELSIUS = 273.15
LONGEST_TIMEOUT = 3600.0
BROKEN = "9.9E37"

COOLANT_HOT, OIL_HOT, NO_FLOW, SENSOR, HOST = 1, 2, 4, 8, 16


@dataclass(frozen=True)
class Loop:
    """A temperature the unit controls."""

    header: str
    signal: str
    actuator: str
    low: float
    """Lowest setpoint, degC."""
    high: float
    """Highest setpoint, degC."""
    stored: float
    """Setpoint it wakes with, degC."""


LOOPS = (
    Loop("COOLant", "coolant_temperature", "coolant_setpoint", 30.0, 110.0, 88.0),
    Loop("OIL", "oil_temperature", "oil_setpoint", 40.0, 140.0, 95.0),
    Loop("CHARge", "charge_air_temperature", "charge_air_setpoint", 15.0, 80.0, 45.0),
    Loop("INTake", "intake_air_temperature", "intake_air_setpoint", 10.0, 50.0, 25.0),
)


@dataclass(frozen=True)
class Sensor:
    """A value the unit shows."""

    header: str
    signal: str
    factor: float
    offset: float
    form: str
    """How it is written: ``%.2f``."""

    def shown(self, value: float) -> str:
        """Return an SI value as the unit shows it."""
        if not math.isfinite(value):
            return BROKEN
        return self.form % ((value - self.offset) / self.factor)


SENSORS = (
    *(
        Sensor(f"TEMPerature:{each.header}", each.signal, 1.0, ZERO_CELSIUS, "%.2f")
        for each in LOOPS
    ),
    Sensor("PRESsure:AMBient", "ambient_pressure", 1e3, 0.0, "%.3f"),
    Sensor("PRESsure:INTake", "intake_pressure", 1e3, 0.0, "%.3f"),
    Sensor("HUMidity", "relative_humidity", 1e-2, 0.0, "%.1f"),
)


class Outputs:
    """Setpoints and switches, and the cables they drive."""

    def __init__(self, terminals: Terminals) -> None:
        self._actuators = terminals.actuators
        self.setpoints = {each.header: each.stored for each in LOOPS}
        self.switches = {"coolant_pump": True, "ventilation": True}

    def drive_all(self, now: int) -> None:
        """Put everything on the cables: the unit has just been switched on."""
        for loop in LOOPS:
            self._drive(loop.actuator, self.setpoints[loop.header] + ZERO_CELSIUS, now)
        for name, is_on in self.switches.items():
            self._drive(name, float(is_on), now)

    def set(self, loop: Loop, setpoint: float, now: int) -> None:
        """Take a setpoint (degC)."""
        self.setpoints[loop.header] = setpoint
        self._drive(loop.actuator, setpoint + ZERO_CELSIUS, now)

    def switch(self, name: str, *, is_on: bool, now: int) -> None:
        """Switch a pump or fan."""
        self.switches[name] = is_on
        self._drive(name, float(is_on), now)

    def _drive(self, name: str, value: float, now: int) -> None:
        actuator = self._actuators.get(name)
        if actuator is not None:
            actuator(value, now)


class MediaConditioning:
    """The unit behind its socket."""

    def __init__(self, terminals: Terminals) -> None:
        self._signals = [terminals.signals[each.signal] for each in SENSORS]
        self._outputs = Outputs(terminals)
        self._errors = ErrorQueue(QUEUE_DEPTH, empty='0,"No error"')
        self._parser = ScpiParser(self._commands(), self._errors)
        self._buffer = b""
        self._is_on = False
        self._is_remote = False
        self._timeout, self._patience = 0.0, NEVER
        """Host timeout, s, and how long the host may be silent, ns."""
        self._holds = False
        self._heard: int | None = None
        self._silent_at = NEVER
        """When the host will have been silent for too long, ns."""
        self._alarms = 0
        self._next_look, self._tick = 0, max(TICK, terminals.period)

    def receive(self, data: bytes, now: int) -> bytes:
        """Answer the lines that are complete at a time (ns)."""
        self._watch(now)
        if not self._buffer and data.endswith(b"\n") and data.count(b"\n") == 1:
            return self._line(data, now)
        *lines, rest = (self._buffer + data).split(b"\n")
        self._buffer = rest[-1000:]
        return b"".join([self._line(line + b"\n", now) for line in lines])

    def step(self, now: int) -> int:
        """Judge alarms and the host; return when to do so again (ns)."""
        self._watch(now)
        if now >= self._next_look:
            self._alarms |= self._present(now)
            self._next_look = now + self._tick
        return min(self._next_look, self._silent_at)

    def _line(self, line: bytes, now: int) -> bytes:
        if self._heard is not None and now - self._heard < MESSAGE_GAP:
            return b""
        self._heard, self._silent_at = now, now + self._patience
        return self._parser.receive(line, now)

    def _watch(self, now: int) -> None:
        if not self._is_on:
            self._is_on = True
            self._outputs.drive_all(now)
        if now >= self._silent_at:
            self._silent_at = NEVER
            self._alarms |= HOST
            if self._holds:
                self._is_remote = False
                return
            for name in self._outputs.switches:
                self._outputs.switch(name, is_on=False, now=now)

    def _present(self, now: int) -> int:
        values = [signal(now) for signal in self._signals]
        coolant, oil = values[0] - ZERO_CELSIUS, values[1] - ZERO_CELSIUS
        present = 0
        if coolant > 115.0:
            present |= COOLANT_HOT
        if oil > 150.0:
            present |= OIL_HOT
        if coolant > 100.0 and not self._outputs.switches["coolant_pump"]:
            present |= NO_FLOW
        if not all(map(math.isfinite, values)):
            present |= SENSOR
        return present

    # -- commands ---------------------------------------------------------------------------

    def _commands(self) -> dict[str, Run]:
        commands: dict[str, Run] = {
            "*IDN?": lambda _: IDENTITY,
            "*CLS": lambda _: self._errors.clear(),
            "SYSTem:ERRor[:NEXT]?": lambda _: self._errors.take(),
            "SYSTem:REMote": lambda _: self._take_control(is_remote=True),
            "SYSTem:LOCal": lambda _: self._take_control(is_remote=False),
            "SYSTem:REMote?": lambda _: f"{self._is_remote:d}",
            "SYSTem:COMMunicate:TIMeout": self._protected(self._set_timeout),
            "SYSTem:COMMunicate:TIMeout?": lambda _: f"{self._timeout:.1f}",
            "SYSTem:COMMunicate:TIMeout:ACTion": self._protected(self._set_action),
            "SYSTem:COMMunicate:TIMeout:ACTion?": lambda _: "HOLD" if self._holds else "OFF",
            "MEASure:ALL?": self._all_shown,
            "STATus:ALARm?": self._alarm_word,
            "STATus:ALARm:CLEar": self._clear_alarms,
        }
        for sensor, signal in zip(SENSORS, self._signals, strict=True):
            commands[f"MEASure:{sensor.header}?"] = partial(_shown, sensor, signal)
        for loop in LOOPS:
            header = f"[SOURce:]TEMPerature:{loop.header}"
            commands[header] = self._protected(partial(self._set_setpoint, loop))
            commands[header + "?"] = partial(self._setpoint, loop)
        for word, name in (("PUMP", "coolant_pump"), ("VENTilation", "ventilation")):
            commands[f"OUTPut:{word}"] = self._protected(partial(self._switch, name))
            commands[f"OUTPut:{word}?"] = partial(self._switched, name)
        return commands

    def _protected(self, command: Callable[[Call], None]) -> Run:
        def run(call: Call) -> None:
            if not self._is_remote:
                raise ScpiFault(-203, "Command protected")
            command(call)

        return run

    def _take_control(self, *, is_remote: bool) -> None:
        self._is_remote = is_remote

    def _set_timeout(self, call: Call) -> None:
        self._timeout = _within(call.number(), 0.0, LONGEST_TIMEOUT)
        self._patience = round(self._timeout * SECOND) if self._timeout else NEVER
        self._silent_at = call.now + self._patience

    def _set_action(self, call: Call) -> None:
        actions = {"HOLD": True, "OFF": False}
        if call.word() not in actions:
            raise illegal_value()
        self._holds = actions[call.word()]

    def _set_setpoint(self, loop: Loop, call: Call) -> None:
        limit = {"MIN": loop.low, "MAX": loop.high}.get(call.word())
        setpoint = call.number() if limit is None else limit
        self._outputs.set(loop, round(_within(setpoint, loop.low, loop.high), 2), call.now)

    def _setpoint(self, loop: Loop, call: Call) -> str:
        if not call.parameters:
            return f"{self._outputs.setpoints[loop.header]:.2f}"
        limit = {"MIN": loop.low, "MAX": loop.high}.get(call.word())
        if limit is None:
            raise illegal_value()
        return f"{limit:.2f}"

    def _switch(self, name: str, call: Call) -> None:
        self._outputs.switch(name, is_on=call.flag(), now=call.now)

    def _switched(self, name: str, _: Call) -> str:
        return f"{self._outputs.switches[name]:d}"

    def _all_shown(self, call: Call) -> str:
        looked = zip(SENSORS, self._signals, strict=True)
        return ",".join([sensor.shown(signal(call.now)) for sensor, signal in looked])

    def _alarm_word(self, call: Call) -> str:
        self._alarms |= self._present(call.now)
        return str(self._alarms)

    def _clear_alarms(self, call: Call) -> None:
        self._alarms = self._present(call.now)


def _shown(sensor: Sensor, signal: Signal, call: Call) -> str:
    return sensor.shown(signal(call.now))


def _within(value: float, low: float, high: float) -> float:
    if not low <= value <= high:  # also true for NaN
        raise out_of_range()
    return value


def make(terminals: Terminals) -> MediaConditioning:
    """Return a unit that has just been switched on, with its stored setpoints and outputs."""
    return MediaConditioning(terminals)
