"""Objects of a file by where they stand, for a damaged file whose links are lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.record.hdf5.attributes import attributes_of, text_of
from bench.record.hdf5.column import Column
from bench.record.hdf5.group import Group
from bench.record.hdf5.library import h5py

OBJECT_SIGNATURE = b"OHDR\x02"
"""How the head of an object begins (HDF5 File Format Specification 3.0, IV.A.1.b)."""
_DAMAGE = (OSError, RuntimeError, ValueError, KeyError, TypeError)


@dataclass(frozen=True)
class FoundObject:
    """An object of a file; one of the three is given."""

    group: Group | None = None
    """A group."""
    column: Column | None = None
    """A dataset with rows."""
    text: tuple[str, str] | None = None
    """The name and the text of a single text."""


def objects_at(file: Group, addresses: Sequence[int]) -> Iterator[FoundObject]:
    """Yield the objects whose heads stand at addresses; where there is none, nothing.

    HDF5 checks the checksum of each head. A reference is an address, made here by hand: h5py opens
    nothing by address.
    """
    for reference in _references(addresses):
        try:
            identity = h5py.h5r.dereference(reference, file.identity)
            found = _found(identity)
        except _DAMAGE:
            continue
        if found is not None:
            yield found


def groups_in_order(group: Group) -> dict[str, Group]:
    """Return all member groups by their links, in the order in which they stand in the file."""
    members = h5py.Group(group.identity).items()
    found = {text_of(link): node for link, node in members if isinstance(node, h5py.Group)}
    places = {link: h5py.h5o.get_info(node.id).addr for link, node in found.items()}
    return {link: Group(found[link]) for link in sorted(found, key=places.__getitem__)}


def _references(addresses: Sequence[int]) -> list[Any]:
    if not addresses:
        return []
    count = len(addresses)
    with h5py.File("references", "w", driver="core", backing_store=False) as scratch:
        made = scratch.create_dataset("all", (count,), h5py.ref_dtype, chunks=(count,))
        made.id.write_direct_chunk((0,), np.array(addresses, "<u8").tobytes())
        return list(made[:])


def _found(identity: Any) -> FoundObject | None:
    if isinstance(identity, h5py.h5g.GroupID):
        return FoundObject(group=Group(h5py.Group(identity)))
    if not isinstance(identity, h5py.h5d.DatasetID):
        return None
    if identity.rank:
        return FoundObject(column=Column(identity))
    node = h5py.Dataset(identity)
    name = str(attributes_of(identity).get("name", ""))
    return FoundObject(text=(name, str(node.asstr()[()])))
