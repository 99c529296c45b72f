"""Progress, recorder and status row."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from bench.channel import Quality
from bench.control.states import State
from bench.messages import Message
from bench.service.port import BenchState
from gui.panels.console.progress_panel import ProgressPanel
from gui.panels.console.recorder_panel import RecorderPanel
from gui.panels.console.status_row import StatusRow
from gui.state.console.progress import progress_of
from gui.state.console.recorder import DiskFigures, recorder_of
from gui.state.console.status import status_of
from gui.state.session import Session
from gui.widgets.toned import Tone, TonedLabel
from tests.gui.state.sessions import running, session, with_quality


def seen(panel):
    return [each.text() for each in panel.findChildren(QLabel) if each.isVisible()]


def test_progress_tells_step_criteria_next_and_what_is_left(shown, words):
    panel = shown(ProgressPanel(words), 300)
    panel.display(progress_of(session()))
    texts = seen(panel)
    for told in (
        "sequence: step 37 of 212", "✔ ramp", "▶ stabilise", "✔ Hydrogen flow", "✘ Coolant outlet",
        "span 1.4/1.0 K", "71 d 03:00:00", "1 / 2", "3 / 12", "Running hours", "1542.6 h",
    ):  # fmt: skip
        assert told in texts


def test_progress_of_a_watched_bench_shows_nothing_of_the_run_before(shown, words):
    panel = shown(ProgressPanel(words), 300)
    panel.display(progress_of(session()))
    panel.display(progress_of(session(BenchState(state=State.MONITOR))))
    assert seen(panel) == ["No sequence runs"]


def test_progress_speaks_the_language_of_now(shown, words):
    panel = shown(ProgressPanel(words), 300)
    panel.display(progress_of(session()))
    words.switch("zh")
    assert "流程：第 37 步，共 212 步" in seen(panel)
    assert "运转小时" in seen(panel)


@pytest.fixture
def recorder(shown, words):
    return shown(RecorderPanel(words), 300)


def test_the_run_and_the_last_one_can_be_reviewed(qtbot, recorder):
    wanted = []
    recorder.review_wanted.connect(wanted.append)
    ended = running(last_file=Path("/data/old.h5"), last_ending="completed")
    recorder.display(recorder_of(session(ended), DiskFigures()))
    for name in ("review_now", "review_last"):
        button = recorder.findChild(QPushButton, name)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert wanted == [running().file, Path("/data/old.h5")]


def test_nothing_can_be_reviewed_where_there_is_no_run(recorder):
    recorder.display(recorder_of(session(BenchState(state=State.MONITOR)), DiskFigures()))
    assert not any(each.isVisible() for each in recorder.findChildren(QPushButton))
    assert "□ Nothing is recorded" in seen(recorder)


def test_trouble_is_told_in_words_and_colour(recorder):
    trouble = Message("control.nothing-recorded")
    recorder.display(recorder_of(session(running(trouble=trouble)), DiskFigures()))
    heading = recorder.findChild(TonedLabel, "recorder_heading")
    assert (heading.tone, heading.text()) == (Tone.DIAGNOSTIC, "✖ NOT RECORDING")
    assert "nothing is recorded yet" in seen(recorder)


def test_a_long_file_name_gives_way_and_stands_in_the_tooltip(recorder):
    recorder.display(recorder_of(session(), DiskFigures()))
    assert recorder.minimumSizeHint().width() < 300
    file = recorder.findChild(QLabel, "recorder_file")
    assert file.toolTip() == str(running().file)


def test_status_marks_what_is_wrong_and_names_it(shown, words):
    row = shown(StatusRow(words), 1366)
    row.display(status_of(with_quality(session(), plc__hood_h2_1=Quality.STALE)))
    chip = row.findChild(TonedLabel, "chip_detectors")
    assert chip.tone is Tone.DIAGNOSTIC
    assert "10/11" in chip.text()
    assert "plc.hood_h2_1" in chip.toolTip()
    assert row.findChild(TonedLabel, "chip_chain").tone is Tone.NORMAL


def test_status_of_a_lost_server_shows_no_field_of_before(shown, words):
    row = shown(StatusRow(words), 1366)
    row.display(status_of(session()))
    row.display(status_of(Session()))
    assert seen(row) == ["✖ no bench server: last known state"]


def test_status_speaks_the_language_of_now(shown, words):
    row = shown(StatusRow(words), 1366)
    row.display(status_of(session()))
    words.switch("zh")
    assert "■ 安全链闭合" in seen(row)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_healthy_status_row_takes_one_line_on_a_small_screen(shown, words, language):
    words.switch(language)
    row = shown(StatusRow(words), 1366)
    row.display(status_of(replace(session(), silent_for=0.1)))
    assert row.heightForWidth(1366) == row.heightForWidth(9999)


def test_an_ending_that_says_its_reason_is_not_told_twice(recorder):
    ended = running(
        last_file=Path("/a.h5"),
        last_ending="operator",
        last_reason=Message("control.operator-stop"),
    )
    recorder.display(recorder_of(session(ended), DiskFigures()))
    assert "stopped by the operator" in seen(recorder)
