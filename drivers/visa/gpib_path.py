"""The way to an instrument behind a GPIB adapter, as a rig writes it in ``link:``.

Two VISA resources with a blank between them, as PyVISA names them: the adapter's interface, and the
instrument on its bus, with one board number::

    PRLGX-TCPIP3::192.168.1.30::1234::INTFC GPIB3::5::INSTR
    PRLGX-ASRL4::/dev/ttyUSB0::INTFC GPIB4::12::INSTR
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bench.errors import ConfigError

PORT = 1234
"""TCP port of a Prologix GPIB-ETHERNET controller."""

_LAN = re.compile(r"PRLGX-TCPIP(?P<board>\d*)::(?P<host>[^:\s]+)(?:::(?P<port>\d{1,5}))?::INTFC")
_SERIAL = re.compile(r"PRLGX-ASRL(?P<board>\d*)::(?P<device>[^:\s]+)::INTFC")
_INSTRUMENT = re.compile(r"GPIB(?P<board>\d*)::(?P<first>\d{1,2})(?:::(?P<second>\d{1,2}))?::INSTR")
_HIGHEST_ADDRESS = 30


@dataclass(frozen=True)
class GpibPath:
    """An adapter, and an address on its bus."""

    adapter: str
    """The adapter's interface, as the rig writes it; instruments with the same one share a bus."""
    resource: str
    """VISA resource under which the adapter itself is opened: a socket or a serial line."""
    host: str
    """Where an adapter on the LAN is; empty: on a serial line."""
    port: int
    """Its TCP port."""
    address: str
    """Primary address, and secondary if there is one, as adapters take them: ``5``, ``9 96``."""


def gpib_path(instrument: str, link: str) -> GpibPath | None:
    """Return the way to an instrument behind an adapter; None: it has a link of its own.

    Raises:
        ConfigError: two words that are not an adapter and an instrument on its bus.
    """
    words = link.split()
    if len(words) < 2:
        return None
    adapter, behind = words[0].upper(), _INSTRUMENT.fullmatch(words[-1].upper())
    lan = _LAN.fullmatch(adapter)
    serial = _SERIAL.fullmatch(words[0])
    found = lan or serial
    if len(words) > 2 or behind is None or found is None:
        raise ConfigError("link.no-path", instrument=instrument, link=link)
    if (found["board"] or "0") != (behind["board"] or "0") or not _is_address(behind):
        raise ConfigError("link.no-path", instrument=instrument, link=link)
    second = "" if behind["second"] is None else f" {96 + int(behind['second'])}"
    address = f"{int(behind['first'])}{second}"
    if lan is not None:
        host, port = lan["host"].lower(), int(lan["port"] or PORT)
        resource = f"TCPIP::{host}::{port}::SOCKET"
        return GpibPath(words[0], resource, host, port, address)
    return GpibPath(words[0], f"ASRL{found['device']}::INSTR", "", 0, address)


def _is_address(found: re.Match[str]) -> bool:
    numbers = (found["first"], found["second"] or "0")
    return all(int(number) <= _HIGHEST_ADDRESS for number in numbers)
