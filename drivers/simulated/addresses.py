"""Where the instruments of a rig are reached on this machine.

The rig says it in its ``link:`` and ``buses:``, in the words of PyVISA and python-can: the same
text serves the program that drives the instruments and the one that simulates them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bench.device import Connection, LinkKind
from bench.errors import ConfigError
from drivers.visa.gpib_path import gpib_path

_SOCKET = re.compile(r"TCPIP\d*::(?P<host>[^:]+)::(?P<port>\d{1,5})::SOCKET", re.IGNORECASE)
_LOOPBACK = frozenset({"127.0.0.1", "localhost"})
_HIGHEST_PORT = 65535


@dataclass(frozen=True)
class CanAddress:
    """One bus behind a socketcand server of this machine."""

    port: int
    """TCP port; 0: any free one."""
    channel: str
    """Name of the bus at the server."""


@dataclass(frozen=True)
class GpibAddress:
    """An instrument on the bus of a GPIB adapter of this machine."""

    adapter: str
    """The adapter, as the rig writes it: instruments with the same one share a bus."""
    port: int
    """TCP port of the adapter; 0: any free one."""
    address: str
    """Address on the bus."""
    behind: str
    """VISA resource of the instrument on the bus: ``GPIB3::5::INSTR``."""

    @property
    def board(self) -> str:
        """Board number, as it stands in the names of adapter and instrument."""
        return self.behind.partition("::")[0].upper().removeprefix("GPIB")


def gpib_address(connection: Connection) -> GpibAddress | None:
    """Return where an instrument is behind a GPIB adapter; None: it is behind none.

    Raises:
        ConfigError: the adapter is not on this machine, or the link leads nowhere.
    """
    path = gpib_path(connection.name, connection.link)
    if path is None:
        return None
    if not _is_here(path.host) or path.port > _HIGHEST_PORT:
        raise ConfigError("simulate.not-here", instrument=connection.name, link=connection.link)
    return GpibAddress(path.adapter, path.port, path.address, connection.link.split()[-1])


def visa_port(connection: Connection) -> int:
    """Return the TCP port of an instrument; 0: any free one.

    Raises:
        ConfigError: its link is no raw socket of this machine.
    """
    found = _SOCKET.fullmatch(connection.link.strip())
    if found is None or not _is_here(found["host"]) or int(found["port"]) > _HIGHEST_PORT:
        raise ConfigError("simulate.not-here", instrument=connection.name, link=connection.link)
    return int(found["port"])


def can_address(bus: str, settings: Mapping[str, object]) -> CanAddress:
    """Return where a bus of the rig is to be served.

    Raises:
        ConfigError: it is not behind a socketcand server of this machine.
    """
    port = str(settings.get("port", ""))
    if (
        settings.get("interface") != "socketcand"
        or not _is_here(str(settings.get("host", "")))
        or not port.isdecimal()
        or int(port) > _HIGHEST_PORT
    ):
        shown = ", ".join(f"{name}: {value}" for name, value in settings.items())
        raise ConfigError("simulate.bus-not-here", bus=bus, settings=shown)
    return CanAddress(int(port), str(settings.get("channel", bus)))


def links_of(
    connections: Iterable[Connection], buses: Mapping[str, Mapping[str, object]]
) -> dict[str, str]:
    """Return where each instrument on a socket, and each bus in use, is served: name → place.

    Raises:
        ConfigError: one of them is not on this machine.
    """
    links: dict[str, str] = {}
    for each in connections:
        gpib = gpib_address(each) if each.driver.link is LinkKind.VISA else None
        if gpib is not None:
            links[each.name] = f"port {gpib.port}, GPIB address {gpib.address}"
        elif each.driver.link is LinkKind.VISA:
            links[each.name] = f"port {visa_port(each)}"
        else:
            at = can_address(each.link, buses[each.link])
            links[each.link] = f"port {at.port}, bus {at.channel}"
    return links


def _is_here(host: str) -> bool:
    return host.lower() in _LOOPBACK
