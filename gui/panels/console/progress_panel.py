"""How far the sequence is, what it waits for, what comes next, and what is counted."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from gui import theme
from gui.state.console.progress import ProgressState, Stand
from gui.state.spans import span
from gui.widgets.flow_layout import FlowLayout
from gui.widgets.toned import Tone, TonedLabel
from gui.words import Words

_STANDS = {
    Stand.DONE: ("✔", Tone.PLAIN),
    Stand.NOW: ("▶", Tone.MARKED),
    Stand.AHEAD: ("", Tone.UNKNOWN),
}


class ProgressPanel(QFrame):
    """Shows how far the sequence is."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", "true")
        self.setObjectName("progress_panel")
        self._words = words
        self._state: ProgressState | None = None
        self._heading = _label("progress_heading", "heading")
        self._title = _label("progress_title", "value")
        self._title.setWordWrap(True)
        self._doing = _label("progress_doing", "label")
        self._doing.setWordWrap(True)
        self._chain = QWidget()
        self._parts = [TonedLabel() for _ in range(3)]
        chain = FlowLayout(self._chain)
        chain.setContentsMargins(0, 0, 0, 0)
        for part in self._parts:
            chain.addWidget(part)
        self._bar = QProgressBar()
        self._bar.setObjectName("progress_bar")
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(10)
        self._bar.setStyleSheet(
            f"QProgressBar {{ background: {theme.FIELD}; border: 1px solid {theme.EQUIPMENT}; }}"
            f"QProgressBar::chunk {{ background: {theme.RUNNING}; }}"
        )
        self._criteria = _Pairs("progress_criteria")
        self._facts = _Pairs("progress_facts")
        self._counters = _Pairs("progress_counters")
        self._counted = _label("progress_counted", "heading")
        layout = QVBoxLayout(self)
        layout.setSpacing(5)
        for widget in (
            self._heading, self._title, self._doing, self._chain, self._bar, self._criteria,
            self._facts, self._counted, self._counters,
        ):  # fmt: skip
            layout.addWidget(widget)
        layout.addStretch(1)
        words.changed.connect(self._say)

    def display(self, state: ProgressState) -> None:
        """Show a state."""
        if state != self._state:
            self._state = state
            self._say()

    def _say(self) -> None:
        state, words = self._state, self._words
        if state is None:
            return
        self._heading.setText(_heading(state, words))
        self._title.setText(words.of(state.title))
        kind = words.text(f"operate.kind-{state.kind}") if state.kind else ""
        self._doing.setText(" · ".join(filter(None, (kind, state.doing, state.step))))
        for widget in (self._title, self._doing, self._bar):
            widget.setVisible(state.is_running)
        self._bar.setValue(round(state.share * 1000))
        self._chain.setVisible(bool(state.chain))
        for part, (name, stand) in zip(self._parts, state.chain, strict=False):
            shape, tone = _STANDS[stand]
            text = words.text(f"operate.kind-{name}")
            part.show_toned(f"{shape} {text}".strip(), tone)
        self._criteria.show_pairs(
            [
                (
                    f"{'✔' if each.is_met else '✘'} {words.of(each.title) or each.channel}",
                    f"{words.text(f'operate.criterion-{each.kind}')} {each.text}",
                )
                for each in state.criteria
            ]
        )
        self._facts.show_pairs(_facts(state, words))
        self._counted.setText(words.text("operate.counters"))
        self._counted.setVisible(bool(state.counters))
        self._counters.show_pairs([(words.of(title), text) for title, text in state.counters])


def _heading(state: ProgressState, words: Words) -> str:
    if not state.is_running:
        return words.text("operate.no-sequence")
    phase = words.word("phase", state.phase)
    if not state.number:
        return phase
    return words.text("operate.step-of", phase=phase, number=state.number, count=state.count)


def _facts(state: ProgressState, words: Words) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if state.is_running:
        if state.next_title is not None:
            told = f"{words.of(state.next_title)}  {span(state.next_expected)}"
            found.append((words.text("operate.next"), told))
        found += [
            (words.text("operate.loop"), f"{turn} / {of}") for turn, of in reversed(state.turns)
        ]
        found.append((words.text("operate.elapsed"), span(state.elapsed)))
        found.append((words.text("operate.left"), span(state.remaining)))
    for stop, seconds in state.to_safe:
        name = words.word("phase", stop)
        found.append((words.text("operate.safe-after", stop=name), span(seconds)))
    return found


class _Pairs(QWidget):
    """Lines of a name and a value; lines are kept and reused."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 2, 0, 2)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self._lines: list[tuple[QLabel, QLabel]] = []

    def show_pairs(self, pairs: list[tuple[str, str]]) -> None:
        while len(self._lines) < len(pairs):
            self._add()
        for place, (name, value) in enumerate(self._lines):
            is_there = place < len(pairs)
            name.setVisible(is_there)
            value.setVisible(is_there)
            if is_there:
                name.setText(pairs[place][0])
                value.setText(pairs[place][1])
        self.setVisible(bool(pairs))

    def _add(self) -> None:
        name, value = _label("", "label"), _label("", "")
        name.setWordWrap(True)
        value.setWordWrap(True)
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = len(self._lines)
        self._grid.addWidget(name, row, 0)
        self._grid.addWidget(value, row, 1)
        self._lines.append((name, value))


def _label(name: str, role: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setProperty("role", role)
    return label
