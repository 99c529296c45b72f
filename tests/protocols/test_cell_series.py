"""Long series in run files: the judge says what the analysis says, and what the plant's law did."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.degradation import (
    HOUR,
    KILOHOUR,
    Allowances,
    Drift,
    ReferencePoint,
    Sensitivities,
    degradation,
)
from analysis.operating_events import OperatingLimits
from analysis.operating_stream import detect_events
from analysis.verdict import Verdict
from bench.channel import Stored
from bench.clock import SECOND, VIRTUAL_EPOCH
from bench.runs import open_run
from protocols.cell_degradation import SEED
from protocols.cell_verdicts import judge
from protocols.execution import read
from tests.campaigns.degradation import course
from tests.protocols.cell_runs import (
    CHANNELS,
    DATA,
    FARADAY,
    FUEL,
    NOISE,
    STEADY,
    CellRun,
    ageing,
)

NEEDED = ("cell.voltage", "stack.current", "stack.temperature", "fuel.flow")
FEW = tuple(replace(each, storage=Stored.FLOAT64) for each in CHANNELS if each.name in NEEDED)
DRIFTS = "judge: {voltage_drift: 0.3 mV, temperature_drift: 0.2 K, current_drift: 0, flow_drift: 0}"
ALLOWED = Allowances(voltage=Drift(limit=0.3e-3), temperature=Drift(limit=0.2))
ELECTRONS = 8.0


def aged(hours, seed):
    """Return columns by the minute of a cell aged by the plant's law, and what it went through."""
    went = course(np.random.default_rng([7, seed]))
    events = tuple(each for each in went.events if each[0] < hours - 200)
    went = replace(went, events=events, hidden=None, bend=None, swap=None)
    times = np.arange(hours * 60) / 60.0
    every = np.arange(hours + 1, dtype=np.float64)
    voltage = np.interp(times, every, went.voltage(every))
    current = np.full(times.shape, 43.2)
    for at, _, size in events:
        # between two whole hours the law has no step yet: the load is off meanwhile
        off = (times > at - 1.0) & (times < at + 1.0)
        current[off], voltage[off] = 0.0, 1.05
        assert size >= 0.0
    draw = np.random.default_rng(seed)
    columns = {"cell.voltage": voltage, "stack.current": current,
        "stack.temperature": np.full(times.shape, STEADY["stack.temperature"]),
        "fuel.flow": np.full(times.shape, FUEL)}  # fmt: skip
    noisy = {name: values + draw.normal(0.0, NOISE.get(name, 1e-3 * FUEL), times.size)
        for name, values in columns.items()}  # fmt: skip
    return noisy, went


def run_of(columns, **more):
    return CellRun(len(columns["fuel.flow"]), columns, channels=FEW, noise={}, judge=DRIFTS, **more)


def judged(path, run):
    with open_run(run.write(path / "run.h5")) as opened:
        return judge(opened)


def directly(columns):
    """Return what the analysis makes of the columns without any file."""
    times = np.arange(len(columns["fuel.flow"])) * 60.0
    history = detect_events(
        times=times, current=columns["stack.current"], temperature=columns["stack.temperature"],
        fuel=columns["fuel.flow"], values=np.stack([columns[name] for name in NEEDED], axis=1),
        limits=OperatingLimits(rated_current=43.2, no_flow=0.005 * 2.0 * FUEL),
    )  # fmt: skip
    hours = history.hours
    kept = (hours.covered >= 1200.0) & (np.abs(hours.values[:, 1] / 43.2 - 1.0) < 0.05)
    voltages, currents, temperatures, flows = hours.values[kept].T
    densities = currents / DATA["active_area"]
    used = 10.0 * currents / FARADAY / (ELECTRONS * flows)
    return degradation(
        times=hours.times[kept], voltages=voltages, temperatures=temperatures,
        current_densities=densities, fuel_utilisations=used, events=history.degradation_events(),
        reference=ReferencePoint(
            temperature=float(np.median(temperatures)),
            current_density=float(np.median(densities)), fuel_utilisation=float(np.median(used)),
        ),
        sensitivities=Sensitivities(
            temperature=0.65e-3, current_density=-3.0e-5, fuel_utilisation=-0.21,
            temperature_uncertainty=0.13e-3, current_density_uncertainty=0.6e-5,
            fuel_utilisation_uncertainty=0.042,
        ),
        allowances=ALLOWED, generator=np.random.default_rng(SEED),
    )  # fmt: skip


def losses(results):
    return {row.name: row.percent for row in results.life.rates}


@pytest.mark.parametrize("seed", [0, 1])
def test_the_judge_of_a_file_says_what_the_analysis_says_and_the_truth_is_within(tmp_path, seed):
    columns, went = aged(2000, seed)
    found = losses(judged(tmp_path, run_of(columns)))
    direct = directly(columns)
    for name in ("continuous", "irreversible"):
        rate = getattr(direct, name)
        ends = (rate.value, rate.upper, rate.lower)
        expected = [-rate.percent_per_kilohour(end) for end in ends]
        assert found[name] == pytest.approx(expected, rel=1e-6)
    rate = direct.continuous
    ends = np.array([rate.begin, rate.end]) / HOUR
    slope = np.diff(went.continuous(ends))[0] / (rate.end - rate.begin)
    truth = -100.0 * KILOHOUR * slope / direct.reference_voltage
    _, lower, upper = found["continuous"]
    assert lower < truth < upper


def test_two_files_of_one_object_are_judged_as_one_file_of_the_same_rows(tmp_path):
    columns, _ = aged(700, 3)
    half = 350 * 60
    whole = losses(judged(tmp_path, run_of(columns)))
    first = run_of({name: each[:half] for name, each in columns.items()}, simulated=False)
    second = run_of({name: each[half:] for name, each in columns.items()}, simulated=False,
        start_utc_ns=VIRTUAL_EPOCH + half * 60 * SECOND)  # fmt: skip
    both = read(first.write(tmp_path / "a.h5"), second.write(tmp_path / "b.h5")).results
    for name, values in whole.items():
        assert losses(both)[name] == pytest.approx(values, rel=1e-9)


def test_a_fifth_of_a_percent_is_never_shown_in_1000_hours_within_a_millivolt(tmp_path):
    asked = "verdict:\n  continuous_degradation: {at: reference, at_most: 0.2 %/kh}\n"
    run = CellRun(
        1000 * 60, {"cell.voltage": ageing(1000, 0.83e-3)}, [("reference", 60, 30)], channels=FEW,
        judge="judge: {voltage_drift: 1 mV}", verdict=asked,
    )  # fmt: skip
    results = judged(tmp_path, run)
    found = next(each for each in results.results if each.name == "continuous_degradation")
    # half of the limit is lost in truth: 0.83 mV of 0.83 V are 0.1 %/kh
    assert found.value == pytest.approx(0.1, abs=0.05)
    assert found.verdict is Verdict.NOT_SHOWN
    told = next(reason for reason in found.reasons if reason.id == "cell.hours-needed")
    assert 1000 < float(told.arguments["hours"].split()[0]) < 10_000
