"""The circuit fit beside impedance.py (MIT), which was written by others."""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from analysis.equivalent_circuit import Element, Kind, circuit_impedance, fit_circuit
from analysis.impedance import spectrum

FREQUENCY = np.geomspace(1e4, 0.05, 64)
PEAKS = {"fast": 400.0, "slow": 2.0}


def circuit(scale: float) -> tuple[Element, ...]:
    """Return two depressed arcs behind a resistance, with all values scaled."""
    arcs = (
        Element(
            name,
            Kind.ZARC,
            {
                "resistance": 0.08 * scale,
                "time_constant": scale / (2.0 * math.pi * peak),
                "exponent": min(0.85 * scale, 0.99),
            },
        )
        for name, peak in PEAKS.items()
    )
    return (Element("R0", Kind.RESISTANCE, {"resistance": 0.1 * scale}), *arcs)


@pytest.mark.parametrize("seed", range(3))
def test_a_fit_agrees_with_the_one_of_an_independent_program(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = circuit_impedance(circuit(1.0), FREQUENCY)
    chance = rng.standard_normal(64) + 1j * rng.standard_normal(64)
    impedance = truth + 0.002 * np.abs(truth) * chance

    mine = fit_circuit(
        spectrum(frequency=FREQUENCY, real=impedance.real, imaginary=impedance.imag),
        circuit(1.2),
    )
    circuits: Any = import_module("impedance.models.circuits")
    # Zarc(R, τ, n) = R / (1 + (j ω τ)^n), as here
    peer = circuits.CustomCircuit(
        "R0-Zarc1-Zarc2",
        initial_guess=[0.12, 0.1, 1.2 / (2 * math.pi * 400), 0.95, 0.1, 1.2 / (4 * math.pi), 0.95],
    )
    peer.fit(FREQUENCY, impedance, weight_by_modulus=True)

    # both weigh by the magnitude: the same minimum, up to where each search ends
    values = [each.value for each in mine.parameters]
    assert values == pytest.approx(list(peer.parameters_), rel=2e-3)
    spreads = [each.value * each.relative_uncertainty for each in mine.parameters]
    assert spreads == pytest.approx(list(peer.conf_), rel=0.15)
