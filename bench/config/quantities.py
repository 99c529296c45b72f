"""Texts of a file as numbers in SI, checked against the quantity that is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.channel import Range
from bench.config.grammar import Bounds
from bench.errors import ConfigError, did_you_mean
from bench.step import Scalar
from bench.units import Quantity, Unit, UnitError, quantity, unit

SECONDS = unit("s")
"""The unit of durations."""


def plain(value: Scalar) -> str | float:
    """Return a value as written; YAML's true and false are the words on and off."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return value


def measure(value: Scalar, wanted: Unit, *, difference: bool = False) -> float:
    """Return a written value in SI, checked against the wanted unit's dimension.

    Raises:
        UnitError: another dimension or reference than wanted.
    """
    given = quantity(plain(value))
    if not given.unit.converts_to(wanted):
        raise misfit(value, wanted)
    return given.difference if difference else given.value


def misfit(value: Scalar, wanted: Unit) -> UnitError:
    """Return the error of a value that is of another quantity than wanted, or has no unit."""
    if not wanted.label:
        return UnitError("config.unit-too-many", value=value)
    if isinstance(value, int | float) or value.replace(".", "", 1).isdigit():
        return UnitError("config.unit-missing", value=value, unit=wanted.label)
    return UnitError("config.dimension", value=value, unit=wanted.label)


def positive(value: Scalar, wanted: Unit) -> float:
    """Return a written value in SI that is above zero.

    Raises:
        ConfigError: zero or less, or another dimension.
    """
    found = measure(value, wanted)
    if not found > 0:
        raise ConfigError("config.not-positive", value=value)
    return found


def not_negative(value: Scalar, wanted: Unit, *, difference: bool = False) -> float:
    """Return a written value in SI that is zero or above.

    Raises:
        ConfigError: below zero, or another dimension.
    """
    found = measure(value, wanted, difference=difference)
    if found < 0:
        raise ConfigError("config.negative", value=value)
    return found


def range_of(bounds: Bounds, wanted: Unit, otherwise: Range) -> Range:
    """Return a written range in SI; a bound that is left open is that of `otherwise`.

    Raises:
        ConfigError: an empty range, or another dimension.
    """
    low = otherwise.low if bounds[0] is None else measure(bounds[0], wanted)
    high = otherwise.high if bounds[1] is None else measure(bounds[1], wanted)
    if not low < high:
        raise ConfigError("config.range-order", low=_shown(bounds[0]), high=_shown(bounds[1]))
    return Range(low, high)


def _shown(bound: Scalar | None) -> Scalar:
    return "…" if bound is None else bound


def per_second(wanted: Unit) -> Unit:
    """Return the unit of a rate of change."""
    length, time, *others = wanted.dimension
    return replace(
        wanted,
        text=f"{wanted.label or '1'}/s",
        dimension=(length, time - 1, *others),
        offset=0.0,
        reference="",
    )


def is_rate_of(given: Quantity, wanted: Unit) -> bool:
    """Return whether a quantity is a rate of change of values in a unit."""
    return given.unit.dimension == per_second(wanted).dimension


def selected(value: Scalar, choices: Sequence[str], wanted: Unit) -> float:
    """Return a written demand in SI: the index of a word of a selector, or a quantity.

    Raises:
        ConfigError: no word of the selector, or another dimension.
    """
    if not choices:
        return measure(value, wanted)
    word = str(plain(value))
    if word not in choices:
        hint = did_you_mean(word, choices)
        raise ConfigError("config.no-choice", word=word, choices=", ".join(choices), hint=hint)
    return float(choices.index(word))
