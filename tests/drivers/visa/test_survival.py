"""Whatever a peer does wrong, the worker comes back when the peer does it right."""

import select
import socket
import struct

import pytest

from bench.channel import Quality
from bench.clock import MILLISECOND, SystemClock
from bench.device import Connection, Driver, LinkKind, Mailbox, Port, Reading, SampleQueue
from bench.units import unit
from drivers.visa.instrument import TextInstrument
from drivers.visa.link import VisaLink
from drivers.visa.programs import Programs
from drivers.visa.scpi import identify
from drivers.visa.table import CommandTable, QueryRow
from drivers.visa.worker import TextWorker

CLOCK = SystemClock()
TABLE = CommandTable((QueryRow("VOLT?", (Reading("voltage", unit("V")),), timeout=0.05),))


def well(peer, connection):
    while True:
        connection.sendall(b"LOAD 9000\n" if peer.line(connection) == "*IDN?" else b"12.5\n")


def introduce(peer, connection):
    """Answer as the right instrument and take the first question."""
    peer.line(connection)
    connection.sendall(b"LOAD 9000\n")
    peer.line(connection)


def hangs(peer, connection):
    introduce(peer, connection)


def closes(peer, connection):
    introduce(peer, connection)
    connection.close()


def closes_before_the_first_word(peer, connection):
    connection.close()


def half_closes(peer, connection):
    introduce(peer, connection)
    connection.shutdown(socket.SHUT_WR)


def resets(peer, connection):
    introduce(peer, connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def babbles(peer, connection):
    introduce(peer, connection)
    connection.sendall(b"\xff\x00\xfe\n")


def truncates(peer, connection):
    introduce(peer, connection)
    connection.sendall(b"12.")


def answers_late(peer, connection):
    introduce(peer, connection)
    select.select([connection], [], [], 2.0)  # until the other end has given up
    connection.sendall(b"99.9\n")


def answers_twice(peer, connection):
    introduce(peer, connection)
    connection.sendall(b"99.9\n12.5\n")


def talks_unasked(peer, connection):
    introduce(peer, connection)
    connection.sendall(b"12.5\n")
    connection.sendall(b"99.9\n")


def is_somebody_else(peer, connection):
    peer.line(connection)
    connection.sendall(b"POWER SUPPLY\n")


MISBEHAVIOURS = (
    hangs, closes, closes_before_the_first_word, half_closes, resets, babbles, truncates,
    answers_late, answers_twice, talks_unasked, is_somebody_else,
)  # fmt: skip


@pytest.mark.parametrize("misbehave", MISBEHAVIOURS, ids=lambda each: each.__name__)
def test_the_worker_survives_a_peer_that(misbehave, peer, manager):
    server = peer(misbehave, well)
    queue, reports = SampleQueue(), []
    driver = Driver("load", "Load 9000", LinkKind.VISA, lambda _: TABLE.readings, lambda _: (),
                    lambda port: port)  # fmt: skip
    connection = Connection("load", driver, server.resource, 5 * MILLISECOND)
    mailbox = Mailbox(TABLE.readings, 0, queue)
    port = Port(connection, mailbox, lambda *report: reports.append(report), CLOCK)
    programs = Programs(identify=lambda: identify(port, "LOAD 9000"), polls=TABLE.polls(port))
    instrument = TextInstrument(port, programs)
    link = VisaLink(manager, server.resource, instrument="load", clock=CLOCK, wire=instrument.wire)
    worker = TextWorker(link, instrument, lambda: 0.0)
    end = CLOCK.now() + 60_000 * MILLISECOND

    def has_recovered():
        qualities = [quality for *_, quality in queue]
        return Quality.DISCONNECTED in qualities and qualities[-3:] == [Quality.OK] * 3

    while not has_recovered():
        assert CLOCK.now() < end
        CLOCK.wait_until(min(worker.step(CLOCK.now()), end))
    worker.close()
    values = {value for _, value, _, quality in queue if quality == Quality.OK}
    assert values == {12.5}  # what came at the wrong time was never taken for a value
    levels = [level for level, _, _ in reports]
    assert levels.count("error") == 1
    assert levels[-1] == "info"
