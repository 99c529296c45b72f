"""Letters reach a webhook and a mailbox on this machine; what fails is told once."""

import json
import socketserver
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bench.clock import SECOND, SystemClock, VirtualClock
from bench.messages import Message
from bench.notices.courier import Courier
from bench.notices.notice import Notice, Topic
from bench.notices.outbox import FIRST_RETRY
from bench.notices.sending import send
from bench.notices.settings import Subscription


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@contextmanager
def serving(server):
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Hook(HTTPServer):
    """A webhook that keeps what it gets."""

    def __init__(self, status=200):
        self.got = []
        self.status = status
        self.has_got = threading.Event()
        super().__init__(("127.0.0.1", 0), _Post)

    @property
    def url(self):
        return f"json://ada:geheim@127.0.0.1:{self.server_port}/bench"


class _Post(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.end_headers()
        self.server.has_got.set()

    def log_message(self, format, *args):  # noqa: A002 - the library's name
        pass


class Mailbox(socketserver.TCPServer):
    """A mail server that takes one letter after the other (RFC 5321, the least of it)."""

    allow_reuse_address = True

    def __init__(self):
        self.letters = []
        super().__init__(("127.0.0.1", 0), _Smtp)


class _Smtp(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper().strip()
            if verb == b"DATA":
                self.wfile.write(b"354 go\r\n")
                letter = []
                while (text := self.rfile.readline()) != b".\r\n":
                    letter.append(text)
                self.server.letters.append(b"".join(letter))
            if verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            self.wfile.write(b"250 fine\r\n")


def notice(key="alarm:oil-hot", topic=Topic.ALARM):
    subject = Message("notice.alarm", {"limit": "oil-hot", "reaction": "soft-stop"})
    lines = (
        Message("notice.value", {"said": "oil.temperature = 121 °C"}),
        Message("notice.advice", {"said": "Look at the oil cooler."}),
    )
    return Notice(topic, key, subject, lines, 1_767_225_600 * SECOND)


def test_a_webhook_gets_the_notice_from_the_courier_s_own_thread():
    told = []
    with serving(Hook()) as hook:
        subscription = Subscription("hook", hook.url, language="zh")
        courier = Courier(
            subscription, "cell-3", clock=SystemClock(), tell=lambda *a: told.append(a)
        )
        courier.start()
        courier.take(notice())
        assert hook.has_got.wait(20)
        courier.stop()
    (got,) = hook.got
    assert got["title"] == "[cell-3] 报警 oil-hot → 软停"
    assert "121 °C" in got["message"]
    assert "2026-01-01 00:00:00 UTC" in got["message"]
    assert told == []


def test_a_mailbox_gets_the_notice():
    with serving(Mailbox()) as mailbox:
        port = mailbox.server_address[1]
        url = f"mailto://127.0.0.1:{port}?from=bench@example.org&to=ada@example.org&mode=insecure"
        assert send(url, "[cell-3] alarm", "Look at the oil cooler.") is None
    assert b"oil cooler" in mailbox.letters[0]
    assert b"To: ada@example.org" in mailbox.letters[0]


def test_a_refusal_is_told_without_the_password():
    with serving(Hook(status=503)) as hook:
        why = send(hook.url, "t", "b")
    assert why.id == "notice.refused"
    assert "503" in why.text()
    assert "geheim" not in why.text()


def test_an_address_of_no_known_kind_is_told():
    assert send("nosuchkind://x", "t", "b").id == "notice.no-address"


def test_a_delivery_that_hangs_is_ended():
    silent = socketserver.TCPServer(("127.0.0.1", 0), _Silent)
    with serving(silent):
        url = f"json://127.0.0.1:{silent.server_address[1]}/"
        assert send(url, "t", "b", seconds=1.5).id == "notice.too-slow"
        _Silent.may_end.set()


class _Silent(socketserver.StreamRequestHandler):
    may_end = threading.Event()

    def handle(self):
        self.may_end.wait(10)


class Post:
    """A post that fails as often as it is told to."""

    def __init__(self, failures):
        self.failures = failures
        self.sent = []

    def __call__(self, url, title, body, seconds):
        if self.failures:
            self.failures -= 1
            return Message("notice.refused", {"reason": "no route"})
        self.sent.append(title)
        return None


def test_what_does_not_get_through_is_told_once_and_again_when_it_does():
    clock, told, post = VirtualClock(), [], Post(failures=3)
    courier = Courier(
        Subscription("hook", "json://x"),
        "cell-3",
        clock=clock,
        tell=lambda level, source, message: told.append((level, message)),
        send=post,
    )
    courier.take(notice())
    for _ in range(6):
        due = courier.turn()
        clock.wait_until(due)
    assert [(level, message.id) for level, message in told] == [
        ("warning", "notice.failed"),
        ("info", "notice.works-again"),
    ]
    assert told[1][1].arguments["count"] == 3
    assert len(post.sent) == 1
    assert clock.now() >= 7 * FIRST_RETRY


def test_however_much_comes_taking_it_keeps_no_more_than_may_wait():
    courier = Courier(
        Subscription("hook", "json://x"),
        "cell-3",
        clock=VirtualClock(),
        tell=lambda *_: None,
        send=Post(0),
    )
    for number in range(5000):
        courier.take(notice(f"alarm:{number}"))
    assert len(courier._taken) == 256
