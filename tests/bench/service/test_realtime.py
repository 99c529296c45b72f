"""Which threads go before ordinary programs, where the system grants it."""

import errno
import os
import sys
import threading

import pytest

from bench.service.realtime import PRIORITY, SWITCH_INTERVAL, Promptness

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="priorities of threads")


@pytest.fixture(autouse=True)
def interval():
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def raised(monkeypatch):
    """Thread → its priority and whether what it starts is ordinary, as the system is asked."""
    found = {}

    def take(thread, policy, parameters):
        is_reset = bool(policy & os.SCHED_RESET_ON_FORK)
        found.setdefault(thread, []).append((parameters.sched_priority, is_reset))

    monkeypatch.setattr(os, "sched_setscheduler", take)
    return found


@pytest.fixture
def thread():
    """Starts a thread of a name; ends it afterwards."""
    over, started = threading.Event(), []

    def start(name):
        started.append(threading.Thread(target=over.wait, name=name))
        started[-1].start()
        return started[-1].native_id

    yield start
    over.set()
    for each in started:
        each.join()


def looked(promptness, scans=100):
    for _ in range(scans):
        promptness.look()


def test_without_the_wish_nothing_has_a_priority_and_threads_yield_soon(raised, thread):
    thread("link can0")
    promptness = Promptness(is_realtime=False)
    looked(promptness)
    assert (raised, promptness.told) == ({}, None)
    assert sys.getswitchinterval() == pytest.approx(SWITCH_INTERVAL)


def test_the_scan_goes_before_what_works_with_it_and_what_both_start_is_ordinary(raised, thread):
    promptness = Promptness(is_realtime=True)
    link, errand = thread("link can0"), thread("beside the scan_0")
    looked(promptness)
    assert raised[0] == [(PRIORITY, True)]
    assert PRIORITY > raised[link][0][0] > raised[errand][0][0] > 0
    assert all(is_reset for asked in raised.values() for _, is_reset in asked)
    assert promptness.told.id == "serve.realtime"


def test_a_thread_is_raised_once_and_one_that_comes_later_is_seen(raised, thread):
    promptness = Promptness(is_realtime=True)
    link = thread("link can0")
    looked(promptness)
    recorder = thread("recorder")
    looked(promptness)
    assert (len(raised[link]), len(raised[recorder])) == (1, 1)


def test_a_thread_that_may_keep_a_processor_busy_stays_an_ordinary_one(raised, thread):
    opening = thread("open can0")
    looked(Promptness(is_realtime=True))
    assert opening not in raised


def test_where_the_right_is_missing_it_is_told_and_nothing_more_is_asked(monkeypatch, thread):
    asked = []

    def refuse(thread, policy, parameters):
        asked.append((thread, policy, parameters))
        raise PermissionError(errno.EPERM, "no")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    thread("link can0")
    promptness = Promptness(is_realtime=True)
    looked(promptness)
    assert promptness.told.id == "serve.no-realtime"
    assert len(asked) == 1
