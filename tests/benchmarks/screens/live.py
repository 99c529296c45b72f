"""Live trends over a day of 100 Hz while it is recorded, and their memory over a month."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication

from bench.clock import SECOND
from bench.messages import Bilingual
from bench.service.live import Frame
from bench.service.port import BenchState
from gui.bridge.run_feed import RunFeed
from gui.panels.console.trend_panel import TrendPanel
from gui.state.console.live_trend import LiveTrend, TrendChannel, TrendGroup
from gui.state.plots.picture import Curve, Wanted
from gui.state.session import Update
from gui.words import Words
from tests.benchmarks.run_files import runs
from tests.benchmarks.run_files.child import resident_mb
from tests.benchmarks.run_files.figures import Figure
from tests.benchmarks.screens.recorded import CHANNELS, recording
from tests.benchmarks.screens.sizes import PIXELS, SIZE, Sizes, load

_PER_SECOND = 25
_DAY = 86_400


def figures(sizes: Sizes, folder: Path) -> list[Figure]:
    """Return what a frame costs, and how much memory a month takes."""
    path = folder / "growing.h5"
    with recording(path, sizes.hours):
        found = list(_frames(sizes, path))
    return [*found, *_month(sizes)]


def groups() -> tuple[TrendGroup, ...]:
    """Return a strip for each unit."""
    by_unit: dict[str, list[TrendChannel]] = {}
    for number in range(CHANNELS):
        each = runs.channel(number)
        shown = TrendChannel(each.name, Bilingual(each.name), each.unit, number)
        by_unit.setdefault(each.unit.label, []).append(shown)
    return tuple(TrendGroup(Bilingual(name), tuple(each)) for name, each in by_unit.items())


def frames(file: str, begin_ns: int, step_ns: int) -> Iterator[Frame]:
    """Yield frames of all channels, without end."""
    rng = np.random.default_rng(2)
    quality = np.zeros(CHANNELS, np.uint8)
    noise = rng.normal(size=(1000, CHANNELS))
    number = 0
    while True:
        number += 1
        values = 300.0 + 50.0 * np.sin(number / 500) + noise[number % 1000]
        yield Frame(file, begin_ns + number * step_ns, 0, values, values - 1, values + 1, quality)


def _frames(sizes: Sizes, path: Path) -> Iterator[Figure]:
    app, feed = QApplication.instance(), RunFeed()
    assert app is not None
    panel = TrendPanel(Words("en"), feed)
    panel.resize(*SIZE)
    panel.show()
    panel.arrange(groups())
    begin = round(sizes.hours * 3600 * SECOND)
    source = frames(str(path), begin, SECOND // _PER_SECOND)
    for span, name in ((300.0, "5 min"), (1800.0, "30 min"), (math.inf, "whole run")):
        panel.show_last(span)
        _settled(app, 1.0)
        costs: list[float] = []
        drawn: list[float] = []
        for _ in range(sizes.frames):
            before = panel.stack.window_shown
            start, worked = time.perf_counter(), time.thread_time()
            panel.display(Update(BenchState(), frames=(next(source),)))
            app.processEvents()
            costs.append(time.perf_counter() - start)
            if panel.stack.window_shown != before:
                drawn.append(time.thread_time() - worked)
        section = f"Live: {CHANNELS} curves, {sizes.hours:g} h of 100 Hz, while it is recorded"
        remark = f"{len(drawn)} of {len(costs)} frames moved the picture; {load()}"
        yield Figure(section, f"{name}: frame, median", 1e3 * float(np.median(costs)), "ms")
        yield Figure(
            section, f"{name}: frame, 99 %", 1e3 * float(np.quantile(costs, 0.99)), "ms",
            wanted=("≤", 33.0), remark=remark,
        )  # fmt: skip
        if drawn:
            for text, share in (("median", 0.5), ("99 %", 0.99)):
                yield Figure(
                    section, f"{name}: processor time of a picture, {text}",
                    1e3 * float(np.quantile(drawn, share)), "ms",
                )  # fmt: skip
    panel.close()
    panel.deleteLater()
    feed.close()


def _settled(app: object, seconds: float) -> None:
    assert isinstance(app, QApplication)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        app.processEvents()


def _month(sizes: Sizes) -> Iterator[Figure]:
    """Yield how much memory the newest numbers take, after a day and after a month."""
    step = round(sizes.month_step * SECOND)
    per_day = round(_DAY / sizes.month_step)
    live = LiveTrend([each for group in groups() for each in group.channels])
    curves = tuple(Curve("t", c.name, c.name, "") for g in groups() for c in g.channels)
    source = frames("a.h5", 0, step)
    section = f"A month of frames, one per {sizes.month_step:g} s"
    begin = time.perf_counter()
    for day in range(1, sizes.days + 1):
        live.take([next(source) for _ in range(per_day)])
        if day in {1, sizes.days}:
            taken = (time.perf_counter() - begin) / (day * per_day)
            yield Figure(section, f"Memory of the process, day {day}", resident_mb(), "MB")
            yield Figure(section, f"Taking a frame, up to day {day}", 1e6 * taken, "µs")
    start = time.perf_counter()
    live.picture(Wanted(curves, 0.0, live.newest, PIXELS), None)
    yield Figure(section, "Picture of all of it", 1e3 * (time.perf_counter() - start), "ms")
