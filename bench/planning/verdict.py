"""Checks what a protocol is judged by."""

from __future__ import annotations

from bench.config.grammar import CriterionGrammar
from bench.config.protocol import Protocol
from bench.config.quantities import measure, plain
from bench.document import Section
from bench.errors import ConfigError, did_you_mean
from bench.planning.context import Context
from bench.units import ONE, quantity


def check_verdict(context: Context, protocol: Protocol) -> None:
    """Find criteria without a value, and of points that no step measures."""
    for result, criterion in protocol.file.verdict.items():
        section = protocol.document.section("verdict", result)
        points = context.course.points
        if criterion.at not in points:
            hint = did_you_mean(criterion.at, points)
            context.findings.add(section / "at", "plan.no-point", name=criterion.at, hint=hint)
        if criterion.at_least is None and criterion.at_most is None:
            context.findings.add(section.key_mark, "plan.no-criterion-value", result=result)
        _check_values(context, criterion, section)


def _check_values(context: Context, criterion: CriterionGrammar, section: Section) -> None:
    for key, written in (("at_least", criterion.at_least), ("at_most", criterion.at_most)):
        if written is not None:
            with context.findings.at(section / key):
                quantity(plain(written))
    with context.findings.at(section / "confidence"):
        if not 0 < measure(criterion.confidence, ONE) < 1:
            raise ConfigError("plan.confidence", value=criterion.confidence)
