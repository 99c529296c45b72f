"""What the start page shows of the bench: its object, and whether a run may begin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.control.states import State
from bench.messages import Bilingual, Message
from bench.model import BenchModel
from gui.state.session import Session


@dataclass(frozen=True)
class StartState:
    """What the start page shows of the bench."""

    rig: str = ""
    """Name of the rig; empty: none is attached."""
    title: Bilingual = Bilingual("")  # noqa: RUF009 - it is frozen
    """What people call it."""
    kind: str = ""
    """Object kind."""
    serial: str = ""
    """Serial number of the object."""
    is_simulated: bool = False
    """Whether the instruments are simulated."""
    is_virtual: bool = False
    """Whether its clock goes at another speed than ours."""
    hindrance: Message | None = None
    """Why nothing can begin now; None: something may."""
    lacking: tuple[Bilingual, ...] = ()
    """Preflight checks that a start needs and that are not passed."""
    has_control: bool = False
    """Whether we hold control."""
    unexplained: str = ""
    """Name of the run file whose end nobody has explained."""
    model: BenchModel | None = None
    """The bench as described."""

    @property
    def may_begin(self) -> bool:
        """Whether a run may be asked for."""
        return self.hindrance is None


def start_of(session: Session) -> StartState:
    """Return what the start page shows of a session."""
    bench, model = session.bench, session.model
    needed = (each for each in bench.preflight if each.is_needed and not each.is_passed)
    lacking = tuple(each.title if each.title.en else Bilingual(each.id) for each in needed)
    return StartState(
        rig=bench.rig if model is None else model.name,
        title=Bilingual(bench.rig) if model is None else model.title,
        kind="" if model is None else model.object.kind,
        serial="" if model is None else model.object.serial,
        is_simulated=bench.is_simulated,
        is_virtual=bench.is_simulated and bench.speed != 1.0,
        hindrance=_hindrance(session, lacking),
        lacking=lacking,
        has_control=bool(session.client) and bench.control == session.client,
        unexplained=Path(bench.unexplained).name,
        model=model,
    )


def _hindrance(session: Session, lacking: tuple[Bilingual, ...]) -> Message | None:
    if not session.is_connected:
        return Message("start.not-connected")
    if session.model is None:
        return Message("start.no-model")
    return next(_hindrances(session, lacking), None)


def _hindrances(session: Session, lacking: tuple[Bilingual, ...]) -> Iterator[Message]:
    """Yield why nothing can begin, what is to be dealt with first first."""
    bench = session.bench
    if bench.phase in {"sequence", "preparing"} or bench.state is State.AUTOMATIC:
        yield Message("start.busy", {"protocol": bench.protocol})
    if bench.control not in {"", session.client}:
        yield Message("start.control-held", {"holder": bench.control})
    if bench.unexplained:
        yield Message("start.unexplained", {"file": Path(bench.unexplained).name})
    if bench.state is not State.MONITOR:
        yield Message("start.not-monitor", {"state": bench.state.value})
    if bench.trouble is not None:
        yield bench.trouble
    if lacking:
        yield Message("start.lacking", {"count": len(lacking)})
