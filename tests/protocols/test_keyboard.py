"""Keys of a pseudo terminal; a program of its own on it, since a terminal belongs to a session."""

import contextlib
import io
import os
import select
import signal
import subprocess
import sys

import pytest

from protocols.keyboard import keyboard

pytestmark = [
    pytest.mark.skipif(
        sys.platform == "win32", reason="Windows has no pseudo terminals of this kind"
    ),
    pytest.mark.timeout(60),
]

PROGRAM = """\
import os, sys, termios
from bench.clock import SECOND, SystemClock
from protocols.keyboard import keyboard

def modes():
    at_input, _, _, flags = termios.tcgetattr(0)[:4]
    shown = [bool(flags & each) for each in (termios.ICANON, termios.ECHO, termios.ISIG)]
    return [*shown, bool(at_input & termios.IXON)]

clock = SystemClock()
print("before", modes(), flush=True)
with keyboard() as keys:
    print("keys", modes(), flush=True)
    typed = ""
    while "." not in typed:
        typed += keys.pressed()
        clock.wait_until(clock.now() + SECOND // 100)
    print("typed", ascii(typed), flush=True)
print("after", modes(), flush=True)
"""
LAUNCH = """\
import fcntl, os, signal, sys, termios
os.setsid()
signal.signal(signal.SIGINT, signal.SIG_DFL)  # who runs the tests in the background ignores it
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-c", sys.argv[1]])
"""


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, program):
        self.ours, theirs = os.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, program], stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        self.said = ""

    def reads(self, word):
        """Read until the program says a word."""
        while word not in self.said:
            ready, _, _ = select.select([self.ours], [], [], 30)
            assert ready, self.said
            try:
                self.said += os.read(self.ours, 4096).decode()
            except OSError as error:  # Linux: the other end is closed
                raise AssertionError(self.said) from error
        return self.said

    def type(self, keys):
        os.write(self.ours, keys)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=30)
        os.close(self.ours)


@pytest.fixture
def terminal():
    with contextlib.closing(Terminal(PROGRAM)) as opened:
        yield opened


def test_keys_come_without_enter_and_the_terminal_is_as_before(terminal):
    terminal.reads("keys [False, False, True, False]")
    terminal.type("s噪\x1b[A\x1bOP\x1b[15~\r.".encode())
    said = terminal.reads("after")
    assert "before [True, True, True, True]" in said
    assert r"typed 's\u566a\n.'" in said
    assert "after [True, True, True, True]" in terminal.reads("after [True, True, True, True]")
    assert terminal.process.wait(timeout=30) == 0


def test_ctrl_s_does_not_hold_what_the_program_says(terminal):
    terminal.reads("keys [")
    terminal.type(b"\x13.")
    assert r"typed '\x13.'" in terminal.reads("after [True")


def test_ctrl_c_stays_a_signal_and_the_terminal_is_as_before(terminal):
    terminal.reads("keys [")
    terminal.type(b"\x03")
    terminal.reads("KeyboardInterrupt")
    assert terminal.process.wait(timeout=30) in {-signal.SIGINT, 1, 130}


def test_a_program_in_the_background_leaves_the_terminal_alone():
    program = PROGRAM.replace(
        "clock = SystemClock()",
        "clock = SystemClock()\nos.setpgid(0, 0) if os.fork() == 0 else os.wait()",
    )
    # the parent waits in the foreground; its child is a group of its own, in the background
    program = program.replace('"." not in typed', "clock.now() - began < SECOND // 2")
    program = program.replace("    typed = ", "    began = clock.now()\n    typed = ")
    with contextlib.closing(Terminal(program)) as opened:
        opened.reads("keys [True, True, True, True]")  # else its echo may stand amidst the line
        opened.type(b"s.\n")
        assert "typed ''" in opened.reads("after [True, True, True, True]")


def test_without_a_terminal_there_are_no_keys(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("s"))
    with keyboard() as keys:
        assert keys is None
    assert sys.stdin.read() == "s"


def test_keys_that_are_not_wanted_touch_nothing():
    with keyboard(is_wanted=False) as keys:
        assert keys is None
