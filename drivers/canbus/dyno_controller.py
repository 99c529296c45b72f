"""Dyno controller of the bench: closes speed and torque, moves the pedal (dbc/README.md, part 1).

Demands travel in one frame, sent with the first bus step after the scan has demanded something.
The driver never repeats it by itself: when the scan stops, the controller notices within its
demand timeout (500 ms as delivered) and makes itself safe. So the core repeats at least one demand
in every scan, changed or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bench.channel import Range
from bench.device import ArmedBy, Demand, Driver, LinkKind, Port, Reading, Watchdog
from bench.messages import Message
from bench.units import unit
from drivers.canbus.cyclic import CyclicInput, Readout, post_bad
from drivers.canbus.frame import Frame
from drivers.canbus.layout import layouts
from drivers.canbus.node import SCANS_BORNE, BenchNode, Messages
from drivers.quantity import Seconds, Speed, Torque

RPM, NEWTON_METRE, PERCENT = unit("rpm"), unit("N*m"), unit("%")

MODES = ("off", "n/T", "T/n", "n/alpha", "idle", "motor")
"""Control modes, dynamometer/pedal; the position is the code on the wire."""
STATES = ("ready", "running", "transfer", "demand-lost", "fault")
"""States of the controller; the position is the reading."""

DEMAND_TIMEOUT = 0.5
"""Demand timeout of the controller as delivered, s."""

_FAULTS = ("overspeed", "demand-lost", "demand-corrupt", "speed-sensor")
_REASONS = ("", "mode", "range", "starter")


class DynoControllerOptions(BaseModel):
    """What is set on the device, and so in the rig."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    highest_speed: Speed = Field(default=4000 * RPM.factor, gt=0, le=16000 * RPM.factor)
    """Highest speed of the machine, as set on the controller."""
    highest_torque: Torque = Field(default=3000.0, gt=0, le=8000.0)
    """Highest torque of the machine, either way, as set on the controller."""
    demand_timeout: Seconds = Field(default=DEMAND_TIMEOUT, ge=0.2, le=10.0)
    """Silence of the bench after which it makes itself safe, as set on the controller."""


def readings(options: Any = None) -> tuple[Reading, ...]:
    """Return what the controller reports, in the order of its frames."""
    del options  # the frames carry more than any machine can
    speed = Range(0.0, RPM.to_si(16000))
    torque = Range(-8000.0, 8000.0)
    return (
        Reading("speed", RPM, speed),
        Reading("torque", NEWTON_METRE, torque),
        Reading("pedal", PERCENT, Range(0.0, 1.0)),
        Reading("mode", range=Range(0, len(MODES) - 1)),
        Reading("state", range=Range(0, len(STATES) - 1)),
        Reading("speed_setpoint", RPM, speed),
        Reading("torque_setpoint", NEWTON_METRE, torque),
        Reading("rejected", range=Range(0, 3)),
        Reading("faults", range=Range(0, 15)),
        Reading("watchdog_armed", range=Range(0, 1)),
    )


def demands(options: Any = None) -> tuple[Demand, ...]:
    """Return what the controller takes, within the limits of the machine."""
    chosen: DynoControllerOptions = options or DynoControllerOptions()
    torque = chosen.highest_torque
    return (
        Demand("mode", choices=MODES),
        Demand("speed", RPM, Range(0.0, chosen.highest_speed)),
        Demand("torque", NEWTON_METRE, Range(-torque, torque)),
        Demand("pedal", PERCENT, Range(0.0, 1.0)),
        Demand("starter", choices=("off", "on")),
    )


def demand_timeout(options: Any = None) -> float:
    """Return after how long a silence of the bench it makes itself safe, s."""
    chosen: DynoControllerOptions = options or DynoControllerOptions()
    return chosen.demand_timeout


def scanned(options: Any, scan: float) -> DynoControllerOptions:
    """Return the options for scans so many seconds apart, in virtual time."""
    chosen: DynoControllerOptions = options or DynoControllerOptions()
    timeout = max(chosen.demand_timeout, SCANS_BORNE * scan)
    return chosen.model_copy(update={"demand_timeout": timeout})


_SIGNALS = ("Mode", "Speed", "Torque", "Pedal", "Starter")
"""Signal of the demand frame by demand index."""


class DynoController(BenchNode):
    """The node."""

    def __init__(self, port: Port) -> None:
        frames = layouts("dyno_controller.dbc")
        taken = demands(port.connection.options)
        super().__init__(
            port,
            messages=Messages(frames["DynoIdentity"], frames["DynoConfig"], frames["DynoDemand"]),
            demands=taken,
            keep=_SIGNALS,
        )
        self._units = [demand.unit for demand in taken]
        for signal, demand in zip(_SIGNALS, taken, strict=True):
            if not demand.choices:
                low, high = demand.range.low, demand.range.high
                self._output.limit(signal, demand.unit.from_si(low), demand.unit.from_si(high))
        status, setpoints = frames["DynoStatus"], frames["DynoSetpoints"]
        self._status = CyclicInput(status, self._presence)
        self._setpoints = CyclicInput(setpoints, self._presence)
        self._inputs = [self._status, self._setpoints]
        self._receivers[status.id] = self._on_status
        self._receivers[setpoints.id] = self._on_setpoints
        actual = [status[name] for name in ("Speed", "Torque", "Pedal", "Mode", "State")]
        self._rejected, self._faults = setpoints["Rejected"], setpoints["Faults"]
        in_force = [setpoints["SpeedSetpoint"], setpoints["TorqueSetpoint"]]
        in_force += [self._rejected, self._faults, setpoints["DemandWatched"]]
        self._actual = Readout(port.mailbox, actual, 0)
        self._in_force = Readout(port.mailbox, in_force, len(actual))
        self._last_rejected = 0
        self._last_faults = 0

    def _apply(self, values: Mapping[int, float]) -> None:
        for index, value in values.items():
            self._output.put(_SIGNALS[index], self._units[index].from_si(value))
        self._send(self._output.frame())

    def _on_status(self, frame: Frame, now: int) -> None:
        word = self._status.word(frame)
        if word is None:
            post_bad(self._port.mailbox, range(5), now)
        elif self._status.is_new(word):
            self._heard(now)
            self._actual.post(word, now)

    def _on_setpoints(self, frame: Frame, now: int) -> None:
        word = self._setpoints.word(frame)
        if word is None:
            post_bad(self._port.mailbox, range(5, 10), now)
        elif self._setpoints.is_new(word):
            self._in_force.post(word, now)
            self._tell(self._rejected.raw(word), self._faults.raw(word))

    def _tell(self, rejected: int, faults: int) -> None:
        if rejected != self._last_rejected and 0 < rejected < len(_REASONS):
            reason = Message(f"can.rejected-{_REASONS[rejected]}")
            self.say("warning", "can.demand-rejected", reason=reason)
        new = faults & ~self._last_faults
        if new:
            for bit, fault in enumerate(_FAULTS):
                if new & 1 << bit:
                    self.say("error", "can.node-fault", fault=Message(f"can.fault-{fault}"))
        self._last_rejected, self._last_faults = rejected, faults


DRIVER = Driver(
    name="dyno-controller",
    title="h2bench dyno controller: speed, torque and pedal of an engine test bed",
    link=LinkKind.CAN,
    readings=readings,
    demands=demands,
    build=DynoController,
    options=DynoControllerOptions,
    shortest_period=0.01,
    longest_demand_gap=0.2,
    watchdog_timeout=demand_timeout,
    scanned=scanned,
    watchdog=Watchdog(
        "demand lost",
        DEMAND_TIMEOUT,
        Message("can.watchdog-dyno"),
        ArmedBy.ALWAYS,
        reading="watchdog_armed",
    ),
)
"""Data sheet."""
