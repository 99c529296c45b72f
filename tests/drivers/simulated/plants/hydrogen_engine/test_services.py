"""What an engine remembers between two openings, what services undo, and what fails."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import drivers
from bench.errors import ConfigError
from drivers.simulated.plant import PlantHost
from drivers.simulated.plants.hydrogen_engine import HydrogenEngineInputs
from drivers.simulated.plants.hydrogen_engine.ageing import failed_parts
from drivers.simulated.plants.hydrogen_engine.failures import PARTS
from drivers.simulated.plants.hydrogen_engine.services import SERVICES
from drivers.simulated.plants.solid_oxide.cabling import MODEL as SOLID_OXIDE
from tests.drivers.simulated.plants.hydrogen_engine.engines import (
    HOUR,
    REFERENCE,
    aged,
    at_best_point,
    engine,
    run,
    warmed_up,
)

STANDING = HydrogenEngineInputs(coolant_setpoint=298.15, oil_setpoint=298.15)


def remembered(plant, state):
    """What a state of it remembers, without the services."""
    return {k: v for k, v in plant.memory(state).items() if k not in SERVICES}


# --- memory


@given(first=st.integers(1, 400), seed=st.integers(0, 3), rate=st.sampled_from([0.0, 1.0, 500.0]))
@settings(max_examples=15, deadline=None)
def test_an_engine_opened_with_what_it_remembers_goes_on_exactly_where_it_was(first, seed, rate):
    given_settings = {"ageing": rate, "failure_seed": float(seed)}
    plant = engine(**given_settings)
    before = aged(plant.state.ageing, first, 1.0, parameters=plant.parameters)
    state = plant.state._replace(ageing=before)
    again = engine(**(given_settings | plant.memory(state)))
    numbers = len(before) - 2
    assert again.state.ageing[:numbers] == before[:numbers]
    assert again.state.ageing.parts == before.parts
    whole = aged(before, 300.0, 1.0, parameters=plant.parameters)
    split = aged(again.state.ageing, 300.0, 1.0, parameters=plant.parameters)
    assert split[:numbers] == pytest.approx(whole[:numbers], rel=1e-6)
    assert split.factors == pytest.approx(whole.factors, rel=1e-9)


def test_a_run_in_two_parts_ends_as_the_whole_run_does():
    plant = engine(ageing=50.0)
    start = warmed_up()._replace(ageing=plant.state.ageing)
    half = run(plant, start, REFERENCE, 300.0)
    whole = run(plant, half, REFERENCE, 300.0)
    reopened = engine(ageing=50.0, **plant.memory(half))
    split = run(reopened, half._replace(ageing=reopened.state.ageing), REFERENCE, 300.0)
    assert remembered(plant, split) == pytest.approx(remembered(plant, whole), rel=1e-7)


def test_cooling_down_between_two_openings_ends_a_thermal_half_cycle():
    plant = engine(warm=0.0)
    warmed = aged(plant.state.ageing, 60.0, 1.0, coolant=358.15)
    assert warmed.worn_gasket == 0.0
    cold = engine(**(plant.memory(plant.state._replace(ageing=warmed)) | {"warm": 0.0}))
    after = run(cold, cold.state, STANDING, 5.0)
    assert after.ageing.worn_gasket == pytest.approx(0.5 * 1800.0)
    assert after.ageing.coolant_turning == 358.15


def test_the_host_remembers_the_state_it_has_come_to():
    host = PlantHost(engine(), 1_000_000_000, 0)
    host.inputs = REFERENCE
    host.at(60_000_000_000)
    assert host.memory()["running_time"] == pytest.approx(60.0, abs=5.0)


def test_solid_oxide_cells_remember_nothing():
    plant = SOLID_OXIDE.open({}, {})
    assert plant.memory(plant.state) == {}


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_an_impossible_age_is_refused(value):
    with pytest.raises(ConfigError):
        engine(worn_rings=value)


# --- services


def test_oil_is_a_balance():
    plant = engine()
    state = run(plant, warmed_up()._replace(ageing=plant.state.ageing), REFERENCE, 400.0)
    work = 0.0
    begin = state.ageing.oil_mass
    for _ in range(600):
        state = plant.advance(state, REFERENCE, 1.0)
        work += state.brake_power
    assert begin - state.ageing.oil_mass == pytest.approx(work * 0.10e-3 / 3.6e6, rel=1e-3)
    assert plant.quantity("oil_mass")(state) == state.ageing.oil_mass


def test_a_top_up_fills_and_a_change_renews_the_oil():
    low = {"oil_mass": 25.0, "oil_age": 300.0 * HOUR}
    topped, changed = engine(**low, oil_top_up=1.0), engine(**low, oil_change=1.0)
    assert (topped.state.ageing.oil_mass, topped.state.ageing.oil_age) == (60.0, 300.0 * HOUR)
    assert (changed.state.ageing.oil_mass, changed.state.ageing.oil_age) == (60.0, 0.0)


def test_too_little_oil_costs_pressure():
    full, low = at_best_point(engine()), at_best_point(engine(oil_mass=9.0))
    assert low.oil_pressure == pytest.approx(0.5 * full.oil_pressure, rel=0.01)


def test_a_service_is_done_once():
    plant = engine(oil_mass=20.0, oil_top_up=1.0, plugs_new=1.0)
    state = run(plant, plant.state, REFERENCE, 60.0)
    again = engine(**({"oil_top_up": 1.0, "plugs_new": 1.0} | plant.memory(state)))
    assert again.state.ageing.oil_mass == state.ageing.oil_mass
    assert again.state.ageing.parts == plant.state.ageing.parts


@pytest.mark.parametrize("part", [*PARTS, "catalyst"])
def test_a_new_part_is_new_and_nothing_else_is(part):
    worn = {f"worn_{each}": 100.0 * HOUR for each in (*PARTS, "catalyst")}
    ageing = engine(**worn, **{f"{part}_new": 1.0}).state.ageing
    left = {name for name in worn if getattr(ageing, name) == 0.0}
    assert left == {f"worn_{part}"}


# --- failures


def test_nothing_fails_unless_a_seed_is_given():
    worn = {f"worn_{part}": 1e6 * HOUR for part in PARTS}
    assert failed_parts(engine(**worn).state.ageing) == ()


def test_the_lives_follow_their_weibull_laws():
    """Median of a Weibull law: characteristic life times (ln 2)^(1/shape)."""
    lives = [engine(failure_seed=float(n)).state.ageing.parts.lives for n in range(1, 201)]
    parameters = engine().parameters
    for part, drawn in zip(PARTS, np.array(lives).T, strict=True):
        shape = getattr(parameters, f"{part}_life_shape")
        median = getattr(parameters, f"{part}_life") * math.log(2.0) ** (1.0 / shape)
        assert np.median(drawn) == pytest.approx(median, rel=0.2), part


def test_a_new_part_has_a_life_of_its_own_and_the_seed_repeats_it():
    first = engine(failure_seed=3.0).state.ageing.parts.lives
    second = engine(failure_seed=3.0, plugs_new=1.0).state.ageing.parts.lives
    place = PARTS.index("plugs")
    assert second[place] != first[place]
    assert [*second[:place], *second[place + 1 :]] == [*first[:place], *first[place + 1 :]]
    assert engine(failure_seed=3.0).state.ageing.parts.lives == first


@pytest.mark.parametrize("part", PARTS)
def test_a_part_fails_when_its_damage_passes_its_life(part):
    place = PARTS.index(part)
    life = engine(failure_seed=5.0).state.ageing.parts.lives[place]
    before = engine(failure_seed=5.0, **{f"worn_{part}": 0.999 * life})
    after = engine(failure_seed=5.0, **{f"worn_{part}": 1.001 * life})
    assert failed_parts(before.state.ageing) == ()
    assert failed_parts(after.state.ageing) == (part,)
    assert before.state.ageing.factors != after.state.ageing.factors


def test_a_part_fails_while_the_engine_runs():
    life = engine(failure_seed=5.0).state.ageing.parts.lives[PARTS.index("plugs")]
    plant = engine(failure_seed=5.0, worn_plugs=life - 30.0)
    state = run(plant, plant.state, REFERENCE, 120.0)
    assert failed_parts(state.ageing) == ("plugs",)
    assert state.hydrogen_wet > 0.01  # where the cell's hard stop acts


def failed(part):
    """The state at the best point of an engine of which one part has failed."""
    life = engine(failure_seed=5.0).state.ageing.parts.lives[PARTS.index(part)]
    return at_best_point(engine(failure_seed=5.0, **{f"worn_{part}": 1.001 * life}))


def test_what_has_failed_shows_where_the_bench_looks():
    assert failed("bearings").oil_pressure < 0.8e5
    assert failed("rings").crankcase_hydrogen > 0.02
    assert failed("injectors").brake_thermal_efficiency < 0.42
    assert failed("turbocharger").shaft_torque < 1800.0


def test_the_readme_names_every_service():
    text = (Path(drivers.__path__[0]) / "README.md").read_text(encoding="utf-8")
    for name in (*SERVICES, "ageing", "failure_seed", "oil_mass"):
        assert f"`{name}`" in text
