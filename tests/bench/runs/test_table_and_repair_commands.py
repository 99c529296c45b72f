"""The commands import and repair, as a person types them."""

import re

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from bench.channel import Channel, Kind
from bench.cli import app
from bench.clock import MILLISECOND, SECOND
from bench.errors import RunFileError
from bench.exits import Exit
from bench.messages import LANGUAGES
from bench.record.port import Ending
from bench.runs import importing, open_run
from bench.runs.export.progress import Progress
from bench.runs.importing import TableError
from bench.runs.repairing import repair as repairing
from bench.units import unit
from tests.bench.runs.run_maker import RunMaker, header_of

START = 5 * SECOND
TABLE = "time [s];torque [N*m];speed/rpm;note\n0;1,5;1200;a\n0,1;2,5;1201;b\n0,2;;1202;c\n"


@pytest.fixture
def shown(monkeypatch):
    """What the progress bar was told: (done, work)."""
    found = []
    monkeypatch.setattr(Progress, "show", lambda _, done, work: found.append((done, work)))
    return found


@pytest.fixture(params=LANGUAGES)
def language(request, monkeypatch):
    monkeypatch.setenv("H2BENCH_LANGUAGE", request.param)
    return request.param


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("H2BENCH_LANGUAGE", "en")


def invoke(*words):
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "Prüfling.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


@pytest.fixture
def run(tmp_path):
    """A finished run of two channels and 1,200 scans."""
    channels = [Channel(name, Kind.COMPUTED, unit("N*m")) for name in ("a", "b")]
    maker = RunMaker(tmp_path / "run.h5", header_of(channels=tuple(channels)))
    numbers = np.arange(1200)
    maker.scans(START + 10 * MILLISECOND * numbers, np.column_stack([numbers, -numbers]) / 7)
    maker.record(Ending("completed", None, START + 12 * SECOND))
    maker.finish()
    return tmp_path / "run.h5"


def test_import_makes_a_run_and_tells_what_it_took(table, tmp_path, shown):
    result = invoke(
        "import", table, "--output", tmp_path / "made", "--unit", "torque=kN*m", "--skip", "note",
        "--object", "hydrogen-engine", "--serial", "H2-7", "--operator", "Li",
    )  # fmt: skip
    assert result.exit_code == Exit.PASS
    (made,) = (tmp_path / "made").iterdir()
    assert "delimiter semicolon, decimal sign ','" in result.output
    assert made.name in result.output.replace("\n", "")
    assert shown[-1] == (table.stat().st_size, table.stat().st_size)
    with open_run(made) as run:
        assert run.names == ("torque", "speed")
        assert run.channel("torque").unit.text == "kN*m"
        assert run.header.object_serial == "H2-7"
        assert run.header.operator == "Li"
        np.testing.assert_array_equal(run.channel("torque").stored(), [1.5, 2.5, np.nan])


def test_import_speaks_the_language_of_the_user(table, tmp_path, language):
    told = invoke("import", table, "-o", tmp_path / "made").output
    assert ("delimiter" in told) == (language == "en")


def test_import_refuses_a_unit_that_does_not_exist_and_leaves_nothing(table, tmp_path):
    with pytest.raises(TableError, match="bananas"):
        invoke("import", table, "-o", tmp_path / "made", "--unit", "torque=bananas")
    assert not list(tmp_path.glob("made/*"))


def interrupted(*_):
    raise KeyboardInterrupt


def test_an_interrupted_import_says_so(table, tmp_path, monkeypatch):
    monkeypatch.setattr(importing, "import_table", interrupted)
    result = invoke("import", table, "-o", tmp_path / "made")
    assert result.exit_code == Exit.OPERATOR
    assert "nothing was imported" in result.output


def test_repair_of_a_whole_file_saves_all_of_it(run, shown):
    result = invoke("repair", run)
    assert result.exit_code == Exit.PASS
    samples = 2 * 2 * 1200
    assert shown[-1] == (samples, samples)
    made = run.with_name("run.repaired.h5")
    with open_run(made) as new, open_run(run) as old:
        for name in old.names:
            np.testing.assert_array_equal(new.channel(name).stored(), old.channel(name).stored())


def test_repair_of_a_file_with_a_hole_tells_what_is_lost(run, tmp_path, language):
    content = bytearray(run.read_bytes())
    place = hole_in(run, "b")
    content[place : place + 8] = b"\xff" * 8
    run.write_bytes(content)
    result = invoke("repair", run, "--output", tmp_path / "saved.h5")
    assert result.exit_code == Exit.FAIL
    line = next(line for line in result.output.splitlines() if " b " in line)
    assert re.findall(r"\d+", line) == ["944", "256"]
    assert ("lost rows" in result.output) == (language == "en")
    with open_run(tmp_path / "saved.h5") as saved:
        assert np.isnan(saved.channel("b").stored()[:256]).all()
        np.testing.assert_array_equal(saved.channel("b").stored()[256:], np.arange(256, 1200) / -7)
        np.testing.assert_array_equal(saved.channel("a").stored(), np.arange(1200) / 7)


def hole_in(path, name):
    """Where the first chunk of a channel stands in the file."""
    with h5py.File(path, "r") as file:
        return file[f"entry/scan/{name}/value"].id.get_chunk_info(0).byte_offset


def test_repair_of_what_is_no_run_is_refused(tmp_path):
    path = tmp_path / "table.h5"
    path.write_text(TABLE, encoding="utf-8")
    with pytest.raises(RunFileError, match="nothing of"):
        invoke("repair", path)
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_repair_leaves_nothing_and_says_so(run, monkeypatch):
    before = sorted(run.parent.iterdir())
    monkeypatch.setattr(repairing.RunBuilder, "rows", interrupted)
    result = invoke("repair", run)
    assert result.exit_code == Exit.OPERATOR
    assert "nothing was saved" in result.output
    assert sorted(run.parent.iterdir()) == before
