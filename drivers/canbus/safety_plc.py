"""Safety PLC of a hydrogen cell with its gas detectors (dbc/README.md, part 2).

The heartbeat is the core's, not the driver's: a frame goes out only when the core has changed
the demand ``heartbeat`` since the last one, so a core that hangs lets the PLC trip.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bench.channel import Range
from bench.device import ArmedBy, Demand, Driver, LinkKind, Port, Reading, Watchdog
from bench.messages import Message
from bench.units import unit
from drivers.canbus.checksum import crc8, start_for
from drivers.canbus.cyclic import CyclicInput, CyclicOutput, Readout, post_bad
from drivers.canbus.frame import Frame
from drivers.canbus.heartbeat import Beat
from drivers.canbus.layout import layouts
from drivers.canbus.node import SCANS_BORNE, BenchNode, Messages
from drivers.quantity import Seconds

LFL, PERCENT, BAR, PPM = unit("%LFL"), unit("%"), unit("bar"), unit("ppm")

HEARTBEAT_TIMEOUT = 0.5
"""Heartbeat timeout of the PLC as it powers up, s."""
LONGEST_TIMEOUT = 10.0
"""Longest heartbeat timeout it takes, s."""
TRIP_CAUSES = (
    "none",
    "emergency-stop",
    "heartbeat",
    "hood",
    "room",
    "ventilation",
    "carbon-monoxide",
    "methane",
    "oxygen",
)
"""Causes of a trip; the position is the reading."""


class SafetyPlcOptions(BaseModel):
    """What is set on the PLC, and so in the rig."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    object: Literal["hydrogen-engine", "solid-oxide"] = "hydrogen-engine"
    """What hangs on its outputs; the PLC says which, and must say the same."""
    heartbeat_timeout: Seconds = Field(default=HEARTBEAT_TIMEOUT, ge=0.2, le=LONGEST_TIMEOUT)
    """Silence of the bench after which the PLC trips; told by the driver, read back."""


_OBJECTS = MappingProxyType(
    {
        "hydrogen-engine": (
            Demand("ignition_enable", choices=("off", "on")),
            Demand("injection_enable", choices=("off", "on")),
            Demand("purge", choices=("off", "on")),
        ),
        "solid-oxide": (
            Demand("load_contactor", choices=("open", "close")),
            Demand("heater", choices=("off", "on")),
            Demand("safety_gas", choices=("off", "on")),
        ),
    }
)
"""Object → what its outputs 2 to 4 take; the position of the object is its code."""
_STATES = MappingProxyType(
    {
        "hydrogen-engine": ("ignition_enabled", "injection_enabled", "purge_open"),
        "solid-oxide": ("load_contactor_closed", "heater_on", "safety_gas_open"),
    }
)
"""Object → readings of its outputs 2 to 4."""
_FLAGS = (
    ("permit", "Permit"),
    ("chain_closed", "ChainClosed"),
    ("emergency_stop", "EmergencyStop"),
    ("ventilation_flow_ok", "VentilationFlowOk"),
    ("heartbeat_ok", "HeartbeatOk"),
    ("fuel_valve_open", "FuelValveOpen"),
    ("fuel_valve_closed", "FuelValveClosed"),
    ("rejected", "Rejected"),
)
"""Reading and flag of the status frame, those of the object's outputs apart."""
_OUTPUTS = ("IgnitionEnabled", "InjectionEnabled", "PurgeOpen")
_INPUT_FLAGS = (
    ("mains", "Mains"),
    ("doors_closed", "DoorsClosed"),
    ("acknowledge", "Acknowledge"),
    ("bump_test", "BumpTest"),
    ("horn_on", "HornOn"),
    ("beacon_on", "BeaconOn"),
)
"""Reading and flag of the input frame."""
_DETECTORS = ("Hood1", "Hood2", "Hood3", "Room1", "Room2", "Room3")
_NOT_FITTED = 1023


def readings(options: Any = None) -> tuple[Reading, ...]:
    """Return what the PLC reports: gas first, then chain, valves and supply, then its inputs."""
    chosen: SafetyPlcOptions = options or SafetyPlcOptions()
    share, flag = Range(0.0, 1.0), Range(0, 1)
    groups = [f"{place}_h2" for place in ("hood", "room")]
    flags = [name for name, _ in _FLAGS] + [*_STATES[chosen.object], "reset_allowed"]
    bottle = Range(0.0, BAR.to_si(600))
    return (
        *(Reading(group, LFL, share) for group in groups),
        *(Reading(f"{group}_{number}", LFL, share) for group in groups for number in (1, 2, 3)),
        *(Reading(name, range=flag) for name in flags),
        Reading("trip_cause", range=Range(0, len(TRIP_CAUSES) - 1)),
        Reading("h2_supply_pressure", BAR, bottle),
        Reading("ventilation", PERCENT, share),
        Reading("carbon_monoxide", PPM, Range(0.0, PPM.to_si(2000))),
        Reading("methane", LFL, share),
        Reading("oxygen", PERCENT, Range(0.0, PERCENT.to_si(30))),
        *(Reading(name, range=flag) for name, _ in _INPUT_FLAGS),
        Reading("ups_charge", PERCENT, share),
        Reading("nitrogen_pressure", BAR, bottle),
    )


_GAS = range(8)
_STATUS = range(8, 8 + len(_FLAGS) + 4 + 3)
_GAS2 = range(_STATUS.stop, _STATUS.stop + 3)
_INPUTS = range(_GAS2.stop, _GAS2.stop + len(_INPUT_FLAGS) + 2)


def demands(options: Any = None) -> tuple[Demand, ...]:
    """Return what the PLC takes; ``heartbeat`` is a count that changes with every scan."""
    chosen: SafetyPlcOptions = options or SafetyPlcOptions()
    return (
        Demand("fuel_valve", choices=("close", "open")),
        *_OBJECTS[chosen.object],
        Demand("ventilation", PERCENT, Range(0.0, 1.0)),
        Demand("heartbeat", range=Range(0, 255)),
        Demand("horn", choices=("off", "on")),
        Demand("beacon", choices=("off", "on")),
    )


def heartbeat_timeout(options: Any = None) -> float:
    """Return after how long a silence of the bench the PLC trips, s."""
    chosen: SafetyPlcOptions = options or SafetyPlcOptions()
    return chosen.heartbeat_timeout


def scanned(options: Any, scan: float) -> SafetyPlcOptions:
    """Return the options for scans so many seconds apart, in virtual time."""
    chosen: SafetyPlcOptions = options or SafetyPlcOptions()
    timeout = max(chosen.heartbeat_timeout, SCANS_BORNE * scan)
    return chosen.model_copy(update={"heartbeat_timeout": min(timeout, LONGEST_TIMEOUT)})


_SIGNALS = ("FuelValve", "Ignition", "Injection", "Purge", "Ventilation")
"""Signal of the request frame by demand index."""
_ENERGISING = ("FuelValve", "Ignition", "Injection", "Purge")
_VENTILATION, _HEARTBEAT = 4, 5
_PANEL = {6: "Horn", 7: "Beacon"}
"""Signal of the panel's frame by demand index."""


class SafetyPlc(BenchNode):
    """The node."""

    def __init__(self, port: Port) -> None:
        frames = layouts("safety_plc.dbc")
        options: SafetyPlcOptions = port.connection.options or SafetyPlcOptions()
        self._timeout = round(options.heartbeat_timeout * 1000.0)
        super().__init__(
            port,
            messages=Messages(frames["PlcIdentity"], frames["PlcConfig"], frames["PlcDemand"]),
            demands=demands(options),
            keep=_SIGNALS,
            settings=self._timeout.to_bytes(2, "little"),
        )
        guarded = self._config.data  # a timeout is not believed without its checksum
        checksum = crc8(guarded, start_for(self._config.id))
        self._config = self._config._replace(data=guarded + bytes((checksum,)))
        self._object = list(_OBJECTS).index(options.object)
        status, gas = frames["PlcStatus"], frames["PlcGas"]
        gas2, inputs = frames["PlcGas2"], frames["PlcInputs"]
        self._status = CyclicInput(status, self._presence)
        self._gas = CyclicInput(gas, self._presence, has_checksum=False)
        self._others = CyclicInput(gas2, self._presence)
        self._panel = CyclicInput(inputs, self._presence)
        self._inputs = [self._status, self._gas, self._others, self._panel]
        self._receivers[status.id] = self._on_status
        self._receivers[gas.id] = self._on_gas
        self._receivers[gas2.id] = self._on_others
        self._receivers[inputs.id] = self._on_inputs
        names = [*(flag for _, flag in _FLAGS), *_OUTPUTS, "ResetAllowed"]
        names += ["TripCause", "SupplyPressure", "Ventilation"]
        self._state = Readout(port.mailbox, [status[name] for name in names], _STATUS.start)
        in_air = ("CarbonMonoxide", "Methane", "Oxygen")
        self._air = Readout(port.mailbox, [gas2[name] for name in in_air], _GAS2.start)
        names = [*(flag for _, flag in _INPUT_FLAGS), "UpsCharge", "NitrogenPressure"]
        self._building = Readout(port.mailbox, [inputs[name] for name in names], _INPUTS.start)
        self._signals = CyclicOutput(frames["PlcSignals"], ("Horn", "Beacon"))
        self._kind, self._timeout_held = status["Object"], inputs["HeartbeatTimeout"]
        self._is_timeout_wrong = False
        self._chain, self._rejected = status["ChainClosed"], status["Rejected"]
        self._cause = status["TripCause"]
        self._detectors = Readout(port.mailbox, [gas[name] for name in _DETECTORS], _GAS.start + 2)
        self._places = [gas[name].shift for name in _DETECTORS]
        self._heartbeat = Beat(frames["PlcHeartbeat"].id)
        self._was_closed = True
        self._was_rejected = False

    def step(self, now: int) -> int:
        """Send what is newly demanded and the heartbeat; return when to be called again (ns)."""
        due = super().step(now)
        if self._is_bus_open and self._heartbeat.is_waiting:
            if now >= self._heartbeat.due:
                self._send(self._heartbeat.frame(now))
            else:
                due = min(due, self._heartbeat.due)
        return due

    def _apply(self, values: Mapping[int, float]) -> None:
        is_requested = is_signalled = False
        for index, value in values.items():
            if index == _HEARTBEAT:
                self._heartbeat.pet(value)
            elif index in _PANEL:
                is_signalled = True
                self._signals.put(_PANEL[index], value)
            else:
                is_requested = True
                number = PERCENT.from_si(value) if index == _VENTILATION else value
                self._output.put(_SIGNALS[index], number)
        if is_requested:
            self._send(self._output.frame())
        if is_signalled:
            self._send(self._signals.frame())

    def _forget(self) -> None:
        super()._forget()
        self._is_timeout_wrong = False
        self._before.pop(_HEARTBEAT, None)
        self._heartbeat.forget()
        self._signals.forget()

    def _on_status(self, frame: Frame, now: int) -> None:
        word = self._status.word(frame)
        if word is None:
            post_bad(self._port.mailbox, _STATUS, now)
        elif self._status.is_new(word):
            if self._kind.raw(word) != self._object:
                self._refuse(self._kind.raw(word), now)
                return
            if self._is_timeout_wrong:
                return
            self._heard(now)
            self._state.post(word, now)
            self._tell(word)

    def _refuse(self, code: int, now: int) -> None:
        """Have nothing to do with a PLC that switches something else."""
        known = list(_OBJECTS)
        found = known[code] if code < len(known) else str(code)
        self._forget()
        self._presence.lost(now)
        expected = known[self._object]
        self._presence.faulty("can.wrong-object", found=found, expected=expected)

    def _tell(self, word: int) -> None:
        is_closed, is_rejected = bool(self._chain.raw(word)), bool(self._rejected.raw(word))
        if self._was_closed and not is_closed:
            self._output.forget(*_ENERGISING)  # what was on before a trip is not asked for again
            self._interrupt(*range(len(_ENERGISING)))
            cause = self._cause.raw(word)
            known = TRIP_CAUSES[cause] if cause < len(TRIP_CAUSES) else "none"
            self.say("error", "can.tripped", cause=Message(f"can.trip-{known}"))
        if is_rejected and not self._was_rejected:
            self.say("warning", "can.demand-rejected", reason=Message("can.rejected-permit"))
        self._was_closed, self._was_rejected = is_closed, is_rejected

    def _on_gas(self, frame: Frame, now: int) -> None:
        word = self._gas.word(frame)
        if word is None:
            post_bad(self._port.mailbox, _GAS, now)
        elif self._gas.is_new(word):
            values = self._detectors.numbers(word)
            fitted = [word >> place & _NOT_FITTED != _NOT_FITTED for place in self._places]
            hood, room = voted(values[:3], fitted[:3]), voted(values[3:], fitted[3:])
            self._port.mailbox.post_all(0, (hood, room, *values), now)

    def _on_others(self, frame: Frame, now: int) -> None:
        word = self._others.word(frame)
        if word is None:
            post_bad(self._port.mailbox, _GAS2, now)
        elif self._others.is_new(word):
            self._air.post(word, now)

    def _on_inputs(self, frame: Frame, now: int) -> None:
        word = self._panel.word(frame)
        if word is None:
            post_bad(self._port.mailbox, _INPUTS, now)
        elif self._panel.is_new(word):
            self._check_timeout(self._timeout_held.raw(word), now)
            self._building.post(word, now)

    def _check_timeout(self, held: int, now: int) -> None:
        """Do without a PLC that waits longer, or shorter, for the bench than the rig says."""
        held = held or round(HEARTBEAT_TIMEOUT * 1000.0)  # an older PLC knows no other
        if held == self._timeout:
            self._is_timeout_wrong = False
        elif self._tell_again(now):
            self._is_timeout_wrong = True
            self._presence.lost(now)
            found, expected = f"{held / 1000:g}", f"{self._timeout / 1000:g}"
            self._presence.faulty("can.other-timeout", found=found, expected=expected)


def voted(values: Sequence[float], fitted: Sequence[bool]) -> float:
    """Return the highest of a group's valid detectors; NaN when fewer than two thirds are valid.

    The highest, so that the software warns before the PLC, which trips on two of three.

    Args:
        values: Reading of each detector, any unit; NaN: faulty or not fitted.
        fitted: Whether each is fitted.
    """
    valid = [value for value in values if value == value]  # noqa: PLR0124 - false for NaN
    if not valid or 3 * len(valid) < 2 * sum(fitted):
        return math.nan
    return max(valid)


DRIVER = Driver(
    name="safety-plc",
    title="h2bench safety PLC: safety chain, fuel valve and gas detectors of a test cell",
    link=LinkKind.CAN,
    readings=readings,
    demands=demands,
    build=SafetyPlc,
    options=SafetyPlcOptions,
    shortest_period=0.01,
    longest_demand_gap=0.2,
    watchdog_timeout=heartbeat_timeout,
    scanned=scanned,
    watchdog=Watchdog(
        "heartbeat lost",
        HEARTBEAT_TIMEOUT,
        Message("can.watchdog-plc"),
        ArmedBy.ALWAYS,
        reading="heartbeat_ok",
    ),
)
"""Data sheet."""
