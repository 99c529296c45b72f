"""Commands that run, watch and judge: run, monitor, analyze, spectrum.

Heavy imports stand inside the functions: ``h2bench --help`` loads this module for its texts.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.messages import Message, user_language

if TYPE_CHECKING:
    from protocols.console import Console
    from protocols.execution import Finished

Settings = list[str] | None
Simulated = Annotated[
    bool, typer.Option("--simulated", help="Simulate every instrument, in virtual time.")
]
Plant = Annotated[Settings, typer.Option("--plant", help="Simulated plant: efficiency_scale=0.96.")]
Seed = Annotated[int | None, typer.Option(help="Seed of the simulation.")]
EveryScan = Annotated[
    bool, typer.Option("--every-scan", help="Do every scan of a simulation, also in long holds.")
]
ScanPeriod = Annotated[
    str | None,
    typer.Option(
        "--scan", help="Scan period of the simulation: '1 s'; by default as the rig says."
    ),
]
Faults = Annotated[
    Path | None, typer.Option("--faults", help="Schedule of simulated faults (YAML).")
]
Output = Annotated[Path, typer.Option(help="Folder for run files.")]
Operator = Annotated[str, typer.Option(help="Who runs it.")]
Json = Annotated[bool, typer.Option("--json", help="Print the results as JSON, nothing else.")]


def run(
    protocol: Annotated[
        str, typer.Argument(help="Protocol, by name or file; with --resume that of the last run.")
    ] = "",
    rig: Annotated[
        str | None, typer.Option(help="Rig, by name or file; by default the protocol's own.")
    ] = None,
    simulated: Simulated = False,
    set_: Annotated[
        Settings, typer.Option("--set", help="Parameter of the protocol: speed='1400 rpm'.")
    ] = None,
    plant: Plant = None,
    seed: Seed = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder for run files (runs), unless a server takes it.")
    ] = None,
    operator: Operator = "",
    yes: Annotated[bool, typer.Option("--yes", help="Confirm every prompt.")] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where the rig's last run was broken off.")
    ] = False,
    json: Json = False,
    faults: Faults = None,
    every_scan: EveryScan = False,
    scan: ScanPeriod = None,
) -> None:
    """Run a protocol, record it, judge it; on the server of its rig where one runs.

    A protocol with planned stops ends its run file there: simulated, the next file goes on by
    itself; on a bench --resume goes on.

    Ctrl-C stops softly: the object's safe sequence runs. Twice stops hard. In a terminal s takes a
    snapshot of the last 10 s, n a note, and q stops softly; on a server d leaves the run to it.
    """
    from bench.clock import SystemClock  # noqa: PLC0415 - start-up time
    from bench.settings import parse_settings  # noqa: PLC0415 - start-up time
    from protocols.console import Console  # noqa: PLC0415 - start-up time
    from protocols.execution import Wish  # noqa: PLC0415 - start-up time
    from protocols.starting import start  # noqa: PLC0415 - start-up time

    wish = Wish(
        protocol=protocol,
        rig=rig,
        parameters=parse_settings(set_ or []),
        is_simulated=simulated,
        plant=parse_settings(plant or []),
        seed=seed,
        folder=output or Path("runs"),
        operator=operator,
        answers_prompts=yes,
        faults=faults,
        does_every_scan=every_scan,
        scan=scan,
    )
    language = user_language()
    console = Console(language, is_quiet=json)

    def place_told(*, is_served: bool) -> None:
        if is_served and output is not None:
            typer.echo(Message("run.folder-of-server", {"folder": output}).text(language), err=True)
        elif not (is_served or simulated or json):
            typer.echo(Message("run.hosted-here").text(language), err=True)

    with console:
        handed = start(
            wish,
            console,
            wall=SystemClock(),
            place_told=place_told,
            has_keys=console.is_live,
            is_resumed=resume,
        )
    if handed.finished is None:
        typer.echo(Message("serve.detached", {"file": handed.path}).text(user_language()), err=True)
        return
    _show(handed.finished, console, is_json=json)
    raise typer.Exit(handed.finished.exit)


def attach(
    rig: Annotated[
        str, typer.Argument(help="Rig, by name or file; by default the only one that is served.")
    ] = "",
    name: Annotated[str, typer.Option("--as", help="Who you are: mk@cell-3.")] = "",
) -> None:
    """Look at a bench that is served, as it is.

    d leaves it to itself, as does a terminal that is closed. Ctrl-C stops what runs softly; twice
    stops hard.
    """
    from bench.clock import SystemClock  # noqa: PLC0415 - start-up time
    from bench.service.client import RemoteBench  # noqa: PLC0415 - start-up time
    from bench.service.naming import rig_named, user_name  # noqa: PLC0415 - start-up time
    from protocols.console import Console  # noqa: PLC0415 - start-up time
    from protocols.handing_over import look_on  # noqa: PLC0415 - start-up time

    console = Console(user_language())
    with RemoteBench.connect(rig_named(rig), name=name or user_name()) as bench, console:
        look_on(bench, console, wall=SystemClock(), has_keys=console.is_live)


def monitor(
    rig: Annotated[
        str | None, typer.Argument(help="Rig, by name or file; by default the only one installed.")
    ] = None,
    simulated: Simulated = False,
    for_: Annotated[
        str | None,
        typer.Option("--for", help="For how long: '10 min' (what --simulated takes by default)."),
    ] = None,
    plant: Plant = None,
    seed: Seed = None,
    output: Output = Path("runs"),
    operator: Operator = "",
) -> None:
    """Watch a bench and record it; nothing is demanded, nothing started.

    It ends with Ctrl-C, or q in a terminal, where s takes a snapshot of the last 10 s and n a note.
    """
    from bench.clock import SystemClock  # noqa: PLC0415 - start-up time
    from bench.settings import parse_settings  # noqa: PLC0415 - start-up time
    from protocols.console import Console  # noqa: PLC0415 - start-up time
    from protocols.monitoring import (  # noqa: PLC0415 - start-up time
        SIMULATED_TIME,
        MonitorWish,
        watch,
    )

    wish = MonitorWish(
        rig=rig,
        is_simulated=simulated,
        lasting=for_,
        plant=parse_settings(plant or []),
        seed=seed,
        folder=output,
        operator=operator,
    )
    if simulated and for_ is None:
        told = Message("run.watched-virtually", {"time": SIMULATED_TIME})
        typer.echo(told.text(user_language()), err=True)
    console = Console(user_language())
    with console:
        finished = watch(wish, console, wall=SystemClock(), has_keys=console.is_live)
    _show(finished, console, is_json=False)
    raise typer.Exit(finished.exit)


def analyze(
    files: Annotated[
        list[Path],
        typer.Argument(help="Run file; several of one test object are judged as one series."),
    ],
    json: Json = False,
) -> None:
    """Judge run files again, from their recorded raw data alone."""
    from protocols.console import Console  # noqa: PLC0415 - start-up time
    from protocols.execution import judged  # noqa: PLC0415 - start-up time

    finished = judged(*files)
    _show(finished, Console(user_language(), is_quiet=json), is_json=json)
    raise typer.Exit(finished.exit)


def spectrum(
    files: Annotated[
        list[Path], typer.Argument(help="CSV with frequency, real and imaginary part.")
    ],
    *,
    area: Annotated[
        str | None, typer.Option(help="Active area of one cell: '144 cm^2'; for values in ohm.")
    ] = None,
    cells: Annotated[int, typer.Option(min=1, help="Cells in series between the leads.")] = 1,
    json: Json = False,
    delimiter: Annotated[
        str | None, typer.Option(help="comma, semicolon or tab; by default it is found out.")
    ] = None,
    decimal: Annotated[
        str | None, typer.Option(help="point or comma; by default it is found out.")
    ] = None,
) -> None:
    """Analyse impedance spectra of any program: the numbers a run's spectra give.

    Kramers-Kronig test, ohmic and polarisation resistance, circuit, relaxation times. Exit code 3:
    a spectrum is not valid; 4: a file is none.
    """
    from protocols import spectrum_files  # noqa: PLC0415 - start-up time
    from protocols.console import Console  # noqa: PLC0415 - start-up time

    reading = spectrum_files.Reading(
        area=None if area is None else spectrum_files.area_from(area),
        cells=cells,
        delimiter=delimiter,
        decimal=decimal,
    )
    findings = spectrum_files.findings_of(files, reading)
    if json:
        typer.echo(spectrum_files.as_json(findings))
    else:
        Console(user_language()).spectra([each.result for each in findings])
        for line in spectrum_files.told(findings, user_language()):
            typer.echo(line)
    raise typer.Exit(spectrum_files.exit_of(findings))


def _show(finished: Finished, console: Console, *, is_json: bool) -> None:
    """Show how a run ended and what it showed; say if the file could not take the results."""
    from protocols.campaign.screen import show  # noqa: PLC0415 - start-up time
    from protocols.chain import FinishedChain, chain_told  # noqa: PLC0415 - start-up time

    chain = finished if isinstance(finished, FinishedChain) else None
    campaign = None if chain is None else chain.campaign
    if is_json:
        files = () if chain is None else chain.files
        plain = console.json(finished.path, finished.ending, finished.results, files, campaign)
        typer.echo(plain)
    else:
        console.finish(finished.path, finished.ending, finished.results)
    if campaign is not None and not is_json:
        show(campaign, user_language())
    for told in chain_told(finished):
        typer.echo(told.text(user_language()), err=is_json)
    if finished.unsaved is not None:
        typer.echo(finished.unsaved.text(user_language()), err=True)
