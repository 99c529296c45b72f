"""The judge of hydrogen engine runs: from the recorded raw data alone to results and verdict.

Live and later the same: nothing but channels, windows, events and texts of the run file is
read, never results that an earlier analysis stored and nothing that only a simulation knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.errors import ConfigError
from bench.messages import Message
from bench.plan import CAMPAIGN
from bench.runs import Run
from protocols.combustion_counts import abnormal_cycles
from protocols.combustion_criteria import combustion_result
from protocols.combustion_results import CombustionRow
from protocols.criteria import Asked, Criterion, asked_of
from protocols.engine_closure import energy_closure_row, fuel_closure_row
from protocols.engine_combustion import combustion_rows
from protocols.engine_cycles import DrivenCycle, driven_cycles
from protocols.engine_drift import Drifts, drifts_around
from protocols.engine_efficiency import doubts_about, point_result, quantities_of
from protocols.engine_points import EngineWindow, engine_windows
from protocols.engine_quantities import BY_NAME, COMBUSTION_RESULTS, QUANTITIES, UNITS
from protocols.engine_uncertainty import channels_behind
from protocols.judgement import (
    cross_checked,
    judged,
    overdue_calibrations,
    run_doubts,
    uncalibrated,
    unknown,
    worst,
)
from protocols.results import ClosureRow, Result, RunResults, Text, WindowRow
from protocols.windows import MeasuredRun, channel_rows


def judge(run: Run, *others: Run) -> RunResults:
    """Return what a run of a hydrogen engine shows.

    Raises:
        RunFileError: the file is damaged.
        ConfigError: the recorded protocol text is none of this program's, or several runs are
            given: each run of an engine stands for itself.
    """
    if others:
        raise ConfigError("judge.one-run-each", kind=run.header.object_kind)
    measured = MeasuredRun(run, UNITS)
    asked = asked_of(run)
    windows = engine_windows(measured, asked)
    combustion = combustion_rows(run)
    points = [
        _Point(measured, asked, windows, combustion, name)
        for name in dict.fromkeys(criterion.at for criterion in asked.criteria)
        if name not in {asked.word("cycle"), CAMPAIGN}
    ]
    cycles = driven_cycles(measured, asked, windows)
    results = [result for point in points for result in point.results()]
    results += [result for cycle in cycles for result in _cycle_results(measured, asked, cycle)]
    around_cycles = [_drifts_around(measured, [c.window]) for c in cycles if c.window is not None]
    verdicts = [result.verdict for result in results if result.verdict is not None]
    header = run.header
    return RunResults(
        protocol=header.protocol_name,
        object_serial=header.object_serial,
        simulated=header.simulated,
        ending=run.ending,
        verdict=worst(verdicts),
        results=tuple(sorted(results, key=lambda result: result.verdict is None)),
        windows=tuple(_window_row(measured, asked, window) for window in windows),
        closures=tuple(row for point in points for row in point.closures),
        cycles=tuple(cycle.result for cycle in cycles),
        combustion=combustion,
        abnormal_cycles=abnormal_cycles(run),
        warnings=_once(
            list(asked.unknown_settings)
            + [text for point in points for text in point.warnings]
            + [text for drifts in around_cycles for text in drifts.warnings]
        ),
        remarks=_once(
            [text for point in points for text in point.remarks]
            + [text for drifts in around_cycles for text in drifts.remarks]
            + _told_of_campaign(asked)
        ),
    )


def _told_of_campaign(asked: Asked) -> list[Text]:
    """Return that some criteria are judged over all runs of the engine, if there are such."""
    is_asked = any(criterion.at == CAMPAIGN for criterion in asked.criteria)
    return [Message("campaign.judged-together")] if is_asked else []


def _once(texts: Sequence[Text]) -> tuple[Text, ...]:
    """Return texts without repetitions, in their order; how warm the fuel was only once."""
    found: dict[str, Text] = {}
    for text in texts:
        is_warmth = isinstance(text, Message) and text.id == "judge.fuel-temperature"
        found.setdefault("fuel" if is_warmth else str(text), text)
    return tuple(found.values())


def _window_row(measured: MeasuredRun, asked: Asked, window: EngineWindow) -> WindowRow:
    point = window.window.point
    begin = measured.header.start_ns
    drifts = _drifts_around(measured, [window]).drifts
    is_cycle = point.name == asked.word("cycle")  # its means are no operating point
    return WindowRow(
        name=point.name,
        approach=point.approach,
        repeat=point.repeat,
        start=(point.start_ns - begin) / 1e9,
        end=(point.end_ns - begin) / 1e9,
        valid=window.is_valid,
        channels=channel_rows(window.window, measured.channels),
        quantities=() if is_cycle else quantities_of(window, measured.channels, drifts),
        gas_lot="" if window.gas is None else window.gas.lot,
        remarks=window.remarks,
    )


def _cycle_results(measured: MeasuredRun, asked: Asked, cycle: DrivenCycle) -> list[Result]:
    """Return what was integrated over a cycle, judged where that is asked."""
    at = cycle.result.at
    criteria = {item.name: item for item in asked.criteria if item.at == at}
    windows = [] if cycle.window is None else [cycle.window]
    drifts = _drifts_around(measured, windows)
    known = {quantity.name: quantity for quantity in cycle.quantities}
    doubts = [*run_doubts(measured.run), *cycle.result.reasons]
    results: list[Result] = []
    for name in dict.fromkeys([*criteria, *known]):
        quantity = known.get(name)
        criterion = criteria.get(name)
        if quantity is None:
            missing = unknown(name, at)
            if name in BY_NAME and cycle.result.reasons:
                missing = replace(missing, reasons=cycle.result.reasons)
            results.append(missing)
            continue
        confidence = 0.95 if criterion is None else criterion.confidence
        result, found = point_result(
            quantity, at, windows, measured.channels, drifts.drifts, confidence=confidence
        )
        if criterion is not None and found is not None:
            result = cross_checked(result, found)
        if criterion is not None:
            overdue = overdue_calibrations(
                measured.channels,
                channels_behind(quantity.inputs),
                measured.header.start_utc_ns,
            )
            result = judged(result, criterion, [*doubts, *overdue])
        results.append(result)
    return results


def _drifts_around(measured: MeasuredRun, windows: Sequence[EngineWindow]) -> Drifts:
    if not windows:
        return Drifts((), (), ())
    first, last = windows[0].window.point, windows[-1].window.point
    return drifts_around(measured, first.start_ns, last.end_ns)


class _Point:
    """Everything asked of one point."""

    def __init__(
        self,
        measured: MeasuredRun,
        asked: Asked,
        windows: Sequence[EngineWindow],
        combustion: Sequence[CombustionRow],
        name: str,
    ) -> None:
        self._measured = measured
        self._combustion = combustion
        self._criteria = [item for item in asked.criteria if item.at == name]
        self._name = name
        all_windows = [window for window in windows if window.name == name]
        self._windows = [window for window in all_windows if window.is_valid]
        self._drifts = _drifts_around(measured, all_windows)
        channels, drifts = measured.channels, self._drifts.drifts
        self.closures: tuple[ClosureRow, ...] = (
            fuel_closure_row(name, self._windows, channels, drifts, asked),
            energy_closure_row(name, self._windows, channels, drifts, asked),
        )
        invalid = len(all_windows) - len(self._windows)
        left_out = Message("judge.windows-left-out", {"point": name, "count": invalid})
        self.warnings: list[Text] = [*self._drifts.warnings, *([left_out] if invalid else [])]
        self.remarks: list[Text] = [
            *self._drifts.remarks,
            *(row.remark for row in self.closures if row.remark),
            *(text for window in all_windows for text in window.remarks),
        ]

    def results(self) -> list[Result]:
        """Return every quantity of the point, judged where that is asked."""
        asked = {criterion.name: criterion for criterion in self._criteria}
        found = [self._judged(criterion) for criterion in self._criteria]
        channels, drifts = self._measured.channels, self._drifts.drifts
        beside = [quantity for quantity in QUANTITIES if quantity.name not in asked]
        return found + [
            point_result(quantity, self._name, self._windows, channels, drifts)[0]
            for quantity in beside
        ]

    def _judged(self, criterion: Criterion) -> Result:
        if criterion.name in COMBUSTION_RESULTS:
            return self._judged_combustion(criterion)
        quantity = BY_NAME.get(criterion.name)
        if quantity is None:
            return unknown(criterion.name, criterion.at)
        measured = self._measured
        result, found = point_result(
            quantity,
            self._name,
            self._windows,
            measured.channels,
            self._drifts.drifts,
            confidence=criterion.confidence,
        )
        if found is not None:
            result = cross_checked(result, found)
        if result.monte_carlo is not None and not result.monte_carlo.agrees:
            self.warnings.append(Message("judge.not-linear", {"result": result.title}))
        self.warnings += uncalibrated(measured.channels, channels_behind(quantity.inputs))
        doubts = doubts_about(
            self._windows, measured.channels, quantity.inputs, measured.header.start_utc_ns
        )
        return judged(
            result, criterion, [*run_doubts(measured.run), *doubts, *self._open_closures()]
        )

    def _judged_combustion(self, criterion: Criterion) -> Result:
        doubts = run_doubts(self._measured.run)
        if not self._windows:  # nobody knows that the point was steady
            doubts.append(Message("judge.no-window", {"point": self._name}))
        return combustion_result(criterion, self._name, self._combustion, doubts)

    def _open_closures(self) -> list[Text]:
        return [
            Message(
                "judge.closure-open",
                {
                    "closure": row.title,
                    "deviation": f"{row.deviation:+.2f} %",
                    "tolerance": f"{row.tolerance:g} %",
                },
            )
            for row in self.closures
            if row.within is False
        ]
