"""The reviewer: from the file to the first plot, and how fast one moves about in it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication

from gui.bridge.run_feed import RunFeed
from gui.plots.time_stack import Strip, TimeStack
from gui.state.plots.open_run import OpenRun
from gui.state.plots.picture import Curve, Picture, Wanted
from tests.benchmarks.run_files.figures import Figure
from tests.benchmarks.screens.recorded import CHANNELS, record, rows_of
from tests.benchmarks.screens.sizes import PIXELS, SIZE, Sizes, load


def figures(sizes: Sizes, folder: Path) -> list[Figure]:
    """Return how long it takes to see something."""
    path = folder / f"long-{sizes.samples}.h5"
    if not path.exists():
        record(path, sizes.samples, channels=1)
    section = f"Reviewer: one channel of {sizes.samples:,} samples"
    times: list[float] = []
    works: list[float] = []
    for _ in range(3):
        desk = _Desk(path)
        times.append(1e3 * desk.first)
        works.append(1e3 * desk.first_work)
        desk.close()
    opened = float(np.median(times))
    remark = "file to painted window, median of three"
    figure = Figure(section, "Open to first plot", opened, "ms", ("≤", 300.0), remark=remark)
    work = Figure(
        section, "of it processor time of the window's thread", float(np.median(works)), "ms",
        remark=load(),
    )  # fmt: skip
    wide = folder / f"wide-{sizes.hours:g}.h5"
    if not wide.exists():
        record(wide, rows_of(sizes.hours))
    return [figure, work, *_moved(sizes, wide)]


class _Desk:
    """A stack over one run, as the reviewer has it."""

    def __init__(self, path: Path) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self.app = app
        self.feed = RunFeed()
        self.stack = TimeStack()
        self.stack.resize(*SIZE)
        self.stack.show()
        self.curves: tuple[Curve, ...] = ()
        self.run: OpenRun | None = None
        self.pictures = 0
        self.feed.opened.connect(self._opened)
        self.feed.pictured.connect(self._pictured)
        begin, worked = time.perf_counter(), time.thread_time()
        self.feed.open(path)
        while not self.pictures:
            self.app.processEvents()
        self.app.processEvents()
        self.first = time.perf_counter() - begin
        self.first_work = time.thread_time() - worked

    def close(self) -> None:
        self.stack.close()
        self.stack.deleteLater()
        self.feed.close()

    def show(self, start: float, end: float) -> tuple[float, float, float]:
        """Return when a window is shown, of that processor time, and when it is sharp, s."""
        before, begin, worked = self.pictures, time.perf_counter(), time.thread_time()
        self.stack.zoom(start, end)
        self.app.processEvents()
        shown, worked = time.perf_counter() - begin, time.thread_time() - worked
        while self.pictures == before:
            self.app.processEvents()
        self.app.processEvents()
        return shown, worked, time.perf_counter() - begin

    def _opened(self, run: OpenRun) -> None:
        self.run = run
        self.curves = tuple(Curve(run.key, c.name, c.name, c.unit) for c in run.channels)
        by_unit: dict[str, list[str]] = {}
        for each in self.curves:
            by_unit.setdefault(each.unit, []).append(each.key)
        self.stack.wanted.connect(self._wanted)
        self.stack.arrange([Strip(unit, tuple(keys)) for unit, keys in by_unit.items()])
        self.stack.zoom(0.0, run.duration)

    def _wanted(self, start: float, end: float, pixels: int) -> None:
        self.feed.want("a", Wanted(self.curves, start, end, pixels))

    def _pictured(self, picture: Picture, _tag: str) -> None:
        self.stack.display(picture)
        self.pictures += 1


def _moved(sizes: Sizes, path: Path) -> Iterator[Figure]:
    desk = _Desk(path)
    assert desk.run is not None
    duration, rng = desk.run.duration, np.random.default_rng(1)
    panned: list[tuple[float, float, float]] = []
    zoomed: list[tuple[float, float, float]] = []
    for number in range(sizes.zooms):
        start = 0.4 * duration + number * duration / PIXELS * 5
        panned.append(desk.show(start, start + 0.2 * duration))
    for length in np.exp(rng.uniform(np.log(1.0), np.log(duration), sizes.zooms)):
        start = float(rng.uniform(0.0, duration - length))
        zoomed.append(desk.show(start, start + float(length)))
    desk.close()
    section = f"Reviewer: {CHANNELS} curves of {sizes.hours:g} h at 100 Hz, {PIXELS:,} pixels"
    for name, times in (("pan", panned), ("zoom", zoomed)):
        shown, worked, sharp = np.array(times).T
        rate = 1.0 / float(np.median(shown))
        yield Figure(
            section, f"{name}: pictures a second", rate, "1/s", wanted=("≥", 30.0), remark=load()
        )
        spent = 1e3 * float(np.median(worked))
        yield Figure(section, f"{name}: processor time of a picture", spent, "ms")
        yield Figure(section, f"{name}: until it is sharp", 1e3 * float(np.median(sharp)), "ms")
        yield Figure(
            section, f"{name}: the same, 95 %", 1e3 * float(np.quantile(sharp, 0.95)), "ms"
        )
