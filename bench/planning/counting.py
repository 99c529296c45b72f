"""Counters of protocols, and what steps add to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bench.config.counters import resolved_counters
from bench.config.grammar import CounterGrammar
from bench.config.quantities import misfit
from bench.document import Section
from bench.errors import ConfigError, did_you_mean
from bench.model import CounterKind
from bench.planning.context import Context
from bench.planning.place import Place
from bench.step import Scalar


def add_counters(context: Context, written: Mapping[str, CounterGrammar], place: Place) -> None:
    """Take the counters of a protocol; find those that count something else already.

    Args:
        context: What planning needs.
        written: Counters by name.
        place: Any place of the protocol.
    """
    if place.protocol is None:
        return
    section = place.protocol.document.section("counters")
    texts = context.texts(replace(place, section=section))
    for counter in resolved_counters(written, texts, section, context.findings):
        if context.course.counters.setdefault(counter.name, counter) != counter:
            where = (section / counter.name).key_mark
            context.findings.add(where, "counter.twice", name=counter.name)


def counted(context: Context, written: Mapping[str, Scalar], place: Place) -> dict[str, float]:
    """Return counter → what a finished pass adds, SI.

    Args:
        context: What planning needs.
        written: Amounts by counter.
        place: Place of the step's body; ``counts`` stands beside it.
    """
    section = Section(place.section.document, place.section.path[:-1]) / "counts"
    counters = {
        name: counter
        for name, counter in context.course.counters.items()
        if counter.kind is CounterKind.SEQUENCE
    }
    amounts: dict[str, float] = {}
    for name, amount in written.items():
        if name not in counters:
            hint = did_you_mean(name, counters)
            context.findings.add((section / name).key_mark, "counter.none", name=name, hint=hint)
            continue
        with context.findings.at(section / name):
            given = context.texts(place).quantity(amount)
            if not given.unit.converts_to(counters[name].unit):
                raise misfit(amount, counters[name].unit)
            if given.value < 0:
                raise ConfigError("config.negative", value=amount)
            amounts[name] = given.value
    return amounts
