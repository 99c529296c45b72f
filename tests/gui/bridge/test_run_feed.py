import h5py
import numpy as np
import pytest

from bench.clock import SECOND
from bench.errors import RunFileError
from bench.record.disk.locks import Purpose, RunLock
from bench.record.port import Ending
from gui.bridge.run_feed import RunFeed
from gui.state.plots.open_run import key_of
from gui.state.plots.picture import Curve, MarkKind, Wanted
from tests.gui.run_files import begun_run, closed_run, scan_times, values_of


@pytest.fixture
def feed():
    found = RunFeed()
    yield found
    found.close()


def opened(qtbot, feed, path):
    with qtbot.waitSignal(feed.opened, timeout=10_000) as told:
        feed.open(path)
    return told.args[0]


def curve(run, name="engine.torque", unit="N·m"):
    return Curve(run.key, name, name, unit)


def test_a_run_is_opened_and_pictured(qtbot, feed, tmp_path):
    run = opened(qtbot, feed, closed_run(tmp_path / "a.h5"))
    assert feed.runs[run.key] is run
    with qtbot.waitSignal(feed.pictured, timeout=10_000) as told:
        feed.want("x", Wanted((curve(run),), 0.0, run.duration, 300))
    picture, tag = told.args
    assert tag == "x"
    assert picture.traces[0].high.max() == 400.0
    assert MarkKind.ALARM in {mark.kind for mark in picture.marks}


def test_an_offset_moves_curves_and_marks_alike(qtbot, feed, tmp_path):
    run = opened(qtbot, feed, closed_run(tmp_path / "a.h5"))
    with qtbot.waitSignal(feed.pictured, timeout=10_000) as told:
        feed.want("x", Wanted((curve(run),), 100.0, 100.0 + run.duration, 300), {run.key: 100.0})
    picture = told.args[0]
    peak = picture.traces[0].times[np.nanargmax(picture.traces[0].high)]
    alarm = next(mark for mark in picture.marks if mark.kind is MarkKind.ALARM)
    assert peak == pytest.approx(110.0, abs=0.1)
    assert alarm.start == 110.0


def test_only_the_newest_want_of_a_tag_is_drawn(qtbot, feed, tmp_path):
    run = opened(qtbot, feed, closed_run(tmp_path / "a.h5"))
    got = []
    feed.pictured.connect(lambda picture, tag: got.append((tag, picture.end)))
    held = []
    feed.ask(run.key, lambda _: held.append(feed.want), lambda _: None, pytest.fail)
    for end in range(1, 50):
        feed.want("x", Wanted((curve(run),), 0.0, float(end), 100))
    feed.want("y", Wanted((curve(run),), 0.0, 7.0, 100))
    qtbot.waitUntil(lambda: ("y", 7.0) in got, timeout=10_000)
    assert got[-2] == ("x", 49.0)
    assert len(got) < 49


def test_marks_are_in_the_language_of_the_window(qtbot, feed, tmp_path):
    run = opened(qtbot, feed, closed_run(tmp_path / "a.h5", gap_ns=20 * SECOND))
    texts = []
    for language in ("en", "zh"):
        feed.speak(language)
        with qtbot.waitSignal(feed.pictured, timeout=10_000) as told:
            feed.want("x", Wanted((curve(run),), 0.0, run.duration, 300))
        marks = told.args[0].marks
        texts.append(next(mark.text for mark in marks if mark.kind is MarkKind.GAP))
    assert texts[0] != texts[1]


def test_work_with_a_run_is_done_off_the_window_and_told_in_it(qtbot, feed, tmp_path):
    run = opened(qtbot, feed, closed_run(tmp_path / "a.h5"))
    got = []
    feed.ask(run.key, len, got.append, pytest.fail)
    qtbot.waitUntil(lambda: got == [3000], timeout=10_000)


def refuses(_run):
    raise RunFileError("runs.no-file", path="x")


def test_work_that_fails_is_a_sentence(qtbot, feed, tmp_path):
    run = opened(qtbot, feed, closed_run(tmp_path / "a.h5"))
    got = []
    feed.ask(run.key, refuses, pytest.fail, got.append)
    feed.ask("no such run", len, pytest.fail, got.append)
    qtbot.waitUntil(lambda: len(got) == 2, timeout=10_000)
    assert [message.id for message in got] == ["runs.no-file", "runs.no-file"]


def test_a_growing_run_is_told_with_what_came_since_and_with_its_end(qtbot, feed, tmp_path):
    maker = begun_run(tmp_path / "g.h5")
    grown = []
    feed.grown.connect(grown.append)
    with RunLock(maker.path, Purpose.RECORDING):
        maker.scans(scan_times(500), values_of(500))
        maker.seal(partial=True)
        run = opened(qtbot, feed, maker.path)
        assert run.is_growing
        maker.scans(scan_times(500, 500), values_of(500, 500))
        maker.seal(partial=True)
        feed.refresh()
        qtbot.waitUntil(lambda: grown == [run.key], timeout=10_000)
        assert feed.runs[run.key].duration == pytest.approx(9.99)
        maker.record(Ending("completed", None, int(scan_times(1, 999)[0])))
        maker.finish()
    feed.refresh()
    qtbot.waitUntil(lambda: not feed.runs[run.key].is_growing, timeout=10_000)
    assert not feed._timer.isActive()


def bad_files(folder):
    """Yield files that are no run files, each in its own way."""
    (folder / "text.h5").write_text("no HDF5 at all")
    (folder / "empty.h5").write_bytes(b"")
    with h5py.File(folder / "other.h5", "w") as file:
        file["x"] = [1, 2, 3]
    whole = closed_run(folder / "whole.h5").read_bytes()
    (folder / "cut.h5").write_bytes(whole[: len(whole) // 3])
    (folder / "folder.h5").mkdir()
    yield from ("text", "empty", "other", "cut", "folder", "missing")


def test_what_is_no_run_file_is_refused_with_a_sentence_and_the_thread_lives_on(
    qtbot, feed, tmp_path
):
    for name in bad_files(tmp_path):
        with qtbot.waitSignal(feed.refused, timeout=10_000) as told:
            feed.open(tmp_path / f"{name}.h5")
        path, why = told.args
        assert path == tmp_path / f"{name}.h5"
        assert len(why.text("en")) > 20
        assert why.text("zh") != why.text("en")
    assert opened(qtbot, feed, tmp_path / "whole.h5").channels


def test_a_unit_that_is_no_text_is_refused_or_read_but_never_raised(qtbot, feed, tmp_path):
    path = closed_run(tmp_path / "units.h5")
    with h5py.File(path, "r+") as file:
        file["entry/scan/engine.torque"].attrs["units"] = np.bytes_(b"\xff\xfe\xb0C")
    got = []
    feed.opened.connect(got.append)
    feed.refused.connect(lambda *about: got.append(about))
    feed.open(path)
    qtbot.waitUntil(lambda: len(got) == 1, timeout=10_000)


def test_a_file_that_is_damaged_while_open_is_told_once(qtbot, feed, tmp_path):
    path = closed_run(tmp_path / "a.h5")
    run = opened(qtbot, feed, path)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 4)
        file.write(bytes(size // 2))
    told = []
    feed.troubled.connect(lambda key, said: told.append((key, said.id)))
    pictures = []
    feed.pictured.connect(lambda picture, tag: pictures.append(picture))
    for _ in range(3):
        with qtbot.waitSignal(feed.pictured, timeout=10_000):
            feed.want("x", Wanted((curve(run),), 0.0, run.duration, 50_000))
    assert len(told) <= 1
    assert len(pictures) == 3


def test_a_run_that_is_closed_is_not_drawn_any_more(qtbot, feed, tmp_path):
    run = opened(qtbot, feed, closed_run(tmp_path / "a.h5"))
    feed.close_run(run.key)
    assert not feed.runs
    with qtbot.waitSignal(feed.pictured, timeout=10_000) as told:
        feed.want("x", Wanted((curve(run),), 0.0, 1.0, 10))
    assert told.args[0].traces == ()


def test_after_closing_nothing_is_told_and_nothing_starts(qtbot, tmp_path):
    feed = RunFeed()
    got = []
    feed.opened.connect(got.append)
    feed.open(closed_run(tmp_path / "a.h5"))
    feed.close()
    feed.open(tmp_path / "a.h5")
    feed.close()
    assert not got


def test_names_of_files_are_keys_of_one_line(tmp_path):
    assert "\n" not in key_of(tmp_path / "two\nlines.h5")
