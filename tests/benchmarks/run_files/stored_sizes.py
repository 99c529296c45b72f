"""How many bytes of a run file go where."""

from __future__ import annotations

from pathlib import Path

import h5py


def pyramid_bytes(path: Path) -> int:
    """Return the stored bytes of all pyramids of a run file."""
    total = 0

    def add(_: str, node: object) -> None:
        nonlocal total
        if isinstance(node, h5py.Dataset):
            total += node.id.get_storage_size()

    with h5py.File(path, "r") as file:
        file["entry/pyramid"].visititems(add)
    return total
