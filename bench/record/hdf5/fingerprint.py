"""What stands in a group or dataset, as one checksum: links, attributes, texts and values.

HDF5 has checksums of the heads of its objects, none of the heap with texts of variable length:
text attributes and text columns.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any, cast

from bench.record.hdf5.attributes import attributes_of
from bench.record.hdf5.group import Group
from bench.record.hdf5.library import h5py
from bench.record.hdf5.names import link_name

Wanted = Callable[[str], bool]
"""Takes the link of a dataset; returns whether its values count, or its attributes alone."""


def links_of(group: Group) -> list[str]:
    """Return the links to the members of a group, sorted."""
    return sorted(name.decode("utf-8") for name in cast("list[bytes]", list(group.identity)))


def fingerprint(
    parent: Group,
    path: str,
    *,
    wanted: Wanted = lambda _: True,
    without: str | None = None,
    is_deep: bool = True,
) -> str:
    """Return SHA-256 (hex) of what stands at a path; of an object with two links once.

    Args:
        parent: the group from which the path leads.
        path: link after link, each as it stands in the file; from the root with ``/`` before it.
        wanted: of which datasets the values count.
        without: link to a member that does not count at all.
        is_deep: whether the members of a group count, or its attributes alone.

    Raises:
        KeyError, OSError, RuntimeError, TypeError, ValueError: something cannot be read.
    """
    taken = hashlib.sha256()
    node = _opened(parent.identity, link_name(path))
    skipped = {link_name(without)} if without else set[bytes]()
    pieces = _pieces(node, path, wanted, skipped, set()) if is_deep else [_attributes(node)]
    for piece in pieces:
        taken.update(b"%d:" % len(piece))
        taken.update(piece)
    return taken.hexdigest()


def _pieces(
    identity: Any, link: str, wanted: Wanted, skipped: set[bytes], seen: set[object]
) -> Iterator[bytes]:
    yield _attributes(identity)
    if isinstance(identity, h5py.h5d.DatasetID):
        if wanted(link):
            yield _values(identity)
        return
    h5py.h5o.get_info(identity)  # reads how many attributes are indexed, which others do, too
    for name in sorted(cast("list[bytes]", list(identity))):
        if name in skipped:
            continue
        yield name
        address = identity.links.get_info(name).u
        if address not in seen:
            seen.add(address)
            member = _opened(identity, name)
            yield from _pieces(member, name.decode("utf-8"), wanted, skipped, seen)


def _attributes(identity: Any) -> bytes:
    return json.dumps(attributes_of(identity), sort_keys=True).encode()


def _opened(identity: Any, link: bytes) -> Any:
    return h5py.h5o.open(identity, link)


def _values(identity: Any) -> bytes:
    dataset = h5py.Dataset(identity)
    if identity.dtype.hasobject:
        found = dataset.asstr()[()]
        return json.dumps(found if isinstance(found, str) else found.tolist()).encode()
    return cast("bytes", dataset[()].tobytes())
