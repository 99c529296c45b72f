"""The stop that protects people: above all others, asked for by a person, and only where it is."""

import itertools
from dataclasses import replace

import pytest

from bench.control.left_stop import LeftStop
from bench.control.loop import Stop
from bench.control.saved import Saved
from bench.control.states import State
from bench.errors import Refused
from tests.bench.control.hosted import HARD, LONG, SPEED, TORQUE, Hosted, hold, put
from tests.bench.small_bench import limit, sequence

SOFT = Stop("operator", None, is_hard=False)
HARD_STOP = Stop("operator", None, is_hard=True)
PEOPLE = Stop("operator", None, is_hard=True, is_people_first=True)
STEPS = (put("p1", 3.0), hold("p2", 1))


def offered(bench, *steps):
    """Give the plan of a bench a stop that protects people."""
    bench.loop.plan = replace(
        bench.loop.plan, people_first=sequence(*(steps or STEPS), name="people-first")
    )
    bench.loop.stopping._plan = bench.loop.plan
    return bench


def kept(bench, index):
    """Have a demand stay as a stop leaves it."""
    demands = bench.loop.demands
    points = list(demands.points)
    points[index] = replace(points[index], is_kept_after_stop=True)
    demands.points = tuple(points)
    return bench


@pytest.mark.parametrize("before", [None, SOFT, HARD_STOP])
def test_it_pre_empts_whatever_runs(before):
    bench = offered(Hosted(LONG, soft=[hold("s", 100)], hard=[hold("h", 100)])).begin()
    bench.scan(3)
    if before is not None:
        bench.loop.begin_stop(before, is_asked=True)
        bench.scan(3)
    bench.loop.begin_stop(PEOPLE, is_asked=True)
    assert (bench.state, bench.loop.phase) == (State.STOPPING, "people-first")
    bench.finish()
    assert bench.state is State.SAFE


@pytest.mark.parametrize("after", [SOFT, HARD_STOP, Stop("limit", None, is_hard=True)])
def test_no_other_stop_pre_empts_it(after):
    bench = offered(Hosted(LONG)).begin()
    bench.loop.begin_stop(PEOPLE, is_asked=True)
    bench.scan(3)
    bench.loop.begin_stop(after, is_asked=True)
    assert bench.loop.phase == "people-first"


def test_no_limit_pre_empts_it():
    bench = offered(Hosted(LONG, limits=[limit("high", "x.a > 5", HARD)])).begin()
    bench.loop.begin_stop(PEOPLE, is_asked=True)
    bench.scan(4, value=9.0)
    assert bench.loop.phase == "people-first"


def test_it_pre_empts_the_hard_stop_of_a_chain_that_opened_too():
    bench = offered(Hosted(LONG, chain="x.a", hard=[hold("h", 100)]))
    bench.scan(2, value=1.0)
    bench.begin()
    bench.scan(2, value=0.0)
    assert (bench.state, bench.loop.phase) == (State.TRIPPED, "hard-stop")
    bench.loop.begin_stop(PEOPLE, is_asked=True)
    assert (bench.state, bench.loop.phase) == (State.TRIPPED, "people-first")
    bench.finish()
    assert bench.state is State.TRIPPED


@pytest.mark.parametrize("is_running", [False, True])
def test_an_object_without_it_refuses_in_words(is_running):
    bench = Hosted(LONG)
    bench.scan(2)
    if is_running:
        bench.begin()
    before = bench.state
    with pytest.raises(Refused, match="hard stop") as caught:
        bench.loop.begin_stop(PEOPLE, is_asked=True)
    assert "硬停" in caught.value.text("zh")
    assert bench.state is before


def test_from_rest_it_runs_when_a_person_asks():
    bench = offered(Hosted(LONG))
    bench.scan(3)
    bench.loop.begin_stop(PEOPLE, is_asked=True)
    bench.finish()
    assert [name for name, _ in bench.notebook.steps][:2] == ["p1", "p2"]


def test_one_that_was_broken_off_goes_on_where_it_was():
    bench = offered(Hosted(LONG), put("p1", 3.0), hold("p2", 5), hold("p3", 1)).begin()
    bench.loop.begin_stop(PEOPLE, is_asked=True)
    bench.scan(30)
    mark = bench.loop.bookmark()
    assert (mark.phase, mark.position["step"]) == ("people-first", "p2")
    again = offered(Hosted(LONG), put("p1", 3.0), hold("p2", 5), hold("p3", 1))
    again.loop.left = LeftStop(mark.phase, Saved.from_json(mark.position), mark.demands)
    again.scan(2)
    again.loop.begin_stop(PEOPLE, is_asked=True)
    again.scan(1)
    assert again.loop.position.id == "p2"
    assert again.finish() < 50
    assert "p1" not in [name for name, _ in again.notebook.steps]


@pytest.mark.parametrize(("is_kept", "left"), [(True, 3.0), (False, 5.0)])
def test_what_a_stop_demanded_stays_at_its_end_only_where_the_object_says_so(is_kept, left):
    bench = offered(Hosted(LONG)).begin()
    if is_kept:
        kept(bench, SPEED)
    bench.loop.begin_stop(PEOPLE, is_asked=True)
    bench.finish()
    assert bench.loop.demands.values[SPEED] == left


def test_what_the_stop_did_not_demand_itself_becomes_safe():
    bench = kept(kept(Hosted(put("torque", 7.0), LONG, soft=[hold("s", 1)]), SPEED), TORQUE).begin()
    bench.scan(3)
    bench.loop.demands.values[SPEED] = 40.0
    bench.loop.begin_stop(SOFT)
    bench.finish()
    assert bench.loop.demands.values[SPEED] == 5.0


@pytest.mark.parametrize(
    "order", list(itertools.permutations([SOFT, HARD_STOP, PEOPLE])), ids=lambda o: str(len(o))
)
def test_the_highest_that_was_asked_for_runs_whatever_the_order(order):
    bench = offered(Hosted(LONG, soft=[hold("s", 9)], hard=[hold("h", 9)])).begin()
    for stop in order:
        bench.loop.begin_stop(stop, is_asked=True)
        bench.scan(1)
    assert bench.loop.phase == "people-first"
