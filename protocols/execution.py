"""Carries out one run: check, open, follow, judge, and what the exit code says of it."""

from __future__ import annotations

import platform
import queue
import signal
import sys
import threading
import uuid
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Protocol

from analysis.verdict import Verdict
from bench.check import Checked, check
from bench.clock import MILLISECOND, Clock, iso_date
from bench.config.catalogue import Catalogue, extension
from bench.control.states import State
from bench.device import LinkKind, Simulation
from bench.errors import BenchError, ConfigError, Refused, RunFailed, RunFileError
from bench.exits import Exit
from bench.model import BenchModel
from bench.plan import PromptNode, walk
from bench.record.port import Ending, Provenance
from bench.record.results import write_results
from bench.runs import open_run
from bench.service.port import Answer, BenchState, StopNow
from bench.service.server import BenchServer, Order
from bench.units import quantity
from protocols.results import RunResults

PAINT = 100 * MILLISECOND
"""Shortest time between two progress pictures."""
LOOK = 64
"""Scans between two looks at the wall clock in virtual time."""


@dataclass(frozen=True)
class Wish:
    """What the command line asks for."""

    protocol: str
    """Name or file."""
    rig: str | None
    """Name or file; None: the protocol's own."""
    parameters: Mapping[str, str]
    """Parameters that differ from their defaults."""
    is_simulated: bool
    """Whether the instruments are simulated in this process, in virtual time."""
    plant: Mapping[str, str]
    """Plant parameters that differ from the rig's."""
    seed: int | None
    """Seed of the simulation."""
    folder: Path
    """Where run files go."""
    operator: str
    """Who runs it."""
    answers_prompts: bool
    """Whether prompts are answered without asking."""


class Progress(Protocol):
    """Shows how a run is getting on."""

    def show(self, state: BenchState) -> None:
        """Show a state."""
        ...

    def ask(self, state: BenchState) -> None:
        """Show a question."""
        ...


@dataclass(frozen=True)
class Finished:
    """A run that has ended."""

    path: Path
    """Run file."""
    ending: Ending
    """How it ended."""
    results: RunResults | None
    """What it showed; None: it cannot be judged."""
    unsaved: RunFileError | None = None
    """Why the results could not be written into the run file."""

    @property
    def exit(self) -> Exit:
        """The exit code."""
        return exit_of(self.ending.state, self.results)


def exit_of(state: str, results: RunResults | None) -> Exit:
    """Return the exit code of a run by how it ended and what it showed."""
    stopped = {
        "limit": Exit.LIMIT,
        "operator": Exit.OPERATOR,
        "stopped": Exit.STOPPED,
        "error": Exit.INTERNAL,
        "refused": Exit.REFUSED,
        "open": Exit.STOPPED,
    }
    if state in stopped:
        return stopped[state]
    verdict = None if results is None else results.verdict
    if verdict is Verdict.FAIL:
        return Exit.FAIL
    return Exit.NOT_SHOWN if verdict is Verdict.NOT_SHOWN else Exit.PASS


def carry_out(wish: Wish, progress: Progress, *, wall: Clock) -> Finished:
    """Run a protocol and judge it.

    Raises:
        ConfigError: rig, protocol or settings have problems; nothing was opened.
        Refused: the bench cannot start; nothing moved.
        RunFailed: it broke off by an error of the bench; the object was made safe.
    """
    order = ordered(wish, wall)
    with _interrupts() as interrupts:  # from the first link to the last: none is left half open
        server = BenchServer(order)
        failure: BaseException | None = None
        try:
            _follow(server, wish, progress, wall, interrupts)
        except BenchError as error:
            failure = error
            _make_safe(server)
            if server.has_begun:
                raise RunFailed("run.failed", reason=error) from error
            raise
        except BaseException as error:
            failure = error
            _make_safe(server)
            raise
        finally:
            ending = server.close(failure)
        try:  # a signal now would tear the file that results are written into
            return replace(judged(server.path), ending=ending)
        except BenchError as error:
            raise RunFailed("run.judge-failed", file=server.path, reason=error) from error


def ordered(wish: Wish, wall: Clock) -> Order:
    """Return what the server is to carry out, checked.

    Raises:
        ConfigError: see `carry_out`.
    """
    catalogue = Catalogue.shipped()
    checked = check(
        wish.protocol,
        wish.rig,
        wish.parameters,
        catalogue,
        is_simulated=wish.is_simulated,
        today=iso_date(wall.utc()),
    )
    simulation = _simulation(checked.model, wish)
    _check_prompts(checked, wish)
    software = {name: version(name) for name in ("h2bench", "numpy", "h5py")}
    return Order(
        model=checked.model,
        plan=checked.plan,
        folder=wish.folder,
        is_simulated=wish.is_simulated,
        is_marked_simulated=wish.is_simulated or loopback_only(checked.model),
        simulation=simulation,
        seed=wish.seed or 0,
        operator=wish.operator,
        provenance=Provenance(
            created_utc_ns=wall.utc(),
            host=platform.node(),
            software={**software, "python": platform.python_version()},
            uuid=str(uuid.uuid4()),
        ),
    )


def judged(path: Path) -> Finished:
    """Judge a closed run file from its raw data, and write the results into it if it lets us.

    Raises:
        RunFileError: there is no such file, or it cannot be read.
        ConfigError: nothing installed judges such an object.
    """
    with open_run(path) as run:
        ending = run.ending or Ending("open", None, 0)
        if not len(run):
            return Finished(path, ending, None)
        judge: Callable[..., RunResults] = extension("judges", run.header.object_kind)
        results = judge(run)
    try:
        write_results(path, results.to_json())
    except RunFileError as error:
        return Finished(path, ending, results, error)
    return Finished(path, ending, results)


def _simulation(model: BenchModel, wish: Wish) -> Simulation | None:
    if not wish.is_simulated:
        if wish.plant or wish.seed is not None:
            real = ", ".join(f"{each.name} ({each.link})" for each in model.connections)
            raise ConfigError("run.simulation-refused", links=real)
        return None
    if model.simulation is None:
        raise ConfigError("simulated.no-simulation")
    chosen = {name: quantity(text).value for name, text in wish.plant.items()}
    return replace(model.simulation, parameters={**model.simulation.parameters, **chosen})


def _check_prompts(checked: Checked, wish: Wish) -> None:
    asks = any(isinstance(node, PromptNode) for node in walk(checked.plan.root))
    if asks and not wish.answers_prompts and not wish.is_simulated and not sys.stdin.isatty():
        raise Refused("run.no-terminal")


def _follow(
    server: BenchServer, wish: Wish, progress: Progress, wall: Clock, interrupts: _Interrupts
) -> None:
    """Step the server until the run is over; paint, ask, and stop when told to."""
    answers = wish.answers_prompts or wish.is_simulated
    typed: queue.SimpleQueue[str] = queue.SimpleQueue()
    asked = False
    painted, scans, told = 0, 0, 0
    while not server.is_finished:
        server.step()
        scans += 1
        if interrupts.count > told:
            told = interrupts.count
            _stop(server, is_hard=told > 1)
        if server.loop.stage.question is not None:
            if answers:
                server.request(Answer(operator=wish.operator or "simulated operator"))
            elif not asked:
                asked = True
                progress.ask(server.state())
                threading.Thread(target=_read_line, args=(typed,), daemon=True).start()
            elif not typed.empty():
                asked = False
                is_done = typed.get().strip().lower() not in {"n", "no", "否"}
                server.request(Answer(is_done=is_done, operator=wish.operator))
        if not wish.is_simulated or scans % LOOK == 0:
            now = wall.now()
            if now - painted >= PAINT:
                painted = now
                progress.show(server.state())
    progress.show(server.state())


def _stop(server: BenchServer, *, is_hard: bool) -> None:
    """Stop by the safe sequence; a bench that moves nothing yet is simply left."""
    reply = server.request(StopNow(is_hard=is_hard))
    if not reply.is_accepted and server.loop.state in {State.MONITOR, State.READY}:
        raise Refused("run.left-before-start")


def _read_line(typed: queue.SimpleQueue[str]) -> None:
    typed.put(sys.stdin.readline())


def _make_safe(server: BenchServer) -> None:
    """After an error inside the loop: run the hard stop.

    What fails again ends it: without our heartbeat the hardwired chain makes the object safe.
    """
    try:
        _stop_hard(server)
    except BaseException:
        server.loop.log.shut()  # what failed may be the recorder, and the stop needs none
        _stop_hard(server)
        raise


def _stop_hard(server: BenchServer) -> None:
    server.emergency()
    while not server.is_finished and server.loop.state is State.STOPPING:
        server.step()


STOPPING_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # as far as the system has them
    if hasattr(signal, name)
)
"""What asks for the safe sequence: Ctrl-C, termination, a terminal that is closed."""


class _Interrupts:
    """Counts signals that ask to stop."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Count one."""
        del number, frame
        self.count += 1


@contextmanager
def _interrupts() -> Generator[_Interrupts]:
    """Count signals that ask to stop instead of raising, while a bench is open."""
    counter = _Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield counter  # signals reach the main thread alone
        return
    heeded = [each for each in STOPPING_SIGNALS if not _is_passed_over(each)]
    before = [signal.signal(each, counter) for each in heeded]
    try:
        yield counter
    finally:
        for each, handler in zip(heeded, before, strict=True):
            signal.signal(each, handler)


def _is_passed_over(number: int) -> bool:
    """Return whether a hang-up is to be survived: ``nohup`` says so."""
    is_hang_up = number == getattr(signal, "SIGHUP", None)
    return is_hang_up and signal.getsignal(number) == signal.SIG_IGN


def loopback_only(model: BenchModel) -> bool:
    """Return whether every link ends on this machine: only simulated instruments do."""
    for connection in model.connections:
        if connection.driver.link is LinkKind.VISA:
            if "127.0.0.1" not in connection.link and "localhost" not in connection.link:
                return False
        elif str(model.buses[connection.link].get("host", "")) not in {"127.0.0.1", "localhost"}:
            return False
    return True
