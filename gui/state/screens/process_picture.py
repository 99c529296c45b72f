"""The process picture of a screen file: equipment on a grid, and the pipes between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from bench.document import Section
from bench.errors import did_you_mean
from bench.expression import Expression, parse
from bench.findings import Findings
from bench.grammar import Grammar, Text
from bench.messages import Bilingual

Point = tuple[float, float]
"""Columns from the left and rows from the top, in cells of the grid."""

Kind = Literal[
    "blower", "bottle", "burner", "box", "chimney", "contactor", "controller", "cooler",
    "detector", "dyno", "engine", "flow-meter", "heater", "inlet", "outlet", "pump", "reformer",
    "room", "stack", "tap", "trailer", "turbocharger", "valve",
]  # fmt: skip
"""What a piece of equipment is, and so how it is drawn."""

Medium = Literal[
    "air", "coolant", "electricity", "exhaust", "fuel", "hydrogen", "nitrogen", "oil",
    "safety-gas", "shaft", "steam",
]  # fmt: skip
"""What flows in a pipe."""

Side = Literal["above", "below", "left", "right", "inside", "corner"]
"""Where the words of a piece of equipment stand."""

_SIZES: Mapping[str, Point] = {
    "bottle": (1.0, 2.0),
    "box": (3.0, 2.0),
    "burner": (1.6, 1.6),
    "chimney": (1.0, 1.6),
    "cooler": (1.6, 1.2),
    "dyno": (4.0, 3.0),
    "engine": (6.0, 4.0),
    "heater": (1.6, 1.2),
    "reformer": (1.6, 2.4),
    "room": (6.0, 4.0),
    "stack": (3.0, 4.0),
    "tap": (0.3, 0.3),
    "trailer": (2.6, 1.6),
    "turbocharger": (4.0, 2.0),
}
_SIZE: Point = (1.2, 1.2)
_STRAIGHT = 1e-6


def _formula(written: object) -> object:
    return parse(str(written)) if isinstance(written, str | int | float) else written


Formula = Annotated[Expression, BeforeValidator(_formula)]
"""A quantity, or an expression of channels and of the object's data (``$object.rated_current``)."""


class Reading(Grammar):
    """A value beside equipment, with a word for what it is."""

    channel: str
    """What is shown."""
    label: Text = Bilingual("")
    """What it is, where the equipment does not say so."""
    decimals: int | None = Field(default=None, ge=0, le=6)
    """Of its text; by default as many as the scale of its gauge, or its range, asks for."""


def _reading(written: object) -> object:
    return Reading(channel=written) if isinstance(written, str) else written


class Equipment(Grammar):
    """A piece of equipment."""

    kind: Kind
    """What it is."""
    at: Point
    """Its middle."""
    size: Point | None = None
    """Columns and rows; by default as its kind has it."""
    label: Text = Bilingual("")
    """What people call it."""
    caption: Side = "below"
    """Where its label and values stand."""
    values: tuple[Annotated[Reading, BeforeValidator(_reading)], ...] = ()
    """What is shown of it: channels, or ``{channel: …, label: …}``."""
    watches: tuple[str, ...] = ()
    """More channels whose alarms and quality are its own."""
    active: Formula | None = None
    """It runs, or is open, while this holds; None: that is not known."""
    optional: bool = False
    """Whether it is left out, with its pipes, on a rig that has none of its channels."""
    tag: str = ""
    """Letters inside it, as on drawings of plants: ``FC``."""
    upright: bool = False
    """Whether its pipe runs upright."""

    @property
    def extent(self) -> Point:
        """Columns and rows it takes."""
        return self.size or _SIZES.get(self.kind, _SIZE)

    @property
    def channels(self) -> frozenset[str]:
        """All channels that it is bound to."""
        condition = self.active.names if self.active is not None else frozenset[str]()
        return condition | {each.channel for each in self.values} | {*self.watches}


class Pipe(Grammar):
    """What leads from one piece of equipment to another."""

    medium: Medium
    """What flows in it."""
    through: tuple[str | Point, ...] = Field(min_length=2)
    """Equipment and corners, along the flow; each stretch runs across or upright."""
    flowing: Formula | None = None
    """Something flows while this holds; None: that is not known."""
    arrow: bool = True
    """Whether its end is marked with an arrow."""


class ProcessPicture(Grammar):
    """The process picture."""

    size: Point = (36.0, 12.0)
    """Columns and rows."""
    equipment: dict[str, Equipment] = Field(default_factory=dict[str, Equipment])
    """Equipment by name, from the back to the front."""
    pipes: tuple[Pipe, ...] = ()
    """Pipes, behind the equipment."""

    def corners(self, pipe: Pipe) -> tuple[Point, ...]:
        """Return the points of a pipe; names that are not there are left out."""
        found = (
            self.equipment[each].at if isinstance(each, str) else each
            for each in pipe.through
            if not isinstance(each, str) or each in self.equipment
        )
        return tuple(found)


def check_picture(picture: ProcessPicture, section: Section, findings: Findings) -> None:
    """Tell of pipes that lead nowhere or askew, and of equipment beside the picture."""
    width, height = picture.size
    for name, each in picture.equipment.items():
        x, y = each.at
        if not (0 <= x <= width and 0 <= y <= height):
            here = section / "equipment" / name / "at"
            findings.add(here, "screen.outside", name=name, width=width, height=height)
    for position, pipe in enumerate(picture.pipes):
        here = section / "pipes" / position / "through"
        for number, each in enumerate(pipe.through):
            if isinstance(each, str) and each not in picture.equipment:
                hint = did_you_mean(each, picture.equipment)
                findings.add(here / number, "screen.no-equipment", name=each, hint=hint)
        for number in _askew(picture, pipe):
            findings.add(here / number, "screen.askew")


def _askew(picture: ProcessPicture, pipe: Pipe) -> Iterator[int]:
    """Yield the entries of a pipe to which it runs neither across nor upright."""
    corners = picture.corners(pipe)
    if len(corners) < len(pipe.through):
        return
    for number, ((x, y), (to_x, to_y)) in enumerate(pairwise(corners), 1):
        if min(abs(x - to_x), abs(y - to_y)) > _STRAIGHT:
            yield number
