"""The conversation with a DAQ970A, lines as in its programming guide."""

import pytest
from hypothesis import given as always
from hypothesis import strategies as st
from pydantic import ValidationError

from bench.channel import Quality
from bench.clock import MILLISECOND, SECOND
from bench.units import unit
from drivers.simulated.devices.keysight_daq970a import make
from drivers.simulated.port import Terminals
from drivers.simulated.text_link import InProcessLink
from drivers.visa.daq970a_inputs import DaqOptions
from drivers.visa.keysight_daq970a import DRIVER, block_text
from drivers.visa.port import never

IDN = (
    "*IDN?",
    "Keysight Technologies,DAQ970A,MY58000123,A.03.02-01.00-03.01-00.02-01.00-02.00",
)
INPUTS = {
    "fuel_flow": {
        "channel": 121,
        "measure": "current",
        "scale": {"4 mA": "0 kg/h", "20 mA": "40 kg/h"},
    },
    "oil": {"channel": 102, "measure": "TC,K"},
    "intake": {"channel": 101, "measure": "PT100", "unit": "K"},
    "rail": {"channel": 103, "measure": "voltage", "scale": {"0 V": "0 bar", "10 V": "50 bar"}},
}
SETUP = [
    ("ABOR", None),
    ("*CLS", None),
    ("CONF:CURR:DC 0.1,(@121)", None),
    ("CONF:TEMP TC,K,(@102)", None),
    ("CONF:TEMP RTD,85,(@101)", None),
    ("CONF:VOLT:DC 100,(@103)", None),
    ("CURR:DC:NPLC 1,(@121)", None),
    ("TEMP:NPLC 1,(@101,102)", None),
    ("VOLT:DC:NPLC 1,(@103)", None),
    ("UNIT:TEMP C,(@101,102)", None),
    ("TEMP:TRAN:TC:CHEC ON,(@102)", None),
    ("FORM:READ:UNIT OFF", None),
    ("FORM:READ:ALAR OFF", None),
    ("FORM:READ:CHAN ON", None),
    ("FORM:READ:TIME ON", None),
    ("FORM:READ:TIME:TYPE REL", None),
    ("ROUT:SCAN (@101,102,103,121)", None),
    ("TRIG:SOUR TIM", None),
    ("TRIG:TIM 1.000", None),
    ("TRIG:COUN INF", None),
    ("SYST:ERR?", '+0,"No error"'),
    ("INIT", None),
    ("SYST:ERR?", '+0,"No error"'),
]
DRAINED = ("SYST:ERR?", '+0,"No error"')
BEGUN = [IDN, *SETUP]


def options(**inputs):
    return DaqOptions.model_validate({"inputs": inputs or INPUTS})


@pytest.fixture
def daq(driver_stand):
    def make_stand(*script):
        return driver_stand(DRIVER, options(), *script, period=SECOND)

    return make_stand


def block(text):
    return f"#{len(str(len(text)))}{len(text)}{text}"


SWEEP = block(
    "+2.50000000E+01,000000000.024,101,+9.00000000E+01,000000000.048,102,"
    "+5.00000000E+00,000000000.072,103,+1.20000000E-02,000000000.096,121"
)


def test_the_set_up_follows_the_order_of_the_manual_and_checks_for_errors(daq):
    stand = daq(*BEGUN)
    stand.converse()
    assert stand.link.said[-1] == "SYST:ERR?"


def test_readings_are_posted_in_si_with_the_time_they_were_measured(daq):
    stand = daq(*BEGUN, ("R? 200", SWEEP))
    stand.converse()
    values = {index: (value, time, quality) for index, value, time, quality in stand.queue}
    assert values[0] == (pytest.approx(20.0 / 3600), 96 * MILLISECOND, Quality.OK)
    assert values[1] == (pytest.approx(363.15), 48 * MILLISECOND, Quality.OK)
    assert values[2] == (pytest.approx(298.15), 24 * MILLISECOND, Quality.OK)
    assert values[3] == (pytest.approx(25e5), 72 * MILLISECOND, Quality.OK)


def test_an_empty_memory_posts_nothing(daq):
    stand = daq(*BEGUN, ("R? 200", "#10"), DRAINED, ("R? 200", "#10"))
    stand.converse()
    assert not stand.queue


@pytest.mark.parametrize(
    ("milliampere", "quality"),
    [(3.5, Quality.BAD), (3.7, Quality.OK), (20.9, Quality.OK), (21.1, Quality.BAD)],
)
def test_a_loop_current_outside_of_namur_ne_43_is_a_transmitter_fault(daq, milliampere, quality):
    reading = block(f"{milliampere / 1000:+.8E},000000000.024,121")
    stand = daq(*BEGUN, ("R? 200", reading))
    stand.converse()
    assert stand.queue[-1][3] == quality


def test_an_open_thermocouple_is_bad_and_not_a_number(daq):
    stand = daq(*BEGUN, ("R? 200", block("+9.90000000E+37,000000000.024,102")))
    stand.converse()
    _, value, _, quality = stand.queue[-1]
    assert value != value  # noqa: PLR0124 - not a number is not itself
    assert quality == Quality.BAD


def test_no_reading_comes_from_the_future_when_the_instruments_clock_runs_fast(daq):
    stand = daq(*BEGUN)
    stand.converse()
    stand.link.expect(("R? 200", block("+2.50000000E+01,000000000.500,101")))
    stand.converse()
    assert stand.queue[-1][2] <= stand.clock.now()


def test_a_set_up_the_instrument_refuses_is_reported_and_tried_again(daq):
    refused = [*SETUP[:20], ("SYST:ERR?", '+305,"Not able to perform requested operation"')]
    stand = daq(IDN, *refused)
    stand.converse()
    assert stand.told() == ["device.not-connected"]
    assert "305" in stand.reports[0][2].text()
    assert not stand.link.is_open


@pytest.mark.parametrize("reply", ["#15hell", "hello", "", "#17+1,2,3", "#", "#9"])
def test_a_reply_that_is_no_whole_block_drops_the_session(daq, reply):
    stand = daq(*BEGUN, ("R? 200", reply))
    stand.converse()
    assert not stand.link.is_open


def test_the_block_of_the_manual_is_read():
    # Keysight DAQ970A/DAQ973A Programming Guide, R? command
    text = "#247+8.11900000E-03,+5.15280000E-03,+3.11220000E-03"
    assert block_text(text).split(",") == ["+8.11900000E-03", "+5.15280000E-03", "+3.11220000E-03"]


def test_a_scan_longer_than_its_period_is_reported(driver_stand):
    slow = options(oil={"channel": 101, "measure": "TC,K", "nplc": 200})
    stand = driver_stand(DRIVER, slow, IDN, ("ABOR", None), period=SECOND)
    stand.converse()
    assert stand.told() == ["device.scan-too-slow"]


# -- inputs ---------------------------------------------------------------------------------


def test_readings_have_unit_and_range_of_sensor_or_scale():
    flow, oil, intake, _ = DRIVER.readings(options())
    assert flow.unit == unit("kg/h")
    assert (flow.range.low, flow.range.high) == (0.0, pytest.approx(40 / 3600))
    assert oil.unit == unit("degC")
    assert oil.range.high == pytest.approx(1523.15)
    assert intake.unit == unit("K")


def test_a_range_of_the_rig_goes_before_that_of_the_sensor():
    given = {"channel": 101, "measure": "TC,K", "range": ("0 degC", "150 degC")}
    (reading,) = DRIVER.readings(options(oil=given))
    assert reading.range.low == pytest.approx(273.15)
    assert reading.range.high == pytest.approx(423.15)


def test_a_shunt_turns_a_voltage_channel_into_a_current_input():
    given = {
        "channel": 105,
        "measure": "current",
        "shunt": "100 ohm",
        "scale": {"4 mA": "0 bar_g", "20 mA": "10 bar_g"},
    }
    (line,) = options(pressure=given).lines
    assert line.configure == "CONF:VOLT:DC 10"
    assert line.slope * 1.2 + line.offset == pytest.approx(5.0)  # 12 mA
    assert line.valid.low == pytest.approx(0.36)
    assert line.reading.unit.reference == "gauge"


@always(
    low=st.floats(-100.0, 100.0),
    span=st.floats(0.01, 1e4),
    share=st.floats(0.0, 1.0),
)
def test_a_scale_is_a_straight_line_through_its_two_points(low, span, share):
    scale = {"4 mA": f"{low} degC", "20 mA": f"{low + span} degC"}
    (line,) = options(t={"channel": 121, "measure": "current", "scale": scale}).lines
    number = line.slope * (0.004 + 0.016 * share) + line.offset
    assert number == pytest.approx(low + span * share, abs=1e-6 * (1 + abs(low) + span))


@always(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=50))
def test_what_the_twin_packs_into_a_block_the_driver_unpacks(numbers):
    text = ",".join(f"{each:+.8E}" for each in numbers)
    assert block_text(block(text)) == text


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"channel": 101, "measure": "current"}, "21 and 22"),
        ({"channel": 121, "measure": "TC,K"}, "21 and 22"),
        ({"channel": 130, "measure": "TC,K"}, "130"),
        ({"channel": 111, "measure": "PT100,4-wire"}, "four wires"),
        ({"channel": 121, "measure": "current", "scale": {"4 mA": "0 kg/h"}}, "two"),
        ({"channel": 121, "measure": "current", "scale": {"4 V": "0 K", "5 V": "1 K"}}, "two"),
        ({"channel": 121, "measure": "current", "scale": {"4 mA": "0 K", "9 mA": "1 bar"}}, "two"),
        ({"channel": 101, "measure": "TC,K", "unit": "bar"}, "bar"),
        ({"channel": 101, "measure": "TC,K", "range": ("0 bar", "1 bar")}, "bar"),
        ({"channel": 101, "measure": "TC,K", "nplc": 3}, "0.02"),
        ({"channel": 101, "measure": "current", "shunt": "100 mA"}, "ohm"),
        ({"channel": 101, "measure": "TC,X"}, "TC,K"),
    ],
)
def test_an_input_that_cannot_work_is_refused_with_the_reason(given, names):
    with pytest.raises(ValidationError) as caught:
        options(wrong=given)
    assert names in str(caught.value)


def test_a_channel_has_one_input():
    twice = {"channel": 101, "measure": "TC,K"}
    with pytest.raises(ValidationError, match="two inputs"):
        options(a=twice, b=twice)


def test_a_four_wire_sensor_needs_the_channel_ten_above():
    four_wire = {"channel": 101, "measure": "PT100,4-wire"}
    with pytest.raises(ValidationError, match="111"):
        options(a=four_wire, b={"channel": 111, "measure": "TC,K"})


# -- against the twin -----------------------------------------------------------------------


@pytest.fixture
def daq_on_twin(driver_stand):
    """Return a driver on its twin, and the twin's terminals."""

    def make_stand(given, signals, period=SECOND):
        twin = make(Terminals(signals, {}, options=given))

        def link(instrument, port):
            class Stepping(InProcessLink):
                def query(self, message, timeout=0.3, give_up=never):
                    twin.step(port.clock.now())
                    return super().query(message, timeout, give_up)

            return Stepping(twin, instrument="daq", clock=port.clock, wire=instrument.wire)

        return driver_stand(DRIVER, given, link=link, period=period)

    return make_stand


def test_driver_and_twin_agree(daq_on_twin):
    signals = {"121": lambda _: 0.012, "102": lambda _: 363.15, "101": lambda _: 298.15,
               "103": lambda _: 5.0}  # fmt: skip
    stand = daq_on_twin(options(), signals)
    stand.run(3.5)
    assert stand.told() == ["device.connected"]
    expected = [20.0 / 3600, 363.15, 298.15, 25e5]
    for index, value in enumerate(expected):
        samples = [sample for sample in stand.queue if sample[0] == index]
        assert [sample[1] for sample in samples] == [pytest.approx(value)] * 4
        assert len({sample[2] for sample in samples}) == 4  # no reading is posted twice
        assert all(sample[3] == Quality.OK for sample in samples)


def test_the_shunt_of_the_rig_is_in_the_twin_too(daq_on_twin):
    given = options(
        p={
            "channel": 105,
            "measure": "current",
            "shunt": "100 ohm",
            "scale": {"4 mA": "0 bar", "20 mA": "10 bar"},
        }
    )
    stand = daq_on_twin(given, {"105": lambda _: 0.012})
    stand.run(1.5)
    assert stand.queue[0][1] == pytest.approx(5e5)


def test_a_sensor_that_opens_is_bad(daq_on_twin):
    given = options(oil={"channel": 101, "measure": "TC,K"})
    stand = daq_on_twin(given, {"101": lambda now: 300.0 if now < SECOND else float("nan")})
    stand.run(2.5)
    assert [quality for *_, quality in stand.queue] == [Quality.OK, Quality.BAD, Quality.BAD]


def test_after_a_lost_link_old_readings_are_not_posted_as_new(daq_on_twin):
    given = options(oil={"channel": 101, "measure": "TC,K"})
    stand = daq_on_twin(given, {"101": lambda _: 300.0})
    stand.run(2.5)
    stand.link.close()
    stand.run(3.0)
    times = [time for *_, time, quality in stand.queue if quality == Quality.OK]
    assert len(times) == len(set(times))
    assert times == sorted(times)
