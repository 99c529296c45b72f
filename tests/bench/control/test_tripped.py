"""The chain is observed: it trips the bench from any state, and no software closes it."""

import pytest

from bench.channel import Quality
from bench.control.loop import Stop
from bench.control.states import Cause, State
from bench.errors import Refused
from tests.bench.control.hosted import LONG, Hosted, hold, put

OPEN, CLOSED = 0.0, 1.0


def chained(*body, **more):
    bench = Hosted(*(body or (LONG,)), chain="x.a", **more)
    bench.sensor.value = CLOSED
    return bench


def test_a_chain_that_opens_runs_the_hard_stop_to_its_end_in_tripped():
    bench = chained().begin()
    bench.scan(3)
    bench.scan(value=OPEN)
    assert (bench.state, bench.loop.phase) == (State.TRIPPED, "hard-stop")
    assert bench.loop.is_actuating
    bench.finish()
    assert bench.state is State.TRIPPED
    assert bench.notebook.steps[-1] == ("hard-stop", "done")
    assert (bench.loop.stop.state, bench.loop.stop.message.id) == ("limit", "control.chain-open")
    sent = len(bench.output.taken) + len(bench.output.safe)
    bench.scan(20)
    assert len(bench.output.taken) + len(bench.output.safe) == sent  # it only observes


@pytest.mark.parametrize("is_hard", [True, False])
def test_a_chain_that_opens_during_a_stop_pre_empts_a_soft_one_and_goes_on_with_a_hard_one(is_hard):
    bench = chained(hard=[put("h1", 1.0), hold("h2", 5)], soft=[hold("s", 9)]).begin()
    bench.scan()
    bench.loop.begin_stop(Stop("operator", None, is_hard=is_hard))
    bench.scan(4)
    bench.scan(value=OPEN)
    assert bench.state is State.TRIPPED
    assert bench.loop.position.id == "h2"
    assert bench.loop.position.elapsed == pytest.approx(0.4 if is_hard else 0.0, abs=0.11)
    bench.finish()
    names = [name for name, _ in bench.notebook.steps]
    assert names.count("h1") == 1
    assert bench.loop.stop.state == "operator"  # what came first is why it ended


@pytest.mark.parametrize("causes", [(), (Cause.CHECKED,)])
def test_a_bench_that_does_not_move_trips_too_and_nothing_is_sent(causes):
    bench = chained()
    bench.scan()
    for cause in causes:
        bench.loop.change(cause)
    bench.scan(value=OPEN)
    assert bench.state is State.TRIPPED
    assert not bench.loop.is_actuating
    bench.scan(30)
    assert bench.output.taken == bench.output.safe == []
    assert not bench.loop.is_finished  # nothing was carried out


def test_a_chain_nobody_sees_counts_as_open_after_a_second_of_actuating():
    bench = chained()
    bench.sensor.quality = Quality.BAD
    bench.scan(30)
    assert bench.state is State.MONITOR
    bench.sensor.quality = Quality.OK
    bench.begin().scan(2)
    bench.sensor.quality = Quality.BAD
    bench.scan(10)
    assert bench.state is State.AUTOMATIC
    bench.scan()
    assert bench.state is State.TRIPPED


def test_a_chain_that_opens_between_two_scans_is_seen():
    bench = chained().begin()
    bench.queue.append((bench.sensor.index, OPEN, bench.clock.now(), Quality.OK))
    bench.scan()
    assert bench.state is State.TRIPPED


def test_a_trip_is_reset_by_hand_once_the_chain_is_closed_and_the_stop_is_through():
    bench = chained().begin()
    bench.scan(value=OPEN)
    with pytest.raises(Refused, match="key"):
        bench.loop.reset("ada")
    bench.scan(value=CLOSED)
    with pytest.raises(Refused, match="still runs"):
        bench.loop.reset("ada")
    bench.finish()
    bench.scan(50)
    assert bench.state is State.TRIPPED  # software does not let it go
    bench.loop.reset("ada")
    assert bench.state is State.SAFE
    bench.loop.reset("ada")
    assert bench.state is State.MONITOR


def test_nothing_starts_and_nothing_stops_a_hard_stop_in_tripped():
    bench = chained().begin()
    bench.scan(value=OPEN)
    for ask in (bench.loop.begin, bench.loop.hold, bench.loop.resume, bench.loop.take_over):
        with pytest.raises(Refused):
            ask()
    with pytest.raises(Refused):
        bench.loop.leave(Stop("completed", None, is_hard=False))
    bench.loop.begin_stop(Stop("operator", None, is_hard=False))
    assert bench.loop.phase == "hard-stop"
    bench.finish()


def test_the_heartbeat_goes_on_in_tripped_so_that_the_chain_can_be_closed():
    bench = chained(heartbeat=("out", 7)).begin()
    bench.scan(value=OPEN)
    bench.finish()
    assert bench.loop.pulse.is_beating
