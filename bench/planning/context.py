"""What every kind of step is planned with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

from bench.config.catalogue import Catalogue
from bench.errors import ConfigError, did_you_mean
from bench.findings import Findings
from bench.limit import resolved_limits
from bench.messages import Bilingual
from bench.model import BenchModel, DemandPoint
from bench.plan import Estimate, Head, Node, SequenceNode
from bench.planning.course import Course
from bench.planning.place import Place
from bench.planning.texts import Texts
from bench.safeguard import Limit, Scope
from bench.step import LimitGrammar, Scalar


@dataclass(frozen=True)
class Context:
    """The bench, what the plan has come to, and where problems go."""

    model: BenchModel
    """The bench."""
    catalogue: Catalogue
    """Where protocols and tables are found."""
    findings: Findings
    """Takes problems and remarks."""
    course: Course
    """What the plan has come to so far."""
    steps: Callable[[Sequence[Any], Place], tuple[Node, ...]]
    """Plans a list of steps at its place."""

    def at(self, place: Place) -> AbstractContextManager[None]:
        """Turn an error inside into a problem at a place."""
        return self.findings.at(place.section)

    def texts(self, place: Place) -> Texts:
        """Return what gives the texts of a place their meaning."""
        return Texts(self.model, place.parameters)

    def seconds(self, written: Scalar, place: Place) -> float:
        """Return the duration written at a place, s; 0 where there is none."""
        with self.at(place):
            return self.texts(place).seconds(written)
        return 0.0

    def positive_seconds(self, written: Scalar, place: Place) -> float | None:
        """Return the duration above zero written at a place, s; None where there is none."""
        with self.at(place):
            return self.texts(place).positive_seconds(written)
        return None

    def demand(self, name: str) -> tuple[int, DemandPoint]:
        """Return index and demand of a name.

        Raises:
            ConfigError: there is no such demand.
        """
        for index, demand in enumerate(self.model.demands):
            if demand.name == name:
                return index, demand
        hint = did_you_mean(name, [demand.name for demand in self.model.demands])
        raise ConfigError("plan.no-demand", name=name, hint=hint)

    def limits(
        self, written: Sequence[LimitGrammar], place: Place, scope: Scope
    ) -> tuple[Limit, ...]:
        """Return the limits written at a place."""
        limits = resolved_limits(written, self.texts(place), place.section, self.findings, scope)
        for limit in limits:
            if not self.course.claim_limit(limit.id, limit.mark) and limit.mark is not None:
                self.findings.add(limit.mark, "config.limit-twice", id=limit.id)
        return limits

    @property
    def flow(self) -> float:
        """Hydrogen flow with the demands as they are now, kg/s; unknown ones count as safe."""
        if self.model.fuel_estimate is None:
            return 0.0
        safe = {demand.name: demand.safe for demand in self.model.demands}
        values = {f"{name}.demand": value for name, value in (safe | self.course.demands).items()}
        flow = self.model.fuel_estimate.evaluate(values)
        return flow if flow > 0 else 0.0

    def lasting(self, head: Head, seconds: float, at_most: float | None = None) -> Head:
        """Return the head of a step that takes so long with the demands as they are now."""
        longest = seconds if at_most is None else at_most
        return replace(head, estimate=Estimate(seconds, longest, seconds * self.flow))


def total(nodes: Sequence[Node]) -> Estimate:
    """Return what steps take one after the other."""
    return sum((node.head.estimate for node in nodes), Estimate())


def sequence(
    name: str, kind: str, title: Bilingual, place: Place, body: Sequence[Node]
) -> SequenceNode:
    """Return steps one after the other as one step."""
    head = Head(name, kind, title, place.section.mark, estimate=total(body))
    return SequenceNode(head, tuple(body))
