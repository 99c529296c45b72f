"""What a test object accumulates, from texts to `Counter`."""

from __future__ import annotations

from collections.abc import Mapping

from bench.config.grammar import CounterGrammar
from bench.document import Section
from bench.errors import ConfigError
from bench.expression import Resolved
from bench.findings import Findings, part
from bench.limit import Reader, condition_of
from bench.model import Counter, CounterKind
from bench.units import ONE, Unit, unit

_HOURS = unit("h")
_SECONDS = unit("s")


def resolved_counters(
    written: Mapping[str, CounterGrammar], reader: Reader, section: Section, findings: Findings
) -> tuple[Counter, ...]:
    """Return counters in SI; what cannot be read goes to the findings.

    Args:
        written: Counters by name.
        reader: Gives texts their meaning.
        section: Where they stand.
        findings: Takes the problems.
    """
    found: list[Counter] = []
    for name, grammar in written.items():
        with findings.at(section / name):
            found.append(_resolved(name, grammar, reader, section / name, findings))
    return tuple(found)


def _resolved(
    name: str, grammar: CounterGrammar, reader: Reader, section: Section, findings: Findings
) -> Counter:
    ways = {
        CounterKind.TIME: grammar.during,
        CounterKind.EDGES: grammar.count,
        CounterKind.INTEGRAL: grammar.integrate,
    }
    given = [(kind, text) for kind, text in ways.items() if text is not None]
    if len(given) > 1:
        raise ConfigError("counter.one-way", name=name)
    own = None if grammar.unit is None else unit(grammar.unit)
    if not given:
        return Counter(name, CounterKind.SEQUENCE, own or ONE, None, grammar.title)
    kind, text = given[0]
    if kind is CounterKind.INTEGRAL:
        with part("integrate"):
            expression = reader.expression(text)
        own = _unit_of_integral(expression, own, text)
    else:
        where = section / ("while" if kind is CounterKind.TIME else "count")
        expression = condition_of(text, reader, where, findings)
        own = own or (_HOURS if kind is CounterKind.TIME else ONE)
        wanted = _SECONDS if kind is CounterKind.TIME else ONE
        if own.dimension != wanted.dimension:
            raise ConfigError("config.dimension", value=own.text, unit=wanted.text or "1")
    return Counter(name, kind, own, expression, grammar.title)


def _unit_of_integral(expression: Resolved, own: Unit | None, text: str) -> Unit:
    length, time, *others = expression.unit.dimension
    if own is None:
        raise ConfigError("counter.no-unit", text=text)
    if expression.is_condition or own.dimension != (length, time + 1.0, *others):
        shown = expression.unit.label or "1"
        raise ConfigError("counter.integral", text=text, unit=own.text, given=shown)
    return own
