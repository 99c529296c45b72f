"""What cannot be judged is refused in a sentence, in both languages, with exit code 4."""

import pytest

from bench.exits import Exit
from bench.messages import LANGUAGES
from tests.protocols.campaign.engine_runs import EngineRun
from tests.protocols.cell_runs import CellRun
from tests.system.durability_chain import h2bench

SCHEDULER = "tcp://127.0.0.1:9"
EXPONENT = ("--set", "torque_exponent=6")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Folders of which only ``engine`` holds a run of an engine."""
    root = tmp_path_factory.mktemp("坏 folders")
    (root / "empty").mkdir()
    EngineRun(hours=0.2).write(root / "engine" / "a.h5")
    (root / "cells").mkdir()
    CellRun(10).write(root / "cells" / "a.h5")
    (root / "junk").mkdir()
    (root / "junk" / "a.h5").write_bytes(b"no run file")
    return root


def refused(*command):
    """Return what is said in each language; each is refused, in words of its own."""
    said = []
    for language in LANGUAGES:
        answer = h2bench(*command, language=language)
        assert answer.exit == Exit.REFUSED, answer
        assert answer.out == ""
        assert answer.err.strip().count("\n") == 0
        assert "campaign." not in answer.err.replace("campaign.h5", "")
        assert "Traceback" not in answer.err
        said.append(answer.err)
    assert len(set(said)) == len(LANGUAGES)
    return said


@pytest.mark.parametrize("look", ["status", "analyze"])
@pytest.mark.parametrize(
    ("place", "named"),
    [
        ("empty", "hydrogen-engine"),
        ("nowhere", "nowhere"),
        ("engine/a.h5", "a.h5"),
        ("cells", "solid-oxide S-1"),
        ("junk", "hydrogen-engine"),
    ],
)
def test_a_folder_without_a_run_of_an_engine_is_refused(folders, look, place, named):
    for said in refused("campaign", look, folders / place):
        assert named in said


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--field", "moon-haul"), "moon-haul"),
        (("--field", "no-such.csv"), "no-such.csv"),
        (("--kilometres", "-5 km"), "-5 km"),
        (("--kilometres", "0 km"), "0 km"),
        (("--kilometres", "5 kg"), "5 kg"),
        (("--kilometres", "many"), "many"),
        (("--kilometres", "nan km"), "nan km"),
        (("--object", "E-9"), "E-7"),
        (EXPONENT, ""),
        (("--set", "torque_exponent=0", "--origin", "a book"), "0"),
        (("--set", "torque_exponent=6 kg", "--origin", "a book"), "6 kg"),
        (("--set", "torque_exponent", "--origin", "a book"), "torque_exponent"),
        (("--set", "luck_exponent=6", "--origin", "a book"), "luck_exponent"),
        (("--scheduler", "nonsense"), "nonsense"),
    ],
    ids=str,
)
def test_an_option_that_makes_no_sense_is_refused(folders, options, named):
    for said in refused("campaign", "analyze", folders / "engine", *options):
        assert named in said


@pytest.mark.timeout(60)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_scheduler_that_is_not_there_is_told_within_bounded_time(folders, monkeypatch):
    monkeypatch.setattr("protocols.campaign.cluster.PATIENCE", 0.3)
    for said in refused("campaign", "analyze", folders / "engine", "--scheduler", SCHEDULER):
        assert SCHEDULER in said


@pytest.mark.parametrize(
    ("place", "options", "named"),
    [
        ("empty", (), "hydrogen-engine"),
        ("nowhere", (), "nowhere"),
        ("cells", (), "solid-oxide S-1"),
        ("engine", ("--language", "fr"), "fr"),
        ("engine", ("--format", "doc"), "doc"),
        ("engine", ("--field", "moon-haul"), "moon-haul"),
        ("engine", ("--output", "no such folder"), "no such folder"),
    ],
)
def test_a_report_of_it_is_refused_as_well(folders, place, options, named):
    for said in refused("report", folders / place, *options):
        assert named in said


def test_what_is_refused_leaves_nothing_behind(folders):
    before = sorted(folders.rglob("*"))
    refused("campaign", "analyze", folders / "cells")
    refused("report", folders / "empty")
    assert sorted(folders.rglob("*")) == before
