"""How long an impedance spectrum takes: figures, no verdicts."""

import math

import numpy as np

from analysis.equivalent_circuit import Element, Kind, circuit_impedance
from analysis.impedance import spectrum
from analysis.spectra import analyse

FREQUENCY = np.geomspace(1e5, 0.03, 80)
ARCS = {18e3: 0.020, 3e3: 0.045, 120.0: 0.035, 8.0: 0.040, 0.8: 0.080}
CELL = (
    Element("L", Kind.INDUCTANCE, {"inductance": 2e-7}),
    Element("R0", Kind.RESISTANCE, {"resistance": 0.110}),
    *(
        Element(
            f"{peak:g} Hz",
            Kind.RELAXATION,
            {"resistance": size, "time_constant": 1 / (2 * math.pi * peak)},
        )
        for peak, size in ARCS.items()
    ),
)


def test_test_fit_and_distribution_of_a_spectrum_of_80_points(benchmark):
    rng = np.random.default_rng(1)
    truth = circuit_impedance(CELL, FREQUENCY)
    chance = rng.standard_normal(80) + 1j * rng.standard_normal(80)
    noisy = truth + 0.003 * np.abs(truth) * chance
    measured = spectrum(frequency=FREQUENCY, real=noisy.real, imaginary=noisy.imag)
    shown = benchmark(analyse, measured)
    assert shown.is_valid
