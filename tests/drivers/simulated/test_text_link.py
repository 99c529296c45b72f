"""The link to a twin in the same process."""

import sys

import pytest

from bench.clock import NEVER, VirtualClock
from bench.errors import BadReply, LinkClosed, LinkTimeout
from drivers.simulated.text_link import InProcessLink
from drivers.visa.port import AK, Wire


class Twin:
    def __init__(self, answers):
        self.answers = answers
        self.heard = []

    def receive(self, data, now):
        self.heard.append((data, now))
        return self.answers.get(data, b"")

    def step(self, now):
        return NEVER


@pytest.fixture
def link_to():
    def make(answers, wire=None):
        clock = VirtualClock()
        clock.wait_until(7)
        twin = Twin(answers)
        link = InProcessLink(twin, instrument="daq", clock=clock, wire=wire or Wire())
        link.open()
        return link, twin, clock

    return make


def test_bytes_arrive_framed_and_at_the_clocks_time(link_to):
    link, twin, clock = link_to({b"A?\r\n": b"1\r\n"}, Wire(end="\r\n", reply_end="\r\n"))
    assert link.query("A?") == "1"
    link.write("B")
    assert twin.heard == [(b"A?\r\n", 7), (b"B\r\n", 7)]
    assert clock.now() == 7  # a question never moves the time


def test_ak_telegrams_are_framed_by_stx_and_etx(link_to):
    link, _, _ = link_to({b"\x02 ASTZ K0\x03": b"\x02 ASTZ 0 SREM\x03"}, AK)
    assert link.query(" ASTZ K0") == "ASTZ 0 SREM"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", LinkTimeout),
        (b"12.3", LinkTimeout),
        (b"1\n2\n", LinkClosed),
        (b"\xff\n", BadReply),
    ],
)
def test_what_a_real_link_would_not_bear_closes_this_one_too(link_to, answer, error):
    link, _, _ = link_to({b"A?\n": answer})
    with pytest.raises(error, match="daq"):
        link.query("A?")
    assert not link.is_open
    with pytest.raises(LinkClosed, match="not connected"):
        link.query("A?")


def test_an_answer_nobody_asked_for_closes_the_link(link_to):
    link, _, _ = link_to({b"A\n": b"OK\n"})
    with pytest.raises(LinkClosed, match="without being asked"):
        link.write("A")


def test_a_question_costs_a_handful_of_calls(link_to):
    link, _, _ = link_to({b"A?\n": b"1\n"})
    calls = []
    sys.setprofile(lambda frame, kind, _: calls.append(frame) if kind.endswith("call") else None)
    try:
        link.query("A?")
    finally:
        sys.setprofile(None)
    assert 5 < len(calls) < 40, len(calls)  # a few microseconds on any machine of our time
