"""What a plan will show, before anything moves."""

import math

import pytest

from bench.check import check
from bench.config import Catalogue
from bench.config.catalogue import forecast_of
from bench.errors import ConfigError
from bench.plan import walk
from protocols.campaign_hours import forecast, sentences
from protocols.engine_mechanisms import sums
from protocols.mechanism_table import engine_settings
from protocols.plan_rows import PlanRows

ENGINE = engine_settings(12.8e-3)


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue.shipped()


def planned(catalogue, protocol, **chosen):
    return check(f"hydrogen-engine/{protocol}", None, chosen, catalogue)


def worn(catalogue, protocol, **chosen):
    checked = planned(catalogue, protocol, **chosen)
    return checked, PlanRows(checked.model, ENGINE).part(checked.plan.root)


def test_durability_tells_every_mechanism_and_which_one_governs(catalogue):
    found = forecast(planned(catalogue, "durability"))
    assert found is not None
    assert found.target == pytest.approx(200_000.0)
    kilometres = [each.kilometres for each in found.known]
    assert kilometres == sorted(kilometres)
    assert {each.id for each in found.unknown} == {"mechanism.thermal-ageing"}
    assert len(found.known) + len(found.unknown) == 8
    said = [each.text("en") for each in found.sentences()]
    assert sum("only a rehearsal tells" in line for line in said) == 1
    assert sum("governs" in line for line in said) == 1
    assert all(each.text("zh") != each.text("en") for each in found.sentences())


def test_a_forecast_takes_as_long_as_the_check_says(catalogue):
    checked = planned(catalogue, "durability")
    found = forecast(checked)
    assert found is not None
    assert found.hours == pytest.approx(checked.plan.estimate.seconds / 3600.0, rel=0.01)


def test_twice_the_kilometres_take_twice_the_damage(catalogue):
    once, twice = (
        forecast(planned(catalogue, "durability", kilometres=f"{each} km"))
        for each in (100_000, 200_000)
    )
    assert once is not None
    assert twice is not None
    for each in once.known:
        other = next(found for found in twice.known if found.name == each.name)
        assert other.kilometres == pytest.approx(2.0 * each.kilometres, rel=0.1)


def test_full_load_alone_swings_nothing_but_wears_by_revolutions(catalogue):
    _, part = worn(catalogue, "full-load", duration="10 h", running=1)
    hours = part.running / 3600.0
    assert hours == pytest.approx(10.0, rel=0.02)
    # 85 % at 1,900 rpm, the rest at 1,200 rpm
    assert part.revolutions == pytest.approx(
        60 * (8.5 * 60 * 1900 + 1.5 * 60 * 1200) / 60, rel=0.02
    )


def test_a_repeat_of_many_passes_wears_as_the_passes_one_by_one(catalogue):
    checked, part = worn(catalogue, "thermal-shock", shocks=200, running=1)
    _, few = worn(catalogue, "thermal-shock", shocks=100, running=1)
    assert part.running == pytest.approx(2.0 * few.running, rel=0.02)
    assert part.coolant.cycles == pytest.approx(2 * few.coolant.cycles, abs=2)
    assert part.duration == pytest.approx(checked.plan.estimate.seconds, rel=0.01)
    assert any(each.head.kind == "repeat" for each in walk(checked.plan.root))


def test_shocks_go_from_near_cold_to_near_hot(catalogue):
    _, few = worn(catalogue, "thermal-shock", shocks=100, running=1)
    _, more = worn(catalogue, "thermal-shock", shocks=101, running=1)
    one = sums(more).damage["thermal_shock"][1] - sums(few).damage["thermal_shock"][1]
    # 38 to 98 degrees, 3 K short at both ends, over 60 K
    assert one == pytest.approx((54.0 / 60.0) ** 2.2, rel=0.01)


def test_what_is_only_known_in_the_run_is_not_forecast(catalogue):
    _, part = worn(catalogue, "whsc")
    assert part.unknown["torque"] > 1000.0
    assert math.isfinite(part.energy)


CHANGED = """protocol: my-lab/duty
title: Duty
object: hydrogen-engine
rig: hydrogen-engine-cell
parameters: {kilometres: {default: 1000 km, help: Target}}
steps: [{call: {protocol: hydrogen-engine/load-alternation, with: {passes: 4}}}]
judge: {JUDGE}
verdict: {}
"""


def changed(tmp_path, catalogue, judge):
    path = tmp_path / "duty.yaml"
    path.write_text(CHANGED.replace("JUDGE", judge), encoding="utf-8")
    return forecast(check(str(path), None, {}, catalogue))


def test_exponents_of_the_protocol_are_used_and_told_with_their_source(tmp_path, catalogue):
    judge = "torque_exponent: 3, thermal_ageing_exponent: 18000 K, exponent_origin: report 17"
    found = changed(tmp_path, catalogue, judge)
    torque = next(each for each in found.known if each.name == "torque")
    assert torque.exponents.values() == (3.0, 3.0, 8.0)
    assert torque.origin == "report 17"
    wear = next(each for each in found.known if each.name == "wear")
    assert wear.origin.text("zh") == "工程默认值"


@pytest.mark.parametrize(
    ("judge", "sentence"),
    [
        ("torque_exponent: 3", "exponent_origin"),
        ("torque_exponent: -3, exponent_origin: me", "numbers above zero"),
        ("thermal_ageing_exponent: 5 bar, exponent_origin: me", "thermal_ageing_exponent"),
    ],
)
def test_exponents_of_a_protocol_that_mean_nothing_are_refused(
    tmp_path, catalogue, judge, sentence
):
    with pytest.raises(ConfigError, match=sentence):
        changed(tmp_path, catalogue, judge)


def test_a_protocol_that_asks_for_no_kilometres_is_told_none(catalogue):
    assert sentences(planned(catalogue, "best-point")) == ()


def test_the_forecast_of_an_object_kind_is_found_by_entry_point():
    assert forecast_of("hydrogen-engine") is sentences
    assert forecast_of("solid-oxide") is None
