"""A text instrument as the scan sees it: demands go in, nothing waits for the wire."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.device import Action, Demand, Port, Progress, Stage
from bench.errors import DemandOutOfRange, Refused
from bench.messages import Message
from drivers.visa.port import Wire
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
        self.actions: Mapping[str, Action] = {action.name: action for action in actions}
        self.identity = ""
        self.is_connected = False
        self.has_news = False
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
        self._check(self.demands[index], value)
        with self._lock:
            self._news.demands[index] = value
            self.has_news = True

    def _check(self, demand: Demand, value: float) -> None:
        if demand.choices:
            if value not in range(len(demand.choices)):
                raise DemandOutOfRange(
                    "device.demand-no-choice",
                    instrument=self.name,
                    demand=demand.name,
                    value=f"{value:g}",
                    choices=", ".join(demand.choices),
                )
        elif not (math.isfinite(value) and demand.range.holds(value)):
            raise DemandOutOfRange(
                "device.demand-out-of-range", **self._limits(demand), value=_shown(demand, value)
            )

    def _limits(self, demand: Demand) -> dict[str, object]:
        low, high = demand.range.low, demand.range.high
        return {
            "instrument": self.name,
            "demand": demand.name,
            "low": _shown(demand, low),
            "high": _shown(demand, high),
        }

    def make_safe(self, values: Mapping[int, float]) -> None:
        """Send the object's safe values (by demand index, SI) ahead of everything queued."""
        allowed = {index: self._allowed(index, value) for index, value in values.items()}
        with self._lock:
            self._news.demands.clear()
            self._news.safe.update(allowed)
            self.has_news = True

    def _allowed(self, index: int, value: float) -> float:
        demand = self.demands[index]
        if demand.choices or demand.range.holds(value) or math.isnan(value):
            return value
        sent = min(max(value, demand.range.low), demand.range.high)
        self.port.report(
            "error",
            self.name,
            Message(
                "device.safe-value-limited",
                {
                    **self._limits(demand),
                    "value": _shown(demand, value),
                    "sent": _shown(demand, sent),
                },
            ),
        )
        return sent

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
        return news


def _shown(demand: Demand, value: float) -> str:
    return demand.unit.shown(value, 6)
