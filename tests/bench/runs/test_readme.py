"""The README of the reader shows what works."""

import re
from importlib.metadata import entry_points
from pathlib import Path

import numpy as np

from bench.channel import Channel, Kind
from bench.clock import SECOND
from bench.messages import Message
from bench.record.port import Event, StepBegun, StepRecord
from bench.units import unit
from tests.bench.runs.run_maker import RunMaker, header_of

README = (Path(__file__).parents[3] / "bench" / "runs" / "README.md").read_text(encoding="utf-8")
START = 5 * SECOND


def test_the_python_example_runs(tmp_path, capsys, monkeypatch):
    channel = Channel("engine.torque", Kind.MEASURED, unit("N*m"))
    maker = RunMaker(tmp_path / "FILE.h5", header_of(channels=(channel,)))
    maker.record(StepBegun("warm-up", "p/warm-up", START))
    maker.scans(START + np.arange(300) * SECOND // 100, np.full((300, 1), 123.0))
    maker.record(StepRecord("warm-up", "hold", "p/warm-up", START, START + 2 * SECOND, "done"))
    maker.record(Event(START, 0, "info", "x", Message("runs.gap", {"group": "scan"})))
    maker.finish()
    (example,) = re.findall(r"^```python\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    exec(example, {})  # noqa: S102 - our own README
    told = capsys.readouterr().out
    assert "engine.torque" in told
    assert "123." in told


def test_the_commands_it_names_are_there():
    named = set(re.findall(r"h2bench ([a-z]+) ", README))
    assert named >= {"info", "runs", "verify", "recover"}
    assert named <= {point.name for point in entry_points(group="h2bench.commands")}
