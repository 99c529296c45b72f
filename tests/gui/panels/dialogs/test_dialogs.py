"""Dialogs that guide a person, operated by mouse and keyboard."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QPushButton, QTableWidget, QTreeWidget

from bench.clock import VirtualClock
from bench.control.states import State
from bench.messages import Message
from bench.service.port import BenchState, EventShown
from bench.service.requests import ChangeGas, Compare, Note, ShiftHandover, TakeControl
from gui.bridge.tasks import Tasks
from gui.panels.dialogs.gas import GasDialog
from gui.panels.dialogs.handover import HandoverDialog
from gui.panels.dialogs.note import NoteDialog
from gui.panels.dialogs.zeroing import ZeroingDialog
from gui.state.console.zeroing import zero_of
from gui.state.session import Session
from tests.gui.state.sessions import US, engine_cell, frame_of


@pytest.fixture
def tasks(qapp):
    made = Tasks()
    yield made
    made.close()


@pytest.fixture
def session():
    bench = BenchState(state=State.MONITOR, rig="hydrogen-engine-cell", control=US)
    model = engine_cell()
    return Session(bench, model, frame_of(model), is_connected=True, client=US)


@pytest.fixture
def shown(qtbot):
    """Shows a dialog; what it asks is kept beside it."""

    def show(dialog):
        qtbot.addWidget(dialog)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
        requests = []
        dialog.asked.connect(requests.append)
        dialog.show()
        qtbot.waitExposed(dialog)
        return dialog, requests

    return show


def zeroing(words, session, protocols=()):
    dialog = ZeroingDialog(words)
    dialog.display(zero_of(session, protocols))
    return dialog


def press(qtbot, dialog, name):
    button = dialog.findChild(QPushButton, name)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    return button


def event(number, said, **told):
    return EventShown(number, 0, "info", US, Message(f"maintenance.{said}", told))


def test_a_note_is_written(qtbot, words, shown):
    dialog, requests = shown(NoteDialog(words, US))
    assert not dialog.findChild(QPushButton, "note_write").isEnabled()
    qtbot.keyClicks(dialog.findChild(QPlainTextEdit, "note_text"), "it knocks")
    press(qtbot, dialog, "note_write")
    assert requests == [Note("it knocks", US)]
    assert not dialog.isVisible()


def test_channels_are_compared_one_after_the_other(qtbot, words, shown, session):
    dialog, requests = shown(zeroing(words, session))
    press(qtbot, dialog, "zero_next")
    press(qtbot, dialog, "zero_next")
    first, second = (Compare(name, f"0 {unit}", 10.0) for name, unit in (
        ("engine.torque", "N*m"), ("fuel.flow", "kg/h"),
    ))  # fmt: skip
    assert requests == [first]
    within = Message("maintenance.within", {"tolerance": "3 N·m"})
    events = (event(1, "compared", channel="engine.torque", shown="0.2 N·m", error="0.2 N·m",
                    verdict=within),)  # fmt: skip
    dialog.display(zero_of(replace(session, events=events)))
    assert requests == [first, second]
    why = Message("maintenance.few", {"count": 1, "least": 3})
    events += (event(2, "not-compared", channel="fuel.flow", reason=why),)
    dialog.display(zero_of(replace(session, events=events)))
    table = dialog.findChild(QTreeWidget, "zero_channels")
    rows = [table.topLevelItem(i) for i in range(2)]
    assert rows[0].text(2) == "0.2 N·m"
    assert rows[1].text(3).startswith("▲")
    assert dialog.findChild(QPushButton, "zero_back").isVisible()


def test_a_refused_comparison_is_told_and_the_next_one_follows(qtbot, words, shown, session):
    nobodys = replace(session, bench=replace(session.bench, control=""))
    dialog, requests = shown(zeroing(words, nobodys))
    press(qtbot, dialog, "zero_next")
    press(qtbot, dialog, "zero_next")
    assert requests[0] == TakeControl()
    dialog.refused(Message("maintenance.monitor-only", {"state": "safe"}))
    assert [each.channel for each in requests[1:]] == ["engine.torque", "fuel.flow"]


def test_nothing_is_compared_while_the_bench_moves(qtbot, words, shown, session):
    moving = replace(session, bench=replace(session.bench, state=State.MANUAL))
    dialog, requests = shown(zeroing(words, moving))
    press(qtbot, dialog, "zero_next")
    assert not press(qtbot, dialog, "zero_next").isEnabled()
    assert requests == []


def test_the_objects_own_protocol_may_be_used_instead(qtbot, words, shown, session):
    protocols = [("hydrogen-engine/zero", "hydrogen-engine")]
    dialog, _ = shown(zeroing(words, session, protocols))
    with qtbot.waitSignal(dialog.protocol_wanted) as wanted:
        press(qtbot, dialog, "zero_own")
    assert wanted.args == ["hydrogen-engine/zero"]


def test_values_follow_the_bench(words, shown, session):
    dialog, _ = shown(zeroing(words, session))
    values = np.full(len(session.model.channels), 1.0)
    dialog.display(zero_of(replace(session, newest=replace(session.newest, values=values))))
    table = dialog.findChild(QTreeWidget, "zero_channels")
    assert table.topLevelItem(0).text(1) == "1.000 N·m"


def test_a_certificate_is_typed_and_its_gas_is_connected(qtbot, words, shown):
    dialog, requests = shown(GasDialog(words, engine_cell().gas, has_control=False))
    give = dialog.findChild(QPushButton, "gas_give")
    assert not give.isEnabled()
    qtbot.keyClicks(dialog.findChild(QLineEdit, "gas_lot"), "H2-2")
    qtbot.keyClicks(dialog.findChild(QLineEdit, "gas_date"), "2026-11-20")
    assert give.isEnabled()
    table = dialog.findChild(QTableWidget, "gas_impurities")
    table.item(0, 1).setText("60 %")
    table.item(1, 1).setText("50 %")
    assert not give.isEnabled()
    table.setCurrentCell(1, 0)
    press(qtbot, dialog, "gas_remove")
    assert give.isEnabled()
    press(qtbot, dialog, "gas_give")
    assert requests[0] == TakeControl()
    assert isinstance(requests[1], ChangeGas)
    assert requests[1].lot.fractions["N2"][0] == pytest.approx(0.6)


@pytest.fixture
def served(session, tmp_path):
    """A bench whose run files lie in a folder that is there."""
    return replace(session.bench, file=tmp_path / "a.h5")


def test_a_handover_is_drafted_named_and_given(qtbot, words, shown, tasks, served):
    bench, saved = served, served.file.with_name("note.md")
    dialog, requests = shown(
        HandoverDialog(words, tasks, VirtualClock(), bench, operator=US, choose=lambda *_: saved)
    )
    text = dialog.findChild(QPlainTextEdit, "handover_text")
    qtbot.waitUntil(lambda: "hydrogen-engine-cell" in text.toPlainText())
    give = dialog.findChild(QPushButton, "handover_give")
    assert not give.isEnabled()
    qtbot.keyClicks(dialog.findChild(QLineEdit, "handover_taker"), "jo")
    assert f"From {US} to jo" in text.toPlainText()
    press(qtbot, dialog, "handover_save")
    assert saved.read_text(encoding="utf-8") == text.toPlainText()
    press(qtbot, dialog, "handover_give")
    assert requests == [ShiftHandover(text.toPlainText(), US, "jo")]


def test_a_draft_without_run_files_has_the_state_alone(qtbot, words, shown, tasks, served):
    bench = replace(served, file=served.file.parent / "none" / "a.h5")
    dialog, _ = shown(HandoverDialog(words, tasks, VirtualClock(), bench))
    qtbot.waitUntil(lambda: tasks.is_idle)
    assert not dialog.findChild(QPushButton, "handover_give").isEnabled()
