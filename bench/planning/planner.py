"""Plans one protocol for one bench, step by step."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from bench.config.catalogue import Catalogue
from bench.config.protocol import Protocol
from bench.document import Document, Section
from bench.document import parse as parse_document
from bench.findings import Findings
from bench.limit import check_recoveries, condition_of
from bench.messages import Bilingual
from bench.model import BenchModel
from bench.plan import Estimate, Head, Node, Plan, SequenceNode, walk
from bench.planning.context import Context, sequence
from bench.planning.counting import add_counters
from bench.planning.course import MOST_STEPS, Course, Library, TooManySteps
from bench.planning.parameters import parameters_of
from bench.planning.place import Place
from bench.planning.simulated import simulated_of
from bench.planning.steps_cycle import plan_cycle
from bench.planning.steps_demands import plan_ramp, plan_set
from bench.planning.steps_loops import plan_call, plan_for_each, plan_repeat, plan_sweep
from bench.planning.steps_stopping import plan_planned_stop
from bench.planning.steps_waiting import (
    plan_hold,
    plan_measure,
    plan_perform,
    plan_prompt,
    plan_stabilise,
    plan_wait,
    plan_zero,
)
from bench.planning.tightening import check_tightening
from bench.planning.verdict import check_verdict
from bench.safeguard import Limit, Scope
from bench.step import ContainerGrammar, Scalar, StepGrammar, kind_of

PLANNERS: Mapping[str, Callable[[Context, Any, Head, Place], Node | None]] = {
    "set": plan_set,
    "ramp": plan_ramp,
    "hold": plan_hold,
    "stabilise": plan_stabilise,
    "measure": plan_measure,
    "wait-until": plan_wait,
    "repeat": plan_repeat,
    "for-each": plan_for_each,
    "sweep": plan_sweep,
    "cycle": plan_cycle,
    "zero": plan_zero,
    "perform": plan_perform,
    "prompt": plan_prompt,
    "planned-stop": plan_planned_stop,
    "call": plan_call,
}
"""Kind of step → what plans it: the step, the head it will have, and the place of its body."""


class Planner:
    """Plans one protocol for one bench."""

    def __init__(
        self,
        model: BenchModel,
        catalogue: Catalogue,
        findings: Findings,
        protocols: Library | None = None,
    ) -> None:
        """Begin a plan; protocols that are called are taken from the library, and put there."""
        self._model = model
        self._findings = findings
        points = model.demands
        self._safe = {each.name: each.safe for each in points if not math.isnan(each.safe)}
        self._course = Course(dict(self._safe), protocols)
        self._course.counters = {counter.name: counter for counter in model.counters}
        for limit in model.limits:
            self._course.claim_limit(limit.id, limit.mark)
        self._context = Context(model, catalogue, findings, self._course, self._steps)

    def plan(self, protocol: Protocol, chosen: Mapping[str, Scalar]) -> Plan:
        """Return the plan; incomplete where there are findings.

        Args:
            protocol: What to plan.
            chosen: Parameters that differ from their defaults.
        """
        file, document = protocol.file, protocol.document
        idle = self.idle(file.protocol, file.title, replaced=file.recoveries)
        self._course.texts[f"protocols/{file.protocol}.yaml"] = document.text
        if not self._is_object(protocol):  # whatever else is missing follows from that
            return idle
        parameters = parameters_of(self._context, protocol, chosen, None)
        place = Place(document.section("steps"), parameters, protocol)
        written = replace(place, section=document.section("limits"))
        limits = self._context.limits(file.limits, written, Scope.PROTOCOL)
        add_counters(self._context, file.counters, place)
        root = self._sequence(file.protocol, "protocol", file.title, place, file.steps)
        check_verdict(self._context, protocol, parameters)
        self._check_limits(root, limits, {*self._model.recoveries, *file.recoveries})
        recoveries = {
            each: self._beside(f"recovery/{each}", steps, replace(place, section=section / each))
            for section in (document.section("recoveries"),)
            for each, steps in file.recoveries.items()
        }
        re_entry = None
        if file.re_entry is not None:
            here = replace(place, section=document.section("re-entry"))
            re_entry = self._beside("re-entry", file.re_entry, here, self._safe)
        return replace(
            idle,
            root=root,
            limits=limits,
            parameters=parameters,
            recoveries={**idle.recoveries, **recoveries},
            re_entry=re_entry,
            counters=tuple(self._course.counters.values())[len(self._model.counters) :],
            texts=dict(self._course.texts),
            simulated=simulated_of(self._context, protocol, parameters),
        )

    def idle(self, name: str, title: Bilingual, replaced: Collection[str] = ()) -> Plan:
        """Return a plan without a step: the object's own sequences are all it has.

        Args:
            name: Name of the plan.
            title: What people call it.
            replaced: Recoveries that the protocol has its own for.
        """
        model, document = self._model, self._model.object_source or _NO_DOCUMENT
        nowhere = Place(Section(_NO_DOCUMENT, ()), {})

        def own(kind: str, steps: Sequence[StepGrammar], *path: str) -> SequenceNode:
            return self._beside(kind, steps, Place(Section(document, path or (kind,)), {}))

        people_first = None
        if model.people_first is not None:
            steps = model.people_first.steps
            people_first = own("people-first", steps, "people-first", "steps")
        return Plan(
            name=name,
            title=title,
            root=sequence(name, "protocol", title, nowhere, ()),
            soft_stop=own("soft-stop", model.soft_stop),
            hard_stop=own("hard-stop", model.hard_stop),
            people_first=people_first,
            unload=own("unload", model.unload),
            recoveries={
                each: own(f"recovery/{each}", steps, "recoveries", each)
                for each, steps in model.recoveries.items()
                if each not in replaced
            },
            limits=(),
            parameters={},
            texts={},
        )

    def _is_object(self, protocol: Protocol) -> bool:
        wanted, given = protocol.file.object, self._model.object.kind
        if wanted != given:
            self._findings.add(
                protocol.document.section("object"),
                "plan.wrong-object",
                protocol=protocol.file.protocol,
                wanted=wanted,
                rig=self._model.name,
                object=given,
            )
        return wanted == given

    def _check_limits(
        self, root: SequenceNode, limits: Sequence[Limit], recoveries: Collection[str]
    ) -> None:
        check_tightening(limits, self._model.limits, self._findings)
        check_recoveries(limits, recoveries, self._findings)
        wider = (*self._model.limits, *limits)
        told: set[str] = set()
        for node in walk(root):
            new = [limit for limit in node.head.limits if limit.id not in told]
            told.update(limit.id for limit in new)
            check_tightening(new, wider, self._findings)
            check_recoveries(new, recoveries, self._findings)

    def _beside(
        self,
        name: str,
        steps: Sequence[StepGrammar],
        place: Place,
        start: Mapping[str, float] = MappingProxyType({}),
    ) -> SequenceNode:
        """Return a sequence that runs beside the protocol, from demands as far as known."""
        kind, _, own = name.partition("/")
        place = replace(place, prefix=f"{name}/")
        with self._course.beside(start):
            return self._sequence(name, kind, Bilingual(own or kind), place, steps)

    def _sequence(
        self, name: str, kind: str, title: Bilingual, place: Place, steps: Sequence[StepGrammar]
    ) -> SequenceNode:
        body: tuple[Node, ...] = ()
        try:
            body = self._steps(steps, place)
        except TooManySteps:
            self._findings.add(place.section.key_mark, "plan.too-many-steps", limit=MOST_STEPS)
        return sequence(name, kind, title, place, body)

    def _steps(self, steps: Sequence[StepGrammar], place: Place) -> tuple[Node, ...]:
        nodes = [
            self._step(step, position, place / position) for position, step in enumerate(steps)
        ]
        return tuple(node for node in nodes if node is not None)

    def _step(self, step: StepGrammar, position: int, place: Place) -> Node | None:
        self._course.count()
        kind = kind_of(step) or ""
        head = self._head(step, kind, position, place)
        is_left_out = head.when is not None and head.when.constant == 0
        if is_left_out and "$object." in (step.when or ""):
            return None  # its bench need not have what this test object has no use for
        planned: Node | None = None
        aside = self._course.aside() if is_left_out else nullcontext()
        with aside, self._context.at(place / kind):
            planned = PLANNERS[kind](self._context, step, head, place / kind)
        if planned is not None and is_left_out:
            return replace(planned, head=replace(planned.head, estimate=Estimate()))
        return planned

    def _head(self, step: StepGrammar, kind: str, position: int, place: Place) -> Head:
        own = step.id or str(position + 1)
        name = f"{place.prefix}{own}"
        if not self._course.claim(name):
            self._findings.add(place.section / "id", "plan.id-twice", id=name)
        when = None
        if step.when is not None:
            here = place / "when"
            texts = self._context.texts(place)
            when = condition_of(step.when, texts, here.section, self._findings)
        return Head(
            id=name,
            kind=kind,
            title=step.title or Bilingual(""),
            mark=place.section.mark,
            when=when,
            limits=self._context.limits(step.limits, place / "limits", Scope.STEP),
            is_recovery_point=isinstance(step, ContainerGrammar) and step.recovery_point,
        )


_NO_DOCUMENT: Document = parse_document("{}", "object")
