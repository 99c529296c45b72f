"""A button that has to be held."""

import pytest
from PySide6.QtCore import QPoint, Qt

from gui.widgets.hold_button import HoldButton

FOR_EVER = 600_000


@pytest.fixture
def shown(qtbot):
    def make(held_for):
        button = HoldButton(held_for)
        button.setText("Hard stop")
        qtbot.addWidget(button)
        button.show()
        qtbot.waitExposed(button)
        button.activateWindow()
        button.setFocus()
        qtbot.waitUntil(button.hasFocus, timeout=2000)
        return button

    return make


def test_held_by_mouse_it_is_confirmed_once(qtbot, shown):
    button = shown(20)
    told = []
    button.confirmed.connect(lambda: told.append(1))
    with qtbot.waitSignal(button.confirmed, timeout=5000):
        qtbot.mousePress(button, Qt.MouseButton.LeftButton)
    qtbot.mouseRelease(button, Qt.MouseButton.LeftButton)
    assert told == [1]
    assert not button.is_held


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_held_by_key_it_is_confirmed(qtbot, shown, key):
    button = shown(20)
    with qtbot.waitSignal(button.confirmed, timeout=5000):
        qtbot.keyPress(button, key)
    qtbot.keyRelease(button, key)


def test_a_click_orders_nothing(qtbot, shown):
    button = shown(FOR_EVER)
    with qtbot.assertNotEmitted(button.confirmed):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        qtbot.keyClick(button, Qt.Key.Key_Space)
    assert not button.is_held


def test_leaving_it_gives_up(qtbot, shown):
    button = shown(FOR_EVER)
    qtbot.mousePress(button, Qt.MouseButton.LeftButton)
    assert button.is_held
    qtbot.mouseMove(button, QPoint(-30, -30))
    assert not button.is_held
    qtbot.mouseRelease(button, Qt.MouseButton.LeftButton)


def test_losing_the_keyboard_gives_up(qtbot, shown):
    button = shown(FOR_EVER)
    qtbot.keyPress(button, Qt.Key.Key_Space)
    assert button.is_held
    button.clearFocus()
    assert not button.is_held


def test_what_is_forbidden_meanwhile_is_given_up(qtbot, shown):
    button = shown(FOR_EVER)
    qtbot.mousePress(button, Qt.MouseButton.LeftButton)
    button.setEnabled(False)
    assert not button.is_held


def test_another_mouse_button_does_not_hold_it(qtbot, shown):
    button = shown(FOR_EVER)
    qtbot.mousePress(button, Qt.MouseButton.RightButton)
    assert not button.is_held
    qtbot.mouseRelease(button, Qt.MouseButton.RightButton)


def test_the_bar_grows_while_it_is_held(qtbot, shown):
    button = shown(60)
    button.resize(160, 34)
    before = button.grab().toImage()
    with qtbot.waitSignal(button.confirmed, timeout=5000):
        qtbot.mousePress(button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: _dark(button) > 5 or not button.is_held, timeout=5000)
        grown = _dark(button)
    assert grown > 5
    assert before.pixelColor(4, before.height() - 4).lightness() > 100
    qtbot.mouseRelease(button, Qt.MouseButton.LeftButton)


def _dark(button):
    """Return how many pixels of the line of the bar are dark."""
    image = button.grab().toImage()
    line = image.height() - 4
    return sum(image.pixelColor(x, line).lightness() < 60 for x in range(3, image.width() - 3))
