"""The life of a link in virtual time: order, pace, safe values, loss and return."""

from itertools import pairwise

import pytest

from bench.channel import Quality, Range
from bench.clock import MILLISECOND, SECOND
from bench.device import Action, Demand, Reading, Stage
from bench.errors import DemandOutOfRange, InstrumentError, LinkTimeout, Refused
from bench.units import unit
from drivers.visa.port import Pause, Query, Wire, Write
from drivers.visa.programs import Poll, Programs
from drivers.visa.scpi import drain_errors, identify
from drivers.visa.table import CommandTable, DemandRow, QueryRow

VOLT, AMPERE, KELVIN = unit("V"), unit("A"), unit("K")
ON_OFF = (("OFF", "0"), ("ON", "1"))
TABLE = CommandTable(
    queries=(QueryRow("MEAS:VOLT?", (Reading("voltage", VOLT),)),),
    settings=(
        DemandRow(
            Demand("current", AMPERE, Range(0.0, 330.0)), "CURR {:.3f}", "CURR?", tolerance=0.01
        ),
        DemandRow(Demand("input", choices=("off", "on")), "INP {}", "INP?", words=ON_OFF),
        DemandRow(Demand("coolant", KELVIN, Range(280.0, 360.0)), "TEMP {:.1f}", reapply=True),
    ),
)
CURRENT, INPUT, COOLANT = range(3)
IDN = ("*IDN?", "ACME,LOAD 9000,1,1")
VOLTS = ("MEAS:VOLT?", "12.5V")


def programs(**more):
    def make(port):
        return Programs(
            identify=lambda: identify(port, "LOAD 9000"),
            polls=TABLE.polls(port),
            apply=TABLE.apply(port),
            reapply=TABLE.reapply,
            **{name: value(port) for name, value in more.items()},
        )

    return make


@pytest.fixture
def load(stand):
    def make(*script, wire=None, actions=(), **more):
        return stand(
            programs(**more),
            *script,
            readings=TABLE.readings,
            demands=TABLE.demands,
            actions=actions,
            wire=wire,
        )

    return make


@pytest.fixture
def connected(load):
    """Return a load that has been connected and polled once."""

    def make(*script, **more):
        stand = load(IDN, VOLTS, **more)
        stand.converse()
        stand.link.expect(*script)
        return stand

    return make


def test_identity_comes_first_then_the_setup_then_the_polls(load):
    def setup(port):
        def program():
            yield Write("SYST:LOCK ON")
            assert (yield Query("SYST:LOCK:OWN?")) == "REMOTE"

        return program

    lock = (("SYST:LOCK ON", None), ("SYST:LOCK:OWN?", "REMOTE"))
    stand = load(IDN, *lock, VOLTS, setup=setup)
    stand.converse()
    assert stand.instrument.identity == "ACME,LOAD 9000,1,1"
    assert stand.instrument.is_connected
    assert stand.told() == ["device.connected"]
    assert list(stand.queue) == [(0, 12.5, 0, Quality.OK)]


def test_nothing_is_sent_to_another_instrument_than_the_configured_one(load):
    stand = load(("*IDN?", "ACME,POWER SUPPLY,1,1"))
    stand.instrument.make_safe({INPUT: 0.0})
    stand.converse()
    assert not stand.instrument.is_connected
    assert not stand.link.is_open
    (_, _, message), *_ = stand.reports
    assert message.id == "device.not-connected"
    assert "POWER SUPPLY" in message.text()
    assert "Tested instrument" in message.text()


def test_one_step_is_one_exchange_at_most(connected):
    stand = connected()
    for value in (1.0, 2.0):
        stand.instrument.demand(CURRENT, value)
    stand.link.expect(("CURR 2.000", None), ("CURR?", "2.000A"), VOLTS)
    before = len(stand.link.said)
    for count in (1, 2, 3):
        stand.step()
        assert len(stand.link.said) == before + count


def test_the_pacing_gap_is_kept_between_all_exchanges(load):
    stand = load(IDN, VOLTS, VOLTS, wire=Wire(gap=0.01))
    times = []
    while stand.link.expected:
        said = len(stand.link.said)
        stand.step()
        if len(stand.link.said) > said:
            times.append(stand.clock.now())
    assert times == [0, 10 * MILLISECOND, 60 * MILLISECOND]


def test_a_wake_up_does_not_break_the_pacing(load):
    stand = load(IDN, VOLTS, wire=Wire(gap=0.01))
    stand.step()
    stand.instrument.demand(CURRENT, 1.0)
    stand.now_step()
    assert stand.link.said == ["*IDN?"]
    assert stand.due == 10 * MILLISECOND


def test_polls_keep_their_period(connected):
    stand = connected(*[VOLTS] * 4)
    stand.run(0.201)
    assert [time for _, _, time, _ in stand.queue] == [k * 50 * MILLISECOND for k in range(5)]


def test_a_poll_that_is_far_off_is_made_at_once_where_that_is_asked_for(connected):
    stand = connected(*[VOLTS] * 3)
    stand.clock.wait_until(20 * MILLISECOND)
    stand.worker.refresh(50 * MILLISECOND)  # it comes not later than then anyway
    stand.now_step()
    assert len(stand.queue) == 1
    stand.worker.refresh(49 * MILLISECOND)
    stand.now_step()
    stand.run(0.101)
    assert [time // MILLISECOND for _, _, time, _ in stand.queue] == [0, 20, 70, 120]


def test_a_poll_that_is_far_off_leaves_the_instrument_time_to_measure_anew(stand):
    what = {"readings": TABLE.readings, "demands": TABLE.demands}
    stand = stand(programs(), IDN, VOLTS, period=10_000 * MILLISECOND, **what)
    stand.converse()
    stand.link.expect(VOLTS)
    stand.clock.wait_until(500 * MILLISECOND)
    assert stand.worker.refresh(1500 * MILLISECOND)
    assert not stand.worker.refresh(1500 * MILLISECOND)
    stand.now_step()
    stand.run(1.5)
    assert [time // MILLISECOND for _, _, time, _ in stand.queue] == [0, 1300]


def test_a_late_poll_keeps_the_rhythm_and_does_not_catch_up(connected):
    stand = connected(*[VOLTS] * 3)
    stand.clock.wait_until(170 * MILLISECOND)
    stand.converse()
    assert [time // MILLISECOND for _, _, time, _ in stand.queue] == [0, 170, 200, 250]


def test_a_demand_is_sent_and_verified(connected):
    stand = connected(("CURR 100.000", None), ("CURR?", "100.004A"))
    stand.instrument.demand(CURRENT, 100.0)
    stand.now_step()
    stand.converse()
    assert stand.told() == ["device.connected"]


def test_a_demand_that_is_not_taken_is_reported_and_the_error_queue_read(connected):
    stand = connected(
        housekeep=lambda port: Poll(lambda: drain_errors(port), 60.0),
    )
    stand.link.expect(("SYST:ERR?", '0,"No error"'))
    stand.converse()
    stand.link.expect(
        ("CURR 100.000", None),
        ("CURR?", "50.000A"),
        ("SYST:ERR?", '-222,"Data out of range"'),
        ("SYST:ERR?", '0,"No error"'),
    )
    stand.instrument.demand(CURRENT, 100.0)
    stand.now_step()
    stand.converse()
    assert stand.told()[1:] == ["device.demand-not-taken", "device.instrument-error"]
    text = stand.reports[1][2].text()
    assert "50 A" in text
    assert "100.0 A" in text


def test_a_word_is_verified_in_all_its_spellings(connected):
    stand = connected(("INP ON", None), ("INP?", "1"))
    stand.instrument.demand(INPUT, 1.0)
    stand.now_step()
    stand.converse()
    assert stand.told() == ["device.connected"]


def test_only_the_newest_demand_is_sent(connected):
    stand = connected(("CURR 3.000", None), ("CURR?", "3"))
    for value in (1.0, 2.0, 3.0):
        stand.instrument.demand(CURRENT, value)
    stand.now_step()
    stand.converse()


@pytest.mark.parametrize("value", [-0.1, 330.1, float("nan"), float("inf")])
def test_a_demand_outside_the_range_never_reaches_the_wire(connected, value):
    stand = connected()
    with pytest.raises(DemandOutOfRange) as caught:
        stand.instrument.demand(CURRENT, value)
    text = caught.value.text()
    assert "tested" in text
    assert "current" in text
    assert "330" in text
    assert not stand.instrument.has_news


def test_a_choice_that_does_not_exist_is_refused(connected):
    stand = connected()
    with pytest.raises(DemandOutOfRange, match="off, on"):
        stand.instrument.demand(INPUT, 2.0)


def test_safe_values_go_before_everything_queued_and_are_on_the_wire_before_one_is_verified(
    connected,
):
    stand = connected(("CURR 200.000", None))
    stand.instrument.demand(CURRENT, 200.0)
    stand.now_step()
    stand.instrument.demand(COOLANT, 300.0)
    stand.instrument.make_safe({INPUT: 0.0, CURRENT: 0.0})
    stand.link.expect(("INP OFF", None), ("CURR 0.000", None), ("INP?", "0"), ("CURR?", "0.000A"))
    while stand.link.expected:
        stand.now_step()
    assert stand.clock.now() == 0  # nothing else came between, not even the next poll
    assert stand.told() == ["device.connected"]


def test_safe_values_go_before_an_overdue_poll(connected):
    stand = connected(("INP OFF", None), ("INP?", "0"), VOLTS)
    stand.clock.wait_until(170 * MILLISECOND)
    stand.instrument.make_safe({INPUT: 0.0})
    stand.converse()


def test_a_safe_value_that_is_not_taken_is_tried_again_and_reported(connected):
    off = [("INP OFF", None), ("INP?", "1")]
    stand = connected(*off)
    stand.instrument.make_safe({INPUT: 0.0})
    stand.now_step()
    stand.converse()
    stand.link.expect(*[VOLTS] * 19, *off, *[VOLTS] * 20, *off)
    stand.converse()
    assert stand.told().count("device.demand-not-taken") == 3
    stand.link.expect(*[VOLTS] * 40)
    stand.converse()


def test_a_safe_value_outside_the_range_is_limited_and_reported(connected):
    stand = connected(("CURR 0.000", None), ("CURR?", "0"))
    stand.instrument.make_safe({CURRENT: -5.0})
    stand.now_step()
    stand.converse()
    assert "device.safe-value-limited" in stand.told()


def test_a_lost_link_marks_the_readings_is_reported_once_and_comes_back(connected, gone):
    stand = connected(("MEAS:VOLT?", gone))
    stand.link.refusals.extend([gone, gone])
    stand.converse()
    assert not stand.instrument.is_connected
    assert stand.queue[-1][3] == Quality.DISCONNECTED
    stand.link.expect(IDN, VOLTS)
    stand.converse()
    assert stand.told() == ["device.connected", "device.lost", "device.reconnected"]
    assert stand.instrument.is_connected
    assert stand.queue[-1][3] == Quality.OK


def test_the_wait_before_a_link_is_reopened_doubles_up_to_half_a_second(load, gone):
    stand = load()
    stand.link.refusals.extend([gone] * 12)
    times = []
    for _ in range(10):
        stand.step()
        times.append(stand.clock.now())
    waits = [round((b - a) / SECOND, 3) for a, b in pairwise(times)]
    assert waits == [0.1, 0.2, 0.4, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
    assert stand.told() == ["device.not-connected"]


def test_an_output_with_power_is_not_demanded_again_after_a_lost_link(connected, gone):
    stand = connected(("CURR 10.000", None), ("CURR?", "10"), ("MEAS:VOLT?", gone))
    stand.instrument.demand(CURRENT, 10.0)
    stand.now_step()
    stand.converse()
    stand.link.expect(IDN, VOLTS, VOLTS, VOLTS)
    stand.converse()
    assert stand.link.said.count("CURR 10.000") == 1


def test_a_demand_that_may_be_is_sent_again_after_a_lost_link(connected, gone):
    stand = connected(("TEMP 300.0", None), ("MEAS:VOLT?", gone))
    stand.instrument.demand(COOLANT, 300.0)
    stand.now_step()
    stand.converse()
    stand.link.expect(IDN, ("TEMP 300.0", None), VOLTS)
    stand.converse()


def test_a_demand_lost_with_the_link_is_reported_and_never_sent_later(connected, gone):
    stand = connected(("CURR 10.000", gone))
    stand.instrument.demand(CURRENT, 10.0)
    stand.now_step()
    stand.converse()
    stand.link.expect(IDN, VOLTS, VOLTS)
    stand.converse()
    assert "device.demand-lost" in stand.told()
    assert stand.link.said.count("CURR 10.000") == 1


def test_a_demand_given_while_the_link_is_down_is_reported_and_not_sent(connected, gone):
    stand = connected(("MEAS:VOLT?", gone))
    stand.converse()
    stand.instrument.demand(CURRENT, 10.0)
    stand.link.expect(IDN, VOLTS, VOLTS)
    stand.converse()
    assert "device.demand-lost" in stand.told()
    assert "CURR 10.000" not in stand.link.said


def test_safe_values_survive_a_lost_link_and_go_before_the_setup(load, gone):
    def setup(port):
        def program():
            yield Write("SETUP")

        return program

    stand = load(IDN, ("SETUP", None), VOLTS, setup=setup)
    stand.converse()
    stand.link.expect(("INP OFF", gone))
    stand.instrument.make_safe({INPUT: 0.0})
    stand.now_step()
    stand.link.expect(IDN, ("INP OFF", None), ("INP?", "0"), ("SETUP", None), VOLTS)
    stand.converse()


def test_a_reply_that_cannot_be_read_drops_the_session(connected):
    stand = connected(("MEAS:VOLT?", "beep"))
    stand.converse()
    assert not stand.link.is_open
    assert stand.told()[-1] == "device.lost"
    assert "beep" in stand.reports[-1][2].text()


def test_an_overload_is_bad_and_not_a_number(connected):
    stand = connected(("MEAS:VOLT?", "9.9E37"), ("MEAS:VOLT?", "NAN"), ("MEAS:VOLT?", "+INF"))
    stand.converse()
    assert [quality for *_, quality in stand.queue][1:] == [Quality.BAD] * 3


def test_an_instrument_error_in_a_poll_is_said_once_and_keeps_the_link(stand):
    def polls(port):
        def program():
            if (yield Query("STAT?")) != "0":
                raise InstrumentError("device.instrument-error", instrument="x", code=1, text="y")

        return (Poll(program),)

    def make(port):
        return Programs(identify=lambda: identify(port, "A"), polls=polls(port))

    bad, good = ("STAT?", "1"), ("STAT?", "0")
    tested = stand(make, ("*IDN?", "A"), bad, bad, good, bad)
    tested.converse()
    assert tested.told() == ["device.connected", *["device.instrument-error"] * 2]
    assert tested.link.openings == 1


def test_the_error_queue_is_drained_with_a_cap(connected):
    endless = [("SYST:ERR?", '-113,"Undefined header;MEAS:VOLT?"')] * 32
    stand = connected(*endless, VOLTS, housekeep=lambda port: Poll(lambda: drain_errors(port), 2.0))
    stand.converse()
    assert stand.told().count("device.instrument-error") == 32
    assert "MEAS:VOLT?" in stand.reports[-1][2].text()


# -- actions --------------------------------------------------------------------------------

ZERO = Action("zero", duration=1.0, timeout=3.0)


def zero(port):
    def program():
        yield Write("ZERO")
        yield Pause(0.12)
        while (yield Query("ZERO?")) != "1":
            yield Pause(1.0)
        return {"offset": 0.5}

    return {"zero": program}


def test_an_action_runs_beside_the_polls_and_tells_what_it_found(connected):
    stand = connected(("ZERO", None), VOLTS, VOLTS, ("ZERO?", "1"), actions=(ZERO,))
    stand.instrument.programs.actions.update(zero(stand.instrument.port))
    stand.instrument.start("zero")
    assert stand.instrument.progress().stage is Stage.RUNNING
    stand.now_step()
    stand.converse()
    progress = stand.instrument.progress()
    assert progress.stage is Stage.DONE
    assert progress.results == {"offset": 0.5}


def test_an_action_that_takes_too_long_has_failed(connected):
    stand = connected(("ZERO", None), VOLTS, VOLTS, actions=(ZERO,))
    asked = ("ZERO?", "0")
    stand.link.expect(asked, *[VOLTS] * 20, asked, *[VOLTS] * 20, asked, *[VOLTS] * 21)
    stand.instrument.programs.actions.update(zero(stand.instrument.port))
    stand.instrument.start("zero")
    stand.now_step()
    stand.converse()
    progress = stand.instrument.progress()
    assert progress.stage is Stage.FAILED
    assert progress.message.id == "device.action-timeout"


def test_an_action_fails_when_the_link_is_lost(connected, gone):
    stand = connected(("ZERO", None), ("MEAS:VOLT?", gone), actions=(ZERO,))
    stand.instrument.programs.actions.update(zero(stand.instrument.port))
    stand.instrument.start("zero")
    stand.now_step()
    stand.converse()
    assert stand.instrument.progress().message.id == "device.action-interrupted"


def test_an_action_is_refused_while_another_runs_and_when_it_does_not_exist(connected):
    stand = connected(actions=(ZERO,))
    with pytest.raises(Refused, match="zero"):
        stand.instrument.start("span")
    stand.instrument.start("zero")
    with pytest.raises(Refused, match="busy"):
        stand.instrument.start("zero")


def test_an_action_without_a_connection_has_failed_at_once(load):
    stand = load(actions=(ZERO,))
    stand.instrument.start("zero")
    assert stand.instrument.progress().message.id == "device.action-needs-link"


def test_closing_says_nothing_and_leaves_outputs_as_they_are(connected):
    stand = connected()
    stand.worker.close()
    assert not stand.link.is_open
    assert not stand.instrument.is_connected


def test_a_timeout_is_a_lost_link(connected):
    timeout = LinkTimeout(
        "link.timeout", instrument="tested", link="L1", message="MEAS:VOLT?", timeout="0.3 s"
    )
    stand = connected(("MEAS:VOLT?", timeout))
    stand.converse()
    assert "0.3 s" in stand.reports[-1][2].text()
    assert "0.3 s" in stand.reports[-1][2].text("zh")
