"""The log of events."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QTableView

from bench.messages import Message
from bench.service.requests import Note, Snapshot
from gui.panels.console.event_log import EventLog
from gui.state.console.log import LogState, log_of
from tests.gui.state.sessions import event, session


@pytest.fixture
def log(shown, words):
    found = shown(EventLog(words), 900)
    found.resize(900, 300)
    return found


@pytest.fixture
def asked(log):
    found = []
    log.asked.connect(found.append)
    return found


def notes(first, last):
    return tuple(event(n, Message("control.note", {"text": f"n{n}"})) for n in range(first, last))


def lines(log):
    model = log.findChild(QTableView, "events").model()
    return [model.index(row, 3).data() for row in range(model.rowCount())]


def test_events_come_at_the_end(log):
    first = notes(0, 3)
    log.display(LogState(first, is_connected=True))
    log.display(LogState((*first, *notes(3, 5)), is_connected=True))
    assert lines(log) == ["n0", "n1", "n2", "n3", "n4"]


def test_events_of_another_server_take_the_place_of_those_before(log):
    log.display(LogState(notes(5, 8), is_connected=True))
    log.display(LogState(notes(0, 2), is_connected=True))
    assert lines(log) == ["n0", "n1"]


def test_the_newest_line_is_seen_unless_one_looks_at_older_ones(qtbot, log):
    first = notes(0, 100)
    log.display(LogState(first, is_connected=True))
    bar = log.findChild(QTableView, "events").verticalScrollBar()
    qtbot.waitUntil(lambda: bar.value() == bar.maximum() > 0, timeout=5000)
    before = bar.maximum()
    bar.setValue(3)
    log.display(LogState((*first, *notes(100, 120)), is_connected=True))
    qtbot.waitUntil(lambda: bar.maximum() > before, timeout=5000)
    assert bar.value() == 3


def test_the_log_is_narrowed_by_level_and_text(qtbot, log):
    log.display(log_of(session()))
    log.findChild(QComboBox, "least").setCurrentIndex(1)
    assert len(lines(log)) == 2
    qtbot.keyClicks(log.findChild(QLineEdit, "needle"), "hood")
    assert len(lines(log)) == 1


def test_a_note_is_signed_written_and_cleared(qtbot, log, asked):
    log.display(LogState((), is_connected=True))
    log.sign_as("mk")
    note = log.findChild(QLineEdit, "note")
    assert not log.findChild(QPushButton, "write_note").isEnabled()
    qtbot.keyClicks(note, "bottle changed")
    qtbot.keyClick(note, Qt.Key.Key_Return)
    assert asked == [Note("bottle changed", "mk")]
    assert note.text() == ""


def test_an_empty_note_is_not_written(qtbot, log, asked):
    log.display(LogState((), is_connected=True))
    note = log.findChild(QLineEdit, "note")
    qtbot.keyClicks(note, "  ")
    qtbot.keyClick(note, Qt.Key.Key_Return)
    assert asked == []


def test_a_snapshot_is_one_click(qtbot, log, asked):
    log.display(LogState((), is_connected=True))
    log.sign_as("mk")
    qtbot.mouseClick(log.findChild(QPushButton, "snapshot"), Qt.MouseButton.LeftButton)
    assert asked == [Snapshot(operator="mk")]


def test_without_a_server_nothing_can_be_written(qtbot, log, asked):
    log.display(LogState((), is_connected=False))
    qtbot.keyClicks(log.findChild(QLineEdit, "note"), "x")
    assert not log.findChild(QPushButton, "write_note").isEnabled()
    assert not log.findChild(QPushButton, "snapshot").isEnabled()
    assert asked == []


def test_the_language_of_all_lines_changes(log, words):
    log.display(log_of(session()))
    words.switch("zh")
    assert "mk 确认报警 nitrogen-low" in lines(log)


def test_a_log_that_is_filled_before_it_is_seen_shows_the_newest_line(qtbot, words):
    log = EventLog(words)
    qtbot.addWidget(log)
    log.display(LogState(notes(0, 100), is_connected=True))
    log.resize(900, 300)
    log.show()
    qtbot.waitExposed(log)
    bar = log.findChild(QTableView, "events").verticalScrollBar()
    qtbot.waitUntil(lambda: bar.value() == bar.maximum() > 0, timeout=5000)
