"""A bench server, its clients and the simulated cell: each a process of its own, in real time.

One story, for every start costs seconds: a client is killed, another stops what it began; server
and cell lose their power in the middle of a run, which goes on when somebody has explained it.
"""

import json
import os
import signal
import subprocess
import sys

import pytest

from bench.exits import Exit
from bench.runs import open_run
from tests.system.test_over_the_wire import (
    ANALYSER,
    PROTOCOL,
    RIG,
    Programs,
    rig_on_free_ports,
    wait_for,
)

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C goes to the whole console"),
]
WAIT = 150.0
"""Longest wait for anything, s: the machine is busy."""
TERSE = ("--rig", "hydrogen-engine-cell")


def resumable(folder):
    """Write the short protocol with a re-entry: the steps that start the engine, once more."""
    text = PROTOCOL.read_text(encoding="utf-8")
    media = text[text.index("  - id: media") : text.index("  - id: zero")]
    start = text[text.index("  - id: motor") : text.index("  - id: load")]
    again = (media + start).replace("- id: ", "- id: again-")
    path = folder / "resumable.yaml"
    path.write_text(text.replace("steps:\n", f"re-entry:\n{again}steps:\n", 1), encoding="utf-8")
    return path


class Site:
    """A cell, its server, and who asks it."""

    def __init__(self, folder):
        self.programs = Programs(folder, folder / "servers")
        self.runs = folder / "runs"
        self.rig = rig_on_free_ports(folder / "rig", ANALYSER.sub("", RIG))
        self.protocol = resumable(folder)

    def power_on(self):
        self.cell = self.programs.start("simulate", self.rig, "--plant", "warm=1", "--for", 900)
        self.cell.says("listen at these addresses", WAIT)
        self.server = self.programs.start("serve", self.rig, "--output", self.runs)
        self.server.says("is served", WAIT)
        wait_for(lambda: self.status()["is_beating"], WAIT)

    def power_off(self):
        for program in (self.server, self.cell):
            program.process.kill()
            program.process.wait(10)

    def ask(self, *arguments):
        program = self.programs.start(*arguments)
        return program.process.wait(WAIT), program.text

    def status(self):
        code, text = self.ask("status", "--json", *TERSE)
        assert code == 0, text
        return json.loads(text)

    def begin(self, *more):
        return self.programs.start("run", self.protocol, "--rig", self.rig, "--yes", *more)

    def until(self, state):
        wait_for(lambda: self.status()["state"] == state, WAIT)


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    yield site
    site.programs.kill_all()


def test_a_run_outlives_its_client_its_terminal_and_a_power_cut(site):
    site.power_on()
    code, text = site.ask("serve", site.rig, "--output", site.runs)
    assert (code, "already runs" in text) == (Exit.REFUSED, True)

    first = site.begin()  # its client is killed, another one stops it
    first.says("crank", WAIT)
    first.process.kill()
    onlooker = site.programs.start("attach", site.rig)
    onlooker.says("automatic", WAIT)
    run = site.status()["file"]
    assert site.ask("hold", *TERSE)[0] == 0
    assert site.status()["state"] == "holding"
    onlooker.process.send_signal(signal.SIGINT)
    onlooker.says("stopping", WAIT)
    site.until("monitor")
    assert site.status()["last_file"] == run
    with open_run(run) as recorded:
        assert recorded.ending.state == "operator"
    onlooker.process.send_signal(signal.SIGTERM)

    second = site.begin()  # the power goes
    second.says("settle", WAIT)
    broken = site.status()["file"]
    site.power_off()
    second.process.kill()
    site.power_on()
    assert "broke off" in site.server.text
    code, text = site.begin().process.wait(WAIT), site.programs.started[-1].text
    assert (code, "explain" in text) == (Exit.REFUSED, True)
    assert site.ask("explain", "the mains were switched off", *TERSE)[0] == 0
    wait_for(lambda: not site.status()["unexplained"], WAIT)
    resumed = site.begin("--resume")
    assert resumed.process.wait(WAIT) == Exit.PASS, resumed.text
    last = site.status()["last_file"]
    with open_run(last) as recorded:
        assert recorded.header.continues == os.path.basename(broken)  # noqa: PTH119 - a text
        steps = [step.id for step in recorded.steps]
        assert "re-entry/again-crank" in steps
        assert "crank" not in steps
        told = [event.message.id for event in recorded.events]
        assert "serve.goes-on" in told
    site.server.process.send_signal(signal.SIGTERM)
    assert site.server.process.wait(WAIT) == 0


def test_help_lists_every_command_at_once():
    shown = subprocess.run(
        [sys.executable, "-m", "bench.cli", "--help"], capture_output=True, text=True, check=True
    ).stdout
    for command in ("serve", "attach", "status", "hold", "stop", "ack", "explain"):
        assert f" {command} " in shown
