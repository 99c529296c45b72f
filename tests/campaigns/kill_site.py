"""A simulated cell and a bench server, each a process of its own; the server is there to be killed.

The rig is the shipped one without its analyser (which would warm up first) and on free ports.
"""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

import bench.rigs
from bench.clock import MILLISECOND, SECOND, SystemClock
from bench.errors import Refused
from bench.service.client import RemoteBench
from bench.service.keys import user_keys
from drivers.simulated.faults.control import ControlFile, ask

CLOCK = SystemClock()
PROTOCOL = Path(__file__).with_name("kills.yaml")
RIG = "hydrogen-engine-cell"
WAIT = 90 * SECOND
"""Longest wait for a process to be there: the machine may be busy."""
_PORT = re.compile(r"(?<=127\.0\.0\.1::)\d+(?=::SOCKET)|(?<=port: )\d+")
_ANALYSER = re.compile(
    r"^  analyser:\n(?:    .*\n)+|^  \S+: \{from: analyser\..*\n|^    analyser\..*\n", re.MULTILINE
)
_SCAN = "scan: {period: 10 ms}"


class Stuck(Exception):
    """Something that has to happen did not."""


def wait_a_little(milliseconds: float = 20.0) -> None:
    """Let time pass."""
    CLOCK.wait_until(CLOCK.now() + round(milliseconds * MILLISECOND))


def rig_in(folder: Path, seed: int, scan: str) -> Path:
    """Write the rig with ports that were free a moment ago; return its file."""
    text = (Path(bench.rigs.FOLDER) / f"{RIG}.yaml").read_text(encoding="utf-8")
    assert _SCAN in text
    text = _ANALYSER.sub("", text).replace(_SCAN, f"scan: {{period: {scan}}}", 1)
    chance = random.Random(f"{os.getpid()} {seed}")
    with ExitStack() as opened:
        ports = iter([str(_free_port(chance, opened)) for _ in _PORT.findall(text)])
        text = _PORT.sub(lambda _: next(ports), text)
    path = folder / "rig.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def _free_port(chance: random.Random, opened: ExitStack) -> int:
    """Hold a port below those that systems hand out for outgoing connections."""
    while True:
        try:
            server = socket.create_server(("127.0.0.1", chance.randrange(20_000, 32_000)))
        except OSError:
            continue
        return int(opened.enter_context(server).getsockname()[1])


@dataclass
class Killed:
    """When a server was killed; UTC in s."""

    before: float
    """It was still alive then, for all we know."""
    after: float
    """It was dead then."""


@dataclass
class Site:
    """One cell, its server, and the files of both."""

    folder: Path
    seed: int
    scan: str = "10 ms"
    _cell: subprocess.Popen[bytes] | None = None
    _server: subprocess.Popen[bytes] | None = None
    _served: int = 0
    _logs: list[IO[bytes]] = field(default_factory=list[IO[bytes]])

    def __post_init__(self) -> None:
        self.rig = rig_in(self.folder, self.seed, self.scan)
        self.runs = self.folder / "runs"
        self.truth = self.folder / "truth.csv"
        self.addresses = self.folder / "servers"
        self.keys = user_keys(self.folder / "keys")

    def __enter__(self) -> Self:
        self._cell = self._start(
            *("simulate", self.rig, "--seed", self.seed, "--for", 3 * 3600, "--log", self.truth),
            *("--plant", "warm=1"),
        )
        limit = CLOCK.now() + WAIT
        while not self._control_file.exists():
            self._check(self._cell, limit, "the cell did not come")
            wait_a_little()
        return self

    def __exit__(self, *_: object) -> None:
        for process in (self._server, self._cell):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        for each in self._logs:
            each.close()

    def serve(self) -> None:
        """Start the server."""
        self._served += 1
        self._server = self._start("serve", self.rig, "--output", self.runs)

    def connect(self) -> RemoteBench | None:
        """Return a client of the server; None: it does not serve yet.

        Raises:
            Stuck: it has ended.
        """
        assert self._server is not None
        if self._server.poll() is not None:
            raise Stuck("the server ended by itself", self.said())
        try:
            return RemoteBench.connect(
                RIG, name="campaign", keys=self.keys, folder=self.addresses, patience=SECOND
            )
        except Refused:
            return None

    def turn_key(self) -> None:
        """Turn the reset key of the safety PLC at its panel."""
        key: Mapping[str, object] = {
            "do": "begin",
            "what": "reset-key",
            "where": "plc",
            "given": {},
            "lasts": "0.5 s",
            "id": "",
        }
        ask(ControlFile.read(self._control_file, RIG), key)

    def kill(self, *, with_sealers: bool) -> Killed:
        """Kill the server at once; its sealer processes with it, or they notice by themselves."""
        server = self._server
        assert server is not None
        before = CLOCK.utc() / SECOND
        if with_sealers:
            os.killpg(server.pid, signal.SIGKILL)
        else:
            server.kill()
        code = server.wait()
        after = CLOCK.utc() / SECOND
        if code != -signal.SIGKILL:
            raise Stuck("the server ended by itself", code, self.said())
        return Killed(before, after)

    def said(self) -> str:
        """Return the last that the server said."""
        path = self.folder / f"serve-{self._served}.txt"
        return path.read_text(encoding="utf-8", errors="replace")[-2000:]

    @property
    def _control_file(self) -> Path:
        return self.addresses / f"simulate-{RIG}.json"

    @staticmethod
    def _check(process: subprocess.Popen[bytes], limit: int, what: str) -> None:
        if process.poll() is not None or CLOCK.now() > limit:
            raise Stuck(what)

    def _start(self, *arguments: object) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{arguments[0]}-{self._served}.txt").open("wb")
        self._logs.append(log)
        return subprocess.Popen(
            [sys.executable, "-m", "bench.cli", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={
                **os.environ,
                "H2BENCH_LANGUAGE": "en",
                "H2BENCH_SERVERS": str(self.addresses),
                "H2BENCH_KEYS": str(self.folder / "keys"),
            },
        )
