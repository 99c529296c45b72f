"""Programs of their own on this machine: simulated instruments here, the bench there.

The bench drives sockets and CAN hubs with the very drivers and sessions that drive real ones. All
scenarios run at the same time, in real time, each on ports nobody else uses.
"""

import itertools
import math
import os
import random
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bench.rigs
from bench.clock import MILLISECOND, SECOND, SystemClock
from bench.config import Catalogue, load_rig
from bench.exits import Exit
from bench.record.results import read_results
from bench.runs import open_run
from drivers.simulated.hosting import SimulatedCell, wanted_of

pytestmark = pytest.mark.timeout(900)

CLOCK = SystemClock()
PROTOCOL = Path(__file__).parent / "short-point.yaml"
RIG = (Path(bench.rigs.FOLDER) / "hydrogen-engine-cell.yaml").read_text(encoding="utf-8")
PORT = re.compile(r"(?<=127\.0\.0\.1::)\d+(?=::SOCKET)|(?<=port: )\d+")
ANALYSER = re.compile(
    r"^  analyser:\n(?:    .*\n)+|^  \S+: \{from: analyser\..*\n|^    analyser\..*\n", re.MULTILINE
)
"""All that the rig says of the analyser."""
READY = 150.0
"""Longest wait for a bench to be ready, s: the analyser warms up for 20 s, the machine is busy."""
ENDING = 200.0
"""Longest wait for a safe sequence, s."""
on_posix = pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C goes to the whole console")


@dataclass
class Program:
    """One `h2bench` process; what it says goes to a file."""

    process: "subprocess.Popen[str]"
    log: Path

    @property
    def text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def says(self, word: str, seconds: float = READY) -> None:
        wait_for(lambda: word in self.text or self.has_ended, seconds, lambda: self.text)
        assert word in self.text, self.text

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None


@dataclass
class Programs:
    """Starts processes, and kills those that are left, by their ids."""

    folder: Path
    servers: Path | None = None
    """Where they find servers; none: each for itself, for rigs of one name run at a time."""
    started: list[Program] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def start(self, *arguments: object) -> Program:
        log = self.folder / f"{arguments[0]}-{next(self.numbers)}.txt"
        with log.open("w", encoding="utf-8") as stream:
            process = subprocess.Popen(
                [sys.executable, "-c", "from bench.cli import main; main()", *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                text=True,
                env={
                    **os.environ,
                    "H2BENCH_SERVERS": str(self.servers or log.with_suffix("")),
                    "H2BENCH_KEYS": str(self.folder / "keys"),
                    "H2BENCH_LANGUAGE": "en",
                },
            )
        program = Program(process, log)
        self.started.append(program)
        return program

    def kill_all(self) -> None:
        for program in self.started:
            if not program.has_ended:
                program.process.kill()
                program.process.wait(10)


@dataclass(frozen=True)
class Outcome:
    """A run that has ended, and the plant as it was left."""

    exit: int
    file: Path
    text: str
    plant: Any = None
    inputs: Any = None


def wait_for(
    holds: Callable[[], bool], seconds: float, told: Callable[[], str] = lambda: "waited in vain"
) -> None:
    end = CLOCK.now() + round(seconds * SECOND)
    while not holds():
        assert CLOCK.now() < end, told()
        CLOCK.wait_until(CLOCK.now() + 20 * MILLISECOND)


def a_free_port(chance: random.Random) -> socket.socket:
    """Hold a port below those that systems hand out for outgoing connections."""
    while True:
        try:
            return socket.create_server(("127.0.0.1", chance.randrange(20_000, 32_000)))
        except OSError:
            continue


def rig_on_free_ports(folder: Path, rig: str = RIG) -> Path:
    """Write a rig with ports that were free a moment ago."""
    folder.mkdir()
    chance = random.Random(f"{os.getpid()} {folder}")
    with ExitStack() as opened:
        wanted = len(PORT.findall(rig))
        servers = [opened.enter_context(a_free_port(chance)) for _ in range(wanted)]
        ports = iter([str(each.getsockname()[1]) for each in servers])
        text = PORT.sub(lambda _: next(ports), rig)
    path = folder / "rig.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def run_file(folder: Path) -> Path:
    (found,) = folder.glob("*.h5")
    return found


def completed(programs: Programs, folder: Path) -> Outcome:
    """Both sides by their commands, to the end."""
    rig = rig_on_free_ports(folder)
    cell = programs.start("simulate", rig, "--plant", "warm=1", "--seed", 7, "--for", 600)
    cell.says("listen at these addresses")
    run = programs.start("run", PROTOCOL, "--rig", rig, "--output", folder, "--yes")
    code = run.process.wait(READY + ENDING)
    cell.process.terminate()
    if sys.platform != "win32":  # there, to terminate is to kill
        assert cell.process.wait(10) == 0, cell.text
    return Outcome(code, run_file(folder), run.text)


def in_virtual_time(programs: Programs, folder: Path) -> Outcome:
    run = programs.start(
        *("run", PROTOCOL, "--rig", "hydrogen-engine-cell", "--simulated", "--seed", 7),
        *("--plant", "warm=1", "--output", folder),
    )
    return Outcome(run.process.wait(READY), run_file(folder), run.text)


def disturbed(
    programs: Programs, folder: Path, disturb: Callable[[SimulatedCell, Program], None]
) -> Outcome:
    """A run that something happens to under load; the cell is in this process.

    It has no analyser, which would have to warm up first.
    """
    rig = rig_on_free_ports(folder, ANALYSER.sub("", RIG))
    model = load_rig(str(rig), Catalogue.shipped())
    with SimulatedCell(wanted_of(model, clock=CLOCK, plant={"warm": 1.0})) as cell:
        run = programs.start("run", PROTOCOL, "--rig", rig, "--output", folder, "--yes")
        run.says("settle")
        assert cell.plant.state.injecting, run.text
        disturb(cell, run)
        code = run.process.wait(ENDING)
        return Outcome(code, run_file(folder), run.text, cell.plant.state, cell.plant.inputs)


def left(programs: Programs, folder: Path) -> Outcome:
    """A run that finds no instrument, and is left."""
    rig = rig_on_free_ports(folder)
    run = programs.start("run", PROTOCOL, "--rig", rig, "--output", folder, "--yes")
    wait_for(lambda: any(folder.glob("*.h5")), READY, lambda: run.text)
    run.process.send_signal(signal.SIGINT)
    return Outcome(run.process.wait(READY), run_file(folder), run.text)


def interrupt_once(cell: SimulatedCell, run: Program) -> None:
    run.process.send_signal(signal.SIGINT)


def interrupt_twice(cell: SimulatedCell, run: Program) -> None:
    run.process.send_signal(signal.SIGINT)
    run.says("stopping")
    run.process.send_signal(signal.SIGINT)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Outcome]]]:
    folder = tmp_path_factory.mktemp("wire")
    programs = Programs(folder)
    disturbances: dict[str, Callable[[SimulatedCell, Program], None]] = {
        "socket cut": lambda cell, _: cell.cut("daq"),
        "bus cut": lambda cell, _: cell.cut("can0"),
    }
    if sys.platform != "win32":
        disturbances |= {"interrupted": interrupt_once, "interrupted twice": interrupt_twice}
    with ThreadPoolExecutor(8) as pool:
        started = {
            "completed": pool.submit(completed, programs, folder / "completed"),
            "virtual": pool.submit(in_virtual_time, programs, folder / "virtual"),
        }
        if sys.platform != "win32":
            started["left"] = pool.submit(left, programs, folder / "left")
        for name, disturb in disturbances.items():
            started[name] = pool.submit(disturbed, programs, folder / name, disturb)
        try:
            yield started
        finally:
            programs.kill_all()


def events(outcome: Outcome) -> list[str]:
    with open_run(outcome.file) as run:
        return [f"{each.source}: {each.message.id}" for each in run.events]


def ending(outcome: Outcome) -> str:
    with open_run(outcome.file) as run:
        assert run.ending is not None
        return run.ending.state


def mean(file: Path, point: str, channel: str) -> tuple[float, float]:
    """Return mean and standard error of a channel in the windows of a measured point."""
    with open_run(file) as run:
        windows = [each for each in run.points if each.name == point]
        found = [run.channel(channel).good(each.start_ns, each.end_ns) for each in windows]
    values = np.concatenate([each.values for each in found])
    return float(np.mean(values)), float(np.std(values, ddof=1)) / math.sqrt(len(values))


def test_a_run_over_the_wire_completes_as_it_does_in_virtual_time(outcomes):
    wire, virtual = outcomes["completed"].result(), outcomes["virtual"].result()
    assert (wire.exit, virtual.exit) == (Exit.PASS, Exit.PASS), wire.text + virtual.text
    assert ending(wire) == ending(virtual) == "completed"
    with open_run(wire.file) as run, open_run(virtual.file) as twin:
        assert [each.id for each in run.steps] == [each.id for each in twin.steps]
        assert run.header.identities == twin.header.identities
        assert run.header.simulated  # the wire ends on this machine
    assert read_results(wire.file)["verdict"] == read_results(virtual.file)["verdict"] == "pass"


TOLERANCES = {
    "engine.torque": 2.0,  # N*m, of 2,000
    "engine.speed": 0.05,  # rad/s, half a turn per minute
    "fuel.flow": 0.02 / 3600.0,  # kg/s, the transmitter's noise once
    "oil.temperature": 0.1,  # K
}
"""What the coarser scan of virtual time may add to the scatter of a mean, SI."""


@pytest.mark.parametrize("point", ["zero", "part-load", "best-point"])
@pytest.mark.parametrize("channel", TOLERANCES)
def test_what_is_measured_over_the_wire_is_what_is_measured_in_virtual_time(
    outcomes, point, channel
):
    wire, its_error = mean(outcomes["completed"].result().file, point, channel)
    virtual, error = mean(outcomes["virtual"].result().file, point, channel)
    assert abs(wire - virtual) <= 3.0 * math.hypot(its_error, error) + TOLERANCES[channel]


def test_no_scan_of_a_run_over_the_wire_misses_a_watchdog(outcomes):
    wire = outcomes["completed"].result()
    with open_run(wire.file) as run:
        gaps = np.diff([run.timeline[row] for row in range(len(run))])
    assert gaps.min() > 0
    assert "dyno: can.node-lost" not in events(wire)


def test_a_cut_socket_is_reported_and_a_limit_that_needs_it_stops_the_run(outcomes):
    outcome = outcomes["socket cut"].result()
    assert outcome.exit == Exit.LIMIT, outcome.text
    assert ending(outcome) == "limit"
    assert "daq: device.lost" in events(outcome)
    assert "crankcase-hydrogen: alarm.not-to-be-judged" in events(outcome)
    assert not outcome.inputs.fuel_valve
    assert outcome.plant.speed < 2.0


def test_a_cut_bus_leaves_the_engine_to_its_controllers(outcomes):
    outcome = outcomes["bus cut"].result()
    assert outcome.exit == Exit.LIMIT, outcome.text
    assert ending(outcome) == "limit"
    assert {"can0: can.bus-failed", "can0: can.bus-silent"} & set(events(outcome))
    assert not outcome.inputs.fuel_valve  # the PLC misses the heartbeat
    assert not outcome.inputs.injection
    assert outcome.inputs.pedal == 0.0  # the dynamometer misses demands: no load,
    assert outcome.plant.speed > 10.0  # but it lets nothing go that may still run up


@on_posix
def test_ctrl_c_stops_softly_and_closes_the_file(outcomes):
    outcome = outcomes["interrupted"].result()
    assert outcome.exit == Exit.OPERATOR, outcome.text
    assert ending(outcome) == "operator"
    assert "soft-stop/run-out" in outcome.text
    assert "hard-stop" not in outcome.text
    assert not outcome.inputs.fuel_valve
    assert outcome.plant.speed < 2.0


@on_posix
def test_ctrl_c_twice_stops_hard(outcomes):
    outcome = outcomes["interrupted twice"].result()
    assert outcome.exit == Exit.OPERATOR, outcome.text
    assert ending(outcome) == "operator"
    assert "hard-stop/flush" in outcome.text
    assert not outcome.inputs.fuel_valve
    assert outcome.plant.speed < 2.0


@on_posix
def test_ctrl_c_before_the_start_leaves_a_bench_that_has_not_moved(outcomes):
    outcome = outcomes["left"].result()
    assert outcome.exit == Exit.REFUSED, outcome.text
    assert ending(outcome) == "refused"
    assert "nothing moved" in outcome.text
