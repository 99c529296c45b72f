"""Where a sequence is, as plain values: enough to go on from there on the same plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bench.errors import Refused
from bench.plan import HoldNode, Node, RepeatNode, SequenceNode, StabiliseNode, WaitNode

Work = Mapping[str, Any]
"""What a running step needs to go on; plain values."""


@dataclass(frozen=True)
class SavedFrame:
    """A container under way."""

    id: str
    """Its id."""
    child: int
    """Which child comes next; the one before it is under way."""
    turn: int = 1
    """Which pass, from 1."""
    demands: Mapping[str, float] | None = None
    """Of a recovery point: demand → value when this pass began, SI; those known then."""


@dataclass(frozen=True)
class Saved:
    """Where a sequence is."""

    frames: tuple[SavedFrame, ...]
    """Containers under way, outermost first; none: the sequence is through."""
    step: str = ""
    """Id of the running step; empty: the next one is about to begin."""
    time: int = 0
    """The sequence's own time, ns."""
    began: int = 0
    """When the running step began, in that time."""
    work: Work = field(default_factory=dict[str, Any])
    """What the running step needs to go on."""
    expected_done: float = 0.0
    """Sum of the estimates of what has ended, s."""
    approaches: Mapping[str, int] = field(default_factory=dict[str, int])
    """Point → how often it has been approached."""
    means: Mapping[str, tuple[Mapping[str, float], ...]] = field(
        default_factory=dict[str, tuple[Mapping[str, float], ...]]
    )
    """Points that cycles of the plan depend on → mean of each channel they need per window, SI."""
    remarks: tuple[str, ...] = ()
    """What the next measured windows must say of themselves."""
    planned_stop: str = ""
    """Id of the planned stop that it has just come to; empty: none. Nothing of it was cut off."""

    def to_json(self) -> Mapping[str, Any]:
        """Return it as plain values."""
        return asdict(self)

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> Saved:
        """Return what `to_json` gave, also after it has been JSON text.

        Raises:
            Refused: it is something else.
        """
        try:
            return _SAVED.validate_python(dict(values))
        except ValidationError as error:
            raise unreadable(error) from error


def unreadable(error: Exception) -> Refused:
    """Return that a saved position makes no sense."""
    return Refused("resume.unreadable", reason=str(error).splitlines()[0])


_SAVED = TypeAdapter(Saved)


Container = SequenceNode | RepeatNode
"""A step with a body."""


def located(root: SequenceNode, saved: Saved) -> tuple[list[Container], Node | None]:
    """Return the containers under way, outermost first, and the running step, if there is one.

    Raises:
        Refused: the plan is not the one the position belongs to; says where it differs.
    """
    containers: list[Container] = []
    here: Node = root
    for frame in saved.frames:
        if containers:
            here = _child(containers[-1], frame.id, saved.frames[len(containers) - 1])
        if not isinstance(here, Container) or here.head.id != frame.id:
            raise Refused("resume.other-plan", wanted=frame.id, found=here.head.id)
        times = here.times if isinstance(here, RepeatNode) else 1
        if not (0 <= frame.child <= len(here.body) and 1 <= frame.turn <= times):
            raise Refused("resume.other-loop", id=frame.id, child=frame.child, turn=frame.turn)
        containers.append(here)
    if not saved.step or not containers:
        return containers, None
    running = _child(containers[-1], saved.step, saved.frames[-1])
    if isinstance(running, Container) or running.head.id != saved.step:
        raise Refused("resume.other-plan", wanted=saved.step, found=running.head.id)
    return containers, running


def _child(container: Container, wanted: str, frame: SavedFrame) -> Node:
    if not 1 <= frame.child <= len(container.body):
        raise Refused("resume.other-plan", wanted=wanted, found=container.head.id)
    return container.body[frame.child - 1]


def settling(body: tuple[Node, ...], measure: int) -> int | None:
    """Return the step that settles what is measured; None: the measurement stands alone.

    It is the stabilising step directly before it, past holds and waits; where there is none, the
    hold directly before it.
    """
    position = measure - 1
    while position >= 0 and isinstance(body[position], HoldNode | WaitNode):
        position -= 1
    if position >= 0 and isinstance(body[position], StabiliseNode):
        return position
    return measure - 1 if measure and isinstance(body[measure - 1], HoldNode) else None
