"""What a run refuses before anything moves, and what it does when its own means fail."""

import errno
import os
from dataclasses import replace

import pytest

from bench.clock import SECOND, VirtualClock
from bench.errors import ConfigError, Refused, RunFileError
from bench.messages import Message
from bench.record import recorder
from bench.runs import open_run
from bench.service.opening import CONNECT_TIMEOUT
from protocols import execution
from tests.system.virtual_bench import LOADED, VirtualBench


class Stranger:
    """Another instrument at this address."""

    def receive(self, data, now):
        return b"ACME,Toaster 3000,0815,1.0\n" if b"*IDN?" in data else b""

    def step(self, now):
        return now + SECOND


class Silent:
    """Nobody at this address."""

    def receive(self, data, now):
        return b""

    def step(self, now):
        return now + SECOND


def refused(bench):
    """Step until the server refuses; return its sentence."""
    while not bench.is_over:
        bench.scan()
    assert isinstance(bench.failure, Refused)
    return str(bench.failure)


def untouched(bench):
    """Return whether nothing was ever asked of the plant."""
    return not bench.loop.sequencer and bench.truth.speed == 0 and not bench.truth.fuel_valve_open


@pytest.mark.parametrize(("name", "twin"), [("daq", Silent()), ("auxiliaries", Silent())])
def test_an_instrument_that_never_answers_is_named_after_the_connect_timeout(tmp_path, name, twin):
    bench = VirtualBench(tmp_path)
    bench._link(name)._twin = twin
    sentence = refused(bench)
    assert f": {name}." in sentence
    assert "othing moved" in sentence
    assert CONNECT_TIMEOUT <= bench.loop.row.time <= CONNECT_TIMEOUT + SECOND
    assert untouched(bench)
    assert bench.close().state == "refused"
    with open_run(bench.server.path) as run:
        assert run.ending.state == "refused"
        assert run.ending.message.text() == sentence


def test_somebody_else_at_an_address_is_named_and_nothing_moves(tmp_path):
    bench = VirtualBench(tmp_path)
    bench._link("auxiliaries")._twin = Stranger()
    assert "auxiliaries" in refused(bench)
    assert untouched(bench)
    bench.close()
    with open_run(bench.server.path) as run:
        told = [event.message.text() for event in run.events if event.source == "auxiliaries"]
    assert any("Toaster 3000" in sentence for sentence in told)


def test_a_bus_without_anybody_is_refused_with_all_its_names(tmp_path):
    bench = VirtualBench(tmp_path)
    bench.cut("can0")
    sentence = refused(bench)
    assert all(name in sentence for name in ("dyno", "flange", "plc"))
    assert untouched(bench)
    bench.close()


def test_a_limit_that_is_violated_forbids_to_start(tmp_path):
    bench = VirtualBench(tmp_path)
    bench.sensors["flange.speed"] = lambda _: 300.0
    assert "overspeed" in refused(bench)
    assert untouched(bench)
    bench.close()


def test_an_emergency_stop_that_is_pressed_forbids_to_start(tmp_path):
    bench = VirtualBench(tmp_path)
    bench.is_stop_pressed = True
    assert "safety chain is open" in refused(bench)
    assert bench.state == "tripped"
    assert untouched(bench)
    bench.close()


def test_a_folder_that_cannot_be_made_refuses_before_anything_is_opened(tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(RunFileError, match="file"):
        VirtualBench(tmp_path / "file" / "runs")


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="Windows reserves by writing")
def test_a_full_disk_refuses_before_anything_is_opened(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(RunFileError, match="No space"):
        VirtualBench(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="Windows reserves by writing")
def test_a_disk_that_fills_up_ends_the_run_softly_and_the_file_says_so(tmp_path, monkeypatch):
    # so that the next piece of the log is needed soon
    monkeypatch.setattr(recorder, "segment_size", lambda *_: 64 * 1024)
    bench = VirtualBench(tmp_path)
    bench.until_step("load")

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    bench.until(lambda: bench.loop.stop is not None)
    stopped = bench.loop.row.time
    assert bench.loop.stop.state == "error"
    assert bench.loop.stop.message.id == "record.disk-full-reserve"
    assert not bench.loop.stop.is_hard
    bench.until(lambda: bench.is_over)
    assert bench.failure is None
    assert not bench.truth.fuel_valve_open
    assert bench.truth.speed < 2.6
    monkeypatch.undo()
    assert bench.close().state == "error"
    assert [path.name for path in tmp_path.iterdir()] == [bench.server.path.name]
    with open_run(bench.server.path) as run:
        assert run.ending.state == "error"
        ids = [event.message.id for event in run.events]
        assert ids.count("record.disk-full-reserve") == 1
        assert run.timeline[-1] >= bench.loop.row.time > stopped


def test_a_disk_that_is_full_before_anything_moves_refuses_to_start(tmp_path, monkeypatch):
    bench = VirtualBench(tmp_path)
    full = Message("record.disk-full-reserve", {"path": bench.server.path})
    monkeypatch.setattr(recorder.RunWriter, "trouble", full)
    bench.until(lambda: bench.failure is not None)
    assert isinstance(bench.failure, Refused)
    assert bench.failure.message.id == "record.disk-full-reserve"
    assert untouched(bench)
    bench.close()


def test_a_simulation_is_refused_parameters_on_a_real_bench(tmp_path):
    wish = execution.Wish(
        protocol=str(LOADED),
        rig=None,
        parameters={},
        is_simulated=False,
        plant={"leak_rate": "1 g/s"},
        seed=None,
        folder=tmp_path,
        operator="",
        answers_prompts=True,
    )
    with pytest.raises(ConfigError, match="TCPIP"):
        execution.ordered(wish, VirtualClock())
    assert execution.ordered(replace(wish, plant={}), VirtualClock()).is_simulated is False
