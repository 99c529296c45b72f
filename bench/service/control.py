"""Who holds control: one client, by name. Starting and demanding need it, stopping never does."""

from __future__ import annotations

from collections.abc import Collection
from typing import get_args

from bench.errors import Refused
from bench.service.requests import (
    Acknowledge,
    Attest,
    Explain,
    HandOver,
    Hold,
    Note,
    Request,
    Resume,
    Sender,
    ShiftHandover,
    Silence,
    Snapshot,
    StopNow,
    TakeControl,
    Unshelve,
)

FREE: frozenset[type[Request]] = frozenset(
    {
        Acknowledge,
        Attest,
        Explain,
        HandOver,
        Hold,
        Note,
        Resume,  # it has a rule of its own
        ShiftHandover,
        Silence,
        Snapshot,
        StopNow,
        TakeControl,
        Unshelve,
    }
)
"""Requests that anyone may make."""
GUARDED: frozenset[type[Request]] = frozenset(get_args(Request)) - FREE
"""Requests that only who holds control may make."""
HERE = Sender(client="here")
"""The process that hosts the bench itself."""


class Control:
    """Holds a name, and the clients that have spoken under it."""

    def __init__(self, holder: str = "") -> None:
        """Begin with somebody who holds it, or with nobody."""
        self.holder = holder
        """Name of who holds it; empty: nobody."""
        self._clients: set[str] = set()
        self._held_by: Sender | None = None

    def hear(self, sender: Sender) -> None:
        """Remember that a client speaks under its name."""
        if sender.name and sender.name == self.holder:
            self._clients.add(sender.client)

    def take(self, sender: Sender, present: Collection[str]) -> None:
        """Have a sender hold control from now on.

        Raises:
            Refused: it gives no name, or somebody else holds control.
        """
        if not sender.name:
            raise Refused("serve.no-name")
        if self.holder not in {"", sender.name}:
            which = "serve.control-held" if self._is_there(present) else "serve.control-left"
            raise Refused(which, holder=self.holder)
        self._give(sender.name)
        self._clients.add(sender.client)

    def hand_over(self, sender: Sender, to: str, present: Collection[str]) -> None:
        """Give control to a name, or to nobody.

        Raises:
            Refused: somebody else holds it who is still there.
        """
        if self.holder not in {"", sender.name} and self._is_there(present):
            raise Refused("serve.control-held", holder=self.holder)
        self._give(to)

    def check(self, request: Request, sender: Sender) -> None:
        """Check that a sender may ask for something.

        Raises:
            Refused: it needs control, which somebody else holds, or nobody.
        """
        if sender == HERE or type(request) in FREE - {Resume}:
            return
        if isinstance(request, Resume) and self._held_by is not None and self._is_holding(sender):
            return
        if not self.holder:
            raise Refused("serve.control-nobody")
        if sender.name != self.holder:
            raise Refused("serve.control-held", holder=self.holder)

    def note_hold(self, sender: Sender | None) -> None:
        """Remember who held the sequence, who may let it go on; None: nobody did."""
        self._held_by = sender

    def _is_holding(self, sender: Sender) -> bool:
        known = self._held_by
        if known is None:
            return False
        return known == sender or bool(sender.name and sender.name == known.name)

    def _is_there(self, present: Collection[str]) -> bool:
        return not self._clients.isdisjoint(present)

    def _give(self, to: str) -> None:
        if to != self.holder:
            self._clients.clear()
        self.holder = to
