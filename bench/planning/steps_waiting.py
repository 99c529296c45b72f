"""Steps that keep all demands: hold, stabilise, measure, wait-until, zero, perform, prompt."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from bench.config.quantities import per_second
from bench.errors import ConfigError, did_you_mean
from bench.limit import condition_of
from bench.plan import (
    Criterion,
    Head,
    HoldNode,
    MeasureNode,
    Node,
    PerformNode,
    PromptNode,
    StabiliseNode,
    Value,
    WaitNode,
    ZeroNode,
)
from bench.planning.context import Context
from bench.planning.place import Place
from bench.step import (
    CriterionGrammar,
    HoldBody,
    HoldGrammar,
    MeasureGrammar,
    PerformGrammar,
    PromptBody,
    PromptGrammar,
    Scalar,
    StabiliseGrammar,
    WaitGrammar,
    ZeroGrammar,
)
from bench.units import ONE, Unit

ANSWER = 60.0
"""How long an operator usually takes to answer, s (engineering default)."""
WAIT_SHARE = 0.25
"""Share of its longest time that a wait usually takes (engineering default)."""
WINDOWS = 2
"""Windows that a stabilisation usually takes (engineering default)."""


def plan_hold(context: Context, step: HoldGrammar, head: Head, place: Place) -> Node:
    """Plan keeping all demands for a time."""
    if isinstance(step.hold, HoldBody):
        seconds = context.seconds(step.hold.lasting, place / "for")
        return HoldNode(context.lasting(head, seconds), seconds, step.hold.skippable)
    seconds = context.seconds(step.hold, place)
    return HoldNode(context.lasting(head, seconds), seconds)


def plan_measure(context: Context, step: MeasureGrammar, head: Head, place: Place) -> Node:
    """Plan a measured point."""
    body = step.measure
    seconds = context.positive_seconds(body.lasting, place / "for") or 0.0
    context.course.measure(body.name, body.repeat)
    head = context.lasting(head, seconds * body.repeat)
    return MeasureNode(head, seconds, body.repeat, body.name)


def plan_wait(context: Context, step: WaitGrammar, head: Head, place: Place) -> Node | None:
    """Plan waiting until a condition holds."""
    body = step.wait_until
    here = place / "condition"
    condition = condition_of(body.condition, context.texts(here), here.section, context.findings)
    within = context.seconds(body.within, place / "within")
    if condition is None:
        return None
    usual = within * WAIT_SHARE
    if body.expected is not None:
        usual = min(context.seconds(body.expected, place / "expected"), within)
    head = context.lasting(head, usual, within)
    return WaitNode(head, condition, body.condition, within, body.otherwise, body.skippable)


def plan_prompt(context: Context, step: PromptGrammar, head: Head, place: Place) -> Node:
    """Plan a question to the operator."""
    head = context.lasting(head, ANSWER, float("inf"))
    if not isinstance(step.prompt, PromptBody):
        return PromptNode(head, step.prompt, None)
    name, picture = step.prompt.picture, None
    if name is not None:
        with context.at(place / "picture"):
            picture = context.catalogue.picture(name, Path(head.mark.file))
    return PromptNode(head, step.prompt.text, picture)


def plan_zero(context: Context, step: ZeroGrammar, head: Head, place: Place) -> Node:
    """Plan instruments that zero or span themselves."""
    head, actions = _acting(context, step.zero, head, place)
    return ZeroNode(head, actions)


def plan_perform(context: Context, step: PerformGrammar, head: Head, place: Place) -> Node:
    """Plan instruments that do something which takes its time."""
    if not step.perform:
        context.findings.add(place.section, "perform.nothing")
    if step.name is not None:
        context.course.measure(step.name)
    head, actions = _acting(context, step.perform, head, place)
    return PerformNode(head, actions, step.name)


def _acting(
    context: Context, written: Mapping[str, str], head: Head, place: Place
) -> tuple[Head, tuple[tuple[str, str, float], ...]]:
    """Return the head of a step of actions, and instrument, action, timeout (s) of each."""
    actions: list[tuple[str, str, float]] = []
    expected = at_most = 0.0
    names = [connection.name for connection in context.model.connections]
    for instrument, wanted in written.items():
        section = place.section / instrument
        if instrument not in names:
            hint = did_you_mean(instrument, names)
            where = section.key_mark
            context.findings.add(where, "plan.no-instrument", name=instrument, hint=hint)
            continue
        offered = {action.name: action for action in context.model.actions_of(instrument)}
        if wanted not in offered:
            hint = did_you_mean(wanted, offered)
            context.findings.add(
                section, "plan.no-action", instrument=instrument, action=wanted, hint=hint
            )
            continue
        actions.append((instrument, wanted, offered[wanted].timeout))
        expected += offered[wanted].duration
        at_most += offered[wanted].timeout
    return context.lasting(head, expected, at_most), tuple(actions)


def plan_stabilise(context: Context, step: StabiliseGrammar, head: Head, place: Place) -> Node:
    """Plan waiting until channels are steady."""
    body = step.stabilise
    window = context.positive_seconds(body.window, place / "window") or 0.0
    within = context.seconds(body.within, place / "within")
    written: Mapping[str, CriterionGrammar] = body.__pydantic_extra__ or {}
    if not written:
        context.findings.add(place.section, "plan.no-criterion")
    if within < window:
        context.findings.add(place.section / "within", "plan.within-window")
    criteria: list[Criterion] = []
    for name, grammar in written.items():
        with context.findings.at((place / name).section.key_mark):
            criteria.append(_criterion(context, name, grammar, place / name))
    head = context.lasting(head, min(WINDOWS * window, within), within)
    return StabiliseNode(head, tuple(criteria), window, within, body.otherwise)


def _criterion(context: Context, name: str, grammar: CriterionGrammar, place: Place) -> Criterion:
    index = context.model.index.get(name)
    if index is None:
        hint = did_you_mean(name, context.model.index)
        raise ConfigError("config.no-channel", name=name, hint=hint)
    written = (grammar.span, grammar.slope, grammar.deviation, grammar.error)
    if all(bound is None for bound in written):
        raise ConfigError("plan.no-bound", name=name)
    bounds = _Bounds(context, place, context.model.channels[index].unit)
    return Criterion(
        channel=index,
        name=name,
        span=bounds.of("span", grammar.span),
        slope=bounds.of("slope", grammar.slope, is_rate=True),
        deviation=bounds.of("deviation", grammar.deviation),
        error=bounds.of("error", grammar.error),
        target=_target(context, name, grammar, place),
        relative=frozenset(bounds.relative),
    )


class _Bounds:
    """Reads the bounds of one channel, and which of them are relative to the mean."""

    def __init__(self, context: Context, place: Place, unit: Unit) -> None:
        self._context = context
        self._place = place
        self._unit = unit
        self.relative: set[str] = set()
        """Which bounds are relative."""

    def of(self, what: str, written: Scalar | None, *, is_rate: bool = False) -> float | None:
        """Return a bound, SI; None where there is none."""
        if written is None:
            return None
        place = self._place / what
        absolute = per_second(self._unit) if is_rate else self._unit
        share = per_second(ONE) if is_rate else ONE
        with self._context.at(place):
            given = self._context.texts(place).quantity(written)
            if given.unit.dimension == absolute.dimension:
                return abs(given.difference)
            if given.unit.dimension == share.dimension and _is_share(given.unit):
                self.relative.add(what)
                return abs(given.value)
            raise ConfigError("config.dimension", value=written, unit=absolute.label or "1")
        return None


def _is_share(unit: Unit) -> bool:
    """Return whether a unit says that it is a share: %/min, not rpm, which has its dimension."""
    return re.match(r"\s*(%|percent|ppm|1\b|$)", unit.text) is not None


def _target(context: Context, name: str, grammar: CriterionGrammar, place: Place) -> Value | None:
    """Return what the mean is compared with: what is written, else the demand of that name."""
    if grammar.target is not None:
        index = context.model.index[name]
        here = place / "target"
        with context.at(here):
            return context.texts(here).value(grammar.target, context.model.channels[index].unit)
    elif grammar.error is not None:
        if context.model.demand_named(name) is None:
            raise ConfigError("plan.no-target", name=name)
        return context.texts(place).expression(f"{name}.demand")
    return None
