"""The inputs of a DAQ970A as a rig describes them, and what a reading of each one means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bench.channel import Range, Uncertainty
from bench.device import Reading
from bench.errors import ConfigError
from bench.units import Quantity, Unit, quantity, unit

Measure = Literal[
    "TC,B", "TC,E", "TC,J", "TC,K", "TC,N", "TC,R", "TC,S", "TC,T",
    "PT100", "PT100,4-wire", "voltage", "current",
]  # fmt: skip
"""What an input measures: a thermocouple type, a Pt100 (2-wire or 4-wire), volts, amperes."""

SENSOR_RANGES = {
    "TC,B": (250.0, 1820.0), "TC,E": (-200.0, 1000.0), "TC,J": (-200.0, 1200.0),
    "TC,K": (-200.0, 1250.0), "TC,N": (-200.0, 1300.0), "TC,R": (0.0, 1760.0),
    "TC,S": (0.0, 1760.0), "TC,T": (-200.0, 400.0),
    "PT100": (-200.0, 600.0), "PT100,4-wire": (-200.0, 600.0),
}  # fmt: skip
"""What temperature sensors show, °C (IEC 60584-1, IEC 60751 within the instrument's range)."""

LOOP_FAULT = Range(3.6e-3, 21e-3)
"""A 4-20 mA transmitter outside of this reports a fault, A (NAMUR NE 43)."""
SCALE_RESERVE = 1.05
"""Share of a scale's upper end that the measuring range must hold: 21 mA of 20 mA."""
LIVE_ZERO = 4e-3
"""Current of a live-zero loop at the lower end of its scale, A."""

NPLC = (0.02, 0.2, 1.0, 2.0, 10.0, 20.0, 100.0, 200.0)
"""Integration times the instrument offers, power line cycles."""
VOLT_RANGES = (0.1, 1.0, 10.0, 100.0, 300.0)
AMPERE_RANGES = (1e-3, 10e-3, 100e-3, 1.0)
"""Measuring ranges of the instrument, V and A."""

_VOLTAGE = Uncertainty(reading=35e-6, span=5e-6)
_CURRENT = Uncertainty(reading=500e-6, span=300e-6)
_THERMOCOUPLE = Uncertainty(absolute=1.0)
_RESISTANCE = Uncertainty(absolute=0.06)


class Input(BaseModel):
    """One input of a DAQ970A in a rig."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: int = Field(ge=101, le=322)
    """Slot and channel: 101 is channel 1 in slot 1."""
    measure: Measure
    """What is measured."""
    unit: str = ""
    """Unit of the reading; empty: that of the scale, else degC, V or mA."""
    scale: dict[str, str | float] = Field(default_factory=dict[str, str | float])
    """Two points: ``{4 mA: 0 kg/h, 20 mA: 40 kg/h}``."""
    range: tuple[str, str] | None = None
    """Lowest and highest value, with units; None: those of sensor or scale."""
    shunt: str = ""
    """Resistor across a voltage channel that measures a current: ``100 ohm``."""
    nplc: float = 1.0
    """Integration time in power line cycles, one of `NPLC`."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        number = self.channel % 100
        if not 1 <= number <= 22:
            raise ConfigError("device.input-channel", channel=self.channel)
        if (number > 20) != (self.measure == "current" and not self.shunt):
            raise ConfigError("device.input-current-channel", channel=self.channel)
        if self.measure == "PT100,4-wire" and number > 10:
            raise ConfigError("device.input-four-wire", channel=self.channel)
        if self.nplc not in NPLC:
            raise ConfigError("device.input-nplc", valid=", ".join(f"{each:g}" for each in NPLC))
        line_of("", self)  # whatever does not fit together is found here
        return self


class DaqOptions(BaseModel):
    """Settings of a DAQ970A in a rig."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    inputs: dict[str, Input] = Field(min_length=1)
    """Reading → input."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        channels = [each.channel for each in self.inputs.values()]
        paired = [each.channel + 10 for each in self.inputs.values() if "4-wire" in each.measure]
        for channel in channels:
            if (channels + paired).count(channel) > 1:
                raise ConfigError("device.input-twice", channel=channel)
        return self

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The inputs in the order of the rig, ready for use."""
        return tuple(line_of(name, each) for name, each in self.inputs.items())

    @property
    def shunts(self) -> Mapping[str, float]:
        """Terminal → resistor across it, ohm."""
        return {str(line.channel): line.shunt for line in self.lines if line.shunt}


@dataclass(frozen=True)
class Line:
    """What happens between an input and its reading."""

    channel: int
    """Slot and channel."""
    reading: Reading
    """What it gives."""
    configure: str
    """Command that sets it up, without its channels: ``CONF:TEMP TC,K``."""
    function: str
    """Function of the multimeter: ``TEMP``, ``VOLT:DC``, ``CURR:DC``."""
    nplc: float
    """Integration time in power line cycles."""
    slope: float
    """Number of the reading per number on the wire (°C, V, A)."""
    offset: float
    """Number of the reading where the wire says 0."""
    valid: Range
    """Numbers on the wire outside of this are a fault of the transmitter."""
    shunt: float = 0.0
    """Resistor across the terminals, ohm; 0: none."""


def line_of(name: str, given: Input) -> Line:
    """Return what an input of a rig amounts to.

    Raises:
        ConfigError: scale, range, shunt and unit do not fit together.
    """
    if given.measure in SENSOR_RANGES:
        return _temperature(name, given)
    return _electrical(name, given)


def _temperature(name: str, given: Input) -> Line:
    celsius = unit("degC")
    shown = _shown_unit(given, celsius)
    low, high = SENSOR_RANGES[given.measure]
    span = _range(given, shown, Range(celsius.to_si(low), celsius.to_si(high)))
    kind, _, probe = given.measure.partition(",")
    if kind == "TC":
        words, uncertainty = f"TC,{probe}", _THERMOCOUPLE
    else:
        words, uncertainty = ("FRTD,85" if probe else "RTD,85"), _RESISTANCE
    return Line(
        channel=given.channel,
        reading=Reading(name, shown, span, uncertainty),
        configure=f"CONF:TEMP {words}",
        function="TEMP",
        nplc=given.nplc,
        slope=1.0 / shown.factor,
        offset=shown.from_si(celsius.to_si(0.0)),
        valid=Range(),
    )


def _electrical(name: str, given: Input) -> Line:
    is_loop = given.measure == "current"
    natural = unit("A" if is_loop else "V")
    scale = _scale(given, natural)
    ohms = _ohms(given)
    shown = _shown_unit(given, scale[0][1].unit if scale else unit("mA") if is_loop else natural)
    if scale:
        slope, offset = _straight(scale, shown)
        ends = [value.value for _, value in scale]
        highest = SCALE_RESERVE * max(abs(point) for point, _ in scale)
    else:
        slope, offset = 1.0 / shown.factor, 0.0
        ends = [-1.0, 1.0] if is_loop else [-10.0, 10.0]
        highest = ends[1]
    valid = Range()
    if is_loop and scale and min(point for point, _ in scale) >= LIVE_ZERO:
        valid = LOOP_FAULT
    function = "VOLT:DC" if ohms or not is_loop else "CURR:DC"
    factor = ohms or 1.0  # of the number on the wire to the current or voltage of the scale
    return Line(
        channel=given.channel,
        reading=Reading(
            name,
            shown,
            _range(given, shown, Range(min(ends), max(ends))),
            _CURRENT if is_loop else _VOLTAGE,
        ),
        configure=f"CONF:{function} {_instrument_range(factor * highest, function):g}",
        function=function,
        nplc=given.nplc,
        slope=slope / factor,
        offset=offset,
        valid=Range(factor * valid.low, factor * valid.high),
        shunt=ohms,
    )


def _ohms(given: Input) -> float:
    if not given.shunt:
        return 0.0
    resistor = quantity(given.shunt)
    if not resistor.unit.converts_to(unit("ohm")) or resistor.value <= 0.0:
        raise ConfigError("device.input-quantity", text=given.shunt, wanted="ohm")
    return resistor.value


def _scale(given: Input, electrical: Unit) -> list[tuple[float, Quantity]]:
    """Return electrical value (SI) and quantity of the two points; empty: no scale."""
    if not given.scale:
        return []
    points = [(quantity(key), quantity(value)) for key, value in given.scale.items()]
    values = {point.value for point, _ in points}
    units = {(*value.unit.dimension, value.unit.reference) for _, value in points}
    fits = all(point.unit.converts_to(electrical) for point, _ in points)
    if not fits or len(points) != 2 or len(values) != 2 or len(units) != 1:
        raise ConfigError("device.input-scale", electrical=electrical.text)
    return [(point.value, value) for point, value in points]


def _straight(scale: list[tuple[float, Quantity]], shown: Unit) -> tuple[float, float]:
    (low_in, low), (high_in, high) = scale
    low_out, high_out = shown.from_si(low.value), shown.from_si(high.value)
    slope = (high_out - low_out) / (high_in - low_in)
    return slope, low_out - slope * low_in


def _shown_unit(given: Input, natural: Unit) -> Unit:
    shown = unit(given.unit) if given.unit else natural
    if not shown.converts_to(natural):
        raise ConfigError("device.input-unit", unit=given.unit, natural=natural.text)
    return shown


def _range(given: Input, shown: Unit, natural: Range) -> Range:
    if given.range is None:
        return natural
    low, high = (quantity(text) for text in given.range)
    if not (low.unit.converts_to(shown) and high.unit.converts_to(shown)):
        raise ConfigError("device.input-unit", unit=low.unit.text, natural=shown.text)
    return Range(low.value, high.value)


def _instrument_range(highest: float, function: str) -> float:
    ranges = AMPERE_RANGES if function == "CURR:DC" else VOLT_RANGES
    return next((each for each in ranges if highest <= each), ranges[-1])
