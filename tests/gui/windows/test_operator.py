"""Who is at the bench."""

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog


def test_another_name_is_remembered_and_holds_control_from_then_on(console, attended, qtbot):
    attended("hydrogen-engine-cell")
    remembered = []
    console.changed.connect(remembered.append)
    console.findChild(QAction, "choose_operator").trigger()
    box = console.findChild(QInputDialog, "operator_dialog")
    box.setTextValue("  li ")
    box.accept()
    qtbot.waitUntil(lambda: bool(remembered))
    assert remembered == [{"operator": "li"}]
    assert console.attendance.session.client == "li"
    assert console.attendance.server.rig == "hydrogen-engine-cell"
