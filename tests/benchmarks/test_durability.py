"""The benchmark of a chain works; it extrapolates by passes of a step, or by time that is held."""

import pytest

from bench.check import check
from bench.config.catalogue import Catalogue
from tests.benchmarks.chain_costs import OUTSIDE, Asked, carried_out, extrapolated, unmeasured

CHAIN = """\
protocol: chained
object: hydrogen-engine
rig: hydrogen-engine-cell
simulated: {scan: 1 s, stretch: 1 min}
parameters:
  length: {default: 10 min, min: 1 min, max: 100 h}
  times: {default: 2, min: 1, max: 100}
steps:
  - id: loop
    repeat:
      times: $times
      steps:
        - {id: work, hold: $length}
        - {id: turn, ramp: {coolant.setpoint: 80 degC, over: 20 s}}
        - {id: back, ramp: {coolant.setpoint: 88 degC, over: 20 s}}
        - {id: service, planned-stop: {for: 1 h}}
"""


@pytest.fixture(scope="module")
def protocol(tmp_path_factory):
    file = tmp_path_factory.mktemp("chain") / "chained.yaml"
    file.write_text(CHAIN, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def costs(protocol):
    return carried_out(Asked(str(protocol), {}, protocol.parent / "runs", "1 s", leaps=True))


def rows_for(costs, protocol, **parameters):
    plan = check(str(protocol), None, parameters, Catalogue.shipped(), is_simulated=True).plan
    assert unmeasured(costs, plan) == []
    return {row.name: row for row in extrapolated(costs, plan)}


def test_what_was_measured_is_all_of_the_chain(costs, protocol):
    rows = rows_for(costs, protocol)
    assert costs.files == 3
    assert costs.ending == "completed"
    assert sum(row.measured.scans for row in rows.values()) == costs.whole.scans
    assert rows["work"].measured.hours == pytest.approx(2 * 10 / 60, rel=0.02)
    assert rows["work"].hours == pytest.approx(2 * 10 / 60, rel=0.02)


def test_a_longer_hold_has_more_leaps_and_no_more_scans_at_its_ends(costs, protocol):
    rows = rows_for(costs, protocol, length="10 h")
    assert rows["work"].hours == pytest.approx(20.0, rel=1e-6)
    each = rows["work"].measured.processor / rows["work"].measured.hours
    assert rows["work"].processor / 20.0 < each
    assert rows["turn"].hours == pytest.approx(rows["turn"].measured.hours)


def test_more_passes_take_so_much_longer(costs, protocol):
    once, often = rows_for(costs, protocol), rows_for(costs, protocol, times="20")
    for name in ("work", "turn", "back"):
        assert often[name].processor == pytest.approx(10 * once[name].processor)
    assert often[OUTSIDE].processor == pytest.approx(21 / 3 * once[OUTSIDE].processor)
