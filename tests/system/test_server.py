"""A bench server and its clients: each a process of its own.

The story of a run that loses its client, its terminal and its power is told of a bench that is
simulated faster than real time; that a served bench is driven over its sockets, and stops softly
when it is told to end, in real time.
"""

import json
import signal
import subprocess
import sys

import pytest

from bench.clock import SECOND
from bench.control.states import State
from bench.exits import Exit
from bench.runs import open_run
from bench.service.client import RemoteBench
from bench.service.keys import user_keys
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
NAME = "hydrogen-engine-cell"
TERSE = ("--rig", NAME)
LOADED = "200 s"
"""How long the engine stays under load: clients have to start meanwhile."""


def resumable(folder):
    """Write the short protocol with a re-entry: the steps that start the engine, once more."""
    text = PROTOCOL.read_text(encoding="utf-8")
    media = text[text.index("  - id: media") : text.index("  - id: zero")]
    start = text[text.index("  - id: motor") : text.index("  - id: load")]
    again = (media + start).replace("- id: ", "- id: again-")
    text = text.replace("steps:\n", f"re-entry:\n{again}steps:\n", 1)
    path = folder / "resumable.yaml"
    path.write_text(text.replace("hold: 3 s", f"hold: {LOADED}", 1), encoding="utf-8")
    return path


class Site:
    """A bench server, and who asks it."""

    def __init__(self, folder):
        self.folder = folder
        self.programs = Programs(folder, folder / "servers")
        self.runs = folder / "runs"
        self.protocol = resumable(folder)
        self.rig = NAME

    def power_on(self, *more):
        self.server = self.programs.start("serve", self.rig, "--output", self.runs, *more)
        self.server.says("is served", WAIT)
        self.until(lambda state: state.is_beating)

    def simulate(self, speed):
        self.power_on("--simulated", "--plant", "warm=1", "--speed", speed)

    def power_off(self):
        self.server.process.kill()
        self.server.process.wait(10)

    def end(self):
        self.server.process.send_signal(signal.SIGTERM)
        assert self.server.process.wait(WAIT) == 0, self.server.text

    def ask(self, *arguments):
        program = self.programs.start(*arguments)
        return program.process.wait(WAIT), program.text

    def status(self):
        """What the command says."""
        code, text = self.ask("status", "--json", *TERSE)
        assert code == 0, text
        return json.loads(text)

    def seen(self):
        """What a client sees that looks in."""
        given = {"keys": user_keys(self.folder / "keys"), "folder": self.folder / "servers"}
        with RemoteBench.connect(NAME, name="tests@here", patience=60 * SECOND, **given) as bench:
            return bench.state()

    def until(self, holds):
        wait_for(lambda: holds(self.seen()), WAIT, lambda: f"{self.seen()}\n{self.server.text}")

    def begin(self, *more):
        return self.programs.start("run", self.protocol, "--rig", self.rig, "--yes", *more)


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    yield site
    site.programs.kill_all()


def test_a_run_outlives_its_client_its_terminal_and_a_power_cut(site):
    site.simulate(speed=10)
    code, text = site.ask("serve", site.rig, "--simulated", "--output", site.runs)
    assert (code, "already runs" in text) == (Exit.REFUSED, True)

    first = site.begin()  # its client is killed, another one stops it
    first.says("settle", WAIT)
    run = site.seen().file
    first.process.kill()
    first.process.wait(10)
    alone = site.seen().elapsed
    site.until(lambda state: state.state is State.AUTOMATIC and state.elapsed > alone)
    assert site.ask("hold", *TERSE)[0] == 0
    assert site.status()["state"] == "holding"
    onlooker = site.programs.start("attach", site.rig)
    onlooker.says("holding", WAIT)
    onlooker.process.send_signal(signal.SIGINT)
    onlooker.says("stopping", WAIT)
    site.until(lambda state: state.state is State.MONITOR)
    assert site.seen().last_file == run
    with open_run(run) as recorded:
        assert recorded.ending.state == "operator"
    onlooker.process.send_signal(signal.SIGTERM)

    second = site.begin()  # the power goes
    second.says("settle", WAIT)
    broken = site.seen().file
    site.power_off()
    second.process.kill()
    site.simulate(speed="max")
    assert "broke off" in site.server.text
    code, text = site.begin().process.wait(WAIT), site.programs.started[-1].text
    assert (code, "explain" in text) == (Exit.REFUSED, True)
    assert site.ask("explain", "the mains were switched off", *TERSE)[0] == 0
    site.until(lambda state: not state.unexplained)
    resumed = site.begin("--resume")
    assert resumed.process.wait(WAIT) == Exit.PASS, resumed.text
    with open_run(site.status()["last_file"]) as recorded:
        assert recorded.header.continues == broken.name
        steps = [step.id for step in recorded.steps]
        assert "re-entry/again-crank" in steps
        assert "crank" not in steps
        told = [event.message.id for event in recorded.events]
        assert "serve.goes-on" in told
    site.end()


def test_a_server_that_is_told_to_end_stops_what_it_runs_over_its_sockets(site, tmp_path):
    site.rig = rig_on_free_ports(tmp_path / "rig", ANALYSER.sub("", RIG))
    cell = site.programs.start("simulate", site.rig, "--plant", "warm=1", "--for", 900)
    cell.says("listen at these addresses", WAIT)
    site.power_on()
    client = site.begin()
    client.says("crank", WAIT)
    run = site.seen().file
    client.process.kill()  # the run goes on
    client.process.wait(10)
    site.until(lambda state: state.position.id == "settle")
    site.end()
    with open_run(run) as recorded:
        steps = [step.id for step in recorded.steps]
        assert recorded.ending.state == "operator", (steps, site.server.text)
        assert "soft-stop/run-out" in steps


def test_help_lists_every_command_at_once():
    shown = subprocess.run(
        [sys.executable, "-m", "bench.cli", "--help"], capture_output=True, text=True, check=True
    ).stdout
    for command in ("serve", "attach", "status", "hold", "stop", "ack", "explain"):
        assert f" {command} " in shown
