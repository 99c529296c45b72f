"""Who the engine control unit is: asked for when it is first heard, and when it starts anew.

The calibration that ran belongs to every run, so nothing the unit says is used before it has
said which software it runs, or has refused to.
"""

from __future__ import annotations

from collections.abc import Callable

from bench.clock import MILLISECOND, NEVER
from bench.device import Port
from bench.errors import WrongInstrument
from bench.messages import Message
from drivers.canbus.j1939 import fields
from drivers.canbus.presence import Presence

SOFTWARE, COMPONENT = 65242, 65259
"""Parameter groups of the identification (J1939-71)."""
RESPONSE = 1250 * MILLISECOND
"""How long a unit may take to begin, and between packets (J1939-21, T2 and T3)."""
ATTEMPTS = 3
"""How often it is asked."""


class Identification:
    """Asks one thing after another, then judges: the expected unit is connected.

    Args:
        port: what the core gives the instrument.
        presence: told when the unit is known, and when it is another one.
        link: where the unit sits, for people.
        expected: what its identification must hold.
        ask: requests a parameter group of the unit.
    """

    def __init__(
        self,
        port: Port,
        presence: Presence,
        *,
        link: str,
        expected: str,
        ask: Callable[[int], None],
    ) -> None:
        self.has_begun = False
        """Whether it has been asked since `forget`."""
        self.is_wrong = False
        """Whether it is another unit."""
        self.due = NEVER
        """When it asks again, gives up or judges, ns; no sooner is `step` needed."""
        self._port = port
        self._presence = presence
        self._link = link
        self._expected = expected
        self._ask = ask
        self._claim = ""
        self._pending: list[int] = []
        self._answers: dict[int, bytes] = {}
        self._attempts = 0

    def forget(self) -> None:
        """Take nothing as known."""
        self.has_begun = self.is_wrong = False
        self._pending = []
        self.due = NEVER

    def begin(self, now: int, claim: bytes = b"") -> None:
        """Ask for everything (anew), after an address claim or at the first frame heard."""
        if claim:
            self._claim = f"NAME {int.from_bytes(claim, 'little'):016X}"
        self.has_begun = True
        self.is_wrong = False
        self._answers = {}
        self._pending = [COMPONENT, SOFTWARE]
        self._next(now)

    def take(self, group: int, data: bytes, now: int) -> None:
        """Take what it answered; no data: it refuses."""
        if group in self._pending:
            self._answers[group] = data
            is_current = group == self._pending[0]
            self._pending.remove(group)
            if is_current:
                self._next(now)

    def step(self, now: int) -> int:
        """Ask again, give up, or judge; return when to be called again (ns)."""
        if now < self.due:
            return self.due
        if self._pending:
            if self._attempts < ATTEMPTS:
                self._put(now)
            else:
                self.take(self._pending[0], b"", now)
        if not self._pending:
            self.due = NEVER
            self._judge(now)
        return self.due

    def _judge(self, now: int) -> None:
        software = ", ".join(fields(self._answers.get(SOFTWARE, b"")[1:]))
        component = " ".join(fields(self._answers.get(COMPONENT, b""))) or self._claim
        found = "; ".join(part for part in (component, software and f"software {software}") if part)
        if self._expected not in found:
            self.is_wrong = True
            self._presence.lost(now)
            error = WrongInstrument(
                "device.wrong-instrument",
                link=self._link,
                identity=found,
                instrument=self._port.connection.name,
                expected=self._expected,
            )
            self._say("error", error.message)
            return
        name = self._port.connection.name
        if not software:
            self._say("warning", Message("j1939.no-software", {"instrument": name}))
        before = self._presence.identity
        if before not in {"", found}:
            arguments = {"instrument": name, "before": before, "after": found}
            self._say("warning", Message("j1939.identity-changed", arguments))
        self._presence.identity = found
        self._presence.heard(now)

    def _say(self, level: str, message: Message) -> None:
        self._port.report(level, self._port.connection.name, message)

    def _next(self, now: int) -> None:
        self._attempts = 0
        self.due = 0  # at once, with nothing left to ask for: to judge
        if self._pending:
            self._put(now)

    def _put(self, now: int) -> None:
        self._attempts += 1
        self.due = now + RESPONSE
        self._ask(self._pending[0])
