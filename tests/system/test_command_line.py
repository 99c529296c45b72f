"""The command line as its users have it: one process per command, simulated instruments."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import h5py
import pytest

SHORT = ["--set", "approaches=2", "--set", "settle=10 s", "--set", "window=30 s"]
WARM = ["--plant", "warm=1"]


def h2bench(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder, as in a terminal."""
    environment = {**os.environ, "H2BENCH_LANGUAGE": "en", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-m", "bench.cli", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )


def judged(folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Run a short best-point with JSON results."""
    command = ["run", "hydrogen-engine/best-point", "--simulated", *WARM, *SHORT, "--json"]
    done = h2bench(*command, *arguments, folder=folder)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def efficiency(results: dict[str, Any]) -> dict[str, Any]:
    """Return the judged result."""
    found = [r for r in results["results"] if r["name"] == "brake_thermal_efficiency"]
    return found[0]


def renew_checksums(file: h5py.File, channel: str) -> None:
    """Make the checksums of a channel's values those of its chunks as they are now."""
    names = [each["name"] for each in json.loads(file["entry/index"][()].tobytes())]
    values, checksums = file[f"entry/scan/{channel}/value"], file["entry/checksums/scan"]
    for row in range(values.id.get_num_chunks()):
        _, stored = values.id.read_direct_chunk((row * values.chunks[0],))
        checksums[row, 2 + names.index(channel)] = zlib.crc32(stored)  # time and time_ns come first


def test_a_good_engine_passes_and_analyze_says_the_same_from_the_raw_data(tmp_path: Path) -> None:
    code, results = judged(tmp_path, "--seed", "4")
    assert code == 0
    assert results["verdict"] == "pass"
    assert results["simulated"] is True
    found = efficiency(results)
    assert found["unit"] == "%"
    assert found["lower"] < found["value"] < found["upper"]
    assert found["standard_uncertainty"] > 0
    assert found["limit"] == 43

    path = Path(results["file"])
    with h5py.File(tmp_path / path, "r+") as file:
        del file["entry/results"]
    again = h2bench("analyze", str(path), "--json", folder=tmp_path)
    assert again.returncode == 0
    assert json.loads(again.stdout) == results

    with h5py.File(tmp_path / path, "r+") as file:  # one window of one channel altered
        values = file["entry/scan/fuel.flow/value"]
        points = results["windows"]
        window = next(w for w in points if w["name"] == "best-point")
        time = file["entry/scan/time"][()]
        inside = (time >= window["start"]) & (time < window["end"])
        values[inside] = values[inside] * 1.01
    refused = h2bench("analyze", str(path), "--json", folder=tmp_path)
    assert refused.returncode != 0
    assert not refused.stdout
    assert "fuel.flow" in refused.stderr

    with h5py.File(tmp_path / path, "r+") as file:  # and its checksums made to fit
        renew_checksums(file, "fuel.flow")
    altered = h2bench("analyze", str(path), "--json", folder=tmp_path)
    assert efficiency(json.loads(altered.stdout))["value"] != found["value"]


@pytest.fixture(scope="module")
def poor(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """Return a run of a poor engine, told to a person."""
    command = ["run", "hydrogen-engine/best-point", "--simulated", *WARM, *SHORT, "--seed", "4"]
    folder = tmp_path_factory.mktemp("poor")
    return h2bench(*command, "--plant", "efficiency_scale=0.94", folder=folder)


def test_a_poor_engine_fails_with_its_own_exit_code(
    poor: subprocess.CompletedProcess[str],
) -> None:
    assert poor.returncode == 1
    assert "FAIL  Brake thermal efficiency" in poor.stdout


def test_a_progress_line_per_step_and_a_table_with_the_budget(
    poor: subprocess.CompletedProcess[str],
) -> None:
    assert "approach/point" in poor.stderr
    assert "SIMULATED" in poor.stdout
    assert "Brake thermal efficiency" in poor.stdout
    assert "engine.torque" in poor.stdout or "Torque" in poor.stdout
    assert ".h5" in poor.stdout


def test_an_engine_at_its_limit_is_not_shown(tmp_path: Path) -> None:
    code, results = judged(tmp_path, "--plant", "efficiency_scale=0.982", "--seed", "4")
    assert code == 3
    assert results["verdict"] == "not shown"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "hydrogen-engine/best-pint", "--simulated"], "best-point"),
        (["run", "hydrogen-engine/best-point", "--simulated", "--set", "sped=1 rpm"], "speed"),
        (["run", "hydrogen-engine/best-point", "--simulated", "--set", "speed=1 bar"], "rpm"),
        (["run", "hydrogen-engine/best-point", "--simulated", "--set", "speed=9000 rpm"], "9000"),
        (["run", "hydrogen-engine/best-point", "--simulated", "--plant", "warn=1"], "warm"),
        (["run", "hydrogen-engine/best-point", "--plant", "warm=1"], "--simulated"),
        (["run", "hydrogen-engine/best-point", "--seed", "1"], "--simulated"),
        (["check", "hydrogen-engine/best-point", "--rig", "nowhere"], "hydrogen-engine-cell"),
        (["analyze", "nothing.h5"], "nothing.h5"),
    ],
)
def test_what_cannot_run_is_refused_with_a_sentence_and_nothing_is_left(
    arguments: list[str], said: str, tmp_path: Path
) -> None:
    done = h2bench(*arguments, folder=tmp_path)
    assert done.returncode == 4, done.stdout + done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.rglob("*.h5"))


def test_an_unwritable_folder_is_refused_before_anything_moves(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder", encoding="utf-8")
    done = h2bench(
        "run", "hydrogen-engine/zero", "--simulated", "--output", str(blocked), folder=tmp_path
    )
    assert done.returncode == 4
    assert "file" in done.stderr


def test_list_names_protocols_rigs_and_drivers(tmp_path: Path) -> None:
    done = h2bench("list", folder=tmp_path)
    assert done.returncode == 0
    for word in ("hydrogen-engine/whsc", "hydrogen-engine-cell", "keysight-daq970a"):
        assert word in done.stdout


def test_check_moves_nothing_and_estimates_every_step(tmp_path: Path) -> None:
    done = h2bench("check", "hydrogen-engine/best-point", folder=tmp_path)
    assert done.returncode == 0
    assert "kg hydrogen" in done.stdout
    assert "warm-up" in done.stdout
    assert not list(tmp_path.rglob("*.h5"))


def test_schemas_are_json(tmp_path: Path) -> None:
    for what in ("rig", "protocol", "object"):
        done = h2bench("schema", what, folder=tmp_path)
        assert done.returncode == 0
        assert "properties" in json.loads(done.stdout)
