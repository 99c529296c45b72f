"""Real PyVISA-py sockets against a server that does all that instruments do wrong."""

import select
import socket
import string
import struct
import threading

import pytest
from pyvisa import constants
from pyvisa.errors import InvalidSession, VisaIOError

from bench.clock import SECOND, SystemClock
from bench.errors import BadReply, LinkClosed, LinkError, LinkTimeout
from bench.messages import catalogue
from drivers.visa import sockets
from drivers.visa.link import VisaLink
from drivers.visa.port import AK, Wire

CLOCK = SystemClock()
LONG = 60.0
"""A timeout that no question here may cost, s."""
MOST_LOOKS = 50
"""A link that waits looks at its socket a few times; one that spins, thousands of times."""


@pytest.fixture
def open_link(manager):
    links = []

    def make(resource, *, wire=None, is_opened=True):
        link = VisaLink(manager, resource, instrument="load", clock=CLOCK, wire=wire or Wire())
        links.append(link)
        if is_opened:
            link.open()
        return link

    yield make
    for link in links:
        link.close()


def failure_of(call):
    """Return what a call raises; one that costs the whole of a long timeout fails."""
    begun = CLOCK.now()
    with pytest.raises(LinkError) as caught:
        call()
    assert CLOCK.now() - begun < LONG * SECOND
    return caught.value


@pytest.fixture
def looks(monkeypatch):
    """Return the looks at sockets: one that is ready for ever would be looked at without end."""
    taken, look = [], select.select

    def noted(*arguments):
        taken.append(arguments)
        return look(*arguments)

    monkeypatch.setattr(select, "select", noted)
    return taken


def answer_all(peer, connection):
    while True:
        text = peer.line(connection)
        if text.endswith("?"):
            connection.sendall(f"re {text}\n".encode())


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def wait_for_data(link):
    """Return when something (data, FIN or RST) has arrived at the link's socket."""
    assert select.select([link._socket], [], [], 30.0)[0]


def test_a_question_is_answered(peer, open_link):
    link = open_link(peer(answer_all).resource)
    assert link.query("VOLT?", LONG) == "re VOLT?"


def test_a_refused_port_is_an_error_when_it_is_opened(open_link):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    link = open_link(f"TCPIP::127.0.0.1::{port}::SOCKET", is_opened=False)
    error = failure_of(link.open)
    assert isinstance(error, LinkClosed)
    assert error.message.id == "link.refused"
    assert not link.is_open


def test_a_peer_that_closed_is_noticed_before_the_next_message(peer, open_link):
    server = peer(lambda peer, connection: connection.close())
    link = open_link(server.resource)
    wait_for_data(link)
    error = failure_of(lambda: link.query("VOLT?", LONG))
    assert isinstance(error, LinkClosed)
    assert error.message.id == "link.closed"


def test_a_peer_that_dies_during_a_question_costs_neither_the_timeout_nor_the_processor(
    peer, open_link, looks
):
    def die(peer, connection):
        peer.line(connection)
        connection.close()

    link = open_link(peer(die).resource)
    error = failure_of(lambda: link.query("VOLT?", LONG))
    assert isinstance(error, LinkClosed)
    assert len(looks) < MOST_LOOKS


def test_a_peer_that_only_closes_its_sending_side_is_gone(peer, open_link):
    def half_close(peer, connection):
        peer.line(connection)
        connection.shutdown(socket.SHUT_WR)
        peer.go.wait(30.0)

    link = open_link(peer(half_close).resource)
    error = failure_of(lambda: link.query("VOLT?", LONG))
    assert isinstance(error, LinkClosed)


def test_a_reset_during_a_question_is_a_closed_link(peer, open_link):
    def die(peer, connection):
        peer.line(connection)
        reset(connection)

    link = open_link(peer(die).resource)
    error = failure_of(lambda: link.query("VOLT?", LONG))
    assert isinstance(error, LinkClosed)


def test_a_reset_between_questions_is_a_closed_link(peer, open_link):
    link = open_link(peer(lambda peer, connection: reset(connection)).resource, is_opened=False)

    def open_and_write():
        link.open()  # a quick peer has reset it by now
        wait_for_data(link)
        link.write("CURR 1")

    error = failure_of(open_and_write)
    assert isinstance(error, LinkClosed)
    assert not link.is_open


def test_a_peer_that_hangs_costs_the_timeout_and_no_processor(peer, open_link, looks):
    def hang(peer, connection):
        peer.line(connection)
        peer.go.wait(30.0)

    link = open_link(peer(hang).resource)
    error = failure_of(lambda: link.query("VOLT?", 0.1))
    assert isinstance(error, LinkTimeout)
    assert error.message.id == "link.timeout"
    assert len(looks) < MOST_LOOKS


def test_a_late_reply_never_answers_the_next_question(peer, open_link):
    def late(peer, connection):
        peer.line(connection)
        peer.go.wait(30.0)
        connection.sendall(b"late\n")
        peer.ready.set()

    server = peer(late, answer_all)
    link = open_link(server.resource)
    with pytest.raises(LinkTimeout):
        link.query("*IDN?", 0.05)
    server.go.set()
    server.ready.wait(30.0)
    with pytest.raises(LinkClosed):
        link.query("VOLT?", 0.5)  # the session was dropped with the timeout
    link.open()
    assert link.query("VOLT?", LONG) == "re VOLT?"


def test_data_nobody_asked_for_drops_the_session(peer, open_link):
    def talk(peer, connection):
        connection.sendall(b"HELLO\n")
        peer.go.wait(30.0)

    link = open_link(peer(talk).resource)
    wait_for_data(link)
    error = failure_of(lambda: link.query("VOLT?", LONG))
    assert error.message.id == "link.unsolicited"
    assert "HELLO" in str(error)
    assert not link.is_open


def test_two_lines_for_one_question_drop_the_session(peer, open_link):
    def twice(peer, connection):
        peer.line(connection)
        connection.sendall(b"1\n2\n")
        peer.go.wait(30.0)

    link = open_link(peer(twice).resource)
    error = failure_of(lambda: link.query("VOLT?", LONG))
    assert error.message.id == "link.unsolicited"


def test_garbage_is_a_bad_reply(peer, open_link):
    def garble(peer, connection):
        peer.line(connection)
        connection.sendall(b"\xff\xfe12\x80\n")
        peer.go.wait(30.0)

    link = open_link(peer(garble).resource)
    error = failure_of(lambda: link.query("VOLT?", LONG))
    assert isinstance(error, BadReply)
    assert not link.is_open


def test_a_truncated_reply_is_a_timeout_that_shows_what_came(peer, open_link):
    def truncate(peer, connection):
        peer.line(connection)
        connection.sendall(b"12.3")
        peer.go.wait(30.0)

    link = open_link(peer(truncate).resource)
    error = failure_of(lambda: link.query("VOLT?", 0.1))
    assert isinstance(error, LinkTimeout)
    assert error.message.id == "link.truncated"
    assert "12.3" in str(error)


def test_a_truncated_reply_before_a_hang_up_is_a_closed_link(peer, open_link):
    def truncate(peer, connection):
        peer.line(connection)
        connection.sendall(b"12.3")
        connection.close()

    link = open_link(peer(truncate).resource)
    error = failure_of(lambda: link.query("VOLT?", LONG))
    assert isinstance(error, LinkClosed)


def test_a_flood_without_an_end_does_not_outlast_the_timeout(peer, open_link):
    def flood(peer, connection):
        peer.line(connection)
        while not peer.go.is_set():
            connection.sendall(b"x" * 100)

    link = open_link(peer(flood).resource)
    error = failure_of(lambda: link.query("VOLT?", 0.1))
    assert error.message.id in {"link.truncated", "link.bad-reply"}


def test_a_peer_that_reads_nothing_is_bounded(peer, open_link, monkeypatch):
    monkeypatch.setattr("drivers.visa.link.WRITE_TIMEOUT", 0.05)
    server = peer(lambda peer, connection: peer.go.wait(30.0))
    server._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    link = open_link(server.resource)
    link._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)

    def write_on():
        for _ in range(100_000):
            link.write("CURR 1.000" * 10)

    error = failure_of(write_on)
    assert error.message.id == "link.not-reading"


def test_the_socket_sends_at_once_and_notices_dead_peers(peer, open_link):
    below = open_link(peer(answer_all).resource)._socket
    assert below.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert below.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        option = socket.TCP_USER_TIMEOUT
        assert below.getsockopt(socket.IPPROTO_TCP, option) == sockets.USER_TIMEOUT


def test_too_many_open_files_are_an_error_when_the_link_is_opened(peer, open_link, monkeypatch):
    monkeypatch.setattr(sockets, "SELECT_LIMIT", 0)
    link = open_link(peer(answer_all).resource, is_opened=False)
    error = failure_of(link.open)
    assert error.message.id == "link.too-many-files"
    assert not link.is_open


def test_two_threads_on_one_link_get_their_own_replies(peer, open_link):
    link = open_link(peer(answer_all).resource)
    wrong = []

    def ask(name):
        for number in range(100):
            question = f"{name}{number}?"
            if link.query(question, LONG) != f"re {question}":
                wrong.append(question)

    threads = [threading.Thread(target=ask, args=(name,)) for name in "AB"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_terminators_of_the_ak_protocol_frame_message_and_reply(peer, open_link):
    def analyser(peer, connection):
        data = b""
        while not data.endswith(b"\x03"):
            data += connection.recv(100)
        assert data == b"\x02 ASTZ K0\x03"
        connection.sendall(b"\x02 ASTZ 0 SREM STBY\x03")
        peer.go.wait(30.0)

    link = open_link(peer(analyser).resource, wire=AK)
    assert link.query(" ASTZ K0", LONG) == "ASTZ 0 SREM STBY"


def test_nothing_is_sent_on_a_closed_link(open_link):
    link = open_link("TCPIP::127.0.0.1::9::SOCKET", is_opened=False)
    error = failure_of(lambda: link.write("CURR 1"))
    assert error.message.id == "link.not-open"


@pytest.mark.parametrize("resource", ["nonsense", "GPIB7::5::INSTR"])
def test_a_resource_this_machine_does_not_have_is_named(open_link, resource):
    link = open_link(resource, is_opened=False)
    error = failure_of(link.open)
    assert error.message.id == "link.unavailable"
    assert resource in str(error)


def test_every_link_error_names_instrument_link_and_what_to_do_in_both_languages():
    for language in ("en", "zh"):
        texts = catalogue(language, "link")
        assert texts.keys() == catalogue("en", "link").keys()
        for text in texts.values():
            assert "{instrument}" in text
            assert "{link}" in text
            assert {":", "："} & set(text)  # what happened: what to do


def test_the_two_languages_use_the_same_placeholders():
    for room in ("link", "device"):
        for message_id, text in catalogue("en", room).items():
            chinese = catalogue("zh", room)[message_id]
            names = [{name for _, name, _, _ in string.Formatter().parse(each) if name}
                     for each in (text, chinese)]  # fmt: skip
            assert names[0] == names[1], message_id


def test_a_gpib_instrument_behind_a_lan_adapter_is_asked_the_same_way(peer, open_link, manager):
    def adapter(peer, connection):
        question = ""
        while True:
            text = peer.line(connection)
            if text == "++read eoi":
                connection.sendall(f"re {question}\n".encode())
            elif not text.startswith("++"):
                question = text

    server = peer(adapter)
    controller = manager.open_resource(f"PRLGX-TCPIP::127.0.0.1::{server.port}::INTFC")
    controller.read_termination = "\n"
    link = open_link("GPIB::5::INSTR")
    assert link._socket is None
    assert link.query("MEAS:VOLT?", 0.5) == "re MEAS:VOLT?"
    link.close()
    controller.close()


class SerialLine:
    """A serial resource as PyVISA shows it."""

    interface_type = constants.InterfaceType.asrl
    session = 1
    visalib = None
    read_termination = None
    timeout = 0.0

    def __init__(self):
        self.sent = []
        self.error = None

    def write_raw(self, data):
        self.sent.append(data)

    def read_bytes(self, count, *, break_on_termchar):
        assert break_on_termchar
        if self.error is not None:
            raise self.error
        return b"12.5\r\n"

    def close(self):
        self.sent.append(b"closed")


class SerialManager:
    def __init__(self, line):
        self.line = line

    def open_resource(self, name, open_timeout):
        return self.line


@pytest.fixture
def serial():
    line = SerialLine()
    wire = Wire(reply_end="\r\n", baud=38400, parity="even", data_bits=7)
    link = VisaLink(SerialManager(line), "ASRL3::INSTR", instrument="mfc", clock=CLOCK, wire=wire)
    link.open()
    return link, line


def test_a_serial_line_is_set_up_as_the_manual_says(serial):
    link, line = serial
    assert (line.baud_rate, line.data_bits, line.parity) == (38400, 7, constants.Parity.even)
    assert line.read_termination == "\r\n"
    assert link.query("A", 0.25) == "12.5"
    assert line.timeout == 250.0
    assert line.sent == [b"A\n"]


@pytest.mark.parametrize(
    ("foreign", "kind"),
    [
        (VisaIOError(constants.StatusCode.error_timeout), LinkTimeout),
        (VisaIOError(constants.StatusCode.error_io), LinkClosed),
        (InvalidSession(), LinkClosed),
        (OSError("device reports readiness to read but returned no data"), LinkClosed),
        (BrokenPipeError(), LinkClosed),
        (RuntimeError("hislip"), LinkClosed),
        (ValueError("filedescriptor out of range in select()"), LinkClosed),
    ],
)
def test_errors_of_all_libraries_become_link_errors_and_close_the_link(serial, foreign, kind):
    link, line = serial
    line.error = foreign
    with pytest.raises(kind, match="mfc") as caught:
        link.query("A", 0.25)
    assert caught.value.__cause__ is foreign
    assert not link.is_open
    assert line.sent[-1] == b"closed"


def test_an_error_of_our_own_making_is_not_hidden(serial):
    link, line = serial
    line.error = KeyError("a defect")
    with pytest.raises(KeyError):
        link.query("A", 0.25)
