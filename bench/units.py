"""Units at the boundary: texts become numbers in coherent SI, and numbers texts.

Inside h2bench every number is in coherent SI units (rad/s, N·m, kg/s, K, Pa, W, mol/s, 1). A
`Unit` knows how to come from and go to SI; pint knows the unit definitions (``units.txt``).
Gauge and absolute pressure do not convert into one another without a barometer, nor does a
share of the lower flammable limit into a mole fraction: that *reference* is part of the unit.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import pint

from bench.errors import ConfigError, did_you_mean, nearest
from bench.messages import Message

Dimension = tuple[float, ...]
"""Exponents of length, time, mass, current, temperature, amount of substance."""

_BASES = ("[length]", "[time]", "[mass]", "[current]", "[temperature]", "[substance]")
DIMENSIONLESS: Dimension = (0.0,) * len(_BASES)

_PRESSURE: Dimension = (-1.0, -2.0, 1.0, 0.0, 0.0, 0.0)
_REFERENCES = {"_g": "gauge", "(g)": "gauge", "_a": "", "(a)": "", "LFL": "LFL"}
_SPELLINGS = {
    "°C": "degC", "℃": "degC", "%": "percent", "％": "percent", "·": "*", "µ": "u", "μ": "u",
    "²": "**2", "³": "**3", "^": "**", "Ω": "ohm",
}  # fmt: skip

# Only products and quotients of words and powers reach pint, which would compute anything else.
_WORD = r"(?:1|%|％|°C|℃|[A-Za-zµμΩ][A-Za-z0-9_µμΩ]*)"
_POWER = r"(?:\s*(?:\*\*|\^)\s*[+-]?\d{1,2}(?:\.\d{1,3})?|[²³])?"
_PRODUCT = re.compile(rf"{_WORD}{_POWER}(?:\s*[*/·]\s*{_WORD}{_POWER})*", re.ASCII)
_LONGEST = 60


class UnitError(ConfigError):
    """A text that is no unit, or no quantity of the wanted dimension."""


@dataclass(frozen=True)
class Unit:
    """A unit: SI value = number × factor + offset."""

    text: str
    """As a person writes it: ``rpm``, ``degC``, ``bar_g``."""
    dimension: Dimension
    """Exponents of the base dimensions."""
    factor: float
    """SI value of one step of the unit."""
    offset: float = 0.0
    """SI value at the unit's zero (273.15 for degC)."""
    reference: str = ""
    """What zero or one hundred refers to: ``gauge``, ``LFL``; empty: absolute."""

    def to_si(self, number: float) -> float:
        """Return the SI value of a number in this unit."""
        return number * self.factor + self.offset

    def from_si(self, value: float) -> float:
        """Return the number in this unit of an SI value."""
        return (value - self.offset) / self.factor

    def shown(self, value: float, digits: int = 4) -> str:
        """Return an SI value as text with this unit, in significant digits."""
        return f"{significant(self.from_si(value), digits)} {self.label}".rstrip()

    def converts_to(self, other: Unit) -> bool:
        """Return whether values in this unit are values in the other."""
        return self.dimension == other.dimension and self.reference == other.reference

    @property
    def label(self) -> str:
        """The unit as shown to people."""
        return _LABELS.get(self.text, self.text.replace("*", "·"))


_LABELS = {"degC": "°C", "percent": "%", "1": "", "": ""}

ONE = Unit("", DIMENSIONLESS, 1.0)
"""The unit of pure numbers."""


@dataclass(frozen=True)
class Quantity:
    """A value in SI with the unit it was written in."""

    value: float
    """SI value."""
    unit: Unit
    """Unit as written."""

    def __str__(self) -> str:
        return self.unit.shown(self.value, 7)

    @property
    def difference(self) -> float:
        """The SI value read as a difference: 5 degC is 5 K."""
        return self.value - self.unit.offset


def significant(number: float, digits: int = 4) -> str:
    """Return a number with so many significant digits, without an exponent where readable."""
    if not math.isfinite(number):
        return str(number)
    if number == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(number)))
    if not -5 <= magnitude < 9:
        return f"{number:.{digits - 1}e}"
    return f"{number:.{max(digits - 1 - magnitude, 0)}f}"


@cache
def unit(text: str) -> Unit:
    """Return the unit a text names.

    Raises:
        UnitError: no such unit; names the nearest valid word.
    """
    bare, reference, dimension_wanted = _without_reference(text.strip())
    if bare in {"", "1"} and not reference:
        return Unit(text.strip(), DIMENSIONLESS, 1.0)
    dimension, factor, zero = _parsed(bare, text)
    if dimension_wanted not in {None, dimension}:
        raise _unknown(text)
    return Unit(text.strip(), dimension, factor, zero, reference)


def _parsed(bare: str, text: str) -> tuple[Dimension, float, float]:
    """Return dimension, SI value of one step, and SI value of zero."""
    if len(bare) > _LONGEST or not _PRODUCT.fullmatch(bare):
        raise _unknown(text)
    for spelling, word in _SPELLINGS.items():
        bare = bare.replace(spelling, word)
    registry = _registry()
    try:
        parsed = registry.parse_units(bare)
        factor, _ = registry.get_base_units(parsed)
        zero = registry.Quantity(0, parsed).to_base_units().magnitude
    except (pint.PintError, AttributeError, ValueError, OverflowError) as error:
        raise _unknown(text) from error
    exponents = dict(parsed.dimensionality)
    return tuple(float(exponents.get(base, 0)) for base in _BASES), float(factor), float(zero)


_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def quantity(text: object) -> Quantity:
    """Return the quantity a text or number gives: a number, then a unit (none: a pure number).

    It takes whatever a file may hold at that place.

    Raises:
        UnitError: no number, an unknown unit, a decimal comma.
    """
    if isinstance(text, bool):
        raise UnitError("unit.no-number", text=str(text).lower())
    if isinstance(text, int | float):
        if not math.isfinite(text):
            raise UnitError("unit.no-number", text=text)
        return Quantity(float(text), ONE)
    found = _NUMBER.match(text.strip()) if isinstance(text, str) else None
    if found is None or not isinstance(text, str):
        raise UnitError("unit.no-number", text=text)
    rest = text.strip()[found.end() :]
    if rest.startswith(","):
        raise UnitError("unit.decimal-comma", text=text)
    measure = unit(rest.strip())
    value = measure.to_si(float(found.group()))
    if not math.isfinite(value):
        raise UnitError("unit.too-large", text=text)
    return Quantity(value, measure)


def is_unit(word: str) -> bool:
    """Return whether a word names a unit."""
    try:
        unit(word)
    except UnitError:
        return False
    return True


def _without_reference(text: str) -> tuple[str, str, Dimension | None]:
    """Return the text without its reference, the reference, and the dimension that has it."""
    for suffix, reference in _REFERENCES.items():
        if text.endswith(suffix) and len(text) > len(suffix):
            wanted = DIMENSIONLESS if reference == "LFL" else _PRESSURE
            return text.removesuffix(suffix).strip(), reference, wanted
    return text, "", None


def _unknown(text: str) -> UnitError:
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    hint = did_you_mean(shown, _names()) if nearest(shown, _names()) else _USUAL
    return UnitError("unit.unknown", unit=shown, hint=hint)


_COMMON = (
    "rpm", "N*m", "kg/h", "g/s", "degC", "K/min", "kPa", "MPa", "mbar", "bar_g", "kPa_g", "kW",
    "kWh", "MJ/kg", "g/kWh", "mV", "mA", "A/cm^2", "mm", "ms", "Ln/min", "m3n/h", "%LFL", "%",
)  # fmt: skip
_USUAL = Message("word.valid", {"words": ", ".join(_COMMON)})


@cache
def _names() -> tuple[str, ...]:
    """Return the names in the unit definitions, and the usual combinations."""
    text = _DEFINITIONS.read_text(encoding="utf-8")
    lines = [line.split("=") for line in text.splitlines() if "=" in line]
    names = (part.strip() for line in lines for part in (line[0], *line[2:]))
    return (*_COMMON, *(name for name in names if name.isidentifier()))


_DEFINITIONS = Path(__file__).with_name("units.txt")


@cache
def _registry() -> Any:  # pint types its registry only in parts
    return cast("Any", pint.UnitRegistry(str(_DEFINITIONS), autoconvert_offset_to_baseunit=True))
