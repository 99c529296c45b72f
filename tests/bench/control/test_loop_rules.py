"""Whatever people, limits, links and the chain do: what holds of every bench, scan by scan."""

import math
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bench.channel import Quality
from bench.control.loop import Stop
from bench.control.programme import prepare
from bench.control.states import TRANSITIONS, Cause, State
from bench.errors import DemandOutOfRange, Refused
from bench.safeguard import Reaction
from tests.bench.control.hosted import MODE, SPEED, TORQUE, Hosted, hold, plan_of, put
from tests.bench.control.test_pulse import BEAT, Served, Wire
from tests.bench.small_bench import limit

TRIES = 2
LEVELS = (
    Reaction.HOLD,
    Reaction.RECOVER,
    Reaction.UNLOAD,
    Reaction.SOFT_STOP,
    Reaction.HARD_STOP,
    Reaction.TRIP,
)
LIMITS = [
    replace(limit(reaction.name, f"x.a > {int(reaction)}", reaction), recovery="cool", tries=TRIES)
    for reaction in LEVELS
]
BODY = (put("a", 30.0), put("m", 2.0, MODE), put("t", 20.0, TORQUE), hold("long", 1e6))
MORE = {
    "recoveries": {"cool": [put("c1", 8.0), hold("c2", 0.3)]},
    "unload": [put("u1", 6.0), hold("u2", 0.3)],
}
RANKS = {"sequence": 0, "recovery": 1, "unload": 2, "soft-stop": 3, "hard-stop": 4}


class Bench(RuleBasedStateMachine):
    """A bench on which anything may be asked and anything may go wrong."""

    def __init__(self):
        super().__init__()
        wire = Wire()
        self.bench = Hosted(
            *BODY, limits=LIMITS, heartbeat=("out", BEAT), chain="x.chain", workers=(wire,), **MORE
        )
        self.loop = self.bench.loop
        self.served = self.loop._pace = Served(self.loop._pace)
        self.recoveries = 0
        self.run = 0

    def ask(self, what, *arguments):
        try:
            what(*arguments)
        except (Refused, DemandOutOfRange):
            return False
        return True

    def sent(self):
        output = self.bench.output
        return [each for each in output.taken if each[0] != BEAT], list(output.safe)

    @rule(value=st.integers(0, 9), count=st.integers(1, 8))
    def scans(self, value, count):
        for _ in range(count):
            self.scan(value)

    def scan(self, value):
        loop, before = self.loop, self.sent()
        was_actuating, was_stopping = loop.is_actuating, loop.stop is not None
        beats = len(self.bench.output.taken) - len(before[0])
        self.bench.scan(value=value)
        if not was_actuating and not loop.is_actuating:
            assert self.sent() == before  # nothing is demanded where nothing may actuate
        beat = len(self.bench.output.taken) - len(self.sent()[0]) - beats
        assert beat == (1 if loop.pulse.is_beating else 0)
        if was_stopping:
            assert loop.stop is not None  # no way back from a stop
        self.highest_acts(value)

    def highest_acts(self, value):
        if not self.loop.is_actuating or self.loop.state is State.MANUAL:
            return
        rank = RANKS[self.loop.phase] if self.loop.phase else 2
        if value > Reaction.HARD_STOP:
            assert rank == 4
        elif value > Reaction.SOFT_STOP:
            assert rank >= 3

    @rule()
    def start(self):
        self.ask(self.loop.change, Cause.CHECKED)
        if self.ask(self.loop.begin):
            self.recoveries = self.count("cool")

    @rule(what=st.sampled_from(["hold", "resume", "take_over", "hand_back"]))
    def steer(self, what):
        self.ask(getattr(self.loop, what))

    @rule(speed=st.floats(-120, 120), mode=st.sampled_from([0.0, 1.0, 2.0]))
    def demand(self, speed, mode):
        self.ask(self.loop.set_demands, {SPEED: speed, MODE: mode}, 0.5)

    @rule(is_hard=st.booleans())
    def stop(self, is_hard):
        self.loop.begin_stop(Stop("operator", None, is_hard=is_hard))

    @rule(value=st.sampled_from([0.0, 1.0]))
    def chain(self, value):
        self.bench.chain.value = value

    @rule()
    def reset(self):
        is_closed = self.bench.chain.value > 0.5
        before = self.loop.state
        if self.ask(self.loop.reset, "ada") and before is State.TRIPPED:
            assert is_closed or self.loop._chain.is_closed

    @rule(is_hung=st.booleans())
    def link(self, is_hung):
        self.served.hung.clear()
        if is_hung:
            self.served.hung["wire"] = self.bench.clock.now()

    @rule(is_lost=st.booleans())
    def sensor(self, is_lost):
        self.bench.sensor.quality = Quality.BAD if is_lost else Quality.OK

    @rule()
    def load(self):
        programme = prepare(self.loop.model, plan_of(*BODY, **MORE), self.bench.queue)
        was_actuating = self.loop.is_actuating
        assert self.ask(self.loop.load, programme) is not was_actuating

    def count(self, name):
        return sum(each == name for each, _ in self.bench.notebook.steps)

    @invariant()
    def every_transition_stands_in_the_table(self):
        told = [e.message for e in self.bench.notebook.events if e.message.id == "control.state"]
        state = State.OFF
        for message in told:
            cause = Cause(message.arguments["cause"])
            assert message.arguments["before"] == state.value
            state = TRANSITIONS[state, cause]
            assert message.arguments["after"] == state.value
        assert state is self.loop.state

    @invariant()
    def what_may_not_actuate_is_safe(self):
        if not self.loop.is_actuating:
            points = self.loop.model.demands
            values = self.loop.demands.values
            pairs = zip(points, values, strict=True)
            assert all(value == point.safe or math.isnan(value) for point, value in pairs)

    @invariant()
    def recoveries_are_bounded(self):
        assert self.count("cool") - self.recoveries <= TRIES

    @invariant()
    def a_hung_link_is_outlived_by_no_heartbeat(self):
        since = self.served.hung.get("wire")
        if since is not None and self.loop.row.time - since > Wire.patience:
            assert not self.loop.pulse.is_beating or self.loop.stage.now <= since + Wire.patience


TestBench = Bench.TestCase
TestBench.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
