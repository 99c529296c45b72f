"""A run taken apart: 5,000 h with a known truth, and what a line makes of it."""

import math

import numpy as np
import pytest

from analysis.degradation import (
    HOUR,
    KILOHOUR,
    Allowances,
    Drift,
    Event,
    Finding,
    Rate,
    ReferencePoint,
    Sensitivities,
    degradation,
)
from analysis.run_duration import feigned_rate, hours_needed
from analysis.verdict import Verdict

POINT = ReferencePoint(temperature=1023.15, current_density=3000.0, fuel_utilisation=0.7)
SLOPES = Sensitivities(temperature=0.65e-3, current_density=-34e-6, fuel_utilisation=-0.25)
LINEAR = -0.3597  # %/kh, the truth of the reference method
EVENTS = tuple(
    Event(time=hour * HOUR, kind=kind)
    for hour, kind in ((900, "stop"), (1800, "trip"), (2800, "stop"), (4000, "thermal cycle"))
)
LOSSES = (-1e-3, -2.5e-3, -1e-3, -1.6e-3)


def series(hours=5000, *, seed=0, noise=1e-4, initial=-8e-3):
    """Return every fourth hour and its voltage: 0.85 V, a line, a transient, steps."""
    draw = np.random.default_rng(seed)
    time = np.arange(0.5, hours, 4.0)
    voltage = 0.85 + LINEAR / 100 * 0.85 * time / 1000 + initial * (1 - np.exp(-time / 220))
    for event, loss in zip(EVENTS, LOSSES, strict=True):
        since = time - event.time / HOUR
        gone = np.exp(-np.maximum(since, 0.0) / 30)
        voltage += np.where(since >= 0, loss - 2e-3 * gone, 0.0)
    return time, voltage + draw.normal(0.0, noise, time.size)


def taken_apart(time, voltage, **settings):
    """Return the degradation of a series at the reference point."""
    whole = {
        "times": time * HOUR,
        "voltages": voltage,
        "temperatures": np.full(time.size, POINT.temperature),
        "current_densities": np.full(time.size, POINT.current_density),
        "fuel_utilisations": np.full(time.size, POINT.fuel_utilisation),
        "reference": POINT,
        "sensitivities": SLOPES,
        "generator": np.random.default_rng(1),
        "events": EVENTS,
        "draws": 100,
        **settings,
    }
    return degradation(**whole)


@pytest.fixture(scope="module")
def found():
    """Return the plain case taken apart."""
    return taken_apart(*series())


def test_the_model_recovers_line_and_total_where_a_straight_line_is_wrong(found):
    reference = found.reference_voltage
    assert found.continuous.percent_per_kilohour() * reference / 0.85 == pytest.approx(
        LINEAR, abs=0.01
    )
    total = LINEAR + 100 * sum(LOSSES) / 0.85 * 1000 / 4975
    assert found.irreversible.percent_per_kilohour() * reference / 0.85 == pytest.approx(
        total, abs=0.01
    )
    line = 100 * found.simple.line * KILOHOUR / 0.85
    assert abs(line - total) > 10 * 100 * found.simple.line_standard_error * KILOHOUR / 0.85


def test_each_kind_of_event_has_its_loss(found):
    losses = {each.kind: each for each in found.events}
    assert losses["stop"].step == pytest.approx(-2e-3, abs=2e-4)
    assert losses["stop"].count == 2
    assert losses["trip"].step == pytest.approx(-2.5e-3, abs=2e-4)
    assert losses["thermal cycle"].step == pytest.approx(-1.6e-3, abs=2e-4)
    assert found.initial == pytest.approx(-8e-3 * math.exp(-24 / 220), rel=0.05)
    assert found.initial_time == 220 * HOUR
    assert found.reversible < 0.0 < found.reversible_share < 1.0
    assert found.notes == ()


def test_units_of_a_rate_belong_together():
    # 0.5 %/kh at 0.80 V are 4 mV/kh and, at 0.5 A/cm2, 8 mOhm cm2/kh.
    rate = Rate(
        value=-4e-3 / KILOHOUR, scatter=0.0, drift=0.0, half_width=0.0, one_sided_half_width=0.0,
        reference_voltage=0.8, current_density=5000.0, begin=0.0, end=KILOHOUR,
    )  # fmt: skip
    assert rate.percent_per_kilohour() == pytest.approx(-0.5)
    assert rate.millivolt_per_kilohour() == pytest.approx(-4.0)
    assert rate.milliohm_square_centimetre_per_kilohour() == pytest.approx(8.0)


def test_a_temperature_that_drifts_in_truth_and_in_the_meter_is_corrected(found):
    time, voltage = series()
    drift = 3.0 * time / 5000
    warm = taken_apart(time, voltage + 0.65e-3 * drift, temperatures=POINT.temperature + drift)
    assert warm.irreversible.value == pytest.approx(found.irreversible.value, rel=1e-6)


def test_an_unlogged_step_is_noticed_and_counted():
    time, voltage = series()
    missed = taken_apart(time, voltage, events=(EVENTS[0], *EVENTS[2:]))
    told = [note for note in missed.notes if note.finding is Finding.UNLOGGED_STEP]
    assert min(abs(note.time - 1800 * HOUR) for note in told) < 96 * HOUR
    assert "unlogged" in [each.kind for each in missed.events]
    whole = taken_apart(time, voltage)
    assert missed.irreversible.value == pytest.approx(whole.irreversible.value, rel=0.1)


def test_a_change_of_slope_is_noticed():
    time, voltage = series()
    voltage = voltage - 4e-6 * np.maximum(time - 3000, 0.0)
    bent = taken_apart(time, voltage)
    assert Finding.SLOPE_CHANGE in [note.finding for note in bent.notes]
    late = 100 * bent.final_rate * KILOHOUR / 0.85
    assert late == pytest.approx(LINEAR - 0.47, abs=0.05)


def test_a_new_voltmeter_is_no_degradation_but_widens():
    time, voltage = series()
    allowed = Allowances(voltage=Drift(limit=1e-3))
    swap = Event(time=2300 * HOUR, kind="voltmeter", is_sensor_swap=True)
    before = taken_apart(time, voltage, allowances=allowed)
    shifted = taken_apart(
        time,
        voltage + np.where(time >= 2300, 5e-3, 0.0),
        events=(*EVENTS, swap),
        allowances=allowed,
    )
    assert shifted.irreversible.value == pytest.approx(before.irreversible.value, rel=0.05)
    assert shifted.irreversible.drift > before.irreversible.drift
    assert "voltmeter" not in [each.kind for each in shifted.events]


def test_a_trip_beside_a_swap_is_told_and_not_counted():
    time, voltage = series()
    swap = Event(time=EVENTS[1].time + 600.0, kind="voltmeter", is_sensor_swap=True)
    hidden = taken_apart(time, voltage, events=(*EVENTS, swap))
    assert Finding.STEP_HIDDEN_BY_SWAP in [note.finding for note in hidden.notes]
    assert "trip" not in [each.kind for each in hidden.events]


def test_many_regular_events_are_part_of_the_rate():
    time, voltage = series()
    daily = tuple(Event(time=hour * HOUR, kind="load cycle") for hour in range(200, 4900, 168))
    regular = taken_apart(time, voltage, events=(*EVENTS, *daily), settling=0.0)
    assert Finding.EVENTS_WITHIN_RATE in [note.finding for note in regular.notes]


def test_drift_within_the_class_widens_by_what_it_feigns():
    time, voltage = series()
    quiet = taken_apart(time, voltage)
    allowed = taken_apart(time, voltage, allowances=Allowances(voltage=Drift(limit=1e-3)))
    assert quiet.irreversible.drift == 0.0
    feigned = feigned_rate(drift=Drift(limit=1e-3), duration=5000 * HOUR, voltage=0.85)
    wide = allowed.irreversible.percent_per_kilohour(allowed.irreversible.half_width)
    assert 0.8 * feigned < wide < 4.0 * feigned


def test_the_verdict_needs_the_whole_bound_on_the_good_side(found):
    assert found.irreversible.judged(target=0.6).verdict is Verdict.PASS
    assert found.irreversible.judged(target=0.3).verdict is Verdict.FAIL
    loss = -found.irreversible.percent_per_kilohour()
    assert found.irreversible.judged(target=loss + 1e-6).verdict is Verdict.NOT_SHOWN


def test_a_voltage_that_rises_faster_than_the_target_is_no_pass():
    rate = Rate(
        value=4e-3 / KILOHOUR, scatter=0.0, drift=0.0, half_width=0.0, one_sided_half_width=0.0,
        reference_voltage=0.8, current_density=5000.0, begin=0.0, end=KILOHOUR,
    )  # fmt: skip
    assert rate.judged(target=0.2).verdict is Verdict.NOT_SHOWN
    assert rate.judged(target=0.6).verdict is Verdict.PASS


def test_a_millivolt_over_a_thousand_hours_is_an_eighth_of_a_percent():
    drift = Drift(limit=1e-3)
    feigned = feigned_rate(drift=drift, duration=1000 * HOUR, voltage=0.834)
    assert feigned == pytest.approx(0.12, abs=0.001)
    assert feigned_rate(drift=drift, duration=3000 * HOUR, voltage=0.834) < 0.05


def test_a_target_at_the_expected_loss_is_never_shown():
    known = {"scatter": 0.05, "duration": 1000 * HOUR, "drift": Drift(limit=1e-3), "voltage": 0.84}
    assert hours_needed(target=0.2, loss=0.2, **known) == math.inf
    near = hours_needed(target=0.2, loss=0.15, **known)
    far = hours_needed(target=0.2, loss=0.05, **known)
    assert 500 < far < near < 5000


def test_too_short_a_run_is_refused_and_a_short_one_says_so():
    time, voltage = series(220)
    with pytest.raises(ValueError, match="ten days"):
        taken_apart(time, voltage, events=())
    time, voltage = series(400, initial=0.0)
    short = taken_apart(time, voltage, events=())
    findings = {note.finding for note in short.notes}
    assert {Finding.INITIAL_NOT_SEPARABLE, Finding.FEW_BLOCKS} <= findings


def test_shapes_and_numbers_are_checked():
    time, voltage = series(1000)
    with pytest.raises(ValueError, match="temperatures"):
        taken_apart(time, voltage, temperatures=np.full(3, 1000.0))
    with pytest.raises(ValueError, match="no number"):
        taken_apart(time, np.where(time > 500, np.nan, voltage))
    with pytest.raises(ValueError, match="drift"):
        Drift(limit=-1.0)
