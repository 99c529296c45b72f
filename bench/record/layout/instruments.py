"""The instruments of a run file: who they say they are, and their readings as NXlog."""

from __future__ import annotations

from collections.abc import Iterable

from bench.channel import Channel, Kind
from bench.record.hdf5 import Column, Group
from bench.record.port import Header


def create_instruments(entry: Group, header: Header) -> Group:
    """Write what is known of the instruments."""
    instruments = entry.create("instrument", "NXinstrument")
    for name, identity in header.identities.items():
        write_identity(instruments, name, identity)
    return instruments


def write_identity(instruments: Group, name: str, identity: str) -> None:
    """Write what an instrument says it is, in place of what was known."""
    _sensor(instruments, name).put_text("identity", identity)


def read_identities(instruments: Group) -> dict[str, str]:
    """Return instrument → what it says it is.

    Raises:
        KeyError: an instrument without a name.
    """
    return {
        str(group.attributes()["name"]): group.text("identity")
        for group in instruments.groups()
        if "identity" in group
    }


def link_readings(
    instruments: Group, time: Column, values: Iterable[tuple[Channel, Column]]
) -> None:
    """Show each measured channel as the reading of its instrument: hard links, no copy."""
    sensors: dict[str, Group] = {}
    for channel, value in values:
        instrument, dot, reading = channel.source.partition(".")
        if channel.kind is not Kind.MEASURED or not (instrument and dot and reading):
            continue
        if instrument not in sensors:
            sensors[instrument] = _sensor(instruments, instrument)
        log = _free_name(sensors[instrument], reading)
        made = sensors[instrument].create(log, "NXlog")
        made.link("time", time)
        made.link("value", value)


def _free_name(sensor: Group, reading: str) -> str:
    """Two channels may show one reading; ``identity`` is no reading."""
    name = reading if reading != "identity" else "identity_"
    counter = 1
    found = name
    while found in sensor:
        counter += 1
        found = f"{name}_{counter}"
    return found


def _sensor(instruments: Group, name: str) -> Group:
    if name not in instruments:
        return instruments.create(name, "NXsensor", {"name": name})
    return instruments.group(name)
