"""Are degradation rates honest? Takes many 5,000 h runs with known truth apart.

    python -m tests.campaigns.degradation --seeds 200

Each seed is another cell on another bench. Cells age as the simulated plant's law says (initial
loss, line, powers of time, steps, a reversible part that builds up under load), which is not what
is fitted; some change their slope, step without a cause in the log, or lose a sensor to a new one.
Sensors wander within their class. The truth is computed beside it; what judges never sees it.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.degradation import (
    HOUR,
    KILOHOUR,
    Allowances,
    Degradation,
    Drift,
    Event,
    Rate,
    ReferencePoint,
    Sensitivities,
    degradation,
)
from drivers.simulated.plants.solid_oxide.aging import relative_loss
from drivers.simulated.plants.solid_oxide.parameters import SolidOxideParameters

HOURS = 5000
VOLTAGE = 0.84
REFERENCE = ReferencePoint(temperature=1023.15, current_density=3000.0, fuel_utilisation=0.7)
TRUE_SENSITIVITIES = (0.65e-3, -34e-6, -0.25)
"""V/K, V m2/A, V: of the simulated cell."""
ALLOWANCES = Allowances(
    voltage=Drift(limit=1e-3),
    temperature=Drift(limit=1.5),
    current=Drift(limit=1e-3),
    flow=Drift(limit=5e-3),
)


@dataclass(frozen=True)
class Course:
    """What a cell goes through."""

    parameters: SolidOxideParameters
    """Of its law of aging."""
    events: tuple[tuple[float, str, float], ...]
    """Hour, kind, relative loss; all of them logged."""
    hidden: tuple[float, float] | None
    """Hour and relative loss of a step that nobody logged."""
    bend: tuple[float, float] | None
    """Hour from which the linear part is so many times itself."""
    swap: tuple[float, float] | None
    """Hour and offset (V) of a new voltmeter."""

    @property
    def scale(self) -> float:
        """Voltage that a relative loss of 1 costs, V."""
        return self.parameters.reference_resistance * REFERENCE.current_density

    def continuous(self, hours: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the loss that goes on, initial and reversible ones left out, V."""
        p = replace(self.parameters, aging_initial=0.0)
        loss = np.array([relative_loss(p, float(hour)) for hour in hours])
        if self.bend is not None:
            at, factor = self.bend
            loss += p.aging_linear * (factor - 1.0) * np.maximum(hours - at, 0.0) / 1000.0
        return -self.scale * loss

    def steps(self) -> float:
        """Return what all events cost, V."""
        hidden = self.hidden[1] if self.hidden else 0.0
        return -self.scale * (sum(size for _, _, size in self.events) + hidden)

    def voltage(self, hours: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the cell voltage at the reference point, V."""
        p = self.parameters
        time = p.aging_initial_time / HOUR
        loss = p.aging_initial * (1.0 - np.exp(-hours / time))
        since = hours.copy()
        for at, _, size in self.events:
            loss += np.where(hours >= at, size, 0.0)
        if self.hidden is not None:
            loss += np.where(hours >= self.hidden[0], self.hidden[1], 0.0)
        for at, _, _ in sorted(self.events):
            since = np.where(hours >= at, hours - at, since)
        build = p.reversible_build_time / HOUR
        loss += p.reversible_loss * (1.0 - np.exp(-since / build))
        return VOLTAGE + self.continuous(hours) - self.scale * loss


def course(draw: np.random.Generator) -> Course:
    """Return what the cell of a draw goes through."""
    parameters = replace(
        SolidOxideParameters(),
        aging_initial=draw.uniform(0.01, 0.04),
        aging_initial_time=draw.uniform(200.0, 500.0) * HOUR,
        aging_linear=draw.uniform(0.01, 0.06),
        aging_chromium=draw.uniform(0.0, 0.015),
        aging_chromium_exponent=draw.uniform(0.3, 0.6),
        aging_oxide=draw.uniform(0.0, 0.006),
    )
    costs = {
        "stop": draw.uniform(0.0, 0.004),
        "trip": parameters.emergency_stop_step,
        "thermal cycle": parameters.thermal_cycle_step,
    }
    count = int(draw.integers(2, 6))
    places = np.linspace(500.0, HOURS - 500.0, count) + draw.uniform(-150.0, 150.0, count)
    kinds = draw.choice(list(costs), count)
    events = tuple(
        (float(round(place)), str(kind), costs[str(kind)])
        for place, kind in zip(places, kinds, strict=True)
    )
    chances = draw.uniform(size=3) < 0.3
    middle = draw.uniform(0.25, 0.75, 3) * HOURS
    return Course(
        parameters=parameters,
        events=events,
        hidden=(float(round(middle[0])), draw.uniform(0.01, 0.04)) if chances[0] else None,
        bend=(float(middle[1]), draw.uniform(0.3, 2.0)) if chances[1] else None,
        swap=(float(round(middle[2])), draw.uniform(-2e-3, 2e-3)) if chances[2] else None,
    )


def wandering(size: int, limit: float, draw: np.random.Generator) -> NDArray[np.float64]:
    """Return how an error changes within ± limit: straight, or to and fro over months."""
    if draw.uniform() < 0.5:
        return np.linspace(0.0, draw.uniform(-limit, limit), size)
    step, spread = 1.0 / 1500.0, limit / 2.0
    walk = np.zeros(size)
    pushes = draw.normal(0.0, spread * np.sqrt(2.0 * step), size)
    for place in range(1, size):
        walk[place] = np.clip(walk[place - 1] * (1.0 - step) + pushes[place], -limit, limit)
    return walk


def correlated(size: int, spread: float, time: float, draw: np.random.Generator) -> (
    NDArray[np.float64]
):  # fmt: skip
    """Return noise that forgets itself within so many rows."""
    keep = np.exp(-1.0 / time)
    noise = draw.normal(0.0, spread * np.sqrt(1.0 - keep**2), size)
    for place in range(1, size):
        noise[place] += keep * noise[place - 1]
    return noise


@dataclass(frozen=True)
class Outcome:
    """A run taken apart, beside its truth; %/kh."""

    seed: int
    """Of the run."""
    continuous: tuple[float, float, float]
    """Truth, value, half width."""
    irreversible: tuple[float, float, float]
    """Truth, value, half width."""
    line: tuple[float, float, float]
    """Truth of the total, slope of the line, half width as its formula says."""
    course: Course
    """What the cell went through."""
    notes: tuple[str, ...]
    """Findings."""


def measured(seed: int, hours: int = HOURS) -> tuple[Course, Degradation]:
    """Return a course and what the analysis makes of its recording."""
    draw = np.random.default_rng([2026, seed])
    went = course(draw)
    time = np.arange(hours) + 0.5
    shown_temperature = correlated(hours, 0.5, 48.0, draw)
    current, flow = wandering(hours, 1e-3, draw), wandering(hours, 5e-3, draw)
    voltage = went.voltage(time)
    per_kelvin, per_density, per_utilisation = TRUE_SENSITIVITIES
    # The loops hold what the sensors show: the cell really sees the opposite of their errors.
    drift = wandering(hours, 1.5, draw)
    voltage = voltage + per_kelvin * (shown_temperature - drift)
    voltage -= (per_density * 3000.0 + per_utilisation * 0.7) * current
    voltage += per_utilisation * 0.7 * flow
    meter = wandering(hours, 1e-3, draw)
    if went.swap is not None:
        later = int(went.swap[0])
        meter[later:] = went.swap[1] + wandering(hours - later, 1e-3, draw)
    voltage += meter + correlated(hours, 0.2e-3, 12.0, draw) + draw.normal(0.0, 0.1e-3, hours)
    events = [Event(time=hour * HOUR, kind=kind) for hour, kind, _ in went.events]
    if went.swap is not None:
        events.append(Event(time=went.swap[0] * HOUR, kind="voltmeter", is_sensor_swap=True))
    errors = draw.normal(0.0, 0.1, 3)
    found = degradation(
        times=time * HOUR,
        voltages=voltage,
        temperatures=REFERENCE.temperature + shown_temperature,
        current_densities=np.full(hours, REFERENCE.current_density),
        fuel_utilisations=np.full(hours, REFERENCE.fuel_utilisation),
        reference=REFERENCE,
        sensitivities=Sensitivities(
            temperature=per_kelvin * (1.0 + errors[0]),
            current_density=per_density * (1.0 + errors[1]),
            fuel_utilisation=per_utilisation * (1.0 + errors[2]),
            temperature_uncertainty=0.1 * per_kelvin,
            current_density_uncertainty=0.1 * abs(per_density),
            fuel_utilisation_uncertainty=0.1 * abs(per_utilisation),
        ),
        generator=draw,
        events=events,
        allowances=ALLOWANCES,
    )
    return went, found


def outcome(seed: int) -> Outcome:
    """Return one run beside its truth."""
    went, found = measured(seed)
    ends = np.array([found.continuous.begin, found.continuous.end]) / HOUR
    slope = float(np.diff(went.continuous(ends))[0]) / (ends[1] - ends[0]) / HOUR
    whole = found.irreversible.end - found.irreversible.begin
    total = slope + went.steps() / whole
    percent = 100.0 * KILOHOUR / found.reference_voltage
    simple = found.simple
    return Outcome(
        seed=seed,
        continuous=_beside(slope * percent, found.continuous),
        irreversible=_beside(total * percent, found.irreversible),
        line=(total * percent, simple.line * percent, 1.96 * simple.line_standard_error * percent),
        course=went,
        notes=tuple(note.finding.value for note in found.notes),
    )


def _beside(truth: float, rate: Rate) -> tuple[float, float, float]:
    return (
        truth,
        rate.percent_per_kilohour(),
        rate.percent_per_kilohour(rate.half_width),
    )


def campaign(seeds: Sequence[int]) -> list[Outcome]:
    """Take all seeds apart, on all processors."""
    with ProcessPoolExecutor() as pool:
        return list(pool.map(outcome, seeds, chunksize=4))


def coverage(outcomes: Sequence[Outcome], which: str) -> float:
    """Return the share of 95 % intervals ("continuous", "irreversible", "line") with the truth."""
    found = [getattr(each, which) for each in outcomes]
    return sum(abs(value - truth) <= half for truth, value, half in found) / len(found)


def noticed(outcomes: Sequence[Outcome]) -> tuple[int, int]:
    """Return how many unlogged steps there were, and in how many of these runs one was told."""
    hidden = [each for each in outcomes if each.course.hidden is not None]
    return len(hidden), sum("unlogged step" in each.notes for each in hidden)


def report(outcomes: Sequence[Outcome]) -> str:
    """Return the figures as a page."""
    lines = [
        "# Are degradation rates honest?",
        "",
        f"`python -m tests.campaigns.degradation --seeds {len(outcomes)}`: {HOURS:,} h runs,",
        "aged by the plant's law, which is not the fitted one; sensors wander within their class.",
        "",
        "| rate, %/kh | 95 % intervals with the truth | mean error | spread | mean half width |",
        "|---|---|---|---|---|",
    ]
    for which in ("continuous", "irreversible", "line"):
        found = np.array([getattr(each, which) for each in outcomes])
        errors = found[:, 1] - found[:, 0]
        lines.append(
            f"| {which} | {coverage(outcomes, which):.1%} | {errors.mean():+.4f} | "
            f"{errors.std():.4f} | {found[:, 2].mean():.4f} |"
        )
    there, told = noticed(outcomes)
    quiet = [each for each in outcomes if each.course.hidden is None]
    false = sum("unlogged step" in each.notes for each in quiet)
    lines += [
        "",
        f"Unlogged steps told: {told} of {there}; told without one: {false} of {len(quiet)}.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run the campaign and write what it shows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--results", type=Path, default=None)
    arguments = parser.parse_args()
    page = report(campaign(range(arguments.seeds)))
    print(page)  # noqa: T201 - a campaign prints what it found
    if arguments.results is not None:
        arguments.results.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
