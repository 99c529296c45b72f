"""All that is read off an impedance spectrum, and of many spectra at once over an executor."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final

from analysis.equivalent_circuit import CircuitFit, fit_circuit, solid_oxide_cell
from analysis.impedance import Intercept, Spectrum, high_frequency_resistance
from analysis.kramers_kronig import KramersKronig, kramers_kronig
from analysis.relaxation_times import RelaxationTimes, relaxation_times

DRIFT_TOLERANCE: Final = 0.01
"""Relative change of the repeated first frequency above which the cell was not at rest
(engineering default)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpectrumAnalysis:
    """What one spectrum shows."""

    spectrum: Spectrum
    """What was measured."""
    test: KramersKronig
    """Whether it obeys Kramers and Kronig."""
    has_drifted: bool
    """Whether the repeated first frequency differs by more than the tolerance."""
    intercept: Intercept
    """Ohmic resistance where it crosses the real axis."""
    circuit: CircuitFit | None
    """Five processes; None: the spectrum is not valid."""
    distribution: RelaxationTimes | None
    """Distribution of relaxation times; None: the spectrum is not valid."""

    @property
    def is_valid(self) -> bool:
        """Whether numbers may be taken from it."""
        return self.test.is_valid and not self.has_drifted


def analyse(measured: Spectrum) -> SpectrumAnalysis:
    """Return what a spectrum shows; of one that is not valid, only why it is not."""
    test = kramers_kronig(measured)
    has_drifted = measured.drift > DRIFT_TOLERANCE
    is_valid = test.is_valid and not has_drifted
    return SpectrumAnalysis(
        spectrum=measured,
        test=test,
        has_drifted=has_drifted,
        intercept=high_frequency_resistance(measured),
        circuit=fit_circuit(measured, solid_oxide_cell(measured)) if is_valid else None,
        distribution=relaxation_times(measured) if is_valid else None,
    )


def analyse_many(
    measured: Sequence[Spectrum], executor: Executor | None = None
) -> tuple[SpectrumAnalysis, ...]:
    """Return what each spectrum shows, in their order.

    Args:
        measured: the spectra.
        executor: where they are worked on (processes, a cluster); None: here, one by one.
    """
    return tuple(map(analyse, measured) if executor is None else executor.map(analyse, measured))
