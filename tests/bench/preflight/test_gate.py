"""A start needs every check; what is missing is listed, with what to do."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.channel import Stored
from bench.checklist import (
    Attested,
    BumpTest,
    Certificates,
    DiskSpace,
    GasStock,
    HeartbeatDrop,
    Holds,
    WallClock,
)
from bench.clock import MILLISECOND, SECOND
from bench.errors import Refused
from bench.messages import Bilingual
from bench.plan import Estimate
from bench.preflight.gate import REHEARSED, VIRTUAL, Gate, refusal
from bench.preflight.instant import bytes_per_second, judge
from bench.preflight.supply import usable_mass
from tests.bench.preflight.looking import AT, OK, STALE, bench, calibrated, check, look
from tests.bench.small_bench import formula

PERIOD = 10 * MILLISECOND
DAY = 86400.0
NOTHING = Estimate()
CLOSED = check(
    Holds(formula("x.a > 0.5"), "x.a > 0.5"), id="doors", advice=Bilingual("Shut them.", "请关门。")
)
WALK = check(Attested(), id="walk", title=Bilingual("Walk round", "巡视"))
BEAT = check(HeartbeatDrop(0, 1, 1.0, 5.0), id="beat")
BUMP = check(BumpTest((0,), 0.2, 60.0), id="bump", valid_for=90 * DAY)
CLOCK = check(WallClock(), id="clock")


def stands(one, at, model=None, estimate=NOTHING):
    return judge(one, at, model or bench(one), estimate, PERIOD)


@pytest.mark.parametrize(
    ("value", "quality", "said"),
    [
        (1.0, OK, "preflight.holds"),
        (0.0, OK, "preflight.holds-not"),
        (1.0, STALE, "preflight.not-known"),
        (math.nan, OK, "preflight.holds-not"),
    ],
)
def test_a_condition_holds_only_on_values_that_are_ok(value, quality, said):
    standing = stands(CLOSED, look(value, quality=(quality, OK, OK)))
    assert (standing.is_passed, standing.said.id) == (said == "preflight.holds", said)


STOCK = GasStock(pressure=0, volume=26.0, lowest=60e5, temperature=288.15)


@given(bar=st.floats(0, 250), hydrogen=st.floats(0, 500))
def test_the_supply_has_to_hold_what_the_run_needs(bar, hydrogen):
    held = usable_mass(bar * 1e5, 60e5, 26.0, 288.15)
    standing = stands(check(STOCK), look(bar * 1e5), estimate=Estimate(3600, 3600, hydrogen))
    assert standing.is_passed is (held > 0 and held >= hydrogen)


def test_of_a_long_run_only_the_time_until_the_next_trailer_counts():
    month = Estimate(30 * DAY, 30 * DAY, 9000.0)  # 12.5 kg/h
    long_sighted = check(GasStock(0, 26.0, 60e5, 288.15, ahead=8 * 3600.0))
    assert not stands(check(STOCK), look(200e5), estimate=month).is_passed
    standing = stands(long_sighted, look(200e5), estimate=month)
    assert (standing.is_passed, standing.said.arguments["needed"]) == (True, "100.0 kg")


def test_a_supply_whose_pressure_is_not_known_holds_nothing():
    assert not stands(check(STOCK), look(200e5, quality=(STALE, OK, OK))).is_passed


def test_a_run_takes_time_values_and_qualities_of_every_scan():
    model = bench()
    row = 8 + sum((4 if each.stored is Stored.FLOAT32 else 8) + 1 for each in model.channels)
    assert bytes_per_second(model, 10 * MILLISECOND) == pytest.approx(0.5 * row * 100)


@given(days=st.floats(0.01, 400), free=st.floats(0, 1e13))
def test_the_disk_has_to_hold_the_run_and_a_margin(days, free):
    one, model = check(DiskSpace(margin=0.2)), bench()
    needed = bytes_per_second(model, PERIOD) * days * DAY * 1.2
    estimate = Estimate(days * DAY, days * DAY, 0.0)
    standing = stands(one, look(free=free), model, estimate)
    if not math.isclose(free, needed):
        assert standing.is_passed is (free > needed)


def test_a_disk_nobody_can_look_at_has_no_room():
    assert not stands(check(DiskSpace(0.2)), look(free=math.nan)).is_passed


@pytest.mark.parametrize(("days", "is_passed"), [(1, True), (9, True), (12, False)])
def test_certificates_have_to_hold_until_the_planned_end(days, is_passed):
    # the look is of 2026-09-21
    one, model = check(Certificates()), bench()
    dated = (*model.channels[:2], calibrated("x.c", "2026-10-01"))
    model = bench(one).__class__(**{**vars(model), "channels": dated})
    standing = stands(one, look(), model, Estimate(days * DAY, days * DAY, 0.0))
    assert standing.is_passed is is_passed
    assert is_passed or "x.c (2026-10-01)" in standing.said.text()


def test_a_clock_that_the_system_does_not_speak_of_is_attested():
    gate = Gate(bench(CLOCK))
    assert [gate.lacking(look(is_synchronised=each), NOTHING, PERIOD) == ()
            for each in (True, False, None)] == [True, False, False]  # fmt: skip
    gate.attested("clock", "compared with the time signal", "mk", AT)
    assert gate.lacking(look(is_synchronised=None), NOTHING, PERIOD) == ()
    assert gate.lacking(look(is_synchronised=False), NOTHING, PERIOD)


def test_a_start_is_refused_with_all_that_is_missing_and_what_to_do():
    gate = Gate(bench(CLOSED, WALK, BEAT))
    lacking = gate.lacking(look(0.0), NOTHING, PERIOD)
    assert [each.check.id for each in lacking] == ["doors", "walk", "beat"]
    error = refusal(lacking)
    text = error.text("en")
    assert text.startswith("3 preflight checks are not passed")
    assert "Shut them." in text
    assert (
        "Walk round (walk): there is no evidence yet. Look, then: h2bench preflight --attest walk"
        in text
    )
    assert "h2bench preflight --run beat" in text
    assert "请关门。" in error.text("zh")


def test_evidence_opens_the_gate_until_it_is_too_old():
    gate = Gate(bench(WALK))
    gate.attested("walk", "all quiet", "mk", AT - round(23 * 3600 * SECOND))
    assert gate.lacking(look(), NOTHING, PERIOD) == ()
    gate = Gate(bench(WALK))
    gate.attested("walk", "all quiet", "mk", AT - round(25 * 3600 * SECOND))
    assert [each.said.id for each in gate.lacking(look(), NOTHING, PERIOD)] == ["preflight.too-old"]


def test_only_what_a_person_can_know_is_attested():
    gate = Gate(bench(CLOSED, WALK, BEAT, BUMP))
    for name in ("doors", "beat"):
        with pytest.raises(Refused, match="cannot be attested"):
            gate.attested(name, "trust me", "mk", AT)
    for text, who in (("", "mk"), ("  ", "mk"), ("quiet", "")):
        with pytest.raises(Refused, match="say who you are"):
            gate.attested("walk", text, who, AT)
    with pytest.raises(Refused, match="walk"):
        gate.attested("wlak", "quiet", "mk", AT)
    assert gate.attested("bump", "certificate 17", "mk", AT).is_attested


def test_simulated_instruments_are_asked_only_for_what_can_be_judged_at_once():
    dated = check(Certificates(), id="dated")
    model = bench(CLOSED, WALK, BEAT, dated, CLOCK)
    assert [each.id for each in Gate(model, VIRTUAL).needed] == ["doors", "dated"]
    skipped = [each.id for each in Gate(model, REHEARSED).skipped]
    assert skipped == ["walk", "beat", "dated", "clock"]
    assert Gate(model).skipped == ()


def test_what_a_person_has_to_bring_is_known_before_the_bench_is_looked_at():
    gate = Gate(bench(CLOSED, WALK, BEAT))
    assert [each.check.id for each in gate.without_evidence(AT)] == ["walk", "beat"]
