"""Horn and beacon of the cell, at the PLC: the bench asks, the twin sounds."""

from contextlib import suppress

import pytest

from bench.errors import BenchError
from bench.service.requests import Acknowledge, Silence
from tests.system.virtual_bench import VirtualBench


@pytest.fixture
def bench(tmp_path):
    bench = VirtualBench(tmp_path, is_started=False)
    yield bench
    with suppress(BenchError):
        bench.close()


def lit(bench):
    """Return what the PLC reports of its horn and beacon."""
    row, index = bench.loop.row, bench.loop.model.index
    return tuple(int(row.values[index[name]]) for name in ("plc.horn_on", "plc.beacon_on"))


def test_the_horn_follows_an_alarm_and_silence_stops_it_while_the_beacon_stays(bench):
    bench.scan(400)
    if bench.loop.alarms.alarms:
        bench.server.request(Acknowledge())
        bench.scan(10)
    assert lit(bench) == (0, 0)
    bench.sensors["daq.crankcase_h2"] = lambda now: 0.03
    bench.until(lambda: lit(bench) == (1, 1), 200)
    assert bench.loop.alarms.is_horn_on
    assert bench.server.request(Silence()).is_accepted
    bench.scan(10)
    assert lit(bench) == (0, 1)
    assert bench.loop.alarms.alarms[0].is_unacknowledged
