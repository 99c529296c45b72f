"""A real loop on a small bench, and what it leaves behind."""

from collections import deque
from dataclasses import replace
from pathlib import Path

from bench.channel import Quality, Range
from bench.clock import SECOND, VirtualClock
from bench.control.loop import Loop
from bench.control.pace import VirtualPace
from bench.control.programme import prepare
from bench.control.states import Cause
from bench.control.stretching import Stretching
from bench.messages import Bilingual
from bench.model import OnHold
from bench.opener import Wiring
from bench.plan import HoldNode, Plan, SetNode
from bench.record.port import Event, Point, StepRecord
from bench.safeguard import Reaction, SafetyChain
from tests.bench.small_bench import MODES, PERIOD, Output, head, model_of, sequence

SPEED, TORQUE, MODE = 0, 1, 2
STRETCH = 60 * SECOND
LOG, WARN, FLAG, HOLD, RECOVER, UNLOAD, SOFT, HARD, TRIP = Reaction


TOLD = {
    "control.limit-violated": "violated",
    "control.limit-clear": "clear",
    "alarm.came": "violated",
    "alarm.not-to-be-judged": "quality",
    "alarm.returned": "clear",
    "alarm.normal": "clear",
}
"""What is told of limits → in one word."""


class Sensor:
    """A worker that leaves the present value of channel ``x.a`` ten times a second."""

    name = "sensor"

    def __init__(self, queue, index):
        self.queue, self.index = queue, index
        self.value, self.quality = 0.0, Quality.OK

    def step(self, now):
        self.queue.append((self.index, self.value, now, self.quality))
        return now + PERIOD

    def close(self):
        pass


class Notebook:
    """A recorder that remembers."""

    path = Path("run.h5")

    def __init__(self):
        self.events, self.steps, self.points, self.rows, self.others = [], [], [], [], []
        self.trouble = None
        self.ending = None

    def row(self, time_ns, values, qualities):
        self.rows.append((time_ns, values.copy(), qualities.copy()))

    def record(self, record):
        match record:
            case Event():
                self.events.append(record)
            case StepRecord():
                self.steps.append((record.id, record.outcome))
            case Point():
                self.points.append(record)
            case _:
                self.others.append(record)

    def close(self, ending):
        self.ending = ending


def plan_of(*body, limits=(), soft=None, hard=None, unload=(), recoveries=None, re_entry=None):
    """Return a plan of steps, with stops of two steps each."""
    return Plan(
        name="test",
        title=Bilingual("test"),
        root=sequence(*body),
        soft_stop=sequence(*(soft or [put("s1", 2.0), hold("s2", 1)]), name="soft-stop"),
        hard_stop=sequence(*(hard or [put("h1", 1.0), hold("h2", 1)]), name="hard-stop"),
        unload=sequence(*unload, name="unload"),
        limits=tuple(limits),
        parameters={},
        texts={},
        recoveries={name: sequence(*b, name=name) for name, b in (recoveries or {}).items()},
        re_entry=None if re_entry is None else sequence(*re_entry, name="re-entry"),
    )


class Hosted:
    """A loop on a small bench whose one sensor shows what the test says."""

    def __init__(
        self,
        *body,
        limits=(),
        heartbeat=None,
        chain=None,
        counters=(),
        workers=(),
        leap=None,
        **more,
    ):
        measured = ("x.a",) if chain in (None, "x.a") else ("x.a", chain)
        model = model_of(
            measured,
            demands=[
                ("out.speed", {"safe": 5.0, "on_hold": OnHold.SAFE, "gradient": 10.0}),
                (
                    "out.torque",
                    {
                        "on_hold": OnHold.SAFE,
                        "gradient": 10.0,
                        "requires": {"out.mode": frozenset({2.0})},
                    },
                ),
                ("out.mode", {"choices": MODES, "range": Range()}),
            ],
            limits=limits,
        )
        closed = None if chain is None else model.index[chain]
        safety = SafetyChain(heartbeat=heartbeat, closed=closed)
        model = replace(model, safety=safety, counters=counters)
        plan = plan_of(*body, **more)
        self.clock, queue = VirtualClock(), deque()
        self.queue = queue
        self.sensor = Sensor(queue, model.index["x.a"])
        chains = [Sensor(queue, model.index[name]) for name in measured[1:]]
        for self.chain in chains:
            self.chain.value, self.chain.name = 1.0, "chain"
        self.output = Output()
        pace = VirtualPace([self.sensor, *chains], self.clock, leap)
        stretching = None if leap is None else Stretching(STRETCH, PERIOD, pace.leap)
        self.loop = Loop(
            model,
            prepare(model, plan, queue),
            Wiring({"out": self.output}, workers, is_simulated=True),
            clock=self.clock,
            pace=pace,
            period=PERIOD,
            stretching=stretching,
        )
        self.notebook = Notebook()
        self.loop.log.record_to(self.notebook)
        self.loop.change(Cause.CONNECT)

    def begin(self):
        self.loop.scan()
        self.loop.change(Cause.CHECKED)
        self.loop.begin()
        return self

    def scan(self, count=1, value=None):
        if value is not None:
            self.sensor.value = value
        for _ in range(count):
            self.loop.scan()

    def finish(self):
        for count in range(1, 1000):
            self.loop.scan()
            if self.loop.is_finished:
                return count
        raise AssertionError(self.loop.state)

    @property
    def state(self):
        return self.loop.state

    @property
    def told(self):
        """Messages of limits: (limit, message)."""
        return [
            (event.source, TOLD[event.message.id])
            for event in self.notebook.events
            if event.message.id in TOLD
        ]


def put(name, value, index=SPEED):
    return SetNode(head(name, "set"), ((index, value),))


def hold(name, seconds, **more):
    return HoldNode(head(name, "hold", **more), seconds)


LONG = hold("long", 1000)
