"""The tab of all alarms."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QLabel, QLineEdit, QPushButton, QTableView

from bench.service.requests import Acknowledge, Bypass, PutOutOfService, Reset, Unshelve
from gui.panels.console.alarm_model import COLUMNS
from gui.panels.console.alarm_table import AlarmTable
from gui.state.console.alarm_table import alarm_table_of
from tests.gui.state.sessions import about, alarm, came, hood_alarm, running, session


@pytest.fixture
def table(shown, words):
    found = shown(AlarmTable(words), 1100)
    found.resize(1100, 420)
    return found


@pytest.fixture
def asked(table):
    found = []
    table.asked.connect(found.append)
    return found


def show(table, *alarms, events=()):
    bench = running(alarm_list=alarms)
    table.display(alarm_table_of(session(bench, events=tuple(events))))


def cells(table, column="limit"):
    model = table.findChild(QTableView, "alarms").model()
    at = COLUMNS.index(column)
    return [model.index(row, at).data() for row in range(model.rowCount())]


def pick(qtbot, table, row):
    view = table.findChild(QTableView, "alarms")
    place = view.visualRect(view.model().index(row, 1)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def press(qtbot, table, name):
    qtbot.mouseClick(table.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def test_it_lists_present_and_past_alarms(table):
    events = [came(1, "coolant-hot"), about(2, "alarm.normal", "coolant-hot")]
    show(table, hood_alarm(), alarm(), events=events)
    assert cells(table) == ["hood-hydrogen", "nitrogen-low", "coolant-hot"]
    assert cells(table, "state") == ["active", "active", "past"]
    assert cells(table, "first") == ["FIRST", "", ""]


@pytest.mark.parametrize(
    ("state", "deal"),
    [
        ({}, ("alarm_acknowledge", Acknowledge("nitrogen-low"))),
        ({"state": "latched"}, ("alarm_reset", Reset("nitrogen-low"))),
        ({"state": "shelved"}, ("alarm_unshelve", Unshelve("nitrogen-low"))),
        ({"is_bypassed": True}, ("alarm_end_bypass", Bypass("nitrogen-low", "", 0.0))),
        (
            {"state": "out-of-service"},
            ("alarm_in_service", PutOutOfService("nitrogen-low", is_out=False)),
        ),
    ],
)
def test_what_is_picked_is_dealt_with(qtbot, table, asked, state, deal):
    button, request_ = deal
    show(table, alarm(**state))
    pick(qtbot, table, 0)
    press(qtbot, table, button)
    assert asked == [request_]


def test_taking_something_from_an_alarm_asks_why(qtbot, table, asked):
    show(table, alarm("own", reaction="hold"))
    pick(qtbot, table, 0)
    for button, name in (("alarm_bypass", "bypass"), ("alarm_out_of_service", "service")):
        press(qtbot, table, button)
        dialog = table.findChild(QDialog, f"{name}_dialog")
        reason = dialog.findChild(QLineEdit, "reason")
        qtbot.keyClicks(reason, "sensor is exchanged")
        qtbot.keyClick(reason, Qt.Key.Key_Return)
    assert asked == [
        Bypass("own", "sensor is exchanged", 600.0),
        PutOutOfService("own", "sensor is exchanged"),
    ]


def test_what_guards_against_gas_offers_acknowledging_alone(qtbot, table):
    show(table, hood_alarm())
    pick(qtbot, table, 0)
    buttons = table.findChildren(QPushButton)
    enabled = {each.objectName() for each in buttons if each.isEnabled()}
    assert enabled == {"acknowledge_all", "alarm_acknowledge"}


def test_what_is_picked_is_explained(qtbot, table, words):
    show(table, hood_alarm(), alarm())
    pick(qtbot, table, 1)
    explained = table.findChild(QLabel, "alarm_explained")
    assert "Exchange the nitrogen bottle." in explained.text()
    words.switch("zh")
    assert cells(table, "reaction") == ["硬停", "警告"]


def test_the_pick_survives_news_of_other_alarms(qtbot, table, asked):
    show(table, alarm())
    pick(qtbot, table, 0)
    show(table, hood_alarm(), alarm())
    press(qtbot, table, "alarm_acknowledge")
    assert asked == [Acknowledge("nitrogen-low")]


def test_the_list_can_be_narrowed(qtbot, table):
    show(table, hood_alarm(), alarm(), alarm("x", state="shelved"))
    qtbot.keyClicks(table.findChild(QLineEdit, "needle"), "trailer")
    assert cells(table) == []
    table.findChild(QLineEdit, "needle").clear()
    which = table.findChild(QComboBox, "which")
    which.setCurrentIndex(2)
    assert cells(table) == ["x"]


def test_all_are_acknowledged_at_once(qtbot, table, asked):
    show(table, hood_alarm(), alarm())
    press(qtbot, table, "acknowledge_all")
    assert asked == [Acknowledge()]


def test_without_a_server_nothing_can_be_done(qtbot, table):
    bench = running(alarm_list=(alarm(),))
    table.display(alarm_table_of(session(bench, is_connected=False)))
    pick(qtbot, table, 0)
    assert not any(each.isEnabled() for each in table.findChildren(QPushButton))
