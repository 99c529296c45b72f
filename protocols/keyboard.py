"""The keys of the terminal, one by one, without waiting for Enter; Ctrl-C stays a signal.

Only a terminal that this process owns is touched: where the input is piped, or the process runs
in the background, there are no keys.
"""

from __future__ import annotations

import codecs
import os
import re
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Protocol

if sys.platform == "win32":
    import msvcrt
else:
    import select
    import termios


class Keyboard(Protocol):
    """What somebody types."""

    def pressed(self) -> str:
        """Return what was typed since the last look, in order; it never waits.

        Arrow and function keys are left out; Enter is a line feed.
        """
        ...


@contextmanager
def keyboard(*, is_wanted: bool = True) -> Generator[Keyboard | None]:
    """Yield the keys of the terminal; None where there is no terminal, or none is wanted.

    The terminal is as it was afterwards.
    """
    if not (is_wanted and sys.stdin is not None and sys.stdin.isatty()):
        yield None
    elif sys.platform == "win32":
        yield ConsoleKeyboard()
    else:
        keys = TerminalKeyboard(sys.stdin.fileno())
        try:
            yield keys
        finally:
            keys.restore()


SPECIAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.)")
"""What arrow and function keys of a terminal send."""
_READ = 1024

if sys.platform == "win32":

    class ConsoleKeyboard:
        """A Windows console."""

        def __init__(self) -> None:
            while msvcrt.kbhit():  # typed for somebody else, before
                msvcrt.getwch()

        def pressed(self) -> str:
            """Return what was typed since the last look."""
            typed = ""
            while msvcrt.kbhit():
                key = msvcrt.getwch()
                if key in "\0\xe0" and msvcrt.kbhit():  # a special key comes as two
                    msvcrt.getwch()
                elif key == "\x03":
                    signal.raise_signal(signal.SIGINT)
                else:
                    typed += key
            return typed.replace("\r", "\n")

else:

    class TerminalKeyboard:
        """A POSIX terminal that gives keys at once and does not echo them."""

        def __init__(self, descriptor: int) -> None:
            self._descriptor = descriptor
            self._decoder = codecs.getincrementaldecoder("utf-8")(errors="ignore")
            self._before: list[int | list[bytes | int]] | None = None
            if self._is_ours:
                self._take_over()

        def pressed(self) -> str:
            """Return what was typed since the last look."""
            if not self._is_ours:  # reading in the background would stop the process
                return ""
            if self._before is None:  # it came to the foreground
                self._take_over()
            # asked first: another program may have set the terminal back to whole lines
            ready, _, _ = select.select([self._descriptor], [], [], 0)
            if not ready:
                return ""
            try:
                typed = self._decoder.decode(os.read(self._descriptor, _READ))
            except OSError:  # the terminal is gone: its hang-up is a signal
                return ""
            return SPECIAL.sub("", typed).replace("\r", "\n")

        def restore(self) -> None:
            """Leave the terminal as it was found; what was typed since stays for the next."""
            if self._before is not None and self._is_ours:
                with suppress(termios.error):  # it is gone
                    termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)
                self._before = None

        @property
        def _is_ours(self) -> bool:
            try:
                return os.tcgetpgrp(self._descriptor) == os.getpgrp()
            except OSError:
                return False

        def _take_over(self) -> None:
            with suppress(termios.error):  # what was typed before was meant for somebody else
                before = termios.tcgetattr(self._descriptor)
                at_once = termios.tcgetattr(self._descriptor)
                at_once[0] &= ~termios.IXON  # Ctrl-S would hold our output, and the scan with it
                at_once[3] &= ~(termios.ICANON | termios.ECHO)
                at_once[6][termios.VMIN], at_once[6][termios.VTIME] = 1, 0
                termios.tcsetattr(self._descriptor, termios.TCSAFLUSH, at_once)
                self._before = before
