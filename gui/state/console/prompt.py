"""What a running sequence asks of a person."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.messages import Bilingual
from gui.state.session import Session


@dataclass(frozen=True)
class PromptState:
    """What is asked."""

    question: Bilingual | None = None
    """The question; None: nothing is asked."""
    step: str = ""
    """Step that asks."""
    turns: tuple[tuple[int, int], ...] = ()
    """Turns of the loops around it: the same question may be asked again."""
    picture: Path | None = None
    """Picture to it."""


def prompt_of(session: Session) -> PromptState:
    """Return what a session's bench asks."""
    bench = session.bench
    if bench.question is None:
        return PromptState()
    position = bench.position
    return PromptState(bench.question, position.id, position.turns, bench.question_picture)
