"""What a bench is doing, as text: lines for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from enum import Enum
from json import dumps

from rich.cells import cell_len, set_cell_size

from bench.messages import Message, worded
from bench.record.port import WATCHED
from bench.service.port import BenchState


def json_of(state: BenchState) -> str:
    """Return a state as JSON text."""
    return dumps(asdict(state), default=_plain, ensure_ascii=False, indent=2)


def lines_of(state: BenchState, language: str) -> list[str]:
    """Return a state as lines of text."""

    def say(what: str, **arguments: object) -> str:
        return Message(what, arguments).text(language)

    head = [say("serve.status", rig=state.rig, state=state.state.value)]
    head += [state.protocol] if state.protocol != WATCHED else []
    head += [say("serve.status-simulated")] if state.is_simulated else []
    lines = [
        "  ".join(head),
        say("serve.status-file", file=state.file),
        say("serve.status-control", holder=state.control or "–"),
        *_position(state, say),
        *_columns(_values(state, language)),
        *_alarms(state, language, say),
    ]
    if state.silent:
        lines.append(say("serve.status-silent", instruments=", ".join(state.silent)))
    if state.missing:
        lines.append(f"  {say('serve.no-beat', parts=', '.join(state.missing))}")
    if state.forced:
        lines.append(say("serve.status-forced", channels=", ".join(state.forced)))
    lacking = sum(each.is_needed and not each.is_passed for each in state.preflight)
    if lacking:
        lines.append(say("serve.status-open", count=lacking))
    if state.last_file is not None:
        lines.append(say("serve.status-last", file=state.last_file.name, ending=state.last_ending))
    if state.unexplained:
        lines.append(say("serve.unexplained", file=state.unexplained))
    return lines


def _position(state: BenchState, say: Callable[..., str]) -> list[str]:
    place = state.position
    if not place.id:
        return []
    elapsed, expected = f"{place.elapsed:.0f}", f"{place.expected:.0f}"
    where = f"{place.id} {place.phase}".rstrip()
    lines = [say("serve.status-position", phase=state.phase, step=where, elapsed=elapsed,
                 expected=expected)]  # fmt: skip
    if state.phase in state.stops:
        lines.append(say("stops.to-safe", **hours_of(state.stops[state.phase])))
    if place.is_skippable:
        lines.append(say("stops.may-go-on"))
    return lines


def hours_of(seconds: float) -> dict[str, object]:
    """Return hours and minutes of a time, as messages name them."""
    minutes = round(seconds / 60)
    return {"hours": minutes // 60, "minutes": minutes % 60}


def _values(state: BenchState, language: str) -> list[tuple[str, str]]:
    """Return what people call channels and counters, and their values."""
    found = [(each.title.text(language) or each.name, each.text) for each in state.channels]
    for counter, count in state.counters.items():
        title = state.counter_titles.get(counter)
        found.append((title.text(language) if title and title.en else counter, count))
    return found


def _alarms(state: BenchState, language: str, say: Callable[..., str]) -> list[str]:
    """Return the alarms in columns, under each what is to be done."""
    if not state.alarm_list:
        return []
    rows = [
        (
            each.id,
            f"{worded('state', each.state, language)} ×{each.count}",
            f"→ {worded('reaction', each.reaction, language)}",
            each.value or say("serve.no-value"),
        )
        for each in state.alarm_list
    ]
    lines = [say("serve.status-alarms", count=len(rows))]
    lines += [f"  {line}" for line in _columns(rows)]
    return [*lines, say("serve.status-horn")] if state.is_horn_on else lines


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Return rows as lines, their columns aligned; Chinese takes two places a character."""
    if not rows:
        return []
    widths = [max(cell_len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  "
        + "  ".join(
            set_cell_size(text, width) for text, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else str(value)
