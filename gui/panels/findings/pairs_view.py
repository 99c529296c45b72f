"""Any channel over any other, from the raw data of a run."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from bench.messages import Bilingual, Message
from bench.runs import open_run
from gui.bridge.tasks import Progress, Task
from gui.panels.findings.chooser import Chooser
from gui.panels.findings.frames import ChartFrame
from gui.panels.findings.telling import teller
from gui.panels.findings.view import FindingsView, Kit
from gui.state.findings.judged import Judged
from gui.state.findings.map import Quantity
from gui.state.findings.pairs import Pairs, channels_in, pairs_chart, pairs_of, pairs_told
from gui.state.plots.chart import Chart
from protocols.wording import Text


class PairsView(FindingsView):
    """Two searchable lists of channels and the points they make."""

    def __init__(self, kit: Kit, parent: QWidget | None = None) -> None:
        super().__init__(kit, parent)
        self._pairs: Pairs | None = None
        self._task: Task | None = None
        self._run = Chooser(kit.words, "findings_pairs_run", "findings.runs")
        self._x, self._y = (
            Chooser(kit.words, f"findings_pairs_{axis}", f"findings.axis-{axis}", is_searched=True)
            for axis in "xy"
        )
        self._frame = ChartFrame(kit.words, kit.saving, "findings_pairs")
        self._frame.put(self._run, self._x, self._y)
        rows = QVBoxLayout(self)
        rows.addWidget(self._frame)
        self._run.chosen.connect(self._read_channels)
        self._x.chosen.connect(self._read)
        self._y.chosen.connect(self._read)

    def _show(self, judged: Judged) -> None:
        self._run.setVisible(len(judged.paths) > 1)
        self._run.display([(str(place), path.name) for place, path in enumerate(judged.paths)])
        self._read_channels()

    def _again(self) -> None:
        self._draw()

    def _read_channels(self) -> None:
        if self._judged is None:
            return
        path = self._judged.paths[int(self._run.key or 0)]

        def work(_: Progress) -> tuple[Quantity, ...]:
            with open_run(path) as run:
                return channels_in(run)

        self._begin(self._kit.tasks.start(work, self._on_channels, self._on_failed))

    def _on_channels(self, channels: Sequence[Quantity]) -> None:
        entries = [(each.name, _title(each)) for each in channels]
        is_first = not self._y.key
        self._x.display(entries)
        self._y.display(entries, entries[1][0] if is_first and len(entries) > 1 else "")
        self._read()

    def _read(self) -> None:
        if self._judged is None or not self._x.key:
            return
        path = self._judged.paths[int(self._run.key or 0)]
        x, y = self._x.key, self._y.key

        def work(_: Progress) -> Pairs:
            with open_run(path) as run:
                return pairs_of(run, x, y)

        self._begin(self._kit.tasks.start(work, self._on_pairs, self._on_failed))

    def _begin(self, task: Task) -> None:
        """Take a new piece of work; the one before is not wanted any more."""
        if self._task is not None:
            self._task.cancel()
        self._task = task
        task.ended.connect(lambda: self._on_ended(task))

    def _on_ended(self, task: Task) -> None:
        if task is self._task:
            self._task = None

    def _on_pairs(self, pairs: Pairs) -> None:
        self._pairs = pairs
        self._draw()

    def _on_failed(self, reason: Message) -> None:
        self._pairs = None
        self._frame.display(Chart("", ""), [reason])

    def _draw(self) -> None:
        if self._pairs is not None:
            chart = pairs_chart(self._pairs, teller(self._kit.words))
            self._frame.display(chart, [pairs_told(self._pairs)])


def _title(channel: Quantity) -> Text:
    """Return what a channel is called in a list; of one without a title its name alone."""
    if isinstance(channel.title, Bilingual) and channel.title.en == channel.name:
        return channel.name
    return Message("findings.channel-named", {"title": channel.title, "name": channel.name})
