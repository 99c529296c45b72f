"""Which step follows which in the campaign's protocol, told without the bench's own sequencer.

A *leaf* is a step without a body, in one pass of the loops around it; its *place* counts the
leaves before it from the begin of the run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

Step = Mapping[str, Any]
MOST_PASSES = 400
"""Passes of a loop that are told; nobody gets so far."""
_UNITS = {"": 1.0, "km": 1000.0}


@dataclass(frozen=True)
class Leaf:
    """One leaf."""

    id: str
    """Its id: ``blocks/wear/up``."""
    turns: tuple[int, ...]
    """Pass of each loop around it, from 1, outermost first."""
    again: int
    """Where one begins again when it is cut off: mostly at itself."""
    passes: Mapping[str, float] = field(default_factory=dict[str, float])
    """What the passes that end with it add to the counters, SI."""


def leaves_of(path: Path) -> Sequence[Leaf]:
    """Return all leaves of a protocol in the order in which they are run."""
    found: list[Leaf] = []
    _walk(yaml.safe_load(path.read_text(encoding="utf-8"))["steps"], "", (), None, found)
    return found


def _walk(
    steps: Sequence[Step], prefix: str, turns: tuple[int, ...], point: int | None, found: list[Leaf]
) -> None:
    for position, step in enumerate(steps):
        name = f"{prefix}{step['id']}"
        if "repeat" not in step:
            back = 0 if "measure" not in step else _to_settling(steps, position)
            again = len(found) - back if point is None else point
            found.append(Leaf(name, turns, again))
            continue
        for turn in range(1, min(step["repeat"]["times"], MOST_PASSES) + 1):
            inner = len(found) if step.get("recovery-point") else point
            _walk(step["repeat"]["steps"], f"{name}/", (*turns, turn), inner, found)
            passes = dict(found[-1].passes)
            for counter, amount in step.get("counts", {}).items():
                number, _, unit = str(amount).partition(" ")
                passes[counter] = passes.get(counter, 0.0) + float(number) * _UNITS[unit]
            found[-1] = replace(found[-1], passes=passes)


def _to_settling(steps: Sequence[Step], position: int) -> int:
    """Return how many steps before a measurement it is settled again."""
    back = 1
    while "hold" in steps[position - back]:
        back += 1
    return back if "stabilise" in steps[position - back] else 1


def place_of(leaves: Sequence[Leaf], saved: Mapping[str, Any]) -> int:
    """Return the place of a saved position.

    Raises:
        LookupError: there is no such leaf.
    """
    frames, step = saved["frames"], saved["step"]
    turns = tuple(frame["turn"] for frame in frames[1:])
    if step:
        wanted = [i for i, leaf in enumerate(leaves) if leaf.id == step and leaf.turns == turns]
    elif frames and frames[-1]["child"] == 0:  # at the begin of a pass
        inside = "" if len(frames) == 1 else f"{frames[-1]['id']}/"
        wanted = [
            i
            for i, leaf in enumerate(leaves)
            if leaf.id.startswith(inside) and leaf.turns[: len(turns)] == turns
        ]
    else:
        wanted = []
    if not wanted:
        message = f"no leaf {step!r} in {frames}"
        raise LookupError(message)
    return wanted[0]


def added(leaves: Sequence[Leaf], begin: int, end: int) -> Mapping[str, float]:
    """Return what the passes add that end between two places."""
    total: dict[str, float] = {}
    for leaf in leaves[begin:end]:
        for name, amount in leaf.passes.items():
            total[name] = total.get(name, 0.0) + amount
    return total
