"""A driver of one of the bench's own text units, on its twin or on a script, in virtual time."""

from collections import deque

from bench.clock import SECOND, VirtualClock
from bench.device import Connection, Mailbox, Port
from bench.messages import catalogue
from drivers.simulated.text_link import InProcessLink
from drivers.visa.worker import TextWorker


class Script:
    """A unit that expects exact bytes and answers with exact bytes."""

    def __init__(self, *lines):
        self.lines = deque(lines)

    def step(self, now):
        return now + 3600 * SECOND

    def receive(self, data, now):
        if not self.lines:
            return b""
        expected, reply = self.lines.popleft()
        assert data == expected
        return reply


class Bench:
    """The driver and its worker."""

    def __init__(self, driver, twin, options, name, period=SECOND):
        self.twin, self.name = twin, name
        self.clock = VirtualClock()
        self.samples = deque()
        self.reports = []
        readings = driver.readings(options)
        self.count = len(readings)
        link_name = "TCPIP::10.0.0.9::5025::SOCKET"
        connection = Connection(name, driver, link_name, period, options)
        mailbox = Mailbox(readings, 0, self.samples)
        self.instrument = driver.build(Port(connection, mailbox, self.report, self.clock))
        self.link = InProcessLink(
            twin, instrument=name, clock=self.clock, wire=self.instrument.wire
        )
        self.worker = TextWorker(self.link, self.instrument, lambda: 0.5)

    def report(self, level, source, message):
        assert source == self.name
        assert catalogue("zh", message.id.split(".")[0]).get(message.id)
        self.reports.append((level, message.id, message.text()))

    def run(self, seconds):
        until = self.clock.now() + round(seconds * SECOND)
        due = {self.worker: self.clock.now(), self.twin: self.clock.now()}
        while True:
            who = min(due, key=lambda each: due[each])
            if due[who] > until:
                break
            self.clock.wait_until(due[who])
            due[who] = max(who.step(self.clock.now()), self.clock.now() + 1)
        self.clock.wait_until(until)

    def newest(self):
        found = {}
        for index, value, _, quality in self.samples:
            found[index] = (value, quality)
        return [found.get(index) for index in range(self.count)]

    def told(self):
        return [identifier for _, identifier, _ in self.reports]
