"""Where a run goes on that is not through, and why it may not.

It broke off, it stopped as planned, or a limit stopped it softly. What a hard stop has ended is
not gone on with: nobody but a person can say what it has left behind.
"""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError

from bench.clock import SECOND
from bench.control.course import STOPS, Phase
from bench.control.reentry import resumption
from bench.control.saved import Saved, unreadable
from bench.errors import Refused
from bench.messages import Bilingual, Message
from bench.record.port import PLANNED_STOP, Bookmark
from bench.runs.resuming import Interrupted, differences
from bench.service.opening import Aim
from bench.service.order import Order

STOPPING = frozenset(phase.value for phase in STOPS)
"""Phases of a bookmark in which a safe sequence ran."""
SOFTLY = frozenset({"limit", "stopped"})
"""How a run ended that a limit, or a step that could not be done, has stopped."""
_SPOKEN = ("en", "zh")
_JSON = TypeAdapter(dict[str, Any])
_DEMANDS = TypeAdapter(dict[str, float])


def aim_of(left: Interrupted, order: Order, utc_ns: int) -> Aim:
    """Return where an order goes on that is to go on with a run; nothing moves.

    Args:
        left: The run.
        order: What is to be carried out, of the same rig, object and texts.
        utc_ns: When it is to go on, ns since 1970.

    Raises:
        Refused: it was stopped for good, or something is not as it was.
    """
    saved, demands = protocol_of(left)
    _check_same(left, order)
    found = resumption(order.plan, order.model.demands, saved, demands)
    about = {
        "file": left.path.name,
        "minutes": f"{(utc_ns - left.utc_ns) / SECOND / 60:.1f}",
        "step": saved.step or saved.planned_stop,
    }
    told = Message("serve.goes-on" if left.ending is None else "chain.goes-on", about)
    return Aim(found.saved, found.demands, _bookmark_of(left).counters, told)


def waits_for_a_word(left: Interrupted) -> bool:
    """Return whether a run goes on only once a person has said why it ended."""
    if left.explanation is not None:
        return False
    return left.ending is None or (left.ending.state in SOFTLY and not is_hard(left))


def is_hard(left: Interrupted) -> bool:
    """Return whether more than the soft stop ran at the end of a run."""
    phase = "" if left.bookmark is None else left.bookmark.phase
    return phase in STOPPING and phase != Phase.SOFT_STOP.value


def planned_stop_of(left: Interrupted) -> str:
    """Return the id of the planned stop at which the protocol of a run was; empty: at none."""
    position = None if left.bookmark is None else left.bookmark.halted.get("position")
    return "" if not position else str(_JSON.validate_python(position).get("planned_stop", ""))


def protocol_of(left: Interrupted) -> tuple[Saved, dict[str, float]]:
    """Return where the protocol of a run was, and with which demands (SI).

    Raises:
        Refused: it is not to be gone on with.
    """
    bookmark, name, ending = _bookmark_of(left), left.path.name, left.ending
    if ending is None and bookmark.phase not in STOPPING:
        return _at(bookmark.position, bookmark.demands, name)
    position, demands = bookmark.halted.get("position"), bookmark.halted.get("demands")
    if ending is None and not planned_stop_of(left):
        raise Refused("serve.was-stopping", file=name, phase=bookmark.phase)
    if is_hard(left):
        raise Refused("chain.stopped-hard", file=name, why=_why(left))
    if ending is not None and ending.state not in {PLANNED_STOP, *SOFTLY}:
        raise Refused("chain.stopped", file=name, why=_why(left))
    if ending is not None and ending.state in SOFTLY and left.explanation is None:
        raise Refused("chain.unexplained", file=name, why=_why(left))
    return _at(position, demands, name)


def _bookmark_of(left: Interrupted) -> Bookmark:
    if left.bookmark is None:
        raise Refused("serve.never-begun", file=left.path.name)
    return left.bookmark


def _at(position: object, demands: object, name: str) -> tuple[Saved, dict[str, float]]:
    if not position:
        raise Refused("serve.never-begun", file=name)
    try:
        return Saved.from_json(_JSON.validate_python(position)), _DEMANDS.validate_python(demands)
    except ValidationError as error:
        raise unreadable(error) from error


def _why(left: Interrupted) -> object:
    """Return why a run ended, to be told."""
    ending = left.ending
    if ending is None:
        return "-"
    return ending.state if ending.message is None else ending.message


def _check_same(left: Interrupted, order: Order) -> None:
    model, plan = order.model, order.plan
    found = differences(left, model, plan.texts, plan.parameters, model.object.serial)
    if found:
        what = Bilingual(*("; ".join(e.text(language) for e in found) for language in _SPOKEN))
        raise Refused("serve.resume-differs", file=left.path.name, what=what)
