"""What one poll costs in virtual time: worker, program, link and mailbox, without the twin's work.

Reference: at most 20 µs per exchange, so that a year of polls at 1 Hz costs ten minutes.
"""

from bench.clock import MILLISECOND, NEVER, VirtualClock
from bench.device import Connection, Driver, LinkKind, Mailbox, Port, Reading, SampleQueue
from bench.units import unit
from drivers.simulated.text_link import InProcessLink
from drivers.visa.instrument import TextInstrument
from drivers.visa.programs import Programs
from drivers.visa.scpi import identify
from drivers.visa.table import CommandTable, QueryRow
from drivers.visa.worker import TextWorker

TABLE = CommandTable((QueryRow("MEAS:VOLT?", (Reading("voltage", unit("V")),)),))


class Instant:
    """A twin that costs nothing."""

    def receive(self, data, now):
        return b"LOAD\n" if data == b"*IDN?\n" else b"+1.25000000E+01\n"

    def step(self, now):
        return NEVER


def test_one_poll(benchmark):
    clock, queue = VirtualClock(), SampleQueue(maxlen=10)
    driver = Driver("load", "Load", LinkKind.VISA, lambda _: TABLE.readings, lambda _: (),
                    lambda port: port)  # fmt: skip
    connection = Connection("load", driver, "L1", 50 * MILLISECOND)
    port = Port(connection, Mailbox(TABLE.readings, 0, queue), lambda *_: None, clock)
    programs = Programs(identify=lambda: identify(port, "LOAD"), polls=TABLE.polls(port))
    instrument = TextInstrument(port, programs)
    link = InProcessLink(Instant(), instrument="load", clock=clock, wire=instrument.wire)
    worker = TextWorker(link, instrument, lambda: 0.5)
    due = 0

    def poll():
        nonlocal due
        clock.wait_until(due)
        due = worker.step(clock.now())

    for _ in range(5):
        poll()
    benchmark(poll)
    assert queue[-1][1] == 12.5
