"""Where a sequence is, for people."""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.messages import Bilingual


@dataclass(frozen=True)
class Position:
    """Where a sequence is, for people."""

    id: str = ""
    """Step id."""
    kind: str = ""
    """Kind of step."""
    title: Bilingual = field(default_factory=lambda: Bilingual(""))
    """Its title, or that of the nearest container that has one."""
    phase: str = ""
    """What the step is doing."""
    elapsed: float = 0.0
    """Time in the step, s."""
    expected: float = 0.0
    """Time it is expected to take, s."""
    turns: tuple[tuple[int, int], ...] = ()
    """(turn, of) of the loops around it."""
    is_skippable: bool = False
    """Whether an order ends it before its time."""
