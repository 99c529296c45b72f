"""What panels say stands in the catalogue, in both languages, in all states of a bench."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QTableView,
    QWidget,
)

from bench.channel import Quality
from bench.control.position import Position
from bench.control.states import State
from bench.messages import LANGUAGES, Bilingual, Message
from bench.service.port import Attention
from bench.step import KINDS
from gui.panels.console.alarm_banner import AlarmBanner
from gui.panels.console.alarm_dialogs import bypass_dialog, service_dialog, shelve_dialog
from gui.panels.console.alarm_help import AlarmHelp
from gui.panels.console.alarm_table import AlarmTable
from gui.panels.console.event_log import EventLog
from gui.panels.console.people_first import PeopleFirstDialog
from gui.panels.console.progress_panel import ProgressPanel
from gui.panels.console.recorder_panel import RecorderPanel
from gui.panels.console.state_panel import StatePanel
from gui.panels.console.status_row import StatusRow
from gui.panels.console.title_strip import TitleStrip
from gui.state.console.alarm_table import alarm_table_of
from gui.state.console.banner import banner_of
from gui.state.console.log import log_of
from gui.state.console.progress import progress_of
from gui.state.console.recorder import DiskFigures, recorder_of
from gui.state.console.status import status_of
from gui.state.console.strip import strip_of
from gui.state.console.verbs import verbs_of
from gui.state.session import Session
from tests.gui.state.sessions import alarm, hood_alarm, running, session, with_quality

PANELS = (
    (TitleStrip, strip_of),
    (AlarmBanner, banner_of),
    (StatePanel, verbs_of),
    (ProgressPanel, progress_of),
    (RecorderPanel, lambda found: recorder_of(found, DiskFigures(running().file, 1e6, 1e9, 1e12))),
    (StatusRow, status_of),
    (AlarmTable, alarm_table_of),
    (EventLog, log_of),
)
ALARMS = (
    hood_alarm(),
    alarm("a", state="acknowledged", count=3),
    alarm("b", state="returned", is_bypassed=True, reaction="hold"),
    alarm("c", state="shelved", reason="why"),
    alarm("d", state="out-of-service"),
    alarm("e", state="latched"),
)
PHASES = ("sequence", "re-entry", "recovery", "unload", "soft-stop", "hard-stop", "people-first")
NOT_SAID = re.compile(r"\b(?:operate|alarmview|console|word)\.[a-z]")
"""An id that has no text is shown as it is."""


def states():
    plain = running(alarm_list=ALARMS, is_horn_on=True, costs=Bilingual("All", "全部"))
    yield Session()
    yield replace(session(plain), is_connected=False)
    yield replace(session(plain), silent_for=4.0)
    for state in State:
        yield session(replace(plain, state=state))
    for phase in PHASES:
        yield session(replace(plain, phase=phase))
    for kind in (*KINDS, "sequence"):
        yield session(replace(plain, position=Position(id="x", kind=kind)))
    for doing in ("entering", "held", "exiting"):
        held = Position(id="x", kind="hold", phase=doing)
        yield session(replace(plain, state=State.HOLDING, position=held))
    for attention in Attention:
        yield session(replace(plain, attention=attention))
    for control in ("", "lw@cell-1"):
        yield session(replace(plain, control=control))
    kinds = ("span", "slope", "deviation", "error")
    shown = tuple(replace(plain.criteria[0], kind=kind) for kind in kinds)
    yield session(replace(plain, criteria=shown, trouble=Message("control.nothing-recorded")))
    lost = replace(
        plain, is_beating=False, silent=("daq",), forced=("oil.temperature",), lateness=1.0,
        last_file=Path("old.h5"), last_ending="operator",
        preflight=tuple(replace(each, is_passed=False) for each in plain.preflight),
    )  # fmt: skip
    yield with_quality(session(lost), plc__chain_closed=Quality.BAD)


def said(widget):
    """Return all texts of a widget and what it holds."""
    for each in (widget, *widget.findChildren(QWidget)):
        yield from (each.toolTip(), each.accessibleName(), each.windowTitle())
        if isinstance(each, QLabel | QAbstractButton):
            yield each.text()
        elif isinstance(each, QLineEdit):
            yield each.placeholderText()
        elif isinstance(each, QComboBox):
            yield from (each.itemText(at) for at in range(each.count()))
        elif isinstance(each, QTableView):
            yield from _cells(each.model())


def _cells(model):
    for column in range(model.columnCount()):
        yield model.headerData(column, Qt.Orientation.Horizontal)
        for row in range(model.rowCount()):
            yield str(model.index(row, column).data())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("make", "select"), PANELS, ids=[make.__name__ for make, _ in PANELS])
def test_no_panel_shows_an_id_in_any_state(shown, words, language, make, select):
    words.switch(language)
    panel = shown(make(words))
    for found in states():
        panel.display(select(found))
        assert not [text for text in said(panel) if NOT_SAID.search(text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_dialog_shows_an_id(shown, words, language):
    words.switch(language)
    host = shown(QWidget())
    for dialog in (
        AlarmHelp(words, hood_alarm(), host),
        shelve_dialog(words, "a", host),
        bypass_dialog(words, "a", host),
        service_dialog(words, "a", host),
        PeopleFirstDialog(words, verbs_of(session()), host),
    ):
        dialog.show()
        texts = list(said(dialog))
        assert len([text for text in texts if text]) > 3
        assert not [text for text in texts if NOT_SAID.search(text)]
        dialog.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "placed",
    [
        (TitleStrip, strip_of, 1366),
        (AlarmBanner, banner_of, 1366),
        (StatePanel, verbs_of, 270),
        (ProgressPanel, progress_of, 300),
        (PANELS[4][0], PANELS[4][1], 300),
        (StatusRow, status_of, 1366),
    ],
    ids=lambda each: each[0].__name__ if isinstance(each, tuple) else each,
)
def test_every_panel_has_room_on_a_small_screen(shown, words, language, placed):
    make, select, width = placed
    words.switch(language)
    panel = shown(make(words), width)
    for found in states():
        panel.display(select(found))
        assert panel.minimumSizeHint().width() <= width


def test_a_dialog_that_was_closed_hears_of_no_language(shown, words):
    host = shown(QWidget())
    AlarmHelp(words, hood_alarm(), host).show()
    host.findChild(QDialog, "alarm_help_dialog").close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert host.findChild(QDialog, "alarm_help_dialog") is None
    words.switch("zh")
