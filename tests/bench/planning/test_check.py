"""What can be known of a run before anything moves: scan period, calibrations, two files."""

import pytest

from bench.check import Checker, check
from bench.clock import SECOND, SystemClock, VirtualClock, iso_date
from bench.config import Catalogue, load_rig
from bench.errors import ConfigError

QUICK = "limits: [{id: own, when: machine.speed > 9 rpm, for: 60 ms, reaction: warn}]\nsteps: []\n"


def test_a_simulated_run_is_judged_by_the_scan_period_of_the_simulation(lab):
    assert lab.check(QUICK).plan.limits[0].persistence == pytest.approx(0.06)
    for rig in (None, "tiny"):
        assert lab.problems(lab.check, QUICK, rig=rig, is_simulated=True) == [
            "tiny.yaml:4:10 config.scan-too-long-for-limit"
        ]


def test_a_scan_must_not_let_a_controller_wait(lab):
    lab.rig(("scan: {period: 10 ms}", "scan: {period: 150 ms}"))
    assert "tiny.yaml:7:9 config.scan-too-long-for-controller" in lab.problems(
        lab.check, "steps: []"
    )


def test_a_limit_of_a_step_needs_two_scans_as_well(lab):
    text = (
        "steps:\n  - hold: 1 s\n"
        "    limits: [{id: own, when: machine.speed > 9 rpm, for: 15 ms, reaction: warn}]\n"
    )
    assert lab.problems(lab.check, text) == ["tiny.yaml:6:14 config.scan-too-long-for-limit"]


def test_a_rig_that_cannot_be_simulated_says_so(lab):
    lab.write(
        "rigs/tiny.yaml",
        lab.folder.joinpath("rigs/tiny.yaml")
        .read_text(encoding="utf-8")
        .partition("simulation")[0],
    )
    assert lab.check("steps: []").model.simulation is None
    assert lab.problems(lab.check, "steps: []", is_simulated=True) == [
        "tiny.yaml:1:1 simulated.no-simulation"
    ]


@pytest.mark.parametrize(
    ("today", "remarks"),
    [
        ("2027-03-30", []),
        ("2027-03-31", []),
        ("2027-04-01", ["tiny.yaml:20:66 config.calibration-overdue"]),
        (None, []),
    ],
)
def test_an_overdue_calibration_is_remarked(lab, today, remarks):
    found = lab.check("steps: []", today=today).remarks
    assert [lab.shown(problem) for problem in found] == remarks
    assert all("OIL-7" in problem.text() for problem in found)


def test_a_day_is_that_of_the_clock():
    assert iso_date(0) == "1970-01-01"
    assert iso_date(86_399 * SECOND) == "1970-01-01"
    assert iso_date(VirtualClock().utc()) == "2026-01-01"
    assert iso_date(SystemClock().utc()) > "2026-01-01"


def test_problems_of_protocol_and_rig_are_told_at_once(lab):
    lab.write("rigs/broken.yaml", "rig: broken\ninstrument: {}\n")
    found = lab.problems(lab.check, "stps: []\n", rig="broken")
    assert found == [
        "tiny.yaml:1:1 document.missing-key",
        "tiny.yaml:4:1 document.unknown-key",
        "broken.yaml:1:1 document.missing-key",
        "broken.yaml:1:1 document.missing-key",
        "broken.yaml:2:1 document.unknown-key",
    ]


def test_a_protocol_that_names_no_rig_needs_one(lab):
    path = lab.write("x.yaml", "protocol: x\nobject: machine\nsteps: []\n")
    with pytest.raises(ConfigError, match="--rig"):
        check(str(path), None, {}, lab.catalogue)
    assert check(str(path), "tiny", {}, lab.catalogue).plan.name == "x"


def test_a_protocol_whose_own_rig_is_misspelt_says_where(lab):
    lab.folder.joinpath("rigs/tiny.yaml").rename(lab.folder / "rigs/tony.yaml")
    assert lab.problems(lab.check, "steps: []") == ["tiny.yaml:3:6 config.no-rig"]


def test_the_shipped_rig_can_be_simulated_and_run():
    catalogue = Catalogue.shipped()
    for name in catalogue.rig_names():
        assert load_rig(name, catalogue).simulation is not None


def test_a_checker_reads_a_rig_and_a_called_protocol_once_and_finds_the_same(lab):
    lab.write("protocols/inner.yaml", "protocol: inner\nobject: machine\nsteps: [{hold: 1 s}]\n")
    for name in ("first", "second"):
        text = f"protocol: {name}\nobject: machine\nrig: tiny\nsteps: [{{call: inner}}]\n"
        lab.write(f"protocols/{name}.yaml", text)
    alone = [check(name, "tiny", {}, lab.catalogue).plan for name in ("first", "second")]
    checker = Checker(lab.catalogue)
    first = checker.check("first", None, {})
    lab.folder.joinpath("rigs/tiny.yaml").unlink()
    lab.folder.joinpath("protocols/inner.yaml").unlink()
    second = checker.check("second", None, {})
    assert second.model is first.model
    assert [first.plan, second.plan] == alone
