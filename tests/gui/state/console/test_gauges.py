"""What the key gauges show, as numbers."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.channel import Quality
from bench.document import parse
from gui.state.console.gauges import fitted_gauges, gauges_of
from gui.state.console.numbers import decimals_for, numbers_of
from gui.state.screens.bounds import bounds_of
from gui.state.screens.screen import screen_in
from gui.state.session import Session
from tests.gui.bench_values import ENGINE, model_of, session_of

RIG = "hydrogen-engine-cell"
RPM = 2 * math.pi / 60


def gauge(written, given=None, bad=None, rig=RIG, **more):
    """Return the one gauge of a screen on a rig."""
    screen = screen_in(parse(f"screen: x\ngauges: [{written}]\n", "own.yaml"))
    found = gauges_of(session_of(rig, given, bad, **more), fitted_gauges(screen, model_of(rig)))
    return found[0]


SPEED = "{channel: engine.speed, range: [0 rpm, 2000 rpm]}"
OIL = "{channel: oil.temperature, range: [0 degC, 150 degC]}"


def test_a_value_stands_where_it_is_on_the_scale():
    shown = gauge(SPEED, {"engine.speed": "500 rpm"})
    assert shown.place == pytest.approx(0.25)
    assert (shown.text, shown.unit, shown.ends) == ("500", "rpm", ("0", "2000"))
    assert shown.title.en == "Engine speed"


@given(speed=st.floats(-300, 300, allow_subnormal=False))
@settings(max_examples=40, deadline=None)
def test_the_place_of_a_value_follows_the_value(speed):
    shown = gauge(SPEED, {"engine.speed": speed})
    assert shown.place * 2000 * RPM == pytest.approx(speed, abs=1e-6)


def test_the_demand_of_the_same_name_is_marked():
    shown = gauge(SPEED, {"engine.speed.demand": "1000 rpm"})
    assert shown.demand == pytest.approx(0.5)
    assert shown.demand_text == "1000"


def test_another_demand_can_be_named():
    written = OIL.replace("}", ", demand: oil.setpoint}")
    shown = gauge(written, {"oil.setpoint.demand": "90 degC"})
    assert shown.demand == pytest.approx(0.6)


def test_the_desired_band_moves_with_the_demand():
    written = (
        "{channel: oil.temperature, range: [0 degC, 150 degC],"
        " desired: [oil.setpoint.demand - 15 K, oil.setpoint.demand + 15 K]}"
    )
    shown = gauge(written, {"oil.setpoint.demand": "90 degC"})
    assert shown.desired == pytest.approx((0.5, 0.7))


def test_beyond_a_limit_only_the_segment_of_the_value_is_entered():
    warm = gauge(OIL, {"oil.temperature": "127 degC"})
    assert [(x.priority, x.is_entered) for x in warm.segments] == [(3, True), (2, False)]
    assert [x.start for x in warm.segments] == pytest.approx([125 / 150, 130 / 150])
    assert warm.priority == 3
    hot = gauge(OIL, {"oil.temperature": "131 degC"})
    assert hot.priority == 2
    assert gauge(OIL, {"oil.temperature": "95 degC"}).priority == 0


def test_a_limit_is_entered_only_while_it_is_judged():
    written = "{channel: oil.pressure, range: [0 bar_g, 8 bar_g]}"
    standing = gauge(written, {"oil.pressure": 0.0, "engine.speed": 0.0})
    assert standing.priority == 0
    assert not any(each.is_judged for each in standing.segments)
    running = gauge(written, {"oil.pressure": 0.0, "engine.speed": "800 rpm"})
    assert running.priority == 1


def test_a_value_that_is_not_to_be_trusted_enters_no_segment():
    shown = gauge(OIL, {"oil.temperature": "140 degC"}, {"oil.temperature": Quality.BAD})
    assert shown.quality is Quality.BAD
    assert shown.priority == 0


@pytest.mark.parametrize("more", [{"is_connected": False}, {"silent_for": 3.5}])
def test_values_of_a_silent_server_are_old(more):
    assert gauge(SPEED, ENGINE, **more).quality is Quality.STALE


def test_a_value_given_by_hand_says_so():
    assert gauge(SPEED, forced=("engine.speed",)).is_forced
    assert not gauge(SPEED).is_forced


def test_without_a_range_the_scale_is_that_of_the_demand_else_of_the_channel():
    assert gauge("{channel: engine.torque}").ends == ("-500", "2500")
    assert gauge("{channel: boost.pressure}").ends == ("0", "5")


def test_without_any_range_there_is_a_number_and_no_scale():
    shown = gauge("{channel: engine.power}", {"engine.power": "250 kW"})
    assert shown.ends is None
    assert shown.text == "250.0"
    assert not shown.segments


def test_a_range_may_follow_the_data_of_the_object():
    written = "{channel: stack.current, range: [0 A, 2 * $object.rated_current]}"
    assert gauge(written, rig="solid-oxide-system").ends == ("0", "518.4")
    assert gauge(written, rig="short-stack-bench").ends == ("0", "86.4")


def test_what_the_rig_lacks_is_left_out():
    screen = screen_in(parse("screen: x\ngauges: [{channel: no.such}]\n", "own.yaml"))
    assert fitted_gauges(screen, model_of(RIG)) == ()


@pytest.mark.parametrize(
    ("span", "decimals"), [(2500, 0), (500, 1), (50, 2), (1, 3), (0.001, 3), (0, None)]
)
def test_decimals_follow_the_scale_so_that_a_text_keeps_its_width(span, decimals):
    assert decimals_for(span, 1000) == decimals


def test_what_rounds_to_zero_has_no_sign():
    assert gauge(SPEED, {"engine.speed": "-0.3 rpm"}).text == "0"


def test_before_the_bench_is_known_there_is_nothing():
    assert gauges_of(Session(), ()) == ()
    assert numbers_of(Session()) is None


def test_a_limit_of_an_amount_is_a_line_on_both_sides():
    bounds = bounds_of(model_of("solid-oxide-system"))["anode.difference"]
    assert [(each.is_upper, round(each.value)) for each in bounds] == [
        (False, -5000), (False, -2000), (True, 2000), (True, 5000),
    ]  # fmt: skip


def test_each_detector_of_a_vote_has_the_line():
    bounds = bounds_of(model_of(RIG))
    for number in (1, 2, 3):
        assert [each.value for each in bounds[f"plc.hood_h2_{number}"]] == [0.1, 0.25]


def test_a_limit_may_move_with_other_channels():
    session = session_of("solid-oxide-system", {"nickel.oxidation_voltage": "0.7 V"})
    numbers = numbers_of(session)
    levels = [
        each.level(numbers)
        for each in bounds_of(session.model)["cell.voltage_min"]
        if each.moving is not None
    ]
    assert levels == pytest.approx([0.7, 0.75])


def test_a_limit_of_several_channels_is_no_line():
    bounds = bounds_of(model_of(RIG))
    assert "dyno.speed" not in bounds
    assert [each.limit for each in bounds["engine.speed"]] == ["overspeed"]
