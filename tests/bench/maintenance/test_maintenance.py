"""Means, comparisons and corrections; what is proposed for a rig is a rig that does it."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bench.rigs
from bench.channel import Channel, Distribution, Kind, Quality, Range, Uncertainty
from bench.clock import SECOND
from bench.config import Catalogue
from bench.config.rig import load_rig
from bench.errors import Refused
from bench.expression import compile_row
from bench.maintenance.averaging import Averaging, Mean
from bench.maintenance.comparison import compared, is_passed, stated_limit, steps_of
from bench.maintenance.correction import Certificate, correction_of, snippet_of
from bench.messages import Bilingual
from bench.scan import Row
from bench.units import unit

FLOW = Channel(
    "fuel.flow",
    Kind.MEASURED,
    unit("kg/h"),
    range=Range(0.0, 40 / 3600),
    uncertainty=Uncertainty(reading=0.003, span=0.0001, distribution=Distribution.RECTANGULAR),
    title=Bilingual("Hydrogen flow", "氢气流量"),
    source="daq.fuel_flow",
)
BY = Certificate("C-17", "2027-11-22", "2026-11-22", "ada", "calibrator 12\nof the lab")


def mean(value):
    return Mean(value, 0.0, 10, 0, SECOND)


def averaged(values, *, quality=Quality.OK, fresh=True):
    """Average values that come once a second, the first one at the begin."""
    row, averaging = Row(1), Averaging(0, 0, (len(values) - 1) * SECOND)
    for second, value in enumerate(values):
        row.time = second * SECOND
        row.values[0], row.quality[0], row.fresh[0] = value, quality, fresh
        is_over = averaging.take(row)
    assert is_over
    return averaging


@given(st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=30))
def test_the_mean_is_that_of_all_new_values_after_the_begin(values):
    found = averaged(values).mean()
    assert found.count == len(values) - 1
    assert found.value == pytest.approx(np.mean(values[1:]), abs=1e-6)
    assert found.scatter == pytest.approx(np.std(values[1:], ddof=1), abs=1e-3)


@pytest.mark.parametrize("quality", [Quality.BAD, Quality.STALE, Quality.DISCONNECTED])
def test_what_is_not_ok_gives_no_mean(quality):
    averaging = averaged([1.0] * 9, quality=quality)
    assert averaging.mean() is None
    assert averaging.lost == quality.name


def test_a_value_that_is_only_repeated_gives_no_mean():
    averaging = averaged([1.0] * 9, fresh=False)
    assert (averaging.mean(), averaging.count, averaging.lost) == (None, 0, "")


def test_a_loop_is_checked_over_its_range():
    assert [round(each * 3600, 9) for each in steps_of(FLOW)] == [0, 10, 20, 30, 40]
    assert steps_of(replace(FLOW, range=Range())) == ()


def test_what_is_stated_is_taken_as_written():
    # 0.3 % of 20 kg/h and 0.01 % of 40 kg/h: hypot(0.06, 0.004) = 0.06013 kg/h
    limit = stated_limit(FLOW.uncertainty, 20 / 3600, 40 / 3600)
    assert limit * 3600 == pytest.approx(0.060133, 1e-4)
    assert stated_limit(Uncertainty(resolution=0.1), 5.0, 0.0) == pytest.approx(0.05)


@pytest.mark.parametrize(("shown", "passes"), [(20.05, True), (19.95, True), (20.07, False)])
def test_a_point_passes_within_what_is_stated(shown, passes):
    point = compared(FLOW, 20 / 3600, mean(shown / 3600))
    assert point.is_passed is passes
    assert point.error_of_span == pytest.approx((shown - 20) / 40)
    assert is_passed([point]) is passes


def test_where_nothing_is_stated_nothing_passes():
    point = compared(replace(FLOW, uncertainty=None), 0.0, mean(0.0))
    assert point.is_passed is None
    assert not is_passed([point])
    assert not is_passed([])


@settings(max_examples=50)
@given(st.floats(0.7, 1.4), st.floats(-0.001, 0.001), st.floats(0.0, 1.0))
def test_the_line_of_two_references_gives_back_both_and_all_between(gain, offset, share):
    span = FLOW.range.span

    def reading(true):
        return (true - offset) / gain

    points = [compared(FLOW, true, mean(reading(true))) for true in (0.0, span)]
    line = correction_of(points)
    assert line.gain == pytest.approx(gain)
    assert line.offset == pytest.approx(offset, abs=1e-12)
    assert line(reading(share * span)) == pytest.approx(share * span, abs=1e-12)


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ([(0.0, 0.0)], "maintenance.two-points"),
        ([(0.0, 0.0), (0.04, 0.04)], "maintenance.too-close"),
        ([(0.5, 0.0), (0.5, 1.0)], "maintenance.too-close"),
        ([(0.0, 0.0), (1.0, 0.0)], "maintenance.wild"),
        ([(0.0, 0.0), (1.0, 0.5)], "maintenance.wild"),
        ([(0.0, 1.0), (1.0, 0.0)], "maintenance.wild"),
    ],
)
def test_two_references_that_make_no_line_are_refused(points, reason):
    span = FLOW.range.span
    with pytest.raises(Refused) as told:
        correction_of([compared(FLOW, a * span, mean(b * span)) for a, b in points])
    assert told.value.message.id == reason


RIG = Path(bench.rigs.FOLDER) / "hydrogen-engine-cell.yaml"


def changed_rig(folder, name, snippet):
    """Write the shipped rig with a channel replaced by what a snippet says."""
    lines, kept, inside = RIG.read_text(encoding="utf-8").splitlines(), [], False
    for line in lines:
        if line.startswith(f"  {name}:"):
            inside = True
            kept += snippet.splitlines()[1:]
        elif not (inside and line.startswith("   ")):
            inside = False
            kept.append(line)
    path = folder / "changed.yaml"
    path.write_text("\n".join(kept), encoding="utf-8")
    return load_rig(str(path), Catalogue.shipped())


@pytest.mark.parametrize(
    "name", ["fuel.flow", "coolant.temperature", "fuel.rail_pressure", "oil.pressure"]
)
def test_the_lines_that_are_proposed_do_what_was_computed(tmp_path, name):
    before = load_rig(str(RIG), Catalogue.shipped())
    channel = before.channels[before.index[name]]
    low, span = channel.range.low, channel.range.span
    if not span:
        low, span = 280.0, 100.0
    wide = replace(channel, range=Range(low, low + span))
    readings = {low: low - 0.01 * span, low + span: low + 1.005 * span}
    line = correction_of([compared(wide, true, mean(seen)) for true, seen in readings.items()])
    model = changed_rig(tmp_path, name, snippet_of(channel, line, BY))
    (formula,) = (each for each in model.computed if each.index == model.index[name])
    after = model.channels[formula.index]
    assert after.calibration.id == "C-17"
    assert (after.uncertainty, after.title) == (channel.uncertainty, channel.title)
    assert after.range.low == pytest.approx(channel.range.low)
    raw = model.index[f"{name}.uncorrected"]
    assert model.channels[raw].source == channel.source
    values = np.full(len(model.channels), math.nan)
    for true, seen in readings.items():
        values[raw] = seen
        assert evaluated(model, formula.formula, values) == pytest.approx(true, abs=1e-6 * span)


def evaluated(model, formula, values):
    row = [*values.tolist()]
    compile_row([(0, formula)], model.index.__getitem__)(row)
    return row[0]
