"""A day of an engineer: runs found, laid side by side, measured, judged and taken elsewhere."""

import csv
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent, QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QTableWidget,
    QTabWidget,
    QToolButton,
    QTreeWidget,
)

from bench.channel import FRESH
from bench.clock import SECOND
from bench.record.port import Ending
from bench.record.recorder import RunWriter
from gui.panels.findings.table_view import TableView
from gui.panels.review.export_dialog import ExportDialog
from gui.state.findings.judged import View
from gui.state.review.alignment import By
from tests.bench.runs.run_maker import header_of, measured
from tests.gui.reviewing import (
    LEFT,
    PRESSURE,
    TORQUE,
    ageing_run,
    key,
    map_run,
    raw_values,
    reviewer,
    second_of,
    stepped_run,
)

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
RAW = raw_values(3000, 1000)
TIMES = np.arange(3000) * 0.01


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("engineer")
    stepped_run(folder / "first.h5", 1000)
    stepped_run(folder / "second.h5", 2000)
    return folder


@pytest.fixture
def desk(qtbot, words, tmp_path):
    with reviewer(qtbot, words, tmp_path / "cache") as found:
        yield found


def cells(desk, row=0):
    table = desk.part(QTableWidget, "readings")
    items = [table.item(row, column) for column in range(table.columnCount())]
    return ["…" if item is None else item.text() for item in items]


def is_counted(desk):
    table = desk.part(QTableWidget, "readings")
    return table.rowCount() > 0 and all(cells(desk)) and "…" not in cells(desk)


def dropped(desk, channel, y):
    """Drag a channel from the tree onto the plots, as the mouse does."""
    tree = desk.part(QTreeWidget, "channels")
    leaves = tree.findItems(channel, Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive)
    data = tree.mimeData([leaves[0]])
    desk.stack.dropEvent(
        QDropEvent(
            QPointF(400.0, y), Qt.DropAction.CopyAction, data, LEFT,
            Qt.KeyboardModifier.NoModifier,
        )
    )  # fmt: skip


def test_a_folder_is_chosen_and_a_run_found_opened_and_drawn(desk, files, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(files))
    desk.click(QPushButton, "choose_folder")
    table = desk.part(QTableView, "runs")
    desk.until(lambda: table.model().rowCount() == 2)
    desk.qtbot.keyClicks(desk.part(QLineEdit, "search_runs"), "first")
    desk.until(lambda: table.model().rowCount() == 1)
    table.selectRow(0)
    desk.click(QPushButton, "open_selected")
    desk.until(lambda: TORQUE in {t.curve.channel for t in desk.stack._picture.traces})
    drawn = desk.traces(TORQUE)[desk.window.desk.runs[0].key]
    assert np.nanmax(drawn.high) == 400.0
    assert np.nanmin(drawn.low) == pytest.approx(RAW[:, 0].min(), rel=1e-6)


def test_a_channel_is_searched_and_dragged_into_a_strip(desk, files):
    desk.open(files / "first.h5")
    desk.show(PRESSURE)
    desk.press(Qt.Key.Key_F, CTRL)
    desk.qtbot.keyClicks(desk.part(QLineEdit, "search_channels"), "torque")
    dropped(desk, TORQUE, 200.0)
    (strip,) = desk.window.desk.plan.strips
    assert strip.keys == (key(files / "first.h5", PRESSURE), key(files / "first.h5", TORQUE))
    strips = desk.part(QTreeWidget, "strips")
    strips.selectAll()
    strips.setFocus()
    desk.qtbot.keyClick(strips, Qt.Key.Key_Delete)
    assert not desk.window.desk.plan.strips
    dropped(desk, TORQUE, 200.0)
    assert desk.window.desk.plan.keys == (key(files / "first.h5", TORQUE),)


def test_keys_of_a_list_are_its_own(desk, files):
    """Delete in another field takes no curve away, and Down stays where one types."""
    desk.open(files / "first.h5")
    before = desk.window.desk.plan
    search = desk.part(QLineEdit, "search_channels")
    search.setText("oil")
    search.setFocus()
    search.selectAll()
    desk.qtbot.keyClick(search, Qt.Key.Key_Delete)
    assert (search.text(), desk.window.desk.plan) == ("", before)
    box = desk.part(QComboBox, "axis")
    box.setFocus()
    desk.qtbot.keyClick(box, Qt.Key.Key_Down)
    assert box.hasFocus()
    assert box.currentIndex() == 1


def test_a_dragged_cursor_reads_what_numpy_reads(desk, files):
    desk.open(files / "first.h5")
    desk.show(TORQUE)
    desk.press(Qt.Key.Key_C)
    desk.drag(desk.x_of(desk.stack.scene.cursors[0]), desk.x_of(7.5))
    a, b = desk.stack.scene.cursors
    assert a == pytest.approx(7.5, abs=0.05)
    desk.until(lambda: len(cells(desk)) > 5 and cells(desk)[5] not in {"", "…"})
    at = [RAW[np.searchsorted(TIMES, time, side="right") - 1, 0] for time in (a, b)]
    read = [float(text) for text in cells(desk)[2:6]]
    slope = (at[1] - at[0]) / (b - a)
    assert read == pytest.approx([*at, at[1] - at[0], slope], rel=1e-4)


def test_a_dragged_band_has_the_statistics_of_numpy(desk, files):
    desk.open(files / "first.h5")
    desk.show(TORQUE)
    desk.click(QToolButton, "band_button")
    desk.click(QToolButton, "cursors_button")
    start, end = desk.stack.scene.band
    desk.drag(desk.x_of(end), desk.x_of(25.0))
    desk.drag(desk.x_of(start), desk.x_of(5.0))
    start, end = desk.stack.scene.band
    desk.until(lambda: is_counted(desk))
    values = RAW[(start <= TIMES) & (end >= TIMES), 0]
    assert (start, end) == (pytest.approx(5.0, abs=0.05), pytest.approx(25.0, abs=0.05))
    desk.until(lambda: cells(desk)[10] == f"{len(values):,}".replace(",", "\u202f"))
    found = [float(text) for text in cells(desk)[6:10]]
    expected = [values.min(), values.mean(), values.max(), values.std(ddof=1)]
    assert found == pytest.approx(expected, rel=1e-5)


def test_two_runs_are_laid_upon_one_another_by_a_step(desk, files):
    desk.open(files / "first.h5", files / "second.h5")
    by, of = desk.part(QComboBox, "align_by"), desk.part(QComboBox, "align_of")
    by.setFocus()
    for _ in range(2):
        desk.qtbot.keyClick(by, Qt.Key.Key_Down)
    assert by.currentData() is By.STEP
    of.setFocus()
    desk.qtbot.keyClick(of, Qt.Key.Key_Down)
    assert of.currentText() == "load"
    assert list(desk.window.desk.placed.offsets.values()) == [-10.0, -20.0]
    desk.stack.zoom(-1.0, 1.0)
    desk.until(lambda: len(desk.traces(TORQUE)) == 2 and desk.stack._picture.start == -1.0)
    for trace in desk.traces(TORQUE).values():
        assert trace.times[np.nanargmax(trace.high)] == pytest.approx(0.0, abs=0.011)


def test_alarm_limits_of_the_rig_are_lines_on_the_plot(desk, files):
    desk.open(files / "first.h5")
    desk.show(PRESSURE)
    desk.until(lambda: bool(desk.window.desk.strips()[0].limits))
    from_rig = desk.window.desk.levels[desk.window.desk.runs[0].key]
    assert desk.stack._lanes.all[0].plan.limits == from_rig[PRESSURE]


def test_a_click_on_an_alarm_says_its_text(desk, files):
    desk.open(files / "first.h5")
    desk.until(lambda: len(desk.stack.scene.marks) == 3)
    said = desk.part(QLabel, "mark_line")
    assert not said.isVisible()
    desk.qtbot.mouseClick(desk.stack, LEFT, pos=QPoint(desk.x_of(10.0), 30))
    assert said.isVisible()
    assert said.text().startswith("◆1  0:00:10.0")
    assert "h2.hood > 25 %LFL" in said.text()
    desk.qtbot.mouseClick(desk.stack, LEFT, pos=QPoint(desk.x_of(20.0), 10))
    assert said.text() == "0:00:10.0  load"
    desk.press(Qt.Key.Key_W, CTRL)


def test_a_map_is_judged_drawn_and_taken_out_as_pictures(desk, tmp_path):
    desk.open(map_run(tmp_path / "map.h5"))
    desk.part(QTabWidget, "review_centre").setCurrentIndex(1)
    findings = desk.window._findings
    desk.until(lambda: bool(findings.judged))
    assert findings.judged[0].refusal is None
    assert desk.part(QLabel, "findings_verdict").text() != ""
    findings.show_view(View.MAP)
    chart = findings.findChild(QPushButton, "findings_map_chart_export")
    desk.until(chart.isVisible)
    for suffix in ("png", "svg"):
        desk.chosen.written = tmp_path / f"map.{suffix}"
        desk.qtbot.mouseClick(chart, LEFT)
    assert QImage(str(tmp_path / "map.png")).width() > 800
    assert QSvgRenderer(str(tmp_path / "map.svg")).isValid()
    findings.show_view(View.BUDGET)
    desk.chosen.written = tmp_path / "budget.csv"
    desk.click(QPushButton, "findings_budget_export", findings)
    rows = list(csv.reader(desk.chosen.written.read_text(encoding="utf-8-sig").splitlines()))
    shown = desk.part(TableView, "findings_budget", findings).table.rows
    assert len(rows) == len(shown) + 1 > 3


def test_the_loss_of_a_stack_is_what_was_written_into_its_file(desk, tmp_path):
    desk.open(ageing_run(tmp_path / "aged.h5"))
    desk.part(QTabWidget, "review_centre").setCurrentIndex(1)
    findings = desk.window._findings
    desk.until(lambda: bool(findings.judged))
    life = findings.judged[0].results.life
    assert life.rates[0].millivolt[0] == pytest.approx(4.15, rel=0.05)
    findings.show_view(View.LIFE)
    desk.chosen.written = tmp_path / "rates.csv"
    desk.click(QPushButton, "findings_rates_export", findings)
    assert "4.1" in desk.chosen.written.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_an_export_holds_the_raw_numbers_of_what_is_seen(desk, files, tmp_path, suffix):
    desk.open(files / "first.h5")
    desk.show(TORQUE, PRESSURE)
    desk.stack.zoom(9.995, 12.005)
    desk.chosen.written = tmp_path / f"out.{suffix}"
    desk.press(Qt.Key.Key_E, CTRL)
    desk.click(QPushButton, "export_save", desk.window.findChild(ExportDialog))
    desk.until_told(f"out.{suffix}")
    if suffix == "csv":
        with desk.chosen.written.open(encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file)
        assert head[2:] == [f"{TORQUE} [N*m]", f"{PRESSURE} [bar]"]
        numbers = np.array([[row[0], *row[2:]] for row in rows], float)
    else:
        table = parquet.read_table(desk.chosen.written)
        names = [each for each in table.column_names if each in {TORQUE, PRESSURE}]
        assert names == [TORQUE, PRESSURE]
        numbers = np.column_stack([TIMES[1000:1201], *(table[name] for name in names)])
    expected = np.column_stack([TIMES[1000:1201], RAW[1000:1201]])
    assert numbers == pytest.approx(expected, rel=1e-6)


def test_the_plots_are_saved_as_they_are_seen(desk, files, tmp_path):
    desk.open(files / "first.h5")
    for suffix in ("png", "svg"):
        desk.chosen.written = tmp_path / f"view.{suffix}"
        desk.press(Qt.Key.Key_E, CTRL, SHIFT)
        desk.until_told(f"view.{suffix}")
    image = QImage(str(tmp_path / "view.png"))
    assert image.width() == desk.stack.width() * 2
    drawing = QSvgRenderer(str(tmp_path / "view.svg"))
    assert drawing.isValid()
    assert drawing.viewBox().width() == desk.stack.width()
    assert not list(tmp_path.glob("*.part"))


def test_a_layout_brings_back_runs_strips_and_window(desk, qtbot, words, files, tmp_path):
    desk.open(files / "first.h5", files / "second.h5")
    desk.show(PRESSURE, TORQUE)
    desk.stack.zoom(3.0, 4.0)
    desk.chosen.written = tmp_path / "mine.h2layout"
    desk.press(Qt.Key.Key_S, CTRL)
    desk.until_told("mine.h2layout")
    with reviewer(qtbot, words, tmp_path / "other") as other:
        other.chosen.opened = (desk.chosen.written,)
        other.press(Qt.Key.Key_O, CTRL)
        other.until(lambda: other.stack.window_shown == (3.0, 4.0))
        assert other.window.desk.plan == desk.window.desk.plan
        assert [run.path for run in other.window.desk.runs] == [
            run.path for run in desk.window.desk.runs
        ]


def test_a_run_is_reviewed_while_the_recorder_writes_it(desk, tmp_path):
    channels = tuple(measured(name, "N*m").channel for name in (TORQUE, "engine.power"))
    writer = RunWriter(tmp_path / "now.h5", header_of(channels=channels))
    marks = np.full(2, FRESH, np.uint8)

    def record(first, last):
        for row in range(first, last):
            writer.row(5 * SECOND + row * SECOND // 100, np.array([row, 2.0 * row]), marks)

    record(0, 3000)
    (run,) = desk.open(tmp_path / "now.h5")
    assert run.is_growing
    desk.click(QToolButton, "follow_button")
    record(3000, 9000)
    desk.window._keeper._feed.refresh()
    desk.until(lambda: desk.window.desk.runs[0].end_ns > run.end_ns)
    seen = desk.window.desk.runs[0]
    desk.until(lambda: desk.stack.window_shown[1] == pytest.approx(seen.duration))
    desk.until(lambda: desk.traces(TORQUE)[run.key].times[-1] > run.duration)
    drawn = desk.traces(TORQUE)[run.key]
    assert drawn.high[-1] == pytest.approx(drawn.times[-1] / second_of(1), abs=20.0)
    writer.close(Ending("completed", None, 5 * SECOND + 90 * SECOND))
    desk.window._keeper._feed.refresh()
    desk.until(lambda: not desk.window.desk.runs[0].is_growing)
    assert desk.window.desk.runs[0].duration == pytest.approx(89.99)


def test_no_file_stays_open_behind_the_window(qtbot, words, files, tmp_path):
    handles = Path("/proc/self/fd")
    with reviewer(qtbot, words, tmp_path / "cache") as desk:
        desk.open(files / "first.h5", files / "second.h5")
        if handles.is_dir():
            assert _open_in(handles, files)
    assert not handles.is_dir() or not _open_in(handles, files)


def _open_in(handles, folder):
    """Return the files of a folder that this process has open."""
    links = []
    for each in list(handles.iterdir()):
        try:
            links.append(each.readlink())
        except OSError:  # the handle of the listing itself
            continue
    return [link for link in links if link.is_relative_to(folder)]
