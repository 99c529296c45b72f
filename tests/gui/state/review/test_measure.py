"""Readings come from raw samples: they are what numpy says, and no peak is missed."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.channel import FRESH, Quality
from bench.record.port import Ending
from bench.runs import Window, open_run
from gui.state.plots.picture import Curve
from gui.state.review.formula import Formula
from gui.state.review.formula_trace import formula_trace
from gui.state.review.measure import Subject, Tally, count_on, look_at, read_in
from tests.gui.run_files import START, begun_run, closed_run, scan_times, values_of

SECOND = 10**9
VALUES = st.floats(-1e6, 1e6)
DOUBLED = Formula("double", "2 * engine.torque", "N*m")


@given(st.lists(st.lists(VALUES, max_size=6), max_size=6))
def test_a_tally_of_pieces_is_numpys_answer_for_the_whole(pieces):
    tally = Tally()
    for piece in pieces:
        tally = tally.plus(np.array(piece))
    whole = np.array([value for piece in pieces for value in piece])
    assert tally.count == len(whole)
    if len(whole):
        assert (tally.minimum, tally.maximum) == (whole.min(), whole.max())
        assert tally.mean == pytest.approx(whole.mean(), abs=1e-6)
    if len(whole) > 1:
        assert tally.deviation == pytest.approx(whole.std(ddof=1), rel=1e-6, abs=1e-6)
    else:
        assert math.isnan(tally.deviation)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return closed_run(tmp_path_factory.mktemp("made") / "a.h5")


def measured(run, subject):
    found = look_at(run, subject)
    while not found.is_counted:
        found = count_on(run, subject, found)
    return found


def test_a_band_counts_good_samples_only(tmp_path):
    maker = begun_run(tmp_path / "a.h5")
    values, marks = values_of(1000), np.full((1000, 2), FRESH, np.uint8)
    marks[300:400, 0] = Quality.BAD | FRESH
    marks[500:600, 0] = 0  # an old value again
    maker.scans(scan_times(1000), values, marks)
    maker.record(Ending("completed", None, int(scan_times(1, 999)[0])))
    maker.finish()
    band = Window(START + 2 * SECOND, START + 7 * SECOND)
    with open_run(maker.path) as run:
        found = measured(run, Subject("k", "r", "engine.torque", band=band))
    kept = np.r_[200:300, 400:500, 600:701]
    good = values[kept, 0].astype(np.float32).astype(np.float64)
    assert found.tally.count == len(good) == 301
    assert found.tally.mean == pytest.approx(good.mean(), rel=1e-12)
    assert found.tally.deviation == pytest.approx(good.std(ddof=1), rel=1e-9)
    assert (found.tally.minimum, found.tally.maximum) == (good.min(), good.max())


def test_cursors_read_the_newest_sample_and_the_slope(whole):
    a_ns, b_ns = START + 5 * SECOND + 3, START + 15 * SECOND
    with open_run(whole) as run:
        found = look_at(run, Subject("k", "r", "oil.temperature", a_ns, b_ns))
    assert found.unit.from_si(found.reading.a) == pytest.approx(85.0, abs=1e-4)
    assert found.reading.difference == pytest.approx(10.0, abs=1e-4)
    assert found.reading.slope == pytest.approx(1.0, abs=1e-4)


def test_a_cursor_before_the_first_sample_reads_nothing(whole):
    with open_run(whole) as run:
        found = look_at(run, Subject("k", "r", "engine.torque", START - SECOND))
    assert math.isnan(found.reading.a)
    assert math.isnan(found.reading.difference)


def test_a_formula_is_measured_like_a_channel(whole):
    band = Window(START, START + 29 * SECOND)
    with open_run(whole) as run:
        plain = measured(run, Subject("k", "r", "engine.torque", START, None, band))
        twice = measured(run, Subject("k", "r", DOUBLED, START, None, band))
    assert twice.tally.count == plain.tally.count
    assert twice.tally.mean == pytest.approx(2 * plain.tally.mean, rel=1e-12)
    assert twice.reading.a == 2 * plain.reading.a


@pytest.mark.parametrize("pixels", [7, 100, 5000])
@pytest.mark.parametrize("most_rows", [10, 10**6])
def test_the_curve_of_a_formula_misses_no_peak(whole, monkeypatch, pixels, most_rows):
    monkeypatch.setattr("gui.state.review.formula_trace.MOST_ROWS", most_rows)
    with open_run(whole) as run:
        end = int(run.timeline[-1])
        curve = Curve("r", DOUBLED.channel, "", "")
        trace = formula_trace(run, read_in(run, DOUBLED), curve, Window(START, end), pixels)
    assert np.nanmax(trace.high) == 800.0
    assert len(trace.times) == len(trace.low) == len(trace.high) <= max(pixels, 3000)


def test_a_gap_of_the_run_is_a_gap_of_the_formula(tmp_path):
    with open_run(closed_run(tmp_path / "a.h5", gap_ns=60 * SECOND)) as run:
        end = int(run.timeline[-1])
        curve = Curve("r", DOUBLED.channel, "", "")
        trace = formula_trace(run, read_in(run, DOUBLED), curve, Window(START, end), 100)
    assert np.isnan(trace.low[(trace.times > 25) & (trace.times < 75)]).any()
