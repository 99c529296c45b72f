"""On real sockets: a safe value goes out in time, a lost instrument is marked, and back at once."""

import socket
import threading
from contextlib import ExitStack

import pytest

from bench.channel import Quality, Range
from bench.clock import MILLISECOND, SECOND, SystemClock
from bench.device import Connection, Demand, Driver, LinkKind, Mailbox, Port, Reading, SampleQueue
from bench.units import unit
from drivers.visa.instrument import TextInstrument
from drivers.visa.link import VisaLink
from drivers.visa.programs import Programs
from drivers.visa.scpi import identify
from drivers.visa.table import CommandTable, DemandRow, QueryRow
from drivers.visa.worker import TextWorker
from tests.drivers.patience import wait

CLOCK = SystemClock()
VOLT, AMPERE = unit("V"), unit("A")
PERIOD = 20 * MILLISECOND
SLACK = 0.25
"""What a machine under load may add, s."""


def table(timeout):
    return CommandTable(
        (QueryRow("VOLT?", (Reading("voltage", VOLT),), timeout=timeout),),
        (DemandRow(Demand("current", AMPERE, Range(0.0, 100.0)), "CURR {:.1f}", "CURR?"),),
    )


class Served:
    """An instrument with its worker on a thread of its own, as on a bench."""

    def __init__(self, manager, resource, *, timeout=0.3):
        rows = table(timeout)
        self.queue = SampleQueue()
        self.reports = []
        driver = Driver("load", "Load 9000", LinkKind.VISA, lambda _: rows.readings,
                        lambda _: rows.demands, lambda port: port)  # fmt: skip
        connection = Connection("load", driver, resource, PERIOD)
        mailbox = Mailbox(rows.readings, 0, self.queue)
        port = Port(connection, mailbox, lambda *report: self.reports.append(report), CLOCK)
        programs = Programs(
            identify=lambda: identify(port, "LOAD"), polls=rows.polls(port), apply=rows.apply(port)
        )
        self.instrument = TextInstrument(port, programs, demands=rows.demands)
        link = VisaLink(
            manager, resource, instrument="load", clock=CLOCK, wire=self.instrument.wire
        )
        self.worker = TextWorker(link, self.instrument, lambda: 1.0)  # the longest waits
        self.longest_step = 0
        self._stopping = threading.Event()
        self.wake = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self.wake.set()
        self._thread.join(5.0)
        self.worker.close()

    def _run(self):
        while not self._stopping.is_set():
            self.wake.clear()
            begun = CLOCK.now()
            due = self.worker.step(begun)
            self.longest_step = max(self.longest_step, CLOCK.now() - begun)
            CLOCK.wait_until(min(due, CLOCK.now() + SECOND), self.wake)


class Server:
    """An instrument that answers at once, and that can be killed and started again."""

    def __init__(self, port=0):
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]
        self.resource = f"TCPIP::127.0.0.1::{self.port}::SOCKET"
        self._connections = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def kill(self):
        for each in (self._listener, *self._connections):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
            finally:
                each.close()
        self._thread.join(2.0)

    def _serve(self):
        try:
            while True:
                connection, _ = self._listener.accept()
                self._connections.append(connection)
                with connection.makefile("rb") as lines:
                    for line in lines:
                        connection.sendall(b"LOAD\n" if line == b"*IDN?\n" else b"12.5\n")
        except OSError:
            return


def newest(served):
    return served.queue[-1][3] if served.queue else None


def test_a_safe_value_waits_at_most_300_ms_for_an_exchange_with_a_long_timeout(peer, manager):
    asked, got = threading.Event(), threading.Event()

    def hangs(server, connection):
        server.line(connection)
        connection.sendall(b"LOAD\n")
        assert server.line(connection) == "VOLT?"
        asked.set()

    def answers(server, connection):
        while True:
            line = server.line(connection)
            if line == "CURR 0.0":
                got.set()
            if line.endswith("?"):
                connection.sendall(b"LOAD\n" if line == "*IDN?" else b"0.0\n")

    with Served(manager, peer(hangs, answers).resource, timeout=5.0) as served:
        assert asked.wait(60.0)
        served.instrument.make_safe({0: 0.0})
        served.wake.set()
        taken = wait(got.is_set)
    assert taken <= 0.3 + SLACK
    assert [message.id for _, _, message in served.reports if message.id == "device.lost"]
    assert served.reports[1][2].arguments["reason"].id == "link.given-up"


def test_an_exchange_that_ends_in_time_is_not_given_up(peer, manager):
    asked, go, got = threading.Event(), threading.Event(), threading.Event()

    def slow(server, connection):
        server.line(connection)
        connection.sendall(b"LOAD\n")
        server.line(connection)
        asked.set()
        go.wait(60.0)
        connection.sendall(b"12.5\n")
        while True:
            line = server.line(connection)
            if line == "CURR 0.0":
                got.set()
            if line.endswith("?"):
                connection.sendall(b"0.0\n")

    with Served(manager, peer(slow).resource, timeout=5.0) as served:
        assert asked.wait(60.0)
        served.instrument.make_safe({0: 0.0})
        served.wake.set()
        CLOCK.wait_until(CLOCK.now() + 50 * MILLISECOND)
        go.set()
        assert got.wait(60.0)
    assert served.worker.health.failures == 0


def test_an_ordinary_demand_gives_up_nothing(peer, manager):
    asked, go = threading.Event(), threading.Event()

    def slow(server, connection):
        server.line(connection)
        connection.sendall(b"LOAD\n")
        server.line(connection)
        asked.set()
        go.wait(60.0)
        connection.sendall(b"12.5\n")
        server.line(connection)

    with Served(manager, peer(slow).resource, timeout=5.0) as served:
        assert asked.wait(60.0)
        served.instrument.demand(0, 5.0)
        served.wake.set()
        CLOCK.wait_until(CLOCK.now() + 450 * MILLISECOND)
        assert served.worker.health.failures == 0
        go.set()
        wait(lambda: served.worker.health.polls == 1)


@pytest.mark.parametrize("away", [0.05, 1.5])
def test_a_killed_instrument_is_marked_within_three_polls_and_back_within_a_second(manager, away):
    with ExitStack() as opened:
        server = opened.enter_context(Server())
        served = opened.enter_context(Served(manager, server.resource))
        wait(lambda: newest(served) == Quality.OK)
        server.kill()
        marked = wait(lambda: newest(served) == Quality.DISCONNECTED)
        assert marked <= 3 * PERIOD / SECOND + SLACK
        CLOCK.wait_until(CLOCK.now() + round(away * SECOND))
        opened.enter_context(Server(server.port))
        assert wait(lambda: newest(served) == Quality.OK) <= 1.0
        assert served.worker.health.openings >= 2


def test_other_links_keep_their_rate_while_one_instrument_hangs_and_another_is_gone(peer, manager):
    def hangs(server, connection):
        server.line(connection)
        connection.sendall(b"LOAD\n")
        server.line(connection)

    with ExitStack() as opened:
        sound = [opened.enter_context(Server()) for _ in range(3)]
        gone = socket.create_server(("127.0.0.1", 0))
        nowhere = f"TCPIP::127.0.0.1::{gone.getsockname()[1]}::SOCKET"
        gone.close()
        opened.enter_context(Served(manager, peer(*[hangs] * 20).resource))
        opened.enter_context(Served(manager, nowhere))
        served = [opened.enter_context(Served(manager, each.resource)) for each in sound]
        wait(lambda: all(each.worker.health.polls >= 1 for each in served))
        before = [each.worker.health for each in served]
        begun = CLOCK.now()
        CLOCK.wait_until(begun + SECOND)
        after = [each.worker.health for each in served]
        expected = (CLOCK.now() - begun) // PERIOD
    for first, last in zip(before, after, strict=True):
        missed = last.late - first.late  # a machine under load may be late; the link is not
        assert last.polls - first.polls >= expected - 2 - 5 * missed
        assert last.polls - first.polls <= expected + 1
        assert last.failures == 0


def test_no_step_takes_longer_than_the_worker_says(peer, manager):
    def hangs(server, connection):
        server.line(connection)
        connection.sendall(b"LOAD\n")
        server.line(connection)

    with Served(manager, peer(hangs, hangs).resource) as served:
        wait(lambda: served.worker.health.failures >= 1)
    slack = 10 * SECOND  # of a machine that is busy elsewhere
    assert 0.2 * SECOND < served.longest_step <= served.worker.patience + slack
