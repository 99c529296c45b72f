"""A bench that is only watched: everything is recorded, nothing is demanded or stopped."""

import contextlib
import math
import os
import re
import select
import subprocess
import sys

import pytest

from bench.clock import SECOND, SystemClock
from bench.exits import Exit
from bench.messages import Message
from bench.runs import open_run
from bench.service.opening import CONNECT_TIMEOUT
from bench.service.requests import Leave, Note, Snapshot, StopNow
from protocols.execution import judged
from protocols.monitoring import MonitorWish, seconds_of, watch
from tests.system.virtual_bench import Mute, VirtualBench

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")


@pytest.fixture
def bench(tmp_path):
    bench = VirtualBench(tmp_path, is_started=False)
    yield bench
    bench.close()


def untouched(bench):
    """Return whether nothing was ever demanded of the object."""
    return (
        all(math.isnan(value) for value in bench.loop.demands.values)
        and not bench.server.has_begun
        and bench.truth.speed == 0
        and not bench.truth.fuel_valve_open
    )


def told(bench, message_id):
    records = bench.server._recorder.records
    return [
        r.message for r in records if getattr(r, "message", None) and r.message.id == message_id
    ]


def wish(folder, **changes):
    settings = {
        "rig": "hydrogen-engine-cell",
        "lasting": "30 s",
        "is_simulated": True,
        "plant": {},
        "seed": 4,
    }
    return MonitorWish(folder=folder, operator="ada", **(settings | changes))


class Silent:
    """Shows nothing."""

    def show(self, state, entry=None):
        pass

    def ask(self, state):
        raise AssertionError


def test_a_watched_bench_stays_in_monitor_and_nothing_is_demanded(bench):
    bench.scan(1200)
    assert bench.state == "monitor"
    assert untouched(bench)
    assert bench.loop.row.values[bench.loop.model.index["plc.heartbeat_ok"]] == 1.0
    assert bench.server.request(Snapshot("quiet", 5.0)).is_accepted
    assert bench.server.request(Note("all quiet", "ada")).is_accepted
    assert not bench.server.request(StopNow(needs_run=True)).is_accepted
    assert bench.server.request(Leave()).is_accepted
    assert bench.server.is_finished
    assert bench.close().state == "completed"
    with open_run(bench.server.path) as run:
        assert run.ending.state == "completed"
        assert run.state == "closed"
        assert len(run) == 1200
        (point,) = run.points
        assert (point.name, point.valid, point.step_id) == ("quiet", True, "")
        assert point.end_ns - point.start_ns == 5 * SECOND
        assert set(run.header.identities) == {each.name for each in bench.loop.model.connections}


def test_a_limit_is_told_and_shown_and_stops_nothing(bench):
    bench.scan(100)
    bench.sensors["plc.h2_supply_pressure"] = lambda _: 30e5
    bench.scan(60)
    assert bench.server.state().alarms == ("trailer-empty", "trailer-low")
    del bench.sensors["plc.h2_supply_pressure"]
    bench.scan(50)
    assert bench.state == "monitor"
    assert bench.server.state().alarms == ()
    assert untouched(bench)
    limits = [m.arguments["limit"] for m in told(bench, "alarm.came")]
    assert limits == ["trailer-low", "trailer-empty"]
    assert limits == [m.arguments["limit"] for m in told(bench, "alarm.returned")]


def test_what_is_lost_while_watching_is_told(bench):
    bench.until(lambda: not bench.loop.news.is_opening)  # the analyser warms up
    assert bench.seconds < CONNECT_TIMEOUT / SECOND
    assert not told(bench, "alarm.not-to-be-judged")
    bench.cut("can0")
    bench.scan(50)
    assert told(bench, "alarm.not-to-be-judged")
    assert bench.server.state().alarms
    assert untouched(bench)


def test_an_instrument_that_does_not_answer_is_told_once_and_may_come_later(bench):
    bench.mute("auxiliaries")
    bench.scan(CONNECT_TIMEOUT // (SECOND // 10) + 50)
    (missing,) = told(bench, "control.not-connected")
    assert missing.arguments["instruments"] == "auxiliaries"
    assert bench.state == "monitor"
    assert isinstance(bench._link("auxiliaries")._twin, Mute)
    bench.unmute("auxiliaries")
    bench.scan(300)
    assert bench.server.wiring.instruments["auxiliaries"].is_connected
    bench.server.request(Leave())
    bench.close()
    with open_run(bench.server.path) as run:
        assert "auxiliaries" in run.header.identities


def test_trouble_of_the_recorder_ends_it(bench, monkeypatch):
    bench.scan(20)
    trouble = Message("record.too-slow", {"path": "run.h5", "rows": 7})
    monkeypatch.setattr(type(bench.server._recorder), "trouble", property(lambda _: trouble))
    bench.scan()
    assert bench.server.is_finished
    ending = bench.close()
    assert (ending.state, ending.message) == ("error", trouble)
    assert untouched(bench)


def test_watching_for_a_time_gives_a_closed_file_without_anything_to_judge(tmp_path):
    finished = watch(wish(tmp_path), Silent(), wall=SystemClock())
    assert (finished.ending.state, finished.exit) == ("completed", Exit.PASS)
    with open_run(finished.path) as run:
        assert (run.header.protocol_name, run.header.operator) == ("monitor", "ada")
        assert run.header.rig_text
        assert not [name for name in run.texts if name.startswith("protocols/")]
        assert finished.ending.end_ns - run.header.start_ns == 30 * SECOND
        assert not run.steps
    again = judged(finished.path)
    assert (again.results, again.exit) == (None, Exit.PASS)


def test_equal_seeds_watch_the_same(tmp_path):
    rows = []
    for name in ("a", "b"):
        finished = watch(wish(tmp_path / name, lasting="5 s"), Silent(), wall=SystemClock())
        with open_run(finished.path) as run:
            rows.append(run.channel("engine.torque").values_si(0, 5 * SECOND).values.tolist())
    assert rows[0] == rows[1]


def test_virtual_time_is_watched_for_ten_minutes_and_real_time_without_end(tmp_path):
    assert seconds_of(wish(tmp_path, lasting=None)) == 600.0
    assert seconds_of(wish(tmp_path, lasting=None, is_simulated=False)) == math.inf
    assert seconds_of(wish(tmp_path, lasting="2 h")) == 7200.0


class Session:
    """The command line on a terminal of its own."""

    def __init__(self, folder, *arguments):
        self.ours, theirs = os.openpty()
        environment = os.environ | {
            "H2BENCH_LANGUAGE": "en", "TERM": "xterm", "COLUMNS": "120", "LINES": "40",
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-c", ON_ITS_TERMINAL, *arguments],
            cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs,
        )  # fmt: skip
        os.close(theirs)
        self.said = ""

    def reads(self, word):
        """Read until a word is shown."""
        while word not in self.said:
            ready, _, _ = select.select([self.ours], [], [], 60)
            assert ready, self.said
            try:
                shown = os.read(self.ours, 65536).decode(errors="replace")
            except OSError as error:  # Linux: the other end is closed
                raise AssertionError(self.said[-3000:]) from error
            self.said += re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]", "", shown)

    def type(self, keys):
        os.write(self.ours, keys.encode())

    def ends(self):
        """Read to the end; return the exit code."""
        with contextlib.suppress(OSError):  # Linux: the other end is closed
            while shown := os.read(self.ours, 65536):
                self.said += shown.decode(errors="replace")
        return self.process.wait(timeout=60)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=60)
        os.close(self.ours)


ON_ITS_TERMINAL = """\
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "bench.cli", *sys.argv[1:]])
"""


@posix
@pytest.mark.parametrize("end", ["q", "\x03"])
def test_keys_of_a_terminal_take_snapshots_and_notes_and_end_it(tmp_path, end):
    rig = "hydrogen-engine-cell"
    arguments = ("monitor", rig, "--simulated", "--for", "10000 h", "--operator", "ada")
    with contextlib.closing(Session(tmp_path, *arguments)) as session:
        session.reads("s snapshot")
        session.type("s")
        session.reads("snapshot of the last 10 s taken")
        session.type("nsmells of q")
        session.reads("smells of q")
        session.type("\n")
        session.reads("noted")
        session.type(end)
        assert session.ends() == Exit.PASS, session.said[-3000:]
    assert "nothing to judge" in session.said
    with open_run(next(tmp_path.rglob("*.h5"))) as run:
        assert run.ending.state == "completed"
        assert [point.name for point in run.points] == ["snapshot"]
        notes = [e for e in run.events if e.message.id == "control.note"]
        assert [(e.source, e.message.arguments["text"]) for e in notes] == [("ada", "smells of q")]


@posix
def test_the_stop_key_of_a_run_is_a_soft_stop(tmp_path):
    arguments = ("run", "hydrogen-engine/best-point", "--simulated")
    with contextlib.closing(Session(tmp_path, *arguments)) as session:
        session.reads("AUTOMATIC")
        session.type("sq")
        assert session.ends() == Exit.OPERATOR, session.said[-3000:]
    with open_run(next(tmp_path.rglob("*.h5"))) as run:
        assert run.ending.state == "operator"
        assert "snapshot" in [point.name for point in run.points]
