"""What the doctor says of machine, rig and links, and what of it is to be mended."""

import dataclasses
import math
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.clock import SECOND, SystemClock, VirtualClock
from bench.config.catalogue import drivers
from bench.device import ArmedBy, Connection
from bench.messages import LANGUAGES
from bench.preflight.store import Store, file_of
from bench.service.doctoring import examination, links, machine, rig
from bench.service.doctoring.diagnosis import Level, mend, needs_mending, ok, warning
from bench.service.doctoring.examination import examine
from bench.service.order import Order
from bench.service.port import AlarmShown, BenchState
from tests.bench.preflight.test_evidence import evidence
from tests.bench.service.test_station import RIG, watched

MODEL = watched().model
OK, WARNING, MEND = Level.OK, Level.WARNING, Level.MEND


def ids(found):
    return [each.said.id for each in found]


def watching(folder):
    return Order(
        MODEL,
        watched().plan,
        folder,
        is_simulated=True,
        simulation=MODEL.simulation,
        seed=1,
        is_started=False,
    )


@given(st.lists(st.sampled_from(Level), max_size=5))
def test_only_what_is_to_be_mended_counts(levels):
    made = {OK: ok, WARNING: warning, MEND: mend}
    assert needs_mending(made[each]("doctor.past") for each in levels) is (MEND in levels)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_diagnosis_is_one_line_in_each_language(language, tmp_path):
    found = [*machine.examine_machine(tmp_path, VirtualClock())]
    found += rig.examine_rig(MODEL, tmp_path, VirtualClock())
    for each in found:
        assert "\n" not in each.text(language)
        assert "doctor." not in each.text(language)


@pytest.mark.parametrize(
    ("free", "level"), [(math.nan, MEND), (1e9, MEND), (20e9, WARNING), (500e9, OK)]
)
def test_a_disk_that_is_full_is_to_be_mended(free, level, tmp_path):
    assert machine.of_disk(free, tmp_path).level is level


def test_a_folder_that_is_not_there_yet_is_judged_by_the_one_above(tmp_path):
    assert machine.of_writing(tmp_path / "runs" / "new").level is OK
    (tmp_path / "file").write_text("")
    assert machine.of_writing(tmp_path / "file").level is MEND


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
@pytest.mark.parametrize(("mode", "level"), [(0o600, OK), (0o640, MEND), (0o604, MEND)])
def test_keys_that_others_may_read_are_to_be_mended(tmp_path, mode, level):
    path = tmp_path / "keys.json"
    assert machine.of_keys(path).said.id == "doctor.no-keys-yet"
    path.write_text("{}")
    path.chmod(mode)
    assert machine.of_keys(path).level is level


@pytest.mark.parametrize(("state", "level"), [(True, OK), (False, WARNING), (None, WARNING)])
def test_a_clock_that_is_not_synchronised_is_told(state, level):
    assert machine.of_clock(is_synchronised=state).level is level


def test_governors_are_counted_and_those_that_save_power_told(tmp_path):
    for number, name in enumerate(("performance", "performance", "powersave")):
        folder = tmp_path / f"cpu{number}" / "cpufreq"
        folder.mkdir(parents=True)
        (folder / "scaling_governor").write_text(f"{name}\n")
    found = machine.governors(tmp_path)
    assert found == {"performance": 2, "powersave": 1}
    assert machine.of_governors(found).level is WARNING
    assert machine.of_governors({"performance": 4}).level is OK
    assert machine.governors(tmp_path / "none") == {}
    assert machine.of_governors({}).level is OK


@pytest.mark.parametrize(("highest", "level"), [(None, OK), (0, WARNING), (99, OK)])
def test_a_user_without_real_time_priority_is_told(highest, level):
    assert machine.of_priority(highest).level is level


class Slow(VirtualClock):
    """Wakes up late by a fixed time (ns)."""

    def __init__(self, late):
        super().__init__()
        self.late = late

    def wait_until(self, due, wake=None):
        super().wait_until(due + self.late)


@pytest.mark.parametrize("milliseconds", [0, 3, 20])
def test_a_loop_is_as_late_as_its_clock_in_each_turn(milliseconds):
    late = machine.lateness(Slow(milliseconds * 1_000_000))
    assert late == [milliseconds] * machine.TURNS


@pytest.mark.parametrize(
    ("late", "level"), [([0.1] * 99 + [2.0], OK), ([0.1] * 99 + [30.0], WARNING), ([8.0] * 9, MEND)]
)
def test_a_machine_that_is_late_as_a_rule_is_to_be_mended(late, level):
    assert machine.of_lateness(late).level is level


def test_packages_are_named_with_where_they_come_from():
    found = machine.packages("h2bench")
    assert {"h2bench", "numpy", "h5py", "pyzmq"} <= {each.name for each in found}
    assert all(each.version and each.folder for each in found)
    assert {each.level for each in machine.of_packages(found)} == {OK}


def test_a_package_that_is_missing_or_from_elsewhere_is_told():
    found = [machine.Package(name, "1", "/site") for name in "abc"]
    found += [machine.Package("d", "", ""), machine.Package("e", "1", "/user")]
    levels = [each.level for each in machine.of_packages(found)]
    assert levels == [OK, OK, OK, MEND, WARNING]


@pytest.mark.parametrize(("free", "level"), [(1e9, WARNING), (1e12, OK)])
def test_the_time_there_is_room_for_is_told(free, level):
    assert rig.of_recording(MODEL, free).level is level


def test_overdue_certificates_are_to_be_mended_one_by_one():
    assert [each.level for each in rig.of_certificates(MODEL, "2026-01-01")] == [OK]
    overdue = [*rig.of_certificates(MODEL, "2027-04-01")]
    assert {each.level for each in overdue} == {MEND}
    assert {each.said.arguments["id"] for each in overdue} == {"SENSYFLOW-118", "CMF-H2-0417"}


def test_detectors_are_as_old_as_their_evidence(tmp_path):
    (check,) = (each for each in MODEL.preflight if each.id == "bump-test")
    at = evidence().utc_ns
    assert ids(rig.of_detectors(MODEL, tmp_path, at)) == ["doctor.no-bump-test"]
    seen = evidence(check=check.id, definition=check.definition)
    Store(file_of(tmp_path, RIG), RIG).add(seen)
    (found,) = rig.of_detectors(MODEL, tmp_path, at + 30 * 86400 * SECOND)
    assert (found.level, found.said.arguments["days"]) == (OK, "30")
    assert ids(rig.of_detectors(MODEL, tmp_path, at + 91 * 86400 * SECOND)) == [
        "doctor.no-bump-test"
    ]
    file_of(tmp_path, RIG).write_text("{", encoding="utf-8")
    assert [each.level for each in rig.of_detectors(MODEL, tmp_path, at)] == [MEND]


def test_links_are_opened_and_nothing_is_demanded(tmp_path):
    found = [*links.examine_links(watching(tmp_path), {"daq": "another one"})]
    said = {each.said.arguments["instrument"]: each for each in found if "identity" in
            each.said.arguments}  # fmt: skip
    assert said.keys() == {each.name for each in MODEL.connections}
    assert said.pop("daq").said.id == "doctor.exchanged"
    assert {each.level for each in said.values()} == {OK}
    assert ids(found)[:2] == ["doctor.bus"] * 2
    watchdogs = {each.said.arguments["instrument"]: each.said.id for each in found
                 if "watchdog" in each.said.arguments}  # fmt: skip
    assert watchdogs["plc"] == "doctor.watchdog"
    assert watchdogs["dyno"] == "doctor.watchdog-waits"  # nothing was demanded of it
    assert not needs_mending(found)


def test_an_instrument_that_does_not_answer_is_to_be_mended(tmp_path, monkeypatch):
    monkeypatch.setattr(links, "PATIENCE", 0)
    found = [*links.examine_links(watching(tmp_path), {})]
    assert ids(found) == ["doctor.bus-silent"] * 2 + ["doctor.no-answer"] * len(MODEL.connections)


def connection(name):
    return Connection(name, drivers()[name](), "wire", 10**8)


@pytest.mark.parametrize(
    ("armed_by", "is_armed", "said"),
    [
        (ArmedBy.SETUP, False, "doctor.watchdog-off"),
        (ArmedBy.SETUP, None, "doctor.watchdog"),
        (ArmedBy.ALWAYS, False, "doctor.watchdog-waits"),
        (ArmedBy.ALWAYS, True, "doctor.watchdog"),
    ],
)
def test_a_watchdog_that_should_be_armed_and_is_not_is_to_be_mended(armed_by, is_armed, said):
    plain = connection("safety-plc")
    watchdog = dataclasses.replace(plain.driver.watchdog, armed_by=armed_by)
    driver = dataclasses.replace(plain.driver, watchdog=watchdog)
    found = [*links.of_watchdog(dataclasses.replace(plain, driver=driver), is_armed)]
    assert ids(found) == [said]


def test_what_takes_demands_and_has_no_watchdog_is_told():
    plain = connection("safety-plc")
    bare = dataclasses.replace(plain, driver=dataclasses.replace(plain.driver, watchdog=None))
    assert ids(links.of_watchdog(bare, None)) == ["doctor.no-watchdog"]
    reads_only = connection("keysight-daq970a")
    assert reads_only.driver.watchdog is not None or not ids(links.of_watchdog(reads_only, None))


def test_a_server_is_asked_instead_of_its_links():
    hints = {field.name: "" for field in dataclasses.fields(AlarmShown)}
    alarm = AlarmShown(**(hints | {"id": "hood", "value": "12 %LFL"}))
    quiet = BenchState(rig="cell", is_beating=True)
    assert not needs_mending(links.of_server(quiet))
    loud = BenchState(rig="cell", missing=("can0",), alarm_list=(alarm,), unexplained="a.h5")
    assert ids(links.of_server(loud)) == [
        "doctor.served", "doctor.beats-not", "doctor.alarm", "doctor.unexplained",
    ]  # fmt: skip
    assert needs_mending(links.of_server(loud))
    deaf = dataclasses.replace(quiet, silent=("daq", "dyno"))
    (silent,) = (each for each in links.of_server(deaf) if each.level is MEND)
    assert "daq, dyno" in silent.text("en")


def test_an_alarm_without_a_value_is_told_without_brackets():
    hints = {field.name: "" for field in dataclasses.fields(AlarmShown)}
    for value, said in (("", "alarm hood: leave"), ("12 %LFL", "alarm hood (12 %LFL): leave")):
        alarm = AlarmShown(**(hints | {"id": "hood", "value": value, "advice": "leave"}))
        state = BenchState(rig="cell", is_beating=True, alarm_list=(alarm,))
        (told,) = (each for each in links.of_server(state) if each.said.id == "doctor.alarm")
        assert told.text("en").endswith(said)


@pytest.fixture
def alone(monkeypatch, tmp_path):
    """Have no server but our own, and a machine that is looked at already."""
    monkeypatch.setenv("H2BENCH_SERVERS", str(tmp_path / "servers"))
    monkeypatch.setattr(examination, "examine_machine", lambda *_: [ok("doctor.past")])


@pytest.mark.usefixtures("alone")
def test_without_a_rig_only_the_machine_is_looked_at(tmp_path):
    assert ids(examine("", tmp_path, name="mk", clock=SystemClock())) == ["doctor.past"]


@pytest.mark.usefixtures("alone")
def test_a_rig_that_cannot_be_read_is_to_be_mended_line_by_line(tmp_path):
    path = tmp_path / "rig.yaml"
    path.write_text("rig: broken\nsteps: []\n", encoding="utf-8")
    found = [*examine(str(path), tmp_path, name="mk", clock=SystemClock())]
    assert len(found) > 2
    assert {each.level for each in found[1:]} == {MEND}


@pytest.mark.usefixtures("alone")
def test_links_that_are_opened_leave_no_run_file_and_no_lock(tmp_path, monkeypatch):
    monkeypatch.setattr(examination, "examine_links", lambda order, _: (
        ok("doctor.said", said=order.folder),))  # fmt: skip
    runs = tmp_path / "runs"
    found = [*examine(RIG, runs, name="mk", clock=SystemClock())]
    own = found[-1].said.arguments["said"]
    assert own != runs
    assert not own.exists()
    assert not runs.exists()
    assert ids(examine(RIG, runs, name="mk", clock=SystemClock()))[-1] == "doctor.said"


def test_where_nothing_ran_nothing_is_known(tmp_path):
    assert rig.known_identities(MODEL, tmp_path / "none") == {}
    assert rig.of_past(MODEL, tmp_path).level is OK
