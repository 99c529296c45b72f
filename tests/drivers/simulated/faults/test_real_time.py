"""Faults on real sockets and hubs of this machine, as PyVISA and python-can see them."""

import can
import pytest

from bench.clock import MILLISECOND, SECOND, SystemClock
from bench.config import Catalogue, load_rig
from bench.errors import BadReply, LinkClosed, LinkError, LinkTimeout
from drivers.simulated.faults.targets import checked_fault
from drivers.simulated.hosting import SimulatedCell, wanted_of
from drivers.visa.link import VisaLink
from drivers.visa.port import Wire

CLOCK = SystemClock()
MODEL = load_rig("hydrogen-engine-cell", Catalogue.shipped())
WANTED = wanted_of(MODEL, clock=CLOCK, plant={"warm": 1.0}, seed=3)


@pytest.fixture
def cell():
    with SimulatedCell(WANTED, has_free_ports=True) as cell:
        yield cell


@pytest.fixture
def daq(cell, manager):
    link = VisaLink(manager, cell.resources["daq"], instrument="daq", clock=CLOCK, wire=Wire())
    link.open()
    assert link.query("*IDN?").startswith("Keysight")
    yield link
    link.close()


def begin(cell, what, where, **given):
    return cell.faults.begin(
        checked_fault(cell.faults.targets, what, where, given=given), CLOCK.now()
    )


def end(cell, name):
    cell.faults.end(name, CLOCK.now())


def until(holds, seconds=60.0):
    end = CLOCK.now() + round(seconds * SECOND)
    while not holds():
        assert CLOCK.now() < end
        CLOCK.wait_until(CLOCK.now() + 5 * MILLISECOND)


def answers(link):
    """Return whether an instrument answers; a link that is lost is opened again."""
    try:
        if not link.is_open:
            link.open()
        return link.query("*IDN?", 0.2).startswith("Keysight")
    except LinkError:
        return False


@pytest.mark.parametrize(
    ("what", "given", "error"),
    [
        ("hang", {}, LinkTimeout),
        ("slow", {"delay": "0.5 s"}, LinkTimeout),
        ("drop-reply", {}, LinkTimeout),
        ("half-close", {}, LinkClosed),
        ("reset", {}, LinkError),
        ("garble", {}, BadReply),
        ("garble", {"form": "cut"}, LinkTimeout),
        ("late", {}, LinkTimeout),
    ],
)
def test_a_fault_of_the_line_is_what_pyvisa_sees(cell, daq, what, given, error):
    name = begin(cell, what, "daq", **given)
    with pytest.raises(error):
        daq.query("*IDN?", 0.2)
    assert not daq.is_open  # what comes late never answers the next question
    end(cell, name)
    until(lambda: answers(daq))


def test_a_delay_within_the_timeout_is_waited_for(cell, daq):
    begin(cell, "slow", "daq", delay="0.15 s")
    begun = CLOCK.now()
    assert daq.query("*IDN?", 2.0).startswith("Keysight")
    assert CLOCK.now() - begun >= 0.15 * SECOND


def test_every_third_reply_is_lost(cell, daq):
    begin(cell, "drop-reply", "daq", every=3)
    assert [answers(daq) for _ in range(6)] == [True, True, False, True, True, False]


def test_a_late_reply_answers_the_question_after(cell, daq):
    begin(cell, "late", "daq")
    assert not answers(daq)
    daq.open()
    assert daq.query("SYST:ERR?", 1.0).startswith("Keysight")


def test_a_neighbour_answers_the_question_before(cell, daq):
    begin(cell, "neighbour", "daq")
    assert daq.query("*IDN?", 1.0).startswith("Keysight")
    assert daq.query("SYST:ERR?", 1.0).startswith("Keysight")


@pytest.mark.parametrize("what", ["refuse", "reboot"])
def test_a_port_that_is_refused_is_there_again_afterwards(cell, daq, what):
    name = begin(cell, what, "daq")
    until(lambda: not answers(daq))
    with pytest.raises(LinkClosed):
        daq.open()
    end(cell, name)
    until(lambda: answers(daq))


def test_a_reboot_forgets_what_was_set(cell, daq):
    daq.write("ROUT:SCAN (@101)")
    assert "101" in daq.query("ROUT:SCAN?")
    name = begin(cell, "reboot", "daq")
    until(lambda: not answers(daq))
    end(cell, name)
    until(lambda: answers(daq))
    assert "101" not in daq.query("ROUT:SCAN?")


def heard(bus, seconds):
    """Return the frames of so many seconds."""
    end = CLOCK.now() + round(seconds * SECOND)
    frames = []
    while CLOCK.now() < end:
        frame = bus.recv(0.05)
        if frame is not None:
            frames.append(frame)
    return frames


def test_faults_of_nodes_and_bus_are_what_python_can_sees(cell):
    plc, dyno = 0x190, 0x183
    with can.Bus(**cell.buses["can0"]) as bus:
        until(lambda: {plc, dyno} <= {each.arbitration_id for each in heard(bus, 0.3)})
        name = begin(cell, "node-silent", "dyno")
        heard(bus, 0.1)  # what was on its way
        seen = {each.arbitration_id for each in heard(bus, 1.2)}
        assert plc in seen
        assert dyno not in seen
        end(cell, name)
        name = begin(cell, "short-frames", "plc", bytes=2)
        heard(bus, 0.1)
        status = [each for each in heard(bus, 0.5) if each.arbitration_id == plc]
        assert {each.dlc for each in status} == {2}
        end(cell, name)
        name = begin(cell, "babbling", "plc", rate="400 Hz")
        assert len(heard(bus, 0.5)) > 60
        end(cell, name)
        name = begin(cell, "bus-off", "can0")
        heard(bus, 0.1)
        assert heard(bus, 0.5) == []
        end(cell, name)
        until(lambda: heard(bus, 0.1) != [])
