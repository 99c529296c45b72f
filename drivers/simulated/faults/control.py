"""How faults of a cell that is served are asked for: one line of JSON each way, on loopback.

The cell writes where it listens, and a secret, into a file that only its user can read; who does
not know the secret is hung up on. Nothing of it reaches a network, or a real instrument.
"""

from __future__ import annotations

import hmac
import json
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

from bench.clock import Clock
from bench.errors import BenchError, ConfigError, Refused
from drivers.simulated.faults.board import FaultBoard
from drivers.simulated.faults.targets import checked_fault
from drivers.simulated.loopback import LOOPBACK, Client, LoopbackServer

LONGEST_LINE = 16_384
"""A peer that sends this much without ending a line is dropped."""
MOST_CLIENTS = 4
"""Peers at once; the next one is refused."""
PATIENCE = 3.0
"""Longest wait for an answer, s."""

Reply = Mapping[str, Any]


@dataclass(frozen=True)
class ControlFile:
    """Where a simulated cell takes requests, and what it serves."""

    rig: str
    """Name of the rig."""
    port: int
    """TCP port on loopback."""
    secret: str
    """What a request has to carry."""
    links: Mapping[str, str] = field(default_factory=dict[str, str])
    """Instrument or bus → where it is served."""

    def write(self, path: Path) -> None:
        """Write it, readable by its user only.

        Raises:
            Refused: it cannot be written.
        """
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(asdict(self), file)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise Refused("fault.no-file", file=str(path), reason=reason) from error

    @staticmethod
    def read(path: Path, rig: str) -> ControlFile:
        """Return what a cell has written.

        Raises:
            Refused: no simulated cell of this rig runs, or its file cannot be read.
        """
        try:
            given = json.loads(path.read_text(encoding="utf-8"))
            links = cast("dict[object, object]", given["links"])
            return ControlFile(
                str(given["rig"]),
                int(given["port"]),
                str(given["secret"]),
                {str(name): str(link) for name, link in links.items()},
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Refused("fault.nobody", rig=rig) from error

    def remove(self, path: Path) -> None:
        """Remove it where it is still ours."""
        with suppress(Refused, OSError):
            if ControlFile.read(path, self.rig).secret == self.secret:
                path.unlink(missing_ok=True)


@dataclass(eq=False)
class _Peer(Client):
    received: bytearray = field(default_factory=bytearray)


class ControlServer(LoopbackServer[_Peer]):
    """Lets faults begin and end at the request of who knows the secret, and by themselves.

    Args:
        board: the faults.
        clock: the time of the cell.
        secret: what a request has to carry.
    """

    def __init__(self, board: FaultBoard, clock: Clock, *, secret: str) -> None:
        super().__init__(clock, make_client=_Peer, most=MOST_CLIENTS)
        self._board = board
        self._secret = secret.encode()
        self._listen(0, name="faults")

    def _step(self, now: int) -> int:
        return self._board.step(now)

    def _take(self, client: _Peer, data: bytes) -> None:
        client.received += data
        *lines, rest = bytes(client.received).split(b"\n")
        client.received = bytearray(rest)
        if len(rest) > LONGEST_LINE:
            self._drop(client)
        for line in lines:
            asked = _parsed(line)
            secret = str(asked.get("secret", "")).encode()
            if not hmac.compare_digest(secret, self._secret):
                self._drop(client)
                return
            self._write(client, json.dumps(self._answer(asked)).encode() + b"\n")

    def _answer(self, asked: Reply) -> Reply:
        now = self._clock.now()
        try:
            match asked.get("do"):
                case "begin":
                    return {"ids": [self._board.begin(self._fault(asked), now)]}
                case "clear":
                    name = str(asked.get("id", ""))
                    if not name:
                        return {"ids": self._board.clear(now)}
                    self._board.end(name, now)
                    return {"ids": [name]}
                case _:
                    return {"active": [self._shown(each.id, now) for each in self._board.active]}
        except BenchError as error:
            return {"error": error.text(str(asked.get("language", "en")))}

    def _fault(self, asked: Reply) -> Any:
        given = asked.get("given")
        if not isinstance(given, dict):
            raise ConfigError("fault.no-schedule", given=type(given).__name__)
        values = cast("dict[object, object]", given)
        return checked_fault(
            self._board.targets,
            str(asked.get("what", "")),
            str(asked.get("where", "")),
            given={str(name): str(value) for name, value in values.items()},
            lasts=None if asked.get("lasts") is None else str(asked["lasts"]),
            name=str(asked.get("id", "")),
        )

    def _shown(self, name: str, now: int) -> Reply:
        each = next(each for each in self._board.active if each.id == name)
        return {
            "id": each.id,
            "what": each.fault.what,
            "where": each.fault.where,
            "since": (now - each.since) / 1e9,
            "left": None if each.until is None else (each.until - now) / 1e9,
        }


def _parsed(line: bytes) -> Reply:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return cast("Reply", found) if isinstance(found, dict) else {}


def ask(file: ControlFile, request: Reply) -> Reply:
    """Send a request to a simulated cell; return its answer.

    Raises:
        Refused: nobody listens, the answer cannot be read, or the cell refuses.
    """
    try:
        with socket.create_connection((LOOPBACK, file.port), PATIENCE) as peer:
            peer.sendall(json.dumps({**request, "secret": file.secret}).encode() + b"\n")
            received = bytearray()
            while not received.endswith(b"\n") and len(received) < 1_000_000:
                arrived = peer.recv(65536)
                if not arrived:
                    break
                received += arrived
    except OSError as error:
        raise Refused("fault.nobody", rig=file.rig) from error
    reply = _parsed(bytes(received))
    if "error" in reply:
        raise Refused("fault.said", said=str(reply["error"]))
    if not reply:
        raise Refused("fault.nobody", rig=file.rig)
    return reply
