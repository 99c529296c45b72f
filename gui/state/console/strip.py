"""What the title strip says: which bench, what it does, who holds control."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from bench.control.states import State
from bench.messages import LANGUAGES, Bilingual, Message
from bench.model import BenchModel
from bench.service.port import Attention
from gui.state.console.contact import Contact, contact_of
from gui.state.session import Session


@dataclass(frozen=True)
class StripState:
    """What the title strip says."""

    bench: Bilingual
    """What people call the bench; without a model: the name of its rig."""
    object: Bilingual
    """Kind and serial number of the test object; empty: not known."""
    run: str
    """Protocol that runs; empty: none."""
    file: str
    """Name of the run file; empty: none."""
    state: State
    """State of the bench."""
    step: Bilingual
    """What people call the running step."""
    attention: Attention
    """Whether the run waits for a person."""
    control: str
    """Who holds control; empty: nobody."""
    is_ours: bool
    """Whether that is us."""
    is_simulated: bool
    """Whether the instruments are simulated."""
    speed: str
    """How many times real time: ``60``, ``∞``; empty: real time."""
    contact: Contact
    """How the server is heard."""
    trouble: Message | None
    """What is wrong with the server."""


def strip_of(session: Session) -> StripState:
    """Return what the title strip says."""
    bench = session.bench
    contact = contact_of(session)
    is_running = bool(bench.phase) and bench.state not in (State.OFF, State.MONITOR)
    return StripState(
        bench=_title(session.model, bench.rig),
        object=_object(session.model),
        run=bench.protocol if is_running or bench.has_begun else "",
        file="" if bench.file is None else Path(bench.file).stem,
        state=bench.state,
        step=_step(session) if is_running else Bilingual(""),
        attention=bench.attention,
        control=bench.control,
        is_ours=bool(session.client) and bench.control == session.client,
        is_simulated=bench.is_simulated,
        speed=speed_shown(bench.speed),
        contact=contact,
        trouble=silence(session),
    )


def silence(session: Session) -> Message | None:
    """Return what is wrong with the server; None: it is heard."""
    match contact_of(session):
        case Contact.GONE:
            return Message("operate.gone")
        case Contact.SILENT:
            return Message("operate.silent", {"seconds": f"{math.floor(session.silent_for)}"})
        case Contact.HEARD:
            return None


def speed_shown(speed: float) -> str:
    """Return how many times real time, as text: ``60``, ``∞``; empty: real time."""
    if not math.isfinite(speed) or speed <= 0:
        return "∞"
    return "" if speed == 1.0 else f"{speed:g}"


def _title(model: BenchModel | None, rig: str) -> Bilingual:
    if model is None or not model.title.en:
        return Bilingual(rig)
    return model.title


def _object(model: BenchModel | None) -> Bilingual:
    if model is None:
        return Bilingual("")
    shown = model.object
    title = shown.title if shown.title.en else Bilingual(shown.kind)
    named = (" ".join(filter(None, (title.text(each), shown.serial))) for each in LANGUAGES)
    return Bilingual(*named)


def _step(session: Session) -> Bilingual:
    position = session.bench.position
    return position.title if position.title.en else Bilingual(position.id)
