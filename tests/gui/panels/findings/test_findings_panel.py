import csv

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QTabWidget

from gui.bridge.tasks import Tasks
from gui.panels.findings.findings_panel import FindingsPanel
from gui.panels.findings.table_view import TableView
from gui.state.findings.judged import Judged, View
from tests.gui.state.findings import results_made as made
from tests.protocols.cell_runs import CellRun

VERDICT = "verdict:\n  cell_voltage: {at: reference, at_least: 0.9 V}\n"


@pytest.fixture
def tasks(qapp):
    found = Tasks()
    yield found
    found.close()
    found.deleteLater()


@pytest.fixture
def run(tmp_path):
    made_run = CellRun(120, points=[("reference", 60, 30)], verdict=VERDICT)
    return made_run.write(tmp_path / "made.h5")


@pytest.fixture
def asked(tmp_path):
    return {"file": tmp_path / "written.csv"}


@pytest.fixture
def panel(qtbot, words, tasks, asked):
    found = FindingsPanel(words, tasks, ask=lambda *_: asked["file"])
    qtbot.addWidget(found)
    found.resize(1000, 600)
    found.show()
    qtbot.waitExposed(found)
    return found


def tab_names(panel):
    tabs = panel.findChild(QTabWidget)
    return [tabs.tabText(place) for place in range(tabs.count())]


def test_a_run_is_judged_off_the_thread_and_shown_in_tabs(qtbot, panel, run):
    panel.display_runs((run,))
    assert panel.findChild(QPushButton, "findings_cancel").isVisible()
    qtbot.waitUntil(lambda: bool(panel.judged), timeout=20_000)
    assert tab_names(panel) == ["Verdict", "Uncertainty budget", "Points", "Channel over channel"]
    assert panel.findChild(QLabel, "findings_verdict").text() == "✗ FAIL"
    qtbot.waitUntil(panel.findChild(QPushButton, "findings_again").isVisible)


def test_a_double_click_on_a_point_wants_its_window(qtbot, panel, run):
    panel.display_runs((run,))
    qtbot.waitUntil(lambda: bool(panel.judged), timeout=20_000)
    panel.show_view(View.POINTS)
    table = panel.findChild(TableView, "findings_points")
    table.selectRow(0)
    with qtbot.waitSignal(panel.window_wanted) as wanted:
        qtbot.keyClick(table, Qt.Key.Key_Return)
    assert wanted.args == [str(run), 3600.0, 5400.0]
    with qtbot.waitSignal(panel.window_wanted) as wanted:
        place = table.visualRect(table.model().index(0, 0)).center()
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
        qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert wanted.args[0] == str(run)
    assert panel.findChild(TableView, "findings_channels").table.rows


def test_a_table_is_written_as_csv_in_the_language_of_the_window(qtbot, panel, run, words, asked):
    panel.display_runs((run,))
    qtbot.waitUntil(lambda: bool(panel.judged), timeout=20_000)
    words.switch("zh")
    assert tab_names(panel)[0] == "判定"
    export = panel.findChild(QPushButton, "findings_results_export")
    qtbot.mouseClick(export, Qt.MouseButton.LeftButton)
    rows = list(csv.reader(asked["file"].read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0][:3] == ["量", "测点", "数值"]
    assert "written.csv" in panel.findChild(QLabel, "findings_note").text()


def test_a_file_that_cannot_be_written_is_told(qtbot, panel, run, asked, tmp_path):
    panel.display_runs((run,))
    qtbot.waitUntil(lambda: bool(panel.judged), timeout=20_000)
    asked["file"] = tmp_path / "no-folder" / "x.csv"
    export = panel.findChild(QPushButton, "findings_results_export")
    qtbot.mouseClick(export, Qt.MouseButton.LeftButton)
    assert "x.csv cannot be written" in panel.findChild(QLabel, "findings_note").text()


def test_a_cancelled_judging_shows_nothing(qtbot, panel, run, tasks):
    panel.display_runs((run,))
    qtbot.mouseClick(panel.findChild(QPushButton, "findings_cancel"), Qt.MouseButton.LeftButton)
    assert panel.findChild(QLabel, "findings_said").text() == "The judging was cancelled"
    qtbot.waitUntil(lambda: tasks.is_idle, timeout=20_000)
    assert not panel.judged
    qtbot.mouseClick(panel.findChild(QPushButton, "findings_again"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(panel.judged), timeout=20_000)


def test_a_file_that_is_no_run_says_why(qtbot, panel, tmp_path):
    broken = tmp_path / "broken.h5"
    broken.write_bytes(b"no HDF5")
    panel.display_runs((broken,))
    qtbot.waitUntil(lambda: bool(panel.judged), timeout=20_000)
    assert "broken.h5" in panel.findChild(QLabel, "findings_note").text()


def test_runs_that_are_no_series_are_chosen_one_by_one(qtbot, panel, run, tmp_path):
    stranger = CellRun(100, serial="S-2", points=[("reference", 10, 30)]).write(
        tmp_path / "stranger.h5"
    )
    panel.display_runs((run, stranger))
    qtbot.waitUntil(lambda: bool(panel.judged), timeout=20_000)
    box = panel.findChild(QComboBox, "findings_runs")
    assert box.isVisible()
    assert "Uncertainty budget" in tab_names(panel)
    qtbot.keyClick(box, Qt.Key.Key_Down)
    assert box.currentText() == "stranger"
    assert "Uncertainty budget" not in tab_names(panel)
    with qtbot.waitSignal(panel.window_wanted) as wanted:
        panel.show_view(View.POINTS)
        qtbot.keyClick(panel.findChild(TableView, "findings_points"), Qt.Key.Key_Return)
    assert wanted.args[0] == str(stranger)


def test_without_runs_it_says_what_to_do(panel, words):
    assert panel.findChild(QLabel, "findings_said").text() == words.text("findings.nothing")
    panel.display_runs(())
    assert not panel.judged


def test_every_view_shows_its_part_in_both_languages(panel, run, words):
    """All views at once, on results that have something for each."""
    everything = made.results(
        windows=made.map_windows(), curves=(made.curve(), made.curve(9.0)),
        spectra=(made.spectrum_result(), made.spectrum_result(2.0)), life=made.life(),
        cycles=(made.cycle(),), results=(made.judged_result(),),
    )  # fmt: skip
    panel.show_judged((Judged((run,), everything),))
    tabs = panel.findChild(QTabWidget)
    assert tabs.count() == len(View)
    for language in ("zh", "en"):
        words.switch(language)
        for place in range(tabs.count()):
            tabs.setCurrentIndex(place)
            shown = tabs.currentWidget()
            texts = [each.text() for each in shown.findChildren(QLabel)]
            texts += [each.text() for each in shown.findChildren(QPushButton)]
            assert not [text for text in texts if text.startswith("findings.")]


def test_spectra_are_drawn_as_they_are_selected(qtbot, panel, run):
    spectra = tuple(made.spectrum_result(float(n)) for n in range(8))
    panel.show_judged((Judged((run,), made.results(spectra=spectra)),))
    panel.show_view(View.SPECTRA)
    table = panel.findChild(TableView, "findings_spectra_table")
    assert len(table.selectionModel().selectedRows()) == 6
    table.setFocus()
    place = table.visualRect(table.model().index(2, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert [index.row() for index in table.selectionModel().selectedRows()] == [2]
    box = panel.findChild(QComboBox, "findings_spectra_diagram")
    for _ in range(3):
        qtbot.keyClick(box, Qt.Key.Key_Down)
    assert "DRT" in box.currentText()


def test_nothing_is_judged_before_somebody_looks(qtbot, panel, run, tasks):
    panel.hide()
    panel.display_runs((run,))
    assert tasks.is_idle
    panel.show()
    qtbot.waitUntil(lambda: bool(panel.judged), timeout=20_000)
    panel.hide()
    panel.show()
    assert tasks.is_idle  # the same runs are not judged again
