"""What a run file holds beside its rows: header, provenance, ending."""

from __future__ import annotations

from typing import Any, cast

from bench.channel import Channel
from bench.messages import Message
from bench.record.hdf5 import Group
from bench.record.layout import utc_ns
from bench.record.port import Ending, Header, Provenance


def read_header(entry: Group, channels: tuple[Channel, ...]) -> Header:
    """Return what was known when the run began, with the identities known at its end.

    Raises:
        KeyError, TypeError, ValueError: something is missing or not as written.
    """
    rig, sample, simulation = (entry.group(name) for name in ("rig", "sample", "simulation"))
    scan = cast("dict[str, Any]", entry.group("scan").attributes())
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
        channels=channels,
        scan_period_ns=int(scan["scan_period_ns"]),
        start_utc_ns=int(scan["epoch_ns"]),
        identities=_identities(entry.group("instrument")),
        gas=cast("dict[str, object]", entry.group("gas").json("lot")),
        object_data=cast("dict[str, object]", sample.json("data")),
        start_ns=int(scan["start_ns"]),
    )


def _identities(instruments: Group) -> dict[str, str]:
    return {
        str(group.attributes()["name"]): group.text("identity") for group in instruments.groups()
    }


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


def read_ending(entry: Group) -> Ending | None:
    """Return how the run ended; None: the file was never closed.

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


def closed_rows(entry: Group) -> int | None:
    """Return how many rows a closed file says it holds; None: it was never closed.

    Raises:
        KeyError, TypeError, ValueError: something is missing or not as written.
    """
    if "ending" not in entry:
        return None
    return int(cast("int", entry.group("ending").attributes()["rows"]))
