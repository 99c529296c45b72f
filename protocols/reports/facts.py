"""What a report says of where its numbers come from: object, rig, instruments, texts, files."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from bench.channel import Channel, Kind
from bench.config.grammar import ObjectFile, ProtocolFile
from bench.document import parse, validated
from bench.messages import Bilingual
from bench.record.layout.iso_time import iso
from bench.runs import Run
from bench.runs.chain import chain_before
from bench.units import significant, unit
from protocols.reports.blocks import (
    Block,
    Column,
    Heading,
    Items,
    Paragraph,
    Row,
    Signatures,
    Source,
    Table,
    row,
)
from protocols.reports.speech import Speech, day

_BLOCK = 1 << 20
_AUDITED = frozenset({"warning", "error"})
MOST_EVENTS = 200
"""Warnings and errors listed of one run; how many more there are is said."""


@dataclass(frozen=True)
class Checksum:
    """One file, as it was when the report was made."""

    name: str
    size: int
    """Bytes."""
    sha256: str


def checksum_of(path: Path) -> Checksum:
    """Return size and SHA-256 of a file, read once."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while piece := stream.read(_BLOCK):
            digest.update(piece)
            size += len(piece)
    return Checksum(path.name, size, digest.hexdigest())


def object_blocks(run: Run, speech: Speech) -> Iterator[Block]:
    """Yield what was tested, where and with which gas."""
    header = run.header
    yield Heading(speech.say("object"))
    rows = [
        row(speech.say("kind"), header.object_kind),
        row(speech.say("serial"), header.object_serial or "–"),
        *_object_rows(run),
        row(speech.say("rig"), header.rig_name),
        row(speech.say("operator"), header.operator or "–"),
        row(speech.say("begin"), day(iso(header.start_utc_ns)) + " UTC"),
        *(row(f"{speech.say('gas')} {name}", _plain(value)) for name, value in _gas_of(run)),
    ]
    yield _facts(speech, rows)


def titles_of(run: Run) -> Bilingual:
    """Return what people call the protocol of a run, as its recorded text says; else its name."""
    name = f"protocols/{run.header.protocol_name}.yaml"
    text = run.texts.get(name)
    if text is None:
        return Bilingual(run.header.title or run.header.protocol_name)
    return validated(parse(text, name), ProtocolFile).title


def _object_rows(run: Run) -> Iterator[Row]:
    """Yield the numbers of the test object, in the units that its kind states them in."""
    name = f"objects/{run.header.object_kind}.yaml"
    text = run.texts.get(name)
    stated = {} if text is None else validated(parse(text, name), ObjectFile).data
    for each, value in run.header.object_data.items():
        of = stated.get(each, "1")
        label = unit(of if isinstance(of, str) else of.unit).label
        yield row(each.replace("_", " "), f"{_plain(value)} {label}".strip())


def _gas_of(run: Run) -> Iterator[tuple[str, object]]:
    """Yield what the gas certificate says; fractions with their standard uncertainty, mol/mol."""
    for name, value in run.gas.items():
        if not isinstance(value, Mapping):
            yield name.replace("_", " "), value
            continue
        shares = cast("Mapping[str, Sequence[float]]", value)
        told = [f"{s} {significant(m, 3)} ± {significant(u, 2)}" for s, (m, u) in shares.items()]
        yield name.replace("_", " "), "; ".join(told)


def instrument_blocks(run: Run, speech: Speech) -> Iterator[Block]:
    """Yield the instruments, and the measured channels with uncertainty and calibration."""
    yield Heading(speech.say("instruments"))
    identities = [row(name, text) for name, text in run.header.identities.items()]
    yield _facts(speech, identities, head="instrument", value="identity")
    columns = (
        Column(speech.say("channel"), weight=2.6),
        Column(speech.say("source"), weight=2.2),
        Column(speech.say("range"), weight=2.0),
        Column(speech.say("stated"), weight=2.0),
        Column(speech.say("certificate"), weight=1.6),
        Column(speech.say("due"), weight=1.2),
    )
    measured = [each for each in run.header.channels if each.kind is Kind.MEASURED]
    named = [each for each in measured if each.title.en or each.calibration.id]
    rows = tuple(_channel_row(channel, speech) for channel in named)
    yield Table(columns, rows, speech.say("channels-caption"))
    if len(named) < len(measured):
        yield Paragraph(speech.say("raw-channels", count=len(measured) - len(named)), "faint")


def protocol_blocks(run: Run, speech: Speech) -> Iterator[Block]:
    """Yield the protocol as run, with its parameters."""
    header = run.header
    yield Heading(speech.say("protocol"))
    parameters = [row(name, text) for name, text in header.parameters.items()]
    if parameters:
        yield _facts(speech, parameters, head="parameter", value="value")
    name = f"protocols/{header.protocol_name}.yaml"
    if name in run.texts:
        yield Source(name, run.texts[name])


def audit_blocks(runs: Sequence[Run], speech: Speech) -> Iterator[Block]:
    """Yield the chain of files, their checksums and identities, and who wrote them."""
    yield Heading(speech.say("audit"))
    columns = (
        Column(speech.say("file"), weight=2.6),
        Column(speech.say("continues"), weight=2.2),
        Column(speech.say("size"), is_number=True, weight=0.8),
        Column("SHA-256", weight=3.4),
    )
    rows: list[Row] = []
    for run in runs:
        before = ", ".join(chain_before(run.path, run.header.continues)[-1:])
        for part in run.parts:
            found = checksum_of(part)
            size = f"{found.size / 1e6:.2f} MB"
            rows.append(row(found.name, before or "–", size, found.sha256))
    yield Table(columns, tuple(rows), speech.say("files-caption"))
    written = {
        (run.provenance.host, _software(run.provenance.software), run.provenance.uuid)
        for run in runs
    }
    yield Items(
        tuple(
            speech.say("written-by", host=host or "–", software=software, uuid=uuid or "–")
            for host, software, uuid in sorted(written)
        )
    )
    yield Paragraph(speech.say("audit-chain"), "faint")


def event_blocks(run: Run, speech: Speech) -> Iterator[Block]:
    """Yield what deviated: alarms, errors, incidents, gaps, clock steps, findings."""
    yield Heading(speech.say("deviations"))
    told = [speech.told(finding) for finding in run.findings]
    told += [
        speech.say("incident", alarms=", ".join(each.alarms), reaction=each.reaction)
        for each in run.incidents
    ]
    begin = run.header.start_ns
    events = [event for event in run.events if event.level in _AUDITED]
    told += [
        f"{(event.time_ns - begin) / 1e9:.0f} s: {speech.told(event.message)}"
        for event in events[:MOST_EVENTS]
    ]
    if len(events) > MOST_EVENTS:
        told.append(speech.say("more-events", count=len(events) - MOST_EVENTS))
    yield Items(tuple(told)) if told else Paragraph(speech.say("no-deviations"))


def signature_blocks(speech: Speech) -> Iterator[Block]:
    """Yield the lines to sign on."""
    yield Heading(speech.say("signatures"))
    yield Signatures(
        (speech.say("tested-by"), speech.say("reviewed-by"), speech.say("approved-by")),
        (speech.say("name"), speech.say("date"), speech.say("signature")),
    )


def _facts(
    speech: Speech, rows: Iterable[Row], *, head: str = "fact", value: str = "value"
) -> Table:
    columns = (Column(speech.say(head), weight=1.0), Column(speech.say(value), weight=2.6))
    return Table(columns, tuple(rows))


def _channel_row(channel: Channel, speech: Speech) -> Row:
    unit, shown = channel.shown_unit, channel.range
    known = math.isfinite(shown.low) and math.isfinite(shown.high)
    low, high = (significant(unit.from_si(value), 4) for value in (shown.low, shown.high))
    return row(
        channel.title.text(speech.language) or channel.name,
        channel.source,
        f"{low} … {high} {unit.label}" if known else "–",
        _stated(channel, speech),
        channel.calibration.id or speech.say("no-certificate"),
        channel.calibration.due or "–",
    )


def _stated(channel: Channel, speech: Speech) -> str:
    stated = channel.uncertainty
    if stated is None:
        return speech.say("not-stated")
    unit = channel.shown_unit
    parts = [
        speech.say("of-reading", value=f"{100 * stated.reading:g} %") if stated.reading else "",
        speech.say("of-range", value=f"{100 * stated.span:g} %") if stated.span else "",
        f"{significant(stated.absolute / unit.factor, 3)} {unit.label}" if stated.absolute else "",
    ]
    return " + ".join(part for part in parts if part) or "–"


def _plain(value: object) -> str:
    return significant(value, 6) if isinstance(value, float) else str(value)


def _software(versions: Mapping[str, str]) -> str:
    own = versions.get("h2bench", "")
    rest = ", ".join(f"{name} {text}" for name, text in versions.items() if name != "h2bench")
    return f"h2bench {own} ({rest})" if rest else f"h2bench {own}"
