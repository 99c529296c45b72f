"""Runs of a folder as a screen, and as plain values for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.cells import cell_len
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from bench.messages import LANGUAGES, Message
from bench.runs.catalogue.found_runs import FoundRun
from bench.runs.commands.wording import Words

_WHOLE = (0, 2, 5)
"""Columns that are never cut: start, protocol, file."""
_TO_MEND = frozenset({"broken-off", "recording"})


def screen_of(
    runs: Sequence[FoundRun],
    total: int,
    problems: Sequence[Message],
    folder: Path,
    words: Words,
) -> Iterator[RenderableType]:
    """Yield what a person sees: the runs, then what cannot be read.

    Args:
        runs: those that were asked for.
        total: how many there are.
        problems: why files cannot be read.
        folder: where they are.
        words: language.
    """
    if runs:
        yield _table(runs, folder, words)
    yield Text(words.say("catalogue.count", count=len(runs), total=total, folder=folder))
    for run in runs:
        for part in run.missing:
            missing = words.say("runs.missing-part", path=run.path, part=part)
            yield Text(f"! {missing}", "bold red")
    if problems:
        yield Text(words.say("catalogue.unreadable", count=len(problems)), "bold red")
        for problem in problems:
            yield Text(f"! {problem.text(words.language)}", "red")


def _table(runs: Sequence[FoundRun], folder: Path, words: Words) -> Table:
    table = words.table(
        "info.start", "info.object", "info.protocol", "info.state", "info.verdict", "info.file",
        "info.duration", "info.size", right=2,
    )  # fmt: skip
    for place in _WHOLE:
        table.columns[place].no_wrap = True
    for run in runs:
        last = run.last
        style = "bold yellow" if run.state in _TO_MEND else ""
        state = Text(words.state(run.state), style)
        if run.is_interrupted:
            state.append(f", {words.say('catalogue.interrupted')}", "bold yellow")
        if last.simulated:
            state.append(f" {words.say('catalogue.simulated')}", "magenta")
        name = run.path.relative_to(folder).as_posix()
        more = words.say("catalogue.parts", count=len(run.files)) if len(run.files) > 1 else ""
        if last.continues:
            more = f"{more} ← {last.continues}".strip()
        table.add_row(
            words.moment(last.start_utc_ns)[:16], Text(last.serial or last.object_kind),
            Text(last.protocol), state, words.verdict(run.verdict), Text(f"{name} {more}".strip()),
            _duration(run, words), words.amount(run.size),
        )  # fmt: skip
    for place in _WHOLE:
        column = table.columns[place]
        cells = [each for each in column.cells if isinstance(each, str | Text)]
        column.min_width = max(cell_len(str(each)) for each in cells)
    return table


def _duration(run: FoundRun, words: Words) -> str:
    """Return how long a run took; of one whose end stands in its log, how much of it is known."""
    if run.state not in _TO_MEND:
        return words.duration(run.last.seconds)
    return f"≥ {words.duration(run.last.seconds)}" if run.last.rows else "–"


def plain_catalogue(runs: Sequence[FoundRun], problems: Sequence[Message]) -> dict[str, object]:
    """Return the runs and what cannot be read as plain values for JSON."""
    return {
        "runs": [run.to_json() for run in runs],
        "unreadable": [
            {"file": str(problem.arguments.get("path", "")), "id": problem.id}
            | {language: problem.text(language) for language in LANGUAGES}
            for problem in problems
        ],
    }
