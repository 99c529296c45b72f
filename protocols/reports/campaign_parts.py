"""Parts of a campaign's report: kilometres, ledger, drift, reference tests."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from protocols.campaign.results import (
    CampaignResults,
    DriftRow,
    EquivalenceRow,
    LedgerEvent,
    LedgerTotal,
    ReferenceTest,
)
from protocols.campaign.tables import LISTED
from protocols.reports.blocks import (
    Block,
    Cell,
    Column,
    Heading,
    Items,
    Paragraph,
    Row,
    Table,
    Tone,
    row,
)
from protocols.reports.drawing import Drawing
from protocols.reports.figures import drift_figure, equivalence_figure, timeline_figure
from protocols.reports.speech import (
    Speech,
    day,
    hours,
    kilometres,
    placed,
    rounded,
    shown_unit,
    significant_places,
    with_uncertainty,
)
from protocols.tables import decimals

MOST_DIGITS: Final = 5
"""Digits of a value at a reference test."""


def kilometre_blocks(results: CampaignResults, speech: Speech, drawing: Drawing) -> Iterator[Block]:
    """Yield kilometres per mechanism, of which duty, with the band of the exponents."""
    yield Heading(speech.say("kilometres"))
    if not results.equivalences:
        yield Paragraph(speech.say("no-kilometres"), "open")
        return
    duty = results.duty
    if duty is not None:
        about = speech.say(
            "duty",
            name=duty.name,
            source=duty.source,
            speed=rounded(duty.speed, 3),
            energy=rounded(duty.energy, 3),
        )
        yield Paragraph(about, "faint")
    yield equivalence_figure(drawing, speech, results.equivalences, results.target)
    columns = (
        Column(speech.say("mechanism"), weight=2.2),
        Column(speech.say("km"), is_number=True, weight=1.2),
        Column(speech.say("band-of-exponent"), is_number=True, weight=2.2),
        Column(speech.say("exponent"), is_number=True, weight=1.5),
        Column(speech.say("km-per-hour"), is_number=True, weight=0.8),
        Column(speech.say("hours-missing"), is_number=True, weight=1.0),
        Column(speech.say("source"), weight=2.6),
    )
    rows = tuple(_equivalence_row(each, speech) for each in results.equivalences)
    yield Table(columns, rows, speech.say("equivalence-table"))


def _equivalence_row(each: EquivalenceRow, speech: Speech) -> Row:
    has_band = each.is_mechanism and math.isfinite(each.exponent)
    exponents = f"{each.exponent:g} ({each.exponent_low:g} … {each.exponent_high:g})"
    unit = shown_unit(each.exponent_unit)
    title = speech.told(each.title)
    tone: Tone = "plain" if each.is_mechanism else "faint"
    return row(
        f"{title} ({speech.say('governing')})" if each.is_governing else title,
        kilometres(each.kilometres),
        f"{kilometres(each.lower)} … {kilometres(each.upper)}" if has_band else "–",
        f"{exponents} {unit}".strip() if has_band else "–",
        rounded(each.kilometres_per_hour, 3),
        hours(each.hours_missing) if each.is_mechanism else "–",
        speech.told(each.source),
        tone=tone,
    )


def ledger_blocks(results: CampaignResults, speech: Speech, drawing: Drawing) -> Iterator[Block]:
    """Yield what all runs add up to, and what happened."""
    if not (results.totals or results.events):
        return
    yield Heading(speech.say("ledger"))
    columns = (
        Column(speech.say("quantity"), weight=2.5),
        Column(speech.say("value"), is_number=True),
        Column(speech.say("unit"), weight=2.5),
    )
    yield Table(columns, tuple(_total(each, speech) for each in results.totals))
    if not results.events:
        return
    yield timeline_figure(drawing, speech, results)
    columns = (
        Column(speech.say("when"), weight=1.5),
        Column(speech.say("hours-axis"), is_number=True, weight=0.8),
        Column(speech.say("kilometres-axis"), is_number=True, weight=0.9),
        Column(speech.say("event"), weight=1.3),
        Column(speech.say("what"), weight=4),
    )
    rows: list[Row] = []
    for (_, kind), own in groupby(results.events, key=lambda each: (each.utc, each.kind)):
        if kind in LISTED:
            together = list(own)
            rows.append(_event_row(together[0], _told(together, speech), speech))
    others = Counter(each.kind for each in results.events if each.kind not in LISTED)
    last = {each.kind: each for each in results.events}
    rows += [_event_row(last[kind], f"× {count}", speech) for kind, count in others.items()]
    yield Table(columns, tuple(rows), speech.say("events-caption"))


def _total(each: LedgerTotal, speech: Speech) -> Row:
    is_count = each.unit in {"", "1"} and float(each.value).is_integer()
    shown = f"{each.value:,.0f}" if is_count else rounded(each.value, 5)
    if math.isfinite(each.uncertainty):
        u = each.uncertainty
        shown = f"{with_uncertainty(each.value, u)} ± {with_uncertainty(u, u)}"
    return row(speech.told(each.title), shown, shown_unit(each.unit))


def _told(events: Sequence[LedgerEvent], speech: Speech) -> str:
    """Return what happened at one moment, and whether it breaks series."""
    told = ", ".join(speech.told(each.text) for each in events)
    return f"{told}  ⊥" if any(each.breaks for each in events) else told


def _event_row(event: LedgerEvent, told: str, speech: Speech) -> Row:
    return row(
        day(event.utc),
        hours(event.hours),
        kilometres(event.kilometres),
        speech.told(event.title),
        told,
    )


def drift_blocks(results: CampaignResults, speech: Speech, drawing: Drawing) -> Iterator[Block]:
    """Yield each quantity over the life, with its value and its bounds at the target."""
    if not results.drifts:
        return
    yield Heading(speech.say("drift"))
    columns = (
        Column(speech.say("quantity"), weight=2.2),
        Column("n", is_number=True, weight=0.4),
        Column(speech.say("first"), is_number=True),
        Column(speech.say("slope"), is_number=True, weight=1.7),
        Column(speech.say("at-target"), is_number=True),
        Column(speech.say("bounds"), is_number=True, weight=1.8),
        Column(speech.say("systematic"), is_number=True, weight=0.9),
        Column(speech.say("df-add"), is_number=True, weight=1.1),
        Column(speech.say("df-mult"), is_number=True, weight=0.9),
    )
    rows = tuple(_drift_row(each, speech) for each in results.drifts)
    yield Table(columns, rows, speech.say("drift-table"))
    for each in results.drifts:
        yield Heading(speech.told(each.title), 2)
        if speech.told(each.correction):
            yield Paragraph(speech.told(each.correction), "faint")
        if any(math.isfinite(point.value) for point in each.points):
            yield drift_figure(drawing, speech, each, _limit_of(each, results))
        told = [speech.told(text) for text in each.reasons]
        told += [_break(place.kilometres, speech.told(place.text), speech) for place in each.breaks]
        told += _not_counted(each, speech)
        if told:
            yield Items(tuple(told))


def _drift_row(each: DriftRow, speech: Speech) -> Row:
    places = significant_places(each.first, MOST_DIGITS)
    if each.has_fit:
        places = min(places, decimals(each.scatter))
    unit = shown_unit(each.unit)
    u = each.slope_uncertainty
    slope = f"{with_uncertainty(each.slope, u)} ± {with_uncertainty(u, u)}"
    return row(
        f"{speech.told(each.title)} [{unit}]" if unit else speech.told(each.title),
        f"{sum(point.counted for point in each.points)}",
        placed(each.first, places),
        slope if math.isfinite(each.slope) else "–",
        placed(each.at_target, places),
        f"{placed(each.lower, places)} … {placed(each.upper, places)}" if each.has_fit else "–",
        rounded(each.systematic, 2),
        placed(each.df_additive, min(places + 1, MOST_DIGITS)),
        placed(each.df_multiplicative, 3),
    )


def _break(at: float, why: str, speech: Speech) -> str:
    return speech.say("broken-at", kilometres=kilometres(at), why=why)


def _not_counted(each: DriftRow, speech: Speech) -> list[str]:
    """Return which values the fit leaves out, and why."""
    return [
        speech.say(
            "value-not-counted",
            kilometres=kilometres(point.kilometres),
            value=f"{rounded(point.value, 5)} {shown_unit(each.unit)}".strip(),
            why="; ".join(map(speech.told, point.reasons)),
        )
        for point in each.points
        if not point.counted and point.reasons
    ]


def _limit_of(each: DriftRow, results: CampaignResults) -> float | None:
    """Return the limit of the result that is judged by a drift, where it has the same unit."""
    judged = next((r for r in results.results if r.name == f"{each.name}_at_end"), None)
    return judged.limit if judged is not None and judged.unit == each.unit else None


def test_blocks(tests: Sequence[ReferenceTest], speech: Speech) -> Iterator[Block]:
    """Yield the reference tests, and why some do not count."""
    if not tests:
        return
    yield Heading(speech.say("tests"))
    columns = (
        Column("n", weight=0.4),
        Column(speech.say("point"), weight=1.2),
        Column(speech.say("when"), weight=1.5),
        Column(speech.say("hours-axis"), is_number=True, weight=0.8),
        Column(speech.say("kilometres-axis"), is_number=True),
        Column(speech.say("windows"), is_number=True, weight=1.1),
        Column(speech.say("valid"), weight=3.0),
    )
    rows = [
        (
            *row(
                f"{each.number}",
                each.point,
                day(each.utc),
                hours(each.hours),
                kilometres(each.kilometres),
                f"{each.windows}",
            ),
            Cell(
                speech.say("yes") if each.valid else "; ".join(map(speech.told, each.reasons)),
                "plain" if each.valid else "open",
            ),
        )
        for each in tests
    ]
    yield Table(columns, tuple(rows), speech.say("tests-caption"))
