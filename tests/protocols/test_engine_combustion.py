"""Captures of in-cylinder pressure in run files: numbers, what is left out, counters."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from bench.messages import LANGUAGES, Message
from bench.runs import open_run
from protocols.combustion_counts import abnormal_cycles
from protocols.combustion_results import CombustionRow
from protocols.engine_combustion import combustion_rows
from protocols.results import RunResults
from protocols.tables import Tables
from protocols.verdicts import judge
from tests.analysis.synthetic_cycles import Array, Cycle, capture, pressure
from tests.protocols.cycle_runs import CHANNELS, CycleRun, Kept

CYCLES = 12
TRUE = Cycle(gamma=1.31)


def good(seed: int = 1) -> Array:
    """Return cycles as they should be, on an unknown level as a charge amplifier gives them."""
    return capture(CYCLES, noise=2e3, scatter=0.01, seed=seed, cycle=TRUE)[1] - 1.7e5


@pytest.fixture
def rows(tmp_path: Path):
    """Return what a run shows of combustion."""

    def read(made: CycleRun) -> tuple[CombustionRow, ...]:
        with open_run(made.write(tmp_path / "made.h5")) as run:
            return combustion_rows(run)

    return read


def judged(made: CycleRun, path: Path) -> RunResults:
    with open_run(made.write(path)) as run:
        return judge(run)


def test_a_capture_gives_its_burn_angles_and_says_where_it_belongs(rows) -> None:
    cycles = capture(CYCLES, scatter=0.01, cycle=TRUE)[0]
    (row,) = rows(CycleRun([Kept(good(), 20.0)], points=[("reference", 10.0, 30.0)]))
    assert (row.at, row.cycles, row.used, row.left_out) == ("reference", CYCLES, CYCLES, ())
    assert (row.instrument, row.capture, row.cylinder) == ("indicating", 1, 1)
    assert not row.is_incident
    assert row.speed == pytest.approx(1200.0, rel=1e-6)
    assert row.spark == pytest.approx(-15.0, abs=1e-5)
    for name, share in (("mfb10", 0.1), ("mfb50", 0.5), ("mfb90", 0.9)):
        truth = np.mean([each.burned(share) for each in cycles])
        assert row.value(name) == pytest.approx(truth, abs=0.1)
    assert row.value("heat") == pytest.approx(np.mean([each.heat for each in cycles]), rel=0.01)
    assert row.value("pmep") == pytest.approx(0.2, abs=0.02)
    assert all(each.standard_uncertainty > 0.0 for each in row.values if each.name == "imep_net")


def test_the_level_of_the_charge_amplifier_does_not_matter(rows, tmp_path: Path) -> None:
    one, two = (
        rows_of
        for shift in (0.0, 5e5)
        for rows_of in (_read(CycleRun([Kept(good() + shift, 5.0)]), tmp_path / f"{shift}.h5"),)
    )
    assert one[0].value("mfb50") == pytest.approx(two[0].value("mfb50"), abs=0.01)
    assert one[0].value("peak_pressure") == pytest.approx(two[0].value("peak_pressure"), abs=0.02)


def _read(made: CycleRun, path: Path) -> tuple[CombustionRow, ...]:
    with open_run(made.write(path)) as run:
        return combustion_rows(run)


def test_friction_is_indicated_less_brake_work(rows) -> None:
    (row,) = rows(CycleRun([Kept(good(), 20.0)], torque=1000.0))
    bmep = 4.0 * math.pi * 1000.0 / (6.0 * 2.1295e-3) / 1e5
    assert row.value("fmep") == pytest.approx(row.value("imep_net") - bmep, abs=0.01)


def test_captures_and_incidents_are_told_apart(rows) -> None:
    made = CycleRun(
        [
            Kept(good(), 5.0, number=7),
            Kept(good(2), 30.0, number=8, is_incident=True),
            Kept(good(3), 50.0, number=9),
        ],
        seconds=60,
        steps=[("hold", 0.0, 60.0), ("look", 4.0, 10.0)],
    )
    found = rows(made)
    assert [row.capture for row in found] == [7, 8, 9]
    assert [row.is_incident for row in found] == [False, True, False]
    assert [row.at for row in found] == ["look", "hold", "hold"]


def test_what_is_left_out_is_counted_with_its_reason(rows) -> None:
    pressures = good()
    pressures[3] = np.minimum(pressures[3], 60e5)
    pressures[5] += np.linspace(0.0, 2e5, 7200)
    (row,) = rows(CycleRun([Kept(pressures, 5.0)]))
    assert row.used == CYCLES - 2
    assert {each.reason: each.count for each in row.left_out} == {"saturated": 1, "drift": 1}


def test_a_converter_at_its_end_is_saturated(rows) -> None:
    pressures = good()
    pressures[4] *= 4.0
    (row,) = rows(CycleRun([Kept(pressures, 5.0)]))
    assert {each.reason for each in row.left_out} == {"saturated"}


def test_a_capture_of_which_nothing_can_be_used_has_no_numbers_and_says_so(rows) -> None:
    (row,) = rows(CycleRun([Kept(np.full((CYCLES, 7200), 5e5), 5.0)]))
    assert (row.used, row.values, row.rates) == (0, (), ())
    assert "None of 12" in row.remarks[0].text("en")
    assert math.isnan(row.value("imep_net"))


def test_abnormal_cycles_of_a_capture_are_counted(rows) -> None:
    pressures = good()
    intake = np.full(pressures.shape, 2.2e5)
    pressures[2] = pressure(Cycle(heat=200.0))
    pressures[4] = pressure(Cycle(ring=4e5))
    pressures[6] = pressure(Cycle(begin=-40.0))
    pressures[8] = pressure(Cycle(heat=2400.0))
    intake[8, 500:1500] += 1e5
    (row,) = rows(CycleRun([Kept(pressures, 5.0, intake=intake)]))
    events = {rate.name: rate.events for rate in row.rates}
    assert events == {"knock": 1, "misfire": 1, "pre_ignition": 1, "backfire": 1}
    assert all(rate.lower < rate.per_thousand < rate.upper for rate in row.rates)


def test_the_limits_of_the_rig_count(rows) -> None:
    pressures = good()
    pressures[4] = pressure(Cycle(ring=4e5))
    options = "compression: 12.0, knock: 20 bar"
    made = CycleRun([Kept(pressures, 5.0)])
    made.rig = made.rig.replace("compression: 12.0", options)
    (row,) = rows(made)
    assert next(rate.events for rate in row.rates if rate.name == "knock") == 0


def test_without_dimensions_there_are_no_numbers_but_a_reason(rows) -> None:
    (row,) = rows(CycleRun([Kept(good(), 5.0)], rig="", data={"displacement": 0.0128}))
    assert row.used == 0
    assert "Bore" in row.remarks[0].text("en")


def test_dimensions_of_the_object_stand_in_for_those_of_the_rig(rows) -> None:
    made = CycleRun([Kept(good(), 5.0)], rig="")
    made.data |= {"rod": 0.2675, "compression_ratio": 12.0}
    (row,) = rows(made)
    assert row.value("mfb50") == pytest.approx(TRUE.burned(0.5), abs=0.3)


def test_an_encoder_that_is_a_degree_off_is_suspected(rows) -> None:
    late = np.stack([pressure(TRUE, shift=-1.5)] * CYCLES)
    (row,) = rows(CycleRun([Kept(late, 5.0)]))
    assert row.used == CYCLES
    assert "off by +1." in row.remarks[0].text("en")


def test_an_intake_pressure_that_is_wrong_is_suspected_and_changes_no_work(rows) -> None:
    right = Kept(good(), 5.0, number=1)
    wrong = Kept(good(), 30.0, number=2, intake=np.full((CYCLES, 7200), 2.7e5))
    sound, dubious = rows(CycleRun([right, wrong]))
    ids = [[note.id for note in row.remarks] for row in (sound, dubious)]
    assert "combustion.suspect-level" not in ids[0]
    assert "combustion.suspect-level" in ids[1]
    assert dubious.value("imep_net") == pytest.approx(sound.value("imep_net"), rel=1e-9)
    assert dubious.value("peak_pressure") == pytest.approx(sound.value("peak_pressure") + 0.5, 1e-6)


def test_a_motored_capture_tells_top_dead_centre(rows) -> None:
    motored = pressure(Cycle(heat=0.0, exhaust=2.3e5), shift=-0.3)
    (row,) = rows(CycleRun([Kept(np.stack([motored] * CYCLES), 5.0)]))
    assert "+0.3" in row.remarks[0].text("en")
    assert math.isnan(row.value("imep_cov"))
    assert math.isnan(row.value("mfb50"))
    assert [rate.name for rate in row.rates] == ["knock"]


def test_cycles_that_were_not_recorded_are_told(rows) -> None:
    (row,) = rows(CycleRun([Kept(good(), 5.0, skipped=3)]))
    assert "3 cycles" in row.remarks[0].text("en")


def test_a_run_without_an_indicating_system_shows_nothing_of_it(made, tmp_path: Path) -> None:
    with open_run(made(made.point()).write(tmp_path / "plain.h5")) as run:
        assert combustion_rows(run) == ()
        assert abnormal_cycles(run) == ()


def test_counters_are_per_thousand_of_all_cycles_and_survive_a_restart(tmp_path: Path) -> None:
    scans = 600
    cycles = np.arange(scans) * 10.0
    cycles[300:] = np.arange(300) * 10.0  # switched off and on again
    knocks = np.repeat([0.0, 4.0, 1.0], 200)
    made = CycleRun([], counters={"cylinder.cycles": cycles, "cylinder.knocks": knocks})
    with open_run(made.write(tmp_path / "made.h5")) as run:
        rates = {rate.name: rate for rate in abnormal_cycles(run)}
    assert rates["knock"].events == 5
    assert rates["knock"].cycles == 2990 + 2990
    assert rates["knock"].per_thousand == pytest.approx(1e3 * 5 / 5980)
    assert rates["misfire"].events == 0
    assert rates["misfire"].lower == 0.0
    assert rates["misfire"].upper == pytest.approx(1e3 * 3.69 / 5980, rel=0.01)


def test_without_a_count_of_cycles_they_follow_from_the_speed(tmp_path: Path) -> None:
    channels = tuple(item for item in CHANNELS if item.name != "cylinder.cycles")
    made = CycleRun([], channels=channels)
    with open_run(made.write(tmp_path / "made.h5")) as run:
        (rate, _) = abnormal_cycles(run)
    assert rate.cycles == pytest.approx(60 * 10, abs=2)  # 1200 rpm: 10 cycles a second


def test_analysis_shows_captures_in_every_language_and_as_json(tmp_path: Path) -> None:
    pressures = good()
    pressures[3] = np.minimum(pressures[3], 60e5)
    counters = {"cylinder.cycles": np.arange(600) * 1.0}
    results = judged(
        CycleRun([Kept(pressures, 20.0)], points=[("reference", 10.0, 30.0)], counters=counters),
        tmp_path / "made.h5",
    )
    plain = json.loads(json.dumps(results.to_json()))
    (row,) = plain["combustion"]
    assert row["at"] == "reference"
    assert {each["name"] for each in row["values"]} >= {"imep_net", "mfb50", "burn_10_90"}
    assert plain["abnormal_cycles"][0]["cycles"] == 599
    for language in LANGUAGES:
        shown = Console(width=160)
        with shown.capture() as taken:
            for part in Tables(language).all(results):
                shown.print(part)
        text = taken.get()
        assert "reference" in text
        assert f"11/{CYCLES}" in text
        assert Message("combustion.saturated").text(language) in text
