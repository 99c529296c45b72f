"""Results as a judge gives them, with numbers that are easily told apart."""

import math

from analysis.verdict import Verdict
from bench.messages import Bilingual, Message
from bench.record.port import Ending
from protocols.cell_results import (
    CurvePoint,
    CurveResult,
    ElementRow,
    FileRow,
    LifeResult,
    PeakRow,
    RateRow,
    SpectrumResult,
)
from protocols.drawn import EventMark, SpectrumPoints, VoltageSeries
from protocols.results import (
    BudgetRow,
    ChannelRow,
    ClosureRow,
    CycleResult,
    DrawnInterval,
    RegressionRow,
    Result,
    RunResults,
    WindowRow,
)


def result(name, value, unit="%", **more):
    told = {"title": Message("judge.named", {"name": name}), "at": "map", "unit": unit}
    return Result(**({"name": name, "value": value, "standard_uncertainty": 0.11} | told | more))


def channel(name, mean, unit="rpm"):
    return ChannelRow(
        name=name, title=Bilingual(name.title(), "通道"), unit=unit, count=300, mean=mean,
        minimum=mean - 1.0, maximum=mean + 1.0, standard_deviation=0.5, standard_error=0.05,
        drift=0.01,
    )  # fmt: skip


def window(approach=1, *, name="map", channels=(), quantities=(), start=None, valid=True):
    begin = 100.0 * approach if start is None else start
    return WindowRow(
        name=name, approach=approach, repeat=1, start=begin, end=begin + 30.0, valid=valid,
        channels=tuple(channels), quantities=tuple(quantities), gas_lot="",
    )  # fmt: skip


def operating_point(approach, speed, torque, efficiency):
    return window(
        approach,
        quantities=[
            result("engine_speed", speed, "rpm"),
            result("torque", torque, "N*m"),
            result("brake_power", speed * torque / 9549.3, "kW"),
            result("brake_thermal_efficiency", efficiency),
        ],
        channels=[channel("engine.speed", speed), channel("engine.torque", torque, "N*m")],
    )


def map_windows():
    places = [(s, t) for s in (1000.0, 1200.0, 1500.0) for t in (500.0, 1000.0, 1700.0)]
    return tuple(
        operating_point(n, s + 0.1 * n, t - 0.2 * n, 36.0 + n)
        for n, (s, t) in enumerate(places, start=1)
    )


def curve(at=1.0):
    points = [
        CurvePoint(
            current_density=0.05 * n, voltage=1.0 - 0.017 * n, lowest_voltage=math.nan,
            temperature=750.0, utilisation=10.0 * n, nernst_voltage=1.02, chord_resistance=340.0,
            differential_resistance=340.0, direction=direction,
        )
        for direction, order in (("down", range(6, 0, -1)), ("up", range(1, 7)))
        for n in order
    ]  # fmt: skip
    note = Message("cell.curve-warms", {"span": "6 K"})
    return CurveResult(at=at, points=tuple(points), hysteresis=2.0, notes=(note,))


def spectrum_result(at=1.0, *, is_used=True, drawn=True):
    points = SpectrumPoints(
        frequency=(1e4, 1e2, 1.0), real=(110.0, 220.0, 330.0), imaginary=(-5.0, -110.0, -5.0),
        fitted_real=(111.0, 221.0, 331.0), fitted_imaginary=(-6.0, -111.0, -6.0),
        time_constant=(1e-4, 1e-3, 1e-2), density=(0.0, 40.0, 0.0),
    )  # fmt: skip
    return SpectrumResult(
        at=at, is_used=is_used, current_density=0.3, temperature=750.0, points=3, highest=1e4,
        lowest=1.0, residual=0.1, drift=0.2, ohmic_resistance=110.0, ohmic_uncertainty=1.5,
        polarisation_resistance=220.0, fit_residual=0.3,
        elements=(ElementRow(element="P2C", name="time_constant", value=1e-3,
            relative_uncertainty=2.0, unit="s"),),
        peaks=(PeakRow(frequency=159.0, resistance=220.0),),
        notes=(Message("cell.spectrum-not-repeated"),), drawn=points if drawn else None,
    )  # fmt: skip


def life():
    rate = RateRow(
        name="irreversible", title=Message("cell.irreversible"), count=0,
        percent=(0.5, 0.4, 0.6), millivolt=(4.0, 3.0, 5.0), resistance=(13.0, 12.0, 14.0),
        begin=0.0, end=1000.0,
    )  # fmt: skip
    hours = tuple(float(n) for n in range(0, 1001, 100))
    fitted = tuple(0.8 - 4e-6 * each for each in hours)
    trip = EventMark(time=500.0, title=Message("cell.trip"))
    return LifeResult(
        rates=(rate,), reference_voltage=0.8, reference_time=0.0, reference_temperature=750.0,
        reference_current_density=0.3, reference_utilisation=60.0, initial=1.0, reversible=0.1,
        reversible_share=5.0, two_point=0.5, line=0.5, theil_sen=0.5, residual=0.2, hours=900.0,
        series=VoltageSeries(hours=hours, corrected=tuple(v + 1e-4 for v in fitted),
            fitted=fitted, events=(trip,)),
    )  # fmt: skip


def cycle(*, failed=("slope",)):
    row = RegressionRow(name="torque", unit="N*m", slope=0.9, intercept=12.0, r_squared=0.99,
        standard_error=3.0, failed=tuple(failed))  # fmt: skip
    return CycleResult(
        name="whsc", at="cycle", method="WHSC, UN R49", origin="UN R49 Annex 4",
        accepted=not failed, delay=2, reference_work=20.0, actual_work=19.0, regressions=(row,),
        reasons=(Message("judge.no-gas"),) if failed else (),
    )  # fmt: skip


def budget_row(name, share, *, counted=True):
    return BudgetRow(
        input=name, title=Message("judge.named", {"name": name}), value_si=1.0,
        standard_uncertainty_si=0.01, contribution=0.1 * share, variance_share=share,
        degrees_of_freedom=math.inf, common=True, counted=counted,
    )  # fmt: skip


def judged_result(verdict=Verdict.PASS):
    return result(
        "brake_thermal_efficiency", 43.845, at="best-point", lower=43.6, upper=44.1, windows=3,
        verdict=verdict, limit=43.0, sense="at_least", degrees_of_freedom=50.0,
        reasons=(Message("judge.no-gas"),),
        budget=(budget_row("torque", 0.2), budget_row("fuel", 0.8),
            budget_row("scatter", 0.3, counted=False)),
        monte_carlo=DrawnInterval(lower=43.6, upper=44.1, draws=100_000, agrees=True),
    )  # fmt: skip


def results(**more):
    given = {
        "protocol": "made", "object_serial": "X-1", "simulated": False,
        "ending": Ending("completed", None, 0), "verdict": None,
    } | more  # fmt: skip
    return RunResults(**given)


def closure():
    return ClosureRow(name="fuel", title=Message("judge.named", {"name": "fuel"}), at="map",
        deviation=1.5, expanded_uncertainty=0.8, tolerance=1.0, within=False)  # fmt: skip


def file_row(file, start, end):
    return FileRow(file=file, start=start, end=end, rows=10, state="completed")
