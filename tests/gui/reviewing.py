"""The reviewer as tests use it: its parts by name, and run files whose raw numbers are known."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest

from bench.clock import SECOND
from bench.config.catalogue import Catalogue
from bench.messages import Message
from bench.record.port import Ending, Event, StepRecord
from gui.bridge.run_feed import RunFeed
from gui.bridge.tasks import Tasks
from gui.panels.review.file_desk import Asking
from gui.plots.time_stack import TimeStack
from gui.review import ReviewWindow
from gui.settings import Settings
from gui.state.plots.open_run import key_of
from gui.state.review.plot_plan import PlotPlan
from gui.widgets.notice_bar import NoticeBar
from tests.bench.runs.run_maker import RunMaker, header_of, measured
from tests.gui.run_files import PERIOD, START, scan_times
from tests.protocols.cell_runs import CellRun, ageing
from tests.protocols.conftest import RPM, RUNNING, MadeRun, Stretch, zero

WAIT = 15_000
LEFT = Qt.MouseButton.LeftButton
TORQUE, PRESSURE = "engine.torque", "fuel.supply_pressure"
RIG = "hydrogen-engine-cell"
STABLE = (
    "judge: {voltage_drift: 0.02 mV, temperature_drift: 0.02 K, current_drift: 0, flow_drift: 0}"
)
VERDICT = "  brake_thermal_efficiency: {at: map, at_least: 30 %, confidence: 95 %}\n"


def raw_values(rows, peak):
    """Return what is recorded: torque with one peak, and a pressure that rises."""
    at = np.arange(rows)
    torque = 100.0 + 50.0 * np.sin(at / 40.0)
    torque[peak] = 400.0
    return np.column_stack([torque, 20.0 + at * 0.001])


def stepped_run(path, load_from=1000, rows=3000):
    """Make a run of the shipped engine cell; its step ``load`` begins with a peak of the torque."""
    catalogue = Catalogue.shipped()
    channels = measured(TORQUE, "N*m").channel, measured(PRESSURE, "bar").channel
    header = replace(
        header_of(channels=channels),
        rig_name=RIG,
        rig_text=catalogue.rig(RIG).read_text(encoding="utf-8"),
        texts={
            "objects/hydrogen-engine.yaml": catalogue.object_kind("hydrogen-engine").read_text(
                encoding="utf-8"
            )
        },
    )
    maker = RunMaker(path, header)
    times = scan_times(rows)
    maker.scans(times, raw_values(rows, load_from))
    begin, end = int(times[load_from]), int(times[-1])
    about = {"limit": "hood", "text": "h2.hood > 25 %LFL", "reaction": "hard-stop", "details": ""}
    maker.record(StepRecord("warm", "ramp", "p/warm", START, begin, "done"))
    maker.record(StepRecord("load", "ramp", "p/load/load", begin, end, "done"))
    maker.record(Event(begin, 0, "error", "hood", Message("alarm.came", {**about, "priority": 1})))
    maker.record(Ending("completed", None, end))
    maker.finish()
    return path


def map_run(path):
    """Make a run of nine points of an engine map between two zeros, which is judged."""
    places = [(speed, torque) for speed in (1000, 1200, 1500) for torque in (800, 1400, 2000)]
    points = [
        Stretch("map", {**RUNNING, "engine.speed": speed * RPM, "engine.torque": float(torque)}, n)
        for n, (speed, torque) in enumerate(places, 1)
    ]
    return MadeRun([zero(1), *points, zero(2)], verdict=VERDICT).write(path)


def ageing_run(path):
    """Make 900 h of a short stack that loses 4.15 mV in 1,000 h."""
    limit = "verdict:\n  continuous_degradation: {at: reference, at_most: 1 %/kh}\n"
    points = [("reference", 60, 30), ("reference", 900 * 60 - 60, 30)]
    values = {"cell.voltage": ageing(900)}
    return CellRun(900 * 60, values, points, judge=STABLE, verdict=limit).write(path)


def second_of(row):
    """Return when a row was recorded, s since the run began."""
    return row * PERIOD / SECOND


@dataclass
class Chosen:
    """What the user chooses in the dialogs of the system."""

    opened: tuple[Path, ...] = ()
    written: Path | None = None

    @property
    def asking(self):
        return Asking(lambda *_: self.opened, lambda *_: self.written)


@dataclass
class Reviewer:
    """A reviewer's window, and what a person does with it."""

    window: ReviewWindow
    qtbot: object
    chosen: Chosen = field(default_factory=Chosen)

    @property
    def stack(self):
        return self.window.findChild(TimeStack)

    @property
    def told(self):
        """What the window tells the user."""
        return self.window.findChild(NoticeBar).text

    def part(self, kind, name, within: QObject | None = None):
        found = (within or self.window).findChild(kind, name)
        assert found is not None, name
        return found

    def click(self, kind, name, within=None):
        self.qtbot.mouseClick(self.part(kind, name, within), LEFT)

    def press(self, key, *modifiers):
        held = Qt.KeyboardModifier.NoModifier
        for each in modifiers:
            held |= each
        self.qtbot.keyClick(self.window, key, held)

    def until(self, holds):
        self.qtbot.waitUntil(holds, timeout=WAIT)

    def until_told(self, text):
        self.until(lambda: text in self.told)

    def open(self, *paths):
        before = len(self.window.desk.runs)
        self.window.open_runs(paths)
        self.until(lambda: len(self.window.desk.runs) == before + len(paths))
        return self.window.desk.runs

    def show(self, *names):
        """Show channels of the first run, each in a strip of its own, and nothing else."""
        key = self.window.desk.runs[0].key
        plan = PlotPlan()
        for name in names:
            plan = plan.with_curve(f"{key}\n{name}")
        self.window._keeper.plan(plan)

    def x_of(self, time):
        """Return the place of a time (s on the axis) in the plots, px."""
        rect = self.stack._lanes.all[0].area.rect
        start, end = self.stack.window_shown
        return round(rect.left() + (time - start) / (end - start) * rect.width())

    def drag(self, x, to, y=200):
        """Drag with the left button over the plots."""
        from_, until = (self.stack.rect().topLeft() for _ in range(2))
        from_.setX(x)
        from_.setY(y)
        until.setX(to)
        until.setY(y)
        QTest.mousePress(self.stack, LEFT, pos=from_)
        QTest.mouseMove(self.stack, until)
        QTest.mouseRelease(self.stack, LEFT, pos=until)

    def traces(self, channel):
        """Return what is drawn of a channel: run → trace."""
        picture = self.stack._picture
        return {t.curve.run: t for t in picture.traces if t.curve.channel == channel}


@contextmanager
def reviewer(qtbot, words, cache, *searched) -> Iterator[Reviewer]:
    """Show a reviewer, and end all that belongs to it."""
    tasks, feed, chosen = Tasks(), RunFeed(), Chosen()
    settings = Settings(searched=tuple(map(str, searched)))
    window = ReviewWindow(words, settings, feed, tasks, asking=chosen.asking, cache=cache)
    qtbot.addWidget(window)
    window.resize(1366, 768)
    window.show()
    qtbot.waitExposed(window)
    qtbot.waitUntil(lambda: tasks.is_idle, timeout=WAIT)
    try:
        yield Reviewer(window, qtbot, chosen)
    finally:
        window.close()
        tasks.close()
        feed.close()


def key(path, channel):
    """Return the key of a curve."""
    return f"{key_of(path)}\n{channel}"
