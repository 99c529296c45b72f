"""The channels of a rig: readings under the rig's names, and formulas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from bench.channel import Calibration, Channel, Kind, Range, Stored, Uncertainty
from bench.clock import SECOND
from bench.config.grammar import Bounds, CalibrationGrammar, ChannelGrammar, RigFile
from bench.config.instruments import Instruments
from bench.config.quantities import SECONDS, per_second, positive, range_of
from bench.config.row import Row
from bench.config.uncertainties import stated_uncertainty
from bench.device import Reading
from bench.document import Document, Section
from bench.errors import ConfigError, did_you_mean
from bench.expression import Expression, parse
from bench.findings import Findings
from bench.messages import Bilingual
from bench.model import Rate
from bench.opener import Stated
from bench.units import ONE, Unit, unit

_OWN = (
    ("bench.lateness", unit("ms"), "Lateness of the scan", "扫描延迟"),
    ("bench.overruns", ONE, "Scans that were too late to be caught up", "未能追回的迟到扫描次数"),
)
"""Name, unit and titles of the channels of the bench itself."""


def add_readings(
    rig: RigFile, document: Document, instruments: Instruments, row: Row, findings: Findings
) -> tuple[dict[str, int], dict[str, Stated]]:
    """Add a channel per reading; return instrument → first index, and what is stated of each."""
    names = _names(rig, document, instruments, findings)
    bases: dict[str, int] = {}
    stated: dict[str, Stated] = {}
    for instrument, entry in instruments.wired.items():
        bases[instrument] = len(row.channels)
        age = max(3 * entry.connection.period / SECOND, 0.5)
        for reading in entry.readings:
            source = f"{instrument}.{reading.name}"
            name = names.get(source)
            channel = _measured(source, reading)
            section = document.section("channels", name or source)
            if name is not None:
                named = replace(channel, name=name)
                channel = _described(named, rig.channels[name], section, findings)
            row.add(channel, section.key_mark, age=age)
            stated[source] = Stated(channel.uncertainty, channel.range, channel.calibration)
    return bases, stated


def _names(
    rig: RigFile, document: Document, instruments: Instruments, findings: Findings
) -> dict[str, str]:
    """Return ``instrument.reading`` → channel; a name whose source is in doubt is spoilt."""
    named: dict[str, str] = {}
    for name, grammar in rig.channels.items():
        section = document.section("channels", name)
        if "." not in name:
            findings.add(section.key_mark, "config.channel-name", name=name)
        said = (grammar.source, grammar.compute, grammar.rate)
        if sum(each is not None for each in said) != 1:
            findings.add(section.key_mark, "config.from-or-compute", name=name)
            findings.spoil(name)
        source, here = grammar.source, section / "from"
        if source is None:
            continue
        if not instruments.check_reading(source, here.mark, findings):
            findings.spoil(name)
        elif source in named:
            findings.add(here, "config.reading-twice", reading=source, first=named[source])
            findings.spoil(name)
        else:
            named[source] = name
    return named


def _measured(source: str, reading: Reading) -> Channel:
    return Channel(
        source,
        Kind.MEASURED,
        reading.unit,
        range=reading.range,
        uncertainty=reading.uncertainty,
        source=source,
    )


def _described(
    channel: Channel, grammar: ChannelGrammar, section: Section, findings: Findings
) -> Channel:
    """Return a channel with what the rig says of it."""
    wanted = _unit(grammar.unit, channel.unit, section / "unit", findings)
    display = _unit(grammar.display, wanted, section / "display", findings)
    return replace(
        channel,
        unit=wanted,
        display=None if grammar.display is None else display,
        range=written_range(grammar.range, wanted, channel.range, section / "range", findings),
        uncertainty=_uncertainty(grammar, channel, wanted, section / "uncertainty", findings),
        calibration=_calibration(
            grammar.calibration, channel.calibration, section / "calibration", findings
        ),
        title=grammar.title,
        storage=None if grammar.stored is None else Stored[grammar.stored.upper()],
    )


def _unit(text: str | None, wanted: Unit, section: Section, findings: Findings) -> Unit:
    if text is None:
        return wanted
    with findings.at(section):
        given = unit(text)
        if given.dimension != wanted.dimension or (
            wanted.reference and given.reference != wanted.reference
        ):
            raise ConfigError("config.dimension", value=text, unit=wanted.label or "1")
        return given
    return wanted


def written_range(
    bounds: Bounds | None, wanted: Unit, otherwise: Range, section: Section, findings: Findings
) -> Range:
    """Return a written range, or `otherwise` where there is none or it cannot be read."""
    if bounds is not None:
        with findings.at(section):
            return range_of(bounds, wanted, otherwise)
    return otherwise


def _uncertainty(
    grammar: ChannelGrammar, channel: Channel, wanted: Unit, section: Section, findings: Findings
) -> Uncertainty | None:
    if grammar.uncertainty is not None:
        with findings.at(section):
            return stated_uncertainty(grammar.uncertainty, wanted)
    return channel.uncertainty


def _calibration(
    grammar: CalibrationGrammar | None,
    otherwise: Calibration,
    section: Section,
    findings: Findings,
) -> Calibration:
    if grammar is None:
        return otherwise
    with findings.at(section / "due"):
        check_date(grammar.due)
    return Calibration(grammar.id, grammar.due)


def check_date(text: str) -> None:
    """Check that a text, where there is one, is a day of the calendar.

    Raises:
        ConfigError: it is none: 2026-02-30.
    """
    try:
        date.fromisoformat(text or "2000-01-01")
    except ValueError as error:
        raise ConfigError("config.no-date", text=text) from error


def add_own(document: Document, row: Row) -> None:
    """Add the channels of the bench itself, which its scan cycle puts into each row."""
    for name, measure, english, chinese in _OWN:
        shown = Bilingual(english, chinese)
        where = document.section("rig").key_mark
        row.add(Channel(name, Kind.COMPUTED, measure, title=shown, source=name), where)


def add_rates(rig: RigFile, document: Document, row: Row, findings: Findings) -> None:
    """Add the channels that say how fast readings change."""
    read = {channel.name: i for i, channel in enumerate(row.channels)}
    for name, grammar in rig.channels.items():
        if grammar.rate is None:
            continue
        section = document.section("channels", name)
        with findings.at(section / "rate"):
            over = round(positive(grammar.rate.over, SECONDS) * SECOND)
            of = read.get(grammar.rate.of)
            if of is None or row.channels[of].kind is not Kind.MEASURED:
                hint = did_you_mean(grammar.rate.of, read)
                raise ConfigError("stops.no-rate-of", name=grammar.rate.of, hint=hint)
            measure = per_second(row.channels[of].unit)
            source = f"d/dt {grammar.rate.of}"
            plain = Channel(name, Kind.COMPUTED, measure, source=source)
            channel = _described(plain, grammar, section, findings)
            row.rates.append(Rate(row.add(channel, section.key_mark), of, over))
            continue
        findings.spoil(name)


def add_computed(rig: RigFile, document: Document, row: Row, findings: Findings) -> None:
    """Add the computed channels, each after those it needs."""
    waiting = _parsed(rig, document, findings)
    while waiting:
        ready = [name for name, formula in waiting.items() if not formula.names & waiting.keys()]
        if not ready:
            _tell_circle(waiting, document, findings)
            return
        name = ready[0]
        section = document.section("channels", name)
        _compute(waiting.pop(name), rig.channels[name], section, row, findings)


def _compute(
    formula: Expression, grammar: ChannelGrammar, section: Section, row: Row, findings: Findings
) -> None:
    name = str(section.path[-1])
    with findings.at(section / "compute"):
        resolved = row.resolved(formula)
        plain = Channel(name, Kind.COMPUTED, resolved.unit, source=formula.text)
        channel = _described(plain, grammar, section, findings)
        row.add_computed(channel, resolved, section.key_mark)
        return
    findings.spoil(name)


def _parsed(rig: RigFile, document: Document, findings: Findings) -> dict[str, Expression]:
    parsed: dict[str, Expression] = {}
    for name, grammar in rig.channels.items():
        if grammar.compute is None:
            continue
        with findings.at(document.section("channels", name, "compute")):
            parsed[name] = parse(grammar.compute)
        if name not in parsed:
            findings.spoil(name)
    return parsed


def _tell_circle(waiting: Mapping[str, Expression], document: Document, findings: Findings) -> None:
    circle = dict(waiting)
    while loose := [n for n in circle if not any(n in f.names for f in circle.values())]:
        for name in loose:
            del circle[name]
    for name, formula in circle.items():
        needs = ", ".join(sorted(formula.names & circle.keys()))
        section = document.section("channels", name, "compute")
        findings.add(section, "config.compute-circle", name=name, needs=needs)
    for name in waiting:
        findings.spoil(name)
