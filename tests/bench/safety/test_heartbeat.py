"""The heartbeat beats only while every part has reported in time."""

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bench.safety.heartbeat import Heartbeat

PARTS = {"scan": 300, "judging": 300, "can0": 300, "daq": 3000}


def test_a_part_is_late_once_its_time_is_over_and_no_other_reports_for_it():
    heartbeat = Heartbeat({"scan": 300, "can0": 300}, now=1000)
    heartbeat.report("scan", 1300)
    heartbeat.report("gui", 1300)  # is no part of it
    assert heartbeat.beats(1300)
    assert heartbeat.late(1301) == ("can0",)
    assert not heartbeat.beats(1301)
    heartbeat.report("can0", 1301)
    assert heartbeat.beats(1301)


def test_a_report_of_the_past_makes_nothing_younger_or_older():
    heartbeat = Heartbeat({"scan": 300}, now=1000)
    heartbeat.report("scan", 900)
    assert heartbeat.beats(1300)
    assert not heartbeat.beats(1301)


def test_a_part_that_is_late_stays_so_when_other_parts_are_watched():
    heartbeat = Heartbeat({"can0": 300}, now=0)
    heartbeat.watch({"can0": 300, "can1": 300}, 1000)
    assert heartbeat.late(1000) == ("can0",)


@given(st.sampled_from(sorted(PARTS)), st.integers(1, 10_000))
def test_one_late_part_is_enough(part, over):
    heartbeat = Heartbeat(PARTS)
    now = PARTS[part] + over
    for other in PARTS:
        if other != part:
            heartbeat.report(other, now)
    assert heartbeat.late(now) == (part,)


class Beating(RuleBasedStateMachine):
    """Parts that report, and time that passes."""

    def __init__(self):
        super().__init__()
        self.now = 0
        self.heard = dict.fromkeys(PARTS, 0)
        self.heartbeat = Heartbeat(PARTS)

    @rule(part=st.sampled_from(sorted(PARTS)))
    def report(self, part):
        self.heartbeat.report(part, self.now)
        self.heard[part] = self.now

    @rule(passed=st.integers(1, 400))
    def wait(self, passed):
        self.now += passed

    @invariant()
    def it_beats_exactly_while_none_is_late(self):
        late = {part for part, at in self.heard.items() if self.now - at > PARTS[part]}
        assert set(self.heartbeat.late(self.now)) == late
        assert self.heartbeat.beats(self.now) is not bool(late)


TestBeating = Beating.TestCase
TestBeating.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
