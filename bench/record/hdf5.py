"""The typed face of h5py, which carries no types: groups, columns, texts, attributes.

Errors stay h5py's own (OSError, RuntimeError, KeyError, ValueError); the writer and the reader
translate them.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import h5py as _untyped  # pyright: ignore[reportMissingTypeStubs] - none are published
import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.record import json_text

h5py: Any = _untyped

FORMAT_BOUNDS = ("v110", "v110")
"""HDF5 1.10: chunk index with O(1) append, and readable by every tool since 2016."""
TEXT: Any = h5py.string_dtype("utf-8")
"""Element type of text columns."""
_NO_ATTRIBUTES: Mapping[str, object] = MappingProxyType({})


class Column:
    """A one-dimensional dataset that grows."""

    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset

    def __len__(self) -> int:
        return int(self._dataset.shape[0])

    @property
    def raw(self) -> Any:
        """The h5py dataset, for hard links."""
        return self._dataset

    def append(self, values: ArrayLike) -> None:
        """Add values at the end."""
        added = np.asarray(values, dtype=self._dataset.dtype)
        start = len(self)
        self._dataset.resize((start + len(added),))
        self._dataset[start:] = added

    def read(self, start: int = 0, stop: int | None = None) -> NDArray[Any]:
        """Return the values from `start` up to before `stop`."""
        return cast("NDArray[Any]", self._dataset[start:stop])

    def texts(self) -> list[str]:
        """Return all values of a text column."""
        return [str(text) for text in self._dataset.asstr()[:]]

    def describe(self, attributes: Mapping[str, object]) -> None:
        """Set attributes."""
        for name, value in attributes.items():
            self._dataset.attrs[name] = _storable(value)


class Group:
    """A group of a run file."""

    def __init__(self, group: Any) -> None:
        self._group = group

    def create(
        self, name: str, nexus_class: str, attributes: Mapping[str, object] = _NO_ATTRIBUTES
    ) -> Group:
        """Return a new group of a NeXus class."""
        made = Group(self._group.create_group(node_name(name)))
        made.describe({"NX_class": nexus_class, **attributes})
        return made

    def create_column(self, name: str, dtype: Any, chunk: int) -> Column:
        """Return a new empty column; numbers are shuffled and deflated."""
        filters: dict[str, Any] = {} if dtype is TEXT else {"compression": 1, "shuffle": True}
        if dtype is not TEXT:
            # A cache below one chunk keeps none: memory stays flat. (h5py takes 0 for "default".)
            filters["rdcc_nbytes"] = 1
        return Column(
            self._group.create_dataset(
                node_name(name), (0,), dtype, maxshape=(None,), chunks=(chunk,), **filters
            )
        )

    def link(self, name: str, column: Column) -> None:
        """Make an existing column also a member of this group."""
        self._group[node_name(name)] = column.raw

    def put_text(self, name: str, text: str) -> None:
        """Write a text, in place of an older one."""
        node = node_name(name)
        if node in self._group:
            self._group[node][()] = storable_text(text)
        else:
            self._group.create_dataset(node, data=storable_text(text), dtype=TEXT)
            self._group[node].attrs["name"] = storable_text(name)

    def put_json(self, name: str, value: object) -> None:
        """Write a value as UTF-8 JSON bytes, in place of an older one."""
        if name in self._group:
            del self._group[name]
        data = np.frombuffer(json_text.encode(value).encode("utf-8", "replace"), np.uint8)
        made = self._group.create_dataset(name, data=data, compression=1, shuffle=True)
        made.attrs["mimetype"] = "application/json"

    def describe(self, attributes: Mapping[str, object]) -> None:
        """Set attributes."""
        for name, value in attributes.items():
            self._group.attrs[name] = _storable(value)

    def describe_list(self, name: str, words: list[str]) -> None:
        """Set an attribute that is a list of words."""
        self._group.attrs[name] = np.array([storable_text(word) for word in words], TEXT)

    def __contains__(self, name: str) -> bool:
        return node_name(name) in self._group

    def group(self, name: str) -> Group:
        """Return a member group.

        Raises:
            KeyError: there is none of that name.
        """
        found = self._group[node_name(name)]
        if not isinstance(found, h5py.Group):
            raise KeyError(name)
        return Group(found)

    def groups(self) -> list[Group]:
        """Return all member groups."""
        return [Group(node) for node in self._group.values() if isinstance(node, h5py.Group)]

    def column(self, name: str) -> Column:
        """Return a member column.

        Raises:
            KeyError: there is none of that name.
        """
        found = self._group[node_name(name)]
        if not isinstance(found, h5py.Dataset) or found.ndim != 1:
            raise KeyError(name)
        return Column(found)

    def text(self, name: str) -> str:
        """Return a member text."""
        return str(self._group[node_name(name)].asstr()[()])

    def texts(self) -> dict[str, str]:
        """Return all member texts by their original names."""
        found: dict[str, str] = {}
        for node in self._group.values():
            if isinstance(node, h5py.Dataset):
                found[_text(node.attrs["name"])] = str(node.asstr()[()])
        return found

    def json(self, name: str) -> object:
        """Return the value of a member JSON text.

        Raises:
            KeyError, ValueError: there is none, or it is no JSON.
        """
        return json_text.decode(self._group[node_name(name)][()].tobytes())

    def attributes(self) -> dict[str, object]:
        """Return all attributes as plain Python values."""
        return {str(name): _plain(value) for name, value in self._group.attrs.items()}


class File(Group):
    """An open HDF5 file, at its root."""

    def flush(self) -> None:
        """Hand everything HDF5 still holds to the operating system."""
        self._group.flush()

    def close(self) -> None:
        """Close the file."""
        self._group.close()


def create(stream: io.RawIOBase) -> File:
    """Return a new file written through a stream."""
    return File(h5py.File(stream, "w", libver=FORMAT_BOUNDS))


def open_to_read(path: Path) -> File:
    """Return an existing file; no lock is taken, a writer is not hindered."""
    return File(h5py.File(path, "r", locking=False))


def open_to_change(stream: io.RawIOBase) -> File:
    """Return an existing file for adding results, written through a stream."""
    return File(h5py.File(stream, "r+", libver=FORMAT_BOUNDS))


def node_name(name: str) -> str:
    """Return a name as a link name: what HDF5 reserves is written as %XX (RFC 3986)."""
    safe = storable_text(name).replace("%", "%25").replace("/", "%2F")
    only_dots = not safe.strip(".")
    return (safe.replace(".", "%2E") or "%") if only_dots else safe


def storable_text(text: str) -> str:
    """Return a text HDF5 can hold: NUL and lone surrogates become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "�")


def _storable(value: object) -> object:
    if isinstance(value, str):
        return storable_text(value)
    return value


def _plain(value: Any) -> object:
    if isinstance(value, np.ndarray):
        items = cast("list[Any]", value.tolist())
        return [_plain(item) for item in items]
    if isinstance(value, np.generic):
        return cast("object", value.item())
    plain: object = value
    return _text(plain) if isinstance(plain, bytes) else plain


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
