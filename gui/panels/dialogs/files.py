"""Choosing a file to write, and writing a short text into it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from bench.record.disk.storage import reason
from gui.words import Words

ChooseFile = Callable[[QWidget, str, str], Path | None]
"""Parent, title and suggested name → the file; None: it was given up."""


def choose_new_file(parent: QWidget, title: str, name: str) -> Path | None:
    """Ask for a file to write; return it, None: it was given up."""
    chosen, _ = QFileDialog.getSaveFileName(parent, title, str(Path.home() / name))
    return Path(chosen) if chosen else None


def choose_file(parent: QWidget, title: str, pattern: str) -> Path | None:
    """Ask for a file to read (``*.yaml``); return it, None: it was given up."""
    chosen, _ = QFileDialog.getOpenFileName(parent, title, str(Path.home()), pattern)
    return Path(chosen) if chosen else None


def save_text(path: Path, text: str, words: Words) -> tuple[str, bool]:
    """Write a short text; return what to tell, and whether it failed."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        return words.text("dialog.not-saved", path=path, reason=reason(error)), True
    return words.text("dialog.saved", path=path), False
