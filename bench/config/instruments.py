"""The instruments of a rig with what their drivers declare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from bench.clock import SECOND
from bench.config.catalogue import drivers
from bench.config.grammar import InstrumentGrammar, RigFile
from bench.config.quantities import SECONDS, positive
from bench.device import Connection, Demand, Driver, LinkKind, Reading
from bench.document import Document, Mark, Section, problems_of
from bench.errors import ConfigError, did_you_mean
from bench.findings import Findings


@dataclass(frozen=True)
class Wired:
    """One instrument of the rig with what its driver declares."""

    connection: Connection
    """As configured."""
    readings: tuple[Reading, ...]
    """What it reads."""
    demands: tuple[Demand, ...]
    """What it takes."""


@dataclass(frozen=True)
class Instruments:
    """All instruments of a rig that are understood."""

    wired: Mapping[str, Wired]
    """By name."""
    readings: Mapping[str, Reading] = field(init=False)
    """``instrument.reading`` → what it is."""
    demands: Mapping[str, tuple[str, int, Demand]] = field(init=False)
    """``instrument.demand`` → instrument, position and what it is."""

    def __post_init__(self) -> None:
        readings = {
            f"{name}.{reading.name}": reading
            for name, entry in self.wired.items()
            for reading in entry.readings
        }
        demands = {
            f"{name}.{demand.name}": (name, position, demand)
            for name, entry in self.wired.items()
            for position, demand in enumerate(entry.demands)
        }
        object.__setattr__(self, "readings", readings)
        object.__setattr__(self, "demands", demands)

    def check_reading(self, source: str, where: Mark, findings: Findings) -> bool:
        """Return whether there is such a reading; a problem if there is none."""
        is_known = source in self.readings
        if not is_known and not findings.is_spoilt(source.partition(".")[0]):
            hint = did_you_mean(source, self.readings)
            findings.add(where, "config.no-reading", reading=source, hint=hint)
        return is_known

    def demand(
        self, target: str, where: Section, findings: Findings
    ) -> tuple[str, int, Demand] | None:
        """Return instrument, position and demand; a problem where there is no such demand."""
        found = self.demands.get(target)
        if found is None and not findings.is_spoilt(target.partition(".")[0]):
            hint = did_you_mean(target, self.demands)
            findings.add(where, "config.no-demand", demand=target, hint=hint)
        return found


def instruments_of(rig: RigFile, document: Document, findings: Findings) -> Instruments:
    """Return the instruments of a rig; those with problems are spoilt names."""
    known = drivers()
    links = _Links(rig, findings)
    wired: dict[str, Wired] = {}
    for name, entry in rig.instruments.items():
        section = document.section("instruments", name)
        if entry.driver not in known:
            hint = did_you_mean(entry.driver, known)
            findings.add(section / "driver", "config.no-driver", driver=entry.driver, hint=hint)
            findings.spoil(name)
            continue
        driver = known[entry.driver]()
        period = _period(rig, entry, driver, section, findings)
        connection = Connection(name, driver, entry.link, period)
        links.take(connection, section / "link")
        found = _wired(connection, entry, section, findings)
        if found is None:
            findings.spoil(name)
        else:
            wired[name] = found
    return Instruments(wired)


def _wired(
    plain: Connection, entry: InstrumentGrammar, section: Section, findings: Findings
) -> Wired | None:
    driver, here = plain.driver, section / "options"
    with findings.at(here):
        options = _options(driver, entry.options, here)
        connection = replace(plain, options=options)
        return Wired(connection, driver.readings(options), driver.demands(options))
    return None


def _options(driver: Driver, given: Mapping[str, Any], section: Section) -> Any:
    """Return the driver's own settings; raises ConfigError with a problem for each wrong one."""
    if driver.options is None:
        if given:
            raise ConfigError("config.no-options", driver=driver.name)
        return None
    try:
        return driver.options.model_validate(given)
    except ValidationError as error:
        problems = problems_of(section.document, error, driver.options, section.path)
        raise ConfigError(
            "document.unusable", file=section.document.name, problems=problems
        ) from error


class _Links:
    """Which links are taken: a bus serves many instruments, another link one."""

    def __init__(self, rig: RigFile, findings: Findings) -> None:
        self._buses = rig.buses
        self._findings = findings
        self._taken: dict[str, str] = {}

    def take(self, connection: Connection, section: Section) -> None:
        """Take a link for an instrument; a problem where that cannot be."""
        link, name = connection.link, connection.name
        if connection.driver.link is LinkKind.CAN:
            if link not in self._buses:
                hint = did_you_mean(link, self._buses)
                self._findings.add(section, "config.no-bus", bus=link, hint=hint)
        elif link in self._taken:
            first = self._taken[link]
            self._findings.add(section, "config.link-twice", link=link, first=first, second=name)
        self._taken.setdefault(link, name)


def _period(
    rig: RigFile, entry: InstrumentGrammar, driver: Driver, section: Section, findings: Findings
) -> int:
    """Return how often an instrument is polled, ns."""
    written = rig.scan.period if entry.period is None else entry.period
    where = section / "period"
    if entry.period is None:
        where = section.document.section("scan", "period")
    period = driver.shortest_period
    with findings.at(where):
        period = positive(written, SECONDS)
        if entry.period is not None and period < driver.shortest_period:
            raise ConfigError(
                "config.period-too-short",
                instrument=driver.name,
                period=SECONDS.shown(period),
                shortest=SECONDS.shown(driver.shortest_period),
            )
    return round(max(period, driver.shortest_period) * SECOND)
