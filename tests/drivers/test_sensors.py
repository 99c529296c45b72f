from itertools import pairwise
from math import exp, inf, sqrt
from random import Random
from statistics import fmean, pstdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.clock import SECOND
from drivers.simulated.cables import seen_through
from drivers.simulated.faults.wire import Wire
from drivers.simulated.plant import PlantHost
from drivers.simulated.plants.hydrogen_engine.cabling import MODEL
from drivers.simulated.sensors import Sensor

PLANT = MODEL.open({}, {})


class Reading:
    """A sensor at a plant whose state is the truth that a test gives."""

    def __init__(self, sensor: Sensor) -> None:
        self._host = PlantHost(PLANT, 10**9 * SECOND, 0)
        self._look = seen_through(sensor, float, self._host, Wire(Random(0)))

    def read(self, truth: float, seconds: float) -> float:
        self._host.state = truth
        return self._look(round(seconds * SECOND))


def test_a_sensor_without_errors_reads_the_truth():
    sensor = Reading(Sensor(random=Random(1)))
    assert [sensor.read(value, 0.1 * index) for index, value in enumerate((3.0, -7.5))] == [
        3.0,
        -7.5,
    ]


def test_gain_and_offset_are_a_fixed_calibration_error():
    sensor = Reading(Sensor(random=Random(1), gain=1.01, offset=-0.5))
    assert sensor.read(100.0, 0.0) == pytest.approx(100.5)


def test_the_lag_starts_at_the_first_truth_and_reaches_63_percent_after_its_time_constant():
    sensor = Reading(Sensor(random=Random(1), lag=2.0))
    assert sensor.read(10.0, 5.0) == 10.0
    assert sensor.read(20.0, 7.0) == pytest.approx(20.0 - 10.0 * exp(-1.0))


@given(parts=st.integers(1, 50))
def test_the_lag_does_not_depend_on_how_often_one_reads(parts: int):
    often = Reading(Sensor(random=Random(1), lag=0.7))
    often.read(0.0, 0.0)
    for part in range(1, parts + 1):
        last = often.read(1.0, part / parts)
    assert last == pytest.approx(1.0 - exp(-1.0 / 0.7))


def test_two_readings_at_one_moment_see_the_same_lagged_truth():
    sensor = Reading(Sensor(random=Random(1), lag=1.0))
    sensor.read(0.0, 0.0)
    assert sensor.read(1.0, 1.0) == sensor.read(5.0, 1.0)


def test_noise_is_white_with_the_stated_deviation():
    sensor = Reading(Sensor(random=Random(7), noise=0.2))
    readings = [sensor.read(1.0, float(second)) for second in range(4000)]
    assert fmean(readings) == pytest.approx(1.0, abs=5 * 0.2 / sqrt(4000))
    assert pstdev(readings) == pytest.approx(0.2, rel=0.06)


def test_the_drift_is_slow_and_stays_within_its_class():
    sensor = Reading(Sensor(random=Random(3), offset_drift=0.5, drift_time=100.0))
    readings = [sensor.read(0.0, float(second)) for second in range(50_000)]
    steps = [abs(after - before) for before, after in pairwise(readings)]
    assert pstdev(readings) == pytest.approx(0.5, rel=0.2)
    assert max(map(abs, readings)) < 5 * 0.5
    assert max(steps) < 0.5


@given(
    value=st.floats(-1e4, 1e4),
    resolution=st.sampled_from((0.001, 0.01, 0.125, 1.0)),
)
def test_the_reading_is_a_multiple_of_the_resolution_within_half_a_step(
    value: float, resolution: float
):
    sensor = Reading(Sensor(random=Random(1), resolution=resolution))
    reading = sensor.read(value, 0.0)
    assert reading / resolution == pytest.approx(round(reading / resolution), abs=1e-6)
    assert abs(reading - value) <= 0.5 * resolution * (1 + 1e-6)


@given(value=st.floats(-1e9, 1e9))
def test_the_reading_stays_in_the_range(value: float):
    sensor = Reading(Sensor(random=Random(1), lowest=-5.0, highest=50.0, gain=1.1))
    assert -5.0 <= sensor.read(value, 0.0) <= 50.0


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32))
def test_the_same_seed_gives_the_same_readings(seed: int):
    def readings() -> list[float]:
        sensor = Sensor.drawn(
            reading_part=0.01,
            absolute_part=0.1,
            common_share=0.5,
            resolution=0.0,
            noise=0.05,
            lag=0.3,
            distribution="normal",
            rng=Random(seed),
            drift_time=10.0,
        )
        reading = Reading(sensor)
        return [reading.read(5.0, float(second)) for second in range(20)]

    assert readings() == readings()


@pytest.mark.parametrize("distribution", ["normal", "rectangular"])
@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_drawn_sensors_scatter_by_their_stated_uncertainty(distribution, share):
    rng = Random(11)
    sensors = [
        Sensor.drawn(
            reading_part=0.003,
            absolute_part=0.4,
            common_share=share,
            resolution=0.0,
            noise=0.0,
            lag=0.0,
            distribution=distribution,
            rng=rng,
        )
        for _ in range(4000)
    ]
    readings = [Reading(sensor).read(100.0, 0.0) for sensor in sensors]
    assert fmean(readings) == pytest.approx(100.0, abs=0.04)
    assert pstdev(readings) == pytest.approx(sqrt(0.3**2 + 0.4**2), rel=0.06)


def test_a_rectangular_calibration_error_has_hard_ends():
    rng = Random(2)
    offsets = [
        Sensor.drawn(
            reading_part=0.0,
            absolute_part=1.0,
            common_share=1.0,
            resolution=0.0,
            noise=0.0,
            lag=0.0,
            distribution="rectangular",
            rng=rng,
        ).offset
        for _ in range(2000)
    ]
    assert max(map(abs, offsets)) <= sqrt(3.0)


@pytest.mark.parametrize(
    "wrong",
    [{"noise": -1.0}, {"lag": inf}, {"drift_time": 0.0}, {"lowest": 2.0, "highest": 1.0}],
)
def test_impossible_sensors_are_refused(wrong):
    with pytest.raises(ValueError, match="must be"):
        Sensor(random=Random(1), **wrong)


def test_a_share_of_variance_above_one_is_refused():
    with pytest.raises(ValueError, match="common_share"):
        Sensor.drawn(
            reading_part=0.0,
            absolute_part=0.0,
            common_share=1.5,
            resolution=0.0,
            noise=0.0,
            lag=0.0,
            distribution="normal",
            rng=Random(1),
        )
