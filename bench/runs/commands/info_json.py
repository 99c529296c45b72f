"""A description of a run as plain values for JSON."""

from __future__ import annotations

import math
from dataclasses import asdict

from bench.messages import LANGUAGES, Message
from bench.record.json_text import strict
from bench.runs.channel_statistics import ChannelStatistics
from bench.runs.commands.describe import Description
from bench.runs.commands.taken import taken_in
from bench.runs.commands.wording import said


def plain_of(told: Description) -> dict[str, object]:
    """Return a description as plain values for JSON; times in s after the start."""
    header, at = told.header, told.after_start
    ending = told.ending.message if told.ending else None
    return {
        "file": str(told.path), "title": header.title, "object": header.object_kind,
        "serial": header.object_serial, "protocol": header.protocol_name, "rig": header.rig_name,
        "operator": header.operator, "simulated": header.simulated,
        "start_utc_ns": header.start_utc_ns, "seconds": told.seconds, "state": told.state,
        "ended": _plain(ending), "verdict": told.verdict, "parameters": dict(header.parameters),
        "identities": dict(header.identities), "bytes": told.size, "samples": told.samples,
        "bytes_per_sample": _finite(told.bytes_per_sample),
        "findings": [_plain(each) for each in told.findings],
        "parts": [
            {"part": each.number, "file": str(each.path), "bytes": each.size,
             "state": each.state, "first_s": each.first_s}
            for each in told.parts
        ],
        "groups": [
            {"group": each.name, "channels": each.channels, "rate_hz": each.rate_hz,
             "rows": each.rows, "unpacked_bytes": each.size}
            for each in told.groups
        ],
        "gaps": [
            {"start_s": at(each.start_ns), "end_s": at(each.end_ns), "group": each.group,
             "why": _plain(each.why)}
            for each in told.gaps
        ],
        "clock_steps": [
            {"time_s": at(each.time_ns), "step_s": each.step_ns / 1e9} for each in told.clock_steps
        ],
        "steps": [
            {"id": each.id, "kind": each.kind, "start_s": at(each.start_ns),
             "end_s": at(each.end_ns), "outcome": each.outcome}
            for each in told.steps
        ],
        "points": [
            {"name": each.name, "approach": each.approach, "repeat": each.repeat,
             "start_s": at(each.start_ns), "end_s": at(each.end_ns), "valid": each.valid}
            for each in told.points
        ],
        "events": [
            {"time_s": at(each.time_ns), "level": each.level, "source": each.source,
             "message": _plain(each.message)}
            for each in told.events
        ],
        "incidents": [
            {"number": each.number, "first_out": each.first_out, "alarms": list(each.alarms),
             "reaction": each.reaction, "start_s": at(each.start_ns), "at_s": at(each.at_ns),
             "end_s": at(each.end_ns)}
            for each in told.incidents
        ],
        "bookmark": _bookmark(told),
        "continues": list(told.before),
        "taken": {kind: list(names) for kind, names in taken_in(told.events).items()},
        "explanation": None if told.explanation is None else asdict(told.explanation),
        "channels": [
            {"name": each.name, "group": each.group, "unit": each.unit, **_numbers(each.statistics)}
            for each in told.channels
        ],
    }  # fmt: skip


def _bookmark(told: Description) -> object:
    found = told.bookmark
    if found is None:
        return None
    return {
        "time_s": told.after_start(found.time_ns), "utc_ns": found.utc_ns, "state": found.state,
        "phase": found.phase, "position": strict(found.position),
        "demands": strict(found.demands), "counters": strict(found.counters),
    }  # fmt: skip


def _numbers(known: ChannelStatistics) -> dict[str, object]:
    return {
        "good": known.count, "bad": known.bad, "minimum": _finite(known.minimum),
        "mean": _finite(known.mean), "maximum": _finite(known.maximum),
        "deviation": _finite(known.deviation),
    }  # fmt: skip


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _plain(message: Message | None) -> object:
    if message is None:
        return None
    return {"id": message.id} | {language: said(message, language) for language in LANGUAGES}
