"""What the bench's own CAN devices have in common: identity, configuration, presence, demands."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.clock import MILLISECOND, SECOND
from bench.device import Demand, Port
from bench.messages import Message
from drivers.canbus.cyclic import CyclicInput, CyclicOutput
from drivers.canbus.frame import Frame
from drivers.canbus.instrument import CanInstrument
from drivers.canbus.layout import Layout
from drivers.canbus.port import Filter, Send, exactly, nowhere
from drivers.canbus.presence import Presence, silence_after

Receive = Callable[[Frame, int], None]

SCANS_BORNE = 5
"""Scans that a watchdog bears in virtual time: as 100 ms and 500 ms on a bench."""

DEVICE_TYPES = {
    0xD701: "dyno-controller",
    0x5A01: "safety-plc",
    0x6101: "grid-inverter",
    0xC501: "cell-voltage-monitor",
}
"""Device type in the identity frame → driver name."""


@dataclass(frozen=True)
class Messages:
    """The messages every such device has."""

    identity: Layout
    """Who it is."""
    config: Layout
    """How often it is to report."""
    demand: Layout | None = None
    """What is demanded of it; None: nothing is."""


class BenchNode(CanInstrument, ABC):
    """The common part of a node; a device adds what its status frames mean and how demands go.

    Readings are posted only from a device that has said, since the bus was opened, that it is
    the expected one. Ordinary demands go only to a device that is connected; safe values go to
    any bus that is open, unless another device answers there.
    """

    def __init__(
        self,
        port: Port,
        *,
        messages: Messages,
        demands: Sequence[Demand],
        keep: tuple[str, ...] = (),
        settings: bytes = b"",
    ) -> None:
        """Compose the node.

        Args:
            port: What the core gives the instrument.
            messages: Those every such device has.
            demands: What it takes.
            keep: Fields of the demand frame.
            settings: What the configuration frame holds behind the status period.
        """
        period = round(port.connection.period / MILLISECOND)
        field = messages.config["StatusPeriod"]
        self._period = min(max(period, field.lowest), field.highest)
        self._messages = messages
        self._config = Frame(messages.config.id, self._period.to_bytes(2, "little") + settings)
        presence = Presence(port, silence_after(self._period * MILLISECOND))
        super().__init__(port, presence, demands)
        self._identity = CyclicInput(messages.identity, presence, has_checksum=False)
        self._outputs = [CyclicOutput(each, keep) for each in (messages.demand,) if each]
        self._receivers: dict[int, Receive] = {messages.identity.id: self._identify}
        self._inputs: list[CyclicInput] = []
        self._current: dict[int, float] = {}
        self._before: dict[int, float] = {}
        self._is_identified = False
        self._is_stranger = False
        self._is_bus_open = False
        self._plate: bytes = b""
        self._retell = 0
        self._send: Send = nowhere

    @property
    def _output(self) -> CyclicOutput:
        """The demand frame, of a node of which something is demanded."""
        return self._outputs[0]

    @property
    def listens(self) -> Sequence[Filter]:
        """Frames it wants to hear."""
        return [exactly(id) for id in self._receivers]  # noqa: A001 - the field's word

    def attach(self, send: Send) -> None:
        """Take the way to send."""
        self._send = send

    def bus_opened(self, now: int) -> None:
        """Ask the device who it is; nothing is demanded yet."""
        self._is_bus_open = True
        self._is_stranger = False
        self._forget()
        self._presence.opened(now)
        self._retell = now + SECOND
        self._send(self._config)

    def bus_lost(self, now: int) -> None:
        """Mark the readings, forget the demands."""
        self._is_bus_open = False
        self._forget()
        self._presence.lost(now)

    def on_frame(self, frame: Frame, now: int) -> None:
        """Take a frame of the device."""
        if self._is_identified or frame.id == self._messages.identity.id:
            self._receivers[frame.id](frame, now)

    def step(self, now: int) -> int:
        """Send what is newly demanded; return when to be called again (ns)."""
        was_connected = self._presence.is_connected
        due = self._presence.check(now)
        if was_connected and not self._presence.is_connected:
            self._forget()
        if self._demands.are_waiting and self._is_bus_open and not self._is_stranger:
            self._send_demands(*self._demands.drain())
        return due

    def _send_demands(self, safe: Mapping[int, float], news: Mapping[int, float]) -> None:
        """Send safe values in any case, others to a device that is connected.

        The core repeats a demand to show that it is alive. One that merely repeats what was
        demanded before an interruption keeps the device awake, but moves nothing.
        """
        values = dict(safe)
        for index in safe:
            self._before.pop(index, None)
        if self._presence.is_connected:
            before = self._before
            for index, value in news.items():
                if index not in before:
                    values[index] = value
                elif before[index] != value:
                    del before[index]
                    values[index] = value
        elif not safe:
            return
        self._current.update(values)
        self._apply(values)

    def _interrupt(self, *indices: int) -> None:
        """Have demands sent again only when they change; without indices all of them."""
        for index in indices or tuple(self._current):
            if index in self._current:
                self._before[index] = self._current.pop(index)

    @abstractmethod
    def _apply(self, values: Mapping[int, float]) -> None:
        """Put values (by demand index, SI) on the wire."""

    def _heard(self, now: int) -> None:
        self._presence.heard(now)
        self._demands.confirm()

    def _forget(self) -> None:
        self._is_identified = False
        self._interrupt()
        for output in self._outputs:
            output.forget()
        self._demands.forget()
        for each in self._inputs:
            each.forget()

    def _identify(self, frame: Frame, now: int) -> None:
        if self._is_identified and frame.data == self._plate:
            return
        layout = self._messages.identity
        word = self._identity.word(frame)
        if word is None:
            return
        driver = self._port.connection.driver.name
        found = DEVICE_TYPES.get(layout["DeviceType"].raw(word), "?")
        self._is_stranger = found != driver
        if self._is_stranger:
            self._forget()
            self._presence.lost(now)
            self._presence.faulty("can.wrong-node", found=found, expected=driver)
            return
        major, minor = layout["FirmwareMajor"].raw(word), layout["FirmwareMinor"].raw(word)
        serial = layout["Serial"].raw(word)
        self._presence.identity = f"h2bench {found}, serial {serial}, firmware {major}.{minor}"
        self._is_identified = True
        if layout["StatusPeriod"].raw(word) == self._period:
            self._plate = frame.data
        else:  # it has been restarted
            self._configure()

    def _configure(self) -> None:
        """Tell a device that has forgotten them its settings; it has forgotten the demands too."""
        self._interrupt()
        for output in self._outputs:
            output.forget()
        self._send(self._config)

    def _tell_again(self, now: int) -> bool:
        """Tell a device that holds other settings than it was told; return whether it was.

        What it sends in the first second may be older than what it has been told.
        """
        if now < self._retell:
            return False
        self._retell = now + SECOND
        self._configure()
        return True

    def say(self, level: str, message_id: str, **arguments: object) -> None:
        """Report something the device says of itself."""
        arguments["node"] = self.name
        self._port.report(level, self.name, Message(message_id, arguments))
