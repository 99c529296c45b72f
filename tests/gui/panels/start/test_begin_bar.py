"""The row that begins a run, or goes on with one."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from bench.service.requests import Begin, TakeControl
from gui.panels.start.begin_bar import BeginBar
from gui.panels.start.last_run import LastRun
from gui.state.start.resumption import Resumable
from gui.state.start.start import start_of

BROKEN = Resumable("a.h5", "lab/pull", "rest")


@pytest.fixture
def bar(qtbot, words):
    made = BeginBar(words)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.requests = []
    made.asked.connect(made.requests.append)
    return made


def test_what_was_broken_off_goes_on_where_it_was(qtbot, bar, session):
    bar.display(start_of(session), BROKEN, Begin(""), None)
    button = bar.findChild(QPushButton, "resume_run")
    assert "lab/pull" in button.text()
    assert "rest" in button.text()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert bar.requests == [TakeControl(), Begin("", is_resumed=True)]


def test_going_on_is_offered_only_where_there_is_something(bar, session):
    bar.display(start_of(session), None, Begin(""), None)
    assert not bar.findChild(QPushButton, "resume_run").isVisible()


def test_nothing_goes_on_while_the_bench_is_taken(bar, session):
    taken = replace(session, bench=replace(session.bench, control="jo"))
    bar.display(start_of(taken), BROKEN, Begin(""), None)
    assert not bar.findChild(QPushButton, "resume_run").isEnabled()


def test_the_last_run_is_looked_for_off_the_window(qtbot, tasks, session, tmp_path):
    last = LastRun(tasks)
    with qtbot.waitSignal(last.changed):
        last.look(start_of(session), tmp_path)
    assert last.resumable is None
    last.look(start_of(session), tmp_path)
    assert tasks.is_idle
