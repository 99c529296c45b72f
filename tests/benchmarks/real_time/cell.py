"""The hydrogen engine cell of these figures: rig files of their own, and programs on loopback.

The simulated cell, the bench server and the one who measures are processes of their own; keys,
addresses and run files lie in a folder of their own.
"""

from __future__ import annotations

import itertools
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

import bench.rigs
from bench.clock import MILLISECOND, SECOND, SystemClock
from bench.service import address, keys
from bench.service.client import RemoteBench
from drivers.simulated.faults.control import ControlFile, ask
from drivers.simulated.faults.place import control_path

CLOCK = SystemClock()
SHIPPED = Path(bench.rigs.FOLDER) / "hydrogen-engine-cell.yaml"
OBJECT = Path(__file__).parents[3] / "protocols" / "objects" / "hydrogen-engine.yaml"
RIG = "real-time-cell"
CHANNELS = 300
"""How many channels the padded rig has: those of a cell that is fully fitted."""
THRESHOLD = 12
"""Limit of the hood in the padded rig, %LFL: below the 25 of the PLC, which is not to trip."""
READY = 90.0
"""Longest wait for a bench that measures, s: the analyser warms up for 20 s."""
_COMMAND = "from bench.cli import main; main()"
STARTING = 240.0
"""Longest wait for a program to start on a machine that is busy, s."""
SETTLE = 25
"""How long all instruments take until they answer, s: the analyser warms up."""
_PORT = re.compile(r"(?<=127\.0\.0\.1::)\d+(?=::SOCKET)|(?<=port: )\d+")
_FORMULAS = (
    ("engine.speed * engine.torque / (fuel.flow + 1 kg/h)", "kJ/kg"),
    ("if(engine.speed > 300 rpm, fuel.pressure, fuel.rail_pressure)", "bar"),
    ("max(oil.temperature, coolant.temperature) - cell.temperature", "K"),
    ("sqrt(boost.pressure / cell.pressure)", "1"),
    ("abs(engine.speed - dyno.speed)", "rpm"),
)


def free_ports(count: int) -> list[int]:
    """Return ports of this machine that nobody listens at now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def shipped_rig(folder: Path) -> Path:
    """Return a copy of the shipped rig on free ports."""
    text = SHIPPED.read_text(encoding="utf-8")
    ports = iter(free_ports(len(_PORT.findall(text))))
    path = folder / f"{RIG}.yaml"
    text = text.replace("rig: hydrogen-engine-cell", f"rig: {RIG}", 1)
    path.write_text(_PORT.sub(lambda _: str(next(ports)), text), encoding="utf-8")
    return path


def padded_rig(folder: Path) -> Path:
    """Return a copy with 300 channels and a hard stop that only shuts the fuel, on free ports.

    The hood's limit stands below the PLC's own, so that it is the bench that reacts; what else
    has to pass before a start is left out, so that one trial follows another.
    """
    yaml: Any = YAML()
    yaml.width = 10_000
    object_file = folder / "brief-engine.yaml"
    kind = yaml.load(OBJECT.read_text(encoding="utf-8"))
    kind["hard-stop"] = [{"id": "cut", "set": {"engine.injection": "off", "fuel.valve": "close"}}]
    with object_file.open("w", encoding="utf-8") as file:
        yaml.dump(kind, file)
    path = shipped_rig(folder)
    rig = yaml.load(path.read_text(encoding="utf-8"))
    rig["object"]["kind"] = str(object_file)
    rig.pop("preflight", None)
    rig["instruments"]["plc"]["period"] = "100 ms"
    for limit in rig["limits"]:
        if limit["id"] == "hood-hydrogen":
            limit["when"] = f"{{}} > {THRESHOLD} %LFL"
            limit["hysteresis"] = "2 %LFL"
    for number, (formula, unit) in zip(
        range(CHANNELS - channels_of(path)), itertools.cycle(_FORMULAS), strict=False
    ):
        rig["channels"][f"pad.channel_{number}"] = {"compute": formula, "unit": unit}
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(rig, file)
    return path


def channels_of(path: Path) -> int:
    """Return how many channels a rig has."""
    from bench.config import Catalogue, load_rig  # noqa: PLC0415 - the cell's process needs it not

    return len(load_rig(str(path), Catalogue.shipped()).channels)


@dataclass(frozen=True)
class Cell:
    """A simulated cell that runs, and where its files lie."""

    folder: Path
    rig: Path
    programs: Programs

    def fault(self, do: str, **asked: Any) -> Mapping[str, Any]:
        """Have a fault begin or end."""
        return ask(ControlFile.read(control_path(RIG), RIG), {"do": do, **asked})

    def begin(self, what: str, where: str, *, name: str, **given: object) -> None:
        """Have a fault begin."""
        texts = {key: str(value) for key, value in given.items()}
        self.fault("begin", what=what, where=where, given=texts, id=name)

    def end(self, *names: str) -> None:
        """Have faults end."""
        for name in names:
            self.fault("clear", id=name)

    @property
    def can_port(self) -> int:
        """Port of the hub of the bus that PLC and dyno share."""
        yaml: Any = YAML(typ="safe")
        return int(yaml.load(self.rig)["buses"]["can0"]["port"])


@dataclass
class Programs:
    """Starts processes, and ends those that are left, by their ids."""

    folder: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list[subprocess.Popen[bytes]])
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def command(self, *arguments: object) -> subprocess.Popen[bytes]:
        """Start ``h2bench ARGUMENTS``."""
        return self.start("-c", _COMMAND, *arguments)

    def instruments(self, *arguments: object) -> subprocess.Popen[bytes]:
        """Start ``h2bench simulate ARGUMENTS`` ahead of other programs, where that is granted.

        Real instruments do not wait for what else this machine does.
        """
        return self.start("-m", "tests.benchmarks.real_time.instruments", "simulate", *arguments)

    def start(self, *arguments: object) -> subprocess.Popen[bytes]:
        """Start a Python program; what it says goes to a file."""
        log = self.folder / f"log-{next(self.numbers)}.txt"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [sys.executable, *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
        self.started.append(process)
        return process

    def end_all(self) -> None:
        """End them, the newest first."""
        for process in reversed(self.started):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(10)

    def said(self) -> str:
        """Return what they said, the end of it."""
        texts = [each.read_text("utf-8", "replace") for each in self.folder.glob("log-*.txt")]
        return "\n".join(text[-2000:] for text in texts)


@contextmanager
def served_cell(folder: Path, make_rig: Callable[[Path], Path], seconds: float) -> Generator[Cell]:
    """Have a simulated cell of a rig run for at most so many seconds."""
    os.environ[address.FOLDER_VARIABLE] = os.environ[keys.FOLDER_VARIABLE] = str(folder / "keys")
    os.environ["H2BENCH_LANGUAGE"] = "en"
    programs = Programs(folder)
    try:
        rig = make_rig(folder)
        programs.instruments(rig, "--plant", "warm=1", "--for", seconds)
        wait_for(lambda: control_path(RIG).exists(), STARTING, programs.said)
        yield Cell(folder, rig, programs)
    finally:
        programs.end_all()


def connected(programs: Programs) -> RemoteBench:
    """Return a client of the server that is starting."""
    wait_for(lambda: address.find(RIG) is not None, STARTING, programs.said)
    return RemoteBench.connect(RIG, name="figures@here", clock=CLOCK, patience=20 * SECOND)


def wait_for(is_so: Callable[[], bool], seconds: float, said: Callable[[], object]) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: it is not in so many seconds.
    """
    end = CLOCK.now() + round(seconds * SECOND)
    while not is_so():
        if CLOCK.now() > end:
            late = f"not after {seconds:g} s: {said()}"
            raise TimeoutError(late)
        CLOCK.wait_until(CLOCK.now() + 10 * MILLISECOND)


def wait_until_measuring(bench: RemoteBench) -> None:
    """Wait until a served bench shows all its key channels, and a little longer.

    Raises:
        TimeoutError: it does not.
    """
    end = CLOCK.now() + round(READY * SECOND)
    while not bench.state().channels or any(each.quality for each in bench.state().channels):
        if CLOCK.now() > end:
            late = f"not after {READY:g} s: {bench.state().channels}"
            raise TimeoutError(late)
        bench.step()
    end = CLOCK.now() + SETTLE * SECOND
    while CLOCK.now() < end:
        bench.step()
