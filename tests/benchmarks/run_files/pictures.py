"""The first picture of 10⁸ samples, and one channel of 1,000: beside asammdf."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from bench.runs import RunChannel, open_run
from tests.benchmarks.run_files import flat_out, signals, zoom
from tests.benchmarks.run_files.child import Result, measured, resident_mb
from tests.benchmarks.run_files.figures import Figure
from tests.benchmarks.run_files.sizes import Sizes

PIXELS = 2000
"""Width of the picture."""
FORMATS = (("mdf", "asammdf"), ("mdf_zipped", "asammdf zipped"))
"""How asammdf writes, and what that is called."""


def figures(sizes: Sizes, folder: Path) -> list[Figure]:
    """Return how long pictures and channels take, ours and asammdf's of the same data."""
    return [*_picture(sizes, folder), *_channel(sizes, folder)]


def _picture(sizes: Sizes, folder: Path) -> list[Figure]:
    section = f"First picture of {sizes.pictured:,} samples, {PIXELS:,} pixels"
    path, _ = zoom.long_channel(folder, sizes.pictured)
    data = folder / f"channel-{sizes.pictured}.npy"
    measured("pictures:unpack", path=str(path), data=str(data))
    own = [measured("pictures:picture", path=str(path)) for _ in range(sizes.repeats)]
    peers = {
        name: _of_peer("picture_mdf", folder, data, writer, sizes.repeats, pixels=PIXELS)
        for writer, name in FORMATS
    }
    data.unlink()
    wall, walls = _best(own, "wall"), {name: _best(each, "wall") for name, each in peers.items()}
    taken = _best(own, "processor")
    others = {name: _best(each, "processor") for name, each in peers.items()}
    memory = {name: max(each["peak_mb"] for each in found) for name, found in peers.items()}
    return [
        Figure(section, "Open and draw, new process", wall, "ms", peers=walls, remark=_BEST),
        Figure(section, "The same in processor time", taken, "ms", peers=others),
        Figure(
            section, "asammdf takes so many times as long", min(walls.values()) / wall, "×",
            wanted=("≥", 100.0), remark="the faster of its two; wall clock",
        ),
        Figure(section, "The same in processor time", min(others.values()) / taken, "×"),
        Figure(
            section, "Peak memory of the process", max(each["peak_mb"] for each in own), "MB",
            wanted=("≤", 200.0), peers=memory,
        ),
        Figure(section, "Of it before opening", own[0]["before_mb"], "MB"),
    ]  # fmt: skip


_BEST = "best of the repeats, each a new process"


def _best(found: Sequence[Result], of: str) -> float:
    """Return the shortest time, ms."""
    return 1e3 * min(each[of] for each in found)


def _channel(sizes: Sizes, folder: Path) -> list[Figure]:
    section = f"One channel of {sizes.channels:,}, {sizes.rows:,} samples each"
    data = signals.columns(folder, sizes.channels, sizes.rows)
    path = flat_out.recorded(folder, sizes)
    own = measured("pictures:channel", path=str(path), repeats=sizes.repeats)
    peers = {
        name: _of_peer("read_mdf", folder, data, writer, 1, repeats=sizes.repeats)
        for writer, name in FORMATS
    }
    again = {name: _best(each, "again") for name, each in peers.items()}
    first = {name: _best(each, "first") for name, each in peers.items()}
    return [
        Figure(section, "Open and read, new process", 1e3 * own["first"], "ms", peers=first),
        Figure(section, "Read, file open", 1e3 * own["again"], "ms", peers=again,
               remark="values as stored, and times; median over channels of the mix"),
        Figure(section, "The same in SI, float64, with qualities", 1e3 * own["whole"], "ms"),
        Figure(
            section, "asammdf takes so many times as long",
            again["asammdf"] / (1e3 * own["again"]), "×", wanted=("≥", 20.0),
            remark="plain, file open; values and times",
        ),
        Figure(
            section, "asammdf zipped takes so many times as long",
            again["asammdf zipped"] / (1e3 * own["again"]), "×", wanted=("≥", 20.0),
        ),
    ]  # fmt: skip


def _of_peer(
    task: str, folder: Path, data: Path, writer: str, times: int, **given: object
) -> list[Result]:
    """Return what asammdf takes to read what it has written of the same data, several times."""
    path = folder / "peer.mf4"
    measured(f"peers:{writer}", path=str(path), data=str(data))
    found = [
        measured(f"peers:{task}", path=str(path), name="reading0", **given) for _ in range(times)
    ]
    path.unlink()
    return found


def unpack(path: str, data: str) -> Result:
    """Write the samples of a run with one channel as an array (1, samples)."""
    with open_run(Path(path)) as run:
        values = run.channel(run.names[0]).stored()
    np.save(data, values.reshape(1, -1))
    return {"samples": len(values)}


def picture(path: str) -> Result:
    """Open a run and draw the whole of its only channel."""
    before = resident_mb()
    begin, processor = time.perf_counter(), time.process_time()
    with open_run(Path(path)) as run:
        run.channel(run.names[0]).envelope(pixels=PIXELS)
        return {
            "wall": time.perf_counter() - begin, "processor": time.process_time() - processor,
            "before_mb": before,
        }  # fmt: skip


def channel(path: str, repeats: int) -> Result:
    """Open a run and read one channel after the other, each once."""
    begin = time.perf_counter()
    with open_run(Path(path)) as run:
        names = run.names
        _with_times(run.channel(names[0]))
        first = time.perf_counter() - begin
        drawn = np.random.default_rng(1).permutation(len(names) - 1)[: 4 * repeats] + 1
        again = [_timed(partial(_with_times, run.channel(names[i]))) for i in drawn[::2]]
        whole = [_timed(run.channel(names[i]).values_si) for i in drawn[1::2]]
    return {
        "first": first, "again": float(np.median(again)), "whole": float(np.median(whole)),
    }  # fmt: skip


def _with_times(channel: RunChannel) -> None:
    channel.stored()
    channel.times_ns()


def _timed(read: Callable[[], object]) -> float:
    begin = time.perf_counter()
    read()
    return time.perf_counter() - begin
