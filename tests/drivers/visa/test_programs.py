"""Programs, command tables, readers of replies, and the opener."""

import math
import subprocess
import sys

import pytest

from bench.channel import Range
from bench.clock import MILLISECOND, SECOND, SystemClock, VirtualClock
from bench.device import Connection, Demand, Driver, LinkKind, Mailbox, Port, Reading, SampleQueue
from bench.errors import InstrumentError, WrongInstrument
from bench.opener import Wanted
from bench.units import unit
from drivers.opening import open_real
from drivers.simulated.devices.yokogawa_wt import make as make_wt
from drivers.simulated.port import Terminals
from drivers.simulated.socket_server import SocketServer
from drivers.visa.numbers import number, numbers
from drivers.visa.port import Query, Write
from drivers.visa.programs import in_turns, nothing, until
from drivers.visa.scpi import identify
from drivers.visa.table import CommandTable, DemandRow, QueryRow
from drivers.visa.yokogawa_wt import DRIVER, WtOptions


def said(program, *replies):
    """Return what a program says when it is answered so, and what it returns."""
    messages, answers = [], list(replies)
    try:
        exchange = next(program)
        while True:
            messages.append(exchange.message)
            exchange = program.send(answers.pop(0) if isinstance(exchange, Query) else "")
    except StopIteration as end:
        return messages, end.value


def writes(*messages, fails=False):
    for message in messages:
        yield Write(message)
    if fails:
        raise InstrumentError("device.unknown")


def test_programs_in_turns_say_one_thing_each():
    messages, failures = said(
        in_turns([writes("A1", "A2", "A3"), writes("B1"), writes("C1", "C2")])
    )
    assert messages == ["A1", "B1", "C1", "A2", "C2", "A3"]
    assert failures == ()


def test_a_program_that_fails_does_not_stop_the_others():
    messages, failures = said(in_turns([writes("A1", fails=True), writes("B1", "B2")]))
    assert messages == ["A1", "B1", "B2"]
    assert [failure.message.id for failure in failures] == ["device.unknown"]


def test_a_program_in_time_gives_its_result():
    def program():
        return (yield Query("A?"))

    late = InstrumentError("device.action-timeout")
    limited = until(SECOND, program(), clock=VirtualClock(), late=late)
    assert said(limited, "7") == (["A?"], "7")


def test_saying_nothing_says_nothing():
    assert said(nothing()) == ([], None)


@pytest.mark.parametrize(
    ("text", "value"),
    [("12.5", 12.5), ("12.5V", 12.5), (" +1.2E+01 A", 12.0), ("420W", 420.0), ("-.5", -0.5),
     ("9.9E37", 9.9e37), ("5 %", 5.0)],
)  # fmt: skip
def test_numbers_are_read_with_and_without_a_unit(text, value):
    assert number(text) == value


@pytest.mark.parametrize("text", ["INF", "-inf", " +Infinity "])
def test_infinity_is_a_number(text):
    assert math.isinf(number(text))


def test_not_a_number_is_a_number():
    assert math.isnan(number("NAN"))


def test_all_numbers_of_a_reply_are_read():
    assert numbers("12.5V, 33.3A, 420W") == (12.5, 33.3, 420.0)


@pytest.mark.parametrize(
    "text", ["", "beep", "12,5V", "1.2.3", "V12", "1_0", "1_0 V", "INF V", "１２"]
)
def test_what_is_no_number_is_an_error(text):
    with pytest.raises(ValueError, match="not a number"):
        number(text)


VOLT, AMPERE = unit("V"), unit("A")
TABLE = CommandTable(
    queries=(
        QueryRow("MEAS:ARR?", (Reading("voltage", VOLT), Reading("current", AMPERE))),
        QueryRow("TEMP?", (Reading("temperature", unit("degC")),), period=1.0),
    ),
    settings=(
        DemandRow(Demand("current", AMPERE, Range(0, 9)), "CURR {:.2f}", "CURR?", tolerance=0.1),
        DemandRow(Demand("mode", choices=("a", "b")), "M {}", words=(("A",), ("B",))),
        DemandRow(Demand("flow", unit("kg/h"), Range(0, 1)), "F{:.1f}", is_answered=True),
    ),
)


@pytest.fixture
def port():
    driver = Driver("t", "Load 9000", LinkKind.VISA, lambda _: TABLE.readings,
                    lambda _: TABLE.demands, lambda port: port)  # fmt: skip
    connection = Connection("load", driver, "L1", SECOND)
    return Port(connection, Mailbox(TABLE.readings, 0, SampleQueue()), print, VirtualClock())


def test_the_table_polls_each_period_by_itself(port):
    fast, slow = TABLE.polls(port)
    assert said(fast.program(), "12.5V, 3A")[0] == ["MEAS:ARR?"]
    assert (slow.period, said(slow.program(), "25")[0]) == (1.0, ["TEMP?"])
    values = [(index, value) for index, value, _, _ in port.mailbox._queue]
    assert values == [(0, 12.5), (1, 3.0), (2, 298.15)]


def test_a_reply_with_another_number_of_values_cannot_be_read(port):
    fast, _ = TABLE.polls(port)
    with pytest.raises(ValueError, match=r"12\.5"):
        said(fast.program(), "12.5V")


def test_the_table_sends_in_the_unit_of_the_demand(port):
    apply = TABLE.apply(port)
    assert said(apply(0, 5.0), "5.05A")[0] == ["CURR 5.00", "CURR?"]
    assert said(apply(1, 1.0))[0] == ["M B"]
    assert said(apply(2, 1 / 3600), "ok")[0] == ["F1.0"]


def test_a_value_that_is_not_held_is_an_instrument_error(port):
    with pytest.raises(InstrumentError, match=r"load holds current at 4 A although 5\.000 A"):
        said(TABLE.apply(port)(0, 5.0), "4A")


def test_the_identity_must_match(port):
    assert said(identify(port, "load 9000"), "ACME,LOAD 9000")[1] == "ACME,LOAD 9000"
    with pytest.raises(WrongInstrument, match="Load 9000"):
        said(identify(port, "load 9000"), "ACME,LOAD 1")


def wanted(*links, clock):
    connections = [
        Connection(f"i{place}", DRIVER, link, 50 * MILLISECOND, WtOptions(rate="50 ms"))
        for place, link in enumerate(links)
    ]
    bases = {connection.name: 3 * place for place, connection in enumerate(connections)}
    return Wanted(connections, SampleQueue(), bases, lambda *_: None, clock)


def test_the_opener_connects_each_instrument_to_its_resource():
    clock = SystemClock()
    terminals = Terminals({"U1": lambda _: 24.0, "I1": lambda _: 1.0}, {})
    with SocketServer(make_wt(terminals), clock) as a, SocketServer(make_wt(terminals), clock) as b:
        request = wanted(a.resource, b.resource, clock=clock)
        wiring = open_real(request)
        assert [worker.name for worker in wiring.workers] == [a.resource, b.resource]
        assert not wiring.is_simulated
        end = clock.now() + 5 * SECOND
        while {index for index, *_ in request.queue} != set(range(6)):
            assert clock.now() < end
            clock.wait_until(min(worker.step(clock.now()) for worker in wiring.workers))
        for worker in wiring.workers:
            worker.close()
    assert {value for index, value, *_ in request.queue if index == 3} == {24.0}


def test_opening_sends_nothing():
    clock = VirtualClock()
    wiring = open_real(wanted("TCPIP::127.0.0.1::9::SOCKET", clock=clock))
    assert not wiring.instruments["i0"].is_connected


def test_drivers_load_no_visa_library():
    code = (
        "import sys, drivers.opening, drivers.visa.keysight_daq970a, drivers.visa.yokogawa_wt, "
        "drivers.simulated.devices.keysight_daq970a, drivers.simulated.socket_server; "
        "sys.exit('pyvisa' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
