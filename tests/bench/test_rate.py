"""The rate of a reading is the slope of a straight line over time, however samples come."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.channel import Channel, Kind, Quality
from bench.clock import SECOND
from bench.model import Rate
from bench.rate import RateMemory
from bench.scan import Scan
from tests.bench.small_bench import SmallBench, formula, model_of

MINUTE = 60 * SECOND


def fed(samples, over=MINUTE):
    memory = RateMemory(over)
    for time, value in samples:
        memory.take(round(time * SECOND), value)
    return memory.value


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0.05, 45.0), min_size=20, max_size=120),
    st.floats(-0.2, 0.2),
    st.floats(-1000, 1000),
)
def test_a_straight_line_has_its_slope_at_any_times(gaps, slope, level):
    times = np.cumsum(gaps)
    found = fed([(t, level + slope * t) for t in times])
    if times[-1] - times[0] > 62 + max(gaps):
        assert found == pytest.approx(slope, abs=1e-6 * max(1.0, abs(level)))


def test_it_is_not_known_before_the_time_is_full():
    assert math.isnan(fed([(t, 5.0) for t in range(60)]))
    assert fed([(t, 5.0) for t in range(64)]) == pytest.approx(0.0, abs=1e-12)


def test_it_is_the_least_squares_line_where_samples_are_even():
    times = np.arange(0.0, 300.0)
    values = 700 + 0.05 * times + 0.5 * np.sin(times / 5)
    last = slice(-61, None)
    expected = np.polyfit(times[last], values[last], 1)[0]
    assert fed(zip(times, values, strict=True)) == pytest.approx(expected, rel=0.03)


def test_many_samples_at_once_weigh_no_more_than_the_time_they_stand_for():
    line = [(t, 0.1 * t) for t in range(100)]
    burst = [(99 + k / 1000, 9.9 + k / 10_000) for k in range(1, 1000)]
    assert fed([*line, *burst]) == pytest.approx(0.1, rel=1e-3)


def test_noise_of_a_tenth_kelvin_shows_as_a_tenth_of_a_kelvin_per_minute():
    random = np.random.default_rng(1)
    memory, found = RateMemory(MINUTE), []
    for t in range(2000):
        memory.take(t * SECOND, 1023.0 + random.normal(0.0, 0.1))
        found.append(memory.value * 60)
    assert np.nanstd(found) < 0.1


def test_a_ramp_in_stretched_rows_a_minute_apart_is_seen_as_what_it_is():
    assert fed([(60 * k, 2.0 / 60 * 60 * k) for k in range(6)]) == pytest.approx(2.0 / 60)


class Rated(SmallBench):
    """A bench of one temperature, its rate, and a formula of the rate."""

    def __init__(self):
        model = model_of(["x.a"], computed=[("x.fast", "abs(x.rate)")], ages=2.0)
        place = len(model.channels)
        names = [*model.channels, Channel("x.rate", Kind.COMPUTED)]
        model = replace(
            model,
            channels=tuple(names),
            index={each.name: i for i, each in enumerate(names)},
            max_age=(*model.max_age, math.inf),
            computed=tuple(
                replace(each, formula=formula("abs(x.rate)")) for each in model.computed
            ),
            rates=(Rate(place, model.index["x.a"], MINUTE),),
        )
        super().__init__(model)

    def rate(self, name="x.rate"):
        place, row = self.model.index[name], self.scan.row
        return float(row.values[place]), Quality(int(row.quality[place]))


@pytest.fixture
def rated():
    return Rated()


def test_the_row_has_the_rate_and_what_is_computed_from_it(rated):
    for t in range(90):
        row = rated.at(t, x_a=500.0 - 0.05 * t)
    assert row.all_ok
    assert rated.rate() == (pytest.approx(-0.05), Quality.OK)
    assert rated.rate("x.fast") == (pytest.approx(0.05), Quality.OK)


def test_until_it_is_known_it_is_bad_and_so_is_what_needs_it(rated):
    row = rated.at(1, x_a=500.0)
    assert not row.all_ok
    for name in ("x.rate", "x.fast"):
        value, quality = rated.rate(name)
        assert math.isnan(value)
        assert quality is Quality.BAD


def test_a_reading_that_is_lost_takes_the_rate_with_it_and_it_begins_anew(rated):
    for t in range(90):
        rated.at(t, x_a=500.0)
    rated.at(95)
    assert rated.rate()[1] is Quality.STALE
    rated.at(96, x_a=900.0)
    assert math.isnan(rated.rate()[0])
    for t in range(97, 170):
        rated.at(t, x_a=900.0)
    assert rated.rate() == (pytest.approx(0.0, abs=1e-9), Quality.OK)


def test_the_next_programme_goes_on_with_what_is_known(rated):
    for t in range(90):
        rated.at(t, x_a=500.0 + 0.1 * t)
    after = Scan(rated.model, rated.queue)
    after.take_over(rated.scan)
    rated.scan = after
    rated.at(90, x_a=509.0)
    assert rated.rate() == (pytest.approx(0.1), Quality.OK)
