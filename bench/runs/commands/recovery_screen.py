"""What recovery found, as a screen and as plain values for JSON."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from bench.messages import LANGUAGES
from bench.record.recovery import Recovery
from bench.runs.commands.wording import Words, said


def screen_of(found: Recovery, words: Words) -> Iterator[RenderableType]:
    """Yield what a person sees: what was found, then what the run is now."""
    for message in found.messages:
        yield Text(said(message, words.language))
    if found.was_needed:
        rows = sum(found.rows.values())
        key = "recover.done-lost" if found.lost else "recover.done"
        key = "recover.done-kept" if found.kept else key
        told = words.say(key, path=found.path, frames=found.frames, rows=rows, parts=found.parts)
        yield Text(told, "bold")


def plain_of(found: Recovery) -> dict[str, object]:
    """Return it as plain values for JSON."""
    return {
        "file": str(found.path), "was_needed": found.was_needed,
        "journal": found.journal.name.lower(), "frames": found.frames, "rows": dict(found.rows),
        "records": found.records, "parts": found.parts, "lost": found.lost,
        "messages": [
            {"id": each.id} | {language: said(each, language) for language in LANGUAGES}
            for each in found.messages
        ],
    }  # fmt: skip
