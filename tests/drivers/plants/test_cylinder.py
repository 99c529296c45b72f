"""Pressure over crank angle: cycles keep what the state says, and the first law."""

from math import pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.errors import ConfigError
from drivers.simulated.cycles import POINTS, CycleEvent
from drivers.simulated.plants.hydrogen_engine import ShaftMode
from drivers.simulated.plants.hydrogen_engine.cabling import MODEL
from drivers.simulated.plants.hydrogen_engine.cylinder import KAPPA, Geometry, burn_angle
from drivers.simulated.plants.solid_oxide.cabling import MODEL as CELLS

RPM = pi / 30.0
BAR = 1e5


def engine(speed=1200.0, torque=2000.0, seconds=300):
    """The plant, and a state of it at a point of work."""
    plant = MODEL.open({"warm": 1.0}, {})
    inputs = plant.inputs._replace(
        fuel_valve=True, ignition=True, injection=True, mode=ShaftMode.SPEED_TORQUE,
        speed_setpoint=speed * RPM, torque_setpoint=torque,
    )  # fmt: skip
    state = plant.state
    for _ in range(seconds):
        state = plant.advance(state, inputs, 1.0)
    return plant, state


@pytest.fixture(scope="module")
def full_load():
    plant, state = engine()
    cycles = plant.cycles("cylinder_pressure")
    return plant, state, cycles, cycles.conditions(state)


def drawn(cycles, conditions, count=100, events=None, seed=1):
    normals = np.random.default_rng(seed).standard_normal((count, 3))
    return cycles.drawn(conditions, normals, events or {})


def test_the_net_mean_effective_pressure_is_brake_plus_friction(full_load):
    plant, state, cycles, conditions = full_load
    single = drawn(cycles, conditions, 400)
    pressure = cycles.traces(conditions, single).cylinder
    volume = cycles.geometry.volume
    work = 0.5 * (pressure + np.roll(pressure, -1, 1)) * (np.roll(volume, -1) - volume)
    imep = work.sum(axis=1) / cycles.geometry.swept  # trapezoids around the closed cycle
    assert imep == pytest.approx(single.imep, rel=1e-9)
    friction = 110.0 + 0.35 * state.speed + 0.0022 * state.speed**2  # warm motoring torque
    mean = 4.0 * pi * (state.engine_torque + friction) / plant.parameters.displacement
    assert imep.mean() == pytest.approx(mean, rel=0.01)
    assert np.std(imep) / np.mean(imep) == pytest.approx(conditions.imep_variation, rel=0.15)


def test_the_geometry_is_that_of_the_engine(full_load):
    _, _, cycles, _ = full_load
    volume = cycles.geometry.volume
    swept = 12.8e-3 / 6.0
    assert len(volume) == POINTS
    assert volume.max() - volume.min() == pytest.approx(swept, rel=1e-9)
    assert volume.max() / volume.min() == pytest.approx(12.5)
    assert np.argmin(volume) in (0, POINTS // 2)
    assert cycles.geometry.knock_frequency == pytest.approx(4250.0, rel=0.01)  # 131 mm, 950 m/s


def test_heat_is_released_where_the_wiebe_law_says(full_load):
    _, _, cycles, conditions = full_load
    single = drawn(cycles, conditions._replace(oscillation=0.0), 20)
    pressure = cycles.traces(conditions, single).cylinder
    geometry = cycles.geometry
    span = slice(geometry.place(-60.0), geometry.place(130.0))
    volume = geometry.volume[span] ** KAPPA
    step = np.diff(pressure[:, span] * volume, axis=1)  # (k - 1) V^(k-1) dQ
    middle = 0.5 * (geometry.volume[span][1:] + geometry.volume[span][:-1])
    heat = np.cumsum(step / middle ** (KAPPA - 1.0), axis=1)
    heat /= heat[:, -1:]
    angles = geometry.angles[span][1:]
    for share in (0.1, 0.5, 0.9):
        found = angles[np.argmax(heat >= share, axis=1)]
        true = [burn_angle(each, conditions.duration, share) for each in single.ca50]
        assert found == pytest.approx(true, abs=0.15)


def test_a_motored_cycle_is_polytropic_and_without_work():
    plant, state = engine(torque=0.0, seconds=1)
    cycles = plant.cycles("cylinder_pressure")
    motored = cycles.conditions(state._replace(fired=False, engine_torque=-150.0))
    assert not motored.is_fired
    assert motored.rates == (0.0, 0.0, 0.0, 0.0)
    traces = cycles.traces(motored._replace(imep=0.0), drawn(cycles, motored, 3))
    peak = cycles.geometry.volume[2100] / cycles.geometry.volume.min()
    assert traces.cylinder.max() == pytest.approx(motored.intake_pressure * peak**KAPPA, rel=0.05)


def test_lean_mixtures_burn_longer_and_vary_more():
    plant, state = engine()
    cycles = plant.cycles("cylinder_pressure")
    rich, lean = (cycles.conditions(state._replace(excess_air_ratio=each)) for each in (2.2, 3.4))
    assert rich.imep_variation < 0.012
    assert 0.03 < lean.imep_variation < 0.05
    assert lean.duration > rich.duration
    assert lean.spark < rich.spark
    assert lean.rates[1] > rich.rates[1]


def test_abnormal_cycles_show_as_what_they_are(full_load):
    _, _, cycles, conditions = full_load
    events = {1: CycleEvent.MISFIRE, 2: CycleEvent.PRE_IGNITION, 3: CycleEvent.BACKFIRE,
              4: CycleEvent.KNOCK}  # fmt: skip
    single = drawn(cycles, conditions, 6, events)
    traces = cycles.traces(conditions, single)
    usual, peaks = conditions.imep, traces.cylinder.max(axis=1)
    assert single.imep[1] < 0.1 * usual
    assert peaks[2] > 1.2 * peaks[0]
    assert burn_angle(single.ca50[2], conditions.duration, 0.05) < conditions.spark
    assert traces.intake[3].max() > traces.intake[0].max() + 0.5 * BAR
    assert single.imep[3] < 0.5 * usual
    assert single.oscillation[4] > BAR > single.oscillation[0]


def test_a_knocking_engine_oscillates_at_the_first_mode(full_load):
    _, state, cycles, _ = full_load
    knocking = cycles.conditions(state._replace(knock_intensity=10e5))
    silent = drawn(cycles, knocking, 1)
    silent = silent._replace(imep=np.full(1, knocking.imep), oscillation=np.full(1, 10e5))
    with_, without = (
        cycles.traces(knocking, each).cylinder[0]
        for each in (silent, silent._replace(oscillation=np.zeros(1)))
    )
    swing = (with_ - without)[3600:4600]
    spectrum = np.abs(np.fft.rfft(swing * np.hanning(1000), 8192))
    frequency = np.fft.rfftfreq(8192, np.radians(0.1) / knocking.speed)[np.argmax(spectrum)]
    assert np.abs(swing).max() == pytest.approx(10e5, rel=0.05)
    assert frequency == pytest.approx(cycles.geometry.knock_frequency, rel=0.05)


def test_a_cylinder_without_spark_is_a_sixth_of_all_cycles(full_load):
    _, state, cycles, conditions = full_load
    worn = state.ageing._replace(worn_plugs=1e12, parts=state.ageing.parts)
    lives = tuple(1.0 for _ in worn.parts.lives)
    dead = worn._replace(parts=worn.parts._replace(lives=lives), worn_injectors=0.0)
    found = cycles.conditions(state._replace(ageing=dead))
    assert found.rates[1] == pytest.approx(1.0 / 6.0, rel=0.01)
    assert found.imep * (1.0 - found.rates[1] * 0.95) == pytest.approx(conditions.imep, rel=1e-3)


@settings(max_examples=25, deadline=None)
@given(
    work=st.floats(1.0, 14.0), intake=st.floats(0.4, 3.2), ca50=st.floats(-15.0, 35.0),
    duration=st.floats(32.0, 85.0),
)  # fmt: skip
def test_the_peak_is_known_without_a_trace(work, intake, ca50, duration):
    cycles = _plant_cycles()
    conditions = cycles.conditions(_new_state())._replace(
        imep=work * intake * BAR, intake_pressure=intake * BAR, exhaust_pressure=intake * BAR,
        ca50=ca50, duration=duration, oscillation=0.0,
    )  # fmt: skip
    single = cycles.drawn(conditions, np.zeros((1, 3)), {})
    peak = cycles.traces(conditions, single).cylinder.max()
    assert cycles.peak(conditions) == pytest.approx(peak, rel=0.03)


_PLANT = MODEL.open({"warm": 1.0}, {})


def _plant_cycles():
    return _PLANT.cycles("cylinder_pressure")


def _new_state():
    return _PLANT.state._replace(fired=True)


def test_cells_have_no_cylinder_and_an_engine_no_other_cycles():
    with pytest.raises(ConfigError, match="cylinder_pressure"):
        _PLANT.cycles("cylinder_pressur")
    with pytest.raises(ConfigError):
        CELLS.open({}, {}).cycles("cylinder_pressure")


def test_the_shapes_are_closed_around_the_cycle():
    intake, exhaust = Geometry(2.133e-3).shapes
    together = intake + exhaust
    assert together[0] == pytest.approx(together[-1], abs=0.02)
