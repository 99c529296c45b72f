"""A person is led through the points of a loop check; what the server finds is shown."""

from dataclasses import replace

import pytest

from bench.channel import Channel, Kind, Range
from bench.clock import SECOND, VirtualClock
from bench.errors import Refused
from bench.messages import Message
from bench.service.comparing import Comparing, Reference, references_of
from bench.service.port import BenchState, EventShown, Reply
from bench.service.requests import Compare, TakeControl
from bench.units import unit

FLOW = Channel("fuel.flow", Kind.MEASURED, unit("kg/h"), range=Range(0.0, 40 / 3600))
WANTED = Compare("fuel.flow", "")


class Server:
    """Answers comparisons as a bench does, a step later."""

    def __init__(self, clock, *, refuses=None, result="maintenance.compared", answers=True):
        self.clock, self.refuses, self.result, self.answers = clock, refuses, result, answers
        self.asked, self.due = [], []

    def state(self):
        return BenchState()

    def step(self):
        self.clock.wait_until(self.clock.now() + SECOND)

    def events(self):
        due, self.due = self.due, []
        return [EventShown(1, 0, "info", "ada", each) for each in due]

    def request(self, request):
        self.asked.append(request)
        if self.refuses:
            return Reply(is_accepted=False, reason=Message(self.refuses, {"state": "manual"}))
        if isinstance(request, Compare) and self.answers:
            about = {"channel": request.channel}
            self.due.append(Message("maintenance.compared", {"channel": "another"}))
            self.due.append(Message(self.result, about | {"reason": "x"}))
            if request.is_last:
                self.due.append(Message("maintenance.loop-passed", about))
        return Reply(is_accepted=True)


def led(server, typed=(), references=("0 kg/h", "20 kg/h", "40 kg/h")):
    said, answers = [], iter(typed)
    comparing = Comparing(
        server,
        WANTED,
        clock=server.clock,
        ask=lambda message: (said.append(message), next(answers, ""))[1],
        tell=said.append,
    )
    found = comparing.run([Reference.parse(each) for each in references])
    return found, said


@pytest.fixture
def clock():
    return VirtualClock()


def test_all_points_are_compared_and_the_last_one_concludes(clock):
    server = Server(clock)
    found, _ = led(server, references=("4 mA=0 kg/h", "20 mA=40 kg/h"))
    assert found.id == "maintenance.loop-passed"
    assert server.asked == [
        TakeControl(),
        replace(WANTED, reference="0 kg/h", applied="4 mA", is_last=False),
        replace(WANTED, reference="40 kg/h", applied="20 mA", is_first=False),
    ]


def test_who_gives_up_concludes_nothing(clock):
    found, said = led(Server(clock), ["", "q"])
    assert found is None
    assert said[-1].id == "maintenance.ended"


def test_what_the_server_refuses_is_said(clock):
    with pytest.raises(Refused) as told:
        led(Server(clock, refuses="maintenance.monitor-only"))
    assert told.value.message.id == "maintenance.monitor-only"


def test_a_point_that_was_not_compared_ends_it(clock):
    with pytest.raises(Refused) as told:
        led(Server(clock, result="maintenance.not-compared"))
    assert told.value.message.id == "maintenance.not-compared"


def test_a_server_that_says_nothing_is_waited_for_a_bounded_time(clock):
    with pytest.raises(Refused) as told:
        led(Server(clock, answers=False))
    assert told.value.message.id == "maintenance.no-answer"
    assert clock.now() < 60 * SECOND


@pytest.mark.parametrize("text", ["", "=", "4 mA=", "=0 kg/h"])
def test_half_a_reference_is_refused(text):
    with pytest.raises(Refused):
        Reference.parse(text)


def test_shares_become_references_in_the_unit_of_the_channel():
    assert [each.value for each in references_of(FLOW, "0, 50,100")] == [
        "0 kg/h", "20 kg/h", "40 kg/h",
    ]  # fmt: skip


@pytest.mark.parametrize("percents", ["", "a", "0,101", "-1", "nan"])
def test_shares_outside_the_range_are_refused(percents):
    with pytest.raises(Refused) as told:
        references_of(FLOW, percents)
    assert told.value.message.id == "maintenance.bad-points"


def test_a_channel_without_a_range_has_no_loop_to_check():
    with pytest.raises(Refused) as told:
        references_of(replace(FLOW, range=Range()), "0")
    assert told.value.message.id == "maintenance.no-range"
