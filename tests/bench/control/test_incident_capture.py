"""What led to an incident is kept once, by whoever can, and nobody is waited for."""

from types import SimpleNamespace

import pytest

from bench.clock import VirtualClock
from bench.control.incident_capture import IncidentCapture
from bench.control.logbook import Logbook
from bench.errors import Refused
from bench.safeguard import Reaction
from bench.safety.incidents import IncidentWindow


class Instrument:
    def __init__(self, *, is_busy=False):
        self.is_busy = is_busy
        self.begun = []

    def start(self, action):
        if self.is_busy:
            raise Refused("device.action-busy", instrument="b", action=action, running="capture")
        self.begun.append(action)


def window(at, reaction):
    return IncidentWindow("limit", ("limit",), reaction, at, at - 60, at + 30)


@pytest.fixture
def kept():
    def connection(name, action):
        return SimpleNamespace(name=name, link=f"L-{name}",
                               driver=SimpleNamespace(incident_action=action))  # fmt: skip

    able = {"a": "incident", "b": "keep", "c": ""}
    model = SimpleNamespace(connections=[connection(*each) for each in able.items()])
    instruments = {"a": Instrument(), "b": Instrument(is_busy=True), "c": Instrument()}
    log, told, woken = Logbook(VirtualClock()), [], []
    log.tell(told.append)
    capture = IncidentCapture(model, instruments, log, woken.append)
    return SimpleNamespace(look=capture.look, told=told, woken=woken, **instruments)


def test_each_incident_is_kept_once_by_whoever_has_an_action_for_it(kept):
    kept.look(None)
    for at in (100, 100, 200):
        kept.look(window(at, Reaction.HARD_STOP))
    assert kept.a.begun == ["incident", "incident"]
    assert kept.c.begun == []
    assert kept.woken == ["L-a", "L-a"]


def test_who_is_busy_is_told_and_asked_no_more(kept):
    for _ in range(3):
        kept.look(window(100, Reaction.SOFT_STOP))
    assert [event.source for event in kept.told] == ["b"]
    assert kept.told[0].message.id == "device.action-busy"


def test_what_does_not_stop_the_run_is_kept_when_it_does(kept):
    kept.look(window(100, Reaction.RECOVER))
    assert kept.a.begun == []
    kept.look(window(100, Reaction.SOFT_STOP))
    assert kept.a.begun == ["incident"]
