"""Media conditioning controller MCU-4: coolant, oil, charge air, intake air of a test cell.

Its manual is the docstring of `drivers.simulated.devices.media_conditioning`. Setpoints and
switches are verified by read-back; the error queue and the latched alarm word are told to people.

When its host falls silent for the *host timeout*, the unit raises an alarm and does what its
*action* says: switch pump and ventilation off (as delivered), or hold. Safe is not zero: an engine
that has just been stopped needs its coolant, and a cell its ventilation. So after each connection
first the action is set, by default to hold, then the timeout, and both are read back. It stays
armed when the bench closes the link: holding harms nobody.

The uncertainties are engineering defaults (Pt100 class A with transmitter, barometer 0.1 kPa,
capacitive humidity sensor); a rig states those of its certificates.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bench.channel import Range, Uncertainty
from bench.device import ArmedBy, Demand, Driver, LinkKind, Port, Reading, Watchdog
from bench.errors import InstrumentError
from bench.messages import Message
from bench.units import unit
from drivers.quantity import Seconds
from drivers.visa.instrument import TextInstrument
from drivers.visa.numbers import plain_numbers
from drivers.visa.port import REPLY_TIMEOUT, Program, Query, Wire, Write
from drivers.visa.programs import Poll, Programs
from drivers.visa.scpi import HOUSEKEEPING_PERIOD, drain_errors, identify
from drivers.visa.table import CommandTable, DemandRow, QueryRow

WIRE = Wire(gap=0.01)
"""LF; the unit loses a line that comes within 5 ms of the last one."""
IDENTITY = r"\bMCU-4\b"
REMOTE = "SYST:REM"
"""Takes control; sent with every setting, as the panel may have taken it back, and safe values
go out before the setup of a link."""
HOST_TIMEOUT = 10.0
"""Host timeout where the rig states none, s: three polls of the slowest rig, and a reconnection."""
LONGEST_TIMEOUT = 3600.0
"""Longest host timeout of the unit, s."""

ALARM_WORD = Query("STAT:ALAR?")

CELSIUS, KILOPASCAL, PERCENT = unit("degC"), unit("kPa"), unit("percent")

ALARMS: Mapping[int, str] = MappingProxyType(
    {
        1: "conditioning.alarm-coolant-hot",
        2: "conditioning.alarm-oil-hot",
        4: "conditioning.alarm-no-flow",
        8: "conditioning.alarm-sensor",
        16: "conditioning.alarm-host",
    }
)
"""Bit of the alarm word → what it means."""


def _temperature(name: str, low: float, high: float) -> Reading:
    span = Range(CELSIUS.to_si(low), CELSIUS.to_si(high))
    return Reading(name, CELSIUS, span, Uncertainty(absolute=0.5, resolution=0.01))


def _pressure(name: str, low: float, high: float) -> Reading:
    span = Range(KILOPASCAL.to_si(low), KILOPASCAL.to_si(high))
    return Reading(name, KILOPASCAL, span, Uncertainty(absolute=100.0, resolution=1.0))


def _setpoint(name: str, header: str, low: float, high: float) -> DemandRow:
    limits = Range(CELSIUS.to_si(low), CELSIUS.to_si(high))
    return DemandRow(
        Demand(name, CELSIUS, limits),
        command=f"{REMOTE};:SOUR:TEMP:{header} {{:.2f}}",
        read_back=f"SOUR:TEMP:{header}?",
        tolerance=0.0051,
        parse=plain_numbers,
        reapply=True,
    )


def _switch(name: str, header: str) -> DemandRow:
    return DemandRow(
        Demand(name, choices=("off", "on")),
        command=f"{REMOTE};:OUTP:{header} {{}}",
        read_back=f"OUTP:{header}?",
        words=(("OFF", "0"), ("ON", "1")),
        reapply=True,
    )


TABLE = CommandTable(
    queries=(
        QueryRow(
            "MEAS:ALL?",
            (
                _temperature("coolant_temperature", -40.0, 150.0),
                _temperature("oil_temperature", -40.0, 200.0),
                _temperature("charge_air_temperature", -40.0, 250.0),
                _temperature("intake_air_temperature", -40.0, 80.0),
                _pressure("ambient_pressure", 60.0, 115.0),
                _pressure("intake_pressure", 50.0, 350.0),
                Reading(
                    "relative_humidity",
                    PERCENT,
                    Range(0.0, 1.0),
                    Uncertainty(absolute=0.02, resolution=0.001),
                ),
            ),
            parse=plain_numbers,
        ),
    ),
    settings=(
        _setpoint("coolant_temperature", "COOL", 30.0, 110.0),
        _setpoint("oil_temperature", "OIL", 40.0, 140.0),
        _setpoint("charge_air_temperature", "CHAR", 15.0, 80.0),
        _setpoint("intake_air_temperature", "INT", 10.0, 50.0),
        _switch("coolant_pump", "PUMP"),
        _switch("ventilation", "VENT"),
    ),
)
"""A demand given while the link is lost waits for it. Nothing else is sent again: the unit keeps
its setpoints and outputs, also over a power failure; what it then holds otherwise is told."""


class MediaConditioningOptions(BaseModel):
    """Settings of a media conditioning controller in a rig."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    host_timeout: Seconds = Field(default=HOST_TIMEOUT, ge=0.0, le=LONGEST_TIMEOUT)
    """Silence after which the unit does what the action says; 0 s: never."""
    host_timeout_action: Literal["hold", "off"] = "hold"
    """What it does then: hold setpoints and outputs, or switch pump and ventilation off."""


class Conditioning:
    """What the bench does with the unit beyond its table."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._name = port.connection.name
        self._options: MediaConditioningOptions = (
            port.connection.options or MediaConditioningOptions()
        )
        self._told = 0

    def programs(self) -> Programs:
        """Return what runs on the wire."""
        return Programs(
            identify=lambda: identify(self._port, IDENTITY, timeout=REPLY_TIMEOUT),
            setup=self.setup,
            polls=TABLE.polls(self._port),
            apply=TABLE.apply(self._port),
            housekeep=Poll(self.housekeep, HOUSEKEEPING_PERIOD),
            verify=TABLE.verify(self._port),
            reapply=TABLE.reapply,
        )

    def setup(self) -> Program[None]:
        """Take remote control and arm the host timeout; outputs stay as they are.

        Raises:
            InstrumentError: the unit holds another action or timeout.
        """
        self._told = 0
        yield Write(REMOTE)
        action = self._options.host_timeout_action.upper()
        yield Write(f"SYST:COMM:TIM:ACT {action}")
        held_action = (yield Query("SYST:COMM:TIM:ACT?")).strip()
        if held_action != action:
            raise self._not_armed(action, held_action)
        timeout = self._options.host_timeout
        yield Write(f"SYST:COMM:TIM {timeout:.1f}")
        (held,) = plain_numbers((yield Query("SYST:COMM:TIM?")))
        if abs(held - timeout) > 0.051:
            wanted = f"{timeout:g} s"
            raise self._not_armed(wanted, f"{held:g} s")

    def _not_armed(self, value: str, actual: str) -> InstrumentError:
        name = self._name
        return InstrumentError(
            "conditioning.host-timeout", instrument=name, value=value, actual=actual
        )

    def housekeep(self) -> Program[None]:
        """Tell of errors, and of alarms when they change.

        Raises:
            ValueError: no alarm word.
        """
        yield from drain_errors(self._port)
        (number,) = plain_numbers((yield ALARM_WORD))
        word = int(number)
        if word != number or word < 0:
            raise ValueError(number)
        told, self._told = self._told, word
        if told == word:
            return
        for bit in _bits(word & ~told):
            name = Message(ALARMS[bit]) if bit in ALARMS else f"bit {bit}"
            self._tell("error", "conditioning.alarm", alarm=name)
        if told and not word:
            self._tell("info", "conditioning.no-alarms")

    def _tell(self, level: str, message_id: str, **arguments: object) -> None:
        message = Message(message_id, {"instrument": self._name, **arguments})
        self._port.report(level, self._name, message)


def _bits(word: int) -> tuple[int, ...]:
    return tuple(1 << place for place in range(word.bit_length()) if word >> place & 1)


def _build(port: Port) -> TextInstrument:
    programs = Conditioning(port).programs()
    return TextInstrument(port, programs, wire=WIRE, demands=TABLE.demands)


DRIVER = Driver(
    name="media-conditioning",
    title="MCU-4 media conditioning controller: coolant, oil, charge air, intake air",
    link=LinkKind.VISA,
    readings=lambda _: TABLE.readings,
    demands=lambda _: TABLE.demands,
    build=_build,
    options=MediaConditioningOptions,
    shortest_period=0.05,
    watchdog=Watchdog(
        "host timeout", HOST_TIMEOUT, Message("conditioning.watchdog"), ArmedBy.SETUP
    ),
)
"""The model, as the rig names it."""
