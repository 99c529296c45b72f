"""The inputs of the engine's quantities in every measured window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from analysis.efficiency import line_pack_mass
from analysis.gas import hydrogen_density
from bench.messages import Message
from protocols.criteria import Asked
from protocols.engine_full_load import POWER_FACTOR, correction, full_load_name, told
from protocols.engine_quantities import (
    AIR_DEMAND,
    CHANNELS,
    DISPLACEMENT,
    FUEL_PRESSURE,
    FUEL_TEMPERATURE,
    HEATING_VALUE,
    INTAKE_WATER,
    UNITS,
    WEATHER,
    water_of,
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


FromWeather = Callable[[Mapping[str, float]], float]
"""Means of the `WEATHER` channels, SI → an input of a quantity."""


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
    from_weather: Mapping[str, FromWeather]
    """Input that follows from the `WEATHER` channels → how."""
    problems: Mapping[str, Text] = field(default_factory=dict[str, Text])
    """Input → why it is not known."""
    remarks: tuple[Text, ...] = ()
    """What to keep in mind."""

    @property
    def name(self) -> str:
        """Name of the point; empty for a snapshot."""
        return self.window.name

    @property
    def approach(self) -> int:
        """Which approach."""
        return self.window.point.approach


def engine_windows(measured: MeasuredRun, asked: Asked) -> tuple[EngineWindow, ...]:
    """Return every measured window with the inputs it gives."""
    return tuple(_engine_window(measured, asked, window) for window in measured.windows)


def _engine_window(measured: MeasuredRun, asked: Asked, window: Window) -> EngineWindow:
    known = _Known(list(window.point.remarks))
    known.add_channels(window)
    known.add_displacement(measured)
    known.add_from_weather(window, asked)
    gas = known.add_gas(measured, window)
    runs = _runs(measured, known.inputs)
    line_pack = _line_pack(window, asked, known.remarks) if runs else 0.0
    if line_pack:
        known.inputs["fuel_flow"] -= line_pack
    changed = changes_within(measured.run, window.point)
    if changed:
        known.remarks.append(Message("judge.gas-changed"))
    if runs:
        known.remark_on_fuel(window)
    return EngineWindow(
        window=window,
        inputs=known.inputs,
        gas=gas,
        line_pack=line_pack,
        is_valid=window.point.valid and not changed,
        runs=runs,
        from_weather=known.from_weather,
        problems=known.problems,
        remarks=tuple(known.remarks),
    )


class _Known:
    """Collects what a window gives."""

    def __init__(self, remarks: list[Text]) -> None:
        self.inputs: dict[str, float] = {}
        self.problems: dict[str, Text] = {}
        self.from_weather: dict[str, FromWeather] = {}
        self.remarks = remarks

    def add_channels(self, window: Window) -> None:
        """Take the inputs that are channels."""
        for name, channel in CHANNELS.items():
            mean = window.mean(channel)
            if mean is not None:
                self.inputs[name] = mean
            elif channel in window.poor:
                self.problems[name] = Message("judge.few-samples", {"channel": channel})
            elif channel in window.misfits:
                arguments = {"channel": channel, "unit": UNITS[channel]}
                self.problems[name] = Message("judge.channel-unit", arguments)
            elif name == "hydrogen":
                self.inputs[name] = 0.0  # without an analyser for it, slip counts as none
                self.remarks.append(Message("judge.slip-not-measured"))
            else:
                self.problems[name] = Message("judge.no-channel", {"channel": channel})

    def add_displacement(self, measured: MeasuredRun) -> None:
        """Take the displacement of the test object."""
        volume = measured.header.object_data.get("displacement")
        if isinstance(volume, int | float) and volume > 0.0:
            self.inputs[DISPLACEMENT] = float(volume)
        else:
            self.problems[DISPLACEMENT] = Message("judge.no-displacement")

    def add_from_weather(self, window: Window, asked: Asked) -> None:
        """Take what follows from humidity, temperature and pressure."""
        self.from_weather[INTAKE_WATER] = water_of
        if window.name == full_load_name(asked):
            self.from_weather[POWER_FACTOR] = lambda weather: correction(weather, asked).factor
        means = {name: window.mean(name) for name in WEATHER}
        weather = {name: mean for name, mean in means.items() if mean is not None}
        missing = [name for name in WEATHER if name not in weather]
        for name, function in self.from_weather.items():
            try:
                if missing:
                    arguments = {"channel": ", ".join(missing)}
                    self.problems[name] = Message("judge.no-channel", arguments)
                else:
                    self.inputs[name] = function(weather)
            except ValueError as error:
                self.problems[name] = Message("judge.not-computable", {"reason": str(error)})
        if POWER_FACTOR in self.inputs:
            self.remarks.append(told(correction(weather, asked)))

    def add_gas(self, measured: MeasuredRun, window: Window) -> FuelGas | None:
        """Take what follows from the gas certificate in force."""
        certificate = certificate_at(measured.run, window.point)
        if not certificate:
            problem: Text = Message("judge.no-gas")
        else:
            try:
                gas = fuel_gas(certificate)
            except (ValueError, KeyError, TypeError) as error:
                problem = Message("judge.gas-certificate", {"reason": str(error)})
            else:
                self.inputs[HEATING_VALUE] = gas.heating_value
                self.inputs[AIR_DEMAND] = gas.stoichiometric_ratio
                return gas
        self.problems |= {HEATING_VALUE: problem, AIR_DEMAND: problem}
        return None

    def remark_on_fuel(self, window: Window) -> None:
        """Say how warm the fuel was."""
        temperature = window.mean(FUEL_TEMPERATURE)
        if temperature is not None:
            shown = f"{temperature - 273.15:.1f} °C"
            self.remarks.append(Message("judge.fuel-temperature", {"temperature": shown}))


def _runs(measured: MeasuredRun, inputs: Mapping[str, float]) -> bool:
    if "fuel_flow" not in inputs or "speed" not in inputs:
        return "torque" in inputs and inputs.get("speed", 0.0) > 1.0
    least = LEAST_FUEL_SHARE * measured.channels[CHANNELS["fuel_flow"]].range.span
    return inputs["speed"] > 1.0 and inputs["fuel_flow"] > least


def _line_pack(window: Window, asked: Asked, remarks: list[Text]) -> float:
    """Return the mean flow that filled the line in a window, kg/s; 0 where the pressure held."""
    pressure = window.of(FUEL_PRESSURE)
    temperature = window.mean(FUEL_TEMPERATURE)
    if pressure is None or temperature is None or abs(pressure.drift) <= LARGEST_PRESSURE_DRIFT:
        return 0.0
    ends = [pressure.mean + sign * pressure.drift / 2.0 for sign in (-1.0, 1.0)]
    try:
        start, end = (hydrogen_density(pressure=p, temperature=temperature) for p in ends)
    except ValueError as error:
        remarks.append(Message("judge.not-computable", {"reason": str(error)}))
        return 0.0
    volume = asked.number("line_volume", LINE_VOLUME, "L")
    mass = line_pack_mass(volume=volume, density_start=start, density_end=end)
    arguments = {
        "drift": f"{pressure.drift / 1e5:+.2f} bar",
        "mass": f"{mass * 1e3:+.3f} g",
        "volume": f"{volume * 1e3:g} L",
    }
    remarks.append(Message("judge.line-pack", arguments))
    return mass / pressure.duration
