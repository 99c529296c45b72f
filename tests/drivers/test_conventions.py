"""What every driver keeps to, ours and installed ones alike; nobody is exempt."""

import inspect
import math
import re
from functools import cache
from importlib.metadata import entry_points

import pytest
from pydantic import BaseModel, ValidationError

from bench.config import Catalogue, load_rig
from bench.device import Driver, LinkKind
from bench.units import ONE

POINTS = {point.name: point for point in entry_points(group="h2bench.drivers")}
TWINS = {point.name: point for point in entry_points(group="h2bench.twins")}
NAMES = sorted(POINTS)
SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
KEBAB = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

UNSTATED = {
    "dyno-controller": {
        "speed", "torque", "pedal", "speed_setpoint", "torque_setpoint",
    },
    "j1939-ecu": {"torque"},
    "safety-plc": {
        "hood_h2", "room_h2", "h2_supply_pressure", "ventilation",
        "hood_h2_1", "hood_h2_2", "hood_h2_3", "room_h2_1", "room_h2_2", "room_h2_3",
        "carbon_monoxide", "methane", "oxygen", "ups_charge", "nitrogen_pressure",
    },
}  # fmt: skip
"""Readings with a unit of which the manual states no uncertainty: control values, setpoints echoed,
what an engine control unit estimates, and gas detectors, which state an alarm error only. A rig
that judges by one of them states its own."""

SETTINGS_ONLY = {"solartron-1260"}
"""Drivers whose demands are the settings of a measurement: they move nothing by themselves."""

UNWATCHED = {"bronkhorst-propar"}
"""Drivers of what drives something although its manual knows no watchdog: flow controllers keep
their setpoint, and the valves of the safety PLC stand before them. The doctor warns of each."""


@pytest.fixture(params=NAMES)
def driver(request):
    return POINTS[request.param].load()


@cache
def shipped():
    """Driver → options of its every use in a shipped rig."""
    catalogue = Catalogue.shipped()
    used = {}
    for name in catalogue.rig_names():
        for connection in load_rig(name, catalogue).connections:
            used.setdefault(connection.driver.name, []).append(connection.options)
    return used


def readings(driver):
    return [each for options in shipped()[driver.name] for each in driver.readings(options)]


def demands(driver):
    return [each for options in shipped()[driver.name] for each in driver.demands(options)]


def names(given):
    return [each.name for each in given]


def test_it_is_found_under_its_own_name(driver):
    assert isinstance(driver, Driver)
    assert POINTS[driver.name].load() is driver
    assert KEBAB.fullmatch(driver.name)


def test_it_says_what_it_is(driver):
    assert len(driver.title.split()) >= 3
    assert driver.link in LinkKind
    module = inspect.getmodule(POINTS[driver.name].load().build)
    assert module is not None
    assert module.__doc__


def test_it_serves_in_a_shipped_rig(driver):
    assert shipped()[driver.name]


def test_it_has_a_twin(driver):
    assert callable(TWINS[driver.name].load())


def test_it_reads_something_with_names_of_its_own(driver):
    for options in shipped()[driver.name]:
        found = names(driver.readings(options))
        assert found
        assert len(found) == len(set(found))
        assert all(SNAKE.fullmatch(name) for name in found)


def test_its_demands_and_actions_have_names_of_their_own(driver):
    for options in shipped()[driver.name]:
        for found in (names(driver.demands(options)), names(driver.actions)):
            assert len(found) == len(set(found))
            assert all(SNAKE.fullmatch(name) for name in found)


def test_every_reading_has_a_range(driver):
    for reading in readings(driver):
        assert -math.inf < reading.range.low < reading.range.high < math.inf, reading.name


def test_every_measured_value_has_the_uncertainty_of_its_data_sheet(driver):
    unstated = {
        each.name for each in readings(driver) if each.uncertainty is None and each.unit != ONE
    }
    assert unstated == UNSTATED.get(driver.name, set())


def test_what_is_stated_is_a_size(driver):
    for reading in readings(driver):
        stated = reading.uncertainty
        if stated is not None:
            sizes = (stated.reading, stated.span, stated.absolute, stated.resolution)
            assert all(0.0 <= size < math.inf for size in sizes), reading.name
            assert any(sizes), reading.name
            assert 0.0 <= stated.common <= 1.0
            assert stated.standard(reading.range.high, reading.range.span) > 0.0


def test_every_demand_has_bounds_or_words(driver):
    for demand in demands(driver):
        if demand.choices:
            assert len(demand.choices) == len(set(demand.choices)) >= 2, demand.name
            assert demand.unit == ONE
        else:
            assert -math.inf < demand.range.low < demand.range.high < math.inf, demand.name


def test_every_action_ends(driver):
    for action in driver.actions:
        assert 0.0 < action.duration < action.timeout < math.inf, action.name


def test_its_periods_are_times(driver):
    assert 0.0 < driver.shortest_period < math.inf
    assert driver.longest_demand_gap > 0.0


def test_its_options_are_closed_frozen_and_explained(driver):
    options = driver.options
    if options is None:
        return
    assert issubclass(options, BaseModel)
    assert options.model_config.get("extra") == "forbid"
    assert options.model_config.get("frozen")
    assert options.__doc__
    source = inspect.getsource(options)
    for name in options.model_fields:
        assert re.search(rf'^    {name}: (?:.|\n)*?\n    """\S', source, re.MULTILINE), name


def test_a_misspelt_option_is_refused(driver):
    if driver.options is not None:
        with pytest.raises(ValidationError, match="no_such_option"):
            driver.options.model_validate({"no_such_option": 1})


def test_what_drives_something_has_a_watchdog_and_what_has_none_says_so(driver):
    module = inspect.getmodule(driver.build)
    is_driving = any(driver.demands(options) for options in shipped()[driver.name])
    if driver.watchdog is None:
        assert is_driving == (driver.name in SETTINGS_ONLY | UNWATCHED)
        assert "No watchdog" in (module.__doc__ or "")
    else:
        assert is_driving


def test_its_watchdog_is_said_in_both_languages_and_can_be_seen_to_be_armed(driver):
    watchdog = driver.watchdog
    if watchdog is not None:
        assert 0.0 < watchdog.timeout < math.inf
        texts = [watchdog.effect.text(language) for language in ("en", "zh")]
        assert len({*texts, watchdog.effect.id}) == 3
        assert not watchdog.reading or watchdog.reading in names(readings(driver))


def test_its_watchdog_waits_for_more_than_one_scan(driver):
    if driver.watchdog is not None and driver.longest_demand_gap < math.inf:
        assert driver.watchdog.timeout >= 2.0 * driver.longest_demand_gap
