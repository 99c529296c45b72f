"""Solartron 1260 impedance/gain-phase analyser on the GPIB.

Written from the public pages of its operating manual (sections 2.4 and 2.7) and of the 1250's
(13.7, command codes), and from what public programs send it. What none states is marked *assumed*.

- A command is two letters and numbers with commas, ended by LF, CR or ``;``. A number has **one
  exponent digit** at most: ``FR 1.0E+3``; ``1.0E+03`` is a command error.
- ``FR`` frequency, ``GT`` generator (0 voltage, 1 current), ``VA`` ``IA`` amplitude (rms), ``VB``
  ``IB`` bias, ``IS`` integration (s), ``DL`` delay before it (s), ``RA`` range and ``DC`` coupling
  of an input, ``SO 1,3`` impedance V1/I, ``CV 0`` real and imaginary part, ``OP 2,n`` results to
  the GPIB by themselves (0 no), ``OS 0`` comma, ``OT 0`` CR LF. ``?FR`` asks for a setting.
- ``SI`` measures once: after the delay it integrates over whole cycles, at least one and at least
  the integration time. ``DO`` tells the last result. ``BK`` breaks off, the generator stops.
- A result: frequency, two parameters, error digit, limits digit: ``+1.0000000E+03,+1.2340E-02,
  -3.4500E-03,0,0``. Error digit: 0 none, 2 input overload (*assumed*; the last of a group 8 code).
- ``*IDN?``; ``*ESR?`` events, cleared by reading: 1 operation complete, 16 execution error, 32
  command error; ``*OPC`` sets the first when the instrument is idle next; ``*CLS``, ``CE`` clear.
- ``TT2`` resets; for 5 s it hears nothing then.

The noise of a point is 0.3 % of the modulus in each part (*assumed*). An input is overloaded above
5 V rms (*assumed*).

Response: ``impedance`` (ohm, of a frequency). Optional signal: ``overload`` (1 or 0).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from bench.clock import MILLISECOND, NEVER, SECOND
from drivers.simulated.port import Terminals

IDENTITY = "1260A IMPEDANCE ANALYZER, SOLARTRON,0,0"
RESET_TIME = 5 * SECOND
OVERHEAD = 200 * MILLISECOND
"""What it does beside integrating, per point: ranging and calculating (assumed)."""
NOISE = 0.003
LARGEST_INPUT = 5.0
COMPLETE, EXECUTION_ERROR, COMMAND_ERROR = 1, 16, 32
OVERLOAD = 2

_NUMBER = r"[+-]?\d+(?:\.\d*)?(?:E[+-]?\d)?"
_COMMAND = re.compile(rf"(\??)([A-Z]{{2}})\s*({_NUMBER})?(?:\s*,\s*({_NUMBER}))?")
SETTINGS: dict[str, tuple[float, float, float]] = {
    "FR": (1e-5, 32e6, 100.0),
    "GT": (0, 1, 0),
    "VA": (0.0, 3.0, 0.0),
    "VB": (-40.95, 40.95, 0.0),
    "IA": (0.0, 0.06, 0.0),
    "IB": (-0.1, 0.1, 0.0),
    "IS": (0.01, 1e5, 0.2),
    "DL": (0.0, 1e5, 0.0),
    "CV": (0, 7, 1),
    "OS": (0, 1, 0),
    "OT": (0, 3, 0),
}
"""Setting → lowest, highest, after a reset."""
PAIRS: dict[str, tuple[int, int]] = {
    "RA": (3, 7),
    "DC": (3, 1),
    "IP": (2, 1),
    "OU": (2, 1),
    "SO": (3, 3),
    "OP": (3, 2),
}
"""Setting of two numbers → the highest of each."""


class Solartron1260:
    """The instrument on its bus."""

    def __init__(self, terminals: Terminals) -> None:
        self._impedance = terminals.responses["impedance"]
        self._overload = terminals.signals.get("overload")
        self._random = terminals.random
        self.settings: dict[str, float] = {}
        self.pairs: dict[tuple[str, int], int] = {}
        self.events = 0
        self._buffer = b""
        self._deaf_until = 0
        self._measures_until = NEVER
        self._is_measuring = False
        self._tells_complete = False
        self._result = ""
        self._unread = b""
        self._codes: dict[str, Callable[[int], str]] = {
            "SI": self._measure,
            "DO": lambda _now: self._result,
            "BK": self._break,
            "CE": self._clear,
        }
        self._reset()

    def receive(self, data: bytes, now: int) -> bytes:
        """Answer the commands that are complete at a time (ns)."""
        self._advance(now)
        said, self._unread = self._unread, b""
        *lines, rest = re.split(rb"[\n\r;]", self._buffer + data)
        self._buffer = rest[-1000:]
        for line in lines:
            if now >= self._deaf_until and (text := line.decode("latin-1").strip().upper()):
                answer = self._command(text, now)
                said += f"{answer}\r\n".encode("ascii") if answer else b""
        return said

    def step(self, now: int) -> int:
        """Finish a point; return when the next one is (ns)."""
        self._advance(now)
        return self._measures_until if self._is_measuring else NEVER

    def _advance(self, now: int) -> None:
        if self._is_measuring and now >= self._measures_until:
            self._is_measuring = False
            self._result = self._point(now)
            if self.pairs.get(("OP", 2), 0):
                self._unread += f"{self._result}\r\n".encode("ascii")
            if self._tells_complete:
                self.events |= COMPLETE
                self._tells_complete = False

    def _command(self, text: str, now: int) -> str:
        if text.startswith("*"):
            return self._common(text)
        found = _COMMAND.fullmatch(text)
        query, code, first, second = ("", "", None, None) if found is None else found.groups()
        if (code, first) == ("TT", "2"):
            return self._restart(now)
        if code in self._codes and not query and first is None:
            return self._codes[code](now)
        if code in SETTINGS and second is None and bool(query) == (first is None):
            return self._setting(code, first)
        if code in PAIRS and not query and first is not None and second is not None:
            return self._pair(code, int(float(first)), int(float(second)))
        return self._wrong(COMMAND_ERROR)

    def _common(self, text: str) -> str:
        if text == "*IDN?":
            return IDENTITY
        if text == "*ESR?":
            events, self.events = self.events, 0
            return str(events)
        if text == "*OPC":
            self._tells_complete = True
        elif text == "*CLS":
            self.events = 0
            self._tells_complete = False
        else:
            return self._wrong(COMMAND_ERROR)
        return ""

    def _setting(self, code: str, value: str | None) -> str:
        if value is None:
            return _shown(self.settings[code], 7)
        low, high, _ = SETTINGS[code]
        if not low <= float(value) <= high:
            return self._wrong(EXECUTION_ERROR)
        self.settings[code] = float(value)
        return ""

    def _pair(self, code: str, first: int, second: int) -> str:
        top, highest = PAIRS[code]
        if not (0 <= first <= top and 0 <= second <= highest):
            return self._wrong(EXECUTION_ERROR)
        self.pairs[code, first] = second
        return ""

    def _wrong(self, event: int) -> str:
        self.events |= event
        return ""

    def _reset(self) -> None:
        self.settings = {code: usual for code, (_, _, usual) in SETTINGS.items()}
        self.pairs = {}
        self.events = 0
        self._is_measuring = False
        self._tells_complete = False
        self._result = ""

    def _restart(self, now: int) -> str:
        self._reset()
        self._deaf_until = now + RESET_TIME
        return ""

    def _clear(self, _now: int) -> str:
        self.events &= ~(COMMAND_ERROR | EXECUTION_ERROR)
        return ""

    def _break(self, _now: int) -> str:
        self._is_measuring = False
        self.settings["IA"] = self.settings["VA"] = 0.0
        return ""

    def _measure(self, now: int) -> str:
        frequency = self.settings["FR"]
        cycles = max(math.ceil(self.settings["IS"] * frequency - 1e-6), 1)
        seconds = self.settings["DL"] + cycles / frequency
        self._measures_until = now + round(seconds * SECOND) + OVERHEAD
        self._is_measuring = True
        return ""

    def _point(self, now: int) -> str:
        frequency = self.settings["FR"]
        true = self._impedance(frequency, now)
        is_current = self.settings["GT"] == 1
        amplitude = self.settings["IA" if is_current else "VA"]
        voltage = amplitude * abs(true) if is_current else amplitude
        is_over = self._overload is not None and self._overload(now) >= 0.5
        error = OVERLOAD if is_over or voltage > LARGEST_INPUT else 0
        shown = true + NOISE * abs(true) * complex(self._normal(), self._normal())
        parts = (_shown(frequency, 7), _shown(shown.real, 4), _shown(shown.imag, 4))
        return f"{','.join(parts)},{error},0"

    def _normal(self) -> float:
        """Return a number of the standard normal distribution (Box and Muller)."""
        radius = math.sqrt(-2.0 * math.log(1.0 - self._random()))
        return radius * math.cos(math.tau * self._random())


def _shown(value: float, decimals: int) -> str:
    return f"{value:+.{decimals}E}"


def make(terminals: Terminals) -> Solartron1260:
    """Return an analyser that has just been switched on: no generator, as after a reset."""
    return Solartron1260(terminals)
