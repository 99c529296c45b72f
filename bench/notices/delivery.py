"""Delivers one letter, in a process of its own: ``python -m bench.notices.delivery``.

The only door to apprise. Address and text come as JSON from standard input, so that no list of
processes shows a password. A name that cannot be resolved, or a mail server that hangs, ends with
this process; the bench knows nothing of it. Exit code 0: delivered.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import apprise

DELIVERED, FAILED, NO_ADDRESS = 0, 1, 2
"""Exit codes."""
_LONGEST = 300


class _Said(logging.Handler):
    """Keeps what the library says of a failure."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(record.getMessage())


def deliver(url: str, title: str, body: str) -> tuple[int, str]:
    """Return an exit code, and why it could not be delivered.

    Args:
        url: Address, as apprise writes it.
        title: Subject.
        body: Text.
    """
    said, log = _Said(), logging.getLogger("apprise")
    log.addHandler(said)
    log.propagate = False
    library = cast("Any", apprise.Apprise)  # its types leave some open
    address: object = library.instantiate(url, asset=apprise.AppriseAsset(app_id="h2bench"))
    if not isinstance(address, apprise.NotifyBase):
        return NO_ADDRESS, ""
    is_delivered = address.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT)
    reason = "; ".join(said.lines)
    for secret in filter(None, (url, _password(url))):
        reason = reason.replace(secret, "***")
    return (DELIVERED if is_delivered else FAILED), reason[-_LONGEST:]


def _password(url: str) -> str:
    try:
        return unquote(urlsplit(url).password or "")
    except ValueError:  # no port, half a bracket
        return ""


def main() -> int:
    """Deliver what standard input says; return the exit code."""
    given = json.loads(sys.stdin.buffer.read())
    code, reason = deliver(str(given["url"]), str(given["title"]), str(given["body"]))
    sys.stderr.write(reason)
    return code


if __name__ == "__main__":
    sys.exit(main())
