"""The first picture of 10⁸ samples, and one channel of 1,000: beside asammdf."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.runs import open_run
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
    best = min(each["wall"] for each in own)
    peers = {
        name: _of_peer("picture_mdf", folder, data, writer, pixels=PIXELS)
        for writer, name in FORMATS
    }
    data.unlink()
    times = {name: 1e3 * each["wall"] for name, each in peers.items()}
    memory = {name: each["peak_mb"] for name, each in peers.items()}
    return [
        Figure(section, "Open and draw, new process", 1e3 * best, "ms", peers=times),
        Figure(
            section, "asammdf takes so many times as long", min(times.values()) / (1e3 * best),
            "×", wanted=("≥", 100.0), remark="the faster of its two",
        ),
        Figure(
            section, "Peak memory of the process", max(each["peak_mb"] for each in own), "MB",
            wanted=("≤", 200.0), peers=memory,
        ),
        Figure(section, "Of it before opening", own[0]["before_mb"], "MB"),
    ]  # fmt: skip


def _channel(sizes: Sizes, folder: Path) -> list[Figure]:
    section = f"One channel of {sizes.channels:,}, {sizes.rows:,} samples each"
    data = signals.columns(folder, sizes.channels, sizes.rows)
    path = flat_out.recorded(folder, sizes)
    own = measured("pictures:channel", path=str(path), repeats=sizes.repeats)
    peers = {
        name: _of_peer("read_mdf", folder, data, writer, repeats=sizes.repeats)
        for writer, name in FORMATS
    }
    again = {name: 1e3 * each["again"] for name, each in peers.items()}
    first = {name: 1e3 * each["first"] for name, each in peers.items()}
    return [
        Figure(section, "Open and read, new process", 1e3 * own["first"], "ms", peers=first),
        Figure(section, "Read, file open", 1e3 * own["again"], "ms", peers=again,
               remark="values as stored; median"),
        Figure(section, "The same in SI with times and qualities", 1e3 * own["whole"], "ms"),
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


def _of_peer(task: str, folder: Path, data: Path, writer: str, **given: object) -> Result:
    """Return what asammdf takes to read what it has written of the same data."""
    path = folder / "peer.mf4"
    measured(f"peers:{writer}", path=str(path), data=str(data))
    found = measured(f"peers:{task}", path=str(path), name="reading0", **given)
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
    begin = time.perf_counter()
    with open_run(Path(path)) as run:
        run.channel(run.names[0]).envelope(pixels=PIXELS)
        return {"wall": time.perf_counter() - begin, "before_mb": before}


def channel(path: str, repeats: int) -> Result:
    """Open a run and read one channel after the other, each once."""
    begin = time.perf_counter()
    with open_run(Path(path)) as run:
        names = run.names
        run.channel(names[0]).stored()
        first = time.perf_counter() - begin
        count = min(repeats, (len(names) - 1) // 2)
        again = [_timed(run.channel(name).stored) for name in names[1 : 1 + count]]
        whole = [_timed(run.channel(name).values_si) for name in names[-count:]]
    return {
        "first": first, "again": float(np.median(again)), "whole": float(np.median(whole)),
    }  # fmt: skip


def _timed(read: Callable[[], object]) -> float:
    begin = time.perf_counter()
    read()
    return time.perf_counter() - begin
