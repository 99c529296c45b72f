"""The report of a campaign: the same results as `h2bench campaign analyze`, never computed anew."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from bench.runs import Run
from protocols.campaign.results import (
    CampaignFile,
    CampaignResults,
    DriftRow,
    EquivalenceRow,
    LedgerEvent,
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
    Report,
    Row,
    Table,
    row,
)
from protocols.reports.drawing import Drawing
from protocols.reports.facts import (
    audit_blocks,
    instrument_blocks,
    object_blocks,
    protocol_blocks,
    signature_blocks,
)
from protocols.reports.figures import drift_figure, equivalence_figure, timeline_figure
from protocols.reports.run_report import remark_blocks, result_blocks
from protocols.reports.speech import Speech, day, rounded, shown_unit


def campaign_report(
    results: CampaignResults, runs: Sequence[Run], speech: Speech, drawing: Drawing
) -> Report:
    """Return the report of a campaign.

    Args:
        results: what all runs show.
        runs: those that count, open, in time; at least one.
        speech: in which language.
        drawing: how figures are drawn.
    """
    serial = results.object_serial or "–"
    return Report(
        language=speech.language,
        title=speech.say("campaign-title", target=f"{results.target:,.0f}"),
        subtitle=speech.say("campaign-subtitle", serial=serial, runs=len(runs)),
        foot=f"{results.object_kind} {serial}",
        page=speech.say("page"),
        blocks=tuple(_blocks(results, runs, speech, drawing)),
        mark=speech.say("simulated") if results.simulated else "",
    )


def _blocks(
    results: CampaignResults, runs: Sequence[Run], speech: Speech, drawing: Drawing
) -> Iterator[Block]:
    yield speech.verdict_box(results.verdict, results.results)
    yield Paragraph(speech.say("campaign-rule"), "faint")
    if results.missing:
        yield Items(tuple(speech.told(text) for text in results.missing))
    yield from object_blocks(runs[0], speech)
    yield from _kilometres(results, speech, drawing)
    yield from _ledger(results, speech, drawing)
    yield from _drifts(results, speech, drawing)
    yield from _tests(results.tests, speech)
    yield from _reliability(results, speech)
    yield from result_blocks(results.results, speech, drawing)
    told = [speech.told(text) for text in (*results.warnings, *results.remarks)]
    yield from remark_blocks(told, speech)
    yield from _files(results.files, speech)
    yield from instrument_blocks(runs[-1], speech)
    yield from protocol_blocks(runs[0], speech)
    yield from audit_blocks(runs, speech)
    yield from signature_blocks(speech)


def _kilometres(results: CampaignResults, speech: Speech, drawing: Drawing) -> Iterator[Block]:
    yield Heading(speech.say("kilometres"))
    if not results.equivalences:
        yield Paragraph(speech.say("no-kilometres"), "open")
        return
    claim = speech.say(
        "claim",
        kilometres=f"{results.kilometres:,.0f}",
        lower=f"{results.kilometres_lower:,.0f}",
        upper=f"{results.kilometres_upper:,.0f}",
        target=f"{results.target:,.0f}",
    )
    yield Paragraph(claim)
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
        Column(speech.say("band-of-exponent"), is_number=True, weight=2.0),
        Column(speech.say("exponent"), is_number=True, weight=1.4),
        Column(speech.say("km-per-hour"), is_number=True),
        Column(speech.say("hours-missing"), is_number=True),
        Column(speech.say("source"), weight=2.6),
    )
    rows = tuple(_equivalence_row(each, speech) for each in results.equivalences)
    yield Table(columns, rows, speech.say("equivalence-table"))


def _equivalence_row(each: EquivalenceRow, speech: Speech) -> Row:
    has_band = each.is_mechanism and math.isfinite(each.exponent)
    band = f"{each.lower:,.0f} … {each.upper:,.0f}" if has_band else "–"
    exponents = f"{each.exponent_low:g} / {each.exponent:g} / {each.exponent_high:g}"
    title = speech.told(each.title)
    return row(
        f"{title} ({speech.say('governing')})" if each.is_governing else title,
        f"{each.kilometres:,.0f}" if math.isfinite(each.kilometres) else "–",
        band,
        exponents if has_band else "–",
        rounded(each.kilometres_per_hour, 3),
        f"{each.hours_missing:,.0f}" if math.isfinite(each.hours_missing) else "–",
        speech.told(each.source),
        tone="plain" if each.is_mechanism else "faint",
    )


def _ledger(results: CampaignResults, speech: Speech, drawing: Drawing) -> Iterator[Block]:
    yield Heading(speech.say("ledger"))
    columns = (
        Column(speech.say("quantity"), weight=2),
        Column(speech.say("value"), is_number=True),
    )
    totals = [
        row(speech.told(each.title), f"{rounded(each.value, 6)} {shown_unit(each.unit)}".strip())
        for each in results.totals
    ]
    yield Table(columns, tuple(totals))
    if not results.events:
        return
    yield timeline_figure(drawing, speech, results)
    columns = (
        Column(speech.say("when"), weight=1.4),
        Column(speech.say("hours-axis"), is_number=True, weight=0.8),
        Column(speech.say("kilometres-axis"), is_number=True),
        Column(speech.say("event"), weight=1.3),
        Column(speech.say("what"), weight=4),
    )
    rows = [
        _event_row(each, speech.told(each.text), speech)
        for each in results.events
        if each.kind in LISTED
    ]
    others = Counter(each.kind for each in results.events if each.kind not in LISTED)
    last = {each.kind: each for each in results.events}
    rows += [_event_row(last[kind], f"× {count}", speech) for kind, count in others.items()]
    yield Table(columns, tuple(rows), speech.say("events-caption"))


def _event_row(event: LedgerEvent, told: str, speech: Speech) -> Row:
    return row(
        day(event.utc),
        rounded(event.hours, 5),
        f"{event.kilometres:,.0f}" if math.isfinite(event.kilometres) else "–",
        speech.told(event.title),
        told,
    )


def _drifts(results: CampaignResults, speech: Speech, drawing: Drawing) -> Iterator[Block]:
    if not results.drifts:
        return
    yield Heading(speech.say("drift"))
    columns = (
        Column(speech.say("quantity"), weight=2.4),
        Column(speech.say("unit"), weight=0.8),
        Column(speech.say("first"), is_number=True),
        Column(speech.say("slope"), is_number=True),
        Column(speech.say("at-target"), is_number=True),
        Column(speech.say("bounds"), is_number=True, weight=1.8),
        Column(speech.say("systematic"), is_number=True),
        Column(speech.say("df-add"), is_number=True),
        Column(speech.say("df-mult"), is_number=True),
    )
    rows = tuple(_drift_row(each, speech) for each in results.drifts)
    yield Table(columns, rows, speech.say("drift-table"))
    for each in results.drifts:
        yield Heading(speech.told(each.title), 2)
        if speech.told(each.correction):
            yield Paragraph(speech.told(each.correction), "faint")
        if each.points:
            yield drift_figure(drawing, speech, each, _limit_of(each, results))
        if each.reasons:
            yield Items(tuple(speech.told(text) for text in each.reasons))


def _drift_row(each: DriftRow, speech: Speech) -> Row:
    return row(
        speech.told(each.title),
        shown_unit(each.unit),
        rounded(each.first),
        rounded(each.slope, 3),
        rounded(each.at_target),
        f"{rounded(each.lower)} … {rounded(each.upper)}" if each.has_fit else "–",
        rounded(each.systematic, 2),
        rounded(each.df_additive, 3),
        rounded(each.df_multiplicative, 4),
    )


def _limit_of(each: DriftRow, results: CampaignResults) -> float | None:
    """Return the limit of the result that is judged by a drift, where it has the same unit."""
    judged = next((r for r in results.results if r.name == f"{each.name}_at_end"), None)
    return judged.limit if judged is not None and judged.unit == each.unit else None


def _tests(tests: Sequence[ReferenceTest], speech: Speech) -> Iterator[Block]:
    if not tests:
        return
    yield Heading(speech.say("tests"))
    columns = (
        Column("n", weight=0.4),
        Column(speech.say("point"), weight=1.2),
        Column(speech.say("when"), weight=1.5),
        Column(speech.say("hours-axis"), is_number=True, weight=0.9),
        Column(speech.say("kilometres-axis"), is_number=True),
        Column(speech.say("windows"), is_number=True, weight=0.7),
        Column(speech.say("valid"), weight=3.0),
    )
    rows = [
        (
            *row(
                f"{each.number}",
                each.point,
                day(each.utc),
                rounded(each.hours, 5),
                f"{each.kilometres:,.0f}" if math.isfinite(each.kilometres) else "–",
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


def _reliability(results: CampaignResults, speech: Speech) -> Iterator[Block]:
    if results.reliability:
        yield Heading(speech.say("reliability"))
        yield Items(tuple(speech.told(each.text) for each in results.reliability))


def _files(files: Sequence[CampaignFile], speech: Speech) -> Iterator[Block]:
    yield Heading(speech.say("files"))
    columns = (
        Column(speech.say("file"), weight=3.2),
        Column(speech.say("protocol-name"), weight=2.0),
        Column(speech.say("begin"), weight=1.5),
        Column(speech.say("hours"), is_number=True, weight=0.8),
        Column(speech.say("ending"), weight=1.2),
        Column(speech.say("counts"), weight=3.0),
    )
    rows = [
        (
            *row(each.name, each.protocol, day(each.begin_utc), rounded(each.hours, 5), each.state),
            Cell(
                "; ".join([*([] if each.counted else [speech.say("not-counted")]), *told])
                or speech.say("counted"),
                "plain" if each.counted and not told else "open",
            ),
        )
        for each in files
        for told in [[speech.told(text) for text in (*each.reasons, *each.remarks)]]
    ]
    yield Table(columns, tuple(rows), speech.say("counted-caption"))
