"""Criteria on combustion: passed, failed, not shown, and refused where they name what is not."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.combustion.rates import event_rate
from analysis.verdict import Verdict
from bench.channel import Calibration, Channel, Kind, Stored
from bench.check import check
from bench.config import Catalogue
from bench.errors import ConfigError
from bench.messages import LANGUAGES, Message, catalogue
from bench.record.port import Header
from bench.runs import open_run
from bench.units import quantity, unit
from protocols.combustion_criteria import combustion_result
from protocols.combustion_numbers import KINDS, abnormal_rate
from protocols.combustion_results import (
    CombustionRow,
    CombustionValue,
    LeftOutCycles,
    SingleCycles,
)
from protocols.combustion_samples import FEWEST
from protocols.criteria import Criterion
from protocols.engine_quantities import (
    AMPLITUDE,
    COMBUSTION_RESULTS,
    COMBUSTION_SHARES,
    LOWEST,
    VARIATION,
)
from protocols.results import Result, RunResults
from protocols.verdicts import judge
from tests.analysis.synthetic_cycles import Cycle, capture, pressure
from tests.protocols.cycle_runs import CHANNELS, CycleRun, Kept

ORDER = [Verdict.FAIL, Verdict.NOT_SHOWN, Verdict.PASS]


def made(
    variation: float = 1.1, *, cycles: int = 200, lost: int = 0, **events: int
) -> CombustionRow:
    """Return a capture at the reference point, its variation in %, and how many were abnormal."""
    used = cycles - lost
    value = CombustionValue(
        name="imep_cov", title=Message("combustion.imep-cov"), unit="%", value=variation
    )
    left = LeftOutCycles(reason="saturated", title=Message("combustion.saturated"), count=lost)
    return CombustionRow(
        instrument="indicating", capture=1, cylinder=1, at="reference", is_incident=False,
        start=0.0, end=20.0, cycles=cycles, used=used, values=(value,),
        left_out=(left,) if lost else (),
        rates=tuple(
            abnormal_rate(kind, event_rate(events=events.get(kind, 0), cycles=max(used, 1)))
            for kind in KINDS
        ),
    )  # fmt: skip


def criterion(
    name: str = VARIATION, at_most: str | None = "3 %", at_least: str | None = None, **about: float
) -> Criterion:
    low, high = (None if each is None else quantity(each) for each in (at_least, at_most))
    return Criterion(name, "reference", low, high, about.get("confidence", 0.95), "")


def judged(asked: Criterion, *rows: CombustionRow) -> Result:
    return combustion_result(asked, "reference", rows)


def ids(result: Result) -> list[str]:
    return [text.id for text in result.reasons if isinstance(text, Message)]


@pytest.mark.parametrize(
    ("variation", "verdict"),
    # 200 cycles: the bounds lie 9.0 % above and 7.6 % below (chi-square, 199 degrees of freedom)
    [(1.1, "pass"), (2.75, "pass"), (2.80, "not shown"), (3.2, "not shown"), (3.3, "fail")],
)
def test_a_variation_is_judged_from_both_sides(variation: float, verdict: str) -> None:
    found = judged(criterion(), made(variation))
    assert found.verdict == verdict
    assert found.value == pytest.approx(variation)
    assert found.bound == pytest.approx(1.0905 * variation, rel=2e-3)
    assert found.lower < found.value < found.upper
    assert (found.limit, found.sense, found.unit) == (3.0, "at_most", "%")


@pytest.mark.parametrize("name", COMBUSTION_SHARES)
@pytest.mark.parametrize(
    ("events", "verdict"),
    # one-sided 95 % of Clopper and Pearson: 0 of 200 up to 1.49 %, 9 from 2.37 %, 1 up to 2.35 %
    [(0, "pass"), (1, "not shown"), (7, "not shown"), (9, "fail")],
)
def test_a_share_is_judged_from_both_sides(name: str, events: int, verdict: str) -> None:
    found = judged(criterion(name, "2 %"), made(**{COMBUSTION_SHARES[name]: events}))
    assert found.verdict == verdict
    assert found.value == pytest.approx(events / 2.0)
    assert found.standard_uncertainty > 0.0
    if not events:
        assert found.bound == pytest.approx(100.0 * (1.0 - 0.05 ** (1 / 200)))


def test_a_share_stands_on_all_captures_of_a_cylinder() -> None:
    asked = criterion("knock_share", "1 %")
    one = judged(asked, made())
    two = judged(asked, made(), replace(made(), capture=2))
    assert (one.verdict, two.verdict) == (Verdict.NOT_SHOWN, Verdict.PASS)
    assert two.windows == 2


def test_every_cylinder_has_to_keep_the_limit() -> None:
    other = replace(made(knock=20), cylinder=2)
    found = judged(criterion("knock_share", "2 %"), made(), other)
    assert found.verdict is Verdict.FAIL
    assert "cylinder 2" in found.reasons[0].text("en")  # type: ignore[union-attr]


def test_every_capture_has_to_keep_the_variation() -> None:
    found = judged(criterion(), made(1.0), made(4.0), made(2.0))
    assert (found.verdict, found.value) == (Verdict.FAIL, 4.0)


def test_too_few_cycles_for_a_share_are_told_how_many_it_needs_and_give_no_number() -> None:
    found = judged(criterion("pre_ignition_share", "1 %"), made())
    assert found.verdict is Verdict.NOT_SHOWN
    assert math.isnan(found.value)
    assert "299 cycles" in found.reasons[0].text("en")  # type: ignore[union-attr]


def test_few_cycles_that_are_bad_enough_fail_all_the_same() -> None:
    found = judged(criterion("misfire_share", "1 %"), made(cycles=40, misfire=12))
    assert found.verdict is Verdict.FAIL


def test_too_few_cycles_for_a_variation_give_no_number() -> None:
    found = judged(criterion(), made(0.1, cycles=FEWEST - 1))
    assert (found.verdict, ids(found)) == (Verdict.NOT_SHOWN, ["combustion.too-few-cycles"])
    assert math.isnan(found.value)
    assert found.bound is None
    assert judged(criterion(), made(0.1, cycles=FEWEST)).verdict is Verdict.PASS


@pytest.mark.parametrize("name", COMBUSTION_RESULTS)
def test_many_cycles_that_are_no_measurements_give_no_number(name: str) -> None:
    limit = "9 bar" if name == AMPLITUDE else "50 %"
    found = judged(criterion(name, limit), made(lost=11))
    assert (found.verdict, ids(found)) == (Verdict.NOT_SHOWN, ["combustion.many-left-out"])
    assert math.isnan(found.value)
    assert found.limit == pytest.approx(9.0 if name == AMPLITUDE else 50.0)


@pytest.mark.parametrize("name", [VARIATION, *COMBUSTION_SHARES])
def test_few_cycles_that_are_no_measurements_are_borne(name: str) -> None:
    assert judged(criterion(name, "50 %"), made(lost=10)).verdict is Verdict.PASS


def test_a_cycle_that_is_no_measurement_may_be_the_one_that_knocked() -> None:
    asked = criterion("knock_share", "2 %")
    found = judged(asked, made(lost=3))
    assert (found.verdict, found.value) == (Verdict.NOT_SHOWN, 0.0)
    assert found.bound == judged(asked, made(knock=3)).bound


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (replace(made(), at="full-load"), "combustion.no-capture"),
        (replace(made(), is_incident=True), "combustion.no-capture"),
        (replace(made(), values=(), rates=(), used=0), "combustion.none-used"),
        (replace(made(), rates=made().rates[:1]), "combustion.not-fired"),
        (replace(made(), rates=made().rates[:2]), "combustion.not-seen"),
    ],
)
def test_what_was_not_recorded_is_told(row: CombustionRow, said: str) -> None:
    found = judged(criterion("backfire_share"), row)
    assert (found.verdict, ids(found)) == (Verdict.NOT_SHOWN, [said])
    assert math.isnan(found.value)


@pytest.mark.parametrize("variation", [-40.0, math.nan])
def test_cycles_that_do_no_work_have_no_variation(variation: float) -> None:
    assert ids(judged(criterion(), made(variation))) == ["combustion.no-work"]


def test_a_doubt_leaves_the_number_and_takes_the_verdict() -> None:
    doubt = Message("judge.overdue", {"channel": "x", "due": "2025-01-01"})
    found = judged(criterion(), replace(made(), doubts=(doubt,)))
    assert (found.verdict, found.reasons) == (Verdict.NOT_SHOWN, (doubt,))
    assert found.value == pytest.approx(1.1)


def test_limits_on_both_sides_have_to_be_kept_both() -> None:
    assert judged(criterion(at_least="0.5 %"), made()).verdict is Verdict.PASS
    assert judged(criterion(at_least="1.3 %"), made()).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("asked", "said"),
    [(criterion(at_most=None), "judge.no-limit"), (criterion(at_most="3 bar"), "judge.limit-unit")],
)
def test_a_limit_that_is_none_is_told(asked: Criterion, said: str) -> None:
    assert ids(judged(asked, made())) == [said]


@settings(max_examples=40)
@given(st.floats(0.1, 8.0), st.integers(FEWEST, 400), st.integers(1, 4), st.floats(0.8, 0.99))
def test_more_cycles_at_equal_spread_never_turn_a_verdict_into_another(
    variation: float, cycles: int, times: int, confidence: float
) -> None:
    asked = criterion(confidence=confidence)
    few = judged(asked, made(variation, cycles=cycles)).verdict
    many = judged(asked, made(variation, cycles=cycles * times)).verdict
    assert few in {Verdict.NOT_SHOWN, many}


@settings(max_examples=40)
@given(st.integers(0, 30), st.integers(0, 30), st.integers(31, 400))
def test_more_abnormal_cycles_never_do_better(first: int, second: int, cycles: int) -> None:
    few, many = sorted((first, second))
    better, worse = (
        judged(criterion("knock_share", "5 %"), made(cycles=cycles, knock=events)).verdict
        for events in (few, many)
    )
    assert better is not None
    assert worse is not None
    assert ORDER.index(worse) <= ORDER.index(better)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_result_has_a_name_in_the_catalogue(language: str) -> None:
    words = catalogue(language, "combustion")
    for name in COMBUSTION_RESULTS:
        found = judged(criterion(name, "3 %"), scattered())
        assert isinstance(found.title, Message)
        assert found.title.id in words


def scattered(amplitude: float = 0.3, weak: float = 1.0, *, cycles: int = 200, lost: int = 0):
    """Return a capture whose amplitudes rise to one, in bar, and whose last cycle is weak."""
    used = cycles - lost
    mapo = CombustionValue(
        name="mapo", title=Message("combustion.mapo"), unit="bar", value=amplitude,
        standard_uncertainty=0.01 * amplitude, standard_deviation=0.0,
    )  # fmt: skip
    row = made(cycles=cycles, lost=lost)
    works = np.append(np.linspace(20e5, 22e5, used - 1), 21e5 * weak)
    return replace(
        row,
        values=(*row.values, mapo),
        single_cycles=SingleCycles(
            imep_net=tuple(works), mapo=tuple(1e5 * amplitude * np.linspace(0.5, 1.0, used))
        ),
    )


@pytest.mark.parametrize(
    ("amplitude", "verdict"),
    # 200 cycles: the bounds are the largest and the 193rd, and 1.645 of the gain's 1 % beyond
    [(0.98, "pass"), (0.99, "not shown"), (1.02, "not shown"), (1.05, "fail")],
)
def test_a_knock_amplitude_is_judged_by_order_statistics(amplitude: float, verdict: str) -> None:
    found = judged(criterion(AMPLITUDE, "1 bar"), scattered(amplitude))
    assert found.verdict == verdict
    assert found.bound == pytest.approx(amplitude * 1.01645, rel=1e-4)
    assert found.value == pytest.approx(amplitude * 0.99, rel=1e-3)


@pytest.mark.parametrize(("weak", "verdict"), [(0.95, "pass"), (0.3, "not shown")])
def test_the_lowest_normalised_value_is_the_bound_of_the_work(weak: float, verdict: str) -> None:
    row = scattered(weak=weak)
    found = judged(criterion(LOWEST, None, at_least="80 %"), row)
    works = row.single_cycles.imep_net
    assert found.verdict == verdict
    assert found.bound == pytest.approx(100.0 * min(works) / float(np.mean(works)))


def test_an_engine_of_many_weak_cycles_fails() -> None:
    row = scattered()
    works = row.single_cycles.imep_net
    cycles = SingleCycles(imep_net=(*works[:-10], *(0.5 * work for work in works[:10])))
    weak = replace(row, single_cycles=cycles)
    assert judged(criterion(LOWEST, None, at_least="80 %"), weak).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("asked", "row"),
    [
        (criterion(AMPLITUDE, "1 bar"), scattered(0.1, cycles=148)),
        (criterion(LOWEST, None, at_least="50 %"), scattered(cycles=148)),
    ],
)
def test_so_few_cycles_bound_no_quantile_and_give_no_number(
    asked: Criterion, row: CombustionRow
) -> None:
    found = judged(asked, row)
    assert (found.verdict, ids(found)) == (Verdict.NOT_SHOWN, ["combustion.too-few-for-limit"])
    assert math.isnan(found.value)
    assert found.bound is None


def test_a_cycle_that_is_no_measurement_may_be_the_loudest() -> None:
    found = judged(criterion(AMPLITUDE, "1 bar"), scattered(0.1, lost=1))
    assert found.verdict is Verdict.NOT_SHOWN
    assert found.bound is None
    assert "count as the worst" in found.reasons[0].text("en")  # type: ignore[union-attr]


PROTOCOL = """\
protocol: hydrogen-engine/made
object: hydrogen-engine
steps:
  - measure: {for: 10 s, as: reference}
verdict:
  imep_variation: {at: reference, at_most: 10 %}
  knock_share: {at: reference, at_most: 4 %, confidence: 90 %}
  knock_amplitude: {at: reference, at_most: 20 bar, confidence: 60 %}
  imep_lowest: {at: reference, at_least: 50 %, confidence: 90 %}
"""


@dataclass
class AskedRun(CycleRun):
    """A run whose protocol asks of its combustion."""

    def _header(self) -> Header:
        header = super()._header()
        return replace(header, texts={"protocols/hydrogen-engine/made.yaml": PROTOCOL})


def run_judged(made_run: CycleRun, path: Path) -> RunResults:
    with open_run(made_run.write(path)) as run:
        return judge(run)


@pytest.fixture(scope="module")
def recorded() -> np.ndarray:
    """Cycles as they should be."""
    return capture(120, noise=2e3, scatter=0.01, cycle=Cycle(gamma=1.31))[1] - 1.7e5


@pytest.mark.parametrize(("knocks", "verdict"), [(0, "pass"), (4, "not shown"), (12, "fail")])
def test_a_run_is_judged_by_its_recorded_cycles(
    recorded: np.ndarray, tmp_path: Path, knocks: int, verdict: str
) -> None:
    pressures = recorded.copy()
    pressures[10 : 10 + knocks] = pressure(Cycle(gamma=1.31, ring=4e5)) - 1.7e5
    points = [("reference", 10.0, 30.0)]
    results = run_judged(AskedRun([Kept(pressures, 20.0)], points=points), tmp_path / "made.h5")
    found = {each.name: each for each in results.judged()}
    assert found.keys() == {VARIATION, "knock_share", AMPLITUDE, LOWEST}
    assert found[LOWEST].verdict is Verdict.PASS
    assert found[AMPLITUDE].verdict is Verdict.PASS
    assert found[VARIATION].verdict is Verdict.PASS
    assert found["knock_share"].verdict == verdict
    assert found["knock_share"].value == pytest.approx(100.0 * knocks / 120)
    assert found["knock_share"].confidence == 0.9
    assert results.verdict == verdict


def test_a_run_without_captures_or_without_a_window_shows_nothing(
    recorded: np.ndarray, tmp_path: Path
) -> None:
    none = run_judged(AskedRun([], points=[("reference", 1.0, 9.0)]), tmp_path / "none.h5")
    assert none.verdict is Verdict.NOT_SHOWN
    assert {ids(each)[0] for each in none.judged()} == {"combustion.no-capture"}
    steps = [("reference", 0.0, 60.0)]
    loose = AskedRun([Kept(recorded, 20.0)], steps=steps)
    found = run_judged(loose, tmp_path / "loose.h5")
    assert found.combustion[0].at == "reference"
    assert {ids(each)[0] for each in found.judged()} == {"judge.no-window"}


@pytest.mark.parametrize(("due", "verdict"), [("2025-06-30", "not shown"), ("2027-06-30", "pass")])
def test_an_overdue_calibration_of_the_instrument_takes_the_verdict(
    recorded: np.ndarray, tmp_path: Path, due: str, verdict: str
) -> None:
    peak = Channel(
        "cylinder.peak_pressure", Kind.MEASURED, unit("bar"), source="indicating.peak_pressure",
        calibration=Calibration("P-1", due), storage=Stored.FLOAT64,
    )  # fmt: skip
    made_run = AskedRun(
        [Kept(recorded, 20.0)], points=[("reference", 10.0, 30.0)], channels=(*CHANNELS, peak)
    )
    found = run_judged(made_run, tmp_path / "made.h5")
    assert found.verdict == verdict
    assert found.judged()[0].value > 0.0


TEXT = """\
protocol: example
object: hydrogen-engine
rig: hydrogen-engine-cell
steps:
  - {perform: {indicating: capture}, as: reference}
verdict:
  VERDICT
"""


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("knok_share: {at: reference, at_most: 2 %}", "'knok_share' is known; did you mean 'knock"),
        ("imep_variation: {at: refrence, at_most: 3 %}", "a point 'refrence'; did you mean 'refer"),
        ("imep_variation: {at: reference, at_most: 3 bar}", "3 bar"),
        ("imep_variation: {at: reference}", "imep_variation"),
    ],
)
def test_a_criterion_that_names_what_is_not_is_refused_in_a_sentence(
    tmp_path: Path, verdict: str, said: str
) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(TEXT.replace("VERDICT", verdict), encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        check(str(path), None, {}, Catalogue.shipped())
    assert said in str(refused.value)
