"""Supports: a scripted wire, an instrument on it in virtual time, a server that misbehaves."""

import contextlib
import socket
import threading
from collections import deque
from dataclasses import dataclass, field

import pytest

from bench.clock import MILLISECOND, VirtualClock
from bench.device import Connection, Driver, LinkKind, Mailbox, Port, SampleQueue
from bench.errors import LinkClosed
from drivers.visa.instrument import TextInstrument
from drivers.visa.port import Wire
from drivers.visa.worker import TextWorker


class ScriptedLink:
    """A wire on which exactly the expected conversation may happen."""

    def __init__(self, *expected):
        self.expected = deque(expected)
        self.said = []
        self.is_open = False
        self.refusals = deque()
        self.openings = 0

    def open(self):
        self.openings += 1
        if self.refusals:
            raise self.refusals.popleft()
        self.is_open = True

    def close(self):
        self.is_open = False

    def query(self, message, timeout, give_up=None):
        reply = self._next(message)
        assert reply is not None, f"'{message}' was asked, but nothing should answer"
        return reply

    def write(self, message):
        assert self._next(message) is None, f"'{message}' was not asked as a question"

    def _next(self, message):
        assert self.is_open
        self.said.append(message)
        assert self.expected, f"'{message}' was not expected"
        wanted, reply = self.expected.popleft()
        assert message == wanted
        if isinstance(reply, Exception):
            self.close()
            raise reply
        return reply

    def expect(self, *more):
        self.expected.extend(more)


@dataclass
class Stand:
    """One instrument on a link, in virtual time."""

    link: object
    instrument: TextInstrument
    worker: TextWorker
    clock: VirtualClock
    queue: SampleQueue
    reports: list = field(default_factory=list)
    due: int = 0

    def step(self, count=1):
        """Call the worker when it wants to be called."""
        for _ in range(count):
            self.clock.wait_until(self.due)
            self.due = self.worker.step(self.clock.now())

    def converse(self):
        """Step until the script is at its end."""
        for _ in range(1000):
            if not self.link.expected:
                return
            self.step()
        raise AssertionError(self.link.expected)

    def run(self, seconds):
        """Step until so much time has passed."""
        end = self.clock.now() + round(seconds * 1e9)
        while self.due < end:
            self.step()
        self.clock.wait_until(end)
        self.due = min(self.due, end)

    def now_step(self):
        """Call the worker at once, as a wake-up does."""
        self.due = self.worker.step(self.clock.now())

    def told(self):
        return [message.id for _, _, message in self.reports]


def driver_of(readings=(), demands=(), name="tested"):
    return Driver(name, "Tested instrument", LinkKind.VISA, lambda _: readings, lambda _: demands,
                  lambda port: port)  # fmt: skip


def make_port(
    driver, *, clock=None, options=None, period=50 * MILLISECOND, link="L1", reports=None
):
    clock = clock or VirtualClock()
    queue = SampleQueue()
    reports = [] if reports is None else reports
    connection = Connection("tested", driver, link, period, options)
    mailbox = Mailbox(driver.readings(options), 0, queue)
    port = Port(connection, mailbox, lambda *report: reports.append(report), clock)
    return port, queue, reports


@pytest.fixture
def stand():
    """Return a maker of stands: programs (given a port) on a scripted wire."""

    def make(programs, *script, readings=(), demands=(), actions=(), wire=None, **port_arguments):
        driver = driver_of(readings, demands)
        port, queue, reports = make_port(driver, **port_arguments)
        instrument = TextInstrument(
            port, programs(port), wire=wire or Wire(), demands=demands, actions=actions
        )
        link = ScriptedLink(*script)
        worker = TextWorker(link, instrument, lambda: 0.5)
        return Stand(link, instrument, worker, port.clock, queue, reports)

    return make


@pytest.fixture
def driver_stand():
    """Return a maker of stands for a real driver."""

    def make(driver, options, *script, link=None, clock=None, **port_arguments):
        port, queue, reports = make_port(driver, options=options, clock=clock, **port_arguments)
        instrument = driver.build(port)
        link = link(instrument, port) if link else ScriptedLink(*script)
        worker = TextWorker(link, instrument, lambda: 0.5)
        return Stand(link, instrument, worker, port.clock, queue, reports)

    return make


@pytest.fixture
def gone():
    """Return an error as a broken wire raises it."""
    return LinkClosed("link.closed", instrument="tested", link="L1", message="?")


class Peer:
    """A server whose behaviour is a function per connection; it records what it hears."""

    def __init__(self, *behaviours):
        self._behaviours = behaviours
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.heard = []
        self.ready = threading.Event()
        self.go = threading.Event()
        self._connections = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def resource(self):
        return f"TCPIP::127.0.0.1::{self.port}::SOCKET"

    def _serve(self):
        for behave in self._behaviours:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(2.0)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections.append(connection)
            try:
                behave(self, connection)
            except OSError:
                connection.close()

    def line(self, connection):
        """Return the next message."""
        data = b""
        while not data.endswith(b"\n"):
            more = connection.recv(1)
            if not more:
                raise ConnectionAbortedError
            data += more
        text = data.decode().strip()
        self.heard.append(text)
        return text

    def close(self):
        self.go.set()
        for connection in self._connections:
            connection.close()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(2.0)
        for connection in self._connections:
            connection.close()


@pytest.fixture
def peer():
    """Return a maker of misbehaving servers."""
    peers = []

    def make(*behaviours):
        peers.append(Peer(*behaviours))
        return peers[-1]

    yield make
    for each in peers:
        each.close()
