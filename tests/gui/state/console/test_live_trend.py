import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.clock import SECOND
from bench.messages import Bilingual
from bench.service.live import Frame
from bench.units import unit
from gui.state.console import live_trend
from gui.state.console.live_trend import LiveTrend, TrendChannel, trend_groups
from gui.state.plots.picture import Curve, Picture, Trace, Wanted
from gui.state.screens.screen import TrendStrip
from tests.gui.state.sessions import session

OIL = TrendChannel("oil", Bilingual("Oil"), unit("degC"), 1)
SPEED = TrendChannel("speed", Bilingual("Speed"), unit("rpm"), 0)
CURVES = (Curve("t", "oil", "Oil", "°C"), Curve("t", "speed", "Speed", "rpm"))
STEP = 40_000_000


def frame(number, value=300.0, more=0.0, file="a.h5", start=0):
    values = np.array([0.0, value])
    return Frame(
        file, start + number * STEP, 0, values, values - more, values + more, np.zeros(2, np.uint8)
    )


def shown(live, start, end, pixels=100, history=None):
    return live.picture(Wanted(CURVES, start, end, pixels), history).traces[0]


def test_frames_are_shown_in_the_unit_of_screens():
    live = LiveTrend([OIL, SPEED])
    live.take([frame(0), frame(1, 310.0)])
    found = shown(live, 0.0, 1.0)
    assert found.times == pytest.approx([0.0, 0.04])
    assert found.low == pytest.approx([26.85, 36.85])
    assert live.newest == pytest.approx(0.04)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 4000), st.integers(0, 3999), st.integers(1, 50), st.integers(20, 400),
)  # fmt: skip
def test_an_extreme_is_never_lost_however_much_is_thinned(frames, at, pixels, room):
    """Brute force, with little room: bins grow and old frames go, the peak stays."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live_trend, "FINE", room)
        patch.setattr(live_trend, "_COARSE", room)
        live = LiveTrend([OIL])
        peak = {at: 500.0}
        live.take([frame(number, 300.0, peak.get(number, 0.0)) for number in range(frames)])
        found = live.picture(Wanted(CURVES[:1], 0.0, 4000 * 0.04, pixels), None).traces[0]
    assert np.nanmax(found.high) == pytest.approx(526.85 if at < frames else 26.85)
    assert len(found.times) <= 2 * pixels + 4


def test_pixels_stand_still_while_time_goes_on():
    live = LiveTrend([OIL])
    rng = np.random.default_rng(1)
    live.take([frame(number, 300.0, rng.uniform(0, 5)) for number in range(2000)])
    first = live.picture(Wanted(CURVES[:1], 10.0, 60.0, 50), None).traces[0]
    second = live.picture(Wanted(CURVES[:1], 13.0, 63.0, 50), None).traces[0]
    both = np.intersect1d(first.times[1:-2], second.times[1:-2])
    assert len(both) > 40
    for time in both:
        assert first.high[first.times == time] == second.high[second.times == time]


def test_what_was_before_comes_from_the_run_file_and_is_not_drawn_twice():
    live = LiveTrend([OIL, SPEED])
    live.take([frame(number, start=10 * SECOND) for number in range(50)])
    live.zero_ns = 0
    times = np.linspace(0.0, 11.0, 111)
    old = Picture(0.0, 11.0, (Trace(CURVES[0], times, np.full(111, 5.0), np.full(111, 6.0)),))
    found = shown(live, 0.0, 12.0, 1000, old)
    assert np.all(np.diff(found.times) >= 0)
    assert np.all(found.high[found.times < 9.99] == 6.0)
    assert np.all(found.high[found.times > 10.0] == pytest.approx(26.85))
    assert not np.any(np.isnan(found.low))


def test_time_that_is_missing_is_a_gap():
    live = LiveTrend([OIL, SPEED])
    live.take([frame(number) for number in (*range(20), *range(120, 140))])
    assert np.isnan(shown(live, 0.0, 10.0, 1000).low).sum() == 1
    old = Picture(0.0, 1.0, (Trace(CURVES[0], np.zeros(1) - 60.0, np.ones(1), np.ones(1)),))
    assert np.isnan(shown(live, -60.0, 10.0, 1000, old).low).sum() == 2


def test_another_run_begins_anew():
    live = LiveTrend([OIL, SPEED])
    live.take([frame(number) for number in range(50)])
    live.take([frame(0, 310.0, file="b.h5", start=99 * SECOND)])
    assert live.file == "b.h5"
    assert shown(live, -100.0, 100.0).low == pytest.approx([36.85])
    live.take([frame(1, start=-5 * SECOND, file="b.h5")])
    assert live.newest == 0.0


def test_a_frame_of_fewer_channels_is_no_number():
    live = LiveTrend([OIL, SPEED])
    short = frame(0)
    live.take([replace(short, low=short.low[:1], high=short.high[:1])])
    assert math.isnan(shown(live, 0.0, 1.0).low[0])


def test_the_strips_of_a_screen_are_those_the_bench_has():
    model = session().model
    name = model.channels[0].name
    strips = [
        TrendStrip(channels=(name, "no.such")),
        TrendStrip(channels=("nothing.here",)),
    ]
    (group,) = trend_groups(model, strips)
    assert [each.name for each in group.channels] == [name]
    assert group.channels[0].index == 0
