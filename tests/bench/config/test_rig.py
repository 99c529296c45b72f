"""What a rig says becomes numbers in SI, in the order of the scan's row."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.channel import Distribution, Range, Stored, Uncertainty
from bench.clock import MILLISECOND
from bench.config.catalogue import Catalogue
from bench.config.gas import gas_lot
from bench.config.grammar import GasGrammar, SimulationGrammar, UncertaintyGrammar
from bench.config.quantities import measure, per_second, range_of, selected
from bench.config.rig import load_rig
from bench.config.simulation import simulation
from bench.config.uncertainties import stated_uncertainty
from bench.errors import ConfigError
from bench.safeguard import Reaction, Scope
from bench.units import ONE, unit

RPM = 2 * math.pi / 60


def test_a_rig_becomes_a_model(lab):
    model = lab.rig()
    assert model.name == "tiny"
    assert model.object.data == {"displacement": pytest.approx(0.002)}
    assert model.scan_period == 10 * MILLISECOND
    assert [connection.period for connection in model.connections] == [
        100 * MILLISECOND,
        10 * MILLISECOND,
        500 * MILLISECOND,
    ]
    assert model.channels[model.index["machine.speed"]].source == "flange.speed"
    assert model.unit_of("machine.power") == unit("kW")
    assert model.max_age[model.index["oil.temperature"]] == 1.5
    assert math.isinf(model.max_age[model.index["machine.power"]])


def test_every_reading_is_a_channel_under_its_name_or_its_source(lab):
    model = lab.rig()
    for name, base in model.bases.items():
        entry = next(each for each in model.connections if each.name == name)
        for position, reading in enumerate(entry.driver.readings(entry.options)):
            assert model.channels[base + position].source == f"{name}.{reading.name}"
    assert "dyno.torque" in model.index
    assert "flange.torque" not in model.index


def test_a_channel_is_stored_as_its_kind_asks_or_as_the_rig_says(lab):
    model = lab.rig(
        ("OIL-7, due: 2027-03-31}", "OIL-7, due: 2027-03-31}, stored: float64"),
        ("unit: kW}", "unit: kW, stored: float32}"),
    )
    stored = {channel.name: channel.stored for channel in model.channels}
    assert stored["machine.speed"] is Stored.FLOAT32
    assert stored["machine.speed.demand"] is Stored.FLOAT64
    assert stored["oil.temperature"] is Stored.FLOAT64
    assert stored["machine.power"] is Stored.FLOAT32


def test_demands_carry_range_gradient_safe_value_and_requirement(lab):
    model = lab.rig()
    mode, speed, torque = model.demands
    assert mode.choices[int(mode.safe)] == "off"
    assert speed.range == Range(0.0, pytest.approx(2000 * RPM))
    assert speed.gradient == pytest.approx(100 * RPM)
    assert torque.requires == {"machine.mode": frozenset({1.0, 2.0})}
    assert model.channels[torque.channel].name == "machine.torque.demand"


def test_limits_of_facility_and_object_follow_one_another(lab):
    fast, hot = lab.rig().limits
    assert (fast.id, fast.scope, fast.reaction) == ("fast", Scope.FACILITY, Reaction.SOFT_STOP)
    assert (hot.id, hot.scope, hot.persistence) == ("hot", Scope.OBJECT, 2.0)


def test_a_computed_channel_may_stand_before_those_it_needs(lab):
    formula = "machine.power: {compute: machine.speed * machine.torque, unit: kW}"
    before = "machine.c: {compute: machine.b * 2}\n  machine.b: {compute: machine.power * 2}\n  "
    model = lab.rig((formula, before + formula))
    names = [model.channels[computed.index].name for computed in model.computed]
    assert names == ["machine.power", "machine.b", "machine.c"]


def test_the_shipped_rigs_have_no_problems():
    catalogue = Catalogue.shipped()
    for name in catalogue.rig_names():
        assert load_rig(name, catalogue).name == name


numbers = st.floats(0.001, 1000).map(lambda number: round(number, 6))


@given(numbers)
def test_a_quantity_is_the_same_in_every_unit(number):
    rpm = unit("rpm")
    per_minute = measure(f"{number} rpm", rpm)
    assert measure(f"{number / 60!r} Hz", unit("Hz")) >= 0
    assert measure(f"{number * RPM!r} rad/s", rpm) == pytest.approx(per_minute)


@given(numbers, numbers)
def test_parts_of_a_stated_uncertainty_add_up_in_any_order(share, absolute):
    volt = unit("V")
    one = stated_uncertainty(f"{share} % of reading + {absolute} mV", volt)
    other = stated_uncertainty(f"{absolute} mV + {share} % of reading", volt)
    assert one == other
    assert one.reading == pytest.approx(share / 100)
    assert one.absolute == pytest.approx(absolute / 1000)


def test_a_stated_uncertainty_says_all_of_its_parts():
    given_ = UncertaintyGrammar.model_validate(
        {"reading": "0.1 %", "range": "0.05 %", "absolute": "2 mV", "resolution": "1 mV",
         "common": 0.5, "distribution": "normal", "coverage": 1.96}
    )  # fmt: skip
    assert stated_uncertainty(given_, unit("V")) == Uncertainty(
        0.001, 0.0005, 0.002, 0.001, 0.5, Distribution.NORMAL, 1.96
    )


def test_a_difference_of_temperatures_is_no_temperature():
    assert stated_uncertainty("0.3 degC", unit("degC")).absolute == pytest.approx(0.3)
    assert measure("0.3 degC", unit("K")) == pytest.approx(273.45)


def test_a_gas_lot_is_hydrogen_and_what_is_certified():
    lot = gas_lot(
        GasGrammar.model_validate(
            {"lot": "G", "date": "2026-01-01", "reference_temperature": "0 degC",
             "impurities": {"N2": {"fraction": "40 ppm", "uncertainty": "8 ppm"}}}
        )
    )  # fmt: skip
    assert lot.fractions == {"N2": (pytest.approx(40e-6), pytest.approx(8e-6))}
    assert lot.reference_temperature == pytest.approx(273.15)


def test_a_transmitter_is_two_points():
    block = SimulationGrammar.model_validate(
        {"plant": "p", "scan": "20 ms", "parameters": {"mass": "3 g"}, "periods": {"a": "1 s"},
         "wiring": {"a.b": {"quantity": "q", "transmitter": {"0 bar": "4 mA", "5 bar": "20 mA"}}}}
    )  # fmt: skip
    found = simulation(block)
    assert found.scan == 20 * MILLISECOND
    assert found.periods == {"a": 1000 * MILLISECOND}
    assert found.parameters == {"mass": pytest.approx(0.003)}
    assert found.wiring["a.b"]["transmitter"] == (
        (0.0, pytest.approx(0.004)),
        (pytest.approx(5e5), pytest.approx(0.02)),
    )


def test_an_open_bound_is_that_of_the_instrument():
    assert range_of((None, "2 V"), unit("V"), Range(-1.0, 5.0)) == Range(-1.0, 2.0)


def test_a_selector_takes_its_words_and_nothing_else():
    assert selected("on", ("off", "on"), ONE) == 1.0
    assert selected(value=False, choices=("off", "on"), wanted=ONE) == 0.0
    with pytest.raises(ConfigError):
        selected(1, ("off", "on"), ONE)


def test_a_rate_has_neither_zero_nor_reference():
    kelvin_per_second = per_second(unit("degC"))
    assert kelvin_per_second.to_si(3.0) == 3.0
    assert per_second(unit("bar_g")).reference == ""


def test_a_sound_rig_makes_no_remarks_of_its_own(lab):
    assert lab.check("steps: []").remarks == ()
