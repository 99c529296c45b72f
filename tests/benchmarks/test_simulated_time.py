"""How fast virtual time goes on the whole simulated hydrogen engine cell: `--benchmark-only`.

A round is so many scans of the best-point protocol, with plant, twins, drivers, limits, sequence
and recorder on one core. Processor time counts, not the clock: the machine may have other work.
"""

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bench.check import check
from bench.config import Catalogue, load_rig
from bench.rigs import FOLDER
from bench.service.requests import Answer
from bench.service.server import BenchServer, Order

SCANS = 100
ROUNDS = 40
FIRST = 1000
"""Scans before the first round: connecting, warming up."""
RIG = "hydrogen-engine-cell"
PROTOCOL = "hydrogen-engine/best-point"


def polled_in_every_scan(text):
    """Return the text of a rig whose instruments are all read once per 100 ms scan.

    The analyser's own shortest period is twice that. The DAQ measures for 0.02 line cycles.
    """
    text = re.sub(r"^(    )period: .*$", r"\1period: 100 ms", text, flags=re.MULTILINE)
    text = re.sub(r"period: (200 ms|500 ms|1 s)\b", "period: 100 ms", text)
    head, analyser, rest = text.partition("driver: ak-analyser")
    text = head + analyser + rest.replace("period: 100 ms", "period: 200 ms", 1)
    return text.replace("{channel: ", "{nplc: 0.02, channel: ")


def opened(rig, folder, scan=None):
    """Return the bench in the middle of a run; `scan` (ns) replaces the rig's virtual scan."""
    checked = check(PROTOCOL, rig, {}, Catalogue.shipped())
    model = checked.model
    simulation = model.simulation
    if scan is not None:
        simulation = replace(simulation, scan=scan)
    order = Order(model, checked.plan, folder, is_simulated=True, simulation=simulation, seed=1)
    server = BenchServer(order)
    run(server, FIRST)
    return server


def run(server, scans=SCANS):
    """Do some scans; the operator says yes to everything."""
    for _ in range(scans):
        server.step()
        if server.loop.stage.question is not None:
            server.request(Answer())


def measured(benchmark, server):
    benchmark.pedantic(run, args=(server,), rounds=ROUNDS)
    assert not server.is_finished
    assert server.loop.stop is None
    if benchmark.stats is not None:
        fastest = SCANS / benchmark.stats.stats.min
        benchmark.extra_info["scans per second"] = round(fastest)
        benchmark.extra_info["times real time"] = round(
            fastest * server.order.simulation.scan / 1e9
        )
    server.close(None)


@pytest.mark.benchmark(group="simulated time", timer=time.process_time)
def test_the_hydrogen_engine_cell_at_its_declared_periods(benchmark, tmp_path):
    measured(benchmark, opened(RIG, tmp_path))


@pytest.mark.benchmark(group="simulated time", timer=time.process_time)
def test_the_hydrogen_engine_cell_scanned_five_times_as_often(benchmark, tmp_path):
    measured(benchmark, opened(RIG, tmp_path, scan=20_000_000))


@pytest.mark.benchmark(group="simulated time", timer=time.process_time)
def test_the_hydrogen_engine_cell_with_every_instrument_in_every_scan(benchmark, tmp_path):
    rig = tmp_path / f"{RIG}.yaml"
    text = (Path(FOLDER) / f"{RIG}.yaml").read_text(encoding="utf-8")
    rig.write_text(polled_in_every_scan(text), encoding="utf-8")
    periods = [each.period for each in load_rig(str(rig), Catalogue.shipped()).connections]
    assert sorted(periods) == [100_000_000] * (len(periods) - 1) + [200_000_000]
    measured(benchmark, opened(str(rig), tmp_path))
