"""The link between window and bench server: nothing is lost, nothing waits, nothing is left."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.clock import MILLISECOND, SECOND
from bench.messages import Message
from bench.service import gate as gate_module
from bench.service.client import Access
from bench.service.keys import new_keys
from bench.service.live import Frame
from bench.service.port import BenchState, EventShown, Reply
from bench.service.requests import Note
from gui.bridge.link import MOST_FRAMES, BenchLink, Waiting
from gui.state.session import Session, Update, updated
from tests.bench.service.serving import DONE, Served
from tests.gui.serving import CLOCK


def frame(time, value=0.0):
    one = np.array([value])
    return Frame("run.h5", time, time, one, one, one, np.zeros(1, dtype=np.uint8))


def event(number):
    return EventShown(number, number, "info", "test", Message("gate.busy"))


class Heard:
    """A link, and what it has told."""

    def __init__(self, access):
        self.link = BenchLink(access, CLOCK)
        self.session, self.updates, self.said, self.events, self.frames = Session(), 0, [], [], []
        self.link.updated.connect(self.take)
        self.link.said.connect(self.said.append)
        self.link.start()

    def take(self, update):
        assert threading.current_thread() is threading.main_thread()
        self.updates += 1
        self.session = updated(self.session, update)
        self.events += [each.number for each in update.events]
        self.frames += update.frames

    @property
    def is_connected(self):
        return self.session.is_connected


@pytest.fixture
def gate(tmp_path):
    with Served(tmp_path) as served:
        yield served


@pytest.fixture
def heard():
    opened = []

    def open_(access):
        opened.append(Heard(access))
        return opened[-1]

    yield open_
    for each in opened:
        each.link.close()


def access_of(gate):
    return Access(gate.rig, "mk@here", gate.keys, gate.folder)


def test_states_events_and_frames_arrive_in_the_window(qtbot, gate, heard):
    window = heard(access_of(gate))
    qtbot.waitUntil(lambda: window.is_connected)
    for number in range(300):
        gate.gate.tell("info", "test", Message("gate.busy"), number)
    gate.gate.publish(BenchState(rig="cell", protocol="new"))
    qtbot.waitUntil(lambda: len(window.events) == 300 and window.session.bench.protocol == "new")
    assert window.events == sorted(window.events)
    qtbot.waitUntil(
        lambda: gate.gate.publish_frame(frame(7, 3.0)) or window.session.newest is not None
    )
    assert window.session.newest.high.tolist() == [3.0]


def test_while_the_window_is_busy_all_is_joined_into_one_update(qtbot, gate, heard):
    window = heard(access_of(gate))
    qtbot.waitUntil(lambda: window.is_connected)
    asked = window.updates
    due = CLOCK.now() + 400 * MILLISECOND
    number = 0
    while CLOCK.now() < due:  # the window's thread does nothing else meanwhile
        number += 1
        gate.gate.publish(BenchState(rig="cell", elapsed=float(number)))
        gate.gate.tell("info", "test", Message("gate.busy"), number)
        CLOCK.wait_until(CLOCK.now() + 5 * MILLISECOND)
    qtbot.waitUntil(lambda: window.session.bench.elapsed == float(number))
    qtbot.waitUntil(lambda: len(window.events) == number)
    assert window.updates - asked <= 6


def test_answers_come_in_the_order_of_their_requests_in_the_windows_thread(qtbot, gate, heard):
    window, answers = heard(access_of(gate)), []
    qtbot.waitUntil(lambda: window.is_connected)

    def take(number, reply):
        assert threading.current_thread() is threading.main_thread()
        answers.append((number, reply))

    refused = Reply(is_accepted=False, reason=Message("serve.no-demands"))
    gate.answer = lambda asked: refused if asked.request.text == "3" else DONE
    for number in range(10):
        window.link.ask(Note(str(number)), lambda reply, number=number: take(number, reply))
    qtbot.waitUntil(lambda: len(answers) == 10)
    assert [number for number, _ in answers] == list(range(10))
    assert [reply.is_accepted for _, reply in answers] == [n != 3 for n in range(10)]
    assert answers[3][1] == refused
    assert [each.request.text for each in gate.asked] == [str(n) for n in range(10)]


def test_a_request_that_is_not_answered_holds_up_nothing_and_is_refused_in_time(qtbot, gate, heard):
    window, answers = heard(access_of(gate)), []
    qtbot.waitUntil(lambda: window.is_connected)
    gate.answer = lambda _: gate.is_free.wait(60) and DONE
    window.link.ask(Note("never"), answers.append, patience=200 * MILLISECOND)
    gate.gate.publish(BenchState(rig="cell", protocol="meanwhile"))
    qtbot.waitUntil(lambda: window.session.bench.protocol == "meanwhile")
    qtbot.waitUntil(lambda: bool(answers))
    gate.is_free.set()
    assert answers[0].reason.id == "gate.no-answer"


def test_without_a_server_every_request_is_refused_with_a_sentence(qtbot, tmp_path, heard):
    answers = []
    window = heard(Access("cell", "mk", new_keys(), tmp_path))
    window.link.ask(Note("hello"), answers.append)
    qtbot.waitUntil(lambda: bool(answers) and window.updates > 0)
    assert answers[0].reason.id == "gate.no-server"
    assert not window.is_connected


def test_a_server_that_falls_silent_is_counted(qtbot, gate, heard):
    window = heard(access_of(gate))
    gate.gate.publish(BenchState(rig="cell"))
    qtbot.waitUntil(lambda: window.is_connected)
    qtbot.waitUntil(lambda: window.session.silent_for > 0.6)
    assert window.session.bench.silent_for > 0.5
    assert window.is_connected  # it is there, but says nothing
    gate.gate.publish(BenchState(rig="cell", protocol="again"))
    qtbot.waitUntil(lambda: window.session.silent_for == 0.0)


def test_garbage_is_told_in_a_sentence_and_the_link_goes_on(qtbot, gate, heard, monkeypatch):
    window = heard(access_of(gate))
    qtbot.waitUntil(lambda: window.is_connected)
    good = gate_module.encode_state
    monkeypatch.setattr(gate_module, "encode_state", lambda _: b"garbage")
    gate.gate.publish(BenchState(rig="cell", protocol="unreadable"))
    qtbot.waitUntil(lambda: bool(window.said) and not window.is_connected)
    assert window.said[0].id == "gate.malformed"
    monkeypatch.setattr(gate_module, "encode_state", good)
    gate.gate.publish(BenchState(rig="cell", protocol="readable"))
    qtbot.waitUntil(lambda: window.session.bench.protocol == "readable")
    assert window.is_connected


def test_a_server_with_other_keys_is_told_of_once(qtbot, gate, heard):
    window = heard(Access(gate.rig, "mk@here", new_keys(), gate.folder))
    qtbot.waitUntil(lambda: bool(window.said))
    assert [each.id for each in window.said] == ["gate.key-refused"]
    assert not window.is_connected


def test_a_closed_link_tells_nothing_any_more(qtbot, gate, heard):
    window, answers = heard(access_of(gate)), []
    qtbot.waitUntil(lambda: window.is_connected)
    window.link.ask(Note("late"), answers.append)
    before = CLOCK.now()
    window.link.close()
    assert CLOCK.now() - before < 1 * SECOND
    seen = window.updates
    qtbot.wait(50)
    assert (window.updates, answers) == (seen, [])
    assert "bench link" not in {each.name for each in threading.enumerate()}


@settings(max_examples=30, deadline=None)
@given(
    batches=st.lists(
        st.lists(st.floats(-5, 5), max_size=300).map(lambda all_: [frame(0, x) for x in all_]),
        max_size=5,
    )
)
def test_what_waits_is_bounded_and_no_extreme_of_it_is_lost(batches):
    waiting = Waiting()
    assert waiting.take() is None
    for batch in batches:
        waiting.add(Update(BenchState()), [event(1)], batch)
    found = waiting.take()
    values = [each.values[0] for batch in batches for each in batch]
    if batches:
        assert len(found.frames) <= MOST_FRAMES
        assert len(found.events) == len(batches)
        assert max((f.high[0] for f in found.frames), default=None) == max(values, default=None)
        assert min((f.low[0] for f in found.frames), default=None) == min(values, default=None)


def test_the_window_is_called_once_for_all_that_waits():
    waiting = Waiting()
    assert not waiting.call()
    waiting.add(Update(BenchState()), [], [])
    assert [waiting.call(), waiting.call()] == [True, False]
    waiting.add(Update(BenchState()), [], [])
    assert not waiting.call()
    waiting.take()
    waiting.add(Update(BenchState()), [], [])
    assert waiting.call()


def test_a_server_that_is_killed_is_told_within_two_seconds_and_found_again(qtbot, served, heard):
    bench = served()
    window = heard(bench.access)
    qtbot.waitUntil(lambda: window.session.newest is not None, timeout=10_000)
    qtbot.waitUntil(lambda: window.session.bench.speed == 20.0, timeout=10_000)
    assert len(window.session.newest.values) > 50
    bench.kill()
    killed = CLOCK.now()
    qtbot.waitUntil(lambda: not window.is_connected)
    assert CLOCK.now() - killed < 2 * SECOND
    again = served()
    assert again.server != bench.server
    qtbot.waitUntil(lambda: window.is_connected, timeout=10_000)
