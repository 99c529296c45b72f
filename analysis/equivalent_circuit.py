"""Fit of an equivalent circuit to an impedance spectrum: complex nonlinear least squares.

The circuit is a series of elements. Every parameter is positive and fitted as its logarithm, so
that none can change its sign and steps are relative. Residuals are weighted by the magnitude of the
impedance (Boukamp); the covariance follows from the Jacobian at the minimum, the interval of a
parameter from Student's t on the logarithm.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.distributions import two_sided_factor
from analysis.impedance import Spectrum
from analysis.optimisation import least_squares_within

Complex = NDArray[np.complex128]
Response = Callable[[Complex, Sequence[float]], Complex]
"""Complex angular frequency j ω and parameters → impedance."""


def _inductance(s: Complex, values: Sequence[float]) -> Complex:
    return s * values[0]


def _resistance(s: Complex, values: Sequence[float]) -> Complex:
    return np.full(s.shape, values[0], dtype=np.complex128)


def _zarc(s: Complex, values: Sequence[float]) -> Complex:
    resistance, constant, exponent = values
    return resistance / (1.0 + (s * constant) ** exponent)


def _gerischer(s: Complex, values: Sequence[float]) -> Complex:
    resistance, constant = values
    root: Complex = np.sqrt(1.0 + s * constant)
    return resistance / root


def _finite_warburg(s: Complex, values: Sequence[float]) -> Complex:
    resistance, constant = values
    root: Complex = np.sqrt(s * constant)
    tangent: Complex = np.tanh(root)
    return resistance * tangent / root


def _relaxation(s: Complex, values: Sequence[float]) -> Complex:
    resistance, constant = values
    return resistance / (1.0 + s * constant)


class Kind(Enum):
    """Kinds of element: parameters and impedance."""

    INDUCTANCE = ("inductance",), _inductance
    """j ω L."""
    RESISTANCE = ("resistance",), _resistance
    """R."""
    ZARC = ("resistance", "time_constant", "exponent"), _zarc
    """R / (1 + (j ω τ)^n): a depressed arc."""
    GERISCHER = ("resistance", "time_constant"), _gerischer
    """R / √(1 + j ω τ): reaction and transport in a porous electrode."""
    FINITE_WARBURG = ("resistance", "time_constant"), _finite_warburg
    """R tanh √(j ω τ) / √(j ω τ): diffusion through a layer into a reservoir."""
    RELAXATION = ("resistance", "time_constant"), _relaxation
    """R / (1 + j ω τ)."""

    def __init__(self, parameters: tuple[str, ...], impedance: Response) -> None:
        self.parameters = parameters
        self.impedance = impedance


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a circuit, with the values a fit begins with."""

    name: str
    """What it stands for: ``P2C``."""
    kind: Kind
    """What it is."""
    start: Mapping[str, float]
    """Parameter → value to begin with; resistances in the unit of the spectrum, s, 1."""
    fixed: frozenset[str] = field(default_factory=frozenset[str])
    """Parameters that keep it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a fitted circuit."""

    element: str
    """Element."""
    name: str
    """``resistance``, ``time_constant``, ``exponent``, ``inductance``."""
    value: float
    """In the unit of the spectrum, s, or 1."""
    relative_uncertainty: float
    """Standard uncertainty relative to the value; 0 where it was fixed."""
    lower: float
    """Lower end of the two-sided interval."""
    upper: float
    """Upper end."""
    is_fixed: bool
    """Whether it was given and not fitted."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CircuitFit:
    """A circuit fitted to a spectrum."""

    parameters: tuple[Parameter, ...]
    """In the order of the circuit."""
    rms: float
    """Root mean square of the residuals relative to the magnitude."""
    residuals: Complex
    """(measured - fitted) / magnitude, shape (n,)."""
    is_converged: bool
    """Whether the search ended at a minimum."""
    confidence: float
    """Of the intervals, 1."""

    def value(self, element: str, name: str) -> float:
        """Return a parameter's value.

        Raises:
            KeyError: there is no such parameter.
        """
        return self.parameter(element, name).value

    def parameter(self, element: str, name: str) -> Parameter:
        """Return a parameter.

        Raises:
            KeyError: there is none of that name.
        """
        for each in self.parameters:
            if (each.element, each.name) == (element, name):
                return each
        message = f"{element}.{name}"
        raise KeyError(message)

    @property
    def total_resistance(self) -> float:
        """Sum of all resistances: the impedance at frequency 0, in the unit of the spectrum."""
        return sum(each.value for each in self.parameters if each.name == "resistance")


def solid_oxide_cell(measured: Spectrum) -> tuple[Element, ...]:
    """Return the five processes of an anode-supported cell, scaled to a spectrum.

    Names after Leonide et al. (KIT): P3A ionic transport and P2A charge transfer of the anode, P2C
    cathode, P1A gas diffusion in the anode, and the gas conversion at finite utilisation. Time
    constants at 750 °C and shares of the resistance to begin with are engineering defaults; the
    exponents of the two anode arcs are kept, as one spectrum cannot separate them.
    """
    real = measured.impedance.real
    ohmic = max(float(np.min(real)), 1e-3 * float(np.max(real)))
    rest = max(float(np.max(real)) - ohmic, 1e-3 * ohmic)
    inductance = max(
        float(measured.impedance.imag[0] / measured.angular_frequency[0]), 1e-9 * ohmic
    )

    def at(peak: float) -> float:
        return 1.0 / (2.0 * math.pi * peak)

    kept = frozenset({"exponent"})
    return (
        Element("L", Kind.INDUCTANCE, {"inductance": inductance}),
        Element("R0", Kind.RESISTANCE, {"resistance": ohmic}),
        Element("P3A", Kind.ZARC, _arc(0.09 * rest, at(18e3), 0.90), kept),
        Element("P2A", Kind.ZARC, _arc(0.20 * rest, at(3e3), 0.85), kept),
        # the peak of a Gerischer element lies at √3 / τ, that of the Warburg at 2.54 / τ
        Element("P2C", Kind.GERISCHER, _arc(0.16 * rest, math.sqrt(3.0) * at(120.0))),
        Element("P1A", Kind.FINITE_WARBURG, _arc(0.18 * rest, 2.54 * at(8.0))),
        Element("conversion", Kind.RELAXATION, _arc(0.36 * rest, at(0.8))),
    )


def _arc(resistance: float, time_constant: float, exponent: float = math.nan) -> dict[str, float]:
    values = {"resistance": resistance, "time_constant": time_constant}
    return values if math.isnan(exponent) else {**values, "exponent": exponent}


_WIDEST: Final = math.log(1e4)
"""How far a parameter may move from where it begins."""


def circuit_impedance(circuit: Sequence[Element], frequency: NDArray[np.float64]) -> Complex:
    """Return the impedance of a circuit at the values it begins with, shape of `frequency`.

    Args:
        circuit: the elements in series.
        frequency: Hz.
    """
    s = _complex_frequency(2.0 * math.pi * np.asarray(frequency, dtype=np.float64))
    parts = [
        element.kind.impedance(s, [element.start[name] for name in element.kind.parameters])
        for element in circuit
    ]
    return _sum(parts)


def _complex_frequency(omega: NDArray[np.float64]) -> Complex:
    return np.asarray(1j * omega, dtype=np.complex128)


def _sum(parts: Sequence[Complex]) -> Complex:
    return np.asarray(np.sum(parts, axis=0), dtype=np.complex128)


def fit_circuit(
    measured: Spectrum, circuit: Sequence[Element], *, confidence: float = 0.95
) -> CircuitFit:
    """Fit a circuit to a spectrum.

    Args:
        measured: the spectrum; test it first (`kramers_kronig`).
        circuit: elements in series with the values to begin with, all above zero.
        confidence: of the two-sided intervals.

    Returns:
        The fit; see whether it converged and how wide its intervals are before using it.

    Raises:
        ValueError: a start value is missing or not above zero, two elements have one name, or
            there are not more numbers than parameters.
    """
    model = _Model(circuit, measured.angular_frequency)
    freedom = 2 * len(measured.frequency) - len(model.free)
    if freedom < 1:
        raise ValueError("the spectrum has fewer numbers than the circuit has parameters")
    magnitude = np.abs(measured.impedance)

    def residuals(logs: NDArray[np.float64]) -> NDArray[np.float64]:
        left = (measured.impedance - model.impedance(logs)) / magnitude
        return np.concatenate([left.real, left.imag])

    def jacobian(logs: NDArray[np.float64]) -> NDArray[np.float64]:
        slopes = -model.slopes(logs) / magnitude
        return np.hstack([slopes.real, slopes.imag]).T

    start = model.start
    upper = np.where(model.is_exponent, 0.0, start + _WIDEST)
    minimum = least_squares_within(
        residuals,
        jacobian,
        start=np.minimum(start, upper - 1e-9),
        lower=start - _WIDEST,
        upper=upper,
    )
    logs = minimum.place
    left = residuals(logs)
    variance = float(left @ left) / freedom
    slopes = jacobian(logs)
    covariance = variance * np.linalg.pinv(slopes.T @ slopes)
    spread = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    factor = two_sided_factor(confidence=confidence, degrees_of_freedom=float(freedom))
    half = len(left) // 2
    return CircuitFit(
        parameters=model.parameters(logs, spread, factor),
        rms=math.sqrt(float(np.mean(left**2))),
        residuals=left[:half] + 1j * left[half:],
        is_converged=minimum.is_converged,
        confidence=confidence,
    )


class _Model:
    """A circuit as a function of the logarithms of its free parameters."""

    def __init__(self, circuit: Sequence[Element], omega: NDArray[np.float64]) -> None:
        names = [element.name for element in circuit]
        if len(set(names)) < len(names):
            raise ValueError("two elements of the circuit have the same name")
        self._circuit = tuple(circuit)
        self._s = _complex_frequency(omega)
        self._values = [
            [_start(element, name) for name in element.kind.parameters] for element in circuit
        ]
        self.free = [
            (at, position)
            for at, element in enumerate(circuit)
            for position, name in enumerate(element.kind.parameters)
            if name not in element.fixed
        ]
        self.is_exponent = np.array(
            [circuit[at].kind.parameters[position] == "exponent" for at, position in self.free],
            dtype=np.bool_,
        )
        self.start = np.log([self._values[at][position] for at, position in self.free])

    def _set(self, logs: NDArray[np.float64]) -> list[list[float]]:
        values = [list(each) for each in self._values]
        for (at, position), value in zip(self.free, np.exp(logs).tolist(), strict=True):
            values[at][position] = value
        return values

    def impedance(self, logs: NDArray[np.float64]) -> Complex:
        """Return the impedance, shape (n,)."""
        return _sum(
            [
                element.kind.impedance(self._s, values)
                for element, values in zip(self._circuit, self._set(logs), strict=True)
            ]
        )

    def slopes(self, logs: NDArray[np.float64]) -> Complex:
        """Return the derivatives to the free logarithms, shape (parameters, n)."""
        values = self._set(logs)
        step = 1e-6
        rows: list[Complex] = []
        for at, position in self.free:
            element, mine = self._circuit[at].kind, values[at]
            less, more = list(mine), list(mine)
            less[position] *= math.exp(-step)
            more[position] *= math.exp(step)
            ends = element.impedance(self._s, more), element.impedance(self._s, less)
            rows.append((ends[0] - ends[1]) / (2.0 * step))
        return np.array(rows)

    def parameters(
        self, logs: NDArray[np.float64], spread: NDArray[np.float64], factor: float
    ) -> tuple[Parameter, ...]:
        """Return all parameters with their intervals."""
        values = self._set(logs)
        spreads = dict(zip(self.free, spread.tolist(), strict=True))
        return tuple(
            Parameter(
                element=element.name,
                name=name,
                value=values[at][position],
                relative_uncertainty=spreads.get((at, position), 0.0),
                lower=values[at][position] * _grown(-factor * spreads.get((at, position), 0.0)),
                upper=values[at][position] * _grown(factor * spreads.get((at, position), 0.0)),
                is_fixed=(at, position) not in spreads,
            )
            for at, element in enumerate(self._circuit)
            for position, name in enumerate(element.kind.parameters)
        )


def _grown(exponent: float) -> float:
    """Return the exponential; infinite where it has no number."""
    return math.exp(exponent) if exponent < 700.0 else math.inf


def _start(element: Element, name: str) -> float:
    value = element.start.get(name, math.nan)
    if not value > 0.0 or math.isinf(value):
        message = f"{element.name}: {name} must begin with a finite value above zero, got {value}"
        raise ValueError(message)
    return value
