"""`h2bench spectrum`: files of other programs give the numbers of a run, or a reason in words."""

import json
import math

import numpy as np
import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.exits import Exit

AREA, CELLS = 144e-4, 10
OHMIC = 17e-6
PARTS = ((4e-6, 18e3, 0.90), (9e-6, 3e3, 0.85), (30e-6, 0.8, 1.0))
"""Resistance (ohm m2), peak (Hz), exponent."""
TOTAL = 60e-6 * 1e7
"""All of them with the ohmic part, mOhm cm2."""
FREQUENCY = np.append(np.logspace(5, -1, 61), 1e5)
TITLE = "freq/Hz,Re(Z)/Ohm,Im(Z)/Ohm"


def impedance(frequency=FREQUENCY):
    """Return the impedance of the stack with its leads, ohm."""
    found = np.full(frequency.shape, OHMIC, dtype=complex)
    for resistance, peak, exponent in PARTS:
        found += resistance / (1.0 + (1j * frequency / peak) ** exponent)
    noise = np.random.default_rng(7).standard_normal((2, len(frequency)))
    found *= 1.0 + 5e-4 * (noise[0] + 1j * noise[1])
    return found * CELLS / AREA + 2j * math.pi * frequency * 3e-8


def written(folder, name="cell.csv", *, values=None, title=TITLE, between=",", point="."):
    """Return a file with a spectrum."""
    values = impedance() if values is None else values
    rows = [
        between.join(str(each).replace(".", point) for each in (f, z.real, z.imag))
        for f, z in zip(FREQUENCY.tolist(), values.tolist(), strict=True)
    ]
    path = folder / name
    path.write_text("\n".join([title, *rows]) + "\n", encoding="utf-8")
    return path


def asked(*arguments):
    """Return what the command answers."""
    return CliRunner().invoke(app, ["spectrum", *map(str, arguments)])


GIVEN = ("--area", "144 cm^2", "--cells", CELLS)


def test_a_file_gives_the_resistances_of_one_cell(tmp_path):
    answer = asked(written(tmp_path), *GIVEN, "--json")
    assert answer.exit_code == Exit.PASS
    (found,) = json.loads(answer.output)["spectra"]
    numbers = found["spectrum"]
    assert numbers["is_used"]
    total = numbers["ohmic_resistance"] + numbers["polarisation_resistance"]
    assert total == pytest.approx(TOTAL, rel=0.02)
    assert numbers["ohmic_resistance"] >= OHMIC * 1e7 * 0.95


def test_a_decimal_comma_gives_the_same(tmp_path):
    comma = written(tmp_path, "komma.csv", title=TITLE.replace(",", ";"), between=";", point=",")
    answers = [
        json.loads(asked(path, *GIVEN, "--json", *more).output)["spectra"][0]["spectrum"]
        for path, more in (
            (written(tmp_path), ()),
            (comma, ("--decimal", "comma", "--delimiter", "semicolon")),
        )
    ]
    for each in answers:
        del each["file"]
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("made", "said", "code"),
    [
        (lambda folder: written(folder, values=impedance().conj()),
         "stored as its negative", Exit.REFUSED),
        (lambda folder: written(folder, title="freq/Hz,phase,Im(Z)/Ohm"),
         "no column is called", Exit.REFUSED),
        (lambda folder: written(folder, between=";", title='"a;b;c",d,e'),
         "several values in one cell", Exit.REFUSED),
        (lambda folder: written(folder, values=np.append(impedance()[:-1], 1.3 * impedance()[0])),
         "not at rest", Exit.NOT_SHOWN),
        (lambda folder: written(
            folder, values=impedance() * (1 + 0.1 * np.sin(np.arange(len(FREQUENCY))))),
         "Kramers-Kronig", Exit.NOT_SHOWN),
    ],
    ids=["negative", "header", "packed", "drift", "not causal"],
)  # fmt: skip
def test_what_is_no_spectrum_is_refused_in_words(tmp_path, made, said, code):
    answer = asked(made(tmp_path), *GIVEN)
    assert answer.exit_code == code
    assert said in " ".join(answer.output.split())


def test_a_refused_file_leaves_the_others_as_they_are(tmp_path):
    good = written(tmp_path, "good.csv")
    bad = written(tmp_path, "bad.csv", values=impedance().conj())
    answer = asked(bad, good, *GIVEN, "--json")
    assert answer.exit_code == Exit.REFUSED
    found = json.loads(answer.output)["spectra"]
    assert [each["spectrum"]["is_used"] for each in found] == [False, True]


def test_ohm_without_an_area_are_refused(tmp_path):
    answer = asked(written(tmp_path))
    assert "--area" in answer.exception.text("en")
    answer = asked(written(tmp_path), "--area", "144 cm")
    assert "no area" in answer.exception.text("en")
