"""Demands by hand, operated by mouse and keyboard."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton

from bench.control.states import State
from bench.messages import Message
from bench.service.port import BenchState
from bench.service.requests import Force, HandBack, SetDemands, TakeControl, TakeOver
from gui.panels.console.manual_panel import ManualPanel
from gui.state.console.manual import manual_of
from gui.state.session import Session
from tests.gui.state.sessions import US, engine_cell


def state_of(**changes):
    bench = replace(BenchState(state=State.MANUAL, control=US), **changes)
    return manual_of(Session(bench, engine_cell(), is_connected=True, client=US))


@pytest.fixture
def panel(qtbot, words):
    made = ManualPanel(words)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.display(state_of())
    made.show()
    qtbot.waitExposed(made)
    made.requests = []
    made.asked.connect(made.requests.append)
    return made


def press(qtbot, panel, name):
    button = panel.findChild(QPushButton, name)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    return button


def edit(panel, name):
    return panel.findChild(QLineEdit, name)


def test_staged_demands_are_applied_together_in_one_time(qtbot, panel):
    mode = panel.findChild(QComboBox, "staged_dyno.mode")
    mode.setFocus()
    qtbot.keyClicks(mode, "n/T")
    qtbot.keyClicks(edit(panel, "staged_engine.speed"), "1200")
    qtbot.keyClicks(edit(panel, "staged_engine.torque"), "0.2 kN*m")
    press(qtbot, panel, "apply_demands")
    values = {"dyno.mode": "n/T", "engine.speed": "1200 rpm", "engine.torque": "0.2 kN*m"}
    assert panel.requests == [SetDemands(values, 10.0)]
    assert edit(panel, "staged_engine.speed").text() == ""


def test_one_wrong_value_holds_all_back(qtbot, panel):
    qtbot.keyClicks(edit(panel, "staged_engine.speed"), "9000")
    qtbot.keyClicks(edit(panel, "staged_engine.pedal"), "10")
    assert edit(panel, "staged_engine.speed").property("valid") is False
    assert not press(qtbot, panel, "apply_demands").isEnabled()
    assert panel.requests == []
    press(qtbot, panel, "clear_staged")
    assert edit(panel, "staged_engine.pedal").text() == ""


def test_taking_over_takes_control_first(qtbot, panel):
    panel.display(state_of(state=State.HOLDING, control=""))
    press(qtbot, panel, "take_over")
    assert panel.requests == [TakeControl(), TakeOver()]


def test_the_demands_are_given_back(qtbot, panel):
    press(qtbot, panel, "hand_back")
    assert panel.requests == [HandBack()]


def test_new_values_leave_what_is_staged(qtbot, panel):
    qtbot.keyClicks(edit(panel, "staged_engine.pedal"), "10")
    panel.display(state_of(demands={"engine.pedal": 0.25}))
    assert edit(panel, "staged_engine.pedal").text() == "10"
    assert "25.00 %" in [each.text() for each in panel.findChildren(QLabel)]


def test_nothing_is_applied_while_a_sequence_demands(qtbot, panel):
    panel.display(state_of(state=State.AUTOMATIC))
    qtbot.keyClicks(edit(panel, "staged_engine.pedal"), "10")
    assert not press(qtbot, panel, "apply_demands").isEnabled()


def test_a_measured_value_is_given_by_hand_with_its_reason(qtbot, panel):
    panel.display(state_of(state=State.MONITOR))
    channel = panel.findChild(QComboBox, "force_channel")
    channel.setEditText("fuel.flow")
    qtbot.keyClicks(edit(panel, "force_value"), "3")
    give = panel.findChild(QPushButton, "force_give")
    assert not give.isEnabled()
    qtbot.keyClicks(edit(panel, "force_reason"), "meter is out")
    press(qtbot, panel, "force_give")
    assert panel.requests == [Force("fuel.flow", "3 kg/h", "meter is out")]
    panel.display(state_of(state=State.MONITOR, forced=("fuel.flow",)))
    press(qtbot, panel, "force_end")
    assert panel.requests[-1] == Force("fuel.flow", "", "meter is out")


def test_a_refusal_is_shown_until_the_next_request(qtbot, panel):
    panel.refused(Message("serve.no-demands"))
    assert any("refused" in each.text() for each in panel.findChildren(QLabel))
    press(qtbot, panel, "hand_back")
    assert not any("refused" in each.text() for each in panel.findChildren(QLabel))
