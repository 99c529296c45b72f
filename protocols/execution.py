"""Carries out one run: check, open, follow, judge, and what the exit code says of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.verdict import Verdict
from bench.check import Checked, check
from bench.clock import SECOND, Clock, iso_date
from bench.config.catalogue import Catalogue, extension
from bench.config.quantities import SECONDS, positive
from bench.document import Document, load
from bench.errors import BenchError, ConfigError, Refused, RunFailed, RunFileError
from bench.exits import Exit
from bench.model import BenchModel
from bench.opener import Simulation
from bench.plan import PromptNode, walk
from bench.record.port import PLANNED_STOP, Ending
from bench.record.results import write_results
from bench.runs import Run, open_run
from bench.service.interrupts import interrupts_counted
from bench.service.opening import Aim
from bench.service.order import Order, loopback_only, provenance_of, simulation_of
from protocols.following import Manner, Progress
from protocols.hosting import LOOK, hosted
from protocols.results import RunResults
from protocols.run_series import in_time, refuse_strangers


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How the command line wants a bench opened, whatever is done on it."""

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
    faults: Path | None = None
    """Schedule of what goes wrong with simulated instruments; None: nothing does."""
    does_every_scan: bool = False
    """Whether virtual time never leaps, whatever the rig allows."""
    scan: str | None = None
    """Scan period in virtual time, as text with its unit; None: the protocol's or the rig's."""


@dataclass(frozen=True, kw_only=True)
class Wish(Setting):
    """A run that the command line asks for."""

    protocol: str
    """Name or file."""
    rig: str | None
    """Name or file; None: the protocol's own."""
    parameters: Mapping[str, str]
    """Parameters that differ from their defaults."""
    answers_prompts: bool
    """Whether prompts are answered without asking."""


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
    if state == PLANNED_STOP:  # a part that is complete
        return Exit.PASS
    return Exit.NOT_SHOWN if verdict is Verdict.NOT_SHOWN else Exit.PASS


def carry_out(
    wish: Wish,
    progress: Progress,
    *,
    wall: Clock,
    has_keys: bool = False,
    order: Order | None = None,
    aim: Aim | None = None,
) -> Finished:
    """Run a protocol in this process and judge it.

    Args:
        wish: What is asked for.
        progress: Where it is shown.
        wall: The time of day.
        has_keys: Whether the keys of the terminal count, if there is one.
        order: The wish, checked already.
        aim: Where the order goes on; None: it begins at its beginning.

    Raises:
        ConfigError: rig, protocol or settings have problems; nothing was opened.
        Refused: the bench cannot start; nothing moved.
        RunFailed: it broke off by an error of the bench; the object was made safe.
    """
    manner = manner_of(wish)
    order = order or ordered(wish, wall)
    # counted from the first link to the last, so that none is left half open
    with interrupts_counted() as interrupts:
        path, ending = hosted(
            order, progress, manner, wall=wall, interrupts=interrupts, has_keys=has_keys, aim=aim
        )
        try:  # a signal now would tear the file that results are written into
            return replace(judged(path), ending=ending)
        except BenchError as error:
            raise RunFailed("run.judge-failed", file=path, reason=error) from error


def manner_of(wish: Wish) -> Manner:
    """Return how a run is followed that the command line asks for."""
    is_attended = not (wish.answers_prompts or wish.is_simulated)
    return Manner(
        operator=wish.operator or ("" if is_attended else "nobody"),
        is_attended=is_attended,
        scans_between_looks=LOOK if wish.is_simulated else 1,
    )


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
        scan=_scan_of(wish),
        today=iso_date(wall.utc()),
    )
    order = order_of(checked, wish, wall)
    _check_prompts(checked, wish)
    return order


def order_of(checked: Checked, setting: Setting, wall: Clock, *, is_started: bool = True) -> Order:
    """Return what the server is to carry out on a bench opened like that.

    Raises:
        ConfigError: settings of a simulation for real instruments, or a rig without one.
    """
    return Order(
        model=checked.model,
        plan=checked.plan,
        folder=setting.folder,
        is_simulated=setting.is_simulated,
        is_marked_simulated=setting.is_simulated or loopback_only(checked.model),
        simulation=_simulation(checked.model, setting),
        seed=setting.seed or 0,
        operator=setting.operator,
        faults=_faults_of(checked, setting),
        provenance=provenance_of(wall),
        is_started=is_started,
    )


def judged(path: Path, *others: Path) -> Finished:
    """Judge closed run files from their raw data; write the results of a single one into it.

    Results of several belong to none of them: they are written nowhere.

    Raises:
        RunFileError: there is no such file, or it cannot be read.
        ConfigError: nothing installed judges such an object, or the files do not belong together.
    """
    found = read(path, *others)
    if found.results is None or others:
        return found
    try:
        write_results(path, found.results.to_json())
    except RunFileError as error:
        return replace(found, unsaved=error)
    return found


def read(path: Path, *others: Path) -> Finished:
    """Judge closed run files from their raw data; they are not touched.

    Several are one series of one test object; the last one says how it ended.

    Raises:
        RunFileError: see `judged`.
        ConfigError: see `judged`.
    """
    with ExitStack() as stack:
        runs = _opened(stack, (path, *others))
        if len(runs) > 1:
            refuse_strangers(runs, is_judged)
            runs = in_time(runs)
        last = runs[-1]
        ending = last.ending or Ending("open", None, 0)
        if not all(len(run) and is_judged(run) for run in runs):
            return Finished(path, ending, None)
        judge: Callable[..., RunResults] = extension("judges", last.header.object_kind)
        return Finished(path, ending, judge(*runs))


def _opened(stack: ExitStack, paths: Sequence[Path]) -> list[Run]:
    """Return the runs of files; the parts of one run, as ``*.h5`` names them, are one run."""
    runs: list[Run] = []
    named: dict[Path, set[Path]] = {}
    for path in paths:
        run = stack.enter_context(open_run(path))
        names = named.setdefault(run.path.resolve(), set())
        if not names or path.resolve() in names:  # the same file twice is refused later on
            runs.append(run)
        names.add(path.resolve())
    return runs


def is_judged(run: Run) -> bool:
    """Return whether a run followed a protocol; one that was only watched asks nothing."""
    return f"protocols/{run.header.protocol_name}.yaml" in run.texts


def _scan_of(setting: Setting) -> int | None:
    return None if setting.scan is None else round(positive(setting.scan, SECONDS) * SECOND)


def _faults_of(checked: Checked, setting: Setting) -> tuple[Document, ...]:
    """Return what goes wrong: as the protocol says, and as is asked for beside it."""
    own = checked.plan.simulated.faults if setting.is_simulated else None
    asked = None if setting.faults is None else load(setting.faults)
    return tuple(each for each in (own, asked) if each is not None)


def _simulation(model: BenchModel, setting: Setting) -> Simulation | None:
    if not setting.is_simulated:
        if setting.faults is not None:
            raise ConfigError("fault.not-simulated")
        is_asked = setting.plant or setting.seed is not None or setting.scan is not None
        if is_asked or setting.does_every_scan:
            real = ", ".join(f"{each.name} ({each.link})" for each in model.connections)
            raise ConfigError("run.simulation-refused", links=real)
        return None
    return simulation_of(model, setting.plant, is_stretched=not setting.does_every_scan)


def _check_prompts(checked: Checked, wish: Wish) -> None:
    asks = any(isinstance(node, PromptNode) for node in walk(checked.plan.root))
    if asks and not wish.answers_prompts and not wish.is_simulated and not sys.stdin.isatty():
        raise Refused("run.no-terminal")
