"""Does every protection of the solid oxide cells do what its table says, and do the cells survive?

    python -m tests.campaigns.cell_faults                    # every row of the table
    python -m tests.campaigns.cell_faults --only fuel-loss   # one row, limit, state or reaction
    python -m tests.campaigns.cell_faults --cases 8 --seed 3 # a sample

The shipped rigs in virtual time, from warm cells. What is judged is the plant's truth, the bench's
state and sequence, and the run file; the table says what must be.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random

from tests.campaigns.cell_faults_bench import ROADS
from tests.campaigns.cell_faults_judge import tried
from tests.campaigns.cell_faults_table import RIGS, CellCase, cell_table
from tests.campaigns.faults_judge import Result

KEPT = Path(__file__).with_name("cell_faults_results.md")
"""Where the results of the whole table are kept."""


def results_of(cases: Sequence[CellCase], seed: int, processes: int, folder: Path) -> list[Result]:
    """Return what came of each row, in their order."""
    found: dict[str, Result] = {}
    for rig in RIGS:
        there = [case for case in cases if case.rig == rig]
        if there:
            results = _results_on(rig, there, seed, processes, folder / rig)
            found |= {case.id: result for case, result in zip(there, results, strict=True)}
    return [found[case.id] for case in cases]


def _results_on(
    rig: str, cases: Sequence[CellCase], seed: int, processes: int, folder: Path
) -> list[Result]:
    road = ROADS[rig]
    if sys.platform == "linux":
        from tests.campaigns.faults_forks import Forks  # noqa: PLC0415 - there is no fork elsewhere

        return Forks(road, tried, folder, seed, processes).results(cases)
    return [
        tried(case, road.reached(case.state, folder / case.id, seed), Random(f"{seed}/{case.id}"))
        for case in cases
    ]


def told(cases: Sequence[CellCase], results: Sequence[Result]) -> str:
    """Return the results as a table, and what was wrong."""
    lines = [
        "| what happens | rig | in | who tells | reaction | s (within) | how near to damage |",
        "|---|---|---|---|---|---|---|",
    ]
    for case, result in zip(cases, results, strict=True):
        after = "" if result.reaction is None else f"{result.reaction:.0f} "
        near = result.ended.split(";")[1] if ";" in result.ended else ""
        verdict = "**wrong**" if result.wrong else "ok"
        who = case.limit or case.source
        lines.append(
            f"| {case.fault} | {case.rig} | {case.state} | {who} | {case.reaction}: {verdict} "
            f"| {after}({case.within:.0f}) |{near} |"
        )
    wrong = [
        f"- {each.id}: {'; '.join(each.wrong)} [{each.ended}]" for each in results if each.wrong
    ]
    if wrong:
        lines += ["", "What was wrong:", "", *wrong]
    return "\n".join(lines) + "\n"


def sample(cases: Sequence[CellCase], count: int, seed: int) -> list[CellCase]:
    """Return so many rows, drawn, in the order of the table."""
    chosen = set(Random(seed).sample([case.id for case in cases], min(count, len(cases))))
    return [case for case in cases if case.id in chosen]


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.campaigns.cell_faults", description=__doc__)
    parser.add_argument("--cases", type=int, default=0, help="how many; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", action="append", default=[], help="row, limit, state or rig")
    parser.add_argument("--json", type=Path, help="file for the results")
    parser.add_argument("--keep", action="store_true", help=f"write {KEPT.name}")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Run the campaign; return 1 if anything was wrong."""
    options = _parsed(arguments)
    only = set(options.only)
    cases = [
        each
        for each in cell_table()
        if not only or only & {each.fault, each.state, each.id, each.limit, each.rig, each.reaction}
    ]
    if options.cases:
        cases = sample(cases, options.cases, options.seed)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        results = results_of(cases, options.seed, options.processes, Path(folder) / "campaign")
    wrong = sum(bool(each.wrong) for each in results)
    summary = f"{len(results)} rows, {wrong} wrong, seed {options.seed}"
    text = told(cases, results)
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in results], indent=1))
    if options.keep:
        title = "# The protections of the solid oxide cells against their cause-and-effect table"
        command = "`python -m tests.campaigns.cell_faults --keep`; times count from the cause."
        KEPT.write_text(f"{title}\n\n{summary}. {command}\n\n{text}", encoding="utf-8")
    sys.stdout.write(f"{text}\n{summary}; {time.perf_counter() - began:.0f} s\n")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
