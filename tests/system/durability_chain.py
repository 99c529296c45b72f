"""A short campaign of durability from the command line, in this process: once for all that look."""

import contextlib
import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import protocols
from bench.cli import main

SHIPPED = Path(protocols.__file__).parent / "hydrogen_engine" / "durability.yaml"
TRIP = "what: coolant-loss, where: plant, at: 1.78 h, lasts: 20 min, with: {left: 5 %}"
"""In the first block of full load."""
CUT = "what: power-cut, where: bench, at: 7 h"
"""While the second quarter is warm."""
QUICK = "with: {approaches: 2, settle: 10 s, window: 30 s}"
SHORT = ("kilometres=100 km", "quarters=2", "rounds=1", "cold_starts=1", "service=1 h")


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    exit: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


def h2bench(*arguments, language="en"):
    """Run the command line as `h2bench` does."""
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.setenv("H2BENCH_LANGUAGE", language)
        patch.setattr("os.cpu_count", lambda: 1)  # processes take longer to start than this to read
        patch.setattr(sys, "argv", ["h2bench", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
    return Said(ended.value.code or 0, out.getvalue(), err.getvalue())


def short_protocol(folder):
    """Write the shipped protocol with early faults and quick reference tests; return the file."""
    text = SHIPPED.read_text(encoding="utf-8")
    changes = {
        "protocol: hydrogen-engine/durability": "protocol: short-durability",
        "call: hydrogen-engine/reference-test": (
            f"call: {{protocol: hydrogen-engine/reference-test, {QUICK}}}"
        ),
        fault(text, "coolant-loss"): TRIP,
        fault(text, "power-cut"): CUT,
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    file = folder / "short-durability.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def fault(text, what):
    """Return the line of a fault in a protocol, without its braces."""
    line = next(each for each in text.splitlines() if f"what: {what}" in each)
    return line[line.index("{") + 1 : line.rindex("}")]


def run_campaign(folder):
    """Carry the short campaign out; return what was said, and the folder of its run files."""
    settings = [part for each in SHORT for part in ("--set", each)]
    runs = folder / "runs"
    command = ("run", short_protocol(folder), "--simulated", "--output", runs, "--json")
    return h2bench(*command, *settings), runs
