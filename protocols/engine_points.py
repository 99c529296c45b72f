"""The inputs of the engine's quantities in every measured window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analysis.efficiency import line_pack_mass
from analysis.emissions import intake_water_fraction
from analysis.gas import hydrogen_density
from bench.messages import Message
from protocols.criteria import Asked
from protocols.engine_quantities import (
    AIR_DEMAND,
    CHANNELS,
    DISPLACEMENT,
    HEATING_VALUE,
    HUMIDITY,
    INTAKE_TEMPERATURE,
    INTAKE_WATER,
    PRESSURE,
    WEATHER,
)
from protocols.fuel_gas import FuelGas, certificate_at, changes_within, fuel_gas
from protocols.results import Text
from protocols.windows import MeasuredRun, Window

LINE_VOLUME = 2e-3
"""m3 between meter and engine. Engineering default; set ``line_volume``."""
LARGEST_PRESSURE_DRIFT = 1e4
"""Pa. Below it the change of line pack is not worth a correction. Engineering default."""
LEAST_FUEL_SHARE = 0.01
"""1. Share of the meter's span above which the engine is fuelled. Engineering default."""
FUEL_PRESSURE = "fuel.pressure"
FUEL_TEMPERATURE = "fuel.temperature"


@dataclass(frozen=True)
class EngineWindow:
    """One window with the inputs of the quantities; SI."""

    window: Window
    """Statistics."""
    inputs: Mapping[str, float]
    """Those inputs that are known."""
    gas: FuelGas | None
    """Fuel gas in force."""
    line_pack: float
    """What was taken off the metered fuel flow for a change of line pack, kg/s."""
    is_valid: bool
    """Whether it may be judged."""
    runs: bool
    """Whether the engine is fuelled and turns."""
    problems: Mapping[str, Text] = field(default_factory=dict[str, Text])
    """Input → why it is not known."""
    remarks: tuple[Text, ...] = ()
    """What to keep in mind."""

    @property
    def name(self) -> str:
        """Name of the point."""
        return self.window.point.name

    @property
    def approach(self) -> int:
        """Which approach."""
        return self.window.point.approach


def engine_windows(measured: MeasuredRun, asked: Asked) -> tuple[EngineWindow, ...]:
    """Return every measured window with the inputs it gives."""
    return tuple(_engine_window(measured, asked, window) for window in measured.windows)


def fuelled(windows: Sequence[EngineWindow], name: str) -> tuple[EngineWindow, ...]:
    """Return the windows of a point in which the engine runs."""
    return tuple(item for item in windows if item.name == name and item.runs)


def _engine_window(measured: MeasuredRun, asked: Asked, window: Window) -> EngineWindow:
    inputs: dict[str, float] = {}
    problems: dict[str, Text] = {}
    remarks: list[Text] = list(window.point.remarks)
    for name, channel in CHANNELS.items():
        mean = window.mean(channel)
        if mean is not None:
            inputs[name] = mean
        elif channel in window.poor:
            problems[name] = Message("judge.few-samples", {"channel": channel})
        elif name == "hydrogen":
            inputs[name] = 0.0  # without an analyser for it, slip counts as none
            remarks.append(Message("judge.slip-not-measured"))
        else:
            problems[name] = Message("judge.no-channel", {"channel": channel})
    _add_water(window, inputs, problems)
    gas = _gas(measured, window, problems)
    if gas is not None:
        inputs |= {HEATING_VALUE: gas.heating_value, AIR_DEMAND: gas.stoichiometric_ratio}
    _add_displacement(measured, inputs, problems)
    runs = _runs(measured, inputs)
    line_pack = _line_pack(window, asked, remarks) if runs else 0.0
    if line_pack:
        inputs["fuel_flow"] -= line_pack
    changed = changes_within(measured.run, window.point)
    if changed:
        remarks.append(Message("judge.gas-changed"))
    if runs and (temperature := window.mean(FUEL_TEMPERATURE)) is not None:
        remarks.append(
            Message("judge.fuel-temperature", {"temperature": f"{temperature - 273.15:.1f} °C"})
        )
    return EngineWindow(
        window=window,
        inputs=inputs,
        gas=gas,
        line_pack=line_pack,
        is_valid=window.point.valid and not changed,
        runs=runs,
        problems=problems,
        remarks=tuple(remarks),
    )


def _runs(measured: MeasuredRun, inputs: Mapping[str, float]) -> bool:
    if "fuel_flow" not in inputs or "speed" not in inputs:
        return "torque" in inputs and inputs.get("speed", 0.0) > 1.0
    least = LEAST_FUEL_SHARE * measured.channels[CHANNELS["fuel_flow"]].range.span
    return inputs["speed"] > 1.0 and inputs["fuel_flow"] > least


def _add_displacement(
    measured: MeasuredRun, inputs: dict[str, float], problems: dict[str, Text]
) -> None:
    volume = measured.header.object_data.get("displacement")
    if isinstance(volume, int | float) and volume > 0.0:
        inputs[DISPLACEMENT] = float(volume)
    else:
        problems[DISPLACEMENT] = Message("judge.no-displacement")


def _add_water(window: Window, inputs: dict[str, float], problems: dict[str, Text]) -> None:
    weather = {name: window.mean(name) for name in WEATHER}
    known = {name: mean for name, mean in weather.items() if mean is not None}
    missing = [name for name in WEATHER if name not in known]
    if missing:
        problems[INTAKE_WATER] = Message("judge.no-channel", {"channel": ", ".join(missing)})
        return
    try:
        inputs[INTAKE_WATER] = water_of(known)
    except ValueError as error:
        problems[INTAKE_WATER] = Message("judge.not-computable", {"reason": str(error)})


def water_of(weather: Mapping[str, float]) -> float:
    """Return mol of water per mol of humid intake air from the `WEATHER` channels, SI.

    The humidity is taken at the temperature of the intake air, where the conditioning holds it.

    Raises:
        ValueError: a value is impossible.
    """
    return intake_water_fraction(
        relative_humidity=weather[HUMIDITY],
        temperature=weather[INTAKE_TEMPERATURE],
        pressure=weather[PRESSURE],
    )


def _gas(measured: MeasuredRun, window: Window, problems: dict[str, Text]) -> FuelGas | None:
    certificate = certificate_at(measured.run, window.point)
    if not certificate:
        problem: Text = Message("judge.no-gas")
    else:
        try:
            return fuel_gas(certificate)
        except (ValueError, KeyError, TypeError) as error:
            problem = Message("judge.gas-certificate", {"reason": str(error)})
    problems |= {HEATING_VALUE: problem, AIR_DEMAND: problem}
    return None


def _line_pack(window: Window, asked: Asked, remarks: list[Text]) -> float:
    """Return the mean flow that filled the line in a window, kg/s; 0 where the pressure held."""
    pressure = window.statistics.get(FUEL_PRESSURE)
    temperature = window.mean(FUEL_TEMPERATURE)
    if pressure is None or temperature is None or abs(pressure.drift) <= LARGEST_PRESSURE_DRIFT:
        return 0.0
    ends = [pressure.mean + sign * pressure.drift / 2.0 for sign in (-1.0, 1.0)]
    try:
        start, end = (hydrogen_density(pressure=p, temperature=temperature) for p in ends)
    except ValueError as error:
        remarks.append(Message("judge.not-computable", {"reason": str(error)}))
        return 0.0
    volume = asked.number("line_volume", LINE_VOLUME)
    mass = line_pack_mass(volume=volume, density_start=start, density_end=end)
    arguments = {
        "drift": f"{pressure.drift / 1e5:+.2f} bar",
        "mass": f"{mass * 1e3:+.3f} g",
        "volume": f"{volume * 1e3:g} L",
    }
    remarks.append(Message("judge.line-pack", arguments))
    return mass / pressure.duration
