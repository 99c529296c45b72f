"""The bench's heartbeat goes out with every scan, unless a part of it is late."""

import threading
from dataclasses import replace

import pytest

from bench.clock import MILLISECOND, NEVER, SECOND, SystemClock
from bench.control.pace import ThreadedPace
from bench.control.pulse import needed_links
from bench.control.states import State
from bench.device import Connection, Driver, LinkKind
from bench.safeguard import Reaction
from tests.bench.control.hosted import LONG, Hosted
from tests.bench.small_bench import PERIOD, limit, model_of

BEAT = 7


class Served:
    """A pace on which links hang as a test says."""

    def __init__(self, pace):
        self.pace = pace
        self.leapt = 0
        self.hung = {}

    def advance(self, due):
        self.pace.advance(due)

    def wake(self, link):
        self.pace.wake(link)

    def served(self, now):
        return {"wire": now} | self.hung

    def close(self):
        self.pace.close()


class Wire:
    """The worker of the link ``wire``."""

    name = "wire"
    patience = 300 * MILLISECOND

    def step(self, now):
        return now + SECOND

    def close(self):
        pass


def hosted():
    bench = Hosted(LONG, heartbeat=("out", BEAT), workers=(Wire(),))
    bench.loop._pace = Served(bench.loop._pace)
    return bench.begin()


def beats(bench):
    return [value for index, value in bench.output.taken if index == BEAT]


def test_a_hung_link_stops_the_heartbeat_after_its_patience_and_is_named():
    bench = hosted()
    bench.scan(3)
    count = len(beats(bench))
    bench.loop._pace.hung["wire"] = bench.clock.now()
    bench.scan(3)
    assert len(beats(bench)) == count + 3
    bench.scan(5)
    assert len(beats(bench)) == count + 3
    assert bench.loop.pulse.missing == ("wire",)
    assert not bench.loop.pulse.is_beating
    told = [e for e in bench.notebook.events if e.message.id == "control.part-late"]
    assert [(event.source, event.level) for event in told] == [("wire", "error")]
    assert bench.state is State.AUTOMATIC  # the chain stops the object; here there is none


def test_a_link_that_comes_back_lets_it_beat_on():
    bench = hosted()
    bench.loop._pace.hung["wire"] = bench.clock.now()
    bench.scan(8)
    bench.loop._pace.hung.clear()
    bench.scan()
    assert bench.loop.pulse.is_beating
    assert bench.notebook.events[-1].message.id == "control.part-back"


def test_a_judging_that_never_comes_to_its_end_stops_it():
    bench = hosted()
    bench.loop.pulse.report("scan", bench.clock.now() + 10 * SECOND)
    bench.loop.pulse.beat(bench.clock.now() + 2 * SECOND, {"wire": bench.clock.now() + SECOND * 2})
    assert bench.loop.pulse.missing == ("judging",)


def connection(name, kind=LinkKind.CAN):
    driver = Driver(name, "", kind, lambda _: (), lambda _: (), lambda _: None)
    return Connection(name, driver, f"link-{name}", PERIOD)


@pytest.mark.parametrize(
    ("when", "reaction", "needed"),
    [
        ("x.a > 1", Reaction.HARD_STOP, {"one"}),
        ("x.a > 1", Reaction.UNLOAD, set()),
        ("y.sum > 1", Reaction.SOFT_STOP, {"one", "two"}),
        ("x.c > 1 and x.a > 2", Reaction.TRIP, {"one", "three"}),
    ],
)
def test_only_links_that_demand_or_feed_limits_that_stop_are_watched(when, reaction, needed):
    model = model_of(("x.a", "x.b", "x.c"), [("y.inner", "x.a + x.b"), ("y.sum", "y.inner * 2")])
    sources = {"x.a": "one.x", "x.b": "two.x", "x.c": "three.x"}
    channels = tuple(
        replace(each, source=sources.get(each.name, each.name)) for each in model.channels
    )
    model = replace(
        model,
        channels=channels,
        connections=tuple(connection(name) for name in ("one", "two", "three", "four")),
    )
    links = needed_links(model, [limit("l", when, reaction)])
    assert links == {f"link-{name}" for name in needed}


class Hanging:
    """A worker that hangs in its second step until it is let go."""

    name = "can0"

    def __init__(self):
        self.is_in = threading.Event()
        self.release = threading.Event()
        self.steps = 0

    def step(self, now):
        self.steps += 1
        if self.steps == 2:
            self.is_in.set()
            self.release.wait(10.0)
        return NEVER

    def close(self):
        pass


def test_a_thread_is_well_while_it_waits_and_as_old_as_its_call_while_it_hangs():
    clock, worker = SystemClock(), Hanging()
    pace = ThreadedPace([worker], clock)
    assert pace.served(10**18) == {"can0": 10**18}  # not begun: nothing hangs
    pace.advance(clock.now() + 20 * MILLISECOND)
    now = clock.now()
    assert pace.served(now) == {"can0": now}
    pace.wake("can0")
    assert worker.is_in.wait(60.0)
    before = clock.now()
    assert pace.served(before + SECOND)["can0"] <= before
    worker.release.set()
    pace.close()


def advance_often(pace, clock):
    for _ in range(3000):  # a minute; it ends when it raises
        pace.advance(clock.now() + 20 * MILLISECOND)


class Broken:
    """A worker that ends with an error."""

    name = "can0"

    def step(self, now):
        raise ZeroDivisionError

    def close(self):
        pass


def test_a_thread_that_has_ended_is_never_well_again():
    clock = SystemClock()
    pace = ThreadedPace([Broken()], clock)
    with pytest.raises(ZeroDivisionError):
        advance_often(pace, clock)
    now = clock.now()
    assert pace.served(now + 3600 * SECOND)["can0"] <= now
    pace.close()
