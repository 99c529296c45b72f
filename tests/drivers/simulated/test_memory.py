"""What a simulated bench hands up of its test object, and what one opened later does with it."""

from collections import deque
from dataclasses import replace

from bench.clock import VirtualClock
from bench.config import Catalogue, load_rig
from drivers.simulated.hosting import wanted_of
from drivers.simulated.plants.hydrogen_engine.services import SERVICES
from drivers.simulated.rig import open_simulated

MODEL = load_rig("hydrogen-engine-cell", Catalogue.shipped())
OLD = {"worn_rings": 3.6e6, "oil_mass": 41.5, "starts": 7.0, "renewed_plugs": 2.0}


def opened(**plant):
    """The wiring of the engine cell with these settings of its plant."""
    wanted = wanted_of(MODEL, clock=VirtualClock().wires, plant=plant, seed=3)
    return open_simulated(replace(wanted, queue=deque()))


def test_a_bench_hands_up_what_its_engine_remembers():
    remembered = opened(**OLD).memory()
    assert {name: remembered[name] for name in OLD} == OLD
    assert all(remembered[name] == 0.0 for name in SERVICES)


def test_an_engine_opened_with_the_memory_of_another_is_as_old():
    first = opened(**OLD, failure_seed=4.0)
    memory = first.memory()
    second = opened(failure_seed=4.0, **memory)
    assert second.truth.state.ageing == first.truth.state.ageing
    assert second.memory() == memory


def test_services_between_two_openings_come_on_top_of_the_memory():
    memory = opened(**OLD).memory()
    second = opened(**(memory | {"oil_change": 1.0, "plugs_new": 1.0})).memory()
    assert second["oil_mass"] == 60.0
    assert second["renewed_plugs"] == 3.0
    assert second["worn_rings"] == OLD["worn_rings"]
    assert second["oil_change"] == 0.0
