"""The WT1800E twin, by the rules of its communication interface manual."""

import math

import pytest

from bench.clock import MILLISECOND, SECOND
from drivers.simulated.devices.yokogawa_wt import make, physical
from drivers.simulated.port import Terminals
from drivers.simulated.scpi import ScpiFault


@pytest.fixture
def analyser():
    signals = {
        "U1": lambda now: 230.0 + now / SECOND,
        "I1": lambda _: 2.0,
        "P1": lambda _: 400.0,
        "U2": lambda _: 24.0,
        "I2": lambda _: 10.0,
    }
    twin = make(Terminals(signals, {}))

    def say(message, now=0):
        return twin.receive(f"{message}\n".encode(), now).decode().strip()

    return say


def items(analyser, *names):
    for place, name in enumerate(names, start=1):
        analyser(f":NUM:NORM:ITEM{place} {name}")
    analyser(f":NUM:NORM:NUM {len(names)}")


def test_answers_carry_their_header_until_it_is_switched_off(analyser):
    assert analyser(":NUMERIC:FORMAT?") == ":NUMERIC:FORMAT ASCII"
    analyser(":COMM:HEAD OFF")
    assert analyser(":NUMERIC:FORMAT?") == "ASCII"


def test_items_are_answered_in_their_order_as_nr3(analyser):
    items(analyser, "P,1", "URMS,1", "IRMS,2", "P,SIGMA", "LAMBDA,2")
    values = "400.00E+00,230.00E+00,10.000E+00,640.00E+00,1.0000E+00"
    assert analyser(":NUM:VAL?") == values


def test_an_item_without_data_is_nan_and_one_over_its_range_inf(analyser):
    items(analyser, "URMS,5", "URMS,1", "P,1")
    analyser(":INP:VOLT:RANG:ELEM1 150V")
    assert analyser(":NUM:VAL?", SECOND) == "NAN,INF,INF"


def test_values_change_with_each_update_only(analyser):
    items(analyser, "URMS,1")
    analyser(":RATE 500MS")
    values = [analyser(":NUM:VAL?", now * MILLISECOND) for now in (100, 400, 600, 900, 1100)]
    assert values[0] == values[1] != values[2] == values[3] != values[4]


def test_an_update_is_told_once(analyser):
    analyser(":STAT:FILT1 FALL;:RATE 500MS")
    replies = [analyser(":STAT:EESR?", now * MILLISECOND) for now in (100, 400, 600, 700, 1100)]
    assert replies[1:] == ["0", "1", "0", "1"]


def test_held_values_stay_until_they_are_held_again(analyser):
    items(analyser, "URMS,1")
    before = analyser(":NUM:HOLD ON;VAL?")
    assert analyser(":NUM:VAL?", 5 * SECOND) == before
    assert analyser(":NUM:HOLD ON;VAL?", 5 * SECOND) != before
    assert analyser(":NUM:HOLD OFF;HOLD?", 6 * SECOND) == ":NUMERIC:HOLD 0"


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("250MS", "S", 0.25),
        ("5MV", "V", 5e-3),
        ("5E-3V", "V", 5e-3),
        ("5M", "V", 5e-3),
        ("1MAV", "V", 1e6),
        ("20MA", "A", 20e-3),
        ("1KV", "V", 1e3),
        ("300", "V", 300.0),
    ],
)
def test_m_is_milli_and_ma_is_mega_except_for_amperes(text, unit, value):
    assert math.isclose(physical(text, unit), value)


@pytest.mark.parametrize(("text", "unit"), [("5MV", "A"), ("abc", "V"), ("5XV", "V")])
def test_other_forms_are_errors(text, unit):
    with pytest.raises(ScpiFault):
        physical(text, unit)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (":RATE 300MS", -222),
        (":NUM:NORM:NUM 201", -222),
        (":NUM:NORM:ITEM201 URMS,1", -114),
        (":NUM:FORM FLO", -141),
        (":VOLT:RANG:ELEM1 7V", -222),
        (":NUMERI:VAL?", -113),
    ],
)
def test_what_cannot_be_done_is_an_error_and_is_not_answered(analyser, message, code):
    assert analyser(message) == ""
    assert analyser(":STAT:ERR?").startswith(f"{code},")


def test_an_empty_error_queue_says_so(analyser):
    assert analyser(":STATUS:ERROR?") == '0,"No error"'


def test_voltage_or_current_follows_from_power_where_it_is_not_wired():
    twin = make(Terminals({"U1": lambda _: 20.0, "P1": lambda _: 100.0}, {}))
    twin.receive(b":NUM:NORM:ITEM1 IRMS,1;:NUM:NORM:NUM 1\n", 0)
    assert twin.receive(b":NUM:VAL?\n", 0) == b"5.0000E+00\n"
