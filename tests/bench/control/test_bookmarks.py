"""A run says where it is, what it counted and what went wrong."""

import itertools

import pytest

from bench.clock import SECOND
from bench.control.loop import Stop
from bench.control.programme import prepare
from bench.control.saved import Saved
from bench.control.states import Cause, State
from bench.errors import Refused
from bench.record.port import Bookmark, Ending, Incident
from tests.bench.control.hosted import HARD, LONG, SPEED, Hosted, hold, plan_of, put
from tests.bench.small_bench import PERIOD, limit

BODY = (put("a", 50.0), hold("long", 1000))


def records(bench, kind):
    return [each for each in bench.notebook.others if isinstance(each, kind)]


def test_a_bookmark_is_written_every_second_and_when_a_step_begins():
    bench = Hosted(*BODY)
    bench.scan(30)
    assert records(bench, Bookmark) == []  # nothing runs
    bench.begin().scan(41)
    marks = records(bench, Bookmark)
    assert len(marks) == pytest.approx(5, abs=1)
    gaps = [b.time_ns - a.time_ns for a, b in itertools.pairwise(marks)]
    assert max(gaps) <= SECOND
    assert {mark.phase for mark in marks} == {"sequence"}
    assert marks[-1].demands == {"out.speed": 50.0, "out.torque": 0.0, "out.mode": 0.0}
    assert Saved.from_json(marks[-1].position).step == "long"
    bench.loop.begin_stop(Stop("operator", None, is_hard=True))
    bench.scan()
    assert records(bench, Bookmark)[-1].phase == "hard-stop"


def test_a_bookmark_of_a_held_run_has_the_demands_the_sequence_goes_on_with():
    bench = Hosted(*BODY).begin()
    bench.scan(2)
    bench.loop.hold()
    bench.scan(20)
    assert bench.loop.demands.values[SPEED] == pytest.approx(30.0)
    assert bench.loop.bookmark().demands["out.speed"] == 50.0


def test_a_run_goes_on_from_its_bookmark_through_its_re_entry():
    first = Hosted(*BODY).begin()
    first.scan(200)
    mark = first.loop.bookmark()
    saved = Saved.from_json(mark.position)

    bench = Hosted(*BODY, re_entry=[put("warm", 9.0), hold("w", 1)])
    bench.scan()
    bench.loop.change(Cause.CHECKED)
    bench.loop.begin(saved, demands=mark.demands)
    bench.scan(3)
    assert (bench.loop.phase, bench.loop.demands.values[SPEED]) == ("re-entry", 9.0)
    assert bench.loop.bookmark().position == saved.to_json()  # cut off again, it is the same
    assert bench.loop.bookmark().demands == mark.demands
    bench.scan(10)
    assert bench.loop.phase == "sequence"
    assert bench.loop.demands.values[SPEED] < 50.0  # on its way, no steeper than allowed
    bench.scan(50)
    assert bench.loop.demands.values[SPEED] == 50.0
    assert bench.loop.position.id == "long"
    assert bench.loop.position.elapsed == pytest.approx(20.0 + 2.5, abs=2.5)


def test_a_bookmark_of_another_plan_moves_nothing():
    first = Hosted(*BODY).begin()
    first.scan(20)
    saved = Saved.from_json(first.loop.bookmark().position)
    bench = Hosted(hold("other", 5))
    bench.scan()
    bench.loop.change(Cause.CHECKED)
    with pytest.raises(Refused):
        bench.loop.begin(saved)
    assert bench.state is State.READY
    assert bench.output.safe == bench.output.taken == []


def test_an_incident_reaches_back_to_the_beginning_of_the_run_at_most():
    bench = Hosted(LONG, limits=[limit("l", "x.a > 1", HARD)]).begin()
    bench.scan(3, value=9.0)
    bench.scan(400, value=0.0)
    (incident,) = records(bench, Incident)
    assert (incident.number, incident.first_out, incident.reaction) == (1, "l", "hard-stop")
    assert incident.start_ns == 0
    assert incident.end_ns >= incident.at_ns + 30 * SECOND


def test_an_incident_that_is_open_at_the_end_is_written_too():
    bench = Hosted(LONG, limits=[limit("l", "x.a > 1", HARD)]).begin()
    bench.scan(value=9.0)
    bench.finish()
    bench.loop.close(Ending("completed", None, bench.clock.now()))
    (incident,) = records(bench, Incident)
    assert incident.end_ns <= bench.clock.now() + PERIOD


def test_counts_go_on_from_one_programme_to_the_next():
    bench = Hosted(LONG)
    assert bench.loop.counters.values == {}
    bench.loop.counters.values["hours"] = 5.0
    programme = prepare(bench.loop.model, plan_of(LONG), bench.queue)
    programme.counters.values["hours"] = 0.0
    bench.loop.load(programme)
    assert bench.loop.counters.values == {"hours": 5.0}
