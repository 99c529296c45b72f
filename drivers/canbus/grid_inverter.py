"""Grid inverter: loads a fuel cell system with direct current (dbc/grid_inverter.md).

Demands travel in one frame, sent with the first bus step after the scan has demanded something.
The driver never repeats it by itself: when the scan stops, the inverter notices within its demand
timeout and takes the load off. What is set on the inverter (highest current, cut-off, ramp) is
compared with the rig: one that is set differently is not driven.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Option

from bench.channel import Range, Uncertainty
from bench.device import ArmedBy, Demand, Driver, LinkKind, Port, Reading, Watchdog
from bench.messages import Message
from bench.units import unit
from drivers.canbus.cyclic import CyclicInput, Readout, post_bad
from drivers.canbus.frame import Frame
from drivers.canbus.layout import Field, Layout, layouts
from drivers.canbus.node import BenchNode, Messages
from drivers.quantity import Current, CurrentRate, Seconds, Voltage

AMPERE, VOLT, WATT, CELSIUS = unit("A"), unit("V"), unit("W"), unit("degC")

MODES = ("off", "standby", "run")
"""What may be demanded; the position is the code on the wire."""
STATES = ("off", "standby", "run", "demand-lost", "fault")
"""States of the inverter; the position is the reading."""
ALARMS = (
    "undervoltage",
    "overvoltage",
    "too-hot",
    "demand-lost",
    "demand-corrupt",
    "grid-lost",
    "dc-sensor",
)
"""Alarms; the position is the bit of the reading."""
DEMAND_TIMEOUT = 2.0
"""Demand timeout of the inverter as it powers up, s."""

_REASONS = ("", "mode", "range")


class GridInverterOptions(BaseModel):
    """What is set on the inverter, and so in the rig."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    highest_current: Current = Option(default=300.0, gt=0, le=640.0)
    """Highest DC current: ``300 A``."""
    undervoltage: Voltage = Option(default=300.0, ge=0.0, le=1280.0)
    """DC voltage below which it cuts the current off by itself: ``300 V``."""
    ramp: CurrentRate = Option(default=10.0, ge=0.01, le=640.0)
    """How fast the current moves in run: ``10 A/s``."""
    demand_timeout: Seconds = Option(default=DEMAND_TIMEOUT, ge=0.2, le=10.0)
    """Silence of the bench after which it takes the load off; told by the driver, read back."""


def readings(options: Any = None) -> tuple[Reading, ...]:
    """Return what the inverter reports, in the order of its frames' use."""
    del options  # the frames carry more than any inverter can
    power = Uncertainty(reading=0.005, absolute=100.0)
    return (
        Reading("voltage", VOLT, Range(0.0, 1280.0), Uncertainty(reading=0.002, absolute=0.5)),
        Reading("current", AMPERE, Range(0.0, 640.0), Uncertainty(reading=0.003, absolute=0.3)),
        Reading("power", WATT, Range(0.0, 128e3), power),
        Reading("ac_power", WATT, Range(-2e3, 126e3), power),
        Reading(
            "ripple_current",
            AMPERE,
            Range(0.0, 128.0),
            Uncertainty(reading=0.03, absolute=0.05),
        ),
        Reading(
            "temperature",
            CELSIUS,
            Range(CELSIUS.to_si(-40), CELSIUS.to_si(210)),
            Uncertainty(absolute=3.0),
        ),
        Reading("state", range=Range(0, len(STATES) - 1)),
        Reading("alarm", range=Range(0, 127)),
        Reading("rejected", range=Range(0, 2)),
        Reading("watchdog_armed", range=Range(0, 1)),
    )


_IN_STATUS = {"voltage": "Voltage", "current": "Current", "ac_power": "AcPower", "state": "State"}
"""Reading → signal of the status frame."""
_IN_VALUES = {
    "power": "Power",
    "ripple_current": "RippleCurrent",
    "temperature": "Temperature",
    "alarm": "Alarm",
    "rejected": "Rejected",
    "watchdog_armed": "DemandWatched",
}
"""Reading → signal of the values frame."""


def demands(options: Any = None) -> tuple[Demand, ...]:
    """Return what the inverter takes, within its highest current."""
    chosen: GridInverterOptions = options or GridInverterOptions()
    return (
        Demand("mode", choices=MODES),
        Demand("current", AMPERE, Range(0.0, chosen.highest_current)),
    )


def demand_timeout(options: Any = None) -> float:
    """Return after how long a silence of the bench it takes the load off, s."""
    chosen: GridInverterOptions = options or GridInverterOptions()
    return chosen.demand_timeout


_SIGNALS = ("Mode", "Current")
"""Signal of the demand frame by demand index."""
_STATUS_BITS = 64
_LATCHED = frozenset({STATES.index("demand-lost"), STATES.index("fault")})


class GridInverter(BenchNode):
    """The node."""

    def __init__(self, port: Port) -> None:
        frames = layouts("grid_inverter.dbc")
        options: GridInverterOptions = port.connection.options or GridInverterOptions()
        self._settings = frames["InverterSettings"]
        self._wanted = _settings(self._settings, options)
        word = sum(raw << self._settings[name].shift for name, raw in self._wanted.items())
        self._expected = word.to_bytes(self._settings.length, "little")
        super().__init__(
            port,
            messages=Messages(
                frames["InverterIdentity"], frames["InverterConfig"], frames["InverterDemand"]
            ),
            demands=demands(options),
            keep=_SIGNALS,
            settings=self._wanted["DemandTimeout"].to_bytes(2, "little"),
        )
        self._output.limit("Current", 0.0, options.highest_current)
        status, values = frames["InverterStatus"], frames["InverterValues"]
        self._status = CyclicInput(status, self._presence)
        self._values = CyclicInput(values, self._presence)
        self._inputs = [self._status, self._values]
        self._receivers[status.id] = self._on_status
        self._receivers[values.id] = self._on_values
        self._receivers[self._settings.id] = self._on_settings
        self._state = status["State"]
        self._rejected, self._alarm = values["Rejected"], values["Alarm"]
        self._readout = Readout(port.mailbox, _shown(status, values), 0)
        self._word = -1
        """Newest status frame whose values frame has not come yet; -1: none."""
        self._is_set = False
        self._last_state = self._last_rejected = self._last_alarm = 0

    def _apply(self, values: Mapping[int, float]) -> None:
        for index, value in values.items():
            self._output.put(_SIGNALS[index], value)
        self._send(self._output.frame())

    def _forget(self) -> None:
        super()._forget()
        self._is_set = False
        self._word = -1

    def _on_settings(self, frame: Frame, now: int) -> None:
        """Compare what is set on the inverter with the rig."""
        if frame.data == self._expected:
            self._is_set = True
            return
        held = int.from_bytes(frame.data, "little")
        for name, wanted in self._wanted.items():
            found = self._settings[name].raw(held)
            if found != wanted:
                self._differs(name, found, now)
                return

    def _differs(self, name: str, found: int, now: int) -> None:
        """Have nothing to do with an inverter that is set differently."""
        self._is_set = False
        is_told = name == "DemandTimeout"
        if is_told and not self._tell_again(now):
            return
        field = self._settings[name]
        if not is_told:
            self._forget()
        self._presence.lost(now)
        self._presence.faulty(
            "inverter.set-differently",
            setting=Message(f"inverter.setting-{name.lower()}"),
            found=f"{found * field.scale:g} {field.unit}",
            expected=f"{self._wanted[name] * field.scale:g} {field.unit}",
        )

    def _on_status(self, frame: Frame, now: int) -> None:
        word = self._status.word(frame)
        self._word = -1
        if word is None:
            post_bad(self._port.mailbox, range(len(self._port.mailbox.readings)), now)
        elif self._is_set and self._status.is_new(word):
            self._heard(now)
            self._word = word

    def _on_values(self, frame: Frame, now: int) -> None:
        """Post both frames of a period at once: they belong together."""
        word = self._values.word(frame)
        status, self._word = self._word, -1
        if word is None:
            post_bad(self._port.mailbox, range(len(self._port.mailbox.readings)), now)
        elif status >= 0 and self._values.is_new(word):
            self._readout.post(status | word << _STATUS_BITS, now)
            self._tell(self._state.raw(status), self._rejected.raw(word), self._alarm.raw(word))

    def _tell(self, state: int, rejected: int, alarm: int) -> None:
        if state in _LATCHED and self._last_state not in _LATCHED:
            self._output.forget()  # what was on before is not asked for again
            self._interrupt()
        if rejected != self._last_rejected and 0 < rejected < len(_REASONS):
            reason = Message(f"inverter.rejected-{_REASONS[rejected]}")
            self.say("warning", "can.demand-rejected", reason=reason)
        news = alarm & ~self._last_alarm
        for bit, name in enumerate(ALARMS):
            if news >> bit & 1:
                self.say("error", "can.node-fault", fault=Message(f"inverter.alarm-{name}"))
        self._last_state, self._last_rejected, self._last_alarm = state, rejected, alarm


def _settings(layout: Layout, options: GridInverterOptions) -> dict[str, int]:
    """Return the raw values of the settings frame that fit the rig."""
    wanted = {
        "HighestCurrent": options.highest_current,
        "Undervoltage": options.undervoltage,
        "Ramp": options.ramp,
        "DemandTimeout": options.demand_timeout * 1000.0,
    }
    return {name: round(value / layout[name].scale) for name, value in wanted.items()}


def _shown(status: Layout, values: Layout) -> list[Field]:
    """Return the field of each reading in both frames as one number, the values frame above."""
    behind = {
        name: replace(values[signal], shift=values[signal].shift + _STATUS_BITS)
        for name, signal in _IN_VALUES.items()
    }
    found = {name: status[signal] for name, signal in _IN_STATUS.items()} | behind
    return [found[reading.name] for reading in readings()]


DRIVER = Driver(
    name="grid-inverter",
    title="h2bench grid inverter: loads a fuel cell system and feeds the grid",
    link=LinkKind.CAN,
    readings=readings,
    demands=demands,
    build=GridInverter,
    options=GridInverterOptions,
    shortest_period=0.01,
    longest_demand_gap=0.8,
    watchdog_timeout=demand_timeout,
    watchdog=Watchdog(
        "demand lost",
        DEMAND_TIMEOUT,
        Message("inverter.watchdog"),
        ArmedBy.ALWAYS,
        reading="watchdog_armed",
    ),
)
"""Data sheet."""
