"""A rehearsal as the start page shows it."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton

from bench.messages import Message
from gui.panels.start.rehearsal_view import RehearsalView
from gui.state.start.rehearsal import Expected, Rehearsed, TrippedLimit

RESULT = Rehearsed(
    path=Path("a.h5"),
    ending="limit",
    reason=Message("control.operator-stop"),
    seconds=600.0,
    verdict="not shown",
    results=(
        Expected(Message("judge.brake-thermal-efficiency"), "42.1 ± 0.2 %", "fail", ("too low",)),
    ),
    tripped=(TrippedLimit("oil-hot", "soft-stop", "oil.temperature > 130 degC", 2, 90.0),),
)


@pytest.fixture
def view(qtbot, words):
    made = RehearsalView(words)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def texts(view):
    return "\n".join(each.text() for each in view.findChildren(QLabel) if each.isVisible())


def test_verdict_results_and_limits_are_told(view):
    view.end(RESULT)
    told = texts(view)
    for part in ("10 min", "NOT SHOWN", "42.1 ± 0.2 %", "FAIL", "too low", "oil-hot", "×2", "90 s"):
        assert part in told


def test_progress_is_shown_while_it_runs(view):
    view.begin()
    bar = view.findChild(QProgressBar, "rehearsal_progress")
    assert (bar.minimum(), bar.maximum()) == (0, 0)
    view.progress(0.25)
    assert (bar.value(), bar.maximum()) == (250, 1000)
    view.end(None)
    assert not bar.isVisible()


def test_traces_are_shown_once_there_are_any(view):
    traces = QLabel("traces")
    view.set_trace_view(traces)
    assert not traces.isVisible()
    view.end(RESULT)
    assert traces.isVisible()


def test_another_choice_makes_it_old(view):
    view.mark_stale()
    assert "rehearse again" not in texts(view)
    view.end(RESULT)
    view.mark_stale()
    assert "rehearse again" in texts(view)


def test_its_run_file_is_opened_in_the_reviewer(qtbot, view):
    view.end(RESULT)
    with qtbot.waitSignal(view.review_wanted) as wanted:
        button = view.findChild(QPushButton, "review_rehearsal")
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert wanted.args == [Path("a.h5")]
