"""Strips: a curve stands in one place, and no strip is empty."""

from hypothesis import given
from hypothesis import strategies as st

from gui.state.review.plot_plan import MOST_STRIPS, NEW, PlotPlan, StripPlan, first_plan

MOVES = st.lists(st.tuples(st.integers(0, 15), st.integers(-1, 4), st.booleans()), max_size=30)


@given(MOVES)
def test_whatever_is_moved_a_curve_stands_in_one_place_and_no_strip_is_empty(moves):
    plan = PlotPlan()
    for number, at, is_added in moves:
        key = f"run\nchannel.{number}"
        plan = plan.with_curve(key, at) if is_added else plan.without_curves([key])
        assert len(plan.keys) == len(set(plan.keys))
        assert all(strip.keys for strip in plan.strips)
        assert len(plan.strips) <= MOST_STRIPS
        assert (key in plan.keys) is is_added


def test_a_curve_joins_the_strip_it_is_dropped_on():
    plan = first_plan(["r\na", "r\nb", "r\nc"]).with_curve("r\na", 2)
    assert plan == PlotPlan((StripPlan(("r\nb",)), StripPlan(("r\nc", "r\na"))))


def test_the_curves_of_a_run_go_with_it():
    plan = PlotPlan((StripPlan(("one\na", "two\na")), StripPlan(("one\nb",))))
    assert plan.without_run("one") == PlotPlan((StripPlan(("two\na",)),))


def test_curves_are_unfolded_into_strips_of_their_own():
    plan = PlotPlan((StripPlan(("r\na", "r\nb")),)).unfolded()
    assert [strip.keys for strip in plan.strips] == [("r\na",), ("r\nb",)]


def test_the_same_channel_of_another_run_is_found():
    plan = PlotPlan((StripPlan(("one\na",)), StripPlan(("one\nb",))))
    assert plan.place_of("b") == 1
    assert plan.place_of("c") == NEW
