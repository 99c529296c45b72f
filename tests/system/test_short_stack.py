"""The short stack on its bench: spectra agree with what the cells really are; no damage."""

from dataclasses import replace

import numpy as np
import pytest

from bench.check import check
from bench.config import Catalogue
from bench.runs import open_run
from bench.service.server import BenchServer, Order
from drivers.simulated.plants.solid_oxide.impedance import processes_of
from protocols.cell_object import cell_object
from protocols.cell_spectra import spectrum_results

SPECTRA = """\
protocol: tests/spectra
title: {en: Spectra}
object: solid-oxide
rig: short-stack-bench
steps:
  - call: {protocol: solid-oxide/start-up, with: {ask: 0, over: 5 min}}
  - hold: 20 min
  - set:
      fra.frequency_high: 100 kHz
      fra.frequency_low: 100 mHz
      fra.points_per_decade: 10
      fra.amplitude: 50 mA
  - {perform: {fra: sweep}, as: impedance}
  - ramp: {stack.current: 0 A, over: 5 min}
  - hold: 30 min
  - {perform: {fra: sweep}, as: impedance}
  # the cells cool down while they are measured
  - set: {furnace.temperature: 650 degC, fra.frequency_high: 1 kHz}
  - hold: 10 min
  - {perform: {fra: sweep}, as: impedance}
"""
LOADED = 0
COOLING = 2
NOISE = 1.5e-3
"""Of the analyser in this rig, of reading."""
STATED = 5e-3
"""What the rig states of it, of reading."""


class Watched:
    """A run of which somebody remembers what the cells really were."""

    def __init__(self, folder, protocol):
        checked = check(str(protocol), None, {}, Catalogue.shipped(), is_simulated=True)
        model = checked.model
        simulation = replace(
            model.simulation, parameters={**model.simulation.parameters, "warm": 1.0}
        )
        self.server = BenchServer(
            Order(
                model, checked.plan, folder, is_simulated=True, simulation=simulation, seed=3,
                confirms_prompts=True,
            )
        )  # fmt: skip
        self.host = self.server.wiring.truth
        self.states = []
        while self.server.loop.stop is None:
            self.server.step()
            self.states.append((self.server.clock.now(), self.host.state))
        self.server.close(None)

    def true(self, time):
        """Return what the cells were at a time."""
        times = [each[0] for each in self.states]
        return self.states[min(int(np.searchsorted(times, time)), len(times) - 1)][1]

    def parameters(self):
        return self.host.plant.parameters


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("short-stack")
    path = folder / "spectra.yaml"
    path.write_text(SPECTRA, encoding="utf-8")
    return Watched(folder, path)


@pytest.fixture(scope="module")
def spectra(watched):
    with open_run(watched.server.path) as run:
        cells = cell_object(run.header.object_data)
        return tuple(spectrum_results(run, cells, 0))


def test_it_runs_through_without_a_stop_by_a_limit_and_without_damage(watched):
    assert watched.server.loop.stop.state == "completed"
    assert watched.host.state.wear.redox_events == 0
    assert watched.host.state.wear.carbon_events == 0


def test_every_point_is_what_the_stack_is_at_that_time(watched):
    response = watched.host.plant.response("stack_impedance")
    with open_run(watched.server.path) as run:
        (point, *_) = [each for each in run.points if each.name == "impedance"]
        window = point.start_ns, point.end_ns
        columns = [
            run.channel(f"fra.{name}").values_si(*window).values
            for name in ("point", "frequency", "real", "imaginary")
        ]
        times = run.channel("fra.point").times_ns(*window)
    new = np.flatnonzero((columns[0] >= 1.0) & (np.diff(columns[0], prepend=0.0) != 0.0))
    assert len(new) == 62
    for at in new:
        frequency, real, imaginary = (float(each[at]) for each in columns[1:])
        true = response(watched.true(times[at]), frequency)
        assert abs(complex(real, imaginary) - true) < (5 * NOISE + 2 * STATED) * abs(true)


def test_resistances_agree_with_the_cells_within_what_is_stated(watched, spectra):
    found = spectra[LOADED]
    assert found.is_used
    with open_run(watched.server.path) as run:
        point = next(each for each in run.points if each.name == "impedance")
    true = processes_of(watched.true(point.start_ns), watched.parameters())
    ohmic, polarisation = true.ohmic * 1e7, sum(true[1:6]) * 1e7
    gain = STATED * (found.ohmic_resistance + found.polarisation_resistance)
    assert abs(found.ohmic_resistance - ohmic) < 3 * found.ohmic_uncertainty + gain
    assert (
        abs(found.polarisation_resistance - polarisation)
        < 3 * found.polarisation_uncertainty + gain
    )


def test_spectra_know_current_temperature_and_time(spectra):
    loaded, idle, _ = spectra
    assert loaded.current_density == pytest.approx(0.3, rel=0.01)
    assert idle.current_density == pytest.approx(0.0, abs=1e-3)
    assert loaded.at < idle.at
    assert 700.0 < idle.temperature < loaded.temperature < 800.0


def test_the_slowest_process_shows_as_a_peak_where_the_gas_is_converted(spectra):
    # drivers/simulated/plants/solid_oxide: conversion at 0.8 Hz
    slowest = min(spectra[LOADED].peaks, key=lambda each: each.frequency)
    assert slowest.frequency == pytest.approx(0.8, rel=0.3)


def test_cells_that_change_during_the_sweep_are_told(spectra):
    cooling = spectra[COOLING]
    assert not cooling.is_used
    assert cooling.drift > 1.0
    assert "cell.spectrum-drifted" in [note.id for note in cooling.notes]
