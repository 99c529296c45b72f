"""h5py, which carries no types, by its one name; and how this program writes HDF5."""

from __future__ import annotations

from typing import Any

import h5py as _untyped  # pyright: ignore[reportMissingTypeStubs] - none are published

h5py: Any = _untyped

FORMAT_BOUNDS = ("v110", "v110")
"""HDF5 1.10: chunk index with O(1) append, and readable by every tool since 2016."""
TEXT: Any = h5py.string_dtype("utf-8")
"""Element type of text columns."""
TEXT_TYPE: Any = h5py.h5t.py_create(TEXT, logical=True)
"""The same for HDF5's own functions."""
SCALAR: Any = h5py.h5s.create(h5py.h5s.SCALAR)
"""Extent of a single value."""


def uncached() -> Any:
    """Return access without a chunk cache: whole chunks go directly, and a cache each is memory."""
    properties = h5py.h5p.create(h5py.h5p.DATASET_ACCESS)
    properties.set_chunk_cache(1, 0, 0.75)
    return properties
