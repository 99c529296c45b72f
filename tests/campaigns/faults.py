"""Does the bench do what the cause-and-effect table says? Each case on a simulated cell.

    python -m tests.campaigns.faults                          # every case of the table
    python -m tests.campaigns.faults --cases 24 --seed 7      # a sample
    python -m tests.campaigns.faults --only oil-loss          # one fault, or one state

Faults come at moments drawn from the seed. What is judged is the plant's truth, the bench's state
and demands, and the run file; the table says what must be.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from random import Random

from tests.campaigns.faults_judge import Result, tried
from tests.campaigns.faults_states import ENGINE, reached
from tests.campaigns.faults_table import Case, table

KEPT = Path(__file__).with_name("faults_results.md")
"""Where the results of the whole table are kept."""


def sample(cases: Sequence[Case], count: int, seed: int) -> list[Case]:
    """Return so many cases in the order of the table: the critical ones first, then any."""
    critical = [case for case in cases if case.is_critical]
    others = [case for case in cases if not case.is_critical]
    random = Random(seed)
    chosen = random.sample(critical, min(count, len(critical)))
    chosen += random.sample(others, min(count - len(chosen), len(others)))
    return [case for case in cases if case in chosen]


def results_of(cases: Sequence[Case], seed: int, processes: int, folder: Path) -> list[Result]:
    """Return what came of each case, in their order."""
    if sys.platform == "linux":
        from tests.campaigns.faults_forks import Forks  # noqa: PLC0415 - there is no fork elsewhere

        return Forks(ENGINE, tried, folder, seed, processes).results(cases)
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(partial(_alone, seed, folder), [case.id for case in cases]))


def _alone(seed: int, folder: Path, name: str) -> Result:
    case = next(case for case in table() if case.id == name)
    bench = reached(case.state, folder / case.id, seed)
    return tried(case, bench, Random(f"{seed}/{case.id}"))


def told(results: Sequence[Result]) -> str:
    """Return the results as a table of faults and states, and the times of each effect."""
    states = list(dict.fromkeys(each.state for each in results))
    cells = {(each.fault, each.state): _cell(each) for each in results}
    lines = [
        "| fault | " + " | ".join(states) + " |",
        "|---" * (len(states) + 1) + "|",
    ]
    for fault in dict.fromkeys(each.fault for each in results):
        row = (cells.get((fault, state), "") for state in states)
        lines.append(f"| {fault} | " + " | ".join(row) + " |")
    lines += ["", "| effect | cases | median s | longest s |", "|---|---|---|---|"]
    for effect in dict.fromkeys(each.effect for each in results):
        of = [each for each in results if each.effect == effect]
        times = [each.reaction for each in of if each.reaction is not None]
        shown = f"{statistics.median(times):.1f} | {max(times):.1f}" if times else " | "
        lines.append(f"| {effect} | {len(of)} | {shown} |")
    wrong = [f"- {each.id}: {'; '.join(each.wrong)}" for each in results if each.wrong]
    if wrong:
        lines += ["", "What was wrong:", "", *wrong]
    return "\n".join(lines) + "\n"


def _cell(result: Result) -> str:
    time = "" if result.reaction is None else f" {result.reaction:.1f} s"
    return ("**wrong**" if result.wrong else "ok") + time


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.campaigns.faults", description=__doc__)
    parser.add_argument("--cases", type=int, default=0, help="how many; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", action="append", default=[], help="fault, state or fault@state")
    parser.add_argument("--json", type=Path, help="file for the results")
    parser.add_argument("--keep", action="store_true", help=f"write {KEPT.name}")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Run the campaign; return 1 if anything was wrong."""
    options = _parsed(arguments)
    only = set(options.only)
    cases = [each for each in table() if not only or only & {each.fault, each.state, each.id}]
    if options.cases:
        cases = sample(cases, options.cases, options.seed)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        results = results_of(cases, options.seed, options.processes, Path(folder) / "campaign")
    wrong = sum(bool(each.wrong) for each in results)
    summary = f"{len(results)} cases, {wrong} wrong, seed {options.seed}"
    text = told(results)
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in results], indent=1))
    if options.keep:
        title = "# The bench against its cause-and-effect table"
        command = "`python -m tests.campaigns.faults --keep`; times count from the cause."
        KEPT.write_text(f"{title}\n\n{summary}. {command}\n\n{text}", encoding="utf-8")
    sys.stdout.write(f"{text}\n{summary}; {time.perf_counter() - began:.0f} s\n")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
