"""What can be seen and set on the TCP socket below a VISA session.

PyVISA-py 0.8 opens refused ports, leaves Nagle on, spins when the other end is gone and hands a
late reply to the next question; PyVISA#742, PyVISA-py#376 and its source tell of it. Looking at
the socket before and after each call is the defence.
"""

from __future__ import annotations

import select
import socket
import sys
from typing import Any

SELECT_LIMIT = 1024
"""File numbers from here on break ``select`` on systems other than Windows."""
USER_TIMEOUT = 2_000
"""Longest time sent data may stay unacknowledged where the system has the option, ms."""
CHUNK = 4096
"""Most bytes looked at in one go."""


def socket_below(resource: Any) -> socket.socket | None:
    """Return the socket of a raw TCP session of PyVISA-py; None for all other sessions."""
    sessions: Any = getattr(resource.visalib, "sessions", {})  # a vendor's VISA has none
    below: Any = getattr(sessions.get(resource.session), "interface", None)
    return below if isinstance(below, socket.socket) else None


def connection_error(below: socket.socket) -> int:
    """Return the error number of the connection attempt; 0: connected."""
    return below.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


def is_beyond_select(below: socket.socket) -> bool:
    """Return whether ``select`` cannot watch this socket."""
    return sys.platform != "win32" and below.fileno() >= SELECT_LIMIT


def prepare(below: socket.socket) -> None:
    """Send at once, and notice a dead peer."""
    below.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    below.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    option: int | None = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux has it
    if option is not None:
        below.setsockopt(socket.IPPROTO_TCP, option, USER_TIMEOUT)


def waiting(below: socket.socket) -> bytes | None:
    """Return what has arrived, without taking it: empty when the peer is gone, None: nothing."""
    if not select.select([below], [], [], 0)[0]:
        return None
    return below.recv(CHUNK, socket.MSG_PEEK)


def awaited(below: socket.socket, seconds: float) -> bytes | None:
    """Return what arrives within a time, without taking it; None: nothing, empty: peer gone."""
    if not select.select([below], [], [], max(seconds, 0.0))[0]:
        return None
    return below.recv(CHUNK, socket.MSG_PEEK)


def takes_data(below: socket.socket, seconds: float) -> bool:
    """Return whether the socket takes data within a time; not so when the peer reads nothing."""
    return bool(select.select([], [below], [], seconds)[1])
