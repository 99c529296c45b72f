"""What a damaged file still tells of its run, each piece by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, cast

from bench.channel import Calibration, Channel, Kind, Stored
from bench.messages import Bilingual, Message
from bench.record import json_text
from bench.record.hdf5 import Group
from bench.record.hdf5.by_address import groups_in_order
from bench.record.layout.header import read_group, stretch_of
from bench.record.layout.index import channels_of, read_index
from bench.record.layout.instruments import read_identities
from bench.record.port import SCAN, Header, RateGroup, StoredChannel
from bench.runs.repairing.attempts import Attempts
from bench.runs.repairing.found_entry import TEXT_SUMS
from bench.runs.repairing.padded_file import MARK
from bench.units import unit


class SalvagedHeader:
    """Reads the header of a damaged file.

    Args:
        entry: ``/entry``.
        attempts: reads it.
    """

    def __init__(self, entry: Group, attempts: Attempts) -> None:
        self._entry = entry
        self._attempts = attempts
        self._sums = cast(
            "Mapping[str, str]",
            attempts(lambda: entry.group("checksums").json("texts"))
            or attempts(lambda: json_text.decode(entry.content(TEXT_SUMS)))
            or {},
        )
        self._lost: list[str] = []
        self._lost_groups: list[str] = []
        self._is_indexed = True

    @property
    def findings(self) -> tuple[Message, ...]:
        """What is lost."""
        found = [Message("repair.lost-text", {"name": name}) for name in self._lost]
        found += [Message("repair.lost-group", {"group": name}) for name in self._lost_groups]
        if not self._is_indexed:
            found.append(Message("repair.no-index"))
        return tuple(found)

    @property
    def is_indexed(self) -> bool:
        """Whether the order of the channels is known."""
        return self._is_indexed

    def read(self) -> Header:
        """Return the header; what is lost is empty.

        Raises:
            KeyError, TypeError, ValueError, RuntimeError, OSError: not even the times are known.
        """
        entry = self._entry
        scan = cast("dict[str, Any]", entry.group(SCAN).attributes())
        channels = self._channels()
        names = cast("list[str]", entry.json("groups"))
        groups = [self._group(name, channels.get(name, ())) for name in names if name != SCAN]
        simulation = entry.group("simulation")
        return Header(
            title=self._text("title", lambda: entry.text("title")),
            rig_name=self._text("rig/name", lambda: entry.group("rig").text("name")),
            rig_text=self._text("rig/text", lambda: entry.group("rig").text("text")),
            protocol_name=self._text("protocol/name", lambda: entry.group("protocol").text("name")),
            texts=self._texts(),
            parameters=self._mapping("parameters", lambda: entry.json("parameters")),
            object_kind=self._text("sample/kind", lambda: entry.group("sample").text("kind")),
            object_serial=self._text(
                "sample/serial_number", lambda: entry.group("sample").text("serial_number")
            ),
            operator=self._text("user/name", lambda: entry.group("user").text("name")),
            seed=int(self._text("simulation/seed", lambda: simulation.text("seed")) or 0),
            simulated=bool(simulation.attributes()["simulated"]),
            plant=self._mapping("simulation/plant", lambda: simulation.json("plant")),
            channels=tuple(each.channel for each in channels.get(SCAN, ())),
            scan_period_ns=int(scan["scan_period_ns"]),
            start_utc_ns=int(scan["epoch_ns"]),
            identities=self._identities(),
            gas=self._mapping("gas/lot", lambda: entry.group("gas").json("lot")),
            object_data=self._mapping("sample/data", lambda: entry.group("sample").json("data")),
            start_ns=int(scan["start_ns"]),
            groups=tuple(group for group in groups if group is not None),
            stretch_ns=stretch_of(scan),
        )

    def _group(self, name: str, channels: tuple[StoredChannel, ...]) -> RateGroup | None:
        found = self._attempts(lambda: read_group(self._entry.group(name), channels))
        if found is None:
            self._lost_groups.append(name)
        return found

    def _channels(self) -> dict[str, tuple[StoredChannel, ...]]:
        found = self._attempts(lambda: channels_of(read_index(self._entry)))
        if found is not None:
            return found
        self._is_indexed = False
        names = cast("list[str]", self._entry.json("groups"))
        found_groups = {name: self._attempts(lambda n=name: self._entry.group(n)) for name in names}
        return {
            name: tuple(self._described(group))
            for name, group in found_groups.items()
            if group is not None
        }

    def _described(self, group: Group) -> list[StoredChannel]:
        """Return the channels of a group from what stands beside their values."""
        found: list[StoredChannel] = []
        for link, node in (self._attempts(lambda: groups_in_order(group)) or {}).items():
            channel = self._attempts(lambda link=link, node=node: _channel_of(link, node))
            if channel is not None:
                found.append(channel)
        return found

    def _text(self, name: str, read: Callable[[], str]) -> str:
        found = self._attempts(read)
        if found is not None and self._is_proved(name, found):
            return found
        self._lost.append(name)
        return ""

    def _texts(self) -> Mapping[str, str]:
        found = self._attempts(lambda: self._entry.group("texts").texts())
        names = [name.removeprefix("texts/") for name in self._sums if name.startswith("texts/")]
        if found is None:
            self._lost += [f"texts/{name}" for name in names] or ["texts"]
            return {}
        proved = {n: text for n, text in found.items() if self._is_proved(f"texts/{n}", text)}
        self._lost += [f"texts/{name}" for name in {*names, *found} if name not in proved]
        return proved

    def _mapping(self, name: str, read: Callable[[], object]) -> Mapping[str, Any]:
        found = self._attempts(read)
        if isinstance(found, Mapping):
            known = cast("Mapping[str, Any]", found)
            if self._is_proved(name, json_text.encode(known)):
                return known
        self._lost.append(name)
        return {}

    def _identities(self) -> Mapping[str, str]:
        found = self._attempts(lambda: read_identities(self._entry.group("instrument")))
        if found is None:
            self._lost.append("instrument")
        return {name: text for name, text in (found or {}).items() if MARK not in text}

    def _is_proved(self, name: str, text: str) -> bool:
        known = self._sums.get(name)
        if known is None:
            return MARK not in text
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() == known


def _channel_of(link: str, node: Group) -> StoredChannel:
    """Return a channel as its own group tells it: range, uncertainty and titles are not there."""
    about, column = node.attributes(), node.column("value")
    values = cast("dict[str, Any]", column.attributes())
    dtype = column.dtype.str
    stored = {kind.value: kind for kind in Stored}
    shape = column.shape
    return StoredChannel(
        Channel(
            str(about.get("name", link)),
            Kind(str(about["kind"])),
            unit(str(values["units"])),
            title=Bilingual(str(values["long_name"])),
            source=str(about.get("source", "")),
            calibration=Calibration(str(about.get("calibration_id", ""))),
            storage=stored.get(dtype),
        ),
        dtype,
        float(values.get("scale_factor", 1.0)),
        float(values.get("add_offset", 0.0)),
        shape[1] if len(shape) > 1 else 1,
    )
