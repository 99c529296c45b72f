"""A description of a run as a screen."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bench.runs.commands.bookmark_line import counters_line, position_line
from bench.runs.commands.describe import Description
from bench.runs.commands.taken import taken_in
from bench.runs.commands.wording import Words, said

FEW = 12
"""Steps, points and gaps that are shown; the last ones."""
FEW_EVENTS = 5
"""Events that are shown."""
FEW_CHANNELS = 24
"""Channels that are shown where none were asked for."""
_MANY_VALUES = 10_000
"""Of fewer values the file is mostly what stands beside them: bytes per value tell nothing."""
_INDENT = (0, 0, 1, 2)


def screen_of(told: Description, words: Words, *, all_channels: bool) -> Iterator[RenderableType]:
    """Yield what a person sees of a run, from the top.

    Args:
        told: the run.
        words: language.
        all_channels: whether every channel that is told of is shown.
    """
    title = Text(told.header.title or told.path.name, "bold")
    if told.header.simulated:
        title.append(f"  {words.say('info.simulated')}", "bold magenta")
    yield title
    yield Padding(_head(told, words), _INDENT)
    for finding in told.findings:
        yield Text(f"! {said(finding, words.language)}", "bold red")
    sections = (
        ("info.parts", _parts(told, words) if len(told.parts) > 1 else None, len(told.parts)),
        ("info.groups", _groups(told, words), len(told.groups)),
        ("info.gaps", _gaps(told, words), len(told.gaps)),
        ("info.steps", _steps(told, words), len(told.steps)),
        ("info.points", _points(told, words), len(told.points)),
        ("info.incidents", _incidents(told, words), len(told.incidents)),
        ("info.events", _events(told, words), len(told.events)),
        ("info.channels", _channels(told, words, all_channels=all_channels), len(told.channels)),
    )
    for heading, table, count in sections:
        if table is not None and table.row_count:
            yield Text(words.say(heading, count=count), "bold")
            yield Padding(table, _INDENT)
            if table.row_count < count:
                yield Padding(
                    words.say(_MORE[heading], count=count - table.row_count), (0, 0, 1, 2)
                )


_MORE = {
    "info.parts": "info.more", "info.groups": "info.more", "info.gaps": "info.more-before",
    "info.steps": "info.more-before", "info.points": "info.more-before",
    "info.incidents": "info.more-before", "info.events": "info.more-before",
    "info.channels": "info.more-channels",
}  # fmt: skip


def _taken(told: Description, words: Words) -> str:
    """Return what was taken from alarms and channels; empty: nothing."""
    found = taken_in(told.events)
    return "; ".join(
        words.say(f"info.taken-{kind}", names=", ".join(names)) for kind, names in found.items()
    )


def _head(told: Description, words: Words) -> Table:
    header = told.header
    table = Table.grid(padding=(0, 2))
    end_ns = header.start_utc_ns + round(told.seconds * 1e9)
    ended = told.ending.message if told.ending else None
    state = words.state(told.state)
    if ended is not None and told.state != "completed":
        state = f"{state}: {said(ended, words.language)}"
    packed = words.amount(told.size)
    if sum(group.rows * group.channels for group in told.groups) > _MANY_VALUES:
        per_sample = f"{told.bytes_per_sample:.2f}"
        packed = words.say("info.packed", size=packed, bytes=per_sample)
    rows: tuple[tuple[str, RenderableType], ...] = (
        ("info.file", Text(str(told.path), overflow="fold")),
        ("info.object", " ".join((header.object_kind, header.object_serial))),
        ("info.protocol", header.protocol_name),
        ("info.rig", header.rig_name),
        ("info.operator", header.operator),
        ("info.start", words.moment(header.start_utc_ns)),
        ("info.end", words.moment(end_ns)),
        ("info.duration", words.duration(told.seconds)),
        ("info.state", state),
        ("info.explanation", _explanation(told, words)),
        ("info.bookmark", Text(position_line(told, words))),
        ("info.counters", Text(counters_line(told))),
        ("info.taken", Text(_taken(told, words))),
        ("info.continues", Text(" → ".join(told.before), overflow="fold")),
        ("info.verdict", words.verdict(told.verdict)),
        ("info.size", packed),
    )
    for heading, value in rows:
        if value:
            table.add_row(words.say(heading), value)
    for step in told.clock_steps[-FEW:]:
        jumped = words.say(
            "info.clock-step", seconds=f"{step.step_ns / 1e9:+.3f}",
            at=words.duration(told.after_start(step.time_ns)),
        )  # fmt: skip
        table.add_row(words.say("info.clock"), jumped)
    return table


def _explanation(told: Description, words: Words) -> Text:
    found = told.explanation
    if found is None:
        return Text("")
    return Text(f"{found.text} ({found.operator}, {words.moment(found.utc_ns)})")


def _parts(told: Description, words: Words) -> Table:
    table = words.table("info.part", "info.file", "info.state", "info.begins", "info.size", right=2)
    for part in told.parts:
        table.add_row(
            str(part.number), part.path.name, words.state(part.state),
            words.duration(part.first_s), words.amount(part.size),
        )  # fmt: skip
    return table


def _groups(told: Description, words: Words) -> Table:
    columns = ("info.group", "info.channel-count", "info.rate", "info.rows", "info.unpacked")
    table = words.table(*columns, right=4)
    for group in told.groups:
        rate = words.say("info.irregular") if group.rate_hz is None else f"{group.rate_hz:.6g} Hz"
        size = words.amount(group.size)
        table.add_row(Text(group.name), str(group.channels), rate, f"{group.rows:,}", size)
    return table


def _gaps(told: Description, words: Words) -> Table:
    table = words.table("info.begins", "info.duration", "info.why")
    for gap in told.gaps[-FEW:]:
        seconds = (gap.end_ns - gap.start_ns) / 1e9
        begin = words.duration(told.after_start(gap.start_ns))
        table.add_row(begin, words.duration(seconds), said(gap.why, words.language))
    return table


def _steps(told: Description, words: Words) -> Table:
    table = words.table("info.step", "info.kind", "info.outcome", "info.begins", "info.duration",
                        right=2)  # fmt: skip
    for step in told.steps[-FEW:]:
        table.add_row(
            Text(step.id), step.kind, words.outcome(step.outcome),
            words.duration(told.after_start(step.start_ns)),
            words.duration((step.end_ns - step.start_ns) / 1e9),
        )  # fmt: skip
    return table


def _points(told: Description, words: Words) -> Table:
    columns = ("info.point", "info.repeat", "info.valid", "info.begins", "info.duration")
    table = words.table(*columns, right=2)
    for point in told.points[-FEW:]:
        valid = words.say("info.yes" if point.valid else "info.no")
        table.add_row(
            Text(point.name), f"{point.approach}.{point.repeat}", valid,
            words.duration(told.after_start(point.start_ns)),
            words.duration((point.end_ns - point.start_ns) / 1e9),
        )  # fmt: skip
    return table


def _incidents(told: Description, words: Words) -> Table:
    columns = ("info.number", "info.first-out", "info.reaction", "info.alarms", "info.begins",
               "info.at", "info.ends")  # fmt: skip
    table = words.table(*columns, right=3)
    for incident in told.incidents[-FEW:]:
        times = (incident.start_ns, incident.at_ns, incident.end_ns)
        table.add_row(
            str(incident.number), Text(incident.first_out), Text(incident.reaction),
            Text(", ".join(incident.alarms)),
            *(words.duration(max(0.0, told.after_start(each))) for each in times),
        )  # fmt: skip
    return table


def _events(told: Description, words: Words) -> Table:
    counts = Counter(event.level for event in told.events)
    table = words.table("info.begins", "info.level", "info.source", "info.what")
    table.caption = "  ".join(f"{words.level(each)}: {counts[each]}" for each in sorted(counts))
    table.caption_justify = "left"
    for event in told.events[-FEW_EVENTS:]:
        at = words.duration(told.after_start(event.time_ns))
        table.add_row(
            at,
            words.level(event.level),
            Text(event.source),
            Text(said(event.message, words.language)),
        )
    return table


def _channels(told: Description, words: Words, *, all_channels: bool) -> Table:
    columns = ("info.channel", "info.unit", "info.minimum", "info.mean", "info.maximum", "info.bad")
    table = words.table(*columns, right=4)
    shown = told.channels if all_channels else told.channels[:FEW_CHANNELS]
    for channel in shown:
        known, share = channel.statistics, channel.bad_share
        numbers = (words.number(each) for each in (known.minimum, known.mean, known.maximum))
        bad = "–" if math.isnan(share) else f"{100 * share:.3g} %" if share else ""
        table.add_row(Text(channel.name), channel.unit, *numbers, bad)
    return table
