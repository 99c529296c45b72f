"""Instruments of a report: identities, channels, what data sheet and certificate state."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from bench.channel import Channel, Kind
from bench.record.layout.iso_time import iso
from bench.runs import Run
from protocols.reports.blocks import Block, Cell, Column, Heading, Paragraph, Row, Table, Tone, row
from protocols.reports.facts import facts_table
from protocols.reports.speech import Speech, trimmed

ENDLESS = 1e9
"""Ranges of counters end there or beyond: they have none that says anything."""


def instrument_blocks(runs: Sequence[Run], speech: Speech) -> Iterator[Block]:
    """Yield the instruments, and the measured channels with uncertainty and calibration.

    Of several runs the last one says which there are; identities and certificates that changed
    stand in the order of time.
    """
    last = runs[-1]
    yield Heading(speech.say("instruments"))
    identities: dict[str, dict[str, None]] = {}
    for run in runs:
        for name, text in run.header.identities.items():
            identities.setdefault(name, {})[text] = None
    if identities:
        rows = [row(name, "; ".join(texts)) for name, texts in identities.items()]
        yield facts_table(speech, rows, head="instrument", value="identity")
    columns = (
        Column(speech.say("channel"), weight=2.6),
        Column(speech.say("source"), weight=2.2),
        Column(speech.say("range"), weight=1.9),
        Column(speech.say("stated"), weight=2.1),
        Column(speech.say("certificate"), weight=1.6),
        Column(speech.say("due"), weight=1.4),
    )
    measured = [each for each in last.header.channels if each.kind is Kind.MEASURED]
    named = [each for each in measured if each.title.en or each.calibration.id]
    certificates = _certificates(runs)
    begin = iso(last.header.start_utc_ns)[:10]
    rows = tuple(_row(each, certificates.get(each.name, ""), begin, speech) for each in named)
    yield Table(columns, rows, speech.say("channels-caption"))
    if len(named) < len(measured):
        yield Paragraph(speech.say("raw-channels", count=len(measured) - len(named)), "faint")


def _certificates(runs: Sequence[Run]) -> dict[str, str]:
    """Return the certificates of each channel, in the order in which they were in force."""
    found: dict[str, dict[str, None]] = {}
    for run in runs:
        for channel in run.header.channels:
            if channel.calibration.id:
                found.setdefault(channel.name, {})[channel.calibration.id] = None
    return {name: "; ".join(ids) for name, ids in found.items()}


def _row(channel: Channel, certificates: str, begin: str, speech: Speech) -> Row:
    unit, shown = channel.shown_unit, channel.range
    known = math.isfinite(shown.low) and math.isfinite(shown.high)
    low, high = (unit.from_si(value) if known else math.nan for value in (shown.low, shown.high))
    known = known and max(abs(low), abs(high)) < ENDLESS
    due = channel.calibration.due
    tone: Tone = "bad" if due and due < begin else "plain"
    late = f"{due} ({speech.say('overdue')})" if tone == "bad" else due
    return (
        *row(
            channel.title.text(speech.language) or channel.name,
            channel.source,
            f"{trimmed(low, 4)} … {trimmed(high, 4)} {unit.label}".strip() if known else "–",
            _stated(channel, speech),
            certificates or speech.say("no-certificate"),
        ),
        Cell(late or "–", tone),
    )


def _stated(channel: Channel, speech: Speech) -> str:
    stated = channel.uncertainty
    if stated is None:
        return speech.say("not-stated")
    unit = channel.shown_unit
    parts = [
        speech.say("of-reading", value=f"{100 * stated.reading:g} %") if stated.reading else "",
        speech.say("of-range", value=f"{100 * stated.span:g} %") if stated.span else "",
        f"{trimmed(stated.absolute / unit.factor, 3)} {_difference(unit.label)}"
        if stated.absolute
        else "",
    ]
    return " + ".join(part for part in parts if part) or speech.say("not-stated")


def _difference(label: str) -> str:
    """Return the unit of a difference: of Celsius temperatures it is the kelvin."""
    return "K" if label == "°C" else label
