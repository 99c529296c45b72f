"""What verifying a run showed, as a screen and as plain values for JSON."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from bench.messages import LANGUAGES, Message
from bench.runs.commands.wording import Words, said
from bench.runs.verifying.run import Verification


def screen_of(verified: Verification, words: Words) -> Iterator[RenderableType]:
    """Yield what a person sees: what is wrong, what should be known, and the conclusion."""
    if verified.findings:
        yield _table(verified, words)
    for note in verified.notes:
        yield Text(f"- {said(note, words.language)}")
    counted = words.say(
        "verify.counted", parts=len(verified.parts), chunks=f"{verified.chunks:,}",
        size=words.amount(verified.size), texts=verified.texts,
    )  # fmt: skip
    yield Text(counted)
    if verified.is_whole:
        yield Text(words.say("verify.whole", path=verified.path), "bold green")
    else:
        count = len(verified.findings)
        yield Text(words.say("verify.damaged", path=verified.path, count=count), "bold red")


def _table(verified: Verification, words: Words) -> Table:
    table = words.table("info.file", "info.group", "info.channel", "info.rows", "verify.what")
    for each in verified.findings:
        rows = "" if each.rows is None else "{:,} … {:,}".format(*each.rows)
        what = Text(said(each.what, words.language))
        table.add_row(Text(each.part), Text(each.group), Text(each.channel), rows, what)
    return table


def plain_of(verified: Verification) -> dict[str, object]:
    """Return it as plain values for JSON."""
    return {
        "file": str(verified.path), "is_whole": verified.is_whole,
        "parts": [str(path) for path in verified.parts], "chunks": verified.chunks,
        "bytes": verified.size, "texts": verified.texts,
        "findings": [
            {"file": each.part, "group": each.group, "channel": each.channel,
             "rows": None if each.rows is None else list(each.rows), "what": _plain(each.what)}
            for each in verified.findings
        ],
        "notes": [_plain(note) for note in verified.notes],
    }  # fmt: skip


def _plain(message: Message) -> dict[str, str]:
    return {"id": message.id} | {language: said(message, language) for language in LANGUAGES}
