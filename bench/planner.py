"""Plans a protocol for a bench: every text gets its number, every finding its place.

The planner walks the steps in the order in which they will run and keeps what the demands will
be by then, so it finds a torque demand in a mode that has no torque, knows how long a gradient
takes, and estimates the hydrogen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.config.catalogue import Catalogue, extension
from bench.config.grammar import ParameterGrammar
from bench.config.protocol import Protocol, load_protocol
from bench.config.rig import measure
from bench.cycle import load_cycle
from bench.document import Document, Mark
from bench.document import parse as parse_document
from bench.errors import ConfigError, did_you_mean
from bench.expression import ExpressionError, Resolved, parse, resolve
from bench.findings import Findings
from bench.limit import resolved_limits
from bench.messages import Bilingual
from bench.model import BenchModel, DemandPoint, Limit, Scope
from bench.plan import (
    Criterion,
    CycleNode,
    Estimate,
    Head,
    HoldNode,
    MeasureNode,
    Node,
    Plan,
    PromptNode,
    RampNode,
    RampTargetNode,
    RepeatNode,
    SequenceNode,
    SetNode,
    StabiliseNode,
    Value,
    WaitNode,
    ZeroNode,
)
from bench.step import (
    CallGrammar,
    CriterionGrammar,
    CycleGrammar,
    ForEachGrammar,
    HoldBody,
    HoldGrammar,
    MeasureGrammar,
    PromptBody,
    PromptGrammar,
    RampGrammar,
    RampTarget,
    RepeatGrammar,
    Scalar,
    SetGrammar,
    StabiliseGrammar,
    StepGrammar,
    SweepGrammar,
    WaitGrammar,
    ZeroGrammar,
    kind_of,
)
from bench.units import ONE, Quantity, Unit, quantity, unit

DEEPEST_CALL = 5
"""How deep protocols may call one another (the depth industrial sequencers allow)."""
MOST_STEPS = 20_000
"""Steps in one plan, loops counted once."""

_SECONDS = unit("s")
Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class _Place:
    """Where the planner is: which file, which part, with which parameters."""

    protocol: Protocol | None
    document: Document
    parameters: Mapping[str, Quantity]
    prefix: str = ""
    depth: int = 0

    def mark(self, path: Path_) -> Mark:
        return self.document.mark(path)


class Planner:
    """Plans one protocol for one bench."""

    def __init__(self, model: BenchModel, catalogue: Catalogue, findings: Findings) -> None:
        self.model = model
        self.catalogue = catalogue
        self.findings = findings
        self.demands = {demand.name: (i, demand) for i, demand in enumerate(model.demands)}
        self.state: dict[str, float] = {demand.name: demand.safe for demand in model.demands}
        self.points: dict[str, int] = {}
        self.texts: dict[str, str] = {}
        self.ids: set[str] = set()
        self.count = 0

    def plan(self, protocol: Protocol, chosen: Mapping[str, Scalar]) -> Plan:
        """Return the plan; incomplete where there are findings."""
        parameters = self._parameters(protocol, chosen, None)
        place = _Place(protocol, protocol.document, parameters)
        self._keep_text(protocol)
        if protocol.file.object != self.model.object.kind:
            self.findings.add(
                place.mark(("object",)),
                "plan.wrong-object",
                protocol=protocol.file.protocol,
                wanted=protocol.file.object,
                rig=self.model.name,
                object=self.model.object.kind,
            )
        limits = self._limits(protocol.file.limits, place, ("limits",), Scope.PROTOCOL)
        body = self._steps(protocol.file.steps, place, ("steps",))
        root = self._sequence(protocol.file.protocol, "protocol", protocol.file.title, place, body)
        self._check_verdict(protocol)
        return Plan(
            name=protocol.file.protocol,
            title=protocol.file.title,
            root=root,
            soft_stop=self.safe_sequence("soft-stop"),
            hard_stop=self.safe_sequence("hard-stop"),
            limits=limits,
            parameters=parameters,
            texts=dict(self.texts),
        )

    def safe_sequence(self, which: str) -> SequenceNode:
        """Return the object's soft or hard stop, planned."""
        steps = self.model.soft_stop if which == "soft-stop" else self.model.hard_stop
        name = next((n for n in self.model.texts if n.startswith("objects/")), "object")
        document = parse_document(self.model.texts.get(name, "{}"), name)
        place = _Place(None, document, {}, prefix=f"{which}/")
        kept = dict(self.state)
        body = self._steps(steps, place, (which,))
        self.state = kept
        return self._sequence(which, which, Bilingual(which), place, body)

    # -- parameters ----------------------------------------------------------------------------

    def _parameters(
        self, protocol: Protocol, chosen: Mapping[str, Scalar], caller: tuple[_Place, Path_] | None
    ) -> dict[str, Quantity]:
        document = protocol.document
        values: dict[str, Quantity] = {}
        for name, grammar in protocol.file.parameters.items():
            with self.findings.at(document.mark(("parameters", name, "default"))):
                values[name] = quantity(_plain(grammar.default))
        for name, given in chosen.items():
            mark = caller[0].mark((*caller[1], name)) if caller else document.mark(("parameters",))
            if name not in values:
                hint = did_you_mean(name, values) or ", ".join(values)
                self.findings.add(mark, "plan.no-parameter", name=name, hint=hint)
                continue
            with self.findings.at(mark):
                outer = caller[0].parameters if caller else {}
                value = self._quantity(given, outer)
                measure_unit = values[name].unit
                if not value.unit.converts_to(measure_unit):
                    raise ConfigError(
                        "plan.parameter-dimension",
                        name=name,
                        value=given,
                        unit=measure_unit.label or "1",
                    )
                _within(name, value, protocol.file.parameters[name])
                values[name] = value
        return values

    def _quantity(self, value: Scalar, parameters: Mapping[str, Quantity]) -> Quantity:
        if isinstance(value, str) and "$" in value:
            resolved = self._resolve(value, parameters)
            if resolved.constant is None:
                raise ConfigError("plan.not-constant", value=value)
            name = value.removeprefix("$")
            measure_unit = parameters[name].unit if name in parameters else resolved.unit
            return Quantity(resolved.constant, measure_unit)
        return quantity(_plain(value))

    # -- steps ---------------------------------------------------------------------------------

    def _steps(self, steps: Sequence[Any], place: _Place, path: Path_) -> tuple[Node, ...]:
        nodes: list[Node] = []
        for position, step in enumerate(steps):
            self.count += 1
            if self.count > MOST_STEPS:
                if self.count == MOST_STEPS + 1:
                    self.findings.add(place.mark(path), "plan.too-many-steps", limit=MOST_STEPS)
                break
            node = self._step(step, place, (*path, position), position)
            if node is not None:
                nodes.append(node)
        return tuple(nodes)

    def _step(self, step: StepGrammar, place: _Place, path: Path_, position: int) -> Node | None:
        kind = kind_of(step) or ""
        own = step.id or str(position + 1)
        head = Head(
            id=f"{place.prefix}{own}",
            kind=kind,
            title=step.title or Bilingual(""),
            mark=place.mark(path),
        )
        if head.id in self.ids:
            self.findings.add(place.mark((*path, "id")), "plan.id-twice", id=head.id)
        self.ids.add(head.id)
        if step.when is not None:
            head = replace(head, when=self._condition(step.when, place, (*path, "when")))
        if step.limits:
            limits = self._limits(step.limits, place, (*path, "limits"), Scope.STEP)
            head = replace(head, limits=limits)
        planner = _PLANNERS[type(step)]
        try:
            return planner(self, step, head, place, (*path, kind))
        except ExpressionError as error:
            self.findings.take(place.mark((*path, kind)), error)
        except ConfigError as error:
            self.findings.take(place.mark((*path, kind)), error)
        return None

    def _set(self, step: SetGrammar, head: Head, place: _Place, path: Path_) -> Node:
        values: list[tuple[int, Value]] = []
        for name, written in step.set.items():
            found = self._demand(name, written, place, (*path, name))
            if found is not None:
                values.append(found)
        return SetNode(head, tuple(values))

    def _ramp(self, step: RampGrammar, head: Head, place: _Place, path: Path_) -> Node:
        extra: Mapping[str, Scalar | RampTarget] = step.ramp.__pydantic_extra__ or {}
        over = None
        if step.ramp.over is not None:
            over = self._seconds(step.ramp.over, place, (*path, "over"))
        targets: list[RampTargetNode] = []
        longest = over or 0.0
        before = self._flow()
        for name, written in extra.items():
            here = (*path, name)
            own = isinstance(written, RampTarget)
            if own == (over is not None):
                self.findings.add(place.mark(here), "plan.over-or-gradient", name=name)
                continue
            start = self.state.get(name)
            found = self._demand(name, written.to if own else written, place, here)
            if found is None:
                continue
            index, value = found
            demand = self.model.demands[index]
            gradient = None
            if own:
                gradient = self._per_second(written.gradient, demand, place, (*here, "gradient"))
                if start is not None and not isinstance(value, Resolved) and gradient:
                    longest = max(longest, abs(value - start) / gradient)
            self._check_steepness(demand, start, value, gradient, over, place.mark(here))
            targets.append(RampTargetNode(index, value, gradient))
        hydrogen = longest * (before + self._flow()) / 2
        head = replace(head, estimate=Estimate(longest, longest, hydrogen))
        return RampNode(head, tuple(targets), over)

    def _hold(self, step: HoldGrammar, head: Head, place: _Place, path: Path_) -> Node:
        written = step.hold.lasting if isinstance(step.hold, HoldBody) else step.hold
        seconds = self._seconds(written, place, path)
        return HoldNode(self._lasting(head, seconds), seconds)

    def _stabilise(self, step: StabiliseGrammar, head: Head, place: _Place, path: Path_) -> Node:
        body = step.stabilise
        window = self._seconds(body.window, place, (*path, "window"))
        within = self._seconds(body.within, place, (*path, "within"))
        criteria: list[Criterion] = []
        extra: Mapping[str, CriterionGrammar] = body.__pydantic_extra__ or {}
        for name, grammar in extra.items():
            with self.findings.at(place.mark((*path, name))):
                criteria.append(self._criterion(name, grammar, place))
        if not criteria:
            self.findings.add(place.mark(path), "plan.no-criterion")
        if within < window:
            self.findings.add(place.mark((*path, "within")), "plan.within-window")
        expected = min(2 * window, within)
        head = replace(head, estimate=Estimate(expected, within, expected * self._flow()))
        return StabiliseNode(head, tuple(criteria), window, within, body.otherwise)

    def _criterion(self, name: str, grammar: CriterionGrammar, place: _Place) -> Criterion:
        index = self._channel(name)
        wanted = self.model.channels[index].unit
        relative: set[str] = set()

        def bound(what: str, written: Scalar | None, absolute: Unit, ratio: Unit) -> float | None:
            if written is None:
                return None
            given = self._quantity(written, place.parameters)
            if given.unit.dimension == absolute.dimension:
                return abs(given.difference)
            if given.unit.dimension == ratio.dimension:
                relative.add(what)
                return abs(given.value)
            raise ConfigError("config.dimension", value=written, unit=absolute.label or "1")

        rate, share = _per_second_unit(wanted), _per_second_unit(ONE)
        target: Value | None = None
        if grammar.target is not None:
            target = self._value(grammar.target, wanted, (), place.parameters)
        elif grammar.error is not None:
            if name not in self.demands:
                raise ConfigError("plan.no-target", name=name)
            target = self._resolve(f"{name}.demand", {})
        return Criterion(
            channel=index,
            name=name,
            span=bound("span", grammar.span, wanted, ONE),
            slope=bound("slope", grammar.slope, rate, share),
            deviation=bound("deviation", grammar.deviation, wanted, ONE),
            error=bound("error", grammar.error, wanted, ONE),
            target=target,
            relative=frozenset(relative),
        )

    def _measure(self, step: MeasureGrammar, head: Head, place: _Place, path: Path_) -> Node:
        body = step.measure
        seconds = self._seconds(body.lasting, place, (*path, "for"))
        self.points[body.name] = self.points.get(body.name, 0) + body.repeat
        head = self._lasting(head, seconds * body.repeat)
        return MeasureNode(head, seconds, body.repeat, body.name)

    def _wait(self, step: WaitGrammar, head: Head, place: _Place, path: Path_) -> Node | None:
        body = step.wait_until
        condition = self._condition(body.condition, place, (*path, "condition"))
        within = self._seconds(body.within, place, (*path, "within"))
        head = replace(head, estimate=Estimate(within / 4, within, within / 4 * self._flow()))
        if condition is None:
            return None
        return WaitNode(head, condition, body.condition, within, body.otherwise)

    def _repeat(self, step: RepeatGrammar, head: Head, place: _Place, path: Path_) -> Node:
        times = self._quantity(step.repeat.times, place.parameters)
        count = round(times.value)
        if times.unit.dimension != ONE.dimension or count < 1 or abs(count - times.value) > 1e-9:
            raise ConfigError("plan.times", value=step.repeat.times)
        inner = replace(place, prefix=f"{head.id}/")
        before = dict(self.points)
        body = self._steps(step.repeat.steps, inner, (*path, "steps"))
        for name, measured in self.points.items():
            self.points[name] = before.get(name, 0) + (measured - before.get(name, 0)) * count
        head = replace(head, estimate=_total(body).times(count))
        return RepeatNode(head, count, body)

    def _for_each(self, step: ForEachGrammar, head: Head, place: _Place, path: Path_) -> Node:
        lists: Mapping[str, tuple[Scalar, ...]] = step.for_each.__pydantic_extra__ or {}
        lengths = {len(values) for values in lists.values()}
        if len(lengths) != 1:
            raise ConfigError("plan.lists", lists=", ".join(lists) or "-")
        passes: list[Node] = []
        for i in range(lengths.pop()):
            chosen = dict(place.parameters)
            for name, values in lists.items():
                with self.findings.at(place.mark((*path, name, i))):
                    chosen[name] = self._quantity(values[i], place.parameters)
            inner = replace(place, parameters=chosen, prefix=f"{head.id}[{i + 1}]/")
            body = self._steps(step.for_each.steps, inner, (*path, "steps"))
            passes.append(self._sequence(f"{head.id}[{i + 1}]", "pass", head.title, place, body))
        return SequenceNode(replace(head, estimate=_total(passes)), tuple(passes))

    def _sweep(self, step: SweepGrammar, head: Head, place: _Place, path: Path_) -> Node:
        body = step.sweep
        over = self._seconds(body.over, place, (*path, "over"))
        if body.demand not in self.demands:
            raise self._no_demand(body.demand)
        demand = self.demands[body.demand][1]
        first = self._value(body.start, demand.unit, demand.choices, place.parameters)
        last = self._value(body.stop, demand.unit, demand.choices, place.parameters)
        if isinstance(first, Resolved) or isinstance(last, Resolved):
            raise ConfigError("plan.not-constant", value=f"{body.start} … {body.stop}")
        passes: list[Node] = []
        for i in range(body.points):
            value = first + (last - first) * i / (body.points - 1)
            name = f"{head.id}[{i + 1}]"
            inner = replace(place, prefix=f"{name}/")
            start = self.state.get(body.demand)
            found = self._checked(body.demand, value, place, (*path, "to"))
            mark = place.mark((*path, "over"))
            self._check_steepness(demand, start, value, None, over, mark)
            ramp_head = self._lasting(replace(head, id=f"{name}/ramp", kind="ramp"), over)
            ramp = RampNode(ramp_head, (RampTargetNode(found[0], value, None),), over)
            children = (ramp, *self._steps(body.steps, inner, (*path, "steps")))
            passes.append(self._sequence(name, "pass", head.title, place, children))
        return SequenceNode(replace(head, estimate=_total(passes)), tuple(passes))

    def _cycle(self, step: CycleGrammar, head: Head, place: _Place, path: Path_) -> Node | None:
        body = step.cycle
        if place.protocol is None:
            raise ConfigError("plan.no-cycle-here")
        with self.findings.at(place.mark((*path, "table"))):
            table = load_cycle(self.catalogue.cycle(body.table, place.protocol.path))
            self.texts[f"cycles/{Path(body.table).name}"] = table.text
            transform = None if body.transform is None else extension("cycles", body.transform)
            names = [body.columns.get(column, column) for column in table.columns]
            if body.points is not None and body.points not in self.points:
                raise ConfigError(
                    "plan.no-point", name=body.points, hint=did_you_mean(body.points, self.points)
                )
            columns: dict[str, int] = {}
            for column, name in zip(table.columns, names, strict=True):
                if name not in self.demands:
                    raise self._no_demand(name)
                columns[column] = self.demands[name][0]
                self._check_requirements(self.demands[name][1], place.mark(path))
                if transform is None:
                    self._check_column(name, table.columns[column], place.mark((*path, "table")))
            if body.name is not None:
                self.points[body.name] = self.points.get(body.name, 0) + 1
            head = self._lasting(head, table.duration)
            return CycleNode(head, table, columns, transform, body.points, body.name)
        return None

    def _check_column(self, name: str, values: Sequence[float], mark: Mark) -> None:
        demand = self.demands[name][1]
        for value in (min(values), max(values)):
            if not demand.range.holds(value):
                self._out_of_range(demand, value, mark)

    def _zero(self, step: ZeroGrammar, head: Head, place: _Place, path: Path_) -> Node:
        actions: list[tuple[str, str, float]] = []
        expected = 0.0
        names = [connection.name for connection in self.model.connections]
        for instrument, wanted in step.zero.items():
            mark = place.mark((*path, instrument))
            if instrument not in names:
                hint = did_you_mean(instrument, names) or ", ".join(names)
                self.findings.add(mark, "plan.no-instrument", name=instrument, hint=hint)
                continue
            offered = {action.name: action for action in self.model.actions_of(instrument)}
            if wanted not in offered:
                self.findings.add(
                    mark,
                    "plan.no-action",
                    instrument=instrument,
                    action=wanted,
                    offered=", ".join(offered) or "-",
                )
                continue
            actions.append((instrument, wanted, offered[wanted].timeout))
            expected += offered[wanted].duration
        at_most = sum(timeout for _, _, timeout in actions)
        head = replace(head, estimate=Estimate(expected, at_most, expected * self._flow()))
        return ZeroNode(head, tuple(actions))

    def _prompt(self, step: PromptGrammar, head: Head, place: _Place, path: Path_) -> Node:  # noqa: ARG002 - all planners are called alike
        body = step.prompt
        head = replace(head, estimate=Estimate(60.0, float("inf"), 60.0 * self._flow()))
        if isinstance(body, PromptBody):
            return PromptNode(head, body.text, body.picture)
        return PromptNode(head, body, None)

    def _call(self, step: CallGrammar, head: Head, place: _Place, path: Path_) -> Node | None:
        body = step.call
        name = body if isinstance(body, str) else body.protocol
        given = {} if isinstance(body, str) else body.parameters
        if place.depth >= DEEPEST_CALL:
            raise ConfigError("plan.too-deep", name=name, limit=DEEPEST_CALL)
        beside = place.protocol.path if place.protocol is not None else None
        called = load_protocol(name, self.catalogue, beside)
        self._keep_text(called)
        parameters = self._parameters(called, given, (place, (*path, "with")))
        inner = _Place(called, called.document, parameters, f"{head.id}/", place.depth + 1)
        limits = self._limits(called.file.limits, inner, ("limits",), Scope.PROTOCOL)
        body_nodes = self._steps(called.file.steps, inner, ("steps",))
        title = step.title or called.file.title
        head = replace(
            head, title=title, limits=(*head.limits, *limits), estimate=_total(body_nodes)
        )
        return SequenceNode(head, body_nodes)

    # -- values --------------------------------------------------------------------------------

    def _demand(
        self, name: str, written: Scalar, place: _Place, path: Path_
    ) -> tuple[int, Value] | None:
        with self.findings.at(place.mark(path)):
            if name not in self.demands:
                raise self._no_demand(name)
            demand = self.demands[name][1]
            value = self._value(written, demand.unit, demand.choices, place.parameters)
            return self._checked(name, value, place, path)
        return None

    def _checked(self, name: str, value: Value, place: _Place, path: Path_) -> tuple[int, Value]:
        index, demand = self.demands[name]
        mark = place.mark(path)
        self._check_requirements(demand, mark)
        if isinstance(value, Resolved):
            return index, value
        if not demand.range.holds(value) and not demand.choices:
            self._out_of_range(demand, value, mark)
        self.state[name] = value
        return index, value

    def _value(
        self,
        written: Scalar,
        wanted: Unit,
        choices: Sequence[str],
        parameters: Mapping[str, Quantity],
    ) -> Value:
        if choices and str(_plain(written)) in choices:
            return float(choices.index(str(_plain(written))))
        if isinstance(written, int | float) and not isinstance(written, bool):
            return measure(written, wanted)
        if choices and "$" not in str(written) and "." not in str(written):
            hint = did_you_mean(str(written), choices) or ", ".join(choices)
            raise ConfigError(
                "config.no-choice", word=written, choices=", ".join(choices), hint=hint
            )
        resolved = self._resolve(str(written), parameters)
        if not choices and (
            resolved.unit.dimension != wanted.dimension
            or resolved.unit.reference != wanted.reference
        ):
            raise ConfigError("config.dimension", value=written, unit=wanted.label or "1")
        return resolved if resolved.constant is None else resolved.constant

    def _resolve(self, text: str, parameters: Mapping[str, Quantity]) -> Resolved:
        return resolve(
            parse(text),
            units=self.model.unit_of,
            parameters=parameters,
            known=self.model.index,
            choices=self.model.choices_of,
        )

    def _condition(self, text: str, place: _Place, path: Path_) -> Resolved | None:
        mark = place.mark(path)
        try:
            resolved = self._resolve(text, place.parameters)
        except ExpressionError as error:
            self.findings.take(replace(mark, column=mark.column + (error.offset or 0)), error)
            return None
        if not resolved.is_condition:
            self.findings.add(mark, "config.no-condition", text=text)
        return resolved

    def _limits(
        self, written: Sequence[Any], place: _Place, path: Path_, scope: Scope
    ) -> tuple[Limit, ...]:
        return resolved_limits(
            written,
            lambda text: self._resolve(text, place.parameters),
            lambda below: place.mark((*path, *below)),
            self.findings,
            scope,
        )

    def _seconds(self, written: Scalar, place: _Place, path: Path_) -> float:
        with self.findings.at(place.mark(path)):
            given = self._quantity(written, place.parameters)
            if given.unit.dimension != _SECONDS.dimension:
                raise ConfigError("config.dimension", value=written, unit="s")
            if given.value < 0:
                raise ConfigError("config.not-positive", value=written)
            return given.value
        return 0.0

    def _per_second(
        self, written: Scalar, demand: DemandPoint, place: _Place, path: Path_
    ) -> float | None:
        with self.findings.at(place.mark(path)):
            given = self._quantity(written, place.parameters)
            if given.unit.dimension != _per_second_unit(demand.unit).dimension:
                raise ConfigError("config.dimension", value=written, unit=f"{demand.unit.label}/s")
            if given.value == 0:
                raise ConfigError("config.not-positive", value=written)
            return abs(given.value)
        return None

    # -- checks --------------------------------------------------------------------------------

    def _check_requirements(self, demand: DemandPoint, mark: Mark) -> None:
        for selector, allowed in demand.requires.items():
            current = self.state.get(selector)
            if current is None or current in allowed:
                continue
            chosen = self.demands[selector][1]
            self.findings.add(
                mark,
                "plan.impossible-pair",
                demand=demand.name,
                selector=selector,
                current=chosen.shown(current),
                allowed=", ".join(chosen.shown(value) for value in sorted(allowed)),
            )

    def _check_steepness(
        self,
        demand: DemandPoint,
        start: float | None,
        value: Value,
        gradient: float | None,
        over: float | None,
        mark: Mark,
    ) -> None:
        if gradient is None and over and start is not None and not isinstance(value, Resolved):
            gradient = abs(value - start) / over
        if gradient is not None and gradient > demand.gradient * (1 + 1e-9):
            per_second = _per_second_unit(demand.unit)
            self.findings.add(
                mark,
                "plan.too-steep",
                demand=demand.name,
                gradient=per_second.shown(gradient),
                limit=per_second.shown(demand.gradient),
            )

    def _out_of_range(self, demand: DemandPoint, value: float, mark: Mark) -> None:
        self.findings.add(
            mark,
            "plan.demand-out-of-range",
            demand=demand.name,
            value=demand.shown(value),
            low=demand.shown(demand.range.low),
            high=demand.shown(demand.range.high),
        )

    def _check_verdict(self, protocol: Protocol) -> None:
        for result, criterion in protocol.file.verdict.items():
            mark = protocol.document.mark(("verdict", result, "at"))
            if criterion.at not in self.points:
                hint = did_you_mean(criterion.at, self.points) or ", ".join(self.points)
                self.findings.add(mark, "plan.no-point", name=criterion.at, hint=hint)
            if criterion.at_least is None and criterion.at_most is None:
                self.findings.add(mark, "plan.no-criterion-value", result=result)

    # -- small parts ---------------------------------------------------------------------------

    def _sequence(
        self, name: str, kind: str, title: Bilingual, place: _Place, body: Sequence[Node]
    ) -> SequenceNode:
        head = Head(name, kind, title, place.mark(("steps",)), estimate=_total(body))
        return SequenceNode(head, tuple(body))

    def _lasting(self, head: Head, seconds: float) -> Head:
        return replace(head, estimate=Estimate(seconds, seconds, seconds * self._flow()))

    def _flow(self) -> float:
        if self.model.fuel_estimate is None:
            return 0.0
        values = {f"{name}.demand": value for name, value in self.state.items()}
        flow = self.model.fuel_estimate.evaluate(values)
        return flow if flow > 0 else 0.0

    def _channel(self, name: str) -> int:
        if name not in self.model.index:
            hint = did_you_mean(name, self.model.index)
            raise ConfigError("config.no-channel", name=name, hint=hint)
        return self.model.index[name]

    def _no_demand(self, name: str) -> ConfigError:
        hint = did_you_mean(name, self.demands) or ", ".join(self.demands)
        return ConfigError("plan.no-demand", name=name, hint=hint)

    def _keep_text(self, protocol: Protocol) -> None:
        self.texts[f"protocols/{protocol.file.protocol}.yaml"] = protocol.document.text


_PLANNERS: Mapping[type[StepGrammar], Callable[..., Node | None]] = {
    SetGrammar: Planner._set,  # noqa: SLF001 - the table of the class's own methods
    RampGrammar: Planner._ramp,  # noqa: SLF001
    HoldGrammar: Planner._hold,  # noqa: SLF001
    StabiliseGrammar: Planner._stabilise,  # noqa: SLF001
    MeasureGrammar: Planner._measure,  # noqa: SLF001
    WaitGrammar: Planner._wait,  # noqa: SLF001
    RepeatGrammar: Planner._repeat,  # noqa: SLF001
    ForEachGrammar: Planner._for_each,  # noqa: SLF001
    SweepGrammar: Planner._sweep,  # noqa: SLF001
    CycleGrammar: Planner._cycle,  # noqa: SLF001
    ZeroGrammar: Planner._zero,  # noqa: SLF001
    PromptGrammar: Planner._prompt,  # noqa: SLF001
    CallGrammar: Planner._call,  # noqa: SLF001
}


def _plain(value: Scalar) -> str | float:
    if isinstance(value, bool):
        return "on" if value else "off"
    return value


def _per_second_unit(wanted: Unit) -> Unit:
    length, time, *others = wanted.dimension
    return replace(
        wanted, text=f"{wanted.label or '1'}/s", dimension=(length, time - 1, *others), offset=0.0
    )


def _within(name: str, value: Quantity, grammar: ParameterGrammar) -> None:
    for written, is_low in ((grammar.min, True), (grammar.max, False)):
        if written is None:
            continue
        bound = quantity(_plain(written))
        if (value.value < bound.value) if is_low else (value.value > bound.value):
            raise ConfigError("plan.parameter-range", name=name, value=value, bound=bound)


def _total(nodes: Sequence[Node]) -> Estimate:
    total = Estimate()
    for node in nodes:
        total = total + node.head.estimate
    return total
