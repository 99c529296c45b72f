"""Channels as attributes of a run file, and back: what any HDF5 reader sees of a channel."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import cast

from bench.channel import Calibration, Channel, Distribution, Kind, Range, Stored, Uncertainty
from bench.messages import Bilingual
from bench.units import Unit

Attributes = Mapping[str, object]
"""Attribute name → text, number or list of numbers."""

_PARTS = ("reading", "span", "absolute", "resolution", "common", "coverage")
_USUAL = {part: getattr(Uncertainty(), part) for part in _PARTS}


def attributes_of(channel: Channel) -> dict[str, object]:
    """Return a channel as attributes.

    ``units`` is the unit of the values, SI = value × ``si_factor`` + ``si_offset``; the range, the
    absolute uncertainty and the resolution are SI, the other uncertainty parts relative. What is
    as usual is left out: empty texts, no bounds, a factor of 1, an uncertainty's defaults.
    """
    found: dict[str, object] = {
        "name": channel.name,
        "kind": channel.kind.value,
        **_unit_attributes("", channel.unit),
    }
    optional: dict[str, tuple[object, object]] = {
        "title_en": (channel.title.en, ""),
        "title_zh": (channel.title.zh, ""),
        "range_low": (channel.range.low, -math.inf),
        "range_high": (channel.range.high, math.inf),
        "calibration_id": (channel.calibration.id, ""),
        "calibration_due": (channel.calibration.due, ""),
        "source": (channel.source, ""),
    }
    found |= {name: value for name, (value, usual) in optional.items() if value != usual}
    if channel.storage is not None:
        found["storage"] = channel.storage.value
    if channel.display is not None:
        found |= _unit_attributes("display_", channel.display)
    if channel.uncertainty is not None:
        stated = {part: getattr(channel.uncertainty, part) for part in _PARTS}
        found |= {f"uncertainty_{p}": n for p, n in stated.items() if n != _USUAL[p]}
        found["uncertainty_distribution"] = channel.uncertainty.distribution.value
    return found


def channel_from(attributes: Attributes) -> Channel:
    """Return the channel that attributes describe.

    Raises:
        KeyError, TypeError, ValueError: an attribute is missing or no such thing.
    """
    storage = _optional_text(attributes, "storage")
    return Channel(
        name=_text(attributes, "name"),
        kind=Kind(_text(attributes, "kind")),
        unit=_unit(attributes, ""),
        display=_unit(attributes, "display_") if "display_units" in attributes else None,
        range=Range(
            _number(attributes, "range_low", -math.inf),
            _number(attributes, "range_high", math.inf),
        ),
        uncertainty=_uncertainty(attributes),
        calibration=Calibration(
            _optional_text(attributes, "calibration_id"),
            _optional_text(attributes, "calibration_due"),
        ),
        title=Bilingual(
            _optional_text(attributes, "title_en"), _optional_text(attributes, "title_zh")
        ),
        source=_optional_text(attributes, "source"),
        storage=Stored(storage) if storage else None,
    )


def _unit_attributes(prefix: str, unit: Unit) -> dict[str, object]:
    found: dict[str, object] = {
        f"{prefix}units": unit.text,
        f"{prefix}dimension": list(unit.dimension),
    }
    if unit.factor != 1.0:
        found[f"{prefix}si_factor"] = unit.factor
    if unit.offset:
        found[f"{prefix}si_offset"] = unit.offset
    if unit.reference:
        found[f"{prefix}reference"] = unit.reference
    return found


def _unit(attributes: Attributes, prefix: str) -> Unit:
    factor = _number(attributes, f"{prefix}si_factor", 1.0)
    if factor == 0 or not math.isfinite(factor):
        message = f"{prefix}si_factor is {factor}"
        raise ValueError(message)
    return Unit(
        text=_text(attributes, f"{prefix}units"),
        dimension=tuple(map(float, cast("list[float]", attributes[f"{prefix}dimension"]))),
        factor=factor,
        offset=_number(attributes, f"{prefix}si_offset", 0.0),
        reference=_optional_text(attributes, f"{prefix}reference"),
    )


def _uncertainty(attributes: Attributes) -> Uncertainty | None:
    if "uncertainty_distribution" not in attributes:
        return None
    parts = {p: _number(attributes, f"uncertainty_{p}", usual) for p, usual in _USUAL.items()}
    distribution = Distribution(_text(attributes, "uncertainty_distribution"))
    return Uncertainty(distribution=distribution, **parts)


def _text(attributes: Attributes, name: str) -> str:
    value = attributes[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return value


def _optional_text(attributes: Attributes, name: str) -> str:
    return _text(attributes, name) if name in attributes else ""


def _number(attributes: Attributes, name: str, usual: float | None = None) -> float:
    """Return a number; one that JSON does not know stands as text: ``inf``, ``nan``."""
    value = attributes[name] if usual is None else attributes.get(name, usual)
    if not isinstance(value, int | float | str):
        raise TypeError(name)
    return float(value)
