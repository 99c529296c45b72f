"""Groups and what stands in them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, cast

import numpy as np

from bench.record import json_text
from bench.record.hdf5.attributes import attributes_of, create_attributes, describe, plain, text_of
from bench.record.hdf5.column import Column
from bench.record.hdf5.library import TEXT, h5py, uncached
from bench.record.hdf5.names import link_name, node_name, storable_text

_NO_ATTRIBUTES: Mapping[str, object] = MappingProxyType({})


class Group:
    """A group of a run file."""

    def __init__(self, group: Any) -> None:
        self._group = group

    def create(
        self, name: str, nexus_class: str, attributes: Mapping[str, object] = _NO_ATTRIBUTES
    ) -> Group:
        """Return a new group of a NeXus class."""
        properties = h5py.h5p.create(h5py.h5p.GROUP_CREATE)
        properties.set_obj_track_times(False)  # equal runs are equal files
        identity = h5py.h5g.create(self._group.id, link_name(node_name(name)), gcpl=properties)
        create_attributes(identity, {"NX_class": nexus_class, **attributes})
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
            link_name(node_name(name)),
            h5py.h5t.py_create(np.dtype(dtype), logical=True),
            h5py.h5s.create_simple(shape, bounds),
            properties,
            dapl=uncached(),
        )
        create_attributes(identity, attributes)
        return Column(identity)

    def link(self, name: str, member: Column | Group) -> None:
        """Make an existing column or group also a member of this group."""
        h5py.h5o.link(member.identity, self._group.id, link_name(node_name(name)))

    @property
    def identity(self) -> Any:
        """The HDF5 object, for hard links."""
        return self._group.id

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
        made = self._group.create_dataset(name, data=data, chunks=data.shape, compression=1)
        made.attrs["mimetype"] = "application/json"

    def describe(self, attributes: Mapping[str, object]) -> None:
        """Set attributes."""
        describe(self._group.id, attributes)

    def __contains__(self, name: str) -> bool:
        return node_name(name) in self._group

    def group(self, name: str) -> Group:
        """Return a member group.

        Raises:
            KeyError: there is none of that name.
        """
        identity = h5py.h5o.open(self._group.id, link_name(node_name(name)))
        if not isinstance(identity, h5py.h5g.GroupID):
            raise KeyError(name)
        return Group(h5py.Group(identity))

    def groups(self) -> list[Group]:
        """Return all member groups."""
        return [Group(node) for node in self._group.values() if isinstance(node, h5py.Group)]

    def column(self, name: str) -> Column:
        """Return a member column.

        Raises:
            KeyError: there is none of that name.
        """
        identity = h5py.h5d.open(self._group.id, link_name(node_name(name)), dapl=uncached())
        if identity.rank == 0:
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
                found[text_of(node.attrs["name"])] = str(node.asstr()[()])
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
        return attributes_of(self._group.id)

    def integer(self, name: str) -> int:
        """Return an attribute that is a whole number.

        Raises:
            KeyError, TypeError: there is none, or it is something else.
        """
        value = plain(self._group.attrs[name])
        if not isinstance(value, int):
            raise TypeError(name)
        return value
