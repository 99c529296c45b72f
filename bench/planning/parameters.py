"""The parameters of a protocol: defaults, and what was chosen instead."""

from __future__ import annotations

from collections.abc import Mapping

from bench.config.grammar import ParameterGrammar
from bench.config.protocol import Protocol
from bench.config.quantities import plain
from bench.document import Section
from bench.errors import ConfigError, did_you_mean
from bench.planning.context import Context
from bench.planning.place import Place
from bench.planning.texts import Texts
from bench.step import Scalar
from bench.units import Quantity, quantity, unit


def parameters_of(
    context: Context, protocol: Protocol, given: Mapping[str, Scalar], place: Place | None
) -> dict[str, Quantity]:
    """Return the parameters a protocol runs with; those with problems are spoilt names.

    Args:
        context: What planning needs.
        protocol: Whose parameters.
        given: What was chosen, by the caller or on the command line.
        place: Where it stands in the caller; None: on the command line.
    """
    values = _defaults(context, protocol)
    declared = protocol.file.parameters
    section = protocol.document.section("parameters")
    outer = Texts(context.model, {} if place is None else place.parameters)
    for name, written in given.items():
        where = section / name if place is None else place.section / name
        if name not in declared:
            mark = where.key_mark if place is not None else section.key_mark
            hint = did_you_mean(name, declared)
            context.findings.add(mark, "plan.no-parameter", name=name, hint=hint)
        elif name in values:
            with context.findings.at(where):
                value = _with_unit(outer.quantity(written), declared[name])
                values[name] = _chosen(name, value, values[name], written)
                _check_bounds(name, values[name], declared[name], written)
    return values


def _defaults(context: Context, protocol: Protocol) -> dict[str, Quantity]:
    values: dict[str, Quantity] = {}
    for name, grammar in protocol.file.parameters.items():
        section = protocol.document.section("parameters", name)
        with context.findings.at(section / "default"):
            value = quantity(plain(grammar.default))
            if not _has_wrong_bounds(context, value, grammar, section):
                _check_bounds(name, value, grammar, grammar.default)
            values[name] = value
        if name not in values:
            context.findings.spoil(name)
    return values


def _has_wrong_bounds(
    context: Context, value: Quantity, grammar: ParameterGrammar, section: Section
) -> bool:
    """Find bounds, or a unit of bare numbers, that cannot be read or are of another quantity."""
    before = len(context.findings.problems)
    if grammar.number_in:
        with context.findings.at(section / "number_in"):
            _chosen("number_in", Quantity(1.0, unit(grammar.number_in)), value, grammar.number_in)
    for key, written in (("min", grammar.min), ("max", grammar.max)):
        if written is None:
            continue
        with context.findings.at(section / key):
            if not quantity(plain(written)).unit.converts_to(value.unit):
                shown = value.unit.label or "1"
                raise ConfigError("config.dimension", value=written, unit=shown)
    return len(context.findings.problems) > before


def _with_unit(value: Quantity, grammar: ParameterGrammar) -> Quantity:
    """Return what was chosen; a number without a unit counts in `number_in`."""
    if value.unit.label or not grammar.number_in:
        return value
    assumed = unit(grammar.number_in)
    return Quantity(assumed.to_si(value.value), assumed)


def _chosen(name: str, value: Quantity, default: Quantity, written: Scalar) -> Quantity:
    if not value.unit.converts_to(default.unit):
        shown = default.unit.label
        if not shown:
            raise ConfigError("plan.parameter-plain", name=name, value=written)
        raise ConfigError("plan.parameter-dimension", name=name, value=written, unit=shown)
    return value


def _check_bounds(name: str, value: Quantity, grammar: ParameterGrammar, written: Scalar) -> None:
    for limit, is_low in ((grammar.min, True), (grammar.max, False)):
        if limit is None:
            continue
        bound = quantity(plain(limit))
        if (value.value < bound.value) if is_low else (value.value > bound.value):
            raise ConfigError("plan.parameter-range", name=name, value=written, bound=limit)
