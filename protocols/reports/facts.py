"""What a report says of what was tested and how: object, rig, gas, protocol, who signs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, cast

from bench.config.grammar import ObjectFile, ProtocolFile
from bench.document import parse, validated
from bench.messages import Bilingual, Message
from bench.record.layout.iso_time import iso
from bench.runs import Run
from bench.units import unit
from protocols.reports.blocks import (
    Block,
    Column,
    Heading,
    Paragraph,
    Row,
    Signatures,
    Source,
    Table,
    row,
)
from protocols.reports.speech import Speech, day, shown_unit, trimmed

PEOPLES_UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {"m^3": "L", "W": "kW", "rad/s": "rpm", "m": "mm", "m^2": "cm^2", "Pa": "bar"}
)
"""Units in which a kind of object may state its numbers → those in which people read them."""
_NUMBER: Final = re.compile(r"(?<=\d)\.(\d*?)0+(?=\D|$)")


def titles_of(run: Run) -> Bilingual:
    """Return what people call the protocol of a run, as its recorded text says; else its name."""
    name = f"protocols/{run.header.protocol_name}.yaml"
    text = run.texts.get(name)
    if text is None:
        return Bilingual(run.header.title or run.header.protocol_name)
    return validated(parse(text, name), ProtocolFile).title


def object_blocks(run: Run, speech: Speech, extra: Sequence[Row] = ()) -> Iterator[Block]:
    """Yield what was tested, where and with which gas.

    Args:
        run: whose header says it.
        speech: in which language.
        extra: more rows, such as how the run ended.
    """
    header = run.header
    yield Heading(speech.say("object"))
    rows = [
        row(speech.say("kind"), header.object_kind),
        row(speech.say("serial"), header.object_serial or "–"),
        *_object_rows(run, speech),
        row(speech.say("rig"), header.rig_name),
        row(speech.say("operator"), header.operator or "–"),
        row(speech.say("begin"), day(iso(header.start_utc_ns)) + " UTC"),
        *extra,
        *(row(f"{speech.say('gas')} {name}", value) for name, value in _gas_of(run, speech)),
    ]
    yield facts_table(speech, rows)


def protocol_blocks(runs: Sequence[Run], speech: Speech) -> Iterator[Block]:
    """Yield the protocols as run with their parameters, and the checksums of all recorded texts."""
    yield Heading(speech.say("protocol"))
    for name in dict.fromkeys(run.header.protocol_name for run in runs):
        own = [run for run in runs if run.header.protocol_name == name]
        parameters = _parameters(own)
        if parameters:
            yield facts_table(speech, parameters, head="parameter", value="value")
        file = f"protocols/{name}.yaml"
        for text in dict.fromkeys(run.texts[file] for run in own if file in run.texts):
            yield Source(file, text)
    yield from _texts(runs, speech)


def signature_blocks(speech: Speech) -> Iterator[Block]:
    """Yield the lines to sign on."""
    yield Heading(speech.say("signatures"))
    yield Signatures(
        (speech.say("tested-by"), speech.say("reviewed-by"), speech.say("approved-by")),
        (speech.say("name"), speech.say("date"), speech.say("signature")),
    )


def facts_table(
    speech: Speech, rows: Iterable[Row], *, head: str = "fact", value: str = "value"
) -> Table:
    """Return what is told as name and value."""
    columns = (Column(speech.say(head), weight=1.0), Column(speech.say(value), weight=2.6))
    return Table(columns, tuple(rows))


def _parameters(runs: Sequence[Run]) -> list[Row]:
    """Return the parameters of a protocol; where runs differ, all values."""
    values: dict[str, dict[str, None]] = {}
    for run in runs:
        for name, text in run.header.parameters.items():
            values.setdefault(name, {})[_NUMBER.sub(_without_zeros, text)] = None
    return [row(name.replace("_", " "), "; ".join(found)) for name, found in values.items()]


def _without_zeros(found: re.Match[str]) -> str:
    return f".{found.group(1)}" if found.group(1) else ""


def _texts(runs: Sequence[Run], speech: Speech) -> Iterator[Block]:
    """Yield every text that was recorded; one that changed between runs has several checksums."""
    found: dict[tuple[str, str], int] = {}
    for run in runs:
        for name, text in run.texts.items():
            key = (name, hashlib.sha256(text.encode("utf-8", "replace")).hexdigest())
            found[key] = found.get(key, 0) + 1
    if not found:
        return
    columns = (
        Column(speech.say("text"), weight=2.4),
        Column(speech.say("runs"), is_number=True, weight=0.5),
        Column("SHA-256", weight=4.0),
    )
    rows = tuple(row(name, f"{count}", digest) for (name, digest), count in sorted(found.items()))
    yield Table(columns, rows, speech.say("texts-caption"))
    if len({name for name, _ in found}) < len(found):
        yield Paragraph(speech.say("texts-changed"), "open")


def _object_rows(run: Run, speech: Speech) -> Iterator[Row]:
    """Yield the numbers of the test object, in people's units."""
    name = f"objects/{run.header.object_kind}.yaml"
    text = run.texts.get(name)
    stated = {} if text is None else validated(parse(text, name), ObjectFile).data
    for each, value in run.header.object_data.items():
        of = stated.get(each, "1")
        named = of if isinstance(of, str) else of.unit
        named = PEOPLES_UNITS.get(named, named)
        shown = trimmed(unit(named).from_si(value)) if isinstance(value, float) else str(value)
        yield row(_word(speech, each), f"{shown} {shown_unit(named)}".strip())


def _gas_of(run: Run, speech: Speech) -> Iterator[tuple[str, str]]:
    """Yield what the gas certificate says; fractions with their standard uncertainty."""
    for name, value in run.gas.items():
        if isinstance(value, Mapping):
            shares = cast("Mapping[str, Sequence[float]]", value)
            told = [f"{gas} {_share(mean, u)}" for gas, (mean, u) in shares.items()]
            yield _word(speech, name), "; ".join(told) or "–"
        elif isinstance(value, float):
            kelvin = " K" if name.endswith("temperature") else ""
            yield _word(speech, name), trimmed(value) + kelvin
        else:
            yield _word(speech, name), str(value) or "–"


def _share(mean: float, uncertainty: float) -> str:
    factor, named = (1e6, "µmol/mol") if abs(mean) < 1e-3 else (100.0, "%")
    return f"{trimmed(factor * mean, 4)} ± {trimmed(factor * uncertainty, 2)} {named}"


def _word(speech: Speech, name: str) -> str:
    """Return what people call a number of an object or a gas; else its own name."""
    word = f"data-{name.replace('_', '-')}"
    found = speech.say(word)
    return name.replace("_", " ") if found == Message(f"report.{word}").id else found
