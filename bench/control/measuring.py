"""Records points, and follows time tables, which may be points as a whole."""

from __future__ import annotations

from bench.clock import SECOND
from bench.control.approach import Approach
from bench.control.outcome import Outcome
from bench.control.saved import Work
from bench.control.stage import Means, Stage
from bench.cycle import CycleTable
from bench.model import DemandPoint
from bench.plan import CycleNode, MeasureNode
from bench.record.port import Point


class MeasureRunner:
    """Records windows; one that is interrupted or flagged is not judged."""

    def __init__(self, node: MeasureNode) -> None:
        self.phase = ""
        self._node = node
        self._duration = round(node.duration * SECOND)
        self._repeat = 0
        self._start: int | None = None
        self._window_start = 0
        self._means: Means | None = None
        self._flags: set[str] = set()
        self._approach = 0

    def tick(self, stage: Stage, time: int) -> Outcome:
        """Take the row."""
        if self._approach == 0:
            name = self._node.name
            self._approach = stage.approaches[name] = stage.approaches.get(name, 0) + 1
        if self._start is None or self._means is None:
            self._begin(stage, time)
        elif time - self._start >= self._duration:
            self._finish(stage)
            if self._repeat == self._node.repeat:
                return Outcome.DONE
            self._begin(stage, time)
        self._flags |= stage.flagged
        if self._means is not None:
            self._means.add(stage.row)
        return Outcome.RUNNING

    def _begin(self, stage: Stage, time: int) -> None:
        self._start = time
        self._window_start = stage.now
        self._flags = set()
        self._means = Means.of([channel.name for channel in stage.model.channels])
        self.phase = f"{self._repeat + 1}/{self._node.repeat}"

    def _finish(self, stage: Stage) -> None:
        self._repeat += 1
        name = self._node.name
        kept = stage.kept.get(name)
        if self._means is not None and kept is not None:
            means = self._means.result()
            own = {channel: means[channel] for channel in means if channel in kept}
            stage.means.setdefault(name, []).append(own)
        remarks = (*stage.remarks, *(f"limit {flag}" for flag in sorted(self._flags)))
        stage.diary.point(
            Point(
                name=name,
                repeat=self._repeat,
                approach=self._approach,
                start_ns=self._window_start,
                end_ns=stage.now,
                valid=not remarks,
                remarks=remarks,
                step_id=self._node.head.id,
            )
        )

    def interrupt(self) -> None:
        """The window under way is void and taken again."""
        self._start = None

    def save(self) -> Work:
        """Nothing: a measurement that was cut off is void."""
        return {}

    def restore(self, work: Work) -> None:
        """Measure anew, as another approach."""


class CycleRunner:
    """Follows a time table."""

    def __init__(self, node: CycleNode) -> None:
        self.phase = ""
        self._node = node
        self._table: CycleTable | None = None
        self._start = 0
        self._clipped: set[str] = set()
        self._measure: MeasureRunner | None = None
        self._is_anew = False
        self._approach: Approach | None = None

    def tick(self, stage: Stage, time: int) -> Outcome:
        """Set the demands of this moment."""
        if self._table is None:
            table = self._prepared(stage)
            if self._is_anew and not self._is_at_begin(stage, time, table):
                return Outcome.RUNNING
            self._table = table
            self._start = time
            if self._node.name is not None:
                window = MeasureNode(self._node.head, self._table.duration, 1, self._node.name)
                self._measure = MeasureRunner(window)
        elapsed = (time - self._start) / SECOND
        table = self._table
        self.phase = f"{min(elapsed, table.duration):.0f}/{table.duration:.0f} s"
        for column, index in self._node.columns.items():
            self._set(stage, index, table.at(elapsed, column))
        measured = self._measure is None or self._measure.tick(stage, time) is Outcome.DONE
        return Outcome.DONE if elapsed >= table.duration and measured else Outcome.RUNNING

    def _is_at_begin(self, stage: Stage, time: int, table: CycleTable) -> bool:
        """Go from amid the cycle to where it begins, without a jump; whether it is there."""
        if self._approach is None:
            begin = {
                index: _allowed(stage.demands.points[index], table.at(0.0, column))
                for column, index in self._node.columns.items()
            }
            self._approach = Approach(begin)
        return self._approach.tick(stage.demands, time)

    def _prepared(self, stage: Stage) -> CycleTable:
        node = self._node
        if node.transform is None:
            return node.table
        points = stage.means.get(node.points or "", [])
        return node.transform(table=node.table, points=points, data=stage.model.object.data)

    def _set(self, stage: Stage, index: int, value: float) -> None:
        point = stage.demands.points[index]
        allowed = _allowed(point, value)
        if allowed != value and point.name not in self._clipped:
            self._clipped.add(point.name)
            stage.note(
                "warning",
                self._node.head.id,
                "control.clipped",
                demand=point.name,
                value=point.shown(value),
                limit=point.shown(allowed),
            )
        stage.demands.set(index, allowed)

    def interrupt(self) -> None:
        """A cycle that was held is no longer that cycle: it begins anew."""
        self._table = self._approach = None
        self._is_anew = True

    def save(self) -> Work:
        """Nothing: a cycle that was cut off is no longer that cycle."""
        return {}

    def restore(self, work: Work) -> None:  # noqa: ARG002 - it begins anew
        """Begin anew."""
        self._is_anew = True


def _allowed(point: DemandPoint, value: float) -> float:
    return min(max(value, point.range.low), point.range.high)
