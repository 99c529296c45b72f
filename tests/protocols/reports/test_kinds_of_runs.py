"""Reports of runs with cylinder pressure, of fuel cells, and of runs that went wrong."""

import dataclasses
from pathlib import Path

import pytest

import protocols
from bench.messages import Bilingual, Message
from bench.record.port import Ending, Event
from bench.record.recorder import RunWriter
from bench.record.results import write_explanation
from bench.runs import open_run
from protocols.cell_results import CurvePoint, CurveResult, LifeResult, RateRow, SpectrumResult
from protocols.drawn import EventMark, SpectrumPoints, VoltageSeries
from protocols.execution import read
from protocols.reports.blocks import Figure, Table
from protocols.reports.drawing import Drawing
from protocols.reports.figures import map_figure
from protocols.reports.run_report import run_report
from protocols.reports.speech import Speech
from protocols.results import Result, RunResults, WindowRow
from protocols.verdicts import judge
from tests.analysis.synthetic_cycles import capture
from tests.protocols.cell_runs import CellRun
from tests.protocols.cycle_runs import CycleRun, Kept
from tests.protocols.reports.conftest import MADE, squeezed


def reported(path, results, fonts, language="en"):
    with open_run(path) as run:
        return run_report(
            run, results, Speech(language), Drawing(fonts), made=MADE, compared="as written"
        )


def told(report):
    return squeezed("".join(report.texts()))


def figures(report):
    return [block.caption for block in report.blocks if isinstance(block, Figure)]


@pytest.fixture(scope="module")
def captured(tmp_path_factory):
    """A run with twelve cycles at a point, and six of an incident before it."""
    path = tmp_path_factory.mktemp("captured") / "run.h5"
    cycles = capture(12, noise=2e3, scatter=0.01)[1]
    kept = [Kept(cycles[:6], 5.0, is_incident=True), Kept(cycles, 20.0, number=2)]
    CycleRun(kept, points=[("reference", 10.0, 30.0)]).write(path)
    with open_run(path) as run:
        return path, judge(run)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_combustion_is_told_and_the_capture_that_was_asked_for_is_drawn(captured, fonts, language):
    path, results = captured
    report = reported(path, results, fonts, language)
    asked = next(row for row in results.combustion if not row.is_incident)
    for name, places in (("imep_net", 2), ("mfb50", 1), ("peak_pressure", 1)):
        assert f"{asked.value(name):.{places}f}".lstrip("-") in told(report)
    drawn = Message(
        "report.pressure-caption",
        {"cylinder": 1, "capture": 2, "cycles": 12, "at": "reference", "file": path.name},
    )
    assert figures(report) == [drawn.text(language)]


def test_without_captures_there_is_no_word_of_combustion(made, tmp_path, fonts):
    path = made().write(tmp_path / "run.h5")
    assert "ombustion" not in "".join(
        block.text for block in reported(path, read(path).results, fonts).blocks
        if not isinstance(block, Table) and hasattr(block, "text")
    )  # fmt: skip


def test_a_fuel_cell_shows_what_analyze_shows_of_it(tmp_path, fonts):
    path = CellRun(150, points=[("efficiency", 10, 60), ("efficiency", 80, 60)]).write(
        tmp_path / "run.h5"
    )
    results = read(path).results
    report = reported(path, results, fonts)
    for row in results.results:
        assert squeezed(row.title.text()) in told(report)
    assert "Cell" in [getattr(block, "text", "") for block in report.blocks]


def test_curves_spectra_and_degradation_are_drawn_and_told(tmp_path, fonts):
    path = CellRun(150).write(tmp_path / "run.h5")
    points = tuple(
        CurvePoint(
            current_density=0.1 * step, voltage=1.0 - 0.05 * step, lowest_voltage=0.9,
            temperature=750.0, utilisation=60.0, nernst_voltage=1.01, chord_resistance=500.0,
            differential_resistance=480.0, direction=direction,
        )
        for direction in ("up", "down") for step in range(1, 4)
    )  # fmt: skip
    drawn = SpectrumPoints(
        frequency=(1e4, 1e2, 1.0), real=(100.0, 200.0, 300.0), imaginary=(-1.0, -50.0, -2.0),
        fitted_real=(101.0, 199.0, 301.0), fitted_imaginary=(-1.0, -49.0, -2.0),
    )  # fmt: skip
    series = VoltageSeries(
        hours=(0.0, 1.0, 2.0), corrected=(0.83, 0.829, 0.828), fitted=(0.83, 0.829, 0.828),
        events=(EventMark(time=1.0, title=Message("report.event")),),
    )  # fmt: skip
    rate = RateRow(
        name="continuous", title=Message("report.drift"), count=0, percent=(0.512, 0.4, 0.6),
        millivolt=(4.21, 3.0, 5.0), resistance=(8.43, 7.0, 9.0), begin=24.0, end=300.0,
    )  # fmt: skip
    life = LifeResult(
        rates=(rate,), reference_voltage=0.83, reference_time=24.0, reference_temperature=750.0,
        reference_current_density=0.3, reference_utilisation=60.0, initial=0.0, reversible=0.0,
        reversible_share=0.0, two_point=0.5, line=0.5, theil_sen=0.5, residual=0.1, hours=276.0,
        series=series,
    )  # fmt: skip
    results = RunResults(
        protocol="solid-oxide/made", object_serial="S-1", simulated=True, ending=None,
        verdict=None, life=life, curves=(CurveResult(at=2.0, points=points, hysteresis=1.6),),
        spectra=(SpectrumResult(at=3.0, is_used=True, points=3, drawn=drawn),),
    )  # fmt: skip
    report = reported(path, results, fonts)
    names = ("curve-caption", "spectrum-caption", "life-caption")
    assert figures(report) == [Message(f"report.{name}").text() for name in names]
    for number in ("0.512", "4.21", "8.43", "1.6mV"):
        assert number in told(report)


def test_why_a_run_broke_off_and_who_explained_it_is_told(made, tmp_path, fonts):
    path = made(ending="operator").write(tmp_path / "run.h5")
    write_explanation(path, "A hose had burst <b>", "Li", 1_790_000_000 * 10**9)
    text = told(reported(path, read(path).results, fonts))
    assert "Runended" not in text
    assert squeezed("Explanation by Li (2026-09-21 14:13 UTC): A hose had burst <b>") in text
    assert squeezed("stopped by the operator") in text


def test_windows_that_do_not_count_are_deviations(made, tmp_path, fonts):
    bad = made.point(1)
    bad.valid = False
    run = made(made.zero(1), bad, made.point(2), made.point(3), made.zero(2))
    path = run.write(tmp_path / "run.h5")
    assert squeezed("Window best-point 1.1 does not count") in told(
        reported(path, read(path).results, fonts)
    )


def test_values_forced_by_hand_are_deviations(made, tmp_path, fonts):
    forced = Message("control.forced", {"channel": "engine.torque", "value": "3 N*m"})
    run, path = made(), tmp_path / "run.h5"
    writer, time = RunWriter(path, run._header()), 0
    for stretch in run.stretches:
        time = run._write_stretch(writer, stretch, time)
    writer.record(Event(time, time, "warning", "engine.torque", forced))
    writer.close(Ending("completed", None, time))
    assert squeezed(forced.text()) in told(reported(path, read(path).results, fonts))


def test_a_certificate_that_was_overdue_is_marked(made, tmp_path, fonts):
    run = made()
    name = run.channels[0].name
    late = run.channels[0].calibration.__class__("C-9", "2020-01-31")
    run.with_channel(name, calibration=late, title=Bilingual("Something"))
    path = run.write(tmp_path / "run.h5")
    cells = [
        cell for block in reported(path, read(path).results, fonts).blocks
        if isinstance(block, Table) for row in block.rows for cell in row
        if cell.text.startswith("2020-01-31")
    ]  # fmt: skip
    assert [(cell.text, cell.tone) for cell in cells] == [("2020-01-31 (overdue)", "bad")]


def test_numbers_of_the_object_are_in_peoples_units(made, tmp_path, fonts):
    run, name = made(), "objects/hydrogen-engine.yaml"
    kind = (Path(protocols.__path__[0]) / name).read_text(encoding="utf-8")
    header = run._header()
    header = dataclasses.replace(header, texts={**header.texts, name: kind})
    run._header = lambda: header
    path = run.write(tmp_path / "run.h5")
    rows = {
        row[0].text: row[1].text for block in reported(path, read(path).results, fonts).blocks
        if isinstance(block, Table) for row in block.rows
    }  # fmt: skip
    assert (rows["Displacement"], rows["Idle speed"]) == ("12.8 L", "600 rpm")


def window(speed, torque, efficiency, *, valid=True):
    """One point of a map."""
    numbers = {"engine_speed": speed, "torque": torque, "brake_thermal_efficiency": efficiency}
    found = tuple(
        Result(name=name, title=Message("report.value"), unit="1", at="map", value=value)
        for name, value in numbers.items()
    )
    return WindowRow(name="map", approach=1, repeat=1, start=0.0, end=60.0, valid=valid,
                     channels=(), quantities=found, gas_lot="")  # fmt: skip


def test_a_map_shows_every_valid_point_with_its_number(fonts):
    windows = [window(900.0 + 300 * n, 500.0 * n, 40.0 + n) for n in range(5)]
    windows.append(window(2100.0, 900.0, 39.9, valid=False))
    figure = map_figure(Drawing(fonts), Speech("en"), windows)
    for number in ("40.0", "41.0", "42.0", "43.0", "44.0"):
        assert number in figure.texts
    assert "39.9" not in figure.texts


def test_two_points_are_no_map(fonts):
    windows = [window(900.0, 500.0, 40.0), window(1200.0, 500.0, 41.0), window(901.0, 501.0, 41.0)]
    assert map_figure(Drawing(fonts), Speech("en"), windows) is None
