"""The preflight checks, operated by mouse and keyboard."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QPushButton, QTreeWidget

from bench.control.states import State
from bench.messages import Bilingual, Message
from bench.service.port import BenchState, CheckShown
from bench.service.requests import Attest, RunCheck
from gui.panels.console.preflight_panel import PreflightPanel
from gui.panels.dialogs.attest import AttestDialog
from gui.state.session import Session
from gui.state.start.preflight import preflight_of


def check(name, title, *, is_passed, valid_for=0.0, is_attested=False):
    said = Message("preflight.never")
    return CheckShown(
        name, Bilingual(title, "检查"), is_passed, said, 0.0, valid_for, is_attested,
        advice=Bilingual("Do this."),
    )  # fmt: skip


CHECKS = (
    check("doors", "Doors closed", is_passed=True),
    check("leak", "Feed line", is_passed=False, valid_for=3600.0),
    check("round", "Walk round", is_passed=False, valid_for=3600.0, is_attested=True),
)


def state_of(**changes):
    bench = BenchState(state=State.MONITOR, rig="cell", preflight=CHECKS)
    return preflight_of(Session(replace(bench, **changes), is_connected=True, client="mk"))


@pytest.fixture
def panel(qtbot, words, tmp_path):
    made = PreflightPanel(words, "mk", choose_file=lambda *_: tmp_path / "checks.txt")
    qtbot.addWidget(made)
    made.display(state_of())
    made.resize(700, 400)
    made.show()
    qtbot.waitExposed(made)
    made.requests = []
    made.asked.connect(made.requests.append)
    return made


def choose(qtbot, panel, title):
    table = panel.findChild(QTreeWidget, "preflight_table")
    item = table.findItems(title, Qt.MatchFlag.MatchExactly, 1)[0]
    place = table.visualItemRect(item).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def press(qtbot, panel, name):
    button = panel.findChild(QPushButton, name)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    return button


def test_a_check_of_the_bench_is_run(qtbot, panel):
    choose(qtbot, panel, "Feed line")
    assert not panel.findChild(QPushButton, "attest_check").isEnabled()
    press(qtbot, panel, "run_check")
    assert panel.requests == [RunCheck("leak")]


def test_a_check_of_a_person_is_attested_with_what_was_seen_and_a_name(qtbot, panel):
    choose(qtbot, panel, "Walk round")
    press(qtbot, panel, "attest_check")
    dialog = panel.findChild(AttestDialog)
    give = dialog.findChild(QPushButton, "attest_give")
    assert dialog.findChild(QLineEdit, "attest_operator").text() == "mk"
    assert not give.isEnabled()
    qtbot.keyClicks(dialog.findChild(QPlainTextEdit, "attest_text"), "nobody inside")
    qtbot.mouseClick(give, Qt.MouseButton.LeftButton)
    assert panel.requests == [Attest("round", "nobody inside", "mk")]


def test_what_is_judged_all_the_time_is_neither_run_nor_attested(qtbot, panel):
    choose(qtbot, panel, "Doors closed")
    assert not press(qtbot, panel, "run_check").isEnabled()
    assert not press(qtbot, panel, "attest_check").isEnabled()
    assert panel.requests == []


def test_nothing_is_run_while_a_sequence_runs(qtbot, panel):
    choose(qtbot, panel, "Feed line")
    panel.display(state_of(state=State.AUTOMATIC))
    assert not press(qtbot, panel, "run_check").isEnabled()


def test_what_is_chosen_stays_chosen_when_a_check_passes(qtbot, panel):
    choose(qtbot, panel, "Feed line")
    passed = (*CHECKS[:2], replace(CHECKS[2], is_passed=True))
    panel.display(state_of(preflight=passed))
    assert panel.findChild(QPushButton, "run_check").isEnabled()


def test_the_checks_are_saved_as_text(qtbot, panel, tmp_path):
    press(qtbot, panel, "save_preflight")
    text = (tmp_path / "checks.txt").read_text(encoding="utf-8")
    assert text == panel.text()
    assert "Walk round" in text


def test_a_disk_that_takes_nothing_is_said(qtbot, words, tmp_path):
    panel = PreflightPanel(words, choose_file=lambda *_: tmp_path / "no" / "checks.txt")
    qtbot.addWidget(panel)
    panel.display(state_of())
    panel.show()
    press(qtbot, panel, "save_preflight")
    assert any("checks.txt" in each.text() for each in panel.findChildren(type(panel._advice)))
