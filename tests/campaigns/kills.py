"""Does a run survive its server? SIGKILL at random moments, for as long as one likes.

    python -m tests.campaigns.kills --kills 100 --sites 2

The simulated cell is a process of its own and goes on; its PLC misses the heartbeat and trips, its
dynamometer misses its demands. The server is started again and recovers; somebody explains, turns
the key, resets, and goes on. What comes of it is judged from the run files and from the log that
the cell keeps of itself: the right step, no pass twice, counters that lose a second at most.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.clock import MILLISECOND
from bench.record.recovery import recover
from drivers.simulated.truth_log import EVERY
from tests.campaigns.kill_course import leaves_of
from tests.campaigns.kill_judge import Verdict, judged
from tests.campaigns.kill_operator import Life, Moment, Operator, drawn
from tests.campaigns.kill_site import PROTOCOL, Site, Stuck, wait_a_little
from tests.campaigns.kill_truth import Truth

Said = Callable[[str], None]
"""Takes a line for the person who looks on."""
_say = partial(print, flush=True)


@dataclass(frozen=True)
class Outcome:
    """What came of one site."""

    lives: Sequence[Life]
    verdict: Verdict
    folder: Path


def campaign(
    kills: int,
    seed: int,
    folder: Path,
    *,
    moments: Sequence[Moment] = (),
    scan: str = "20 ms",
    said: Said = print,
) -> Outcome:
    """Kill one server so often and judge; what it leaves stays in the folder."""
    draw = random.Random(seed)
    lives: list[Life] = []
    verdict = Verdict()
    with Site(folder, seed, scan) as site:
        for number in range(kills):
            life = drawn(number, draw, moments)
            try:
                Operator(site, life).live()
            except Stuck as stuck:
                verdict.failures.append(f"stuck: {stuck}")
                break
            lives.append(life)
            said(line_of(life))
            with (folder / "lives.txt").open("a", encoding="utf-8") as file:
                file.write(f"{life.killed.before} {life.killed.after} {life.moment.value}\n")
        wait_a_little(2 * EVERY / MILLISECOND)  # the log of the twins goes past the last kill
    for path in site.runs.glob("*.h5"):
        recover(path)
    found = judged(site.runs, Truth.of(site.truth), lives, leaves_of(PROTOCOL))
    found.failures += verdict.failures
    return Outcome(lives, found, folder)


def line_of(life: Life) -> str:
    """Return a line about one life."""
    served = f"{life.served - life.begun:5.1f}" if life.served else "    –"
    running = f"{life.running - life.begun:5.1f}" if life.running else "    –"
    told = "; ".join([*(reason.id for reason in life.refusals), *life.ended])
    return (
        f"{life.number:4} {life.moment.value:9} +{life.delay:4.1f} s  served {served} s  running "
        f"{running} s  killed {life.killed.before - life.begun:5.1f} s  {life.file}  {told}"
    )


def summary(outcomes: Sequence[Outcome]) -> str:
    """Return the figures as text."""
    lives = [life for outcome in outcomes for life in outcome.lives]
    verdicts = [outcome.verdict for outcome in outcomes]
    moments = Counter(life.moment.value for life in lives)
    lost = [each for verdict in verdicts for each in verdict.lost]
    rows = [each for verdict in verdicts for each in verdict.rows_lost]
    served = [life.served - life.begun for life in lives if life.served]
    back = [life.running - life.begun for life in lives if life.running]
    refusals = Counter(reason.id for life in lives for reason in life.refusals)
    lines = (
        f"{len(lives)} kills: {', '.join(f'{n} {name}' for name, n in moments.items())}",
        f"runs that went on: {sum(each.resumed for each in verdicts)}",
        f"runs that began anew: {sum(each.anew for each in verdicts)}",
        f"running time lost per kill, s: {_spread(lost)}",
        f"rows lost per kill, s: {_spread(rows)}",
        f"start to first client, s: {_spread(served)}",
        f"start to running again, s: {_spread(back)}",
        f"running time of the twins, s: {sum(each.true for each in verdicts):.1f}",
        f"of it between runs, s: {sum(each.unwatched for each in verdicts):.1f}",
        f"counted, s: {sum(each.counted for each in verdicts):.1f}",
        f"refusals: {dict(refusals)}",
        f"failures: {sum(len(each.failures) for each in verdicts)}",
    )
    return "\n".join(lines)


def _spread(values: Sequence[float]) -> str:
    if not values:
        return "–"
    ordered = sorted(values)
    return f"{len(ordered)}: median {ordered[len(ordered) // 2]:.2f}, most {ordered[-1]:.2f}"


def _site(number: int, kills: int, seed: int, folder: str, nice: int) -> Outcome:
    os.nice(nice)
    place = Path(folder) / f"site-{number}"
    place.mkdir()
    return campaign(kills, seed + number, place, said=partial(_say, f"{number}:"))


def main() -> int:
    """Run the campaign; return 1 if anything failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--sites", type=int, default=1, help="cells with a server each, at once")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--nice", type=int, default=0, help="below 0: before other programs")
    parser.add_argument("--folder", type=Path, help="where the files stay; else they are removed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(given.sites) as pool:
            each = -(-given.kills // given.sites)
            sent = [
                pool.submit(_site, number, each, given.seed, str(folder), given.nice)
                for number in range(given.sites)
            ]
            outcomes = [each.result() for each in sent]
    for outcome in outcomes:
        for failure in outcome.verdict.failures:
            _say(outcome.folder.name, failure)
    _say(summary(outcomes))
    return 1 if any(outcome.verdict.failures for outcome in outcomes) else 0


if __name__ == "__main__":
    raise SystemExit(main())
