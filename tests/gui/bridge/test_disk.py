"""What the disk says of a run file."""

import math

import pytest

from gui.bridge.disk import DiskWatch, figures_of
from gui.bridge.tasks import Tasks


@pytest.fixture
def watch(qtbot):
    tasks = Tasks()
    found = DiskWatch(tasks, period=20)
    yield found
    found.close()
    tasks.close()
    qtbot.waitUntil(lambda: tasks.is_idle, timeout=5000)


def test_size_and_free_space_of_a_file_are_told(qtbot, watch, tmp_path):
    file = tmp_path / "run.h5"
    file.write_bytes(b"x" * 1000)
    with qtbot.waitSignal(watch.measured, timeout=5000) as told:
        watch.watch(file)
    (figures,) = told.args
    assert (figures.file, figures.size) == (file, 1000.0)
    assert 0 < figures.free <= figures.total


def test_a_file_that_grows_is_looked_at_again(qtbot, watch, tmp_path):
    file = tmp_path / "run.h5"
    file.write_bytes(b"x")
    watch.watch(file)
    with qtbot.waitSignal(watch.measured, timeout=5000):
        pass
    file.write_bytes(b"x" * 2000)
    with qtbot.waitSignal(
        watch.measured, timeout=5000, check_params_cb=lambda figures: figures.size == 2000
    ):
        pass


def test_of_a_file_that_is_gone_nothing_is_known(tmp_path):
    found = figures_of(tmp_path / "no" / "run.h5")
    assert math.isnan(found.size)
    assert math.isnan(found.free)


def test_figures_of_a_file_that_is_not_watched_any_more_are_not_told(qtbot, watch, tmp_path):
    file = tmp_path / "run.h5"
    file.write_bytes(b"x")
    with qtbot.assertNotEmitted(watch.measured):
        watch.watch(file)
        watch.watch(None)
        qtbot.waitUntil(lambda: watch._tasks.is_idle, timeout=5000)
