"""Virtual time leaps where nothing happens, and nothing else changes by it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.clock import SECOND, VirtualClock
from bench.control.stretching import SETTLING, Stretching
from bench.messages import Bilingual
from bench.model import Counter, CounterKind
from bench.plan import MeasureNode, PromptNode, RampNode, RampTargetNode, WaitNode
from bench.safeguard import Reaction
from bench.units import ONE
from tests.bench.control.hosted import SPEED, STRETCH, Hosted, Sensor, hold, put
from tests.bench.small_bench import PERIOD, formula, head, limit

HOURS = Counter("hours", CounterKind.TIME, ONE, formula("x.a > 3"))
ENERGY = Counter("energy", CounterKind.INTEGRAL, ONE, formula("x.a * 2"))
SECONDS = 900


def whole(wished):
    """Leap as far as is wished."""
    return wished


class Leaps:
    """A simulated cell that leaps, and remembers how far."""

    def __init__(self, most=10**18):
        self.most = most
        self.done = []

    def __call__(self, wished):
        self.done.append(min(wished, self.most))
        return self.done[-1]


def run(*body, leap=None, value=5.0, **more):
    bench = Hosted(*body, leap=leap, **more)
    bench.sensor.value = value
    bench.begin()
    scans = 0
    while not bench.loop.is_finished:
        bench.scan()
        scans += 1
        assert scans < 100_000
    return bench


@given(
    st.lists(
        st.tuples(st.sampled_from(["wait", "wires", "leap"]), st.integers(0, 10**12)), max_size=20
    )
)
def test_neither_scale_of_virtual_time_goes_back_and_a_leap_moves_no_wire_time(moves):
    clock = VirtualClock()
    for move, ns in moves:
        bench, wires = clock.now(), clock.wires.now()
        if move == "leap":
            clock.leap(ns)
            assert (clock.now(), clock.wires.now()) == (bench + ns, wires)
        elif move == "wait":
            clock.wait_until(ns)
            assert clock.now() == max(bench, ns)
        else:
            clock.wires.wait_until(ns)
            assert clock.wires.now() == max(wires, ns)
        assert clock.now() >= bench
        assert clock.wires.now() >= wires
        assert clock.now() == clock.wires.now() + clock.leapt
        assert clock.utc() == clock.wires.utc()


def test_time_leaps_forwards_only():
    with pytest.raises(ValueError, match="-1"):
        VirtualClock().leap(-1)


@given(st.lists(st.integers(-(10**9), 10**12), min_size=1, max_size=40), st.integers(1, 10**11))
def test_a_leap_is_whole_periods_after_the_settling_time_and_ends_before_the_next_change(
    rests, longest
):
    asked = []

    def leap(wished):
        asked.append(wished)
        return wished

    stretching, now, since = Stretching(longest, PERIOD, leap), 0, None
    for rests_for in rests:
        since = None if rests_for <= 0 else since if since is not None else now
        asked.clear()
        done = stretching.leap(now, rests_for)
        assert asked == ([done] if done else [])
        if done:
            assert since is not None
            assert now - since >= SETTLING
            assert done % PERIOD == 0
            assert done <= longest
            assert done + PERIOD <= rests_for
        now += done + 40 * SECOND


@pytest.mark.parametrize("most", [10**18, 7 * PERIOD, 450 * PERIOD])
def test_a_stretched_hold_ends_when_it_would_have_ended_and_counts_the_same(most):
    leaps = Leaps(most)
    counters = (HOURS, ENERGY)
    straight = run(hold("rest", SECONDS), counters=counters)
    stretched = run(hold("rest", SECONDS), counters=counters, leap=leaps)
    assert len(leaps.done) > 5
    assert sum(leaps.done) == stretched.clock.leapt
    assert stretched.clock.now() == straight.clock.now()
    assert stretched.clock.utc() == straight.clock.utc()
    assert stretched.notebook.steps == straight.notebook.steps
    for name, count in straight.loop.counters.values.items():
        assert stretched.loop.counters.values[name] == pytest.approx(count)
    assert len(stretched.notebook.rows) < len(straight.notebook.rows)


def test_rows_go_forward_and_each_leap_is_followed_by_an_ordinary_scan():
    leaps = Leaps()
    bench = run(hold("rest", SECONDS), leap=leaps)
    steps = [after - before for (before, *_), (after, *_) in pairwise(bench.notebook.rows)]
    assert set(steps) <= {PERIOD} | {PERIOD + done for done in leaps.done}
    assert max(steps) == PERIOD + STRETCH


def test_no_value_ages_and_no_heartbeat_is_missed_over_a_leap():
    bench = Hosted(hold("rest", SECONDS), leap=whole, heartbeat=("out", 2))
    bench.begin()
    for _ in range(2000):
        bench.scan()
        assert bench.loop.row.all_ok
        assert bench.loop.pulse.is_beating
        assert bench.loop.pulse.missing == ()
    assert bench.clock.leapt > 0


def test_what_lives_on_the_wires_sees_no_leap(monkeypatch):
    stepped, step = [], Sensor.step
    monkeypatch.setattr(Sensor, "step", lambda self, now: stepped.append(now) or step(self, now))
    bench = Hosted(hold("rest", SECONDS), leap=whole)
    bench.begin()
    bench.scan(2000)
    assert bench.clock.leapt > 0
    assert {after - before for before, after in pairwise(stepped)} == {PERIOD}


def test_time_leaps_while_it_waits_until_something_holds():
    bench = Hosted(
        WaitNode(head("wait"), formula("x.a > 9"), "x.a > 9", 20.0 * SECONDS, "stop"), leap=whole
    )
    bench.begin()
    bench.scan(1300)
    assert bench.clock.leapt > 0
    bench.scan(2, value=10.0)  # the condition is looked at with every scan
    assert ("wait", "done") in bench.notebook.steps


@pytest.mark.parametrize(
    "step",
    [
        RampNode(head("ramp"), (RampTargetNode(SPEED, 9.0, None),), SECONDS),
        MeasureNode(head("measure"), SECONDS, 1, "point"),
        PromptNode(head("ask"), Bilingual("done?"), None),
    ],
)
def test_no_time_leaps_while_anything_is_under_way(step):
    leaps = Leaps()
    Hosted(step, leap=leaps).begin().scan(3000)
    assert leaps.done == []


def test_every_scan_is_done_for_the_settling_time_after_a_step_begins_or_a_demand_changes():
    bench = run(hold("one", SECONDS), put("two", 3.0), hold("three", SECONDS), leap=whole)
    times = [time for time, *_ in bench.notebook.rows]
    speed = bench.loop.model.demands[SPEED].channel
    second = next(time for time, values, _ in bench.notebook.rows if values[speed] == 3.0)
    quiet = [each for each in times if second <= each <= second + SETTLING]
    assert {after - before for before, after in pairwise(quiet)} == {PERIOD}


@pytest.mark.parametrize("reaction", [Reaction.LOG, Reaction.FLAG])
def test_no_time_leaps_while_a_condition_of_a_limit_holds_nor_shortly_after(reaction):
    leaps = Leaps()
    bench = Hosted(
        hold("rest", 10 * SECONDS), leap=leaps, limits=(limit("high", "x.a > 9", reaction),)
    )
    bench.begin()
    bench.scan(1300)
    assert leaps.done
    leaps.done.clear()
    bench.scan(3000, value=10.0)
    leaps.done[:1] = []  # it was not known before
    assert leaps.done == []
    bench.scan(SETTLING // PERIOD - 2, value=1.0)
    assert leaps.done == []
    bench.scan(10)
    assert leaps.done


def test_no_time_leaps_while_the_sequence_is_held_or_stopped():
    leaps = Leaps()
    bench = Hosted(hold("rest", 10 * SECONDS), leap=leaps).begin()
    bench.scan(1300)
    assert leaps.done
    leaps.done.clear()
    bench.loop.hold()
    bench.scan(1500)
    assert leaps.done == []


def test_no_time_leaps_while_an_instrument_does_not_answer():
    leaps = Leaps()
    bench = Hosted(hold("rest", SECONDS), leap=leaps).begin()
    bench.output.is_connected = False
    bench.scan(1500)
    assert leaps.done == []
