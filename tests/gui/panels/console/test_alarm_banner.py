"""The alarm banner."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QLabel, QLineEdit, QPushButton

from bench.service.requests import Acknowledge, Shelve, Silence
from gui.panels.console.alarm_banner import AlarmBanner
from gui.panels.console.alarm_row import AlarmRow
from gui.state.console.banner import banner_of
from tests.gui.state.sessions import alarm, hood_alarm, running, session


@pytest.fixture
def banner(shown, words):
    return shown(AlarmBanner(words), 1366)


@pytest.fixture
def asked(banner):
    found = []
    banner.asked.connect(found.append)
    return found


def show(banner, *alarms, **changes):
    banner.display(banner_of(session(running(alarm_list=alarms, **changes))))


def button(banner, name):
    return banner.findChild(QPushButton, name)


def row(banner, place):
    return banner.findChild(AlarmRow, f"alarm_row_{place}")


def pick(qtbot, banner, place):
    qtbot.mouseClick(row(banner, place), Qt.MouseButton.LeftButton)


def test_no_alarm_is_said_in_words(banner):
    show(banner)
    assert row(banner, 0).accessibleName() == "No alarm"
    assert not button(banner, "alarm_acknowledge").isEnabled()


def test_without_a_server_it_does_not_claim_that_there_is_none(banner):
    banner.display(banner_of(replace(session(), is_connected=False)))
    assert row(banner, 0).accessibleName() == ""
    assert banner.findChild(QLabel, "alarm_trouble").isVisible()


def test_a_row_tells_priority_value_and_reaction(banner):
    show(banner, hood_alarm())
    told = row(banner, 0).accessibleName()
    assert told.startswith("1 ")
    assert "plc.hood_h2_1 = 27.4 %LFL" in told
    assert told.endswith("→ hard stop")


def test_f2_acknowledges_all_where_none_is_picked(qtbot, banner, asked):
    show(banner, hood_alarm(), alarm())
    qtbot.keyClick(banner, Qt.Key.Key_F2)
    assert asked == [Acknowledge()]


def test_f2_acknowledges_the_one_that_is_picked(qtbot, banner, asked):
    show(banner, hood_alarm(), alarm())
    pick(qtbot, banner, 1)
    qtbot.keyClick(banner, Qt.Key.Key_F2)
    assert asked == [Acknowledge("nitrogen-low")]


def test_a_row_is_picked_by_keyboard_too(qtbot, banner, asked):
    show(banner, hood_alarm(), alarm())
    row(banner, 1).setFocus()
    qtbot.keyClick(row(banner, 1), Qt.Key.Key_Space)
    qtbot.mouseClick(button(banner, "alarm_acknowledge"), Qt.MouseButton.LeftButton)
    assert asked == [Acknowledge("nitrogen-low")]


def test_what_is_picked_stays_picked_while_alarms_come_and_is_let_go_with_it(qtbot, banner, asked):
    show(banner, alarm())
    pick(qtbot, banner, 0)
    show(banner, hood_alarm(), alarm())
    qtbot.keyClick(banner, Qt.Key.Key_F2)
    show(banner, hood_alarm())
    qtbot.keyClick(banner, Qt.Key.Key_F2)
    assert asked == [Acknowledge("nitrogen-low"), Acknowledge()]


def test_f3_silences_a_horn_that_sounds_and_acknowledges_nothing(qtbot, banner, asked):
    show(banner, hood_alarm())
    qtbot.keyClick(banner, Qt.Key.Key_F3)
    assert asked == []
    show(banner, hood_alarm(), is_horn_on=True)
    qtbot.keyClick(banner, Qt.Key.Key_F3)
    assert asked == [Silence()]


def test_what_guards_people_cannot_be_shelved(qtbot, banner):
    show(banner, hood_alarm(), alarm())
    pick(qtbot, banner, 0)
    assert not button(banner, "alarm_shelve").isEnabled()
    pick(qtbot, banner, 1)
    assert button(banner, "alarm_shelve").isEnabled()


def test_shelving_asks_for_reason_and_time(qtbot, banner, asked):
    show(banner, alarm())
    pick(qtbot, banner, 0)
    qtbot.mouseClick(button(banner, "alarm_shelve"), Qt.MouseButton.LeftButton)
    dialog = banner.findChild(QDialog, "shelve_dialog")
    ok = dialog.findChild(QPushButton, "ok")
    assert not ok.isEnabled()
    qtbot.keyClicks(dialog.findChild(QLineEdit, "reason"), "bottle is being changed")
    dialog.findChild(QComboBox, "time").setCurrentIndex(1)
    qtbot.mouseClick(ok, Qt.MouseButton.LeftButton)
    assert asked == [Shelve("nitrogen-low", "bottle is being changed", 1800.0)]


def test_f1_explains_what_is_picked_in_the_language_of_the_user(qtbot, banner, words):
    words.switch("zh")
    show(banner, hood_alarm(), alarm())
    pick(qtbot, banner, 1)
    qtbot.keyClick(banner, Qt.Key.Key_F1)
    dialog = banner.findChild(QDialog, "alarm_help_dialog")
    assert "请更换氮气瓶。" in [label.text() for label in dialog.findChildren(QLabel)]
    dialog.close()


def test_what_else_there_is_is_counted(banner):
    show(banner, *(alarm(str(n)) for n in range(5)), alarm("s", state="shelved"))
    assert banner.findChild(QLabel, "alarm_summary").text() == "+2 more  +1 shelved"


def test_the_list_is_one_click_away(qtbot, banner):
    with qtbot.waitSignal(banner.list_wanted, timeout=1000):
        qtbot.mouseClick(button(banner, "alarm_list"), Qt.MouseButton.LeftButton)


def test_showing_asks_for_nothing(banner, asked):
    show(banner, hood_alarm(), is_horn_on=True)
    show(banner)
    assert asked == []


def test_it_has_room_on_a_small_screen(banner):
    show(banner, hood_alarm(), alarm(is_bypassed=True, count=12), alarm("c"), alarm("d"))
    assert banner.minimumSizeHint().width() <= 1366
