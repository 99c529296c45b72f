"""What others do with the same data: asammdf (MDF 4.10), pyarrow (Parquet), plain h5py.

Each gets the channels as contiguous columns, which is what it likes best.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import asammdf
import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tests.benchmarks.run_files.child import Result, written_bytes

PERIOD = 1e-3
"""Time between two samples, s."""
PARQUET_ROWS = 65_536
"""Rows of a row group."""
H5PY_CHUNK = 16_384
"""Rows of a chunk, as ours."""


def mdf(**given: object) -> Result:
    """Write MDF 4.10 as it is."""
    return _written(_write_mdf, **given)


def mdf_zipped(**given: object) -> Result:
    """Write MDF 4.10, transposed and deflated."""
    return _written(lambda *these: _write_mdf(*these, compression=2), **given)


def parquet(**given: object) -> Result:
    """Write Parquet: byte-stream-split, zstd."""
    return _written(_write_parquet, **given)


def plain_hdf5(**given: object) -> Result:
    """Write one dataset per channel: shuffle, gzip 1, by HDF5's own filters."""
    return _written(_write_hdf5, **given)


Write = Callable[[Path, NDArray[np.float32], NDArray[np.float64]], None]


def _written(write: Write, data: str, path: str, **_: object) -> Result:
    values: NDArray[np.float32] = np.load(data)
    times = np.arange(values.shape[1]) * PERIOD
    target = Path(path)
    target.unlink(missing_ok=True)
    wall, processor, written = time.perf_counter(), time.process_time(), written_bytes()
    write(target, values, times)
    return {
        "wall": time.perf_counter() - wall, "processor": time.process_time() - processor,
        "written": written_bytes() - written, "size": target.stat().st_size,
        "data_mb": values.nbytes / 1e6,
    }  # fmt: skip


def _write_mdf(
    path: Path, values: NDArray[np.float32], times: NDArray[np.float64], compression: int = 0
) -> None:
    with asammdf.MDF(version="4.10") as mdf:
        mdf.append(
            [
                asammdf.Signal(column, times, unit="bar", name=f"reading{number}")
                for number, column in enumerate(values)
            ]
        )
        mdf.save(path, overwrite=True, compression=compression)


def _write_parquet(path: Path, values: NDArray[np.float32], times: NDArray[np.float64]) -> None:
    names = ["time", *(f"reading{number}" for number in range(len(values)))]
    table = pa.table([pa.array(times), *map(pa.array, values)], names=names)
    pq.write_table(
        table, path, row_group_size=PARQUET_ROWS, compression="zstd", use_dictionary=False,
        use_byte_stream_split=True,
    )  # fmt: skip


def _write_hdf5(path: Path, values: NDArray[np.float32], times: NDArray[np.float64]) -> None:
    packed = {
        "chunks": (min(H5PY_CHUNK, len(times)),), "maxshape": (None,), "shuffle": True,
        "compression": "gzip", "compression_opts": 1,
    }  # fmt: skip
    with h5py.File(path, "w", libver=("v110", "v110")) as file:
        file.create_dataset("time", data=times, **packed)
        for number, column in enumerate(values):
            file.create_dataset(f"reading{number}", data=column, **packed)


def read_mdf(path: str, name: str, repeats: int) -> Result:
    """Open a file and read channels with their times, one after the other."""
    begin = time.perf_counter()
    with asammdf.MDF(path) as mdf:
        mdf.get(name)
        first = time.perf_counter() - begin
        again: list[float] = []
        for number in range(1, repeats + 1):
            start = time.perf_counter()
            mdf.get(f"reading{number}")
            again.append(time.perf_counter() - start)
    return {"first": first, "again": float(np.median(again))}


def picture_mdf(path: str, name: str, pixels: int) -> Result:
    """Open, read one channel, and find the smallest and largest of each pixel."""
    begin, processor = time.perf_counter(), time.process_time()
    with asammdf.MDF(path) as mdf:
        samples = mdf.get(name).samples
        cuts = np.linspace(0, len(samples), pixels, endpoint=False).astype(np.intp)
        low = np.minimum.reduceat(samples, cuts)
        high = np.maximum.reduceat(samples, cuts)
        return {
            "wall": time.perf_counter() - begin, "processor": time.process_time() - processor,
            "low": float(low.min()), "high": float(high.max()),
        }  # fmt: skip
