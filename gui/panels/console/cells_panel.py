"""Cell voltages: all of them as bars, the numbers over them, and the gauges beside."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from bench.channel import Quality
from gui import theme
from gui.panels.console.gauge_panel import GaugePanel
from gui.state.console.cells import CellsState, Summed
from gui.widgets.cell_bars import CellBars
from gui.widgets.flow_layout import FlowLayout
from gui.words import Words


class CellsPanel(QFrame):
    """Shows cell voltages."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._state = CellsState()
        self._numbers: list[QLabel] = []
        self._summary = QWidget(self)
        self._flow = FlowLayout(self._summary)
        self._bars = CellBars(words, self)
        self._bars.setObjectName("cell_bars")
        self._beside = GaugePanel(words, self)
        self._sorted = self._toggle("cells_by_voltage", "Ctrl+Shift+V")
        self._deviation = self._toggle("cells_deviation", "Ctrl+Shift+D")
        self._lay_out()
        self.setProperty("panel", True)  # noqa: FBT003 - Qt's signature
        self.setObjectName("cells_panel")
        self._speak()
        words.changed.connect(self._speak)

    def display(self, state: CellsState) -> None:
        """Show cell voltages."""
        if state == self._state:
            return
        is_other = state.summary != self._state.summary
        self._state = state
        if is_other:
            self._write()
        self._beside.setVisible(bool(state.beside))
        self._beside.display(state.beside)
        self._draw()

    @property
    def bars(self) -> CellBars:
        """The drawing."""
        return self._bars

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers over the bars, as they are shown."""
        return tuple(each.text() for each in self._numbers)

    def _toggle(self, name: str, keys: str) -> QPushButton:
        button = QPushButton(self)
        button.setObjectName(name)
        button.setCheckable(True)
        button.setShortcut(keys)
        button.toggled.connect(self._draw)
        return button

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._summary, 1)
        head.addWidget(self._sorted)
        head.addWidget(self._deviation)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addLayout(head)
        layout.addWidget(self._bars, 1)
        layout.addWidget(self._beside)

    def _draw(self) -> None:
        self._bars.display(
            self._state,
            is_sorted=self._sorted.isChecked(),
            is_deviation=self._deviation.isChecked(),
        )

    def _speak(self) -> None:
        text = self._words.text
        self.setAccessibleName(text("gauge.cells"))
        for button, said, keys in (
            (self._sorted, "gauge.by-voltage", "Ctrl+Shift+V"),
            (self._deviation, "gauge.deviation", "Ctrl+Shift+D"),
        ):
            button.setText(text(said))
            button.setToolTip(text(f"{said}-tip"))
            button.setShortcut(keys)  # a new text takes it away
        self._write()

    def _write(self) -> None:
        """Write the numbers over the bars: a label for each."""
        summary = self._state.summary
        while len(self._numbers) > len(summary):
            self._numbers.pop().deleteLater()
        while len(self._numbers) < len(summary):
            label = QLabel(self._summary)
            self._flow.addWidget(label)
            self._numbers.append(label)
        for label, each in zip(self._numbers, summary, strict=True):
            label.setText(_line(each, self._words.of))


def _line(each: Summed, say: Callable[..., str]) -> str:
    """Return a number over all cells as rich text."""
    colour, mark = (theme.INK, "") if each.quality is Quality.OK else (theme.DIAGNOSTIC, "✕ ")
    return (
        f'<span style="color:{theme.FAINT}">{say(each.title)}</span> '
        f'<span style="color:{colour}; font-weight:600">{mark}{each.text}</span>'
    )
