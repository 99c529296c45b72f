"""The judge of solid oxide runs: from recorded raw data alone to results, life and verdict.

One run or several of one object, which are one series in time. Nothing but channels, windows,
events and texts of the run files is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from bench.channel import Channel
from bench.messages import Message
from bench.runs import Run
from protocols.cell_conditions import group_warnings, row_warnings
from protocols.cell_curves import curves_of
from protocols.cell_degradation import SETTINGS, life_of
from protocols.cell_life import LifeOrReason, life_results
from protocols.cell_object import CellObject, cell_object
from protocols.cell_operation import Operation, count_rows, operation_of
from protocols.cell_points import (
    boundary,
    channels_behind,
    needs_load,
    point_result,
    quantities_of,
)
from protocols.cell_quantities import (
    BY_NAME,
    FUEL_ELECTRONS,
    LIFE,
    QUANTITIES,
)
from protocols.cell_results import CountRow, FileRow, LifeResult, SpectrumResult
from protocols.cell_spectra import IMPEDANCE, spectrum_results
from protocols.cell_stream import Stream, limits_of, stream_of
from protocols.cell_windows import CellWindow, cell_windows
from protocols.criteria import Asked, Criterion, asked_of
from protocols.estimates import NotKnown
from protocols.judgement import (
    cross_checked,
    judged,
    overdue_calibrations,
    run_doubts,
    uncalibrated,
    unknown,
    worst,
)
from protocols.results import Result, RunResults, Text, WindowRow
from protocols.run_series import HOUR, Series, duration_ns, series_of
from protocols.windows import channel_rows

POINTS = ("efficiency", "reference", "utilisation", "ocv")
"""Points whose quantities are shown whether something is asked of them or not."""
OPEN = "ocv"
"""Point at which no current flows."""
CURVE_POINTS = frozenset({"iv-up", "iv-down", IMPEDANCE})
METHANE_ELECTRONS = 8.0


def judge(*runs: Run) -> RunResults:
    """Return what runs of one solid oxide object show together; `in_time`.

    Raises:
        RunFileError: a file is damaged.
        ConfigError: a recorded protocol text is none of this program's.
    """
    series = series_of(runs)
    asked = _asked(runs)
    last = runs[-1]
    try:
        cells = cell_object(last.header.object_data)
    except NotKnown as error:
        return _nothing(series, asked, error.reason)
    return _Judge(series, asked, cells).results()


def _asked(runs: Sequence[Run]) -> Asked:
    """Return what the protocols ask; of two that ask the same, the later one holds."""
    criteria: dict[tuple[str, str], Criterion] = {}
    settings: dict[str, object] = {}
    for run in runs:
        found = asked_of(run)
        criteria |= {(each.name, each.at): each for each in found.criteria}
        settings |= found.settings or {}
    return Asked(tuple(criteria.values()), settings)


def _nothing(series: Series, asked: Asked, reason: Text) -> RunResults:
    """Return that nothing can be judged, with the reason at everything that was asked."""
    results = tuple(
        replace(unknown(each.name, each.at), reasons=(reason,)) for each in asked.criteria
    )
    last = series.runs[-1]
    return RunResults(
        protocol=last.header.protocol_name,
        object_serial=last.header.object_serial,
        simulated=any(run.header.simulated for run in series.runs),
        ending=last.ending,
        verdict=worst([each.verdict for each in results if each.verdict is not None]),
        results=results,
        files=_files(series),
        warnings=(reason,),
    )


def _files(series: Series) -> tuple[FileRow, ...]:
    if len(series.runs) == 1:
        return ()
    return tuple(
        FileRow(
            file=run.path.name,
            start=begin / 1e9 / HOUR,
            end=(begin + duration_ns(run)) / 1e9 / HOUR,
            rows=len(run),
            state="open" if run.ending is None else run.ending.state,
        )
        for run, begin in zip(series.runs, series.begins_ns, strict=True)
    )


class _Judge:
    """One series and what is asked of it; everything is worked out once."""

    def __init__(self, series: Series, asked: Asked, cells: CellObject) -> None:
        self._series = series
        self._asked = asked
        self._cells = cells
        self._last = series.runs[-1]
        self._channels: dict[str, Channel] = {
            channel.name: channel for run in series.runs for channel in run.header.channels
        }

    def results(self) -> RunResults:
        """Return all that the series shows."""
        points = [result for name in self._point_names() for result in self._point(name)]
        life = list(life_results(self._life, self._counts, self._asked, self._channels, self._last))
        known = {(each.name, each.at) for each in (*points, *life)}
        others = [
            unknown(each.name, each.at)
            for each in self._asked.criteria
            if (each.name, each.at) not in known
        ]
        found = [*points, *life, *others]
        spectra, header = tuple(self._spectra()), self._last.header
        return RunResults(
            protocol=header.protocol_name,
            object_serial=header.object_serial,
            simulated=any(run.header.simulated for run in self._series.runs),
            ending=self._last.ending,
            verdict=worst([each.verdict for each in found if each.verdict is not None]),
            results=tuple(sorted(found, key=lambda each: each.verdict is None)),
            windows=tuple(self._window_row(window) for window in self._windows),
            files=_files(self._series),
            life=self._life_result,
            counts=self._counts,
            curves=tuple(curves_of([each for each in self._windows if each.name])),
            spectra=spectra,
            warnings=_once(self._warnings(spectra)),
            remarks=_once(self._remarks(found)),
        )

    @cached_property
    def _windows(self) -> tuple[CellWindow, ...]:
        runs = dict(enumerate(self._series.runs))
        offsets = {number: self._series.offset_ns(number) for number in runs}
        return tuple(cell_windows(runs, self._cells, offsets, self._stream.flaws))

    @cached_property
    def _stream(self) -> Stream:
        return stream_of(self._series, self._cells, self._channels)

    @cached_property
    def _operation(self) -> Operation:
        return operation_of(self._stream, self._series)

    @cached_property
    def _counts(self) -> tuple[CountRow, ...]:
        return count_rows(self._operation)

    @cached_property
    def _life(self) -> LifeOrReason:
        electrons = next(
            (each.inputs[FUEL_ELECTRONS] for each in self._windows
             if each.inputs.get(FUEL_ELECTRONS)), METHANE_ELECTRONS,
        )  # fmt: skip
        try:
            found = life_of(
                stream=self._stream,
                operation=self._operation,
                cells=self._cells,
                asked=self._asked,
                channels=self._channels,
                electrons=electrons,
            )
        except NotKnown as error:
            return LifeOrReason(None, error.reason)
        return LifeOrReason(found)

    @property
    def _life_result(self) -> LifeResult | None:
        return None if self._life.life is None else self._life.life.result

    def _point_names(self) -> list[str]:
        """Return the points of which results are shown, those that are judged first."""
        wanted = [each.at for each in self._asked.criteria if each.name not in LIFE]
        measured = [name for name in POINTS if any(each.name == name for each in self._windows)]
        return list(dict.fromkeys([*wanted, *measured]))

    def _point(self, name: str) -> Iterator[Result]:
        windows = [each for each in self._windows if each.name == name and each.is_valid]
        asked = [each for each in self._asked.criteria if each.at == name and each.name in BY_NAME]
        for criterion in asked:
            yield self._judged_point(criterion, windows)
        beside = {each.name for each in asked}
        for quantity in QUANTITIES:
            # without load, what is divided by the current is noise over noise
            if quantity.name not in beside and not (name == OPEN and needs_load(quantity)):
                result, _ = point_result(quantity, name, windows, self._channels)
                yield replace(result, budget=())

    def _judged_point(self, criterion: Criterion, windows: Sequence[CellWindow]) -> Result:
        quantity = BY_NAME[criterion.name]
        result, found = point_result(
            quantity, criterion.at, windows, self._channels, confidence=criterion.confidence
        )
        if found is not None:
            result = cross_checked(result, found)
        names, start = channels_behind(quantity.inputs), self._last.header.start_utc_ns
        overdue = overdue_calibrations(self._channels, names, start)
        return judged(result, criterion, [*run_doubts(self._last), *overdue])

    def _spectra(self) -> Iterator[SpectrumResult]:
        for number, run in enumerate(self._series.runs):
            yield from spectrum_results(run, self._cells, self._series.offset_ns(number))

    def _window_row(self, window: CellWindow) -> WindowRow:
        point = window.window.point
        has_results = window.name in POINTS
        return WindowRow(
            name=point.name,
            approach=point.approach,
            repeat=point.repeat,
            start=window.start,
            end=window.start + window.duration,
            valid=window.is_valid,
            channels=channel_rows(window.window, self._channels),
            quantities=self._quantities(window) if has_results else (),
            gas_lot="" if window.gas is None else window.gas.lot,
            remarks=window.remarks,
        )

    def _quantities(self, window: CellWindow) -> tuple[Result, ...]:
        found = quantities_of(window, self._channels)
        if window.name != OPEN:
            return found
        return tuple(each for each in found if not needs_load(BY_NAME[each.name]))

    def _warnings(self, spectra: Sequence[SpectrumResult]) -> Iterator[Text]:
        """Yield what weakens the results."""
        yield from self._asked.unknown_beside(SETTINGS)
        yield from row_warnings(self._series, self._stream)
        yield from group_warnings(self._series, self._windows, self._cells)
        for window in self._windows:
            if window.name not in CURVE_POINTS:
                yield from window.remarks
        invalid = [each.name for each in self._windows if each.name and not each.is_valid]
        for name in dict.fromkeys(invalid):
            count = invalid.count(name)
            yield Message("judge.windows-left-out", {"point": name, "count": count})
        for each in spectra:
            if not each.is_used:
                reason = each.notes[0] if each.notes else ""
                yield Message(
                    "cell.spectrum-left-out", {"at": f"{each.at:.2f} h", "reason": reason}
                )
        if self._operation.calendar is None and self._operation.observed > 0.0:
            yield self._without_load()
        elif self._life.life is None:
            yield self._life.reason
        judged_names = [each.name for each in self._asked.criteria if each.name in BY_NAME]
        for name in judged_names:
            yield from uncalibrated(self._channels, channels_behind(BY_NAME[name].inputs))

    def _without_load(self) -> Message:
        limits = limits_of(self._cells, self._channels)
        idle = f"{limits.idle * limits.rated_current:.3g} A"
        length = f"{self._operation.observed / HOUR:.2f} h"
        return Message("cell.no-load", {"length": length, "idle": idle})

    def _remarks(self, results: Sequence[Result]) -> Iterator[Text]:
        """Yield what a reader should know: boundaries, and how files were joined."""
        for result in results:
            told = boundary(result.name)
            if told is not None and result.windows and not result.reasons:
                yield told
        for result in results:
            told = boundary(result.name)
            if told is not None and result.verdict is not None:
                yield told
        if self._series.is_joined:
            yield Message("cell.joined")
        if self._life_result is not None:
            yield from self._life_result.notes


def _once(texts: Iterator[Text]) -> tuple[Text, ...]:
    """Return texts without repetitions, in their order."""
    found: dict[str, Text] = {}
    for text in texts:
        found.setdefault(str(text), text)
    return tuple(found.values())
