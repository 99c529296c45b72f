"""HBK T40B torque flange with TIM40 stator on CANopen.

Layouts: ``dbc/hbk_t40b.md``. The stator sends its torque only when it changes, so its status
and heartbeat tell that the last torque still holds. No watchdog: it drives nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bench.channel import Range, Uncertainty
from bench.clock import MILLISECOND
from bench.device import Driver, LinkKind, Port, Progress, Reading
from bench.errors import DemandOutOfRange
from bench.units import unit
from drivers.canbus.canopen import HEARTBEAT, RPDO, SDO_ANSWER, TPDO
from drivers.canbus.canopen_startup import RUNNING, Startup, write16
from drivers.canbus.frame import Frame
from drivers.canbus.hbk_t40b_values import SPEED, TORQUE, Values
from drivers.canbus.hbk_t40b_zero import ZERO, Zeroing
from drivers.canbus.instrument import CanInstrument
from drivers.canbus.port import Filter, Send, exactly, nowhere
from drivers.canbus.presence import Presence, silence_after
from drivers.quantity import Speed, Torque

STATUS_EVERY = 200 * MILLISECOND
"""Event time of the status PDO, and heartbeat producer time, or the period where that is longer:
well below the age at which values are stale."""
_TENTH = MILLISECOND // 10  # inhibit times count in 100 µs
_RPM = math.pi / 30.0
_SPEED = 24_000 * _RPM  # highest nominal speed of the series


class Options(BaseModel):
    """What a rig says of its flange."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    node: int = Field(default=1, ge=1, le=127)
    """CAN address set in the stator."""
    nominal_torque: Torque = 3000.0
    """Nominal torque of the flange: ``3 kN*m``."""
    resolution: Torque = 0.001
    """Torque of one digit: ``0.001 N*m`` (decimal places set in the stator's web interface)."""
    speed: bool = True
    """Whether the flange has the rotational speed measuring system."""
    speed_resolution: Speed = 0.1 * _RPM
    """Speed of one digit: ``0.1 rpm``."""
    device_name: str = "TIM40"
    """What the device name (object 1008) must hold."""


class T40b(CanInstrument):
    """One flange as the scan and its bus see it."""

    def __init__(self, port: Port) -> None:
        options: Options = port.connection.options or Options()
        node, period = options.node, port.connection.period
        status = max(STATUS_EVERY, period)
        super().__init__(port, Presence(port, silence_after(status)), ())
        self._send: Send = nowhere
        self._control_id = RPDO[0] + node
        self._startup = Startup(
            port,
            self._presence,
            node=node,
            expected=options.device_name,
            settings=(
                write16(0x1800, 3, period // _TENTH),
                write16(0x1801, 3, period // _TENTH),
                write16(0x1801, 5, status // MILLISECOND),
                *((write16(0x1802, 3, period // _TENTH),) * options.speed),
                write16(0x1017, 0, status // MILLISECOND),
            ),
        )
        factors = (options.resolution, options.speed_resolution / _RPM)
        self._values = Values(
            port.mailbox, self._presence, factors=factors if options.speed else factors[:1]
        )
        self._zero = Zeroing(port, self._control)
        take = self._values.take
        self._answer_id = SDO_ANSWER + node
        self._takers: dict[int, Callable[[bytes, int], None]] = {
            TPDO[0] + node: partial(take, TORQUE),
            TPDO[1] + node: self._status,
            HEARTBEAT + node: self._heartbeat,
        }
        """What takes the frames of a started stator, by id."""
        if options.speed:
            self._takers[TPDO[2] + node] = partial(take, SPEED)

    @property
    def listens(self) -> Sequence[Filter]:
        """Frames it wants to hear."""
        return [exactly(can_id) for can_id in (*self._takers, self._answer_id)]

    def attach(self, send: Send) -> None:
        """Take the way to send."""
        self._send = send
        self._startup.attach(send)

    def demand(self, index: int, value: float) -> None:
        """Refuse: a flange takes no demands.

        Raises:
            DemandOutOfRange: always.
        """
        raise DemandOutOfRange(
            "device.demand-no-choice",
            instrument=self.name,
            demand=str(index),
            value=f"{value:g}",
            choices="–",
        )

    def make_safe(self, values: Mapping[int, float]) -> None:
        """Do nothing: a flange has no outputs."""

    def start(self, action: str) -> None:
        """Begin an action.

        Raises:
            Refused: no such action, or it is running.
        """
        self._zero.want(action, is_connected=self.is_connected)

    def progress(self) -> Progress:
        """Return how the zeroing begun last is getting on."""
        return self._zero.progress

    def bus_opened(self, now: int) -> None:
        """Identify and configure the stator."""
        self._values.forget()
        self._startup.opened(now)

    def bus_lost(self, now: int) -> None:
        """The bus is gone."""
        self._startup.closed(now)
        self._values.forget()
        self._zero.interrupt()

    def on_frame(self, frame: Frame, now: int) -> None:
        """Take a frame of the stator."""
        can_id, data, _ = frame
        if can_id == self._answer_id:
            self._startup.receive(data, now)
        elif self._startup.phase is RUNNING:
            self._takers[can_id](data, now)

    def step(self, now: int) -> int:
        """Follow the start-up, the presence and the zeroing; return when next called for (ns)."""
        due = self._startup.step(now)
        if self._startup.phase is RUNNING:
            if self._values.held >= 0:
                self._values.confirm()
            if self._zero.is_busy:
                due = min(due, self._zero.step(now, self._values.torque))
            return due
        self._values.forget()
        self._zero.interrupt()
        return due

    def _status(self, data: bytes, now: int) -> None:
        if self._values.status(data, now) and self._zero.is_busy:
            self._zero.status(data[0], now)

    def _heartbeat(self, data: bytes, now: int) -> None:
        if not data:
            return
        if self._startup.is_restarted(data[0], now):
            self._startup.begin(now)
        else:
            self._values.heartbeat(now)

    def _control(self, control: int) -> None:
        self._send(Frame(self._control_id, bytes((control,))))


def readings(options: Any) -> tuple[Reading, ...]:
    """Return what the flange reads, with what data sheet B3406 states of class 0.05."""
    given: Options = options or Options()
    nominal = given.nominal_torque
    torque = Reading(
        "torque",
        unit("N*m"),
        Range(-1.2 * nominal, 1.2 * nominal),
        Uncertainty(
            # effect of 10 K on the span, and the relative standard deviation of repeatability
            reading=math.hypot(0.0005, 0.0003 * math.sqrt(3.0)),
            # non-linearity with hysteresis, and the effect of 10 K on zero, of the nominal torque
            absolute=nominal * math.hypot(0.0003, 0.0005),
            resolution=given.resolution,
        ),
    )
    if not given.speed:
        return (torque,)
    speed = Reading(
        "speed",
        unit("rpm"),
        Range(-_SPEED, _SPEED),
        Uncertainty(reading=150e-6, resolution=given.speed_resolution),  # engineering default
    )
    return (torque, speed)


DRIVER = Driver(
    name="hbk-t40b",
    title="HBK T40B torque flange with TIM40 stator, CANopen",
    link=LinkKind.CAN,
    readings=readings,
    demands=lambda _: (),
    build=T40b,
    actions=(ZERO,),
    options=Options,
    shortest_period=0.001,
)
