"""Checks what a protocol is judged by."""

from __future__ import annotations

from collections.abc import Mapping

from bench.config.catalogue import results_of
from bench.config.grammar import CriterionGrammar
from bench.config.protocol import Protocol
from bench.config.quantities import measure, misfit
from bench.document import Section
from bench.errors import ConfigError, did_you_mean
from bench.plan import CAMPAIGN
from bench.planning.context import Context
from bench.planning.texts import Texts
from bench.units import ONE, Quantity, unit


def check_verdict(context: Context, protocol: Protocol, parameters: Mapping[str, Quantity]) -> None:
    """Find criteria without a value, and of points that no step measures."""
    texts = Texts(context.model, parameters)
    known = results_of(protocol.file.object)
    for result, criterion in protocol.file.verdict.items():
        section = protocol.document.section("verdict", result)
        if known and result not in known:
            hint = did_you_mean(result, known)
            context.findings.add(section.key_mark, "plan.no-result", name=result, hint=hint)
        points = {*context.course.points, CAMPAIGN}
        if criterion.at not in points:
            hint = did_you_mean(criterion.at, points)
            context.findings.add(section / "at", "plan.no-point", name=criterion.at, hint=hint)
        if criterion.at_least is None and criterion.at_most is None:
            context.findings.add(section.key_mark, "plan.no-criterion-value", result=result)
        _check_values(context, criterion, section, known.get(result), texts)


def _check_values(
    context: Context,
    criterion: CriterionGrammar,
    section: Section,
    shown: str | None,
    texts: Texts,
) -> None:
    for key, written in (("at_least", criterion.at_least), ("at_most", criterion.at_most)):
        if written is not None:
            with context.findings.at(section / key):
                given = texts.quantity(written)
                if shown is not None and not given.unit.converts_to(unit(shown)):
                    raise misfit(written, unit(shown))
    with context.findings.at(section / "confidence"):
        if not 0 < measure(criterion.confidence, ONE) < 1:
            raise ConfigError("plan.confidence", value=criterion.confidence)
