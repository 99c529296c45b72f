"""The reviewer, by mouse and keyboard, on real run files."""

import csv
import math
import shutil
from pathlib import Path

import pytest
from pyarrow import parquet
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDropEvent, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QTableWidget,
    QToolButton,
    QTreeWidget,
)

from bench.record.disk.locks import Purpose, RunLock
from bench.record.port import Ending
from gui.bridge.run_feed import RunFeed
from gui.bridge.tasks import Tasks
from gui.panels.review.channel_panel import MIME
from gui.panels.review.export_dialog import ExportDialog
from gui.panels.review.file_desk import Asking
from gui.plots.time_stack import TimeStack
from gui.review import ReviewWindow
from gui.settings import Settings
from gui.state.review.alignment import Alignment, By
from gui.state.review.plot_plan import PlotPlan, StripPlan
from tests.gui.run_files import begun_run, closed_run, scan_times, values_of

WAIT = 10_000


class Chosen:
    """What the user chooses in the dialogs of the system."""

    def __init__(self):
        self.opened = ()
        self.written = None

    @property
    def asking(self):
        return Asking(lambda *_: self.opened, lambda *_: self.written)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    closed_run(folder / "first.h5")
    closed_run(folder / "second.h5", gap_ns=10**9)
    return folder


@pytest.fixture
def runs(made, tmp_path):
    return Path(shutil.copytree(made, tmp_path / "runs"))


@pytest.fixture
def chosen():
    return Chosen()


@pytest.fixture
def window(qtbot, words, runs, tmp_path, chosen):
    tasks, feed = Tasks(), RunFeed()
    settings = Settings(searched=(str(runs),))
    found = ReviewWindow(words, settings, feed, tasks, asking=chosen.asking, cache=tmp_path / "c")
    qtbot.addWidget(found)
    found.resize(1366, 768)
    found.show()
    qtbot.waitExposed(found)
    qtbot.waitUntil(lambda: tasks.is_idle, timeout=WAIT)
    yield found
    found.close()
    tasks.close()
    feed.close()


def part(window, kind, name):
    return window.findChild(kind, name)


def key(run, channel="engine.torque"):
    return f"{run.key}\n{channel}"


def opened(qtbot, window, *paths):
    window.open_runs(paths)
    qtbot.waitUntil(lambda: len(window.desk.runs) == len(paths), timeout=WAIT)
    return window.desk.runs


def readings(window):
    table = part(window, QTableWidget, "readings")
    columns = range(table.columnCount())
    return [[table.item(row, c).text() for c in columns] for row in range(table.rowCount())]


def wait_for_text(qtbot, window, text):
    qtbot.waitUntil(lambda: text in window._notices.text, timeout=WAIT)


def test_a_run_is_found_by_typing_and_opened_by_double_click(qtbot, window):
    table = part(window, QTableView, "runs")
    assert table.model().rowCount() == 2
    qtbot.keyClicks(part(window, QLineEdit, "search_runs"), "second")
    qtbot.waitUntil(lambda: table.model().rowCount() == 1, timeout=WAIT)
    place = table.visualRect(table.model().index(0, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: len(window.desk.runs) == 1, timeout=WAIT)
    assert window.desk.runs[0].path.name == "second.h5"
    assert part(window, QTreeWidget, "channels").isVisible()


def test_chosen_runs_are_opened_by_the_button(qtbot, window):
    part(window, QTableView, "runs").selectAll()
    qtbot.mouseClick(part(window, QPushButton, "open_selected"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.desk.runs) == 2, timeout=WAIT)


def test_a_facet_leaves_only_its_runs(qtbot, window):
    box = part(window, QComboBox, "choose_verdict")
    qtbot.keyClick(box, Qt.Key.Key_Down)
    box.activated.emit(box.currentIndex())
    assert part(window, QTableView, "runs").model().rowCount() == 2
    qtbot.keyClicks(part(window, QLineEdit, "runs_since"), "soon")
    qtbot.waitUntil(lambda: "soon" in window._browser._problems.toPlainText(), timeout=WAIT)


def test_what_is_no_run_file_is_a_sentence_in_the_window(qtbot, window, runs):
    (runs / "bad.h5").write_text("no HDF5 at all")
    window.open_runs((runs / "bad.h5", runs / "missing.h5", runs / "no.h2layout"))
    for name in ("bad.h5", "missing.h5", "no.h2layout"):
        wait_for_text(qtbot, window, name)
    assert opened(qtbot, window, runs / "first.h5")
    qtbot.mouseClick(part(window, QToolButton, "dismiss_notices"), Qt.MouseButton.LeftButton)
    assert not window._notices.isVisible()


def test_run_files_are_dropped_on_the_window(qtbot, window, runs):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(runs / "first.h5"))])
    window.dropEvent(
        QDropEvent(
            QPointF(5, 5), Qt.DropAction.CopyAction, data,
            Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
        )
    )  # fmt: skip
    qtbot.waitUntil(lambda: len(window.desk.runs) == 1, timeout=WAIT)


def test_a_channel_is_searched_and_shown_by_keyboard(qtbot, window, runs):
    (run,) = opened(qtbot, window, runs / "first.h5")
    window._keeper.plan(PlotPlan())
    qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    search = part(window, QLineEdit, "search_channels")
    qtbot.keyClicks(search, "oil")
    tree = part(window, QTreeWidget, "channels")
    leaf = tree.topLevelItem(0).child(0).child(0)
    tree.setCurrentItem(leaf)
    qtbot.keyClick(tree, Qt.Key.Key_Return)
    assert window.desk.plan.keys == (key(run, "oil.temperature"),)
    assert tree.mimeData([leaf]).data(MIME).data().decode() == key(run, "oil.temperature")


def test_curves_are_joined_pulled_apart_and_taken_out(qtbot, window, runs):
    (run,) = opened(qtbot, window, runs / "first.h5")
    strips = part(window, QTreeWidget, "strips")
    strips.selectAll()
    qtbot.mouseClick(part(window, QPushButton, "merge_curves"), Qt.MouseButton.LeftButton)
    assert window.desk.plan == PlotPlan((StripPlan((key(run), key(run, "oil.temperature"))),))
    strips.setCurrentItem(strips.topLevelItem(0))
    qtbot.mouseClick(part(window, QPushButton, "overlay_curves"), Qt.MouseButton.LeftButton)
    assert not window.desk.plan.strips[0].is_overlaid
    qtbot.mouseClick(part(window, QPushButton, "unfold_curves"), Qt.MouseButton.LeftButton)
    assert len(window.desk.plan.strips) == 2
    strips.setFocus()
    strips.setCurrentItem(strips.topLevelItem(0).child(0))
    qtbot.keyClick(strips, Qt.Key.Key_Delete)
    assert window.desk.plan.keys == (key(run, "oil.temperature"),)


def test_cursors_and_band_read_raw_data(qtbot, window, runs):
    opened(qtbot, window, runs / "first.h5")
    qtbot.mouseClick(part(window, QToolButton, "cursors_button"), Qt.MouseButton.LeftButton)
    qtbot.keyClick(window, Qt.Key.Key_B)
    window._plots.stack.place_band(0.0, 29.99)
    window._plots.stack.band_moved.emit(0.0, 29.99)
    qtbot.waitUntil(lambda: len(readings(window)) == 2 and readings(window)[1][-1] != "…")
    qtbot.waitUntil(lambda: readings(window)[0][-1] == "3\u202f000", timeout=WAIT)
    torque, oil = readings(window)
    assert torque[8] == "400.000"
    assert float(oil[4]) == pytest.approx(10.0, abs=0.02)
    assert float(oil[5]) == pytest.approx(1.0, abs=0.01)
    qtbot.mouseClick(part(window, QPushButton, "copy_readings"), Qt.MouseButton.LeftButton)
    assert "400.000" in QGuiApplication.clipboard().text()
    qtbot.keyClick(window, Qt.Key.Key_B)
    qtbot.keyClick(window, Qt.Key.Key_C)
    assert readings(window) == []


def test_runs_are_aligned_by_a_step(qtbot, window, runs):
    opened(qtbot, window, runs / "first.h5", runs / "second.h5")
    box = part(window, QComboBox, "align_by")
    box.setCurrentIndex(box.findData(By.STEP))
    box.activated.emit(box.currentIndex())
    assert window.desk.alignment == Alignment(By.STEP, "warm")
    of = part(window, QComboBox, "align_of")
    assert of.isVisible()
    assert of.currentText() == "warm"


def test_a_formula_is_checked_while_one_types_and_then_drawn(qtbot, window, runs):
    (run,) = opened(qtbot, window, runs / "first.h5")
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    dialog = window._formulas
    fields = {name: part(dialog, QLineEdit, f"formula_{name}") for name in ("name", "text", "unit")}
    add = part(dialog, QPushButton, "add_formula")
    qtbot.keyClicks(fields["name"], "twice")
    qtbot.keyClicks(fields["text"], "2 * engine.torqe")
    qtbot.waitUntil(lambda: "engine.torque" in dialog._said.text(), timeout=WAIT)
    assert not add.isEnabled()
    fields["text"].clear()
    qtbot.keyClicks(fields["text"], "2 * engine.torque / (engine.torque - engine.torque + 1 N*m)")
    qtbot.waitUntil(add.isEnabled, timeout=WAIT)
    qtbot.mouseClick(add, Qt.MouseButton.LeftButton)
    assert key(run, "=twice") in window.desk.plan.keys
    wait = lambda: key(run, "=twice") in window._plots._drawing._formulas.traces  # noqa: E731 - one look
    qtbot.waitUntil(wait, timeout=WAIT)
    assert window._plots._drawing._formulas.traces[key(run, "=twice")].high.max() == 800.0
    dialog.close()


def test_a_formula_that_fits_no_run_is_a_sentence(qtbot, window, runs, tmp_path):
    opened(qtbot, window, runs / "first.h5")
    (tmp_path / "a.h2layout").write_text(
        '{"kind": "h2bench-layout", "version": 1, "formulas": [{"name": "f", "text": "no.such"}],'
        ' "strips": [{"curves": [[0, "=f"], [0, "no.such"]]}]}'
    )
    window.open_runs((tmp_path / "a.h2layout",))
    wait_for_text(qtbot, window, "no.such")
    assert [curve.channel for curve in window.desk.curves("en")] == ["=f"]


def test_a_layout_opens_its_own_runs_again(qtbot, window, runs, chosen, tmp_path):
    opened(qtbot, window, runs / "first.h5", runs / "second.h5")
    window._keeper.align(Alignment(By.CLOCK))
    chosen.written = tmp_path / "view"
    before = window.desk
    qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    wait_for_text(qtbot, window, "view.h2layout")
    window._keeper.close_all()
    assert not window.desk.runs
    window.open_runs((tmp_path / "view.h2layout",))
    qtbot.waitUntil(lambda: window.desk.plan == before.plan, timeout=WAIT)
    assert window.desk.alignment == before.alignment


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_what_is_seen_is_exported(qtbot, window, runs, chosen, suffix):
    opened(qtbot, window, runs / "first.h5")
    window._plots.stack.zoom(10.0, 11.0)
    chosen.written = runs / f"out.{suffix}"
    qtbot.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(ExportDialog)
    qtbot.mouseClick(part(dialog, QPushButton, "export_save"), Qt.MouseButton.LeftButton)
    wait_for_text(qtbot, window, f"out.{suffix}")
    if suffix == "csv":
        with chosen.written.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))[1:]
    else:
        rows = parquet.read_table(chosen.written).to_pylist()
    assert len(rows) == 101


def test_an_export_that_cannot_be_written_is_a_sentence(qtbot, window, runs, chosen, tmp_path):
    opened(qtbot, window, runs / "first.h5")
    chosen.written = tmp_path / "no-folder" / "out.csv"
    qtbot.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(ExportDialog)
    qtbot.mouseClick(part(dialog, QPushButton, "export_save"), Qt.MouseButton.LeftButton)
    wait_for_text(qtbot, window, "no-folder")


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_view_is_saved_as_a_picture(qtbot, window, runs, chosen, suffix):
    opened(qtbot, window, runs / "first.h5")
    chosen.written = runs / f"view.{suffix}"
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window, Qt.Key.Key_E, keys)
    wait_for_text(qtbot, window, f"view.{suffix}")
    assert chosen.written.stat().st_size > 1000


def test_a_run_is_followed_while_it_is_recorded(qtbot, window, tmp_path):
    maker = begun_run(tmp_path / "g.h5")
    with RunLock(maker.path, Purpose.RECORDING):
        maker.scans(scan_times(500), values_of(500))
        maker.seal(partial=True)
        opened(qtbot, window, maker.path)
        assert part(window, QToolButton, "follow_button").isVisible()
        qtbot.keyClick(window, Qt.Key.Key_F)
        maker.scans(scan_times(500, 500), values_of(500, 500))
        maker.seal(partial=True)
        window._keeper._feed.refresh()
        stack = window.findChild(TimeStack)
        shows_end = lambda: math.isclose(stack.window_shown[1], 9.99)  # noqa: E731 - one look
        qtbot.waitUntil(shows_end, timeout=WAIT)
        maker.record(Ending("completed", None, int(scan_times(1, 999)[0])))
        maker.finish()
    window._keeper._feed.refresh()
    qtbot.waitUntil(lambda: not window.desk.runs[0].is_growing, timeout=WAIT)


def test_all_texts_change_with_the_language(qtbot, window, runs, words):
    opened(qtbot, window, runs / "first.h5")
    before = part(window, QPushButton, "add_channels").text(), window.windowTitle()
    words.switch("zh")
    after = part(window, QPushButton, "add_channels").text(), window.windowTitle()
    assert all(now != then for now, then in zip(after, before, strict=True))


def test_what_was_open_is_remembered(qtbot, window, runs):
    with qtbot.waitSignal(window.changed, timeout=WAIT) as told:
        window.open_runs((runs / "first.h5",))
    assert told.args[0] == {"recent": (str(runs / "first.h5"),)}


def test_a_stretch_that_findings_point_at_is_seen_over_time(qtbot, window, runs):
    (run,) = opened(qtbot, window, runs / "first.h5")
    window._findings.window_wanted.emit(str(run.path), 10.0, 12.0)
    start, end = window._plots.window_shown
    assert start < 10.0
    assert end > 12.0
    assert window._plots.band == (10.0, 12.0)


def test_a_channel_is_dropped_on_a_strip(qtbot, window, runs):
    (run,) = opened(qtbot, window, runs / "first.h5")
    window._plots.stack.dropped.emit(key(run), 1)
    assert window.desk.plan == PlotPlan((StripPlan((key(run, "oil.temperature"), key(run))),))


def test_folders_are_read_again_and_a_facet_keeps_its_choice(qtbot, window, runs):
    closed_run(runs / "third.h5", rows=100)
    box = part(window, QComboBox, "choose_object")
    box.setCurrentIndex(box.findData("s"))
    box.activated.emit(box.currentIndex())
    qtbot.keyClick(window, Qt.Key.Key_F5)
    table = part(window, QTableView, "runs")
    qtbot.waitUntil(lambda: table.model().rowCount() == 3, timeout=WAIT)
    assert box.currentData() == "s"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_text_is_missing_in_a_language(qtbot, window, runs, words, language):
    opened(qtbot, window, runs / "first.h5")
    words.switch(language)
    window._files.export()
    shown = [
        text
        for kind in (QLabel, QAbstractButton, QLineEdit, QAction)
        for each in window.findChildren(kind)
        for text in (each.text(), each.toolTip(), getattr(each, "placeholderText", str)())
    ]
    assert not [text for text in shown if text.startswith("review.")]
    window.findChild(ExportDialog).close()
