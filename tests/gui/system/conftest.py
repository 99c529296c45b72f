"""A console as the app makes it, and simulated benches to attend."""

import os
import signal
import subprocess
import sys

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from bench.clock import SystemClock
from bench.service.address import find, running
from gui.bridge.run_feed import RunFeed
from gui.bridge.tasks import Tasks
from gui.console import ConsoleWindow
from gui.settings import Settings
from tests.gui.serving import CLOCK, ServedBench
from tests.gui.system.technician import PATIENCE, Technician

FAULTS = """
faults:
  - {what: set, where: daq.crankcase_h2, at: 4 min, with: {value: 1.5 %}}
"""
"""More hydrogen than usual in the crankcase from then on: a warning, and no more."""


@pytest.fixture
def tasks(qapp):
    made = Tasks()
    yield made
    made.close()


@pytest.fixture
def feed(qapp):
    made = RunFeed()
    yield made
    made.close()


@pytest.fixture
def places(own_servers, tmp_path):
    """Where servers of ours write."""
    return tmp_path / "runs"


@pytest.fixture
def technician(qtbot, words, tasks, feed, places):
    """A technician before a console that attends nothing yet."""
    settings = Settings(operator="test@here", run_folder=str(places))
    window = ConsoleWindow(words, tasks, feed, settings, SystemClock())
    window.language_wanted.connect(words.switch)
    window.resize(1366, 768)
    window.show()
    qtbot.waitExposed(window)
    yield Technician(qtbot, window)
    window.leave()  # what attends no bench closes without a word
    close_others(window)
    window.close()
    window.deleteLater()


def close_others(window):
    """Close all dialogs, as a person would."""
    for each in QApplication.topLevelWidgets():
        if each is not window:
            each.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture(scope="module")
def faulty_bench(own_servers, tmp_path_factory):
    """An engine that is served at 60 times real time, with faults that come by and by."""
    folder = tmp_path_factory.mktemp("faulty")
    (folder / "faults.yaml").write_text(FAULTS, encoding="utf-8")
    rig = "hydrogen-engine-cell"
    given = ["serve", rig, "--output", str(folder / "runs"), "--simulated", "--speed", "60"]
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.cli", *given, "--faults", str(folder / "faults.yaml")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    due = CLOCK.now() + PATIENCE * 1_000_000
    while find(rig) is None and CLOCK.now() < due and process.poll() is None:
        CLOCK.wait_until(CLOCK.now() + 50_000_000)
    yield ServedBench(find(rig), folder / "runs")
    process.kill()
    process.wait()
    for each in running():  # of the button of newcomers
        ServedBench(each, folder).kill()


@pytest.fixture
def app_beside(own_servers, tmp_path):
    """``app_beside(rig)`` opens the app in a process of its own; it is killed in the end."""
    opened = []

    def open_(rig):
        environment = {**os.environ, "H2BENCH_SETTINGS": str(tmp_path / "beside.json")}
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.cli", "gui", "--rig", rig],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        opened.append(process)
        return process

    yield open_
    for each in opened:
        each.kill()
        each.wait()


KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
