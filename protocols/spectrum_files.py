"""Spectra that other programs have measured: the second way to the numbers a run gives.

A file is refused in words, never bent: what cannot be read as a spectrum, what was stored as its
negative, what is not causal or has drifted. One that is refused leaves the others as they are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from analysis.impedance import Spectrum
from analysis.spectra import SpectrumAnalysis, analyse_many
from bench.errors import ConfigError, RunFileError
from bench.exits import Exit
from bench.messages import Message
from bench.runs.importing.spectrum import read_spectrum
from bench.units import quantity, unit
from protocols.cell_results import SpectrumResult
from protocols.results import plain
from protocols.spectrum_numbers import Refused, numbers_of, order_notes, spectrum_of
from protocols.wording import Text

WORTH_PROCESSES: Final = 4
"""From how many spectra on processes are quicker than their start."""
_SQUARE_METRE, _OHM = unit("m^2"), unit("ohm")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How spectra in files are to be read."""

    area: float | None = None
    """Active area of one cell, m2; None: not given."""
    cells: int = 1
    """Cells in series between the leads."""
    delimiter: str | None = None
    """``comma``, ``semicolon`` or ``tab``; None: by trial."""
    decimal: str | None = None
    """``point`` or ``comma``; None: by trial."""


@dataclass(frozen=True, kw_only=True)
class FileFinding:
    """What one file gave."""

    path: Path
    """The file."""
    result: SpectrumResult
    """Its numbers, or why there are none."""
    is_spectrum: bool
    """Whether a spectrum could be read from it."""


def area_from(text: str) -> float:
    """Return an active area, m2.

    Raises:
        ConfigError: it is no area above zero.
        UnitError: it is no number with a unit.
    """
    given = quantity(text)
    if not given.unit.converts_to(_SQUARE_METRE) or not given.value > 0.0:
        raise ConfigError("spectrum.area", text=text)
    return given.value


def findings_of(paths: Sequence[Path], reading: Reading) -> tuple[FileFinding, ...]:
    """Return what every file gives, in their order; a refused file stops no other.

    Analysed in processes where there are several.

    Raises:
        ConfigError: the area or the number of cells is missing where a file is in ohm.
    """
    read = [_read(path, reading) for path in paths]
    measured = [each for each in read if isinstance(each, _Measured)]
    with _executor(len(measured)) as executor:
        analysed = iter(analyse_many([each.spectrum for each in measured], executor))
    return tuple(
        each if isinstance(each, FileFinding) else _finding(each, next(analysed)) for each in read
    )


@dataclass(frozen=True, eq=False)
class _Measured:
    """A spectrum that was read and not yet analysed."""

    path: Path
    spectrum: Spectrum
    notes: tuple[Text, ...]


def _executor(count: int) -> Executor | nullcontext[None]:
    if count < WORTH_PROCESSES:
        return nullcontext()
    return ProcessPoolExecutor(min(count, os.cpu_count() or 1))


def _read(path: Path, reading: Reading) -> _Measured | FileFinding:
    empty = SpectrumResult(at=0.0, is_used=False, file=path.name)
    try:
        table = read_spectrum(path, delimiter=reading.delimiter, decimal=reading.decimal)
        rows = table.frequency, table.real, table.imaginary
        area = _area(path, reading) if table.unit.converts_to(_OHM) else 1.0
        found = spectrum_of(rows, area)
    except RunFileError as error:
        return FileFinding(
            path=path, result=replace(empty, notes=(error.message,)), is_spectrum=False
        )
    except Refused as error:
        return FileFinding(
            path=path, result=replace(empty, notes=(error.reason,)), is_spectrum=False
        )
    return _Measured(path, found, tuple(order_notes(table.frequency)))


def _area(path: Path, reading: Reading) -> float:
    """Return what turns ohm at the leads into ohm m2 of a cell."""
    if reading.area is None:
        raise ConfigError("spectrum.no-area", file=path.name)
    return reading.area / reading.cells


def _finding(measured: _Measured, analysed: SpectrumAnalysis) -> FileFinding:
    empty = SpectrumResult(at=0.0, is_used=False, file=measured.path.name, notes=measured.notes)
    result = numbers_of(empty, analysed)
    return FileFinding(path=measured.path, result=result, is_spectrum=True)


def exit_of(findings: Sequence[FileFinding]) -> Exit:
    """Return the exit code: the worst of all files.

    A file that is no spectrum was refused (4); one that is not valid shows nothing (3).
    """
    if not all(each.is_spectrum for each in findings):
        return Exit.REFUSED
    return Exit.PASS if all(each.result.is_used for each in findings) else Exit.NOT_SHOWN


def told(findings: Sequence[FileFinding], language: str) -> list[str]:
    """Return file by file what a reader has to be told, in words."""
    lines: list[str] = []
    for each in findings:
        for note in each.result.notes:
            said = note if isinstance(note, str) else note.text(language)
            refused = "" if each.result.is_used else Message("spectrum.refused").text(language)
            lines.append(f"{each.path.name}: {refused}{said}")
    return lines


def as_json(findings: Sequence[FileFinding]) -> str:
    """Return the same numbers as plain JSON; NaN is null."""
    rows = [{"path": str(each.path), "spectrum": plain(each.result)} for each in findings]
    return json.dumps({"spectra": rows}, ensure_ascii=False, indent=2)
