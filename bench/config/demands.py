"""The demands of a rig: who carries each out, within which bounds, and what is safe."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from bench.channel import Channel, Kind, Range
from bench.config.channels import written_range
from bench.config.grammar import DemandGrammar, ObjectFile, RigFile
from bench.config.instruments import Instruments
from bench.config.quantities import not_negative, per_second, range_of, selected
from bench.config.row import Row
from bench.device import Demand
from bench.document import Document, Section
from bench.errors import ConfigError, did_you_mean
from bench.findings import Findings
from bench.model import DemandPoint, OnHold

KEEP = "keep"
"""Safe value of a demand that is safest as it is: an oven is not let cool down by a stop."""


@dataclass(frozen=True)
class DemandSources:
    """What demands are made of."""

    rig: RigFile
    """What the rig says of them."""
    document: Document
    """Where it says so."""
    kind: ObjectFile
    """What the kind of object rules."""
    kind_document: Document
    """Where it does so."""
    instruments: Instruments
    """Who carries them out."""


def add_demands(sources: DemandSources, row: Row, findings: Findings) -> tuple[DemandPoint, ...]:
    """Add a channel per demand and return the demands."""
    section = sources.document.section("demands")
    for name in sources.kind.demands:
        if name not in sources.rig.demands:
            kind = sources.kind.object
            findings.add(section.key_mark, "config.demand-missing", name=name, object=kind)
    points: list[DemandPoint] = []
    taken: dict[str, str] = {}
    for name, grammar in sources.rig.demands.items():
        if grammar.to in taken:
            first = taken[grammar.to]
            findings.add(section / name / "to", "config.demand-taken", to=grammar.to, first=first)
        taken.setdefault(grammar.to, name)
        point = _demand(name, grammar, sources, row, findings)
        if point is None:
            findings.spoil(name)
            findings.spoil(f"{name}.demand")
        else:
            points.append(point)
    return _with_requirements(sources, points, findings)


def _demand(
    name: str, grammar: DemandGrammar, sources: DemandSources, row: Row, findings: Findings
) -> DemandPoint | None:
    section = sources.document.section("demands", name)
    found = sources.instruments.demand(grammar.to, section / "to", findings)
    if found is None:
        return None
    instrument, position, offer = found
    offer = replace(offer, choices=_renamed(grammar, offer, section / "words", findings))
    bounds = _bounds(name, offer, instrument, sources, findings)
    channel = Channel(
        f"{name}.demand",
        Kind.DEMANDED,
        offer.unit,
        range=bounds,
        title=grammar.title,
        source=grammar.to,
    )
    ruled = sources.kind.demands.get(name)
    return DemandPoint(
        name=name,
        instrument=instrument,
        at=position,
        channel=row.add(channel, section.key_mark, choices=offer.choices),
        unit=offer.unit,
        range=bounds,
        choices=offer.choices,
        safe=_safe(name, offer, bounds, sources, findings),
        on_hold=OnHold(ruled.on_hold) if ruled is not None else OnHold.STAY,
        is_kept_after_stop=ruled is not None and ruled.after_stop == KEEP,
        gradient=_gradient(grammar, offer, section / "gradient", findings),
    )


def _renamed(
    grammar: DemandGrammar, offer: Demand, section: Section, findings: Findings
) -> tuple[str, ...]:
    """Return the words of a selector as protocols call them."""
    for word in grammar.words:
        if word not in offer.choices:
            hint = did_you_mean(word, offer.choices)
            where = (section / word).key_mark
            words = ", ".join(offer.choices)
            findings.add(where, "config.no-choice", word=word, choices=words, hint=hint)
    return tuple(grammar.words.get(word, word) for word in offer.choices)


def _bounds(
    name: str, offer: Demand, instrument: str, sources: DemandSources, findings: Findings
) -> Range:
    """Return what instrument, rig and kind of object all allow."""
    grammar, ruled = sources.rig.demands[name], sources.kind.demands.get(name)
    section = sources.document.section("demands", name, "range")
    bounds = written_range(grammar.range, offer.unit, offer.range, section, findings)
    if offer.range.low > bounds.low or offer.range.high < bounds.high:
        findings.add(
            section,
            "config.range-too-wide",
            name=name,
            instrument=instrument,
            low=offer.unit.shown(offer.range.low),
            high=offer.unit.shown(offer.range.high),
        )
    if ruled is not None and ruled.range is not None:
        with findings.at(sources.kind_document.section("demands", name, "range")):
            allowed = range_of(ruled.range, offer.unit, bounds)
            bounds = Range(max(bounds.low, allowed.low), min(bounds.high, allowed.high))
    return bounds


def _safe(
    name: str, offer: Demand, bounds: Range, sources: DemandSources, findings: Findings
) -> float:
    """Return the safe value: the kind of object rules, else the rig says."""
    ruled, section = sources.kind.demands.get(name), sources.document.section("demands", name)
    written = sources.rig.demands[name].safe if ruled is None else ruled.safe
    if written is None:
        findings.add(section.key_mark, "config.no-safe-value", name=name)
        return 0.0
    if written == KEEP:
        return math.nan
    where = section if ruled is None else sources.kind_document.section("demands", name)
    with findings.at(where / "safe"):
        value = selected(written, offer.choices, offer.unit)
        if not offer.choices and not bounds.holds(value):
            raise ConfigError(
                "config.safe-out-of-range",
                name=name,
                value=offer.unit.shown(value),
                low=offer.unit.shown(bounds.low),
                high=offer.unit.shown(bounds.high),
            )
        return value
    return 0.0


def _gradient(grammar: DemandGrammar, offer: Demand, section: Section, findings: Findings) -> float:
    if grammar.gradient is not None:
        with findings.at(section):
            rate = not_negative(grammar.gradient, per_second(offer.unit), difference=True)
            if rate == 0:
                raise ConfigError("config.not-positive", value=grammar.gradient)
            return rate
    return math.inf


def _with_requirements(
    sources: DemandSources, points: list[DemandPoint], findings: Findings
) -> tuple[DemandPoint, ...]:
    selectors = {point.name: point for point in points if point.choices}
    complete: list[DemandPoint] = []
    for point in points:
        requires: dict[str, frozenset[float]] = {}
        section = sources.document.section("demands", point.name, "requires")
        for name, words in sources.rig.demands[point.name].requires.items():
            if name in selectors:
                requires[name] = _values(selectors[name], words, section / name, findings)
            elif not findings.is_spoilt(name):
                hint = did_you_mean(name, selectors)
                where = (section / name).key_mark
                findings.add(where, "config.no-selector", name=name, hint=hint)
        complete.append(replace(point, requires=requires))
    return tuple(complete)


def _values(
    selector: DemandPoint, words: tuple[str, ...], section: Section, findings: Findings
) -> frozenset[float]:
    values: set[float] = set()
    for position, word in enumerate(words):
        with findings.at(section / position):
            values.add(selected(word, selector.choices, selector.unit))
    return frozenset(values)
