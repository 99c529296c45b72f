"""What one instrument that hangs, one that refuses and one that reboots do to all other links."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.clock import SECOND
from bench.config import Catalogue, load_rig
from tests.benchmarks.real_time.cell import (
    CLOCK,
    Cell,
    connected,
    served_cell,
    shipped_rig,
    wait_for,
    wait_until_measuring,
)
from tests.benchmarks.real_time.figures import spread, tell, tell_machine

HUNG, REFUSED, REBOOTED = "analyser", "auxiliaries", "conditioning"
KILLED = ("daq", "auxiliaries", "conditioning", "plc")
AWAY = 2.0
"""How long a killed instrument stays away, s."""
LONGEST = 20.0
"""Longest wait for one to be marked, or to be back, s."""


def measure(folder: Path, *, minutes: float, is_realtime: bool) -> None:
    """Print polls a second before and during, and how long marking and coming back take."""
    log = folder / "links.jsonl"
    with served_cell(folder, shipped_rig, minutes * 60 + 300) as cell:
        options = ["--realtime"] if is_realtime else []
        cell.programs.start(
            "-m", "tests.benchmarks.real_time.station", cell.rig, folder / "runs", log, *options
        )
        with connected(cell.programs) as bench:
            wait_until_measuring(bench)
        tell_machine()
        period = minutes * 60 / 4
        times = [CLOCK.now()]
        pause(period)
        times.append(CLOCK.now())
        disturb(cell, period)
        times.append(CLOCK.now())
        cell.fault("clear")
        pause(5.0)
        tell_rates(log, times, names_of(cell))
        tell_absences(cell, log, minutes * 60 / 2)
        tell_machine()


def pause(seconds: float) -> None:
    """Wait, s."""
    CLOCK.wait_until(CLOCK.now() + round(seconds * SECOND))


def disturb(cell: Cell, seconds: float) -> None:
    """Have three instruments fail for so long, the last by rebooting every 5 s."""
    end = CLOCK.now() + round(seconds * SECOND)
    cell.begin("hang", HUNG, name="hung")
    cell.begin("refuse", REFUSED, name="refused")
    while CLOCK.now() < end:
        cell.begin("reboot", REBOOTED, name="rebooted")
        pause(2.5)
        cell.end("rebooted")
        pause(min(2.5, max((end - CLOCK.now()) / SECOND, 0.0)))


def lines_of(log: Path) -> list[Any]:
    """Return what the server has told so far."""
    return [json.loads(line) for line in log.read_text().splitlines() if line.endswith("]")]


def names_of(cell: Cell) -> dict[str, str]:
    """Return link → who is on it."""
    found: dict[str, list[str]] = {}
    for each in load_rig(str(cell.rig), Catalogue.shipped()).connections:
        found.setdefault(each.link, []).append(each.name)
    return {link: ", ".join(names) for link, names in found.items()}


def tell_rates(log: Path, times: list[int], names: Mapping[str, str]) -> None:
    """Print the polls a second of every link before and during the disturbance."""
    told = [line for line in lines_of(log) if line[1] == "links"]
    before, at, after = (max((e for e in told if e[0] <= t), key=lambda e: e[0]) for t in times)
    tell("polls a second, before / during; scans late by more than a period:")
    for name in before[2]:
        rates = [
            (last[2][name][0] - first[2][name][0]) / ((last[0] - first[0]) / SECOND)
            for first, last in ((before, at), (at, after))
        ]
        tell(f"  {names[name]:24}{rates[0]:8.2f} / {rates[1]:8.2f}")
    tell(f"  scans late: {at[4] - before[4]} / {after[4] - at[4]}")


def tell_absences(cell: Cell, log: Path, seconds: float) -> None:
    """Kill instruments one after the other; print when they were marked, and when back."""
    model = load_rig(str(cell.rig), Catalogue.shipped())
    periods = {each.name: each.period / SECOND for each in model.connections}
    marked: dict[str, list[float]] = {name: [] for name in KILLED}
    back: dict[str, list[float]] = {name: [] for name in KILLED}
    end = CLOCK.now() + round(seconds * SECOND)
    while CLOCK.now() < end:
        for name in KILLED:
            begun = CLOCK.now()
            is_node = name == "plc"
            cell.begin("reboot" if is_node else "refuse", name, name="killed")
            marked[name].append((seen(cell, log, "marked", name, begun) - begun) / SECOND)
            pause(AWAY)
            begun = CLOCK.now()
            cell.end("killed")
            back[name].append((seen(cell, log, "back", name, begun) - begun) / SECOND)
            pause(1.0)
    for name in KILLED:
        polls = ", ".join(f"{each / periods[name]:.1f}" for each in marked[name])
        tell(f"{name} (a poll every {periods[name]:g} s) marked after {polls} polls")
        tell(f"  back: {spread([each * 1e3 for each in back[name]])}")


def seen(cell: Cell, log: Path, what: str, name: str, begun: int) -> int:
    """Return when the server told something of an instrument after a time, ns."""
    found: list[int] = []

    def look() -> bool:
        found[:] = [e[0] for e in lines_of(log) if e[0] >= begun and e[1:3] == [what, name]]
        return bool(found)

    wait_for(look, LONGEST, cell.programs.said)
    return found[0]
