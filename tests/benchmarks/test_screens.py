"""The benchmark of the windows works: at its smallest, without judging what it measures."""

import subprocess
import sys
from pathlib import Path


def test_the_command_measures_and_prints_a_table(tmp_path):
    """In a process of its own: a window needs an application of its own."""
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.screens",
        "--tiny",
        "--folder",
        str(tmp_path),
    ]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True,
        timeout=120,
    )  # fmt: skip
    assert "Open to first plot" in done.stdout
    assert "frame, 99 %" in done.stdout
