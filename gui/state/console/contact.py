"""Whether the bench server is heard; every panel that shows its state has to say when it is not."""

from __future__ import annotations

from enum import Enum

from gui.state.session import Session

QUIET = 2.0
"""Time without a word after which the server counts as silent, s."""


class Contact(Enum):
    """How the server is heard."""

    HEARD = "heard"
    """It tells what is."""
    SILENT = "silent"
    """Nothing has come for a while: what is shown is old."""
    GONE = "gone"
    """There is no server."""


def contact_of(session: Session) -> Contact:
    """Return how the server is heard."""
    if not session.is_connected:
        return Contact.GONE
    return Contact.SILENT if session.silent_for >= QUIET else Contact.HEARD
