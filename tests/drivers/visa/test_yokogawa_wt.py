"""The conversation with a WT1800E, lines as in its communication interface manual."""

import pytest
from pydantic import ValidationError

from bench.channel import Quality
from bench.clock import MILLISECOND
from bench.units import unit
from drivers.simulated.devices.yokogawa_wt import make
from drivers.simulated.port import Terminals
from drivers.simulated.text_link import InProcessLink
from drivers.visa.yokogawa_wt import DRIVER, WtOptions

SETUP = [
    ("*IDN?", "YOKOGAWA,WT1806E,91M000123,F2.02"),
    (":COMM:HEAD OFF", None),
    (":COMM:VERB OFF", None),
    (":COMM:REM ON", None),
    ("*CLS", None),
    (":RATE 250MS", None),
    (":NUM:HOLD OFF", None),
    (":NUM:FORM ASC", None),
    (":NUM:NORM:NUM 3", None),
    (":NUM:NORM:ITEM1 URMS,1", None),
    (":NUM:NORM:ITEM2 IRMS,1", None),
    (":NUM:NORM:ITEM3 P,1", None),
    (":STAT:FILT1 FALL", None),
    (":STAT:ERR?", '0,"No error"'),
]
POLL = ":STAT:EESR?;:NUM:NORM:VAL?"
DRAINED = (":STAT:ERR?", '0,"No error"')


@pytest.fixture
def analyser(driver_stand):
    def make_stand(*script):
        return driver_stand(DRIVER, WtOptions(), *script, period=250 * MILLISECOND)

    return make_stand


def test_an_update_is_posted(analyser):
    stand = analyser(*SETUP, (POLL, "1;103.79E+00,1.0143E+00,105.27E+00"))
    stand.converse()
    assert [(index, value) for index, value, *_ in stand.queue] == [
        (0, 103.79),
        (1, 1.0143),
        (2, 105.27),
    ]


def test_values_without_an_update_are_not_posted_again(analyser):
    reply = "103.79E+00,1.0143E+00,105.27E+00"
    stand = analyser(*SETUP, (POLL, f"1;{reply}"), DRAINED, (POLL, f"0;{reply}"))
    stand.converse()
    assert len(stand.queue) == 3


def test_no_data_and_overload_are_bad(analyser):
    stand = analyser(*SETUP, (POLL, "1;NAN,INF,0.0000E+00"))
    stand.converse()
    assert [quality for *_, quality in stand.queue] == [Quality.BAD, Quality.BAD, Quality.OK]


@pytest.mark.parametrize("reply", ["1;1,2", "103.79E+00", "1;a,b,c", ":STAT:EESR 1;1,2,3"])
def test_an_answer_of_another_shape_drops_the_session(analyser, reply):
    stand = analyser(*SETUP, (POLL, reply))
    stand.converse()
    assert not stand.link.is_open


def test_a_set_up_error_is_reported(analyser):
    stand = analyser(*SETUP[:-1], (":STAT:ERR?", '-141,"Invalid character data"'))
    stand.converse()
    assert "-141" in stand.reports[0][2].text()


def test_the_usual_readings_are_voltage_current_and_power():
    readings = DRIVER.readings(WtOptions())
    assert [(each.name, each.unit) for each in readings] == [
        ("voltage", unit("V")),
        ("current", unit("A")),
        ("power", unit("W")),
    ]


def test_an_update_rate_the_instrument_does_not_have_is_refused():
    with pytest.raises(ValidationError, match=r"0\.25 s"):
        WtOptions(rate="300 ms")


def test_a_range_must_fit_the_function():
    with pytest.raises(ValidationError, match="bar"):
        WtOptions.model_validate({"items": {"p": {"function": "P", "range": ["0 bar", "1 bar"]}}})


def test_driver_and_twin_agree(driver_stand):
    options = WtOptions.model_validate(
        {
            "items": {
                "pump": {"function": "P", "element": "2", "range": ["0 W", "2 kW"]},
                "all": {"function": "P", "element": "SIGMA"},
                "volts": {"function": "URMS", "element": "1"},
                "none": {"function": "IRMS", "element": "6"},
            }
        }
    )
    signals = {"U1": lambda _: 230.0, "I1": lambda _: 2.0, "P1": lambda _: 400.0,
               "U2": lambda _: 24.0, "I2": lambda _: 10.0}  # fmt: skip
    twin = make(Terminals(signals, {}))

    def link(instrument, port):
        return InProcessLink(twin, instrument="wt", clock=port.clock, wire=instrument.wire)

    stand = driver_stand(DRIVER, options, link=link, period=250 * MILLISECOND)
    stand.run(1.1)
    assert stand.told() == ["device.connected"]
    by_reading = {index: [s for s in stand.queue if s[0] == index] for index in range(4)}
    assert by_reading[0][-1][1] == pytest.approx(240.0)
    assert by_reading[1][-1][1] == pytest.approx(640.0)
    assert by_reading[2][-1][1] == pytest.approx(230.0)
    assert by_reading[3][-1][3] == Quality.BAD
    assert 4 <= len(by_reading[0]) <= 5
