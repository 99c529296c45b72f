"""Exporting: as text and as Parquet."""

from __future__ import annotations

import time
from pathlib import Path

from bench.runs import open_run
from bench.runs.export import Wish, export_run
from tests.benchmarks.run_files import flat_out
from tests.benchmarks.run_files.child import Result, measured
from tests.benchmarks.run_files.figures import Figure
from tests.benchmarks.run_files.sizes import Sizes

SECTION = "Export"
_PARQUET = 20
"""So many times as many values as Parquet as are written as text."""


def figures(sizes: Sizes, folder: Path) -> list[Figure]:
    """Return speeds of exporting channels of the mix, values per second."""
    path = flat_out.recorded(folder, sizes)

    def exported(suffix: str, values: int) -> Result:
        channels = max(1, min(sizes.channels, values // sizes.rows))
        found = [
            measured(
                "exports:exported", path=str(path), output=str(folder / f"exported{suffix}"),
                channels=channels,
            )
            for _ in range(sizes.repeats)
        ]  # fmt: skip
        return max(found, key=lambda each: each["values"] / each["processor"])

    text = exported(".csv", sizes.exported)
    parquet = exported(".parquet", _PARQUET * sizes.exported)
    return [
        *_speeds("CSV", text, 2.0),
        *_speeds("Parquet", parquet, 20.0),
        Figure(SECTION, "Parquet, peak memory", parquet["peak_mb"], "MB"),
    ]


def _speeds(name: str, found: Result, wanted: float) -> list[Figure]:
    values = found["values"] / 1e6
    remark = f"{found['channels']:,} channels; best of the repeats"
    return [
        Figure(SECTION, name, values / found["wall"], "M values/s", ("≥", wanted), remark=remark),
        Figure(SECTION, f"{name}, of processor time", values / found["processor"], "M values/s"),
    ]


def exported(path: str, output: str, channels: int) -> Result:
    """Export the first channels of a run; return how long that took."""
    target = Path(output)
    wall, processor = time.perf_counter(), time.process_time()
    with open_run(Path(path)) as run:
        wish = Wish(target, patterns=run.names[:channels], is_forced=True)
        done = export_run(run, wish)
    found = {
        "wall": time.perf_counter() - wall, "processor": time.process_time() - processor,
        "values": done.rows * done.channels, "channels": done.channels,
    }  # fmt: skip
    target.unlink()
    return found
