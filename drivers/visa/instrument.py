"""A text instrument as the scan sees it: demands go in, nothing waits for the wire."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.clock import NEVER, SECOND
from bench.device import Action, Demand, Port, Progress, Stage
from bench.errors import Refused
from bench.messages import Message
from drivers.demand_limits import DemandLimits
from drivers.visa.port import REPLY_TIMEOUT, Wire
from drivers.visa.programs import Programs


@dataclass
class News:
    """What the scan wants and the worker has not begun yet."""

    safe: dict[int, float]
    """Safe values by demand index, SI."""
    demands: dict[int, float]
    """Newest demand by index, SI."""
    action: str = ""
    """Action to begin."""


class TextInstrument:
    """One instrument behind a `TextWorker`; what a driver's ``build`` returns.

    Args:
        port: what the core gives the instrument.
        programs: what the model does on the wire.
        wire: how bytes travel to it.
        demands: what it takes.
        actions: what it can do that takes time.
    """

    def __init__(
        self,
        port: Port,
        programs: Programs,
        *,
        wire: Wire | None = None,
        demands: Sequence[Demand] = (),
        actions: Sequence[Action] = (),
    ) -> None:
        self.port = port
        self.programs = programs
        self.wire = wire or Wire()
        self.demands = tuple(demands)
        self._limits = DemandLimits(port, self.demands)
        self.actions: Mapping[str, Action] = {action.name: action for action in actions}
        self.identity = ""
        self.is_connected = False
        self.has_news = False
        self.give_up_at = NEVER
        """When the exchange in flight must be over because a safe value waits, ns."""
        self._progress = Progress()
        self._news = News({}, {})
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Name within the rig."""
        return self.port.connection.name

    def demand(self, index: int, value: float) -> None:
        """Take a new demand (SI); the newest one is sent as soon as the link allows.

        Raises:
            DemandOutOfRange: outside the instrument's range, or no such choice.
        """
        self._limits.check(index, value)
        with self._lock:
            self._news.demands[index] = value
            self.has_news = True

    def make_safe(self, values: Mapping[int, float]) -> None:
        """Send the object's safe values (by demand index, SI) ahead of everything queued."""
        allowed = self._limits.limited(values)
        with self._lock:
            self._news.demands.clear()
            self._news.safe.update(allowed)
            self.has_news = True
            if allowed and self.give_up_at == NEVER:
                self.give_up_at = self.port.clock.now() + round(REPLY_TIMEOUT * SECOND)

    def start(self, action: str) -> None:
        """Begin an action; without a connection it has failed at once.

        Raises:
            Refused: no such action, or one is still running.
        """
        if action not in self.actions:
            known = ", ".join(self.actions) or "-"
            raise Refused(
                "device.unknown-action", instrument=self.name, action=action, actions=known
            )
        if self._progress.stage is Stage.RUNNING:
            running = self._progress.action
            raise Refused(
                "device.action-busy", instrument=self.name, action=action, running=running
            )
        if not self.is_connected:
            arguments = {"instrument": self.name, "action": action}
            failure = Message("device.action-needs-link", arguments)
            self._progress = Progress(Stage.FAILED, action, failure)
            return
        self._progress = Progress(Stage.RUNNING, action)
        with self._lock:
            self._news.action = action
            self.has_news = True

    def progress(self) -> Progress:
        """Return how the action begun last is getting on."""
        return self._progress

    def note(self, progress: Progress) -> None:
        """Take from the worker how the action is getting on."""
        self._progress = progress

    def take_news(self) -> News:
        """Hand the worker all that is wanted."""
        with self._lock:
            news, self._news = self._news, News({}, {})
            self.has_news = False
            self.give_up_at = NEVER
        return news
