"""Spectra in files: whatever the order of the columns, never one that the header does not say."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from bench.runs.importing import TableError
from bench.runs.importing.spectrum import read_spectrum
from bench.units import unit

POINTS = [(1000.0, 0.11, 0.002), (10.0, 0.21, -0.05), (0.1, 0.33, -0.004)]


def written(folder: Path, text: str) -> Path:
    """Return a file with a text."""
    path = folder / "spectrum.csv"
    path.write_text(text, encoding="utf-8")
    return path


def table(header: str, rows: Iterable[Iterable[object]], between: str = ",") -> str:
    """Return a table."""
    return "\n".join([header, *(between.join(map(str, row)) for row in rows)]) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        table("freq/Hz,Re(Z)/Ohm,Im(Z)/Ohm", POINTS),
        table("freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm", [(f, a, -b) for f, a, b in POINTS]),
        table("Z'' [ohm],index,Frequency (Hz),Z' [ohm]", [(b, 1, f, a) for f, a, b in POINTS]),
        table("f [kHz],Z' [mohm],Z'' [mohm]", [(f / 1e3, a * 1e3, b * 1e3) for f, a, b in POINTS]),
        table("频率,实部,虚部", POINTS),
        table("freq;Zre;Zim\nHz;ohm;ohm", POINTS, ";"),
        table(
            "freq;Zre;Zim",
            [tuple(str(value).replace(".", ",") for value in row) for row in POINTS],
            ";",
        ),
    ],
    ids=["biologic", "negative", "order", "units", "chinese", "line of units", "decimal comma"],
)
def test_a_spectrum_is_read_as_its_header_says(tmp_path: Path, text: str) -> None:
    found = read_spectrum(written(tmp_path, text))
    assert np.column_stack([found.frequency, found.real, found.imaginary]) == pytest.approx(
        np.array(POINTS)
    )
    assert found.unit == unit("ohm")


def test_what_belongs_to_an_area_stays_so(tmp_path: Path) -> None:
    found = read_spectrum(written(tmp_path, table("f/Hz,Z'/Ohm*cm2,Z''/Ohm*cm2", POINTS)))
    assert found.real == pytest.approx([each[1] * 1e-4 for each in POINTS])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('"freq;Z\';Z\'\'",x,y\n"1;2;3",1,2\n', "several values in one cell"),
        ("freq Z' Z''\n1 2 3\n", "fewer than three columns"),
        ("freq,phase,Z''\n1,2,3\n", "no column is called Z'"),
        ("freq,Re(Z),Z',Z''\n1,2,3,4\n", "several columns may be Z'"),
        ("freq/Hz,Z'/V,Z''/V\n1,2,3\n", "none of an impedance"),
        ("freq/Hz,Z'/Ohm,Z''/Ohm*cm2\n1,2,3\n", "different units"),
        ("freq,Z',Z''\n1,2,3\n2,OVER,3\n", ":3: 'OVER'"),
        ("freq,Z',Z''\n", "no rows"),
    ],
)
def test_what_is_no_spectrum_is_refused_in_words(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(TableError, match=reason):
        read_spectrum(written(tmp_path, text))
