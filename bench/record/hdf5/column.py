"""Datasets that grow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.record.hdf5.attributes import attributes_of, describe
from bench.record.hdf5.chunks import Chunks
from bench.record.hdf5.library import h5py


class Column:
    """A chunked dataset that grows along its rows: one dimension, or two or three."""

    def __init__(self, identity: Any) -> None:
        self._id = identity
        self.chunks = Chunks(identity)
        """Its chunks as they are stored."""

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows, and what a row holds; of a pyramid level: channels, bins, 2."""
        return tuple(int(extent) for extent in self._id.shape)

    @property
    def chunk(self) -> tuple[int, ...]:
        """Extent of a chunk."""
        return tuple(int(extent) for extent in self._id.get_create_plist().get_chunk())

    @property
    def dtype(self) -> np.dtype[Any]:
        """Element type."""
        return cast("np.dtype[Any]", self._id.dtype)

    @property
    def identity(self) -> Any:
        """The HDF5 object, for hard links."""
        return self._id

    @property
    def path(self) -> str:
        """Where it stands in the file."""
        return str(self._dataset.name)

    @property
    def _dataset(self) -> Any:
        return h5py.Dataset(self._id)

    def set_length(self, rows: int) -> None:
        """Set the number of rows."""
        self.set_shape((rows, *self.shape[1:]))

    def set_shape(self, shape: tuple[int, ...]) -> None:
        """Set the whole extent; only rows (bins of a pyramid level) may change."""
        self._id.set_extent(shape)

    def append(self, values: ArrayLike) -> None:
        """Add rows at the end."""
        added = np.asarray(values, dtype=self.dtype)
        start = len(self)
        self.set_length(start + len(added))
        self.write(start, added)

    def write(self, start: int, values: ArrayLike) -> None:
        """Write rows in place of those that are there."""
        written = np.asarray(values, dtype=self.dtype)
        self._dataset[start : start + len(written)] = written

    def read(self, start: int = 0, stop: int | None = None) -> NDArray[Any]:
        """Return the rows from `start` up to before `stop`."""
        if start == 0 and stop is None and not self.dtype.hasobject:
            # Many small columns are read whole; h5py takes longer to find out what is meant.
            values = np.empty(self.shape, self.dtype)
            if values.size:
                self._id.read(h5py.h5s.ALL, h5py.h5s.ALL, values)
            return values
        return cast("NDArray[Any]", self._dataset[start:stop])

    def texts(self) -> list[str]:
        """Return all values of a text column."""
        return [str(text) for text in self._dataset.asstr()[:]]

    def describe(self, attributes: Mapping[str, object]) -> None:
        """Set attributes."""
        describe(self._id, attributes)

    def attributes(self) -> dict[str, object]:
        """Return all attributes as plain Python values."""
        return attributes_of(self._id)
