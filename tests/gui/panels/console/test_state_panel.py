"""The state display and its orders."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QPushButton

from bench.control.states import State
from bench.messages import Bilingual
from gui.panels.console.state_panel import StatePanel
from gui.state.console.verbs import Verb, verbs_of
from gui.widgets.hold_button import HoldButton
from tests.gui.state.sessions import running, session


@pytest.fixture
def panel(shown, words):
    return shown(StatePanel(words, held_for=20), 270)


@pytest.fixture
def ordered(panel):
    found = []
    panel.ordered.connect(found.append)
    return found


def show(panel, **changes):
    panel.display(verbs_of(session(running(**changes))))


def button(panel, name):
    return panel.findChild(QPushButton, f"verb_{name}")


def text(panel, name):
    return panel.findChild(QLabel, name).text()


def test_it_says_state_step_and_time(panel):
    show(panel)
    assert text(panel, "state_word") == "■ AUTOMATIC"
    assert text(panel, "state_detail") == "sequence\n2400 rpm / 180 N·m"
    assert text(panel, "state_doing") == "stabilise 5/6"
    assert text(panel, "state_time") == "0:41 / 1:00"
    assert "wall" in text(panel, "state_hardware")


def test_a_stop_counts_down(panel):
    show(panel, state=State.STOPPING, phase="soft-stop", stops={"soft-stop": 83.0})
    assert text(panel, "state_time") == "safe in 1:23"


def test_holding_needs_no_confirmation(qtbot, panel, ordered):
    show(panel)
    qtbot.mouseClick(button(panel, "hold"), Qt.MouseButton.LeftButton)
    assert ordered == [Verb.HOLD]


def test_ctrl_h_holds_and_ctrl_r_resumes(qtbot, panel, ordered):
    show(panel)
    qtbot.keyClick(panel, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    show(panel, state=State.HOLDING)
    qtbot.keyClick(panel, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert ordered == [Verb.HOLD, Verb.RESUME]


def test_a_key_of_an_order_that_makes_no_sense_does_nothing(qtbot, panel, ordered):
    show(panel, state=State.MONITOR, phase="")
    qtbot.keyClick(panel, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    assert ordered == []


@pytest.mark.parametrize(
    ("name", "verb"), [("soft_stop", Verb.SOFT_STOP), ("hard_stop", Verb.HARD_STOP)]
)
def test_a_stop_is_ordered_once_it_was_held(qtbot, panel, ordered, name, verb):
    show(panel)
    stop = button(panel, name)
    assert isinstance(stop, HoldButton)
    with qtbot.waitSignal(panel.ordered, timeout=5000):
        qtbot.mousePress(stop, Qt.MouseButton.LeftButton)
    qtbot.mouseRelease(stop, Qt.MouseButton.LeftButton)
    assert ordered == [verb]


def test_a_key_puts_the_keyboard_on_a_stop_and_space_held_orders_it(qtbot, panel, ordered):
    show(panel)
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(panel, Qt.Key.Key_X, both)
    assert ordered == []
    stop = button(panel, "hard_stop")
    assert panel.focusWidget() is stop
    with qtbot.waitSignal(panel.ordered, timeout=5000):
        qtbot.keyPress(stop, Qt.Key.Key_Space)
    qtbot.keyRelease(stop, Qt.Key.Key_Space)
    assert ordered == [Verb.HARD_STOP]


def test_people_first_says_what_it_costs_and_has_a_word_typed(qtbot, panel, ordered):
    show(panel, costs=Bilingual("The stack may be destroyed.", "电堆可能损坏。"))
    qtbot.mouseClick(button(panel, "people_first"), Qt.MouseButton.LeftButton)
    dialog = panel.findChild(QDialog, "people_first_dialog")
    ok = dialog.findChild(QPushButton, "ok")
    assert dialog.findChild(QLabel, "costs").text() == "The stack may be destroyed."
    qtbot.keyClicks(dialog.findChild(QLineEdit, "typed"), "yes")
    assert not ok.isEnabled()
    dialog.findChild(QLineEdit, "typed").clear()
    qtbot.keyClicks(dialog.findChild(QLineEdit, "typed"), "people")
    qtbot.mouseClick(ok, Qt.MouseButton.LeftButton)
    assert ordered == [Verb.PEOPLE_FIRST]


def test_an_object_without_people_first_has_no_such_button(panel):
    show(panel)
    assert not button(panel, "people_first").isVisible()


def test_control_is_taken_or_given_by_the_one_button_that_makes_sense(panel):
    show(panel)
    assert button(panel, "give_control").isVisible()
    assert not button(panel, "take_control").isVisible()
    show(panel, control="lw@cell-1")
    assert button(panel, "take_control").isVisible()


def test_an_order_that_makes_no_sense_says_why(panel):
    show(panel)
    assert button(panel, "resume").toolTip() == "The sequence is not held"
    assert "Ctrl+H" in button(panel, "hold").toolTip()
    assert "0:12" in button(panel, "hard_stop").toolTip()


def test_a_state_that_is_old_is_called_so(panel):
    panel.display(verbs_of(replace(session(), is_connected=False)))
    assert "last known state" in text(panel, "state_waits")
    assert not button(panel, "hard_stop").isEnabled()


def test_no_button_moves_while_the_state_changes(panel):
    panel.resize(270, 520)
    show(panel)
    panel.layout().activate()
    before = button(panel, "hard_stop").pos()
    show(panel, state=State.MONITOR, phase="")
    panel.layout().activate()
    assert button(panel, "hard_stop").pos() == before


def test_the_language_changes_while_it_is_shown(panel, words):
    show(panel)
    words.switch("zh")
    assert text(panel, "state_word") == "■ 自动"
    assert button(panel, "soft_stop").text() == "软停"
    assert "急停是硬件" in text(panel, "state_hardware")


def test_enter_in_the_dialog_of_people_first_orders_nothing(qtbot, panel, ordered):
    show(panel, costs=Bilingual("The stack may be destroyed."))
    qtbot.mouseClick(button(panel, "people_first"), Qt.MouseButton.LeftButton)
    typed = panel.findChild(QDialog, "people_first_dialog").findChild(QLineEdit, "typed")
    qtbot.keyClicks(typed, "people")
    qtbot.keyClick(typed, Qt.Key.Key_Return)
    assert ordered == []
