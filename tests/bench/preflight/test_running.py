"""Checks that take time end with evidence whatever the bench shows, and give back all."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.checklist import BumpTest, HeartbeatDrop, LeakTest, ZeroTest
from bench.device import Progress, Stage
from bench.preflight.running import run_of
from tests.bench.preflight.looking import FAILED, OK, STALE, Hands, bench, look, told

STEP = 0.1
MODEL = bench(units={"x.a": "bar", "x.b": "bar"})
BAR = 1e5
LEAK = LeakTest(
    pressure=0,
    most=0.1 * BAR / 60,
    lasting=60.0,
    settle=20.0,
    least=20 * BAR,
    fill=((0, 1.0),),
    filling=10.0,
    close=((0, 0.0),),
)


def run(test, shows, hands=None, most=2000.0):
    """Run a check on what the bench shows at each time (s); return finding, time, hands."""
    running, hands = run_of(test, MODEL), hands or Hands()
    for turn in range(round(most / STEP)):
        seconds = turn * STEP
        finding = running.tick(seconds, shows(seconds, hands), hands)
        if finding is not None:
            return finding, seconds, hands
    raise AssertionError("it does not end")


def test_a_tight_line_is_filled_shut_rested_and_watched():
    finding, seconds, hands = run(LEAK, lambda _t, _h: look(30 * BAR))
    assert told(finding) == (True, "preflight.tight")
    assert seconds == pytest.approx(10 + 20 + 60, abs=2 * STEP)
    assert hands.demanded == [((0, 1.0),), ((0, 0.0),)]
    assert finding.values["rate"] == pytest.approx(0.0, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.0, 1.0))
def test_a_line_passes_exactly_as_long_as_it_falls_no_faster_than_allowed(bar_per_minute):
    fall = bar_per_minute * BAR / 60
    finding, _, _ = run(LEAK, lambda t, _: look(40 * BAR - fall * t))
    if abs(bar_per_minute - 0.1) > 1e-6:
        assert finding.is_passed is (bar_per_minute < 0.1)
    assert finding.values["rate"] * 60 / BAR == pytest.approx(bar_per_minute, abs=1e-6)


def test_a_line_without_pressure_proves_nothing():
    assert told(run(LEAK, lambda _t, _h: look(2 * BAR))[0]) == (False, "preflight.no-pressure-on")


def test_a_sensor_that_is_lost_ends_a_leak_test_and_a_short_gap_does_not():
    def gap(begin, length):
        return lambda t, _: look(
            30 * BAR, quality=(STALE if begin <= t < begin + length else OK, OK, OK)
        )

    finding, seconds, _ = run(LEAK, gap(40, 100))
    assert told(finding) == (False, "preflight.no-value")
    assert seconds < 42
    assert run(LEAK, gap(40, 0.8))[0].is_passed
    assert told(run(LEAK, gap(0, 1000))[0]) == (False, "preflight.no-value")


ZERO = ZeroTest(channel=1, within=2.0, lasting=5.0)
ZEROED = ZeroTest(1, 2.0, 5.0, instrument="flange", action="zero", timeout=30.0)


@given(st.floats(-5.0, 5.0))
def test_a_channel_at_rest_passes_within_its_band(value):
    finding, _, _ = run(ZERO, lambda _t, _h: look(b=value))
    if abs(abs(value) - 2.0) > 1e-9:
        assert finding.is_passed is (abs(value) < 2.0)
    assert finding.values["mean"] == pytest.approx(value)


def test_an_instrument_zeroes_itself_before():
    hands = Hands()
    hands.answer = Progress(Stage.RUNNING, "zero")

    def shows(seconds, hands):
        if seconds >= 8:
            hands.answer = Progress(Stage.DONE, "zero")
        return look(b=50.0 if seconds < 8 else 0.1)

    finding, seconds, _ = run(ZEROED, shows, hands)
    assert told(finding) == (True, "preflight.zero")
    assert (hands.started, round(seconds)) == (["zero"], 13)


@pytest.mark.parametrize("stage", [Stage.FAILED, Stage.RUNNING])
def test_an_instrument_that_cannot_zero_itself_fails(stage):
    hands = Hands()
    hands.answer = Progress(stage, "zero", FAILED if stage is Stage.FAILED else None)
    finding, seconds, _ = run(ZEROED, lambda _t, _h: look(), hands)
    assert told(finding) == (False, "preflight.zero-failed")
    assert seconds <= 31


def test_a_channel_without_a_value_is_no_zero():
    finding, _, _ = run(ZERO, lambda _t, _h: look(quality=(OK, STALE, OK)))
    assert told(finding) == (False, "preflight.no-value")


BUMP = BumpTest(channels=(0, 1, 2), above=0.2, within=60.0)


def test_detectors_may_see_the_gas_one_after_the_other():
    def shows(seconds, _):
        seen = [0.3 if 5 * n <= seconds < 5 * n + 3 else 0.0 for n in range(3)]
        return look(*seen)

    finding, seconds, _ = run(BUMP, shows)
    assert told(finding) == (True, "preflight.bumped")
    assert seconds == pytest.approx(10, abs=STEP)
    assert finding.values == {"x.a": 0.3, "x.b": 0.3, "x.c": 0.3}


def test_a_detector_that_sees_nothing_or_lies_is_named():
    finding, seconds, _ = run(BUMP, lambda _t, _h: look(0.3, 0.1, 0.9, quality=(OK, OK, STALE)))
    assert told(finding) == (False, "preflight.blind")
    assert finding.said.arguments["channels"] == "x.b, x.c"
    assert seconds == pytest.approx(60, abs=STEP)
    assert "x.c" not in finding.values


DROP = HeartbeatDrop(heartbeat=0, permit=1, within=1.0, back=5.0)


def chain(falls_after=0.5, comes_after=0.3):
    """Return a chain that notices so long after the heartbeat is gone, and forgives."""
    state = {"since": 0.0, "was": False}

    def shows(seconds, hands):
        if hands.is_silent is not state["was"]:
            state.update(since=seconds, was=hands.is_silent)
        waits = falls_after if hands.is_silent else comes_after
        is_new = seconds - state["since"] >= waits
        hears = (not hands.is_silent) if is_new or state["since"] == 0.0 else hands.is_silent
        return look(float(hears), float(hears))

    return shows


def test_a_chain_that_notices_and_forgives_passes():
    finding, _, hands = run(DROP, chain())
    assert told(finding) == (True, "preflight.beat")
    assert finding.values["noticed"] == pytest.approx(0.5, abs=2 * STEP)
    assert not hands.is_silent


@pytest.mark.parametrize(
    ("shows", "said"),
    [
        (chain(falls_after=2.0), "preflight.beat-unnoticed"),
        (chain(comes_after=60.0), "preflight.beat-gone"),
        (lambda _t, _h: look(1.0, 1.0), "preflight.beat-unnoticed"),
        (lambda _t, _h: look(1.0, 0.0), "preflight.beat-before"),
        (lambda _t, _h: look(1.0, 1.0, quality=(OK, STALE, OK)), "preflight.beat-before"),
        (lambda _t, h: look(0.0 if h.is_silent else 1.0, 1.0), "preflight.beat-unnoticed"),
    ],
    ids=["late", "never-back", "deaf", "no-permit", "unknown", "permit-stays"],
)
def test_whatever_the_chain_does_the_heartbeat_goes_out_again(shows, said):
    finding, seconds, hands = run(DROP, shows)
    assert told(finding) == (False, said)
    assert not hands.is_silent
    assert seconds < 10
    assert not any(math.isnan(value) for value in finding.values.values())
