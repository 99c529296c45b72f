import math

import numpy as np
import pytest

from analysis.verdict import Verdict
from bench.channel import Channel, Kind
from bench.clock import SECOND
from bench.units import unit

RPM = math.pi / 30.0
CYCLE = "judge: {cycle: whsc}"
DEMANDS = (
    Channel("engine.speed.demand", Kind.DEMANDED, unit("rpm"), source="dyno.speed"),
    Channel("engine.torque.demand", Kind.DEMANDED, unit("N*m"), source="dyno.torque"),
)


def ramp(low, high):
    """Up and down again over 60 s."""
    return lambda t: low + (high - low) * (1.0 - abs(t - 30.0) / 30.0)


SPEED, TORQUE = ramp(700.0 * RPM, 1600.0 * RPM), ramp(100.0, 1900.0)


@pytest.fixture
def driven(made):
    """A full-load curve and a cycle of one minute; keywords change the cycle's channels."""

    def drive(verdict="", **changes):
        stretches = []
        for rpm, torque in ((600, 1150), (1000, 2400), (1400, 2400), (1900, 1760), (2400, 900)):
            point = made.point(1, engine__speed=rpm * RPM, engine__torque=torque)
            point.name = "full-load"
            point.values |= {"engine.speed.demand": rpm * RPM, "engine.torque.demand": torque}
            stretches.append(point)
        values = {
            "engine__speed": SPEED, "engine__torque": TORQUE,
            "engine__speed__demand": SPEED, "engine__torque__demand": TORQUE, **changes,
        }  # fmt: skip
        cycle = made.point(1, **values)
        cycle.name = "whsc"
        run = made(*stretches, cycle, verdict=verdict, judge=CYCLE, seconds=60, period_ns=SECOND)
        run.channels += DEMANDS
        return run

    return drive


def result(results, name):
    return next(item for item in results.results if item.name == name)


def expected_work():
    times = np.arange(1.0, 60.5)
    power = [SPEED(min(t, 59.0)) * TORQUE(min(t, 59.0)) for t in times]
    return float(np.trapezoid(power, times))


def test_a_cycle_driven_as_asked_is_accepted(driven, judged):
    cycle = judged(driven()).cycles[0]
    assert cycle.accepted, cycle.reasons
    assert [row.slope for row in cycle.regressions] == pytest.approx([1.0] * 3)
    assert cycle.actual_work == pytest.approx(expected_work() / 3.6e6, rel=1e-6)
    assert cycle.reference_work == pytest.approx(cycle.actual_work)


def test_a_cycle_with_too_little_torque_is_refused_with_its_statistics(driven, judged):
    cycle = judged(driven(engine__torque=lambda t: 0.8 * TORQUE(t))).cycles[0]
    assert not cycle.accepted
    torque = next(row for row in cycle.regressions if row.name == "torque")
    assert torque.slope == pytest.approx(0.8)
    assert "slope" in torque.failed
    assert {"judge.cycle-regression", "judge.cycle-work-ratio"} == {r.id for r in cycle.reasons}


def test_a_second_of_delay_is_allowed(driven, judged):
    late = {
        "engine__speed": lambda t: SPEED(max(t - 1.0, 0.0)),
        "engine__torque": lambda t: TORQUE(max(t - 1.0, 0.0)),
    }
    cycle = judged(driven(**late)).cycles[0]
    assert (cycle.accepted, cycle.delay) == (True, 1)


def test_three_seconds_of_delay_are_too_many(driven, judged):
    late = {
        "engine__speed": lambda t: SPEED(max(t - 3.0, 0.0)),
        "engine__torque": lambda t: TORQUE(max(t - 3.0, 0.0)),
    }
    cycle = judged(driven(**late)).cycles[0]
    assert not cycle.accepted
    assert "standard_error" in cycle.regressions[0].failed


def test_brake_specific_nox_of_a_cycle_is_mass_over_work(driven, judged):
    # constant flows and lambda 2.5: exhaust 1520.7 kg/h, 20 ppm of NOx, u 0.001702
    results = judged(driven())
    grams = 0.001702 * 20.0 * 1520.7 * 59.0 / 3600.0  # kg/h for 59 s, ppm: 1e-3 kg is g
    found = result(results, "specific_nox")
    assert found.value == pytest.approx(grams / (expected_work() / 3.6e6), rel=1e-3)
    assert found.standard_uncertainty > 0.0


def test_fuel_and_work_are_integrals(driven, judged):
    results = judged(driven())
    assert result(results, "cycle_fuel").value == pytest.approx(17.53 * 59.0 / 3600.0, rel=1e-6)
    work = result(results, "cycle_work")
    assert work.value == pytest.approx(expected_work() / 3.6e6, rel=1e-6)
    assert work.standard_uncertainty / work.value == pytest.approx(
        math.hypot(0.001, 0.0001), rel=1e-3
    )


def test_a_limit_on_the_cycle_is_judged(driven, judged):
    asked = "  specific_nox: {{at: whsc, at_most: {} g/kWh}}\n"
    assert judged(driven(asked.format(2.0))).verdict is Verdict.PASS
    assert judged(driven(asked.format(0.1))).verdict is Verdict.FAIL


def test_a_cycle_that_was_not_the_cycle_shows_nothing(driven, judged):
    asked = "  specific_nox: {at: whsc, at_most: 2 g/kWh}\n"
    results = judged(driven(asked, engine__torque=lambda t: 0.8 * TORQUE(t)))
    assert results.verdict is Verdict.NOT_SHOWN


def test_without_a_full_load_curve_the_cycle_cannot_be_judged(driven, judged):
    run = driven("  specific_nox: {at: whsc, at_most: 2 g/kWh}\n")
    run.stretches = run.stretches[-1:]
    results = judged(run)
    assert not results.cycles[0].accepted
    assert results.cycles[0].reasons[0].id == "judge.no-cycle"
    assert results.verdict is Verdict.NOT_SHOWN
    assert result(results, "specific_nox").reasons == results.cycles[0].reasons


def test_an_unknown_cycle_is_named(driven, judged):
    run = driven()
    run.judge = "judge: {cycle: moon}"
    cycle = judged(run).cycles[0]
    assert cycle.reasons[0].id == "judge.unknown-cycle"


def test_a_cycle_that_was_never_driven_is_told(driven, judged):
    run = driven()
    run.stretches = run.stretches[:-1]
    assert judged(run).cycles[0].reasons[0].id == "judge.no-window"
