"""Where a simulated cell leaves word of itself for the commands of its user."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from bench.model import BenchModel
from bench.service.address import address_folder
from drivers.simulated.addresses import links_of
from drivers.simulated.faults.control import ControlFile


def control_path(rig: str) -> Path:
    """Return the file in which the simulated cell of a rig says where it takes requests."""
    return address_folder() / f"simulate-{quote(rig, safe='')[:200]}.json"


@contextmanager
def told(model: BenchModel, port: int, secret: str) -> Generator[None]:
    """Leave word of a simulated cell that serves a rig, as long as it does.

    Raises:
        Refused: the file cannot be written.
    """
    path = control_path(model.name)
    file = ControlFile(model.name, port, secret, links_of(model.connections, model.buses))
    file.write(path)
    try:
        yield
    finally:
        file.remove(path)
