"""What serving the hydrogen engine cell over sockets takes of the machine while a protocol runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psutil

from bench.clock import SECOND
from bench.service.requests import Begin, TakeControl
from tests.benchmarks.real_time.cell import (
    CLOCK,
    connected,
    served_cell,
    shipped_rig,
    wait_until_measuring,
)
from tests.benchmarks.real_time.figures import tell, tell_machine
from tests.benchmarks.real_time.isolation import names_of

PROTOCOL = "hydrogen-engine/best-point"


def measure(folder: Path, *, minutes: float, is_realtime: bool) -> None:
    """Print processor time, scans, late scans and polls per link."""
    log = folder / "links.jsonl"
    with served_cell(folder, shipped_rig, minutes * 60 + 300) as cell:
        options = ["--realtime"] if is_realtime else []
        server = cell.programs.start(
            "-m", "tests.benchmarks.real_time.station", cell.rig, folder / "runs", log, *options
        )
        with connected(cell.programs) as bench:
            wait_until_measuring(bench)
            bench.request(TakeControl())
            reply = bench.request(Begin(PROTOCOL, confirms_prompts=True))
            doing = PROTOCOL if reply.is_accepted else f"watching ({reply.reason})"
            tell_machine()
            before, begun = processor_time(server.pid), CLOCK.now()
            first = newest(log)
            while CLOCK.now() < begun + round(minutes * 60 * SECOND):
                bench.step()
            took = (CLOCK.now() - begun) / SECOND
            share = {
                name: (each - before.get(name, 0.0)) / took
                for name, each in processor_time(server.pid).items()
            }
            last = newest(log)
            tell_machine()
            tell(f"{doing}: {bench.state().state.value}, {bench.state().position.id}")
    shares = ", ".join(f"{name} {each:.1%}" for name, each in share.items())
    tell(f"processor time: {sum(share.values()):.1%} of one core ({shares}) over {took:.0f} s")
    names = names_of(cell)
    seconds = (last[0] - first[0]) / SECOND
    tell(f"scans: {last[3] - first[3]}, {(last[3] - first[3]) / seconds:.2f} a second")
    tell(f"late by more than a period: {last[4] - first[4]}")
    for name, counts in last[2].items():
        polls = (counts[0] - first[2][name][0]) / seconds
        late = counts[1] - first[2][name][1]
        tell(f"  {names[name]:24}{polls:8.2f} polls a second, {late} late, {counts[2]} failures")


def newest(log: Path) -> list[Any]:
    """Return the last line about links."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.endswith("]")]
    return [line for line in lines if line[1] == "links"][-1]


def processor_time(pid: int) -> dict[str, float]:
    """Return the processor time of a server and of its children, s."""
    server = psutil.Process(pid)
    found = {"server": sum(server.cpu_times()[:2])}
    found["children"] = sum(server.cpu_times()[2:4])
    for child in server.children(recursive=True):
        try:
            found["children"] += sum(child.cpu_times()[:2])
        except psutil.NoSuchProcess:  # then its parent has its time
            continue
    return found
