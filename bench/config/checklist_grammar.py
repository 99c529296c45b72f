"""What may stand in the ``preflight:`` list of a rig."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bench.grammar import Grammar, Scalar, Text
from bench.messages import Bilingual


class CheckGrammar(Grammar):
    """What every check has."""

    id: str = Field(min_length=1)
    """Stable name."""
    title: Text = Bilingual("")
    """What people call it."""
    advice: Text = Bilingual("")
    """What to do when it is not passed."""
    valid_for: Scalar = "24 h"
    """How old its evidence may be; what the bench judges anew each time needs none."""
    guard: str | None = Field(default=None, alias="while")
    """What has to hold while the bench does it."""


class ConditionGrammar(CheckGrammar):
    """A condition that has to hold when a run begins."""

    kind: Literal["condition"]
    condition: str
    """Condition: ``ups.charge > 80 %``."""


class LeakGrammar(CheckGrammar):
    """A closed volume has to keep its pressure."""

    kind: Literal["leak-test"]
    pressure: str
    """Channel of its pressure."""
    most: Scalar
    """Fastest fall that is allowed: ``0.05 bar/min``."""
    lasting: Scalar = Field(default="5 min", alias="for")
    """How long it is watched."""
    settle: Scalar = "1 min"
    """How long it rests before."""
    least: Scalar | None = None
    """Pressure below which nothing is proved."""
    pressurise: dict[str, Scalar] = Field(default_factory=dict[str, Scalar])
    """Demands that put it under pressure, in manual operation; none: a person does by hand."""
    pressurising: Scalar = "10 s"
    """How long they do."""
    isolate: dict[str, Scalar] = Field(default_factory=dict[str, Scalar])
    """Demands that shut it."""


class ZeroGrammar(CheckGrammar):
    """An instrument at rest has to show nothing."""

    kind: Literal["zero"]
    channel: str
    """Channel."""
    within: Scalar
    """How far its mean may be from zero."""
    lasting: Scalar = Field(default="10 s", alias="for")
    """How long the mean is taken."""
    run: str | None = None
    """``instrument.action`` that zeroes it before."""


class BumpGrammar(CheckGrammar):
    """Detectors have to see the test gas that a person gives them."""

    kind: Literal["bump-test"]
    of: tuple[str, ...] = Field(min_length=1)
    """Channels of the detectors; each has to see it."""
    above: Scalar
    """What each has to exceed."""
    within: Scalar = "10 min"
    """How long the person has."""


class HeartbeatGrammar(CheckGrammar):
    """The hardwired chain has to notice that the bench is silent."""

    kind: Literal["heartbeat-drop"]
    heartbeat: str
    """Channel that is 1 while the chain hears the bench."""
    permit: str
    """Channel that is 1 while anything may be switched on."""
    within: Scalar = "1 s"
    """How soon both have to fall."""
    back: Scalar = "5 s"
    """How soon they have to come back."""


class StockGrammar(CheckGrammar):
    """The supply has to hold the hydrogen that a run needs."""

    kind: Literal["gas-stock"]
    pressure: str
    """Channel of its pressure."""
    volume: Scalar
    """Geometric volume: ``23 m^3``."""
    lowest: Scalar
    """Pressure at which it counts as empty."""
    temperature: Scalar = "15 degC"
    """Temperature of the gas."""
    ahead: Scalar | None = None
    """Time for which it has to last, where it is exchanged during a run."""


class DiskGrammar(CheckGrammar):
    """The disk has to hold what a run records."""

    kind: Literal["disk"]
    margin: Scalar = "20 %"
    """Share on top."""
    ahead: Scalar | None = None
    """Time for which it has to last, where older runs are moved away during one."""


class CalibrationCheckGrammar(CheckGrammar):
    """Certificates have to hold until the planned end."""

    kind: Literal["calibration"]


class ClockGrammar(CheckGrammar):
    """The machine's clock has to be synchronised."""

    kind: Literal["clock"]


class AttestedGrammar(CheckGrammar):
    """A person has to have looked."""

    kind: Literal["attested"]


AnyCheck = Annotated[
    ConditionGrammar
    | LeakGrammar
    | ZeroGrammar
    | BumpGrammar
    | HeartbeatGrammar
    | StockGrammar
    | DiskGrammar
    | CalibrationCheckGrammar
    | ClockGrammar
    | AttestedGrammar,
    Field(discriminator="kind"),
]
"""One check."""
