"""The benchmark of run files works: at its smallest, without judging what it measures."""

import pytest

from tests.benchmarks.run_files.__main__ import main
from tests.benchmarks.run_files.figures import Figure, as_markdown


@pytest.mark.parametrize("name", ["real-time", "exports"])
def test_the_command_measures_and_prints_a_table(name, tmp_path, capsys):
    page = tmp_path / "table.md"
    assert main(["--tiny", "--only", name, "--folder", str(tmp_path), "--markdown", str(page)]) == 0
    assert "Wanted" in capsys.readouterr().out
    assert page.read_text().count("\n") > 5


def test_what_misses_its_figure_is_said_to():
    missed = Figure("A", "speed", 19.9, "MS/s", ("≥", 20.0), {"peer": 39.8})
    met = Figure("A", "size", 40.0, "%", ("≤", 40.0))
    free = Figure("A", "rows", 1.0, "")
    assert [figure.is_met for figure in (missed, met, free)] == [False, True, None]
    assert "| ≥ 20 | MISSED | peer 39.8 (2×) |" in as_markdown([missed])
