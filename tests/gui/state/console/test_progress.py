"""How far a sequence is."""

from dataclasses import replace

import pytest

from bench.control.position import Position
from bench.control.states import State
from bench.service.port import BenchState
from gui.state.console.progress import Stand, chain_of, progress_of
from tests.gui.state.sessions import running, session


def test_a_running_step_tells_its_place_criteria_and_what_comes_next(session):
    found = progress_of(session)
    assert (found.number, found.count, found.step) == (37, 212, "point-06.stabilise")
    assert [each.is_met for each in found.criteria] == [True, False]
    assert found.next_title.en == "Measure 2400 rpm / 180 N·m"
    assert found.share == pytest.approx(41 / 60)


@pytest.mark.parametrize(
    ("kind", "stands"),
    [
        ("ramp", [Stand.NOW, Stand.AHEAD, Stand.AHEAD]),
        ("stabilise", [Stand.DONE, Stand.NOW, Stand.AHEAD]),
        ("measure", [Stand.DONE, Stand.DONE, Stand.NOW]),
        ("prompt", []),
    ],
)
def test_a_point_is_ramped_to_stabilised_and_measured(kind, stands):
    assert [stand for _, stand in chain_of(kind)] == stands


@pytest.mark.parametrize(("elapsed", "expected", "share"), [(90, 60, 1.0), (5, 0, 0.0)])
def test_a_step_is_never_more_than_wholly_over(elapsed, expected, share):
    late = running(position=Position(id="a", elapsed=elapsed, expected=expected))
    assert progress_of(session(late)).share == share


def test_a_watched_bench_tells_counters_and_times_to_safe_alone():
    plain = running()
    watched = BenchState(state=State.MONITOR, stops=plain.stops, counters=plain.counters, phase="")
    found = progress_of(session(watched))
    assert not found.is_running
    assert found.to_safe == (("soft-stop", 95.0), ("hard-stop", 12.0))
    assert [text for _, text in found.counters] == ["1542.6 h", "96", "108230.000 kWh"]


def test_a_counter_without_a_title_has_its_name(session):
    bare = replace(session, bench=replace(session.bench, counter_titles={}))
    assert [title.en for title, _ in progress_of(bare).counters] == ["hours", "starts", "energy"]


def test_a_step_without_a_title_has_its_id():
    found = progress_of(session(running(position=Position(id="warm-up"))))
    assert found.title.en == "warm-up"


def test_while_a_stop_runs_only_it_and_what_may_pre_empt_it_count():
    stops = {"soft-stop": 31.0, "hard-stop": 12.0, "people-first": 5.0}
    stopping = running(state=State.STOPPING, phase="hard-stop", stops=stops)
    assert [name for name, _ in progress_of(session(stopping)).to_safe] == [
        "hard-stop",
        "people-first",
    ]
