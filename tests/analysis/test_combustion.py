"""In-cylinder pressure: cycles whose burn angles are known exactly give them back."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.combustion.capture import analyse_capture
from analysis.combustion.capture_results import Capture, CaptureSettings, Pegging
from analysis.combustion.geometry import CylinderGeometry, volume, volume_slope, wall_area
from analysis.combustion.heat_release import HeatReleaseSettings, burning, net_heat
from analysis.combustion.pegging import polytropic_offset
from analysis.combustion.sensitivity import InstrumentUncertainty
from analysis.combustion.traces import angle_grid, traces
from analysis.combustion.wall_loss import WallLoss
from analysis.combustion.work import friction, indicated_work
from tests.analysis.synthetic_cycles import ANGLE, ENGINE, Array, Cycle, capture, pressure

GEOMETRY = CylinderGeometry(
    bore=ENGINE.bore, stroke=ENGINE.stroke, rod=ENGINE.rod, compression_ratio=ENGINE.ratio
)
GRID = angle_grid(ANGLE)
SPEED = 1200.0 * math.pi / 30.0
BURNED = {"mfb05_deg": 0.05, "mfb10_deg": 0.10, "mfb50_deg": 0.50, "mfb90_deg": 0.90}
REFERENCE = Cycle(heat=4700.0, intake=1.3e5, exhaust=1.3e5, begin=-10.0, duration=42.0)
"""A cycle of 11.5 bar with MFB50 at 9.5 degrees, for the figures of the literature."""


def analysed(pressures: Array, **more: object) -> Capture:
    """Return the analysis of cycles with an intake of 2.2 bar and a spark at -15 degrees."""
    given: dict[str, object] = {"intake_pressure": 2.2e5, "spark_deg": -15.0} | more
    return analyse_capture(
        traces=traces(angle_deg=ANGLE, pressure=pressures),
        geometry=GEOMETRY,
        speed=SPEED,
        **given,  # type: ignore[arg-type]
    )


def test_the_volume_runs_from_clearance_to_displacement_and_its_slope_is_its_derivative() -> None:
    assert volume(geometry=GEOMETRY, angle_deg=np.array([0.0, 180.0])) == pytest.approx(
        [GEOMETRY.clearance, GEOMETRY.clearance + GEOMETRY.displacement], rel=1e-12
    )
    assert pytest.approx(ENGINE.volume(ANGLE), rel=1e-12) == volume(
        geometry=GEOMETRY, angle_deg=ANGLE
    )
    slope = np.gradient(volume(geometry=GEOMETRY, angle_deg=ANGLE), 0.1)
    found = volume_slope(geometry=GEOMETRY, angle_deg=ANGLE)
    assert found[5:-5] == pytest.approx(slope[5:-5], abs=1e-10)
    assert (wall_area(geometry=GEOMETRY, angle_deg=ANGLE) > 2.0 * GEOMETRY.piston_area).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_burn_angles_come_back_within_a_tenth_of_a_degree(dtype: type) -> None:
    cycles, pressures = capture(60, scatter=0.02)
    found = analysed(pressures.astype(dtype))
    assert found.used == 60
    assert found.values is not None
    for name, share in BURNED.items():
        truth = [each.burned(share) for each in cycles]
        assert getattr(found.values, name) == pytest.approx(truth, abs=0.1)
    assert found.values.heat == pytest.approx([each.heat for each in cycles], rel=2e-3)
    rapid = cycles[0].burned(0.9) - cycles[0].burned(0.1)
    assert found.values.rapid_deg == pytest.approx(rapid, abs=0.1)
    assert found.statistics is not None
    assert found.statistics.spreads["rapid_deg"].standard_uncertainty < 0.5


@given(
    begin=st.floats(-20.0, 5.0),
    duration=st.floats(12.0, 55.0),
    heat=st.floats(1500.0, 8000.0),
)
@settings(max_examples=25, deadline=None)
def test_whatever_the_burn_its_angles_come_back(begin: float, duration: float, heat: float) -> None:
    cycle = Cycle(begin=begin, duration=duration, heat=heat)
    found = analysed(pressure(cycle)[None, :], spark_deg=begin)
    assert found.values is not None
    for name, share in BURNED.items():
        assert getattr(found.values, name)[0] == pytest.approx(cycle.burned(share), abs=0.1)


def test_noise_of_a_tenth_of_a_bar_moves_no_burn_angle_by_more_than_its_scatter() -> None:
    cycles, pressures = capture(60, noise=0.1e5)
    found = analysed(pressures)
    assert found.values is not None
    truth = cycles[0]
    assert found.values.mfb50_deg == pytest.approx(truth.burned(0.5), abs=0.1)
    assert float(np.mean(found.values.mfb10_deg)) == pytest.approx(truth.burned(0.1), abs=0.1)
    assert float(np.mean(found.values.mfb90_deg)) == pytest.approx(truth.burned(0.9), abs=0.2)


def test_work_is_the_area_of_the_loop() -> None:
    cycle = Cycle()
    work = indicated_work(grid=GRID, pressure=pressure(cycle)[None, :], geometry=GEOMETRY)
    # Heat in less what leaves with the gas at the end, at constant specific heats.
    size = ENGINE.volume(np.array([-180.0, 180.0]))
    end = pressure(cycle)[5400]
    lost = (end * size[1] - cycle.intake * size[0]) / (cycle.gamma - 1.0)
    assert work.gross[0] == pytest.approx((cycle.heat - lost) / ENGINE.swept, rel=2e-3)
    assert work.pumping[0] == pytest.approx(cycle.intake - cycle.exhaust, rel=1e-2)
    assert friction(net=float(work.net[0]), brake=1e6) == float(work.net[0]) - 1e6


@given(offset=st.floats(-5e6, 5e6))
@settings(max_examples=25, deadline=None)
def test_a_constant_offset_changes_no_work(offset: float) -> None:
    trace = pressure(Cycle())[None, :]
    before = indicated_work(grid=GRID, pressure=trace, geometry=GEOMETRY)
    after = indicated_work(grid=GRID, pressure=trace + offset, geometry=GEOMETRY)
    assert after.gross == pytest.approx(before.gross, rel=1e-9)
    assert after.net == pytest.approx(before.net, rel=1e-9)


@given(scale=st.floats(0.1, 5.0))
@settings(max_examples=25, deadline=None)
def test_work_grows_with_the_pressure(scale: float) -> None:
    trace = pressure(Cycle())[None, :]
    before = indicated_work(grid=GRID, pressure=trace, geometry=GEOMETRY)
    after = indicated_work(grid=GRID, pressure=trace * scale, geometry=GEOMETRY)
    assert after.gross == pytest.approx(scale * before.gross, rel=1e-12)
    assert after.pumping == pytest.approx(scale * before.pumping, rel=1e-9)


def test_a_tenth_of_a_degree_of_top_dead_centre_is_0_45_percent_of_the_work() -> None:
    trace = pressure(REFERENCE)[None, :]
    right = indicated_work(grid=GRID, pressure=trace, geometry=GEOMETRY)
    late = indicated_work(grid=GRID, pressure=trace, geometry=GEOMETRY, shift_deg=0.1)
    assert 100.0 * (late.gross[0] / right.gross[0] - 1.0) == pytest.approx(0.45, abs=0.03)


def test_half_a_bar_of_pegging_adds_1_4_percent_of_heat_and_0_15_degrees() -> None:
    # The heat of a real cycle is largest at the end of combustion, because the wall takes some.
    window = HeatReleaseSettings(first_deg=-20.0, last_deg=42.0)
    trace = pressure(REFERENCE)[None, :]
    right, wrong = (
        burning(
            grid=GRID,
            heat=net_heat(grid=GRID, pressure=each, geometry=GEOMETRY, settings=window),
            settings=window,
        )
        for each in (trace, trace + 0.5e5)
    )
    assert 100.0 * (wrong.heat[0] / right.heat[0] - 1.0) == pytest.approx(1.4, abs=0.3)
    assert wrong.burned_deg[2, 0] - right.burned_deg[2, 0] == pytest.approx(0.15, abs=0.05)


def test_errors_of_encoder_and_pegging_are_in_the_uncertainty_of_the_means() -> None:
    rows = np.stack([pressure(REFERENCE)] * 3)
    no_gain = CaptureSettings(
        heat=HeatReleaseSettings(first_deg=-20.0, last_deg=42.0),
        instruments=InstrumentUncertainty(
            top_dead_centre_deg=0.1, pegging=0.0, gain=0.0, gamma=0.0
        ),
    )
    by_angle = analysed(rows, intake_pressure=1.3e5, settings=no_gain).statistics
    by_level = analysed(
        rows,
        intake_pressure=1.3e5,
        settings=replace(
            no_gain,
            instruments=InstrumentUncertainty(
                top_dead_centre_deg=0.0, pegging=0.5e5, gain=0.0, gamma=0.0
            ),
        ),
    ).statistics
    assert by_angle is not None
    assert by_level is not None
    imep = by_angle.spreads["imep_net"]
    assert 100.0 * imep.standard_uncertainty / imep.mean == pytest.approx(0.45, abs=0.03)
    assert by_level.spreads["imep_net"].standard_uncertainty == pytest.approx(0.0, abs=1.0)
    assert by_level.spreads["mfb50_deg"].standard_uncertainty == pytest.approx(0.15, abs=0.05)


def test_a_ratio_of_specific_heats_that_is_off_by_a_hundredth_is_in_the_uncertainty() -> None:
    cycles, rows = capture(20, noise=2e3, scatter=0.01)
    wrong = analysed(rows, settings=CaptureSettings(heat=HeatReleaseSettings(gamma=1.30)))
    assert wrong.statistics is not None
    truth = float(np.mean([each.burned(0.5) for each in cycles]))
    found = wrong.statistics.spreads["mfb50_deg"]
    assert abs(found.mean - truth) > 0.05
    assert abs(found.mean - truth) < 2.0 * found.standard_uncertainty
    assert wrong.statistics.sensitivity.per_gamma["imep_net"] == 0.0


def test_a_compression_that_is_polytropic_pegs_itself() -> None:
    rows = np.stack([pressure(Cycle()) - 3.7e5, pressure(Cycle()) + 1.1e5])
    offset = polytropic_offset(grid=GRID, pressure=rows, geometry=GEOMETRY, exponent=1.31)
    assert offset == pytest.approx([3.7e5, -1.1e5], abs=20.0)
    found = analysed(
        rows, intake_pressure=None, settings=CaptureSettings(pegging=Pegging.POLYTROPIC)
    )
    assert found.used == 2


def test_gamma_may_be_a_function_of_temperature_and_a_constant_one_changes_nothing() -> None:
    trace = pressure(Cycle())[None, :]
    plain = HeatReleaseSettings(gamma=1.31)
    function = HeatReleaseSettings(
        gamma=lambda kelvin: 0.0 * kelvin + 1.31, charge_temperature=400.0
    )
    falling = HeatReleaseSettings(
        gamma=lambda kelvin: 1.38 - 4e-5 * kelvin, charge_temperature=400.0
    )
    heats = [
        net_heat(grid=GRID, pressure=trace, geometry=GEOMETRY, settings=each)[0, -1]
        for each in (plain, function, falling)
    ]
    assert heats[1] == pytest.approx(heats[0], rel=1e-9)
    assert abs(heats[2] / heats[0] - 1.0) > 0.01
    with pytest.raises(ValueError, match="charge_temperature"):
        HeatReleaseSettings(gamma=lambda kelvin: kelvin)


def test_gross_heat_is_net_heat_and_what_the_wall_takes() -> None:
    trace = pressure(Cycle())[None, :]
    loss = WallLoss(speed=SPEED, wall_temperature=450.0, charge_temperature=400.0)
    net, gross, twice = (
        net_heat(
            grid=GRID,
            pressure=trace,
            geometry=GEOMETRY,
            settings=HeatReleaseSettings(wall_loss=each),
        )[0, -1]
        for each in (None, loss, replace(loss, factor=2.0))
    )
    # A sixth to a quarter of the heat at this load, after Heywood 12.4.3.
    assert 0.05 < (gross - net) / net < 0.35
    assert twice - net == pytest.approx(2.0 * (gross - net), rel=1e-9)


@given(seed=st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_the_order_of_the_cycles_does_not_matter(seed: int) -> None:
    _, rows = capture(12, noise=2e3, scatter=0.02, seed=seed)
    order = np.random.default_rng(seed).permutation(12)
    first, second = analysed(rows), analysed(rows[order])
    assert first.statistics is not None
    assert second.statistics is not None
    for name, spread in first.statistics.spreads.items():
        other = second.statistics.spreads[name]
        assert other.mean == pytest.approx(spread.mean, rel=1e-12), name
        assert other.standard_deviation == pytest.approx(spread.standard_deviation, rel=1e-9), name
    assert second.statistics.knock == first.statistics.knock


def test_a_coarser_grid_gives_the_same_numbers() -> None:
    _, rows = capture(4, scatter=0.02)
    fine = analysed(rows)
    coarse = analyse_capture(
        traces=traces(angle_deg=ANGLE[::5], pressure=rows[:, ::5]),
        geometry=GEOMETRY,
        speed=SPEED,
        intake_pressure=2.2e5,
    )
    assert fine.values is not None
    assert coarse.values is not None
    assert coarse.values.imep_net == pytest.approx(fine.values.imep_net, rel=1e-3)
    assert coarse.values.mfb50_deg == pytest.approx(fine.values.mfb50_deg, abs=0.1)


@pytest.mark.parametrize(
    ("angle", "match"),
    [
        (ANGLE[:3600], "cover"),
        (ANGLE[::-1], "rise"),
        (ANGLE[:100], "at least"),
        (np.concatenate([ANGLE[:-1], [400.0]]), "equal steps"),
    ],
)
def test_angles_that_are_no_cycle_are_refused(angle: Array, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        angle_grid(angle)
