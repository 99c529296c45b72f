"""What a run file holds beside its rows: header, provenance, ending, checksums of the texts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, cast

from bench.messages import Message
from bench.record import json_text
from bench.record.hdf5 import Group, storable_text
from bench.record.hdf5.fingerprint import fingerprint
from bench.record.layout.index import channels_of, read_index, write_index
from bench.record.layout.instruments import create_instruments, read_identities
from bench.record.layout.iso_time import iso, utc_ns
from bench.record.layout.tables import sentence
from bench.record.port import SCAN, Ending, Header, Provenance, RateGroup, StoredChannel
from bench.record.rows import groups_of

FORMAT = "h2bench-run"
"""Name of the format, in the root attribute ``format``."""
_CHECKSUM = "checksum"
_CONTINUES = "continues"
_STRETCH = "stretch_ns"


def write_header(entry: Group, header: Header) -> Group:
    """Write everything known at the start but the columns; return the instruments."""
    entry.put_text("title", header.title)
    entry.put_text("definition", FORMAT)
    entry.put_text("start_time", iso(header.start_utc_ns))
    if header.continues:
        entry.put_text(_CONTINUES, header.continues)
    entry.put_json("parameters", header.parameters)
    entry.put_json("groups", [group.name for group in groups_of(header)])
    _write_texts(entry, header)
    _write_object(entry, header)
    simulation = entry.create("simulation", "NXcollection", {"simulated": header.simulated})
    simulation.put_text("seed", str(header.seed))
    simulation.put_json("plant", header.plant)
    write_index(entry, groups_of(header))
    return create_instruments(entry, header)


def _write_texts(entry: Group, header: Header) -> None:
    rig = entry.create("rig", "NXcollection")
    rig.put_text("name", header.rig_name)
    rig.put_text("text", header.rig_text)
    entry.create("protocol", "NXcollection").put_text("name", header.protocol_name)
    texts = entry.create("texts", "NXcollection")
    for name, text in header.texts.items():
        texts.put_text(name, text)


def _write_object(entry: Group, header: Header) -> None:
    sample = entry.create("sample", "NXsample")
    sample.put_text("kind", header.object_kind)
    sample.put_text("serial_number", header.object_serial)
    sample.put_json("data", header.object_data)
    entry.create("user", "NXuser").put_text("name", header.operator)
    entry.create("gas", "NXcollection").put_json("lot", header.gas)


def group_attributes(header: Header, group: RateGroup) -> dict[str, object]:
    """Return what a group of channels says of itself: its interval is exact, as texts."""
    found: dict[str, object] = {
        "name": group.name, "epoch_ns": header.start_utc_ns, "start_ns": header.start_ns,
        "clock": "monotonic; epoch in UTC", "has_quality": int(group.has_quality),
    }  # fmt: skip
    interval = group.interval_ns
    if group.name == SCAN:
        found["scan_period_ns"] = header.scan_period_ns
        if header.stretch_ns:
            found[_STRETCH] = header.stretch_ns
        interval = Fraction(header.scan_period_ns)
    else:
        found |= _interval(interval)
    if interval:
        rate = 1_000_000_000 / interval
        found |= {
            "rate_numerator": str(rate.numerator), "rate_denominator": str(rate.denominator),
            "rate_units": "Hz",
        }  # fmt: skip
    return found


def _interval(interval: Fraction | None) -> dict[str, object]:
    if interval is None:
        return {}
    return {
        "interval_numerator": str(interval.numerator),
        "interval_denominator": str(interval.denominator),
        "interval_units": "ns",
    }


def read_header(entry: Group) -> Header:
    """Return what was known when the run began, with the identities known since.

    Raises:
        KeyError, TypeError, ValueError: something is missing or not as written.
    """
    rig, sample, simulation = (entry.group(name) for name in ("rig", "sample", "simulation"))
    scan = cast("dict[str, Any]", entry.group(SCAN).attributes())
    channels = channels_of(read_index(entry))
    return Header(
        title=entry.text("title"),
        rig_name=rig.text("name"),
        rig_text=rig.text("text"),
        protocol_name=entry.group("protocol").text("name"),
        texts=entry.group("texts").texts(),
        parameters=cast("dict[str, str]", entry.json("parameters")),
        object_kind=sample.text("kind"),
        object_serial=sample.text("serial_number"),
        operator=entry.group("user").text("name"),
        seed=int(simulation.text("seed")),
        simulated=bool(simulation.attributes()["simulated"]),
        plant=cast("dict[str, float]", simulation.json("plant")),
        channels=tuple(each.channel for each in channels.get(SCAN, ())),
        scan_period_ns=int(scan["scan_period_ns"]),
        start_utc_ns=int(scan["epoch_ns"]),
        identities=read_identities(entry.group("instrument")),
        gas=cast("dict[str, object]", entry.group("gas").json("lot")),
        object_data=cast("dict[str, object]", sample.json("data")),
        start_ns=int(scan["start_ns"]),
        groups=_read_groups(entry, channels),
        continues=read_continues(entry),
        stretch_ns=stretch_of(scan),
    )


def stretch_of(scan: Mapping[str, Any]) -> int:
    """Return the longest leap between two scans, ns, as the attributes of their group tell it."""
    return int(scan.get(_STRETCH, 0))


def read_continues(entry: Group) -> str:
    """Return the file name of the run that a run goes on from; empty: it began anew."""
    return entry.text(_CONTINUES) if _CONTINUES in entry else ""


def _read_groups(
    entry: Group, channels: Mapping[str, tuple[StoredChannel, ...]]
) -> tuple[RateGroup, ...]:
    names = cast("list[str]", entry.json("groups"))
    return tuple(
        read_group(entry.group(name), channels.get(name, ())) for name in names if name != SCAN
    )


def read_group(group: Group, channels: tuple[StoredChannel, ...]) -> RateGroup:
    """Return a group beside the scan, with its channels as the index lists them.

    Raises:
        KeyError, TypeError, ValueError: something is missing or not as written.
    """
    found = cast("dict[str, Any]", group.attributes())
    interval = None
    if "interval_numerator" in found:
        interval = Fraction(int(found["interval_numerator"]), int(found["interval_denominator"]))
    return RateGroup(str(found["name"]), channels, interval, bool(found["has_quality"]))


def write_provenance(entry: Group, provenance: Provenance, run_uuid: str) -> None:
    """Write what may differ between equal runs: only this group does."""
    made = entry.create("provenance", "NXcollection")
    made.put_text("created", iso(provenance.created_utc_ns))
    made.put_text("host", provenance.host)
    made.put_json("software", provenance.software)
    made.put_text("file_uuid", provenance.uuid)
    made.put_text("run_uuid", run_uuid)
    made.put_json(_CHECKSUM, provenance_checksum(entry))


def provenance_checksum(entry: Group) -> str:
    """Return SHA-256 (hex) of what may differ between equal runs.

    Raises:
        KeyError, OSError, RuntimeError, TypeError, ValueError: it is missing or not as written.
    """
    return fingerprint(entry, "provenance", without=_CHECKSUM)


def read_provenance_checksum(entry: Group) -> str:
    """Return the checksum that was written of it.

    Raises:
        KeyError, ValueError: there is none.
    """
    return str(entry.group("provenance").json(_CHECKSUM))


def read_provenance(entry: Group) -> Provenance:
    """Return what may differ between equal runs.

    Raises:
        KeyError, TypeError, ValueError: something is missing or not as written.
    """
    group = entry.group("provenance")
    return Provenance(
        created_utc_ns=utc_ns(group.text("created")),
        host=group.text("host"),
        software=cast("dict[str, str]", group.json("software")),
        uuid=group.text("file_uuid"),
    )


def read_run_uuid(entry: Group) -> str:
    """Return the identity of the run, the same in all of its parts.

    Raises:
        KeyError: there is none.
    """
    return entry.group("provenance").text("run_uuid")


def write_ending(entry: Group, header: Header, rows: int, ending: Ending) -> None:
    """Write how the run ended, after so many scans in this part."""
    group = entry.create("ending", "NXcollection", {"end_ns": ending.end_ns, "rows": rows})
    group.put_text("state", ending.state)
    group.put_json("message", ending.message)
    group.put_text("text", sentence(ending.message) if ending.message else "")
    entry.put_text("end_time", iso(header.start_utc_ns + ending.end_ns - header.start_ns))


def read_ending(entry: Group) -> Ending | None:
    """Return how the run ended; None: this file does not tell.

    Raises:
        KeyError, TypeError, ValueError: something is missing or not as written.
    """
    if "ending" not in entry:
        return None
    group = entry.group("ending")
    message = group.json("message")
    if not isinstance(message, Message | None):
        raise TypeError(message)
    return Ending(group.text("state"), message, int(cast("int", group.attributes()["end_ns"])))


def text_checksums(header: Header) -> dict[str, str]:
    """Return SHA-256 (hex) of every text and JSON value, by its path below ``/entry``."""
    texts = {
        "title": header.title,
        "rig/name": header.rig_name,
        "rig/text": header.rig_text,
        "protocol/name": header.protocol_name,
        "sample/kind": header.object_kind,
        "sample/serial_number": header.object_serial,
        "user/name": header.operator,
        "simulation/seed": str(header.seed),
        **{f"texts/{name}": text for name, text in header.texts.items()},
    }
    if header.continues:
        texts[_CONTINUES] = header.continues
    values = {
        "parameters": header.parameters,
        "sample/data": header.object_data,
        "gas/lot": header.gas,
        "simulation/plant": header.plant,
    }
    found = {name: _digest(storable_text(text)) for name, text in texts.items()}
    return found | {name: _digest(json_text.encode(value)) for name, value in values.items()}


def part_of_run(header: Header, identities: Mapping[str, str]) -> Header:
    """Return the header of a further part: what the instruments said meanwhile is known."""
    return replace(header, identities={**header.identities, **identities})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
