"""Texts of results in the language of the window."""

from __future__ import annotations

from bench.messages import Bilingual, Message
from gui.state.findings.table import Say
from gui.words import Words
from protocols.wording import Text


def teller(words: Words) -> Say:
    """Return what turns a text into the language of the window; a plain text stays as it is."""

    def say(text: Text) -> str:
        return words.of(text) if isinstance(text, Message | Bilingual) else text

    return say
