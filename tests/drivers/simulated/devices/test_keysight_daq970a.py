"""The DAQ970A twin, by the rules of its programming guide."""

import pytest

from bench.clock import MILLISECOND, SECOND
from drivers.simulated.devices.keysight_daq970a import make
from drivers.simulated.port import Terminals


@pytest.fixture
def daq():
    """Return a function that says something to a twin."""
    signals = {
        "101": lambda _: 298.15,
        "102": lambda now: 273.15 + now / SECOND,
        "103": lambda _: 5.0,
        "104": lambda _: float("nan"),
        "121": lambda _: 0.012,
    }
    twin = make(Terminals(signals, {}))

    def say(message, now=0):
        twin.step(now)
        return twin.receive(f"{message}\n".encode(), now).decode().strip()

    say.twin = twin
    return say


def begin(daq, *channels, timer=1.0, cycles=1):
    listed = ",".join(channels)
    daq(f"CONF:TEMP TC,K,(@{listed})")
    daq(f"TEMP:NPLC {cycles},(@{listed})")
    daq(f"FORM:READ:CHAN ON;:FORM:READ:TIME ON;:TRIG:SOUR TIM;TIM {timer};COUN INF")
    daq("INIT")
    assert daq("SYST:ERR?") == '+0,"No error"'


def test_it_says_who_it_is(daq):
    assert daq("*IDN?").startswith("Keysight Technologies,DAQ970A,")


def test_the_scan_list_is_kept_in_ascending_order(daq):
    daq("ROUT:SCAN (@121,103,101:102)")
    assert daq("ROUT:SCAN?") == "#218(@101,102,103,121)"
    assert daq("ROUT:SCAN:SIZE?") == "+4"


def test_configuring_rewrites_scan_list_trigger_and_formats(daq):
    begin(daq, "101", timer=5.0)
    daq("CONF:VOLT:DC 10,(@103)")
    assert daq("ROUT:SCAN?") == "#16(@103)"
    assert daq("TRIG:TIM?;COUN?") == "+1.00000000E+00;+1.00000000E+00"
    assert daq("FORM:READ:CHAN?") == "0"


def test_readings_arrive_when_their_channels_have_been_measured(daq):
    begin(daq, "102", "101")
    assert daq("R?", 10 * MILLISECOND) == "#10"
    assert daq("R?", 30 * MILLISECOND) == "#233+2.50000000E+01,000000000.024,101"
    assert daq("R?", 60 * MILLISECOND) == "#233+0.00000000E+00,000000000.048,102"
    assert daq("R?", 999 * MILLISECOND) == "#10"


def test_reading_erases_the_oldest_and_fetching_does_not(daq):
    begin(daq, "101")
    assert daq("DATA:POIN?", 3 * SECOND + 30 * MILLISECOND) == "+4"
    assert daq("R? 3", 3 * SECOND + 30 * MILLISECOND).count(",101") == 3
    fetched = daq("FETC?", 3 * SECOND + 30 * MILLISECOND)
    assert fetched == "+2.50000000E+01,000000003.024,101"
    assert daq("FETC?", 3 * SECOND + 30 * MILLISECOND) == fetched


def test_a_timer_shorter_than_the_scan_means_scanning_as_fast_as_possible(daq):
    begin(daq, "101", "102", timer=0.01)
    assert daq("DATA:POIN?", 480 * MILLISECOND) == "+20"  # two channels in 48 ms
    assert daq("SYST:ERR?") == '+0,"No error"'


def test_a_longer_integration_takes_longer(daq):
    begin(daq, "101", cycles=10)
    assert daq("R?", 203 * MILLISECOND) == "#10"
    assert daq("R?", 204 * MILLISECOND) != "#10"


def test_a_full_memory_loses_its_oldest_readings(daq):
    begin(daq, "101", timer=0, cycles=0.02)
    now = 100_010 * 4_400_000
    assert daq("DATA:POIN?", now) == "+100000"
    first = daq("R? 1", now).split(",")[1]
    assert float(first) > 0.0044


def test_a_new_scan_clears_the_memory_and_an_abort_does_not(daq):
    begin(daq, "101")
    daq("ABOR", 2 * SECOND)
    assert daq("DATA:POIN?", 9 * SECOND) == "+2"
    daq("INIT", 9 * SECOND)
    assert daq("DATA:POIN?", 9 * SECOND) == "+0"


def test_a_scan_under_way_is_not_begun_again(daq):
    begin(daq, "101")
    daq("INIT")
    assert daq("SYST:ERR?") == '-213,"Init ignored"'


def test_an_open_thermocouple_reads_overload_only_when_it_is_checked(daq):
    begin(daq, "104")
    assert daq("R?", SECOND // 2).startswith("#233+2.5")
    daq("ABOR;:TEMP:TRAN:TC:CHEC ON,(@104);:INIT", SECOND)
    assert "+9.90000000E+37" in daq("R?", 2 * SECOND)


def test_a_voltage_over_its_range_reads_overload(daq):
    daq("CONF:VOLT:DC 1,(@103);:INIT")
    assert daq("R?", SECOND) == "#215+9.90000000E+37"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("CONF:CURR:DC 1,(@101)", 305),
        ("CONF:TEMP TC,K,(@121)", 305),
        ("CONF:TEMP FRTD,85,(@111)", 305),
        ("CONF:TEMP TC,X,(@101)", -224),
        ("CONF:VOLT:DC 400,(@101)", -222),
        ("ROUT:SCAN (@123)", 111),
        ("ROUT:SCAN (@401)", 112),
        ("INIT", 113),
        ("TRIG:TIM -1", -222),
        ("TRIG:COUN 0", -222),
        ("TRIG:SOUR WHEN", -224),
        ("VOLT:DC:NPLC 3,(@101)", -222),
        ("TEMP:NPLC 1,(@101)", 305),
        ("R? 0", -222),
        ("MEAS:TEMPER?", -113),
    ],
)
def test_what_cannot_be_done_is_an_error_and_is_not_answered(daq, message, code):
    assert daq(message) == ""
    assert daq("SYST:ERR?").startswith(f"{code:+d},")


def test_the_error_queue_holds_twenty(daq):
    for _ in range(25):
        daq("NONSENSE")
    errors = [daq("SYST:ERR?") for _ in range(21)]
    assert errors[18] == '-113,"Undefined header"'
    assert errors[19] == '-350,"Error queue overflow"'
    assert errors[20] == '+0,"No error"'


def test_a_reset_forgets_everything(daq):
    begin(daq, "101")
    daq("*RST")
    assert daq("ROUT:SCAN:SIZE?;:DATA:POIN?", SECOND) == "+0;+0"


def test_it_says_when_it_wants_to_scan_next(daq):
    begin(daq, "101", timer=2.0)
    assert daq.twin.step(SECOND) == 2 * SECOND
