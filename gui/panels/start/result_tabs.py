"""What check, rehearsal and preflight say of the run, as tabs."""

from __future__ import annotations

from PySide6.QtWidgets import QTabWidget, QWidget

from gui.panels.console.preflight_panel import PreflightPanel
from gui.panels.start.outlook_view import OutlookView
from gui.panels.start.rehearsal_view import RehearsalView
from gui.words import Words


class ResultTabs(QTabWidget):
    """Check, rehearsal, preflight."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        """Begin with the check in front."""
        super().__init__(parent)
        self.setObjectName("start_tabs")
        self._words = words
        self.outlook = OutlookView(words, self)
        """What the check says."""
        self.rehearsal = RehearsalView(words, self)
        """What a rehearsal has shown."""
        self.preflight = PreflightPanel(words, parent=self)
        """The checks of the bench."""
        for each in (self.outlook, self.rehearsal, self.preflight):
            self.addTab(each, "")
        words.changed.connect(self._speak)
        self._speak()

    def _speak(self) -> None:
        names = ("start.tab-check", "start.tab-rehearsal", "start.tab-preflight")
        for index, name in enumerate(names):
            self.setTabText(index, self._words.text(name))
