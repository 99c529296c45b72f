"""The step vocabulary: what a protocol may say, as frozen pydantic models.

A step is a mapping with one key that names its kind, and the keys every step may have::

    - ramp: {engine.speed: $speed, engine.torque: $torque, over: 30 s}
      id: approach
      when: engine.speed < 1000 rpm

Values stay texts here (``1200 rpm``, ``$speed``, ``0.5 * $torque``); `bench.planning` gives them
numbers and checks them against a bench.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from bench.grammar import Grammar, LimitGrammar, Scalar, Text
from bench.messages import Bilingual

Otherwise = Literal["stop", "hold", "continue"]
"""What follows a timeout: stop softly, hold for the operator, or go on with a remark."""


class StepGrammar(Grammar):
    """What every step may have."""

    id: str | None = None
    """Stable name; by default its place in the file."""
    title: Text | None = None
    """What people call it."""
    when: str | None = None
    """The step is left out if this does not hold when its turn comes."""
    limits: tuple[LimitGrammar, ...] = ()
    """Limits while it runs; they add to those of protocol, object and facility."""


class ContainerGrammar(StepGrammar):
    """What every step with a body may have."""

    recovery_point: bool = Field(default=False, alias="recovery-point")
    """A run that was cut off within it goes back to its begin; of a loop, to that of the pass."""


class SetGrammar(StepGrammar):
    """Give demands new values at once."""

    set: dict[str, Scalar]
    """Demand → value."""


class RampTarget(Grammar):
    """Where one demand goes, with its own steepness."""

    to: Scalar
    """Final value."""
    gradient: Scalar
    """Change per time: ``100 rpm/s``."""


class RampBody(BaseModel):
    """Where demands go, and how fast."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Scalar | RampTarget] = Field(init=False)  # pyright: ignore[reportIncompatibleVariableOverride] - pydantic's way to type extra keys
    over: Scalar | None = None
    """Time for all of them; instead of gradients."""


class RampGrammar(StepGrammar):
    """Take demands to new values evenly."""

    ramp: RampBody
    """Targets."""


class HoldBody(Grammar):
    """How long to hold."""

    lasting: Scalar = Field(alias="for")
    """Time."""
    skippable: bool = False
    """Whether the operator may order to go on before it is over."""


class HoldGrammar(StepGrammar):
    """Keep all demands for a time."""

    hold: HoldBody | Scalar
    """Time."""


class CriterionGrammar(Grammar):
    """When one channel counts as steady; all that is given must hold over the window."""

    span: Scalar | None = None
    """Largest minus smallest value; a pure number is relative to the mean."""
    slope: Scalar | None = None
    """Least-squares slope; ``%/min`` is relative to the mean."""
    deviation: Scalar | None = None
    """Standard deviation."""
    error: Scalar | None = None
    """Distance of the mean from `target`."""
    target: Scalar | None = None
    """What the mean is compared with; by default the demand of the same name."""


class StabiliseBody(BaseModel):
    """Criteria by channel, and how long to try."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, CriterionGrammar] = Field(init=False)  # pyright: ignore[reportIncompatibleVariableOverride] - pydantic's way to type extra keys
    window: Scalar = "60 s"
    """Window over which every criterion is judged."""
    within: Scalar
    """How long to wait for it."""
    otherwise: Otherwise = "stop"
    """What follows when it does not become steady."""


class StabiliseGrammar(StepGrammar):
    """Wait until channels are steady."""

    stabilise: StabiliseBody
    """Criteria."""


class MeasureBody(Grammar):
    """A measured point."""

    lasting: Scalar = Field(alias="for")
    """Length of the window."""
    repeat: int = Field(default=1, ge=1, le=1000)
    """How many windows, one after the other."""
    name: str = Field(alias="as")
    """Name of the point, for the verdict."""


class MeasureGrammar(StepGrammar):
    """Record a point."""

    measure: MeasureBody
    """What to measure."""


class WaitBody(Grammar):
    """A condition and how long to wait for it."""

    condition: str
    """What to wait for."""
    within: Scalar
    """How long."""
    expected: Scalar | None = None
    """How long it usually takes, for estimates; by default a share of `within`."""
    otherwise: Otherwise = "stop"
    """What follows when it does not come."""
    skippable: bool = False
    """Whether the operator may order to go on without it."""


class WaitGrammar(StepGrammar):
    """Wait until a condition holds."""

    wait_until: WaitBody = Field(alias="wait-until")
    """Condition."""


class RepeatBody(Grammar):
    """A body and how often it runs."""

    times: Scalar
    """How often."""
    steps: tuple[Step, ...]
    """Body."""


class RepeatGrammar(ContainerGrammar):
    """Run a body several times."""

    repeat: RepeatBody
    """What to repeat."""
    counts: dict[str, Scalar] = Field(default_factory=dict[str, Scalar])
    """Counter → what each finished pass adds: ``{cycles: 1, distance: 12 km}``."""


class ForEachBody(BaseModel):
    """Variables with their values, and a body; several lists run side by side."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, tuple[Scalar, ...]] = Field(init=False)  # pyright: ignore[reportIncompatibleVariableOverride] - pydantic's way to type extra keys
    steps: tuple[Step, ...]
    """Body, in which ``$variable`` stands for the value."""


class ForEachGrammar(ContainerGrammar):
    """Run a body once per value."""

    for_each: ForEachBody = Field(alias="for-each")
    """Variables and body."""


class SweepBody(Grammar):
    """A demand taken through a range, with a body at each value."""

    demand: str
    """Which demand."""
    start: Scalar = Field(alias="from")
    """First value."""
    stop: Scalar = Field(alias="to")
    """Last value."""
    points: int = Field(ge=2, le=1000)
    """How many values."""
    over: Scalar = "10 s"
    """Ramp time between two values."""
    steps: tuple[Step, ...]
    """Body at each value."""


class SweepGrammar(ContainerGrammar):
    """Take a demand through a range."""

    sweep: SweepBody
    """Range and body."""


class CycleBody(Grammar):
    """A time table of demands."""

    table: str
    """CSV file: first column time in s, then one column per demand or normalised value."""
    columns: dict[str, str] = Field(default_factory=dict[str, str])
    """CSV column → demand, where the names differ; units stand in the column's name."""
    transform: str | None = None
    """Registered transformation of the table (denormalisation)."""
    points: str | None = None
    """Name of the measured points the transformation uses."""
    name: str | None = Field(default=None, alias="as")
    """Record the cycle as a point of this name."""


class CycleGrammar(StepGrammar):
    """Follow a time table."""

    cycle: CycleBody
    """Table."""
    counts: dict[str, Scalar] = Field(default_factory=dict[str, Scalar])
    """Counter → what the finished cycle adds."""


class ZeroGrammar(StepGrammar):
    """Have instruments zero or span themselves."""

    zero: dict[str, str]
    """Instrument → action; one after the other."""


class PerformGrammar(StepGrammar):
    """Have instruments do something that takes its time: a sweep, an adjustment."""

    perform: dict[str, str]
    """Instrument → action; one after the other."""
    name: str | None = Field(default=None, alias="as")
    """Record what it takes, from its begin to its end, as a point of this name."""


class PromptBody(Grammar):
    """A question to the operator."""

    text: Text
    """What to do or confirm."""
    picture: str | None = None
    """Picture beside the text."""


class PromptGrammar(StepGrammar):
    """Ask the operator to do or confirm something."""

    prompt: PromptBody | Text
    """What to ask."""


class PlannedStopBody(Grammar):
    """A pause of a campaign: the run file ends, the protocol goes on in the next one."""

    lasting: Scalar = Field(alias="for")
    """How long it usually takes: ``4 h``; simulated, it takes just that."""
    service: tuple[Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")], ...] = ()
    """What is done to the object meanwhile: ``[oil-change, oil-top-up]``; each is an event."""
    text: Text = Bilingual("")
    """What to do before it goes on."""


class PlannedStopGrammar(StepGrammar):
    """End the run file here, the object being safe; the next one goes on with the next step."""

    planned_stop: PlannedStopBody = Field(alias="planned-stop")
    """How long, and what for."""


class CallBody(Grammar):
    """Another protocol with parameters."""

    protocol: str
    """Name of the protocol."""
    parameters: dict[str, Scalar] = Field(default_factory=dict[str, Scalar], alias="with")
    """Its parameters."""


class CallGrammar(ContainerGrammar):
    """Run the steps of another protocol."""

    call: CallBody | str
    """Which one."""


_TAGGED: dict[str, type[StepGrammar]] = {
    "set": SetGrammar,
    "ramp": RampGrammar,
    "hold": HoldGrammar,
    "stabilise": StabiliseGrammar,
    "measure": MeasureGrammar,
    "wait-until": WaitGrammar,
    "repeat": RepeatGrammar,
    "for-each": ForEachGrammar,
    "sweep": SweepGrammar,
    "cycle": CycleGrammar,
    "zero": ZeroGrammar,
    "perform": PerformGrammar,
    "prompt": PromptGrammar,
    "planned-stop": PlannedStopGrammar,
    "call": CallGrammar,
}
KINDS = tuple(_TAGGED)
"""The kinds of step."""


def kind_of(step: Any) -> str | None:
    """Return the kind of a step, parsed or not; None where it has no key that names one."""
    if isinstance(step, Mapping):
        return next((kind for kind in KINDS if kind in step), None)
    return next((kind for kind, grammar in _TAGGED.items() if type(step) is grammar), None)


Step = Annotated[
    Annotated[SetGrammar, Tag("set")]
    | Annotated[RampGrammar, Tag("ramp")]
    | Annotated[HoldGrammar, Tag("hold")]
    | Annotated[StabiliseGrammar, Tag("stabilise")]
    | Annotated[MeasureGrammar, Tag("measure")]
    | Annotated[WaitGrammar, Tag("wait-until")]
    | Annotated[RepeatGrammar, Tag("repeat")]
    | Annotated[ForEachGrammar, Tag("for-each")]
    | Annotated[SweepGrammar, Tag("sweep")]
    | Annotated[CycleGrammar, Tag("cycle")]
    | Annotated[ZeroGrammar, Tag("zero")]
    | Annotated[PerformGrammar, Tag("perform")]
    | Annotated[PromptGrammar, Tag("prompt")]
    | Annotated[PlannedStopGrammar, Tag("planned-stop")]
    | Annotated[CallGrammar, Tag("call")],
    Discriminator(kind_of),
]
"""One step."""

for _grammar in (RepeatBody, ForEachBody, SweepBody, RepeatGrammar, ForEachGrammar, SweepGrammar):
    _grammar.model_rebuild()
