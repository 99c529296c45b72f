"""What a flood of requests does to a scan beside it: `python -m tests.benchmarks.gate`.

A loop of 100 Hz stands for the scan: it takes what is asked, answers, publishes a state 25 times a
second, and notes how late each turn begins. A process of its own floods the gate with as many
requests as are wanted per second; another asks something twice a second and waits for the answer.
Memory is that of this process.
"""

from __future__ import annotations

import argparse
import gc
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from bench.clock import MILLISECOND, SECOND, SystemClock
from bench.messages import Bilingual
from bench.service.address import ServerFile, ServerLock
from bench.service.client import RemoteBench
from bench.service.gate import Gate
from bench.service.keys import user_keys
from bench.service.port import BenchState, Reply, Shown
from bench.service.requests import Note
from bench.service.sockets import ClientSockets
from bench.service.wire import encode_request

RIG = "benchmark"
PERIOD = 10 * MILLISECOND
CLOCK = SystemClock()
CHANNELS = tuple(Shown(f"channel.{i}", Bilingual(f"Channel {i}"), "12.3 kPa", 0) for i in range(30))


@dataclass(frozen=True)
class Figures:
    """What one measurement found."""

    lateness: np.ndarray
    """Of every turn, ns."""
    gate: float
    """Processor time of the gate's thread, of one core."""
    whole: float
    """Of the whole process: loop, gate, ZeroMQ."""
    memory: float
    """More memory at the end than at the start, MB."""
    counts: dict[str, int]
    """What became of the requests."""


def flood(folder: Path, rate: int) -> None:
    """Send so many requests a second until killed; what finds no room is dropped here."""
    keys = user_keys(folder)
    with RemoteBench.connect(RIG, name="finder", keys=keys, folder=folder) as bench:
        ports = bench.server.ports
    sockets = ClientSockets(ports, server=keys.server.public, client=keys.client)
    begun, sequence = CLOCK.now(), 0
    while not sockets.is_lost:
        due = (CLOCK.now() - begun) * rate // SECOND
        while sequence < due:
            sequence += 1
            sockets.send(encode_request(Note("flood"), sequence=sequence, sender="flood"))
        sockets.wait(1)
        for _ in sockets.replies():
            pass
    sockets.close()


def ask(folder: Path) -> None:
    """Ask something twice a second; print how long each answer took, ms."""
    with RemoteBench.connect(RIG, name="asks", keys=user_keys(folder), folder=folder) as bench:
        while bench.is_connected:
            begun = CLOCK.now()
            reply = bench.request(Note("who asks beside it"))
            took = (CLOCK.now() - begun) / MILLISECOND
            sys.stdout.write(f"{took} {int(reply.is_accepted)}\n")
            sys.stdout.flush()
            CLOCK.wait_until(begun + SECOND // 2)


def measure(folder: Path, seconds: float, arguments: list[list[str]]) -> tuple[Figures, str]:
    """Return the figures of a loop with these other processes beside it, and what they printed."""
    gate = Gate(user_keys(folder), clock=CLOCK)
    with ServerLock(RIG, folder), gate:
        ServerFile(RIG, os.getpid(), gate.ports, CLOCK.utc()).write(folder)
        command = [sys.executable, "-m", "tests.benchmarks.gate", "--folder", str(folder)]
        others = [
            subprocess.Popen([*command, *each], stdout=subprocess.PIPE, text=True)
            for each in arguments
        ]
        loop(gate, 2.0)  # until all are connected
        figures = loop(gate, seconds)
        for other in others:
            other.kill()
        said = "".join(other.communicate()[0] for other in others)
    return figures, said


def loop(gate: Gate, seconds: float) -> Figures:
    """Return what a loop of 100 Hz finds while it serves a gate."""
    process, thread = psutil.Process(), gate_thread()
    before, memory = cpu(process, thread), process.memory_info().rss
    counted = gate.counts
    begun = CLOCK.now()
    lateness = np.zeros(int(seconds * SECOND / PERIOD), np.int64)
    for turn in range(len(lateness)):
        due = begun + (turn + 1) * PERIOD
        CLOCK.wait_until(due)
        lateness[turn] = CLOCK.now() - due
        for asked in gate.asked():
            asked.answer(Reply(is_accepted=True))
        if turn % 4 == 0:
            gate.publish(BenchState(rig=RIG, elapsed=float(turn), channels=CHANNELS))
    took = (CLOCK.now() - begun) / SECOND
    after = cpu(process, thread)
    counts = {name: count - counted.get(name, 0) for name, count in gate.counts.items()}
    return Figures(
        lateness,
        (after[0] - before[0]) / took,
        (after[1] - before[1]) / took,
        (process.memory_info().rss - memory) / 1e6,
        counts,
    )


def gate_thread() -> int:
    return next(each.native_id or 0 for each in threading.enumerate() if each.name == "gate")


def cpu(process: psutil.Process, thread: int) -> tuple[float, float]:
    """Processor time of a thread and of the whole process, s."""
    own = sum(each.user_time + each.system_time for each in process.threads() if each.id == thread)
    times = process.cpu_times()
    return own, times.user + times.system


def show(title: str, figures: Figures, said: str) -> None:
    """Print one line."""
    late = figures.lateness / MILLISECOND
    took = [float(line.split()[0]) for line in said.splitlines() if len(line.split()) == 2]
    refused = sum(line.endswith(" 0") for line in said.splitlines())
    beside = f"{np.median(took):.0f} / {max(took):.0f} ms ({refused} refused)" if took else "-"
    sys.stdout.write(
        f"{title:<24}| late {np.median(late):.2f} / {np.percentile(late, 99):.2f} / "
        f"{late.max():.2f} ms (median, 99 %, longest) | gate {figures.gate:.1%} | process "
        f"{figures.whole:.1%} | {figures.memory:+.1f} MB | beside it {beside} | {figures.counts}\n"
    )
    sys.stdout.flush()


def main() -> None:
    """Measure without clients, with one that asks, and with a flood beside that."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--do", choices=["flood", "ask"])
    given = parser.parse_args()
    if given.do == "flood":
        flood(given.folder, given.rate)
        return
    if given.do == "ask":
        ask(given.folder)
        return
    gc.freeze()
    with tempfile.TemporaryDirectory() as name:
        flooding = ["--do", "flood", "--rate", str(given.rate)]
        for title, others in (
            ("no client", []),
            ("one client", [["--do", "ask"]]),
            (f"flood of {given.rate}/s", [["--do", "ask"], flooding]),
        ):
            show(title, *measure(Path(name), given.seconds, others))


if __name__ == "__main__":
    main()
