"""What an engineer gives the reviewer that is no good: each is a sentence, and the work goes on."""

import errno
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QTableView,
    QTabWidget,
    QTreeWidget,
)

import bench.messages
from bench.runs.export import arrow
from gui.panels.review.export_dialog import ExportDialog
from gui.state.plots import open_run as open_run_module
from gui.words import Words
from tests.gui.reviewing import LEFT, TORQUE, key, reviewer, stepped_run
from tests.gui.run_files import closed_run

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return stepped_run(tmp_path_factory.mktemp("bad") / "good.h5")


@pytest.fixture
def desk(qtbot, words, tmp_path):
    with reviewer(qtbot, words, tmp_path / "cache") as found:
        yield found


def copied(good, tmp_path, name="bad.h5"):
    return Path(shutil.copy(good, tmp_path / name))


def no_hdf5(path):
    path.write_bytes(b"time;torque\n0;1\n" * 100)


def truncated(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def newer(path):
    with h5py.File(path, "r+") as file:
        file.attrs["format_version"] = 99


def without_time(path):
    with h5py.File(path, "r+") as file:
        del file["entry/scan/time_ns"]
        del file["entry/scan/time"]


def index_without_channels(path):
    """A list of a million channels, of which the file holds not one."""
    names = b", ".join([b'{"name": "made"}'] * 1_000_000)
    with h5py.File(path, "r+") as file:
        del file["entry/index"]
        file["entry/index"] = np.frombuffer(b"[" + names + b"]", np.uint8)


BROKEN = (no_hdf5, truncated, newer, without_time, index_without_channels)


@pytest.mark.parametrize("breaks", BROKEN, ids=lambda each: each.__name__)
def test_a_file_that_is_no_good_is_a_sentence(desk, good, tmp_path, breaks):
    path = copied(good, tmp_path)
    breaks(path)
    desk.window.open_runs((path,))
    desk.until_told("bad.h5")
    assert not desk.window.desk.runs
    desk.open(good)
    desk.until(lambda: bool(desk.traces(TORQUE)))


def test_units_that_are_no_text_hurt_nobody(desk, good, tmp_path):
    path = copied(good, tmp_path)
    with h5py.File(path, "r+") as file:
        for name in (f"entry/scan/{TORQUE}", f"entry/scan/{TORQUE}/value", "entry/scan/time"):
            file[name].attrs["units"] = np.bytes_(b"N\xb7m\xff")
    desk.window.open_runs((path,))
    desk.until(lambda: bool(desk.window.desk.runs) or "bad.h5" in desk.told)
    if desk.window.desk.runs:
        desk.until(lambda: bool(desk.traces(TORQUE)))
        assert {trace.curve.unit for trace in desk.traces(TORQUE).values()} == {"N·m"}


def test_of_too_many_channels_the_first_are_listed_and_told(desk, good, monkeypatch):
    monkeypatch.setattr(open_run_module, "MOST_CHANNELS", 1)
    (run,) = desk.open(good)
    assert len(run.channels) == 1
    assert desk.part(QTreeWidget, "channels").topLevelItem(0).child(0).childCount() == 1
    desk.until_told("2")


def test_a_file_that_is_gone_while_it_is_open_is_told_when_it_is_needed(desk, good, tmp_path):
    path = copied(good, tmp_path, "gone.h5")
    desk.open(path, good)
    path.unlink()
    desk.stack.zoom(1.0, 2.0)
    desk.until(lambda: desk.stack._picture.start == 1.0)
    desk.chosen.written = tmp_path / "out.csv"
    desk.press(Qt.Key.Key_E, CTRL)
    desk.click(QPushButton, "export_save", desk.window.findChild(ExportDialog))
    desk.until_told("gone.h5")
    desk.part(QTabWidget, "review_centre").setCurrentIndex(1)
    findings = desk.window._findings
    desk.until(lambda: bool(findings.judged))
    desk.until(lambda: "gone.h5" in desk.part(QLabel, "findings_note").text())


def test_a_drive_that_fails_under_an_open_run_is_told_once(desk, good, tmp_path):
    """What is left of the file cannot be read; the other run is drawn as before."""
    path = copied(good, tmp_path, "failing.h5")
    desk.open(path, good)
    with path.open("r+b") as file:
        file.truncate(4096)
    desk.stack.zoom(1.0, 2.0)
    desk.until_told("failing.h5")
    desk.until(lambda: key(good, TORQUE).split("\n")[0] in desk.traces(TORQUE))
    desk.stack.zoom(3.0, 4.0)
    desk.until(lambda: desk.stack._picture.start == 3.0)
    assert desk.told.count("failing.h5") == 1


@pytest.mark.parametrize(
    ("text", "unit", "told"),
    [
        ("engine.torqe * 2", "", "engine.torque"),
        ("engine.torque + fuel.supply_pressure", "", "unit"),
        ("engine.torque * 2", "bar", "bar"),
        ("engine.torque * (", "", ""),
        ("5", "", "5"),
    ],
)
def test_a_formula_that_means_nothing_is_a_sentence_and_is_not_added(desk, good, text, unit, told):
    desk.open(good)
    desk.press(Qt.Key.Key_K, CTRL)
    dialog = desk.window._formulas
    for name, written in (("name", "f"), ("text", text), ("unit", unit)):
        desk.qtbot.keyClicks(desk.part(QLineEdit, f"formula_{name}", dialog), written)
    add = desk.part(QPushButton, "add_formula", dialog)
    desk.until(lambda: len(dialog._said.text()) > 10 and told in dialog._said.text())
    assert not add.isEnabled()
    assert not desk.window.desk.formulas


def test_where_a_formula_divides_by_zero_there_is_a_gap(desk, good):
    """Zero at one row only: 2 N·m / (torque of the peak − 400 N·m)."""
    desk.open(good)
    desk.press(Qt.Key.Key_K, CTRL)
    dialog = desk.window._formulas
    desk.qtbot.keyClicks(desk.part(QLineEdit, "formula_name", dialog), "f")
    text = "2 N*m / (engine.torque - 400 N*m)"
    desk.qtbot.keyClicks(desk.part(QLineEdit, "formula_text", dialog), text)
    add = desk.part(QPushButton, "add_formula", dialog)
    desk.until(add.isEnabled)
    desk.qtbot.mouseClick(add, LEFT)
    desk.stack.zoom(9.0, 11.0)
    desk.until(lambda: any(len(t.times) == 203 for t in desk.traces("=f").values()))
    (trace,) = desk.traces("=f").values()
    assert trace.times[np.isnan(trace.low)] == pytest.approx([10.0])


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe\x00", b"[1, 2", b'{"kind": "other"}', b"[" * 5000,
        b'{"kind": "h2bench-layout", "version": 99}',
        b'{"kind": "h2bench-layout", "version": 1, "strips": [{"curves": [["x", 1]]}]}',
        b'{"kind": "h2bench-layout", "version": 1, "window": [NaN, 1]}',
    ],
)  # fmt: skip
def test_a_layout_that_is_none_is_a_sentence_and_changes_nothing(desk, good, tmp_path, content):
    desk.open(good)
    before = desk.window.desk.plan
    (tmp_path / "view.h2layout").write_bytes(content)
    desk.window.open_runs((tmp_path / "view.h2layout",))
    desk.until_told("view.h2layout")
    assert desk.window.desk.plan == before


@pytest.fixture
def catalogues(tmp_path, monkeypatch):
    """A copy of the texts, from which a room may be taken out."""
    folder = Path(shutil.copytree(Path(bench.messages.__file__).parent, tmp_path / "messages"))
    monkeypatch.setattr(bench.messages, "__file__", str(folder / "__init__.py"))
    bench.messages.catalogue.cache_clear()
    yield folder
    bench.messages.catalogue.cache_clear()


@pytest.mark.parametrize("also_english", [False, True])
def test_without_the_texts_of_a_language_others_are_shown(
    qtbot, good, tmp_path, catalogues, also_english
):
    (catalogues / "zh/review.po").unlink()
    if also_english:
        (catalogues / "en/review.po").unlink()
    with reviewer(qtbot, Words("zh"), tmp_path / "cache") as desk:
        desk.open(good)
        title = "review.runs" if also_english else "Runs"
        assert desk.part(QTabWidget, "review_left").tabText(0) == title
        desk.press(Qt.Key.Key_K, CTRL)
        desk.window._formulas.hide()
        desk.window.open_runs((tmp_path / "none.h5",))
        desk.until_told("none.h5")


def is_full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_a_full_disk_ends_an_export_with_a_sentence_and_leaves_nothing(
    desk, good, tmp_path, monkeypatch, name
):
    monkeypatch.setattr(arrow.CsvStream, "write", is_full)
    monkeypatch.setattr(arrow.ParquetStream, "write", is_full)
    desk.open(good)
    desk.chosen.written = tmp_path / name
    desk.press(Qt.Key.Key_E, CTRL)
    desk.click(QPushButton, "export_save", desk.window.findChild(ExportDialog))
    desk.until_told(name)
    assert "No space left" in desk.told
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize("name", ["view.png", "view.svg"])
def test_a_full_disk_keeps_the_older_picture(desk, good, tmp_path, monkeypatch, name):
    desk.open(good)
    desk.chosen.written = tmp_path / name
    desk.chosen.written.write_bytes(b"older")
    monkeypatch.setattr(Path, "write_bytes", is_full)
    desk.press(Qt.Key.Key_E, CTRL, Qt.KeyboardModifier.ShiftModifier)
    desk.until_told(name)
    assert "No space left" in desk.told
    assert desk.chosen.written.read_bytes() == b"older"


def test_a_full_disk_keeps_the_older_layout(desk, good, tmp_path, monkeypatch):
    desk.open(good)
    desk.chosen.written = tmp_path / "view.h2layout"
    desk.chosen.written.write_bytes(b"older")
    monkeypatch.setattr(Path, "write_text", is_full)
    desk.press(Qt.Key.Key_S, CTRL)
    desk.until_told("view.h2layout")
    assert desk.chosen.written.read_bytes() == b"older"


def test_a_folder_that_holds_broken_files_lists_the_others(qtbot, words, good, tmp_path):
    closed_run(tmp_path / "fine.h5")
    newer(copied(good, tmp_path, "newer.h5"))
    no_hdf5(tmp_path / "none.h5")
    with reviewer(qtbot, words, tmp_path / "cache", tmp_path) as desk:
        table = desk.part(QTableView, "runs").model()
        names = [table.path(row).name for row in range(table.rowCount())]
        assert "fine.h5" in names
        told = desk.part(QPlainTextEdit, "run_problems").toPlainText()
        assert all(name in names or name in told for name in ("newer.h5", "none.h5"))
        desk.open(tmp_path / "fine.h5")
