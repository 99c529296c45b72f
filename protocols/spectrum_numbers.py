"""What is made of an impedance spectrum, from whatever it was read: numbers of a cell, or a reason.

The ohmic resistance is that of the fitted circuit. Where the spectrum crosses the real axis it is
rather larger: leads shift the crossing, and processes faster than it are still in it. So the
crossing stands for it, and without uncertainty, only where the circuit does not tell it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.equivalent_circuit import CircuitFit
from analysis.impedance import Spectrum, spectrum
from analysis.kramers_kronig import TOLERANCE
from analysis.relaxation_times import RelaxationTimes
from analysis.spectra import DRIFT_TOLERANCE, SpectrumAnalysis
from bench.messages import Message
from bench.units import unit
from protocols.cell_results import ElementRow, PeakRow, SpectrumResult
from protocols.drawn import SpectrumPoints
from protocols.wording import Text

MOST_UNCERTAIN = 0.2
"""Relative standard uncertainty above which a fitted resistance is no number (engineering
default)."""
SHOWN = unit("mohm*cm^2").factor
_UNITS = {"resistance": "mohm*cm^2", "time_constant": "s", "inductance": "µH*cm^2"}
_FACTORS = {"resistance": SHOWN, "inductance": 1e-10}
"""SI per unit of people: ohm m2 and H m2."""
_SERIES = "R0"

Numbers = NDArray[np.float64]


class Refused(Exception):
    """A spectrum is not to be used; the reason says why. Never leaves what reads spectra."""

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


def spectrum_of(rows: Sequence[Numbers], area: float) -> Spectrum:
    """Return a spectrum per cell area, ohm m2.

    Args:
        rows: frequency (Hz), real and imaginary part (ohm), each shape (n,), as measured.
        area: what turns a resistance at the terminals into one per cell area, m2.

    Raises:
        Refused: it is none.
    """
    frequency, real, imaginary = rows
    try:
        return spectrum(frequency=frequency, real=real * area, imaginary=imaginary * area)
    except ValueError as error:
        raise Refused(Message("cell.spectrum-refused", {"reason": str(error)})) from error


def order_notes(frequency: Numbers) -> list[Text]:
    """Return what the order of the points says to a reader."""
    if frequency.size > 2 and np.all(np.diff(frequency[:-1]) > 0.0):
        return [Message("cell.spectrum-order")]
    return []


def numbers_of(empty: SpectrumResult, found: SpectrumAnalysis) -> SpectrumResult:
    """Return a result with what an analysis has shown, and what a reader has to be told."""
    measured, test = found.spectrum, found.test
    frequencies = measured.frequency
    result = replace(
        empty,
        is_used=found.is_valid,
        points=len(frequencies),
        highest=float(frequencies[0]),
        lowest=float(frequencies[-1]),
        residual=100.0 * test.rms,
        drift=100.0 * measured.drift,
        notes=(*empty.notes, *_notes(found)),
        drawn=_drawn(found),
    )
    return _with_numbers(result, found) if found.is_valid else result


def _drawn(found: SpectrumAnalysis) -> SpectrumPoints:
    """Return the points of a spectrum, and of what was fitted where that may be used."""
    measured = found.spectrum
    points = SpectrumPoints(
        frequency=tuple(measured.frequency.tolist()),
        real=_shown(measured.impedance.real),
        imaginary=_shown(measured.impedance.imag),
    )
    if found.circuit is not None and found.circuit.is_converged:
        # residuals are what the circuit leaves over, relative to the magnitude
        fitted = measured.impedance - found.circuit.residuals * np.abs(measured.impedance)
        points = replace(
            points, fitted_real=_shown(fitted.real), fitted_imaginary=_shown(fitted.imag)
        )
    if found.distribution is not None:
        constants = tuple(found.distribution.time_constant.tolist())
        points = replace(
            points, time_constant=constants, density=_shown(found.distribution.density)
        )
    return points


def _shown(values: Numbers) -> tuple[float, ...]:
    return tuple((values / SHOWN).tolist())


def _notes(found: SpectrumAnalysis) -> list[Text]:
    measured, test = found.spectrum, found.test
    notes: list[Text] = []
    if not test.is_valid:
        arguments = {
            "residual": f"{test.rms:.2%}",
            "tolerance": f"{TOLERANCE:.0%}",
            "frequency": f"{test.worst_frequency:.3g} Hz",
        }
        notes.append(Message("cell.spectrum-not-causal", arguments))
    if found.has_drifted:
        drifted = {"drift": f"{measured.drift:.2%}", "tolerance": f"{DRIFT_TOLERANCE:.0%}"}
        notes.append(Message("cell.spectrum-drifted", drifted))
    elif math.isnan(measured.drift):
        notes.append(Message("cell.spectrum-not-repeated"))
    if found.circuit is not None and not found.circuit.is_converged:
        notes.append(Message("cell.spectrum-no-fit"))
    return notes


def _with_numbers(result: SpectrumResult, found: SpectrumAnalysis) -> SpectrumResult:
    """Return the result with what was read off a valid spectrum."""
    result = replace(result, crossing=found.intercept.resistance / SHOWN)
    if found.distribution is not None:
        area = found.distribution.polarisation_resistance / SHOWN
        result = replace(result, peaks=_peaks(found.distribution), polarisation_resistance=area)
    if found.circuit is None or not found.circuit.is_converged:
        # the note on the circuit says that this is only where the spectrum crosses the real axis
        return replace(result, ohmic_resistance=result.crossing)
    fit_residual = 100.0 * found.circuit.rms
    result = replace(result, elements=_elements(found.circuit), fit_residual=fit_residual)
    return _with_resistances(result, found.circuit)


def _with_resistances(result: SpectrumResult, circuit: CircuitFit) -> SpectrumResult:
    """Return the result with both resistances, where the circuit tells them apart.

    The parts of the polarisation lean against each other, so that the root of the sum of their
    squares is rather too much for its uncertainty.
    """
    ohmic = circuit.parameter(_SERIES, "resistance")
    parts = [
        each for each in circuit.parameters if each.name == "resistance" and each.element != _SERIES
    ]
    value = sum(each.value for each in parts)
    spread = math.hypot(*(each.value * each.relative_uncertainty for each in parts))
    uncertain = max(ohmic.relative_uncertainty, spread / value)
    if not uncertain < MOST_UNCERTAIN:
        bound = f"{result.crossing:.0f} mΩ·cm²" if math.isfinite(result.crossing) else "–"
        highest = f"{result.highest:.3g} Hz"
        note = Message("cell.spectrum-not-separated", {"highest": highest, "bound": bound})
        notes = (*result.notes, note)
        return replace(result, notes=notes, ohmic_resistance=result.crossing)
    return replace(
        result,
        ohmic_resistance=ohmic.value / SHOWN,
        ohmic_uncertainty=ohmic.value * ohmic.relative_uncertainty / SHOWN,
        polarisation_resistance=value / SHOWN,
        polarisation_uncertainty=spread / SHOWN,
    )


def _elements(circuit: CircuitFit) -> tuple[ElementRow, ...]:
    return tuple(
        ElementRow(
            element=each.element,
            name=each.name,
            value=each.value / _FACTORS.get(each.name, 1.0),
            relative_uncertainty=100.0 * each.relative_uncertainty,
            unit=_UNITS.get(each.name, ""),
        )
        for each in circuit.parameters
    )


def _peaks(distribution: RelaxationTimes) -> tuple[PeakRow, ...]:
    return tuple(
        PeakRow(frequency=each.frequency, resistance=each.resistance / SHOWN)
        for each in distribution.peaks
    )
