"""Twins on loopback sockets, alone and under the real VISA stack."""

import socket
import threading

import pytest

from bench.clock import MILLISECOND, NEVER, SystemClock
from bench.device import Connection, Mailbox, Port, SampleQueue
from drivers.simulated.devices.yokogawa_wt import make as make_wt
from drivers.simulated.port import Terminals
from drivers.simulated.socket_server import SocketServer
from drivers.visa.link import VisaLink
from drivers.visa.worker import TextWorker
from drivers.visa.yokogawa_wt import DRIVER, WtOptions

CLOCK = SystemClock()


class Echo:
    """Answers what it hears, and counts its steps."""

    def __init__(self, period=NEVER, answer=None):
        self.period = period
        self.answer = answer
        self.times = []
        self.stepped = threading.Event()

    def receive(self, data, now):
        self.times.append(now)
        return self.answer if self.answer is not None else data

    def step(self, now):
        if self.period == NEVER:
            return NEVER
        self.stepped.set()
        return now + self.period


def connect(server):
    client = socket.create_connection(("127.0.0.1", server.port), timeout=2.0)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def test_a_twin_hears_and_answers_at_the_clocks_time():
    twin = Echo()
    with SocketServer(twin, CLOCK) as server, connect(server) as client:
        before = CLOCK.now()
        client.sendall(b"*IDN?\n")
        assert client.recv(100) == b"*IDN?\n"
    assert before <= twin.times[0] <= CLOCK.now()


def test_it_is_offered_to_this_machine_only():
    with SocketServer(Echo(), CLOCK) as server:
        assert server._listener.getsockname()[0] == "127.0.0.1"
        assert server.resource == f"TCPIP::127.0.0.1::{server.port}::SOCKET"


def test_a_single_client_instrument_turns_the_second_away():
    with SocketServer(Echo(), CLOCK, clients=1) as server, connect(server) as first:
        first.sendall(b"a")
        assert first.recv(1) == b"a"
        with connect(server) as second:
            assert second.recv(1) == b""
        first.sendall(b"b")
        assert first.recv(1) == b"b"


def test_when_a_client_has_left_the_next_may_come():
    with SocketServer(Echo(), CLOCK, clients=1) as server:
        for _ in range(3):
            with connect(server) as client:
                client.sendall(b"a")
                assert client.recv(1) == b"a"
                client.shutdown(socket.SHUT_WR)
                assert client.recv(1) == b""  # the server has let go


def test_a_twin_does_what_it_does_by_itself():
    twin = Echo(period=MILLISECOND)
    with SocketServer(twin, CLOCK):
        assert twin.stepped.wait(2.0)


def test_a_client_that_reads_nothing_stops_nobody():
    twin = Echo(answer=b"x" * 500_000)
    with SocketServer(twin, CLOCK, clients=2) as server, connect(server) as lazy:
        with connect(server) as busy:
            for _ in range(40):
                with_error = False
                try:
                    lazy.sendall(b"?")
                except OSError:
                    with_error = True
                if with_error:
                    break
                busy.sendall(b"?")
                left = 500_000
                while left:
                    left -= len(busy.recv(min(left, 65536)))
        assert len(server._clients) <= 2


def test_closing_frees_port_and_thread():
    server = SocketServer(Echo(), CLOCK)
    with connect(server) as client:
        client.sendall(b"a")
        assert client.recv(1) == b"a"
        server.close()
        assert client.recv(1) == b""
    server.close()
    assert not server._thread.is_alive()
    with SocketServer(Echo(), CLOCK, port=server.port) as again:
        assert again.port == server.port


@pytest.fixture
def worker_on(manager):
    """Return a maker of a WT driver's worker on a real socket."""
    workers = []

    def make(resource):
        options = WtOptions(rate="50 ms")
        queue, reports = SampleQueue(), []
        connection = Connection("aux", DRIVER, resource, 20 * MILLISECOND, options)
        mailbox = Mailbox(DRIVER.readings(options), 0, queue)
        port = Port(connection, mailbox, lambda *report: reports.append(report), CLOCK)
        instrument = DRIVER.build(port)
        link = VisaLink(manager, resource, instrument="aux", clock=CLOCK, wire=instrument.wire)
        workers.append(TextWorker(link, instrument, lambda: 0.0))
        return workers[-1], queue, reports

    yield make
    for worker in workers:
        worker.close()


def run_until(worker, condition, seconds=60.0):
    """Serve a worker in real time until something holds."""
    end = CLOCK.now() + round(seconds * 1e9)
    while not condition():
        assert CLOCK.now() < end
        CLOCK.wait_until(min(worker.step(CLOCK.now()), end))


def test_the_same_driver_talks_to_the_twin_through_the_real_visa_stack(worker_on):
    twin = make_wt(Terminals({"U1": lambda _: 230.0, "I1": lambda _: 2.0}, {}))
    with SocketServer(twin, CLOCK) as server:
        worker, queue, reports = worker_on(server.resource)
        run_until(worker, lambda: len(queue) >= 6)
        worker.close()
    assert [value for _, value, _, _ in list(queue)[:3]] == [230.0, 2.0, 460.0]
    assert [message.id for _, _, message in reports] == ["device.connected"]


def test_a_server_that_dies_is_noticed_and_the_driver_comes_back_with_it(worker_on):
    signals = {"U1": lambda _: 230.0, "I1": lambda _: 2.0}
    with SocketServer(make_wt(Terminals(signals, {})), CLOCK) as server:
        worker, queue, reports = worker_on(server.resource)
        run_until(worker, lambda: len(queue) >= 3)
    run_until(worker, lambda: not worker._instrument.is_connected)
    queue.clear()
    with SocketServer(make_wt(Terminals(signals, {})), CLOCK, port=server.port):
        run_until(worker, lambda: any(value == 230.0 for _, value, _, _ in queue))
        worker.close()
    told = [message.id for _, _, message in reports]
    assert told[0] == "device.connected"
    assert "device.lost" in told
    assert told[-1] == "device.reconnected"
