"""EA ELR 10000 electronic load, regenerative: current, voltage and power limits, DC input.

After the maker's *Programming Guide ModBus & SCPI* (PGMBEN, rev 24) and its register model:

- Replies carry units: ``12.5V, 33.3A, 420W``. A setpoint that is refused shows only when it is read
  back. At least 5 ms lie between two messages, 10 ms are recommended.
- ``SYST:ERR?`` *acknowledges and erases alarms*. So it is never asked on the side: every poll reads
  the status register, alarms are latched here and told, and only the action `acknowledge`, which a
  person begins, reads the queue. Until then the input is not switched on.
- The load leaves remote control when the bench falls silent (interface monitoring), and then does
  what "state after remote" says. It, and what happens after over-temperature, mains failure and
  power-up, is set to OFF and read back, as delivered over-temperature ends with DC on again.
- It closes its socket after 5 s without a message: the polls keep it open.

A connection changes no output; the input comes on only when it is demanded. The uncertainties are
those of the series' data sheet class (engineering default); a rig states its certificates.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bench.channel import Range, Uncertainty
from bench.device import Action, ArmedBy, Demand, Driver, LinkKind, Port, Reading, Watchdog
from bench.errors import InstrumentError
from bench.messages import Message
from bench.units import Unit, unit
from drivers.quantity import Current, Power, Seconds, Voltage
from drivers.visa.instrument import TextInstrument
from drivers.visa.numbers import number, numbers
from drivers.visa.port import REPLY_TIMEOUT, Program, Query, Wire, Write
from drivers.visa.programs import ActionProgram, Poll, Programs
from drivers.visa.scpi import HOUSEKEEPING_PERIOD, drain_errors, identify
from drivers.visa.table import CommandTable, DemandRow

WIRE = Wire(gap=0.010)
IDENTITY = r"\bELR\s?10\d{3}\b"
LOCK = "SYST:LOCK ON"
"""Takes control; sent before every setting, as safe values go out before the setup of a link."""
MONITORING = 5.0
"""Silence after which the load leaves remote control, where the rig states none, s."""
V, A, W = unit("V"), unit("A"), unit("W")
INPUT, CURRENT, VOLTAGE, POWER = range(4)
OFF, ON = 0.0, 1.0
LOCAL, READY, DRAWING = 0.0, 1.0, 2.0
"""Reading `state`: somebody else has control; the input is off; it is on."""
REMOTE_BIT, INPUT_BIT = 1 << 10, 1 << 11

ALARMS: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        1 << 0: ("OVP", "ea.alarm-voltage"),
        1 << 1: ("OCP", "ea.alarm-current"),
        1 << 2: ("OPP", "ea.alarm-power"),
        1 << 3: ("OT", "ea.alarm-hot"),
        1 << 4: ("OVD", "ea.event-voltage-high"),
        1 << 5: ("UVD", "ea.event-voltage-low"),
        1 << 6: ("OCD", "ea.event-current-high"),
        1 << 7: ("UCD", "ea.event-current-low"),
        1 << 8: ("OPD", "ea.event-power-high"),
        1 << 13: ("PF", "ea.alarm-mains"),
        1 << 14: ("MSP", "ea.alarm-parallel"),
    }
)
"""Bit of the questionable status register → its name on the display, and what it means."""
ALARM_BITS = sum(ALARMS)
SAFETY_OVER_VOLTAGE = frozenset({-999})
"""Error that stays until the load is switched off and on (60 V models)."""
STAYS_OFF = (
    ("POW:STAG:AFT:REM", "OFF"),
    ("SYST:CONF:OUTP:REST", "OFF"),
    ("SYST:ALAR:ACT:OTEM", "OFF"),
    ("SYST:ALAR:ACT:PFA", "OFF"),
)
"""What must never bring DC back by itself: end of remote control, power-up, cooling, mains."""


class EaElr10000Options(BaseModel):
    """Settings of an EA ELR 10000 in a rig."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    rated_voltage: Annotated[Voltage, Field(gt=0.0, le=2000.0)] = 80.0
    """Rated voltage of the model, as its type plate says; compared with what the load says."""
    rated_current: Annotated[Current, Field(gt=0.0, le=5000.0)] = 1000.0
    """Rated current of the model."""
    rated_power: Annotated[Power, Field(gt=0.0, le=300e3)] = 30e3
    """Rated power of the model."""
    over_voltage: Annotated[Voltage, Field(gt=0.0)] | None = None
    """Voltage at which it trips (OVP); by default 110 % of the rated one."""
    over_current: Annotated[Current, Field(gt=0.0)] | None = None
    """Current at which it trips (OCP); by default 110 % of the rated one."""
    over_power: Annotated[Power, Field(gt=0.0)] | None = None
    """Power at which it trips (OPP); by default 110 % of the rated one."""
    monitoring: Seconds = Field(default=MONITORING, ge=1.0, le=36000.0)
    """Silence of the bench after which the load leaves remote control and switches off."""


def _readings(given: EaElr10000Options | None) -> tuple[Reading, ...]:
    rated = given or EaElr10000Options()
    volt, ampere, watt = rated.rated_voltage, rated.rated_current, rated.rated_power
    return (
        Reading("voltage", V, Range(0.0, 1.25 * volt), Uncertainty(absolute=5e-4 * volt)),
        Reading("current", A, Range(0.0, 1.25 * ampere), Uncertainty(absolute=1e-3 * ampere)),
        Reading("power", W, Range(0.0, 1.25 * watt), Uncertainty(absolute=3e-3 * watt)),
        Reading("alarms", range=Range(0.0, 65535.0)),
        Reading("state", range=Range(LOCAL, DRAWING)),
    )


def _setpoint(name: str, of: Unit, header: str, rated: float) -> DemandRow:
    return DemandRow(
        Demand(name, of, Range(0.0, 1.02 * rated)),
        command=f"{header} {{:.3f}}",
        read_back=f"{header}?",
        tolerance=5e-4 * rated,
        parse=numbers,
    )


def table(given: EaElr10000Options | None) -> CommandTable:
    """Return the demands of a model, in the order `INPUT`, `CURRENT`, `VOLTAGE`, `POWER`.

    Nothing is sent again by itself after a lost link.
    """
    model = given or EaElr10000Options()
    switch = Demand("input", choices=("off", "on"))
    return CommandTable(
        settings=(
            DemandRow(switch, "INP {}", "INP?", words=(("OFF", "0"), ("ON", "1"))),
            _setpoint("current", A, "CURR", model.rated_current),
            _setpoint("voltage", V, "VOLT", model.rated_voltage),
            _setpoint("power", W, "POW", model.rated_power),
        )
    )


class Load:
    """What the bench does with the load beyond its table."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._name = port.connection.name
        self._options: EaElr10000Options = port.connection.options or EaElr10000Options()
        self._table = table(self._options)
        self._latched = 0
        self._had_control = False

    def programs(self) -> Programs:
        """Return what runs on the wire."""
        send = self._table.apply(self._port)

        def apply(index: int, value: float) -> Program[None]:
            if index == INPUT and value == ON and self._latched:
                raise self._error("ea.not-acknowledged", alarms=_named(self._latched))
            yield Write(LOCK)
            yield from send(index, value)

        return Programs(
            identify=lambda: identify(self._port, IDENTITY, timeout=REPLY_TIMEOUT),
            setup=self.setup,
            polls=(Poll(self.measure),),
            apply=apply,
            verify=self._table.verify(self._port),
            actions={"acknowledge": self.acknowledge},
            housekeep=Poll(self.supervise, HOUSEKEEPING_PERIOD),
        )

    def setup(self) -> Program[None]:
        """Take control, compare the ratings, set what makes it safe; the input stays as it is.

        Raises:
            InstrumentError: control is refused, the model is another one, or a setting is not held.
        """
        self._note((yield from self._status()))
        yield Write(LOCK)
        owner = (yield Query("SYST:LOCK:OWN?")).strip()
        if owner != "REMOTE":
            raise self._error("ea.no-control", owner=owner)
        given = self._options
        yield from self._rated("SYST:NOM:VOLT?", given.rated_voltage, V)
        yield from self._rated("SYST:NOM:CURR?", given.rated_current, A)
        yield from self._rated("SYST:NOM:POW?", given.rated_power, W)
        for header, word in STAYS_OFF:
            yield from self._set_word(header, word)
        trips = (
            ("VOLT:PROT", given.over_voltage, given.rated_voltage),
            ("CURR:PROT", given.over_current, given.rated_current),
            ("POW:PROT", given.over_power, given.rated_power),
        )
        for header, trip, rated in trips:
            yield from self._set_number(header, trip or 1.1 * rated, 5e-4 * rated)
        yield from self._set_number("SYST:COMM:MON:TIM", round(given.monitoring), 0.5, "{:.0f}")
        yield from self._set_word("SYST:COMM:MON:ACT", "ON")
        self._had_control = True

    def measure(self) -> Program[None]:
        """Post what flows, the latched alarms and the state; tell of new alarms."""
        values = numbers((yield Query("MEAS:ARR?")))
        if len(values) != 3:
            raise ValueError(values)
        now = self._port.clock.now()
        self._port.mailbox.post_all(0, values, now)
        word = yield from self._status()
        self._note(word)
        now = self._port.clock.now()
        self._port.mailbox.post(3, float(self._latched), now)
        has_control = bool(word & REMOTE_BIT)
        is_on = bool(word & INPUT_BIT)
        self._port.mailbox.post(4, (DRAWING if is_on else READY) if has_control else LOCAL, now)
        if self._had_control and not has_control:
            self._tell("error", "ea.lost-control")
        self._had_control = has_control

    def supervise(self) -> Program[None]:
        """Look whether the monitoring is still armed; the error queue is left alone.

        Raises:
            InstrumentError: it is not.
        """
        held = (yield Query("SYST:COMM:MON:ACT?")).strip()
        if held not in ("ON", "1"):
            raise self._not_held("SYST:COMM:MON:ACT", "ON", held)

    def acknowledge(self) -> ActionProgram:
        """Acknowledge the alarms: read the error queue until it is empty, and tell all of it.

        Returns:
            ``alarms``: the alarm bits that have been acknowledged.

        Raises:
            InstrumentError: the cause of an alarm is still there.
        """
        self._note((yield from self._status()))
        before = self._latched
        yield from drain_errors(self._port, stays=SAFETY_OVER_VOLTAGE)
        left = (yield from self._status()) & ALARM_BITS
        self._latched = left
        if left:
            raise self._error("ea.alarm-stays", alarms=_named(left))
        return {"alarms": float(before)}

    def _status(self) -> Program[int]:
        reply = yield Query("STAT:QUES:COND?")
        return int(reply)

    def _note(self, word: int) -> None:
        new = word & ALARM_BITS & ~self._latched
        self._latched |= new
        for bit in _bits(new):
            self._tell("error", "ea.alarm", alarm=Message(ALARMS[bit][1]))

    def _rated(self, question: str, rated: float, of: Unit) -> Program[None]:
        actual = number((yield Query(question)))
        if abs(actual - rated) > 1e-3 * rated:
            wanted, shown = f"{rated:g} {of.label}", f"{actual:g} {of.label}"
            raise self._error("ea.other-model", value=wanted, actual=shown)

    def _set_word(self, header: str, word: str) -> Program[None]:
        yield Write(f"{header} {word}")
        held = (yield Query(f"{header}?")).strip()
        if held != word:
            raise self._not_held(header, word, held)

    def _set_number(
        self, header: str, value: float, tolerance: float, form: str = "{:.2f}"
    ) -> Program[None]:
        yield Write(f"{header} {form.format(value)}")
        held = number((yield Query(f"{header}?")))
        if abs(held - value) > tolerance:
            raise self._not_held(header, f"{value:g}", f"{held:g}")

    def _not_held(self, header: str, value: str, actual: str) -> InstrumentError:
        return self._error("ea.not-held", setting=header, value=value, actual=actual)

    def _error(self, message_id: str, **arguments: object) -> InstrumentError:
        return InstrumentError(message_id, instrument=self._name, **arguments)

    def _tell(self, level: str, message_id: str, **arguments: object) -> None:
        message = Message(message_id, {"instrument": self._name, **arguments})
        self._port.report(level, self._name, message)


def _bits(word: int) -> tuple[int, ...]:
    return tuple(bit for bit in ALARMS if word & bit)


def _named(word: int) -> str:
    return ", ".join(ALARMS[bit][0] for bit in _bits(word))


ACTIONS = (Action("acknowledge", duration=0.2, timeout=10.0),)


def _monitoring(given: EaElr10000Options | None) -> float:
    return MONITORING if given is None else given.monitoring


def _build(port: Port) -> TextInstrument:
    demands = table(port.connection.options).demands
    programs = Load(port).programs()
    return TextInstrument(port, programs, wire=WIRE, demands=demands, actions=ACTIONS)


DRIVER = Driver(
    name="ea-elr10000",
    title="EA ELR 10000 regenerative electronic load: voltage, current, power",
    link=LinkKind.VISA,
    readings=_readings,
    demands=lambda options: table(options).demands,
    build=_build,
    actions=ACTIONS,
    options=EaElr10000Options,
    shortest_period=0.05,
    watchdog=Watchdog("interface monitoring", MONITORING, Message("ea.watchdog"), ArmedBy.SETUP),
    watchdog_timeout=_monitoring,
)
"""The model, as the rig names it."""
