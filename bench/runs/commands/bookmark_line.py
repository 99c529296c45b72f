"""A bookmark in a line each: where a run was, and what it had counted."""

from __future__ import annotations

from bench.clock import SECOND
from bench.record.port import Bookmark
from bench.runs.commands.counter_units import units_of
from bench.runs.commands.describe import Description
from bench.runs.commands.wording import Words
from bench.units import ONE, Unit


def position_line(told: Description, words: Words) -> str:
    """Return state, phase, step and time in it at the newest bookmark; empty: there is none."""
    found = told.bookmark
    if found is None:
        return ""
    at = words.duration(told.after_start(found.time_ns))
    head = " / ".join(each for each in (found.state, found.phase) if each)
    return words.say("info.bookmark-at", at=at, state=head, position=_place(found, words))


def counters_line(told: Description) -> str:
    """Return the counters at the newest bookmark in their units; empty: there is none."""
    if told.bookmark is None:
        return ""
    units = units_of(told.header)
    counters = told.bookmark.counters.items()
    return ", ".join(
        f"{name} = {_counted(value, units.get(name, ONE))}" for name, value in counters
    )


def _counted(value: float, measure: Unit) -> str:
    return f"{measure.from_si(value):.6g} {measure.label}".rstrip()


def _place(found: Bookmark, words: Words) -> str:
    """Return the running step and how long it had run; the whole of it stands in the JSON."""
    match found.position:
        case {"step": str(step), "time": int(time), "began": int(began)} if step:
            lasting = words.duration(max(time - began, 0) / SECOND)
            return words.say("info.in-step", step=step, lasting=lasting)
        case {"step": str(step)} if step:
            return step
        case _:
            return "–"
