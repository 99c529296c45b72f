"""In-cylinder pressure: cycles that are no measurements, and cycles that burned wrongly."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.combustion.capture import analyse_capture
from analysis.combustion.capture_results import Capture
from analysis.combustion.geometry import CylinderGeometry
from analysis.combustion.knock import KnockBand, knock_band, knock_frequency, oscillation
from analysis.combustion.rates import event_rate
from analysis.combustion.screening import Fault
from analysis.combustion.spread import spread
from analysis.combustion.top_dead_centre import compression_error, motored_check
from analysis.combustion.traces import angle_grid, traces
from tests.analysis.synthetic_cycles import ANGLE, ENGINE, Array, Cycle, capture, pressure

GEOMETRY = CylinderGeometry(
    bore=ENGINE.bore, stroke=ENGINE.stroke, rod=ENGINE.rod, compression_ratio=ENGINE.ratio
)
GRID = angle_grid(ANGLE)
SPEED = 1200.0 * math.pi / 30.0
MANIFOLD = 2.2e5


def analysed(rows: Array | list[Array], *, intake: Array | None = None) -> Capture:
    """Return the analysis of cycles with a spark at -15 degrees."""
    return analyse_capture(
        traces=traces(angle_deg=ANGLE, pressure=rows, intake=intake),
        geometry=GEOMETRY,
        speed=SPEED,
        intake_pressure=MANIFOLD,
        spark_deg=-15.0,
    )


def faults(found: Capture) -> dict[Fault, tuple[int, ...]]:
    """Return which cycles were left out, by reason."""
    return {each.fault: each.cycles for each in found.left_out}


@cache
def _made(number: int) -> Array:
    return capture(number, noise=2e3, scatter=0.01)[1]


def good(number: int = 20) -> Array:
    """Return cycles as they should be."""
    return _made(number).copy()


def test_good_cycles_are_all_used() -> None:
    found = analysed(good())
    assert found.left_out == ()
    assert found.used == found.cycles == 20


def test_lost_teeth_are_found_as_missing_samples_wrong_length_and_slipped_angles() -> None:
    rows = good()
    rows[3, 100:110] = np.nan
    rows[7] = np.roll(rows[7], 10)
    ragged: list[Array] = [*rows]
    ragged[5] = rows[5][:7100]
    assert faults(analysed(ragged)) == {Fault.LOST_TEETH: (3, 5), Fault.ANGLE_SLIP: (7,)}


def test_a_flat_top_is_a_saturated_sensor() -> None:
    rows = good()
    rows[4] = np.minimum(rows[4], rows[4].max() - 5e5)
    assert faults(analysed(rows)) == {Fault.SATURATED: (4,)}


@pytest.mark.parametrize("noise", [0.0, 2e3, 2e4])
@pytest.mark.parametrize("noise_comes", ["before", "behind"])
def test_a_flat_top_is_seen_through_the_noise(noise: float, noise_comes: str) -> None:
    draw = np.random.default_rng(5)
    clipped = good()
    added = noise * draw.normal(size=clipped.shape)
    if noise_comes == "before":
        clipped += added
    clipped[4] = np.minimum(clipped[4], 0.93 * clipped[4].max())
    if noise_comes == "behind":
        clipped += added
    assert faults(analysed(clipped)) == {Fault.SATURATED: (4,)}


@pytest.mark.parametrize("heat", [0.0, 400.0, 1500.0, 4500.0])
@pytest.mark.parametrize("noise", [0.0, 2e3, 1e4])
def test_a_round_top_is_not_flat_however_small_and_coarse(heat: float, noise: float) -> None:
    cycle = Cycle(heat=heat, intake=1e5, exhaust=1e5)
    rows = capture(5, noise=noise, scatter=0.01, cycle=cycle)[1]
    counts = np.rint(rows / 1e3) * 1e3  # a converter with 0.01 bar per count
    found = analyse_capture(
        traces=traces(angle_deg=ANGLE, pressure=counts),
        geometry=GEOMETRY,
        speed=SPEED,
        intake_pressure=1e5,
    )
    assert found.left_out == ()


def test_teeth_lost_in_every_revolution_leave_no_result() -> None:
    rows = good()
    late = np.arange(ANGLE.size)
    late[(ANGLE % 360.0) >= 270.0] += 10  # two teeth of half a degree, until the reference mark
    found = analysed(rows[:, late % ANGLE.size])
    assert faults(found) == {Fault.LOST_TEETH: tuple(range(20))}
    assert found.statistics is None


@pytest.mark.parametrize("number", [1, 2, 11, 12])
def test_a_cycle_that_rings_has_lost_no_teeth(number: int) -> None:
    rows = good(12)[:number]
    rows[0] = pressure(Cycle(ring=1e6))
    assert analysed(np.rint(rows / 1e3) * 1e3).left_out == ()


def test_a_sensor_that_shows_nothing_is_told() -> None:
    rows = good()
    rows[3] = 1e5
    assert faults(analysed(rows)) == {Fault.NO_SIGNAL: (3,)}


def test_a_cycle_that_ends_elsewhere_than_it_began_drifted() -> None:
    rows = good()
    rows[9] += np.linspace(0.0, 1e5, ANGLE.size)
    assert faults(analysed(rows)) == {Fault.DRIFT: (9,)}


def test_left_out_cycles_change_no_result_of_the_others() -> None:
    rows = good()
    alone = analysed(rows[1:]).statistics
    rows[0, 5] = np.nan
    beside = analysed(rows).statistics
    assert alone is not None
    assert beside is not None
    assert beside.spreads["mfb50_deg"].mean == alone.spreads["mfb50_deg"].mean
    assert beside.misfire == alone.misfire


def test_an_encoder_that_is_mounted_wrongly_leaves_no_result() -> None:
    rows = np.stack([pressure(Cycle(), shift=3.5)] * 3)
    found = analysed(rows)
    assert faults(found) == {Fault.TOP_DEAD_CENTRE: (0, 1, 2)}
    assert found.used == 0
    assert found.statistics is None
    assert found.values is None


@pytest.mark.parametrize("shift", [-1.5, -0.5, 0.0, 1.0])
def test_the_compression_tells_how_far_top_dead_centre_is_off(shift: float) -> None:
    trace = pressure(Cycle(), shift=-shift)
    found = compression_error(grid=GRID, pressure=trace, geometry=GEOMETRY)
    assert found == pytest.approx(shift, abs=0.15)


@pytest.mark.parametrize("error", [-0.5, 0.0, 0.3])
def test_a_motored_cycle_tells_top_dead_centre_by_its_peak_and_by_its_symmetry(
    error: float,
) -> None:
    motored = pressure(Cycle(heat=0.0), shift=-error)
    found = motored_check(grid=GRID, pressure=motored, geometry=GEOMETRY, loss_angle_deg=0.0)
    assert found.error_by_peak_deg == pytest.approx(error, abs=0.02)
    assert found.error_by_symmetry_deg == pytest.approx(error, abs=0.05)


def test_a_motored_capture_has_no_burn_angles_and_no_misfires() -> None:
    found = analysed(np.stack([pressure(Cycle(heat=0.0, exhaust=2.3e5))] * 4))
    assert found.statistics is not None
    assert found.statistics.misfire is None
    assert found.statistics.motored is not None
    assert found.statistics.spreads["mfb50_deg"].count == 0


def test_nothing_to_peg_with_leaves_no_result() -> None:
    found = analyse_capture(
        traces=traces(angle_deg=ANGLE, pressure=good(3)), geometry=GEOMETRY, speed=SPEED
    )
    assert faults(found) == {Fault.PEGGING: (0, 1, 2)}
    assert found.statistics is None


def test_misfires_are_counted_and_have_no_burn_angles() -> None:
    rows = good()
    rows[2] = pressure(Cycle(heat=300.0))
    found = analysed(rows)
    assert found.flags is not None
    assert found.flags.misfire is not None
    assert np.flatnonzero(found.flags.misfire).tolist() == [2]
    assert found.values is not None
    assert math.isnan(found.values.mfb50_deg[2])
    assert found.statistics is not None
    assert found.statistics.misfire is not None
    assert found.statistics.misfire.per_thousand == 50.0
    assert found.statistics.spreads["imep_net"].lowest_normalised < 0.2


@pytest.mark.parametrize("begin", [-60.0, -35.0, -25.0])
def test_what_burns_before_the_spark_is_a_pre_ignition(begin: float) -> None:
    rows = good()
    rows[11] = pressure(Cycle(begin=begin))
    found = analysed(rows)
    assert found.flags is not None
    assert found.flags.pre_ignition is not None
    assert np.flatnonzero(found.flags.pre_ignition).tolist() == [11]


def test_without_a_spark_nothing_can_be_too_early() -> None:
    found = analyse_capture(
        traces=traces(angle_deg=ANGLE, pressure=good(3)),
        geometry=GEOMETRY,
        speed=SPEED,
        intake_pressure=MANIFOLD,
    )
    assert found.statistics is not None
    assert found.statistics.pre_ignition is None


def test_a_backfire_is_a_spike_of_the_intake_with_little_work() -> None:
    rows = good()
    intake = np.full(rows.shape, MANIFOLD)
    spike = 1e5 * np.exp(-(((ANGLE + 280.0) / 15.0) ** 2))
    rows[6] = pressure(Cycle(heat=1500.0))
    intake[6] += spike
    intake[8] += spike  # a spike alone is none
    found = analysed(rows, intake=intake)
    assert found.flags is not None
    assert found.flags.backfire is not None
    assert np.flatnonzero(found.flags.backfire).tolist() == [6]
    assert analysed(rows).flags.backfire is None  # type: ignore[union-attr]


def test_knock_is_heard_in_the_cycles_that_ring_and_nowhere_else() -> None:
    rows = good()
    rows[13] = pressure(Cycle(ring=4e5))
    found = analysed(rows)
    assert found.flags is not None
    assert np.flatnonzero(found.flags.knock).tolist() == [13]
    assert found.values is not None
    # The largest of a decaying ring, less what the filter takes off its sudden begin.
    assert found.values.mapo[13] == pytest.approx(3.8e5, rel=0.15)
    assert found.values.mfb50_deg[13] == pytest.approx(Cycle().burned(0.5), abs=0.3)


@pytest.mark.parametrize(("bore", "frequency"), [(0.083, 6.7e3), (0.131, 4.25e3)])
def test_the_first_mode_of_a_bore(bore: float, frequency: float) -> None:
    """Draper's equation at 950 m/s: 6.7 kHz for 83 mm, 4.25 kHz for 131 mm."""
    assert knock_frequency(bore=bore) == pytest.approx(frequency, rel=0.01)


@pytest.mark.parametrize(
    ("frequency", "gain"), [(500.0, 0.0), (5e3, 1.0), (11.3e3, 1.0), (30e3, 0.0)]
)
def test_the_band_lets_through_what_lies_within_it(frequency: float, gain: float) -> None:
    seconds = np.deg2rad(ANGLE) / SPEED
    tone = np.sin(2.0 * math.pi * frequency * seconds)[None, :]
    heard = oscillation(grid=GRID, pressure=tone, speed=SPEED, band=knock_band(bore=0.131))
    assert float(np.abs(heard).max()) == pytest.approx(gain, abs=0.02)


def test_a_grid_too_coarse_for_the_band_is_refused() -> None:
    with pytest.raises(ValueError, match="samples/s"):
        oscillation(grid=GRID, pressure=good(1), speed=5.0, band=KnockBand(lower=4e3, upper=20e3))


def test_the_interval_of_a_rate_is_the_one_of_clopper_and_pearson() -> None:
    """None among n: the upper end is 1 - 0.025^(1/n). 2 of 20: 1.2..31.7 % (Clopper, Pearson)."""
    none = event_rate(events=0, cycles=1000)
    assert none.lower == 0.0
    assert none.upper == pytest.approx(1e3 * (1.0 - 0.025 ** (1 / 1000)), rel=1e-9)
    two = event_rate(events=2, cycles=20)
    assert (two.lower, two.upper) == (pytest.approx(12.3, abs=0.1), pytest.approx(317.0, abs=0.5))
    every = event_rate(events=5, cycles=5)
    assert every.upper == 1000.0


@given(cycles=st.integers(1, 10_000), share=st.floats(0.0, 1.0))
def test_the_interval_of_a_rate_holds_the_rate(cycles: int, share: float) -> None:
    found = event_rate(events=round(share * cycles), cycles=cycles)
    assert 0.0 <= found.lower <= found.per_thousand <= found.upper <= 1000.0


@pytest.mark.parametrize(("events", "cycles"), [(-1, 5), (6, 5), (0, 0)])
def test_impossible_counts_are_refused(events: int, cycles: int) -> None:
    with pytest.raises(ValueError, match="no rate"):
        event_rate(events=events, cycles=cycles)


def test_300_cycles_know_their_variation_to_10_percent() -> None:
    draw = np.random.default_rng(3)
    found = spread(draw.normal(10.0, 0.3, 300))
    assert 2.0 * found.variation_uncertainty / found.variation < 0.1
    assert found.mean_plus_three == pytest.approx(10.9, abs=0.1)


def test_one_cycle_has_a_mean_and_no_scatter() -> None:
    found = spread(np.array([4.0, math.nan]))
    assert (found.count, found.mean) == (1, 4.0)
    assert math.isnan(found.standard_deviation)
    assert spread(np.array([math.nan])).count == 0


def test_geometry_that_cannot_be_built_is_refused() -> None:
    for wrong in ({"bore": 0.0}, {"compression_ratio": 1.0}, {"rod": 0.05}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            replace(GEOMETRY, **wrong)
