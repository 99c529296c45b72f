"""CRC-8 of SAE J1850, as AUTOSAR uses it: polynomial 0x1D, start 0xFF, final inversion."""

from __future__ import annotations

POLYNOMIAL = 0x1D


def _row(byte: int) -> int:
    for _ in range(8):
        byte = byte << 1 ^ POLYNOMIAL if byte & 0x80 else byte << 1
    return byte & 0xFF


_TABLE = tuple(_row(byte) for byte in range(256))


def crc8(data: bytes, start: int = 0xFF) -> int:
    """Return the checksum of bytes."""
    crc = start
    for byte in data:
        crc = _TABLE[crc ^ byte]
    return crc ^ 0xFF


def start_for(id: int) -> int:  # noqa: A002 - the field's word
    """Return the start that counts the low byte of a CAN id in, so that ids cannot be mixed up."""
    return _TABLE[0xFF ^ id & 0xFF]
