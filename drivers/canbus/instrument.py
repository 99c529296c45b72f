"""What every node on CAN answers the scan: who it is, whether it is there, what is demanded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.device import Demand, Port, Progress
from bench.errors import Refused
from drivers.canbus.demands import Demands
from drivers.canbus.presence import Presence


class CanInstrument:
    """The scan's side of a node; the node itself adds the bus's side (`CanNode`).

    Args:
        port: what the core gives the instrument.
        presence: whether the node is there.
        demands: what it takes.
    """

    def __init__(self, port: Port, presence: Presence, demands: Sequence[Demand]) -> None:
        self._port = port
        self._presence = presence
        self._demands = Demands(port, demands)

    @property
    def name(self) -> str:
        """Name within the rig."""
        return self._port.connection.name

    @property
    def identity(self) -> str:
        """Model, serial number and firmware, as far as the node tells; empty until known."""
        return self._presence.identity

    @property
    def is_connected(self) -> bool:
        """Whether it has answered, as itself, since the bus was opened, and lately."""
        return self._presence.is_connected

    @property
    def silence(self) -> int:
        """After how long without a frame it counts as gone, ns."""
        return self._presence.silence

    @property
    def faulty_frames(self) -> Mapping[str, int]:
        """Faulty frames heard so far, by kind."""
        return self._presence.faults

    def demand(self, index: int, value: float) -> None:
        """Take a new demand (SI); it is sent with the next step of the bus.

        Raises:
            DemandOutOfRange: outside the instrument's range, or no such choice.
        """
        self._demands.take(index, value)

    def make_safe(self, values: Mapping[int, float]) -> None:
        """Send the object's safe values (by demand index, SI) in place of all that waits."""
        self._demands.make_safe(values)

    def start(self, action: str) -> None:
        """Refuse: most nodes have no actions.

        Raises:
            Refused: no such action.
        """
        raise Refused("device.unknown-action", instrument=self.name, action=action, actions="-")

    def progress(self) -> Progress:
        """Return how the action begun last is getting on: none is, without actions."""
        return Progress()
