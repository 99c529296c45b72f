"""Faults asked for from outside: the control socket, its file, the command."""

import json
import socket
import stat
import sys
from dataclasses import replace

import pytest

from bench.clock import MILLISECOND, SECOND, SystemClock
from bench.config import Catalogue, load_rig
from bench.errors import Refused
from drivers.simulated import commands as simulating
from drivers.simulated.addresses import links_of
from drivers.simulated.faults import commands
from drivers.simulated.faults.control import LONGEST_LINE, ControlFile, ControlServer, ask
from drivers.simulated.faults.kinds import KINDS
from drivers.simulated.faults.place import control_path, told
from drivers.simulated.hosting import SimulatedCell, wanted_of

CLOCK = SystemClock()
RIG = "hydrogen-engine-cell"
MODEL = load_rig(RIG, Catalogue.shipped())


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("H2BENCH_SERVERS", str(tmp_path))
    monkeypatch.setenv("H2BENCH_LANGUAGE", "en")


@pytest.fixture(scope="module")
def cell():
    wanted = wanted_of(MODEL, clock=CLOCK, plant={}, seed=3)
    with SimulatedCell(wanted, has_free_ports=True) as cell:
        yield cell


@pytest.fixture
def control(cell):
    with ControlServer(cell.faults, CLOCK, secret="sesame") as server:  # noqa: S106 - a test's own
        with told(MODEL, server.port, "sesame"):
            yield server
        cell.faults.clear(CLOCK.now())


def test_a_fault_is_begun_listed_and_cleared(control, capsys):
    commands.fault(RIG, "drift", "daq.oil", ["rate=2 K/min"], name="d")
    commands.fault(RIG, "hang", "daq")
    commands.fault(RIG, list_=True)
    commands.fault(RIG, "d", clear=True)
    commands.fault(RIG, clear=True)
    commands.fault(RIG, clear=True)
    shown = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert shown[0] == ["d", "has", "begun"]
    assert shown[2][:3] == ["d", "drift", "daq.oil"]
    assert shown[3][1:3] == ["hang", "daq"]
    assert shown[4] == ["d", "is", "over"]
    assert shown[5][1:] == ["is", "over"]
    assert shown[6] == ["nothing", "is", "wrong"]


def test_a_fault_ends_by_itself(control, cell):
    commands.fault(RIG, "hang", "daq", lasts="0.1 s")
    end = CLOCK.now() + 60 * SECOND
    while cell.faults.active:
        assert CLOCK.now() < end
        CLOCK.wait_until(CLOCK.now() + 5 * MILLISECOND)


def test_what_cannot_be_is_refused_with_a_sentence(control):
    with pytest.raises(Refused, match="did you mean 'hang'"):
        commands.fault(RIG, "hangs", "daq")
    with pytest.raises(Refused, match="can suffer"):
        commands.fault(RIG, "hang", "dyno")
    with pytest.raises(Refused, match="no fault 'x' now"):
        commands.fault(RIG, "x", clear=True)


def test_without_a_kind_the_vocabulary_is_shown(capsys):
    commands.fault(RIG)
    shown = capsys.readouterr().out
    assert all(name in shown for name in KINDS)


def test_nobody_answers_where_no_cell_is_served(tmp_path):
    with pytest.raises(Refused, match="h2bench simulate"):
        commands.fault(RIG, "hang", "daq")
    ControlFile("r", 1, "x").write(tmp_path / "f.json")
    with pytest.raises(Refused, match="no simulated cell"):
        ask(ControlFile.read(tmp_path / "f.json", "r"), {"do": "list"})


def test_a_cell_that_serves_other_links_is_not_asked(control):
    path = control_path(RIG)
    file = ControlFile.read(path, RIG)
    replace(file, links={**file.links, "daq": "port 1"}).write(path)
    with pytest.raises(Refused, match="not so: daq"):
        commands.fault(RIG, "hang", "daq")


def test_a_rig_with_a_real_link_is_refused(tmp_path, control):
    rig = tmp_path / "rig.yaml"
    text = MODEL.texts[f"{RIG}.yaml"]
    rig.write_text(text.replace("127.0.0.1::5025", "10.0.0.7::5025"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"10\.0\.0\.7"):
        commands.fault(str(rig), "hang", "daq")


def test_who_does_not_know_the_secret_is_hung_up_on(control, cell):
    file = replace(ControlFile.read(control_path(RIG), RIG), secret="simsalabim")  # noqa: S106 - a test's own
    with pytest.raises(Refused, match="no simulated cell"):
        ask(file, {"do": "begin", "what": "hang", "where": "daq", "given": {}})
    assert cell.faults.active == ()


@pytest.mark.parametrize(
    "said", [b"\n", b"[]\n", b"{\n", b"\xff\xfe\n", b"[" * 9000 + b"\n", b"x" * (LONGEST_LINE + 1)]
)
def test_what_is_no_request_is_hung_up_on(control, said):
    with socket.create_connection(("127.0.0.1", control.port), 2.0) as peer:
        peer.sendall(said)
        assert peer.recv(100) == b""
    assert not control.has_failed


@pytest.mark.parametrize(
    "asked",
    [
        {"do": "begin"},
        {"do": "begin", "what": "hang", "where": "daq", "given": []},
        {"do": "begin", "what": 3, "where": None, "given": {}},
        {"do": "begin", "what": "hang", "where": "daq", "given": {}, "lasts": "5 kg"},
        {"do": "clear", "id": ["x"]},
    ],
)
def test_a_malformed_request_is_answered_with_a_sentence(control, asked):
    with pytest.raises(Refused):
        ask(ControlFile.read(control_path(RIG), RIG), asked)
    assert not control.has_failed


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows other rights")
def test_the_secret_is_readable_by_its_user_only(control):
    assert stat.S_IMODE(control_path(RIG).stat().st_mode) == 0o600


def test_word_of_the_cell_is_gone_with_it_but_not_that_of_the_next(tmp_path):
    with told(MODEL, 1, "a"):
        path = control_path(RIG)
        assert json.loads(path.read_text())["links"] == links_of(MODEL.connections, MODEL.buses)
        ControlFile(RIG, 2, "b").write(path)
    assert ControlFile.read(path, RIG).port == 2


def test_simulate_takes_a_schedule_and_writes_a_log(tmp_path, capsys):
    ports = []
    for _ in range(7):
        with socket.create_server(("127.0.0.1", 0)) as server:
            ports.append(server.getsockname()[1])
    text = MODEL.texts[f"{RIG}.yaml"]
    for shipped, port in zip((29536, 29537, 5025, 7700, 10001, 5030, 5031), ports, strict=True):
        text = text.replace(f"::{shipped}::", f"::{port}::")
        text = text.replace(f"port: {shipped}", f"port: {port}")
    rig, schedule, log = (tmp_path / name for name in ("rig.yaml", "faults.yaml", "log.csv"))
    rig.write_text(text, encoding="utf-8")
    schedule.write_text("faults: [{what: hang, where: daq}]", encoding="utf-8")
    simulating.simulate(str(rig), [], 0, 0.3, schedule, log)
    assert log.read_text().startswith("utc,elapsed,running,starts,energy,fuel_valve")
    assert len(log.read_text().splitlines()) >= 2
    assert not control_path(RIG).exists()
    schedule.write_text("faults: [{what: hang, where: daw}]", encoding="utf-8")
    with pytest.raises(ValueError, match=r"faults\.yaml:1:30: .*did you mean 'daq'"):
        simulating.simulate(str(rig), [], 0, 0.3, schedule, None)
