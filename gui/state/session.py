"""What the console knows of a bench: one frozen state, folded from what the server tells."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bench.model import BenchModel
from bench.service.live import Frame
from bench.service.port import BenchState, EventShown

MOST_EVENTS = 2_000
"""Events that are kept for the screen; all of them stand in the run file."""


@dataclass(frozen=True)
class Update:
    """What has come from the server since the last update."""

    bench: BenchState
    """Newest state; the last one where the server is silent."""
    events: tuple[EventShown, ...] = ()
    """Events since, the oldest first."""
    frames: tuple[Frame, ...] = ()
    """Frames since, the oldest first."""
    is_connected: bool = True
    """Whether there is a server."""
    silent_for: float = 0.0
    """Time since the server was last heard, s."""


@dataclass(frozen=True)
class Session:
    """What the console knows of a bench."""

    bench: BenchState = field(default_factory=BenchState)
    """Newest state."""
    model: BenchModel | None = None
    """The bench as described; None: not read yet."""
    newest: Frame | None = None
    """Newest numbers of all channels; None: none have come."""
    events: tuple[EventShown, ...] = ()
    """The last events, the oldest first."""
    is_connected: bool = False
    """Whether there is a server."""
    silent_for: float = 0.0
    """Time since the server was last heard, s."""
    client: str = ""
    """How the server calls us in `BenchState.control`: our name."""

    def index(self, channel: str) -> int | None:
        """Return where a channel stands in a frame; None: nowhere, or no frame has come."""
        if self.model is None or self.newest is None:
            return None
        at = self.model.index.get(channel)
        return at if at is not None and at < len(self.newest.values) else None


def updated(session: Session, update: Update) -> Session:
    """Return what is known after an update."""
    return replace(
        session,
        bench=update.bench,
        newest=update.frames[-1] if update.frames else session.newest,
        events=(*session.events, *update.events)[-MOST_EVENTS:],
        is_connected=update.is_connected,
        silent_for=update.silent_for,
    )
