"""A bench of a few channels, made in memory: measured ``x.*``, computed, demands ``out.*``."""

import math
from collections import deque

from bench.channel import Channel, Kind, Range
from bench.clock import MILLISECOND, VirtualClock
from bench.control.demands import Demands
from bench.control.stage import Stage
from bench.device import Connection, Driver, LinkKind, Progress
from bench.document import Mark
from bench.expression import parse, resolve
from bench.messages import Bilingual
from bench.model import BenchModel, Computed, DemandPoint, TestObject
from bench.plan import Head, SequenceNode
from bench.safeguard import Limit, Reaction
from bench.scan import Scan
from bench.units import ONE

HERE = Mark("test.yaml", 1, 1)
PERIOD = 100 * MILLISECOND
MODES = ("off", "by-speed", "by-torque")


def formula(text, choices=()):
    """Return an expression over dimensionless channels."""
    return resolve(parse(text), units=lambda _: ONE, choices=lambda _: tuple(choices))


def limit(name, when, reaction=Reaction.HARD_STOP, lasting=0.0, valid_while=None):
    """Return a limit."""
    guard = None if valid_while is None else formula(valid_while)
    return Limit(name, formula(when), when, Reaction(reaction), lasting, guard)


def demand(name, channel, **more):
    """Return a demand of the one instrument ``out``, which carries it at its channel's place."""
    settings = {"range": Range(-100.0, 100.0), **more}
    return DemandPoint(name, "out", channel, channel, ONE, **settings)


def model_of(measured=(), computed=(), demands=(), *, limits=(), ages=0.5):
    """Return a bench model.

    Args:
        measured: Names.
        computed: (name, expression).
        demands: (name, settings of its `DemandPoint`).
        limits: Its limits.
        ages: Age at which measured channels are stale, s.
    """
    channels = [Channel(f"{name}.demand", Kind.DEMANDED) for name, _ in demands]
    channels += [Channel(name, Kind.MEASURED) for name in measured]
    first = len(channels)
    channels += [Channel(name, Kind.COMPUTED) for name, _ in computed]
    driver = Driver("out", "", LinkKind.VISA, lambda _: (), lambda _: (), lambda _: None)
    return BenchModel(
        name="small",
        title=Bilingual("small"),
        object=TestObject("thing", "1"),
        connections=(Connection("out", driver, "wire", PERIOD),),
        bases={},
        channels=tuple(channels),
        index={channel.name: i for i, channel in enumerate(channels)},
        max_age=tuple(ages if c.kind is Kind.MEASURED else float("inf") for c in channels),
        computed=tuple(Computed(first + i, formula(text)) for i, (_, text) in enumerate(computed)),
        demands=tuple(demand(name, i, **more) for i, (name, more) in enumerate(demands)),
        limits=tuple(limits),
        scan_period=PERIOD,
        stated={},
        gas=None,
    )


def head(name="step", kind="step", **more):
    """Return the head of a planned step."""
    return Head(name, kind, Bilingual(name), HERE, **more)


def sequence(*body, name="all", **more):
    """Return steps one after the other."""
    return SequenceNode(head(name, "sequence", **more), tuple(body))


class Output:
    """An instrument that takes down what reaches it."""

    name = "out"
    identity = "out"
    is_connected = True

    def __init__(self):
        self.taken = []
        self.safe = []
        self.started = []
        self.answer = Progress()

    def demand(self, index, value):
        self.taken.append((index, value))

    def make_safe(self, values):
        self.safe.append(dict(values))

    def start(self, action):
        self.started.append(action)

    def progress(self):
        return self.answer


class SmallBench:
    """Scan, demands and stage of a small bench, without a loop: time and samples are given."""

    def __init__(self, model):
        self.model = model
        self.queue = deque()
        self.clock = VirtualClock()
        self.scan = Scan(model, self.queue)
        self.output = Output()
        self.woken = []
        instruments = {"out": self.output}
        self.demands = Demands(model, instruments, self.scan.row, self.woken.append)
        self.notes = []
        self.points = []
        self.begun = []
        self.steps = []
        self.ended = []
        self.switched = []
        self.stage = Stage(
            model, self.scan.row, self.demands, instruments, self, wake=self.woken.append
        )
        self.stage.limit_switch = self._switch

    def _switch(self, limits, *, is_on):
        self.switched += [(each.id, is_on) for each in limits]

    def note(self, level, source, message):
        self.notes.append((level, source, message.id))

    def point(self, point):
        self.points.append(point)

    def begin_step(self, step):
        self.begun.append(step)

    def step(self, record):
        self.steps.append((record.id, record.outcome))
        self.ended.append(record)

    def at(self, seconds, **values):
        """Collect a row at a time, with new values (``x_a`` stands for ``x.a``)."""
        now = round(seconds * 1e9)
        for name, value in values.items():
            index = self.model.index[name.replace("_", ".", 1)]
            quality = 2 if math.isnan(value) else 0
            self.queue.append((index, value, now, quality))
        row = self.scan.collect(now)
        self.stage.now = now
        return row
