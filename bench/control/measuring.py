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


class Window:
    """A stretch of rows that becomes a point; one that is flagged is not judged."""

    def __init__(self, stage: Stage, name: str, step_id: str) -> None:
        """Begin now."""
        self._name, self._step_id = name, step_id
        self._begun = stage.now
        kept = stage.kept.get(name)
        self._means = None if kept is None else Means.of(kept, stage.model.index)
        self._flags: set[str] = set()

    @staticmethod
    def approach(stage: Stage, name: str) -> int:
        """Return how often a point has been approached, this time included."""
        count = stage.approaches[name] = stage.approaches.get(name, 0) + 1
        return count

    def take(self, stage: Stage) -> None:
        """Take the row."""
        self._flags |= stage.flagged
        if self._means is not None:
            self._means.add(stage.row)

    def write(self, stage: Stage, *, repeat: int, approach: int) -> None:
        """Write the point down; it ends now."""
        if self._means is not None:
            stage.means.setdefault(self._name, []).append(self._means.result())
        remarks = (*stage.remarks, *(f"limit {flag}" for flag in sorted(self._flags)))
        stage.diary.point(
            Point(
                name=self._name,
                repeat=repeat,
                approach=approach,
                start_ns=self._begun,
                end_ns=stage.now,
                valid=not remarks,
                remarks=remarks,
                step_id=self._step_id,
            )
        )


class MeasureRunner:
    """Records windows; one that is interrupted or flagged is not judged."""

    def __init__(self, node: MeasureNode) -> None:
        self.phase = ""
        self._node = node
        self._duration = round(node.duration * SECOND)
        self._repeat = 0
        self._start: int | None = None
        self._window: Window | None = None
        self._approach = 0

    def tick(self, stage: Stage, time: int) -> Outcome:
        """Take the row."""
        if self._approach == 0:
            self._approach = Window.approach(stage, self._node.name)
        window = self._window
        if self._start is None or window is None:
            window = self._begin(stage, time)
        elif time - self._start >= self._duration:
            self._repeat += 1
            window.write(stage, repeat=self._repeat, approach=self._approach)
            if self._repeat == self._node.repeat:
                return Outcome.DONE
            window = self._begin(stage, time)
        window.take(stage)
        return Outcome.RUNNING

    def _begin(self, stage: Stage, time: int) -> Window:
        self._start = time
        window = self._window = Window(stage, self._node.name, self._node.head.id)
        self.phase = f"{self._repeat + 1}/{self._node.repeat}"
        return window

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
        self._node = node
        self._table: CycleTable | None = None
        self._start = 0
        self._shown: tuple[float, float] | None = None
        self._clipped: set[str] = set()
        self._measure: MeasureRunner | None = None
        self._is_anew = False
        self._approach: Approach | None = None

    @property
    def phase(self) -> str:
        """How far it is; put into words only when somebody looks."""
        if self._shown is None:
            return ""
        elapsed, duration = self._shown
        return f"{elapsed:.0f}/{duration:.0f} s"

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
        table, elapsed = self._table, (time - self._start) / SECOND
        duration, columns = table.duration, self._node.columns
        self._shown = min(elapsed, duration), duration
        for index, value in zip(columns.values(), table.all_at(elapsed, columns), strict=True):
            self._set(stage, index, value)
        measured = self._measure is None or self._measure.tick(stage, time) is Outcome.DONE
        return Outcome.DONE if elapsed >= duration and measured else Outcome.RUNNING

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
        if not point.range.holds(value):
            value = self._clip(stage, point, value)
        stage.demands.set(index, value)

    def _clip(self, stage: Stage, point: DemandPoint, value: float) -> float:
        """Return the nearest value that may be demanded; said once of each demand."""
        allowed = _allowed(point, value)
        if point.name not in self._clipped:
            self._clipped.add(point.name)
            stage.note(
                "warning",
                self._node.head.id,
                "control.clipped",
                demand=point.name,
                value=point.shown(value),
                limit=point.shown(allowed),
            )
        return allowed

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
