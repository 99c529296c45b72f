"""Handing the bench over to the next shift: a note drafted from state and run files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from bench.clock import Clock
from bench.messages import Message
from bench.service.handover.note import Handover, note_of
from bench.service.handover.shift import shift_of
from bench.service.port import BenchState
from bench.service.requests import ShiftHandover
from gui.bridge.tasks import Progress, Task, Tasks
from gui.panels.dialogs.files import ChooseFile, choose_new_file, save_text
from gui.panels.dialogs.sheet import Sheet
from gui.words import Words

_MOST_TEXT = 30_000
"""Characters of a note that go into the run file; a request has its bounds."""


class HandoverDialog(Sheet):
    """Asks for giver, taker and the note."""

    def __init__(
        self,
        words: Words,
        tasks: Tasks,
        clock: Clock,
        bench: BenchState,
        *,
        operator: str = "",
        choose: ChooseFile = choose_new_file,
        parent: QWidget | None = None,
    ) -> None:
        """Draft a note of what a bench is doing; run files are read off this thread."""
        super().__init__(words, "dialog.handover", parent)
        self.setObjectName("handover_dialog")
        self._tasks, self._clock, self._bench, self._choose = tasks, clock, bench, choose
        self._task: Task | None = None
        self._giver, self._taker = QLineEdit(operator, self), QLineEdit(self)
        self._giver.setObjectName("handover_giver")
        self._taker.setObjectName("handover_taker")
        self._text = QPlainTextEdit(self)
        self._text.setObjectName("handover_text")
        self._text.setMinimumHeight(160)
        people = QHBoxLayout()
        for name, field in (("handover-giver", self._giver), ("handover-taker", self._taker)):
            people.addWidget(self.label(f"dialog.{name}", role="body"))
            people.addWidget(field)
        self.body.addWidget(self.label("dialog.handover-about"))
        self.body.addLayout(people)
        self.body.addWidget(self._text, 1)
        self.button("handover_draft", "dialog.handover-again", self.draft)
        self.button("handover_save", "dialog.handover-save", self._save)
        self._give = self.button("handover_give", "dialog.handover-give", self._ask)
        self.button("handover_cancel", "dialog.cancel", self.close)
        self._people, self._drafted_in = "", words.language
        for field in (self._giver, self._taker):
            field.textChanged.connect(self._name_people)
        self._text.textChanged.connect(self._offer)
        self.finished.connect(self._drop)
        self.resize(640, 560)
        self.speak()
        self.draft()

    def draft(self) -> None:
        """Draft the note anew; what was typed into it is lost."""
        self._drop()
        bench, now, language = self._bench, self._clock.utc(), self._words.language
        people = self._names
        self._people = self._line_of_people(language)
        self._drafted_in = language
        folder = Path() if bench.file is None else bench.file.parent

        def work(progress: Progress) -> str:
            progress.check()
            shift = shift_of(folder, bench.rig, now)
            return note_of(Handover(bench, shift, now, *people), language)

        self.inform(self._words.text("dialog.handover-reading"))
        self._task = self._tasks.start(work, self._show, self._failed)
        self._offer()

    def speak(self) -> None:
        """Set all texts in the language of now; the note stays in that in which it was drafted."""
        super().speak()
        say = self._words.text
        self._giver.setAccessibleName(say("dialog.handover-giver"))
        self._taker.setAccessibleName(say("dialog.handover-taker"))
        self._text.setAccessibleName(say("dialog.handover"))

    @property
    def _names(self) -> tuple[str, str]:
        return self._giver.text().strip(), self._taker.text().strip()

    def _line_of_people(self, language: str) -> str:
        giver, taker = (name or "–" for name in self._names)
        return Message("handover.people", {"giver": giver, "taker": taker}).text(language)

    def _name_people(self) -> None:
        """Write who hands over into the draft, where that line still stands as drafted."""
        if self._task is not None:  # the draft that comes still has the names of before
            return
        line, text = self._line_of_people(self._drafted_in), self._text.toPlainText()
        if self._people in text:
            self._text.setPlainText(text.replace(self._people, line, 1))
        self._people = line
        self._offer()

    def _show(self, text: str) -> None:
        self._task = None
        self.tell(None)
        self._text.setPlainText(text)
        self._name_people()

    def _failed(self, said: Message) -> None:
        self._task = None
        self.tell(said)
        self._offer()

    def _drop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _offer(self) -> None:
        is_whole = bool(self._giver.text().strip() and self._taker.text().strip())
        has_text = bool(self._text.toPlainText().strip())
        self._give.setEnabled(is_whole and has_text and self._task is None)

    def _save(self) -> None:
        name = f"handover-{self._bench.rig}.md"
        path = self._choose(self, self._words.text("dialog.handover-save"), name)
        if path is not None:
            told, is_failed = save_text(path, self._text.toPlainText(), self._words)
            self.inform(told, is_warning=is_failed)

    def _ask(self) -> None:
        text = self._text.toPlainText()[:_MOST_TEXT]
        giver, taker = self._names
        self.asked.emit(ShiftHandover(text, giver, taker))
        self.close()
