"""What comes to an instrument from the plant: through sensors, wires and transmitters."""

from __future__ import annotations

import cmath
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import floor, sqrt
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from bench.channel import Distribution, Range, Uncertainty
from bench.errors import ConfigError
from bench.opener import Wanted
from drivers.simulated.faults.wire import Wire
from drivers.simulated.plant import PlantHost
from drivers.simulated.port import Profile, Response, Signal
from drivers.simulated.sensor_array import SensorArray, SensorErrors
from drivers.simulated.sensors import Sensor

_Carried = TypeVar("_Carried")


class Cables(dict[str, _Carried]):
    """What comes in at one instrument by terminal; what is not connected is named."""

    def __init__(self, instrument: str) -> None:
        super().__init__()
        self._instrument = instrument

    def __missing__(self, terminal: str) -> _Carried:
        raise ConfigError(
            "simulated.not-wired",
            instrument=self._instrument,
            terminal=terminal,
            wired=", ".join(sorted(self)) or "-",
        )


@dataclass(frozen=True)
class Source:
    """One entry of a rig's wiring, and what it is connected to."""

    name: str
    """``instrument.reading`` or ``instrument.terminal``."""
    cable: Mapping[str, Any]
    """As of `Simulation.wiring`."""
    wanted: Wanted
    """Stated uncertainties and the seed."""
    host: PlantHost
    """The plant."""
    wire: Wire
    """Where faults happen."""

    @property
    def stated(self) -> tuple[Uncertainty, float]:
        """Uncertainty that the rig states of it, and the span of its range (SI)."""
        stated = self.wanted.stated.get(str(self.cable["stated"] or self.name))
        if stated is None:
            return Uncertainty(), Range().span
        return stated.uncertainty or Uncertainty(), stated.range.span

    @property
    def random(self) -> random.Random:
        """What its errors are drawn from."""
        return random.Random(f"{self.wanted.seed}/{self.name}")  # noqa: S311 - seeded simulation

    @property
    def wandering(self) -> random.Random | None:
        """What noise and drift are drawn from; None: from what the errors are."""
        openings = self.wanted.before.openings
        if not openings:
            return None
        return random.Random(f"{self.wanted.seed}/{self.name}/{openings}")  # noqa: S311 - seeded simulation

    @property
    def noise(self) -> float:
        """Standard deviation, SI."""
        return float(self.cable["noise"])

    @property
    def lag(self) -> float:
        """Time constant, s."""
        return float(self.cable["lag"])


def signal_of(source: Source) -> Signal:
    """Return what an instrument sees of a quantity: through its sensor, its wire, a transmitter.

    Raises:
        ConfigError: the plant has no such quantity.
    """
    host, wire = source.host, source.wire
    quantity = host.plant.quantity(str(source.cable["quantity"]))
    sensor = _sensor_of(source)
    points: Sequence[tuple[float, float]] = source.cable["transmitter"]
    if points:
        return _transmitted(seen_through(sensor, quantity, host, wire), points)
    if not sensor.is_exact:
        return seen_through(sensor, quantity, host, wire)

    def look_at_truth(now: int) -> float:
        value = quantity(host.state if now < host.next else host.at(now))
        return wire.disturbed(value, now) if wire.is_disturbed else value

    return look_at_truth


def seen_through(
    sensor: Sensor, quantity: Callable[[Any], float], host: PlantHost, wire: Wire
) -> Signal:
    """Return what shows a quantity of a plant through a sensor and a wire.

    All of it is in one closure but what needs the time: dozens of sensors are looked at in a scan,
    where a call for a stage costs more than the stage.

    Args:
        sensor: read by nobody else.
        quantity: reads the truth (SI) off a state of the plant.
        host: the plant.
        wire: where faults happen.
    """
    settled, is_timed, is_ranged = sensor.settled, sensor.is_timed, sensor.is_ranged
    noise, resolution = sensor.noise, sensor.resolution
    seen_at, seen = -1, 0.0

    def look(now: int) -> float:
        nonlocal seen_at, seen
        if now == seen_at:
            return seen
        value = quantity(host.state if now < host.next else host.at(now))
        if is_timed:
            value = settled(value, (now + host.leapt) / 1e9)
        value = value * sensor.gain_now + sensor.offset_now
        if noise:
            value += noise * (sensor.drawn_noise or sensor.draw()).pop()
        if resolution:
            value = floor(value / resolution + 0.5) * resolution
        if is_ranged:
            value = min(sensor.highest, max(sensor.lowest, value))
        if wire.is_disturbed:
            value = wire.disturbed(value, now)
        seen_at, seen = now, value
        return value

    return look


def _transmitted(look: Signal, points: Sequence[tuple[float, float]]) -> Signal:
    """Return what a transmitter makes of a signal: the line through two points."""
    (x0, y0), (x1, y1) = points
    slope = (y1 - y0) / (x1 - x0)

    def transmit(now: int) -> float:
        return y0 + slope * (look(now) - x0)

    return transmit


def _sensor_of(source: Source) -> Sensor:
    uncertainty, span = source.stated
    return Sensor.drawn(
        reading_part=uncertainty.reading / uncertainty.divisor,
        absolute_part=((uncertainty.span * span) ** 2 + uncertainty.absolute**2) ** 0.5
        / uncertainty.divisor,
        common_share=uncertainty.common,
        resolution=uncertainty.resolution,
        noise=source.noise,
        lag=source.lag,
        distribution=Distribution(uncertainty.distribution).value,
        rng=source.random,
        wandering=source.wandering,
    )


def profile_of(source: Source) -> Profile:
    """Return what an instrument sees of a profile: each element through a sensor of its own.

    Raises:
        ConfigError: the plant has no such profile.
    """
    host, wire = source.host, source.wire
    truth = host.plant.profile(str(source.cable["profile"]))
    stated, span = source.stated
    errors = SensorErrors(stated=stated, span=span, noise=source.noise, lag=source.lag)
    sensors = SensorArray(errors, source.random, source.wandering)
    seen_at, seen = -1, np.zeros(0)

    def look(now: int) -> NDArray[np.float64]:
        nonlocal seen_at, seen
        if now != seen_at:
            values = sensors.read(truth(host.at(now)), (now + host.leapt) / 1e9)
            if wire.is_disturbed:
                values = wire.disturbed(values, now)
            seen_at, seen = now, values
        return seen

    return look


def response_of(source: Source) -> Response:
    """Return what an instrument finds of a response.

    The stated part relative to the reading is an error of magnitude and angle, drawn once; noise
    is relative, and drawn anew at each look, half of it (in variance) across.

    Raises:
        ConfigError: the plant has no such response.
    """
    host, wire, rng = source.host, source.wire, source.random
    truth = host.plant.response(str(source.cable["response"]))
    stated, _ = source.stated
    size = stated.reading / stated.divisor
    error = cmath.exp(complex(rng.gauss(0.0, size), rng.gauss(0.0, size)))
    spread, wandering = source.noise / sqrt(2.0), source.wandering or rng

    def find(frequency: float, now: int) -> complex:
        noise = complex(wandering.gauss(0.0, spread), wandering.gauss(0.0, spread))
        found = truth(host.at(now), frequency) * error * (1.0 + noise)
        return wire.disturbed(found, now) if wire.is_disturbed else found

    return find
