"""Programs of ours beside the window: they come up, end, or say why not; none is left."""

import math
import os
import subprocess
from pathlib import Path

import pytest

from bench.errors import Refused
from bench.service.address import find
from bench.service.client import RemoteBench
from gui.bridge import children
from gui.bridge.children import end_server, rehearse, running_servers, start_server
from gui.bridge.tasks import Cancelled
from tests.bench.service.serving import until
from tests.gui.serving import CLOCK, Unwatched

RIG = "hydrogen-engine-cell"


class CancelledAfter(Unwatched):
    """Progress that is not wanted any more after so many looks."""

    def __init__(self, looks):
        self._left = looks

    @property
    def is_cancelled(self):
        return self._left <= 0

    def check(self):
        self._left -= 1
        if self.is_cancelled:
            raise Cancelled


@pytest.fixture
def begun(monkeypatch):
    """All processes that are started."""
    found, popen = [], subprocess.Popen

    def remembered(*arguments, **given):
        found.append(popen(*arguments, **given))
        return found[-1]

    monkeypatch.setattr(subprocess, "Popen", remembered)
    return found


def test_a_server_outlives_who_started_it_and_ends_when_it_is_told_to(served):
    bench = served()
    assert bench.server in running_servers()
    if hasattr(os, "getsid"):  # POSIX: a session of its own
        assert os.getsid(bench.server.pid) == bench.server.pid
    with RemoteBench(bench.access, CLOCK) as client:
        until(lambda: client.step() or client.state().rig)
        state = client.state()
    assert (state.is_simulated, state.speed, state.rig) == (True, 20.0, RIG)
    end_server(bench.server)
    until(lambda: not bench.is_living)
    until(lambda: not list(bench.folder.glob("*.wal")))  # its file is closed as it should be
    end_server(bench.server)  # it is gone: nothing happens


def test_a_server_that_does_not_come_up_says_why(own_servers, tmp_path):
    with pytest.raises(Refused) as refused:
        start_server("no-such-rig", tmp_path, is_simulated=True, speed=1.0, progress=Unwatched())
    assert "no-such-rig" in refused.value.message.arguments["said"]
    assert Path(refused.value.message.arguments["log"]).is_file()


def test_a_server_that_is_not_wanted_any_more_is_ended(own_servers, tmp_path, begun):
    with pytest.raises(Cancelled):
        start_server(RIG, tmp_path, is_simulated=True, speed=math.inf, progress=CancelledAfter(2))
    assert [each.returncode is not None for each in begun] == [True]
    assert find(RIG) is None


def test_a_rehearsal_leaves_its_run_file_and_what_it_showed(served, tmp_path):
    bench = served()  # the rig may be served meanwhile: nothing of it reaches the bench
    protocol = tmp_path / "short.yaml"
    protocol.write_text(
        "protocol: tests/short\ntitle: {en: Short}\nobject: hydrogen-engine\n"
        "parameters: {time: {default: 5 s}}\nsteps: [{hold: $time}]\n"
    )
    found = rehearse(str(protocol), RIG, {"time": "2 s"}, Unwatched())
    assert found.path.is_file()
    assert (found.exit, found.results["state"]) == (0, "completed")
    assert not list(bench.folder.glob("*short*"))


def test_a_rehearsal_that_cannot_be_run_says_why_and_leaves_nothing(own_servers, tmp_path):
    with pytest.raises(Refused, match="no-such-protocol"):
        rehearse("no-such-protocol", RIG, {}, Unwatched(), folder=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_a_rehearsal_that_is_cancelled_is_ended_and_thrown_away(own_servers, begun):
    folder = children.address_folder() / "rehearsals"
    before = set(folder.glob("*"))
    with pytest.raises(Cancelled):
        rehearse("hydrogen-engine/best-point", RIG, {}, CancelledAfter(8))
    assert [each.returncode is not None for each in begun] == [True]
    assert set(folder.glob("*")) <= before


def test_old_logs_and_rehearsals_go(tmp_path):
    for number in range(8):
        entry = tmp_path / f"{number}"
        entry.mkdir() if number % 2 else entry.touch()
        os.utime(entry, (number, number))
    children._keep_newest(tmp_path, 3)
    assert {each.name for each in tmp_path.iterdir()} == {"5", "6", "7"}
