"""Sends a letter by a process of its own, which may hang or crash without the bench."""

from __future__ import annotations

import json
import subprocess
import sys

from bench.messages import Message
from bench.record.disk.storage import reason

LONGEST = 45.0
"""Time a delivery may take, s."""
_NO_ADDRESS = 2


def send(url: str, title: str, body: str, *, seconds: float = LONGEST) -> Message | None:
    """Return why a text could not be delivered; None: it is.

    Args:
        url: Address; it reaches the other process through its standard input only.
        title: Subject.
        body: Text.
        seconds: How long it may take.
    """
    command = [sys.executable, "-m", "bench.notices.delivery"]
    given = json.dumps({"url": url, "title": title, "body": body}).encode()
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command,
            input=given,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=seconds,
            check=False,
            start_new_session=True,  # a Ctrl-C in the server's terminal is not for it
        )
    except subprocess.TimeoutExpired:
        return Message("notice.too-slow", {"seconds": f"{seconds:g}"})
    except OSError as error:
        return Message("notice.not-started", {"reason": reason(error)})
    if done.returncode == 0:
        return None
    if done.returncode == _NO_ADDRESS:
        return Message("notice.no-address")
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return Message("notice.refused", {"reason": said[-1] if said else f"({done.returncode})"})
