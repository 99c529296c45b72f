"""MDF4 files, read back by asammdf."""

import asammdf
import numpy as np
import pytest

from bench.channel import Quality
from bench.clock import SECOND
from bench.errors import RunFileError
from bench.runs.export import Wish, export_run, mdf_file

START = 5 * SECOND


@pytest.fixture(scope="module")
def file(run, tmp_path_factory):
    """All of the run, open."""
    path = tmp_path_factory.mktemp("mdf") / "出力.mf4"
    export_run(run, Wish(path))
    with asammdf.MDF(path) as opened:
        yield opened


def test_each_group_has_its_own_times_and_the_start_is_the_run_s(run, file):
    assert file.version == "4.10"
    assert file.header.start_time.isoformat() == "2026-01-01T00:00:00+00:00"
    names = [group.channel_group.acq_name for group in file.groups]
    assert names == ["scan", "fast", "cycles"]
    for number, name in enumerate(["engine.torque", "fuel.flow", "cycle.speed"]):
        times = (run.channel(name).times_ns() - START) / 1e9
        np.testing.assert_array_equal(file.get_master(number), times)


def test_values_units_and_titles_are_the_run_s_and_what_is_not_ok_is_invalid(run, file):
    for name in run.names[:3]:
        found = file.get(name, ignore_invalidation_bits=True)
        channel = run.channel(name)
        np.testing.assert_array_equal(found.samples, channel.stored(), strict=True)
        is_bad = (channel.values_si().qualities != Quality.OK) | np.isnan(found.samples)
        np.testing.assert_array_equal(np.array(found.invalidation_bits, bool), is_bad)
        assert found.unit == channel.unit.text
    assert file.get("oil.temperature").comment == "Oil / 机油"


def test_counts_stay_counts_with_a_conversion(run, file):
    counts = run.channel("cylinder.pressure").stored()
    raw = file.get("cylinder.pressure", raw=True).samples
    np.testing.assert_array_equal(raw, counts, strict=True)
    np.testing.assert_array_equal(file.get("cylinder.pressure").samples, counts * -0.5 + 3.0)


def test_traces_are_arrays(run, file):
    found = file.get("cycle.pressure", ignore_invalidation_bits=True)
    stored = run.channel("cycle.pressure").stored()
    np.testing.assert_array_equal(found.samples["cycle.pressure"], stored)
    assert np.flatnonzero(found.invalidation_bits).tolist() == [4]
    assert found.comment == "from -180 deg in steps of 60 deg"


def test_a_grid_is_one_group_with_the_samples_beside(run, tmp_path):
    path = tmp_path / "a.mf4"
    export_run(run, Wish(path, patterns=("oil.*", "fuel.*"), every="1 s", has_quality=True))
    with asammdf.MDF(path) as file:
        assert len(file.groups) == 1
        assert file.get_master(0).tolist() == [0.0, 1.0, 2.0, 3.0, 7.0, 8.0, 9.0]
        assert file.get("fuel.flow samples").samples.tolist() == [299, 299, 0, 0, 0, 0, 0]


def test_qualities_stand_beside_as_codes(run, tmp_path):
    path = tmp_path / "a.mf4"
    export_run(run, Wish(path, patterns=("oil.*",), has_quality=True))
    codes = run.channel("oil.temperature").values_si().qualities
    with asammdf.MDF(path) as file:
        np.testing.assert_array_equal(file.get("oil.temperature quality").samples, codes)


def test_without_the_extra_the_command_that_installs_it_is_told(run, tmp_path, monkeypatch):
    monkeypatch.setattr(mdf_file, "_LIBRARY", "no_such_library")
    with pytest.raises(RunFileError, match=r"pip install 'h2bench\[mdf\]'"):
        export_run(run, Wish(tmp_path / "a.mf4"))


def test_a_process_that_ends_by_itself_is_told_with_its_last_words(run, tmp_path, monkeypatch):
    monkeypatch.setattr(mdf_file, "_PROCESS", "no_such_module")
    with pytest.raises(RunFileError, match="No module named no_such_module"):
        export_run(run, Wish(tmp_path / "a.mf4"))
    assert list(tmp_path.glob("a.mf4*")) == []
