import numpy as np
import pytest

from bench.channel import Quality
from bench.errors import RunFileError
from bench.runs import open_run
from gui.state.findings import pairs as pairs_module
from gui.state.findings.judging import judged_runs
from gui.state.findings.pairs import channels_in, pairs_chart, pairs_of, pairs_told
from tests.protocols.cell_runs import CellRun


def english(text):
    return text if isinstance(text, str) else text.text("en")


@pytest.fixture
def run(tmp_path):
    minutes = np.arange(500.0)
    made = CellRun(
        500, {"stack.current": minutes / 10.0, "cell.voltage": 1.0 - minutes / 1000.0},
        points=[("reference", 60, 30)], noise={},
        qualities={"cell.voltage": (slice(100, 150), Quality.STALE)},
    )  # fmt: skip
    return made.write(tmp_path / "made.h5")


def test_pairs_are_samples_of_the_same_moments_in_the_units_shown(run):
    with open_run(run) as opened:
        found = pairs_of(opened, "stack.current", "stack.temperature")
    np.testing.assert_allclose(found.across, np.arange(500.0) / 10.0)
    np.testing.assert_allclose(found.up, 750.0)  # degC, stored as K
    chart = pairs_chart(found, english)
    assert chart.y_label.endswith(", °C")
    assert english(pairs_told(found)).startswith("500 moments of 500 rows")


def test_a_moment_counts_only_where_both_channels_are_good(run):
    with open_run(run) as opened:
        found = pairs_of(opened, "stack.current", "cell.voltage")
    assert len(found.across) == 450
    np.testing.assert_allclose(found.up, 1.0 - found.across / 100.0)
    assert not ((found.across >= 10.0) & (found.across < 15.0)).any()


def test_of_a_long_run_blocks_are_taken_and_nothing_is_averaged(run, monkeypatch):
    monkeypatch.setattr(pairs_module, "WHOLE", 100)
    monkeypatch.setattr(pairs_module, "BLOCKS", 4)
    with open_run(run) as opened:
        found = pairs_of(opened, "stack.current", "stack.temperature")
    assert found.rows == 500
    assert len(found.across) == 80
    assert set(np.round(found.across * 10.0, 9)) <= set(range(500))
    assert (found.across.min(), found.across.max()) == (0.0, 49.9)


def test_many_samples_are_thinned_and_a_channel_over_itself_is_a_line(run, monkeypatch):
    monkeypatch.setattr(pairs_module, "MOST", 50)
    with open_run(run) as opened:
        found = pairs_of(opened, "stack.current", "stack.current")
    assert len(found.across) == 50
    np.testing.assert_array_equal(found.across, found.up)


def test_a_channel_that_is_not_there_is_refused(run):
    with open_run(run) as opened, pytest.raises(RunFileError):
        pairs_of(opened, "stack.current", "nothing")


def test_all_channels_of_the_rows_are_offered(run):
    with open_run(run) as opened:
        names = [each.name for each in channels_in(opened)]
        assert names == [each.name for each in opened.header.channels]


def test_runs_of_one_object_are_one_series_and_others_are_judged_one_by_one(tmp_path, run):
    second = CellRun(100, points=[("reference", 10, 30)]).write(tmp_path / "second.h5")
    stranger = CellRun(100, serial="S-2").write(tmp_path / "stranger.h5")
    checks = []
    (together,) = judged_runs([run, second], lambda: checks.append(1))
    assert [each.file for each in together.results.files] == ["made.h5", "second.h5"]
    apart = judged_runs([run, stranger], lambda: checks.append(1))
    assert [each.paths[0].name for each in apart] == ["made.h5", "stranger.h5"]
    assert all(each.results is not None for each in apart)
    assert len(checks) == 2


def test_a_file_that_is_no_run_says_why_and_the_others_are_judged(tmp_path, run):
    broken = tmp_path / "broken.h5"
    broken.write_bytes(b"no HDF5")
    good, bad = judged_runs([run, broken], lambda: None)
    assert good.results is not None
    assert bad.results is None
    assert "broken.h5" in bad.refusal.text("en")
