import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton

from bench.messages import Bilingual
from gui.bridge.tasks import Tasks
from gui.panels.findings.chooser import Chooser
from gui.panels.findings.findings_panel import FindingsPanel
from gui.state.findings.judged import Judged, View
from tests.gui.state.findings import results_made as made
from tests.protocols.cell_runs import CellRun


@pytest.fixture
def tasks(qapp):
    found = Tasks()
    yield found
    found.close()
    found.deleteLater()


@pytest.fixture
def asked(tmp_path):
    return {"file": tmp_path / "map.png"}


@pytest.fixture
def panel(qtbot, words, tasks, asked):
    found = FindingsPanel(words, tasks, ask=lambda *_: asked["file"])
    qtbot.addWidget(found)
    found.resize(1000, 600)
    found.show()
    qtbot.waitExposed(found)
    return found


def test_a_chart_is_written_as_a_picture(qtbot, panel, asked, tmp_path):
    panel.show_judged((Judged((tmp_path / "a.h5",), made.results(windows=made.map_windows())),))
    panel.show_view(View.MAP)
    export = panel.findChild(QPushButton, "findings_map_chart_export")
    qtbot.mouseClick(export, Qt.MouseButton.LeftButton)
    assert asked["file"].read_bytes().startswith(b"\x89PNG")
    asked["file"] = tmp_path / "map.svg"
    qtbot.mouseClick(export, Qt.MouseButton.LeftButton)
    assert "<svg" in asked["file"].read_text(encoding="utf-8")
    asked["file"] = tmp_path / "no-folder" / "map.png"
    qtbot.mouseClick(export, Qt.MouseButton.LeftButton)
    assert "map.png" in panel.findChild(QLabel, "findings_note").text()
    asked["file"] = None  # the user thinks better of it
    panel.findChild(QLabel, "findings_note").setText("")
    qtbot.mouseClick(export, Qt.MouseButton.LeftButton)
    assert panel.findChild(QLabel, "findings_note").text() == ""


def test_the_axes_of_a_map_are_chosen_by_keyboard(qtbot, panel, tmp_path):
    panel.show_judged((Judged((tmp_path / "a.h5",), made.results(windows=made.map_windows())),))
    panel.show_view(View.MAP)
    told = panel.findChild(QLabel, "findings_map_told")
    assert "nothing is extrapolated" in told.text()
    qtbot.keyClick(panel.findChild(QComboBox, "findings_map_x"), Qt.Key.Key_Down)
    # torque over torque is a line
    assert "cover no area" in told.text()


def test_two_channels_are_drawn_over_each_other_as_they_are_chosen(qtbot, panel, tasks, tmp_path):
    run = CellRun(100).write(tmp_path / "made.h5")
    panel.show_judged((Judged((run,), None),))
    told = panel.findChild(QLabel, "findings_pairs_told")
    qtbot.waitUntil(lambda: "100 moments of 100 rows" in told.text(), timeout=10_000)
    upwards = panel.findChild(QComboBox, "findings_pairs_y")
    upwards.lineEdit().selectAll()
    qtbot.keyClicks(upwards.lineEdit(), "temperature")
    qtbot.keyClick(upwards.lineEdit(), Qt.Key.Key_Return)
    assert upwards.currentText() == "stack.temperature"
    qtbot.waitUntil(lambda: tasks.is_idle, timeout=10_000)


def test_what_is_no_run_any_more_is_told_beside_the_chart(qtbot, panel, tmp_path):
    panel.show_judged((Judged((tmp_path / "gone.h5",), None),))
    told = panel.findChild(QLabel, "findings_pairs_told")
    qtbot.waitUntil(lambda: "gone.h5" in told.text(), timeout=10_000)


def test_a_chooser_tells_only_what_the_user_chose(qtbot, words):
    chooser = Chooser(words, "choice", "findings.diagram", is_searched=True)
    qtbot.addWidget(chooser)
    chooser.show()
    heard = []
    chooser.chosen.connect(heard.append)
    chooser.display([("a", Bilingual("apple", "苹果")), ("b", Bilingual("banana", "香蕉"))], "b")
    assert (chooser.key, heard) == ("b", [])
    words.switch("zh")
    assert (chooser.box.currentText(), chooser.key, heard) == ("香蕉", "b", [])
    words.switch("en")
    chooser.box.lineEdit().selectAll()
    qtbot.keyClicks(chooser.box.lineEdit(), "ppl")
    qtbot.keyClick(chooser.box.lineEdit(), Qt.Key.Key_Return)
    assert (chooser.key, heard) == ("a", ["a"])
    chooser.box.lineEdit().selectAll()
    qtbot.keyClicks(chooser.box.lineEdit(), "nothing like it")
    qtbot.keyClick(chooser.box.lineEdit(), Qt.Key.Key_Return)
    assert (chooser.key, heard) == ("a", ["a"])
    assert chooser.box.currentText() == "apple"
    chooser.display([("c", "cherry")])
    assert chooser.key == "c"
