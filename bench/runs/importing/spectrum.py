"""Impedance spectra as programs of instruments write them: CSV with a header in any order.

Only what the header says is believed: a column called ``-Im(Z)`` holds the negative of the
imaginary part and is turned round; whether one called ``Im(Z)`` does all the same is for whoever
analyses it to find out.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.runs.importing.dialect import DELIMITERS, Dialect, dialect_of, name_of
from bench.runs.importing.encoding import examine
from bench.runs.importing.errors import TableError
from bench.runs.importing.headings import (
    Heading,
    headings_of,
    is_line_of_units,
    unit_of,
    with_units,
)
from bench.runs.importing.lines import Block, TableFile, blocks_of
from bench.runs.importing.numbers import NoNumberError, numbers_of
from bench.units import ONE, Unit, unit

_FREQUENCY = frozenset({"freq", "frequency", "f", "频率"})
_REAL = frozenset({"z'", "re(z)", "re", "zre", "z_re", "zreal", "z_real", "real", "r", "实部"})
_IMAGINARY = frozenset(
    {"z''", 'z"', "im(z)", "im", "zim", "z_im", "zimag", "z_imag", "imag", "imaginary", "x", "虚部"}
)
_MINUS = re.compile(r"^[-−–]")
_SIGNS = str.maketrans("’′″（）", "''\"()")
_HERTZ, _OHM, _AREA_SPECIFIC = unit("Hz"), unit("ohm"), unit("ohm*m^2")


@dataclass(frozen=True, eq=False)
class SpectrumTable:
    """One spectrum as it stands in a file, in the order of its rows."""

    frequency: NDArray[np.float64]
    """Hz."""
    real: NDArray[np.float64]
    """Real part, ohm or ohm m²."""
    imaginary: NDArray[np.float64]
    """Imaginary part, ohm or ohm m²."""
    unit: Unit
    """``ohm`` or ``ohm*m^2``."""


def read_spectrum(
    path: Path, *, delimiter: str | None = None, decimal: str | None = None
) -> SpectrumTable:
    """Return the spectrum of a table.

    Args:
        path: CSV with the columns frequency, real and imaginary part, in any order.
        delimiter: ``comma``, ``semicolon`` or ``tab``; None: by trial.
        decimal: ``point`` or ``comma``; None: by trial.

    Raises:
        TableError: a column is missing, several are meant, all values stand in one cell, a field
            is no number, or the units are none of impedance.
    """
    with TableFile(examine(path)) as file:
        dialect = dialect_of(path, file.sample(), delimiter, decimal)
        rows = file.rows(dialect.delimiter)
        header = next(rows, None)
        if header is None:
            raise TableError("import.empty", path=path)
        _check_packed(path, header, dialect)
        headings = headings_of(header[1])
        second = next(rows, None)
        units = second[1] if second and is_line_of_units(second[1], headings) else None
        if second is not None and units is None:
            rows = itertools.chain([second], rows)
        headings = with_units(path, headings, units, {})
        blocks = list(blocks_of(path, rows, len(headings)))
    if not blocks:
        raise TableError("import.no-rows", path=path)
    frequency = _column(path, headings, _FREQUENCY, "frequency")
    real = _column(path, headings, _REAL, "Z'")
    imaginary = _column(path, headings, _IMAGINARY, "Z''")
    wanted = _unit(path, real)
    if _unit(path, imaginary) != wanted:
        raise TableError(
            "import.spectrum-units", path=path, real=real.text, imaginary=imaginary.text
        )
    sign = -1.0 if _MINUS.match(imaginary.name) else 1.0
    hertz = unit_of(path, frequency)
    return SpectrumTable(
        frequency=_numbers(path, blocks, frequency, dialect)
        * (hertz.factor if hertz.converts_to(_HERTZ) else 1.0),
        real=_numbers(path, blocks, real, dialect) * _factor(path, real),
        imaginary=sign * _numbers(path, blocks, imaginary, dialect) * _factor(path, imaginary),
        unit=wanted,
    )


def _check_packed(path: Path, header: tuple[int, list[str]], dialect: Dialect) -> None:
    """Refuse a table of which a cell holds what belongs into several."""
    line, fields = header
    for field in fields:
        for sign in DELIMITERS.values():
            if sign != dialect.delimiter and field.count(sign) >= 2:
                raise TableError(
                    "import.packed", path=path, line=line, field=field, delimiter=name_of(sign)
                )
    if len([field for field in fields if field.strip()]) < 3:
        raise TableError("import.one-column", path=path, line=line)


def _column(path: Path, headings: Sequence[Heading], words: frozenset[str], wanted: str) -> Heading:
    found = [each for each in headings if _MINUS.sub("", _plain(each)) in words]
    if len(found) != 1:
        columns = ", ".join(each.text for each in (found or headings) if each.text)
        problem = "import.spectrum-columns" if found else "import.spectrum-no-column"
        raise TableError(problem, path=path, wanted=wanted, columns=columns)
    return found[0]


def _plain(heading: Heading) -> str:
    """Return a name as it is looked up: brackets that belong to it are part of it."""
    text = heading.text.translate(_SIGNS).lower().replace(" ", "")
    name = heading.name.translate(_SIGNS).lower().replace(" ", "")
    return text if _MINUS.sub("", text) in _REAL | _IMAGINARY else name


def _unit(path: Path, heading: Heading) -> Unit:
    """Return ohm or ohm m², whichever a column has; a column without a unit is in ohm."""
    said = unit_of(path, heading)
    if said is ONE or said.converts_to(_OHM):
        return _OHM
    if said.converts_to(_AREA_SPECIFIC):
        return _AREA_SPECIFIC
    raise TableError("import.spectrum-unit", path=path, column=heading.text)


def _factor(path: Path, heading: Heading) -> float:
    said = unit_of(path, heading)
    return 1.0 if said is ONE else said.factor


def _numbers(
    path: Path, blocks: Sequence[Block], heading: Heading, dialect: Dialect
) -> NDArray[np.float64]:
    found: list[NDArray[np.float64]] = []
    for block in blocks:
        texts = block.columns[heading.place]
        try:
            found.append(numbers_of(texts, dialect.decimal))
        except NoNumberError as error:
            raise TableError(
                "import.spectrum-number",
                path=path,
                line=block.lines[error.place],
                column=heading.name,
                text=texts[error.place],
            ) from error
    return np.concatenate(found)
