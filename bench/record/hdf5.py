"""The typed face of h5py, which carries no types: groups, columns, texts, attributes.

Errors stay h5py's own (OSError, RuntimeError, KeyError, ValueError); the writer and the reader
translate them.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import h5py as _untyped  # pyright: ignore[reportMissingTypeStubs] - none are published
import numpy as np
from numpy.typing import ArrayLike, NDArray

from bench.record import json_text
from bench.record.storage import Bytes

h5py: Any = _untyped

FORMAT_BOUNDS = ("v110", "v110")
"""HDF5 1.10: chunk index with O(1) append, and readable by every tool since 2016."""
TEXT: Any = h5py.string_dtype("utf-8")
"""Element type of text columns."""
Place = int | tuple[int, ...]
"""First row of a chunk, or its first element along each dimension."""
_META_BLOCK = 64 * 1024
"""What HDF5 knows of its objects stands together in blocks of this size: a commit changes fewer
pages."""
_NO_ATTRIBUTES: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True)
class ChunkInfo:
    """Where a chunk stands in the file."""

    offset: int
    """First byte in the file."""
    size: int
    """Stored bytes."""
    filter_mask: int
    """Bit k: filter k was left out (0: shuffle, 1: deflate)."""


class Column:
    """A chunked dataset that grows along its rows: one dimension, or two or three."""

    def __init__(self, identity: Any) -> None:
        self._id = identity

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
        return self._dataset.dtype

    @property
    def identity(self) -> Any:
        """The HDF5 object, for hard links."""
        return self._id

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

    def write_chunk(self, place: Place, data: Bytes) -> None:
        """Store a whole chunk as it is: shuffled and deflated, where the column is so.

        Args:
            place: first row of the chunk, or its first element along each dimension.
            data: the stored bytes; rows beyond the length count for nothing.
        """
        self._id.write_direct_chunk(self._corner(place), data)

    def read_chunk(self, place: Place) -> tuple[int, bytes]:
        """Return filter mask and stored bytes of a chunk.

        Raises:
            ValueError: there is no such chunk.
        """
        mask, data = self._id.read_direct_chunk(self._corner(place))
        return int(mask), cast("bytes", data)

    def chunk_info(self, place: Place) -> ChunkInfo | None:
        """Return where a chunk stands; None: it was never written."""
        found = self._id.get_chunk_info_by_coord(self._corner(place))
        if found.byte_offset is None:
            return None
        return ChunkInfo(int(found.byte_offset), int(found.size), int(found.filter_mask))

    def _corner(self, place: Place) -> tuple[int, ...]:
        if isinstance(place, tuple):
            return place
        return (place, *(0,) * (len(self._id.shape) - 1))

    def read(self, start: int = 0, stop: int | None = None) -> NDArray[Any]:
        """Return the rows from `start` up to before `stop`."""
        return cast("NDArray[Any]", self._dataset[start:stop])

    def texts(self) -> list[str]:
        """Return all values of a text column."""
        return [str(text) for text in self._dataset.asstr()[:]]

    def describe(self, attributes: Mapping[str, object]) -> None:
        """Set attributes."""
        _describe(self._id, attributes)

    def attributes(self) -> dict[str, object]:
        """Return all attributes as plain Python values."""
        return _attributes(self._dataset)


class Group:
    """A group of a run file."""

    def __init__(self, group: Any) -> None:
        self._group = group

    def create(
        self, name: str, nexus_class: str, attributes: Mapping[str, object] = _NO_ATTRIBUTES
    ) -> Group:
        """Return a new group of a NeXus class."""
        return self.create_node(node_name(name), nexus_class, attributes)

    def create_node(
        self, node: str, nexus_class: str, attributes: Mapping[str, object] = _NO_ATTRIBUTES
    ) -> Group:
        """Return a new group whose link name is given as it is."""
        properties = h5py.h5p.create(h5py.h5p.GROUP_CREATE)
        properties.set_obj_track_times(False)  # equal runs are equal files
        identity = h5py.h5g.create(self._group.id, _bytes(node), gcpl=properties)
        _create_attributes(identity, {"NX_class": nexus_class, **attributes})
        return Group(h5py.Group(identity))

    def create_column(self, name: str, dtype: Any, chunk: int) -> Column:
        """Return a new empty column; numbers are shuffled and deflated."""
        return self.create_array(name, dtype, (0,), (chunk,), is_packed=dtype is not TEXT)

    def create_array(
        self,
        name: str,
        dtype: Any,
        shape: tuple[int, ...],
        chunk: tuple[int, ...],
        *,
        grows: int = 0,
        is_packed: bool = True,
        attributes: Mapping[str, object] = _NO_ATTRIBUTES,
    ) -> Column:
        """Return a new dataset.

        Args:
            name: its name.
            dtype: element type.
            shape: extent at first.
            chunk: extent of a chunk.
            grows: dimension without bound.
            is_packed: whether chunks are shuffled and deflated.
            attributes: what describes it.
        """
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk(chunk)
        properties.set_obj_track_times(False)
        if is_packed:
            properties.set_shuffle()
            properties.set_deflate(1)
        bounds = tuple(h5py.h5s.UNLIMITED if i == grows else n for i, n in enumerate(shape))
        identity = h5py.h5d.create(
            self._group.id,
            _bytes(node_name(name)),
            h5py.h5t.py_create(np.dtype(dtype), logical=True),
            h5py.h5s.create_simple(shape, bounds),
            properties,
            dapl=_uncached(),
        )
        _create_attributes(identity, attributes)
        return Column(identity)

    def link(self, name: str, member: Column | Group) -> None:
        """Make an existing column or group also a member of this group."""
        h5py.h5o.link(member.identity, self._group.id, _bytes(node_name(name)))

    @property
    def identity(self) -> Any:
        """The HDF5 object, for hard links."""
        return self._group.id

    @property
    def path(self) -> str:
        """Path in the file."""
        return str(self._group.name)

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
        self.put_bytes(name, json_text.encode(value).encode("utf-8", "replace"))

    def put_bytes(self, name: str, content: bytes) -> None:
        """Write UTF-8 JSON bytes, in place of older ones."""
        if name in self._group:
            del self._group[name]
        data = np.frombuffer(content, np.uint8)
        made = self._group.create_dataset(name, data=data, compression=1, shuffle=True)
        made.attrs["mimetype"] = "application/json"

    def describe(self, attributes: Mapping[str, object]) -> None:
        """Set attributes."""
        _describe(self._group.id, attributes)

    def __contains__(self, name: str) -> bool:
        return node_name(name) in self._group

    def group(self, name: str) -> Group:
        """Return a member group.

        Raises:
            KeyError: there is none of that name.
        """
        return self.node(node_name(name))

    def node(self, node: str) -> Group:
        """Return the member group of a link name.

        Raises:
            KeyError: there is none.
        """
        identity = h5py.h5o.open(self._group.id, _bytes(node))
        if not isinstance(identity, h5py.h5g.GroupID):
            raise KeyError(node)
        return Group(h5py.Group(identity))

    def groups(self) -> list[Group]:
        """Return all member groups."""
        return [Group(node) for node in self._group.values() if isinstance(node, h5py.Group)]

    def column(self, name: str) -> Column:
        """Return a member column.

        Raises:
            KeyError: there is none of that name.
        """
        identity = h5py.h5o.open(self._group.id, _bytes(node_name(name)))
        if not isinstance(identity, h5py.h5d.DatasetID) or identity.rank == 0:
            raise KeyError(name)
        return Column(identity)

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
        return json_text.decode(self.content(name))

    def content(self, name: str) -> bytes:
        """Return the bytes of a member JSON text.

        Raises:
            KeyError: there is none.
        """
        return cast("bytes", self._group[node_name(name)][()].tobytes())

    def attributes(self) -> dict[str, object]:
        """Return all attributes as plain Python values."""
        return _attributes(self._group)

    def integer(self, name: str) -> int:
        """Return an attribute that is a whole number.

        Raises:
            KeyError, TypeError: there is none, or it is something else.
        """
        value = _plain(self._group.attrs[name])
        if not isinstance(value, int):
            raise TypeError(name)
        return value


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
    return File(h5py.File(stream, "w", libver=FORMAT_BOUNDS, meta_block_size=_META_BLOCK))


def open_to_read(path: Path) -> File:
    """Return an existing file; no lock is taken, a writer is not hindered."""
    return File(h5py.File(path, "r", locking=False))


def open_to_change(stream: io.RawIOBase) -> File:
    """Return an existing file for changing it, written through a stream."""
    return File(h5py.File(stream, "r+", libver=FORMAT_BOUNDS, meta_block_size=_META_BLOCK))


def open_stream_to_read(stream: io.RawIOBase) -> File:
    """Return an existing file read through a stream."""
    return File(h5py.File(stream, "r"))


def node_name(name: str) -> str:
    """Return a name as a link name: what HDF5 reserves is written as %XX (RFC 3986)."""
    safe = storable_text(name).replace("%", "%25").replace("/", "%2F")
    only_dots = not safe.strip(".")
    return (safe.replace(".", "%2E") or "%") if only_dots else safe


def storable_text(text: str) -> str:
    """Return a text HDF5 can hold: NUL and lone surrogates become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "�")


def _bytes(node: str) -> bytes:
    return node.encode("utf-8")


def _uncached() -> Any:
    """Whole chunks are written and read directly: a cache would cost memory per dataset."""
    properties = h5py.h5p.create(h5py.h5p.DATASET_ACCESS)
    properties.set_chunk_cache(1, 0, 0.75)
    return properties


def _describe(identity: Any, attributes: Mapping[str, object]) -> None:
    for name, value in attributes.items():
        node = _bytes(name)
        if not h5py.h5a.exists(identity, node):
            continue
        if type(value) is int and _is_integer(h5py.h5a.open(identity, node)):
            h5py.h5a.open(identity, node).write(np.array(value, np.int64))
        else:
            h5py.h5a.delete(identity, node)
    missing = {
        name: value
        for name, value in attributes.items()
        if not h5py.h5a.exists(identity, _bytes(name))
    }
    _create_attributes(identity, missing)


def _is_integer(attribute: Any) -> bool:
    return attribute.shape == () and attribute.dtype == np.dtype("<i8")


def _create_attributes(identity: Any, attributes: Mapping[str, object]) -> None:
    """Make new attributes; an eighth of the time h5py's own way takes."""
    scalar = h5py.h5s.create(h5py.h5s.SCALAR)
    for name, value in attributes.items():
        array = _attribute_array(value)
        space = h5py.h5s.create_simple(array.shape) if array.shape else scalar
        kind = h5py.h5t.py_create(array.dtype, logical=True)
        h5py.h5a.create(identity, _bytes(name), kind, space).write(array)


def _attribute_array(value: object) -> NDArray[Any]:
    """Return a value as an array HDF5 can hold: texts, numbers, lists of them."""
    if isinstance(value, str):
        return np.array(storable_text(value), TEXT)
    if isinstance(value, list | tuple):
        items = cast("Sequence[object]", value)
        if items and isinstance(items[0], str):
            return np.array([storable_text(str(item)) for item in items], TEXT)
    return np.array(value)


def _attributes(node: Any) -> dict[str, object]:
    return {str(name): _plain(value) for name, value in node.attrs.items()}


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
