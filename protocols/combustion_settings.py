"""How the cycles of a run are to be evaluated: dimensions and limits recorded with it.

What the rig sets in the indicating system comes first, because it counted with the same numbers.
Dimensions that are not set there are those of the test object.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, cast

from analysis.combustion.abnormal import AbnormalLimits
from analysis.combustion.capture_results import CaptureSettings
from analysis.combustion.geometry import CylinderGeometry
from analysis.combustion.screening import ScreeningLimits
from analysis.combustion.sensitivity import InstrumentUncertainty
from bench.document import parse
from bench.errors import ConfigError
from bench.record.port import Header, StoredChannel
from bench.units import UnitError, quantity, unit

BORE, ROD, RATIO, CYLINDERS = "bore", "rod", "compression_ratio", "cylinders"
"""Data of a hydrogen engine; the stroke follows from its displacement."""
_UNITS: Final = {
    "bore": "m",
    "stroke": "m",
    "rod": "m",
    "compression": "1",
    "knock": "Pa",
    "misfire": "1",
    "pre_ignition": "deg",
    "backfire": "Pa",
}
"""Option of the indicating system → a unit of its dimension."""
_LARGEST_COUNT = 32767


def options_of(header: Header, instrument: str) -> Mapping[str, float]:
    """Return what the rig sets in an instrument, SI; what cannot be read is not set."""
    try:
        data: Any = parse(header.rig_text, "rig").data
    except ConfigError:  # a file of another program: nothing is known of its rig
        return {}
    for key in ("instruments", instrument, "options"):
        data = cast("dict[str, Any]", data).get(key) if isinstance(data, dict) else None
    given = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    return {
        name: value
        for name, wanted in _UNITS.items()
        if name in given and math.isfinite(value := _si(given[name], wanted))
    }


def _si(text: object, wanted: str) -> float:
    try:
        found = quantity(cast("str | float", text))
    except UnitError:
        return math.nan
    return found.value if found.unit.converts_to(unit(wanted)) else math.nan


def geometry_of(header: Header, options: Mapping[str, float]) -> CylinderGeometry | None:
    """Return the dimensions of a cylinder; None: they are not known.

    Raises:
        ValueError: nothing of these dimensions can be built.
    """
    data = header.object_data
    bore = options.get("bore", _number(data, BORE))
    swept = _number(data, "displacement") / _number(data, CYLINDERS)
    stroke = options.get("stroke", swept / (math.pi / 4.0 * bore**2) if bore > 0.0 else math.nan)
    rod = options.get("rod", _number(data, ROD))
    ratio = options.get("compression", _number(data, RATIO))
    if not all(map(math.isfinite, (bore, stroke, rod, ratio))):
        return None
    return CylinderGeometry(bore=bore, stroke=stroke, rod=rod, compression_ratio=ratio)


def _number(data: Mapping[str, object], name: str) -> float:
    value = data.get(name)
    return float(value) if isinstance(value, int | float) and value > 0.0 else math.nan


def settings_of(
    options: Mapping[str, float], pressure: StoredChannel, intake: StoredChannel | None
) -> CaptureSettings:
    """Return limits and uncertainties.

    Args:
        options: of the indicating system, SI.
        pressure: channel of the cylinder pressure.
        intake: channel of the intake pressure; None: there is none.
    """
    usual = AbnormalLimits()
    early = options.get("pre_ignition")
    return CaptureSettings(
        abnormal=replace(
            usual,
            mapo=options.get("knock", usual.mapo),
            misfire_share=options.get("misfire", usual.misfire_share),
            early_deg=usual.early_deg if early is None else math.degrees(early),
            intake_spike=options.get("backfire", usual.intake_spike),
        ),
        screening=ScreeningLimits(full_scale=_full_scale(pressure)),
        instruments=_instruments(pressure, intake),
    )


def _full_scale(pressure: StoredChannel) -> float:
    """Return where converter or sensor end, Pa."""
    counts = math.inf
    if pressure.dtype == "<i2":
        counts = pressure.channel.unit.to_si(_LARGEST_COUNT * pressure.scale)
    return min(counts, pressure.channel.range.high)


def _instruments(pressure: StoredChannel, intake: StoredChannel | None) -> InstrumentUncertainty:
    """Return the uncertainties that the channels state; the encoder's is an engineering default."""
    usual = InstrumentUncertainty()
    stated = pressure.channel.uncertainty
    gain = usual.gain if stated is None else stated.reading / stated.divisor
    pegging = usual.pegging
    if intake is not None and intake.channel.uncertainty is not None:
        channel = intake.channel
        pegging = intake.channel.uncertainty.standard(2e5, channel.range.span)
    return replace(usual, gain=gain, pegging=pegging)
