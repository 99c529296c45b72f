import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.clock import SECOND
from bench.errors import RunFileError
from bench.runs import Window, open_run
from gui.state.plots.picture import Curve
from gui.state.plots.pixel_columns import Place, segments
from gui.state.plots.tracing import trace_of, with_gaps
from tests.gui.run_files import PERIOD, START, closed_run, scan_times, values_of

ROWS = 3000
TORQUE = Curve("r", "engine.torque", "Torque", "N·m")
OIL = Curve("r", "oil.temperature", "Oil", "°C")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    with open_run(closed_run(tmp_path_factory.mktemp("runs") / "a.h5", ROWS)) as found:
        yield found


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, ROWS * PERIOD), st.integers(1, ROWS * PERIOD), st.integers(1, 2500),
)  # fmt: skip
def test_no_value_in_the_window_is_missed(run, start, length, pixels):
    """Brute force: each sample lies between the two ends that are drawn at its pixel."""
    window = Window(START + start, START + start + length)
    drawn = trace_of(run, TORQUE, window, pixels, ())
    samples = run.channel("engine.torque").values_si(*window)
    if not len(samples):
        return
    at = np.searchsorted(drawn.times * SECOND + START, samples.times_ns + 1, side="right") - 1
    assert np.all(at >= 0)
    assert np.all(drawn.low[at] <= samples.values)
    assert np.all(samples.values <= drawn.high[at])
    assert drawn.high.max() >= samples.values.max()
    assert len(drawn.times) <= pixels + 2


def test_each_pixel_of_a_run_is_drawn_from_its_lowest_to_its_highest_value(run):
    drawn = trace_of(run, TORQUE, Window(START, START + ROWS * PERIOD), 200, ())
    place = Place(0.0, 0.0, 200.0, 100.0, 0.0, ROWS * PERIOD / SECOND, 0.0, 400.0)
    upright, _ = segments(drawn, place)
    for x, low, high in zip(place.x(drawn.times), drawn.low, drawn.high, strict=True):
        (own,) = upright[upright[:, 0] == np.floor(x) + 0.5]
        upper, lower = place.y(np.array([high, low]))
        assert own[1] <= upper + 1e-9
        assert lower <= own[3] + 1e-9
    assert drawn.high.max() == 400.0


def test_few_samples_are_shown_as_they_are_with_one_beyond_each_end(run):
    window = Window(START + 10 * PERIOD, START + 12 * PERIOD)
    drawn = trace_of(run, TORQUE, window, 500, ())
    assert drawn.times == pytest.approx([0.09, 0.10, 0.11, 0.12, 0.13])
    assert drawn.high == pytest.approx(values_of(5, 9)[:, 0], rel=1e-6)


def test_values_are_in_the_unit_of_screens(run):
    drawn = trace_of(run, OIL, Window(START, START), 500, ())
    assert drawn.low[0] == pytest.approx(80.0, abs=1e-3)  # °C; the run holds K in SI


def test_a_gap_of_the_run_is_a_gap_of_the_curve(tmp_path):
    path = closed_run(tmp_path / "gap.h5", gap_ns=20 * SECOND)
    with open_run(path) as run:
        window = Window(START, START + 60 * SECOND)
        for pixels in (100, 10_000):
            drawn = trace_of(run, TORQUE, window, pixels, run.gaps)
            at = np.flatnonzero(np.isnan(drawn.low))
            assert len(at) == 1
            assert 20.0 < drawn.times[at[0]] < 40.0


def test_no_gap_is_put_before_the_first_or_behind_the_last_point():
    times, values = scan_times(4), np.arange(4.0)
    gaps = [(0, 10), (int(times[1]) + 1, int(times[2]) - 1), (int(times[3]), int(times[3]) + 100)]
    drawn, low, high = with_gaps(times, values, values, gaps)
    assert len(drawn) == 5
    assert np.isnan(low[2])
    assert np.isnan(high[2])
    assert np.all(np.diff(drawn) > 0)


def test_a_window_without_rows_has_no_points_or_the_nearest_ones(run):
    before = trace_of(run, TORQUE, Window(START - 10 * SECOND, START - SECOND), 100, ())
    assert len(before.times) <= 1
    far = trace_of(run, TORQUE, Window(-(2**70), 2**70), 100, ())
    assert far.high.max() == 400.0


def test_a_channel_that_is_not_there_is_a_sentence(run):
    with pytest.raises(RunFileError, match="torqe"):
        trace_of(run, Curve("r", "engine.torqe", "", ""), Window(0, 1), 10, ())
