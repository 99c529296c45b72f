"""What a scan costs without instruments, what a step and a check cost: `--benchmark-only`."""

import itertools
import math
from collections import deque

import pytest

from bench.channel import Channel, Kind
from bench.check import Checker, check
from bench.config import Catalogue
from bench.control.demands import Demands
from bench.control.outcome import Outcome
from bench.control.sequencer import MOST_PER_SCAN, Sequencer
from bench.control.stage import Stage
from bench.document import Mark
from bench.expression import parse, resolve
from bench.messages import Bilingual
from bench.model import BenchModel, Computed, TestObject
from bench.plan import Head, HoldNode, RepeatNode, SequenceNode
from bench.safeguard import Limit, Reaction
from bench.safety.limits import LimitTable
from bench.scan import Row, Scan
from bench.service.live import Framing
from bench.service.wire import encode_frame
from bench.units import unit

PERIOD = 10_000_000
MEASURED = [f"group.channel{n}" for n in range(450)]
COMPUTED = [f"group.computed{n}" for n in range(50)]
FORMULAS = (
    "{0} * {1} / ({2} + 3 K)",
    "if({0} > 300 K, {1}, {2})",
    "min({0}, {1}) + {2}",
    "sqrt({0} / {1}) * {2}",
    "({0} - {1}) / 2 + {2}",
)
CONDITIONS = ("{0} > 500 K",) * 4 + ("{0} < 100 K",) * 4
CONDITIONS += ("{0} > 400 K and {1} < 200 K", "{0} > {1} + 300 K")
KELVIN = unit("K")
TEMPERATURE = 300.0


def resolved(text, number):
    names = [MEASURED[(7 * number + step) % len(MEASURED)] for step in range(3)]
    return resolve(parse(text.format(*names)), units=lambda _: KELVIN, known=MEASURED)


def big_bench():
    """Return a bench of 500 channels, 50 of them computed, with 200 limits."""
    channels = [Channel(name, Kind.MEASURED, KELVIN) for name in MEASURED]
    channels += [Channel(name, Kind.COMPUTED, KELVIN) for name in COMPUTED]
    computed = tuple(
        Computed(len(MEASURED) + n, resolved(FORMULAS[n % len(FORMULAS)], n))
        for n in range(len(COMPUTED))
    )
    limits = tuple(
        Limit(f"limit{n}", resolved(text, n), text, Reaction.HARD_STOP, 0.2)
        for n, text in enumerate(CONDITIONS * 20)
    )
    return BenchModel(
        name="big", title=Bilingual("big"), object=TestObject("thing", "1"), connections=(),
        bases={}, channels=tuple(channels), index={c.name: i for i, c in enumerate(channels)},
        max_age=(3600.0,) * len(MEASURED) + (math.inf,) * len(COMPUTED),
        computed=computed, demands=(), limits=limits, scan_period=PERIOD, stated={}, gas=None,
    )  # fmt: skip


@pytest.mark.benchmark(group="frames")
def test_what_a_scan_pays_for_live_screens(benchmark):
    row, framing = Row(500), Framing()
    row.values[:] = row.low[:] = row.high[:] = TEMPERATURE
    framing.add(row)
    benchmark(framing.add, row)


@pytest.mark.benchmark(group="frames")
def test_a_frame_of_500_channels_taken_and_made_into_bytes(benchmark):
    row, framing = Row(500), Framing()
    framing.add(row)
    benchmark(lambda: encode_frame(framing.taken(row, 500, file="run.h5", utc_ns=0)))


@pytest.mark.benchmark(group="scan")
@pytest.mark.parametrize("fresh", [50, 0])
def test_collecting_and_judging_500_channels(benchmark, fresh):
    model, queue, times = big_bench(), deque(), itertools.count(PERIOD, PERIOD)
    scan = Scan(model, queue, LimitTable.hidden(model.limits))
    table = LimitTable(model.limits, model.index, len(model.channels))
    queue.extend((index, TEMPERATURE, 0, 0) for index in range(len(MEASURED)))
    scan.collect(0)

    def samples():
        now = next(times)
        queue.extend((9 * n, TEMPERATURE + n, now, 0) for n in range(fresh))
        return (now,), {}

    def cycle(now):
        row = scan.collect(now)
        table.judge(row)
        return row

    row = benchmark.pedantic(cycle, setup=samples, rounds=3000, warmup_rounds=100)
    assert row.all_ok
    assert row.fresh[: len(MEASURED)].sum() == fresh
    assert not table.violated.any()


class Diary:
    """Takes what a sequence writes, and forgets it."""

    def note(self, level, source, message):
        """Forget an event."""

    def point(self, point):
        """Forget a window."""

    def begin_step(self, step):
        """Forget that a step begins."""

    def step(self, record):
        """Forget a step."""


def head(kind):
    return Head(kind, kind, Bilingual(kind), Mark("speed.yaml", 1, 1))


@pytest.mark.benchmark(group="sequence")
@pytest.mark.parametrize("seconds", [0.0, 1e6], ids=["begun-and-ended", "running"])
def test_a_step_of_a_sequence(benchmark, seconds):
    model = big_bench()
    scan = Scan(model, deque())
    demands = Demands(model, {}, scan.row, lambda _: None)
    stage = Stage(model, scan.row, demands, {}, Diary(), wake=lambda _: None)
    steps = RepeatNode(head("repeat"), 10**9, (HoldNode(head("hold"), seconds),))
    sequencer = Sequencer(SequenceNode(head("sequence"), (steps,)), stage, Diary())

    def tick():
        stage.now += PERIOD
        return sequencer.tick()

    assert benchmark(tick) is Outcome.RUNNING
    benchmark.extra_info["steps per tick"] = 1 if seconds else MOST_PER_SCAN // 2


@pytest.mark.benchmark(group="check")
@pytest.mark.parametrize("protocol", ["best-point", "whsc", "warm-up"])
def test_checking_a_protocol_against_a_rig(benchmark, protocol):
    catalogue, name = Catalogue.shipped(), f"hydrogen-engine/{protocol}"
    found = benchmark.pedantic(
        check, args=(name, "hydrogen-engine-cell", {}, catalogue), rounds=10, warmup_rounds=1
    )
    assert found.plan.name


@pytest.mark.benchmark(group="check")
def test_checking_one_protocol_after_the_other_against_a_rig(benchmark):
    catalogue = Catalogue.shipped()
    names = [name for name in catalogue.protocol_names() if name.startswith("hydrogen-engine/")]
    checker = Checker(catalogue)

    def check_all():
        return [checker.check(name, "hydrogen-engine-cell", {}) for name in names]

    found = benchmark.pedantic(check_all, rounds=10, warmup_rounds=1)
    assert all(each.plan.name for each in found)
    if benchmark.stats is not None:
        hundred = 100 / len(names) * benchmark.stats.stats.mean
        benchmark.extra_info["100 protocols, s"] = round(hundred, 2)
