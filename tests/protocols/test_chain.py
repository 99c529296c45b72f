"""Chains of run files: planned stops, soft stops by a limit, power cuts, in virtual time."""

from contextlib import contextmanager
from dataclasses import replace
from itertools import accumulate, pairwise

import pytest

from bench.check import check
from bench.clock import SECOND, SystemClock
from bench.config.catalogue import Catalogue
from bench.errors import ConfigError
from bench.exits import Exit
from bench.runs import open_run
from bench.runs.resuming import left_run
from protocols import chain
from protocols.chain import AFTER_LIMIT, AFTER_POWER_CUT, carry_out_chain, is_chained
from protocols.console import Console
from protocols.execution import Wish, ordered

HOUR = 3600 * SECOND
TEXT = """\
protocol: chained
object: hydrogen-engine
rig: hydrogen-engine-cell
simulated:
  scan: 1 s
  faults: [FAULTS]
counters:
  watched: {while: engine.speed > -1 rpm, unit: s}
  passes: {}
steps:
  - id: loop
    repeat:
      times: 2
      steps:
        - {id: warm, set: {coolant.setpoint: 60 degC}}
        - {id: work, hold: 40 s}
        - {id: back, set: {coolant.setpoint: 88 degC}}
        - id: service
          planned-stop: {for: 4 h, service: [oil-change], text: {en: Change the oil., zh: 换机油}}
    counts: {passes: 1}
  - {id: last, hold: 5 s}
re-entry:
  - {id: again, hold: 1 s}
"""
ONE_STOP = TEXT.replace("times: 2", "times: 1").replace("hold: 40 s", "hold: 5 s")
HOT = "{what: offset, where: daq.exhaust, at: AT, lasts: 30 s, with: {by: 900 K}}"
CUT = "{what: power-cut, at: AT}"
STOP = "{what: emergency-stop, where: plc, at: AT, lasts: 1 s}"


def carried_out(folder, *faults, text=TEXT, **changed):
    """Carry out the protocol with faults, each ``(what, at)``."""
    file = folder / "chained.yaml"
    written = ", ".join(what.replace("AT", at) for what, at in faults)
    file.write_text(text.replace("FAULTS", written), encoding="utf-8")
    wish = replace(wish_of(file, folder / "runs"), **changed)
    order = ordered(wish, SystemClock())
    assert is_chained(order)
    return carry_out_chain(wish, order, Console("en", is_quiet=True), wall=SystemClock())


def wish_of(file, folder):
    return Wish(
        protocol=str(file),
        rig=None,
        parameters={},
        is_simulated=True,
        plant={},
        seed=7,
        folder=folder,
        operator="",
        answers_prompts=True,
    )


class File:
    """What one run file of a chain says."""

    def __init__(self, path):
        self.name = path.name
        self.left = left_run(path)
        with open_run(path) as run:
            self.state = run.ending and run.ending.state
            self.header = run.header
            self.start = run.header.start_utc_ns
            self.end = self.start + int(run.timeline[-1]) - run.header.start_ns
            self.rows = len(run)
            self.counters = {} if run.bookmark is None else run.bookmark.counters
            self.events = list(run.events)
            self.holds = [step for step in run.steps if step.id == "loop/work"]


@pytest.fixture(scope="module")
def long_chain(tmp_path_factory):
    """Return a chain with a trip in its first file and a power cut in its third."""
    return carried_out(tmp_path_factory.mktemp("chain"), (HOT, "25 s"), (CUT, "6.04 h"))


@pytest.fixture(scope="module")
def files(long_chain):
    return [File(path) for path in long_chain.files]


def test_a_chain_goes_on_after_a_trip_a_planned_stop_and_a_power_cut(long_chain, files):
    states = ["limit", "planned-stop", None, "planned-stop", "completed"]
    assert [file.state for file in files] == states
    assert [file.header.continues for file in files] == ["", *(each.name for each in files[:-1])]
    assert long_chain.halt is None
    assert long_chain.exit is Exit.PASS
    assert [path.name for path in long_chain.files] == [file.name for file in files]


def test_the_next_file_begins_later_by_the_time_that_people_take(files):
    gaps = [after.start - before.end for before, after in pairwise(files)]
    expected = [AFTER_LIMIT, 4 * HOUR, AFTER_POWER_CUT, 4 * HOUR]
    assert gaps == pytest.approx(expected, abs=3 * SECOND)


def test_counters_go_on_and_none_goes_back(files):
    assert [file.counters["passes"] for file in files] == [0, 0, 1, 1, 2]
    watched = [file.counters["watched"] for file in files]
    assert watched == sorted(watched)
    rows = list(accumulate(file.rows for file in files))
    assert watched == pytest.approx(rows, abs=2 * len(files))


def test_a_step_that_was_cut_off_has_all_of_its_time_and_no_more(files):
    held = [sum(step.end_ns - step.start_ns for step in file.holds) / SECOND for file in files]
    assert held[0] + held[1] == pytest.approx(40, abs=2)
    assert held[3] < 40 - 20  # the third file was cut off within it, and says nothing of its end


def test_what_ended_a_file_early_is_explained_as_simulated(files):
    trip, _, cut, _, _ = (file.left for file in files)
    assert trip.explanation.text.startswith("simulated: ")
    assert cut.explanation.text.startswith("simulated: ")
    assert files[1].left.explanation is None


def test_a_fault_that_is_over_does_not_come_again(files):
    alarms = [sum(event.message.id == "alarm.came" for event in file.events) for file in files]
    assert alarms[1:] == [0] * 4


def test_a_service_is_an_event_of_the_file_that_it_ends(files):
    told = [[e.message.arguments for e in file.events if e.source == "service"] for file in files]
    assert told == [[], [{"service": "oil-change"}], [], [{"service": "oil-change"}], []]


def test_the_object_goes_on_ageing_and_its_oil_is_new_after_a_change(files):
    first, after_trip, after_service = (file.header.plant for file in files[:3])
    assert "oil_age" not in first
    assert after_trip["oil_change"] == 0
    assert after_service["oil_change"] == 1
    assert after_trip.keys() == after_service.keys()


def test_a_hard_stop_is_not_gone_on_with(tmp_path):
    finished = carried_out(tmp_path, (STOP, "40 s"))
    assert len(finished.files) == 1
    assert finished.exit is Exit.LIMIT
    assert finished.halt.id == "chain.stopped-hard"


def test_ctrl_c_ends_the_chain_softly(tmp_path, monkeypatch):
    class Late:
        """Somebody asks once, while the protocol runs."""

        looks = 0

        @property
        def count(self):
            self.looks += 1
            return int(self.looks > 60)

    @contextmanager
    def asked():
        yield Late()

    monkeypatch.setattr(chain, "interrupts_counted", asked)
    late = TEXT.replace("hold: 40 s", "hold: 1 h")
    finished = carried_out(tmp_path, text=late)
    assert len(finished.files) == 1
    assert finished.exit is Exit.OPERATOR


def test_a_chain_that_does_not_get_on_ends(tmp_path):
    limit = "limits: [{id: own, when: exhaust.temperature < 900 degC, for: 5 s, "
    limit += "while: coolant.setpoint.demand < 70 degC, reaction: soft-stop}]\nsteps:"
    finished = carried_out(tmp_path, text=TEXT.replace("steps:", limit, 1))
    assert len(finished.files) == 3
    assert finished.halt.id == "chain.no-progress"
    assert finished.exit is Exit.LIMIT


def test_a_chain_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(chain, "MOST_LINKS", 1)
    finished = carried_out(tmp_path)
    assert finished.halt.id == "chain.too-long"
    assert finished.ending.state == "planned-stop"
    assert finished.exit is Exit.PASS


def test_power_that_is_lost_before_anything_moves_costs_no_step(tmp_path):
    finished = carried_out(tmp_path, (CUT, "5 s"), text=ONE_STOP)
    files = [File(path) for path in finished.files]
    assert [file.state for file in files] == [None, "planned-stop", "completed"]
    assert [file.header.continues for file in files] == ["", "", files[1].name]


def test_an_energised_object_is_not_left_alone(tmp_path):
    file = tmp_path / "chained.yaml"
    text = TEXT.replace("FAULTS", "").replace("88 degC", "87 degC")
    file.write_text(text, encoding="utf-8")
    line = next(i for i, each in enumerate(text.splitlines(), 1) if "planned-stop" in each)
    with pytest.raises(ConfigError, match=rf"chained\.yaml:{line}:11: coolant.setpoint is 87"):
        check(str(file), None, {}, Catalogue.shipped())


def test_a_planned_stop_stands_in_no_recovery(tmp_path):
    file = tmp_path / "chained.yaml"
    text = TEXT.replace("FAULTS", "").replace("hold: 1 s}", "planned-stop: {for: 1 h}}")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="among the steps of the protocol"):
        check(str(file), None, {}, Catalogue.shipped())
