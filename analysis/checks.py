"""What every function of this package asks of its inputs.

A quantity is a Python float or a float64 array; both pass the same checks, so that a formula
serves the scan row, a recorded trace and a Monte Carlo draw alike.
"""

import math
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Quantity = TypeVar("Quantity", float, FloatArray)
"""A float or an array of floats; a formula returns what it was given."""


def require_finite(**quantities: float | FloatArray) -> None:
    """Raise ValueError, naming the quantity, unless every value is finite and there is one."""
    for name, value in quantities.items():
        # A plain float takes the short way: the scan calls these formulas a hundred times a second.
        if isinstance(value, float):
            finite = math.isfinite(value)
        else:
            array = np.asarray(value, dtype=np.float64)
            if array.size == 0:
                message = f"{name} is empty"
                raise ValueError(message)
            finite = bool(np.isfinite(array).all())
        if not finite:
            message = f"{name} must be finite, got {value}"
            raise ValueError(message)


def require_positive(**quantities: float | FloatArray) -> None:
    """Raise ValueError unless every value is finite and above zero."""
    require_finite(**quantities)
    for name, value in quantities.items():
        if _smallest(value) <= 0.0:
            message = f"{name} must be above zero, got {value}"
            raise ValueError(message)


def require_not_negative(**quantities: float | FloatArray) -> None:
    """Raise ValueError unless every value is finite and at least zero."""
    require_finite(**quantities)
    for name, value in quantities.items():
        if _smallest(value) < 0.0:
            message = f"{name} must not be negative, got {value}"
            raise ValueError(message)


def require_fraction(**quantities: float | FloatArray) -> None:
    """Raise ValueError unless every value lies in 0..1."""
    require_not_negative(**quantities)
    for name, value in quantities.items():
        if float(np.max(value)) > 1.0:
            message = f"{name} is a fraction and must not exceed 1, got {value}"
            raise ValueError(message)


def _smallest(value: float | FloatArray) -> float:
    return value if isinstance(value, float) else float(np.min(value))


def require_confidence(confidence: float) -> None:
    """Raise ValueError unless the confidence lies between 0.5 and 1, both excluded."""
    if not 0.5 < confidence < 1.0:
        message = f"confidence must lie between 0.5 and 1, got {confidence}"
        raise ValueError(message)


def as_samples(name: str, values: ArrayLike, *, at_least: int = 1) -> FloatArray:
    """Return one-dimensional finite float64 samples.

    Args:
        name: what the samples are called in an error.
        values: the samples, shape (n,).
        at_least: the smallest n that makes sense.

    Raises:
        ValueError: if the values are not one-dimensional, too few, or not all finite.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        message = f"{name} must be one-dimensional, got shape {array.shape}"
        raise ValueError(message)
    if array.size < at_least:
        message = f"{name} needs at least {at_least} samples, got {array.size}"
        raise ValueError(message)
    if not np.isfinite(array).all():
        message = f"{name} holds {int((~np.isfinite(array)).sum())} values that are no number"
        raise ValueError(message)
    return array


def as_trace(*, times: ArrayLike, at_least: int = 2, **values: ArrayLike) -> tuple[FloatArray, ...]:
    """Return the times and the samples taken at them, as float64 arrays of one length.

    Args:
        times: s, strictly increasing, shape (n,).
        at_least: the smallest n that makes sense.
        values: named samples, each of shape (n,).

    Raises:
        ValueError: if shapes differ, a value is not finite, or time does not increase.
    """
    time = as_samples("times", times, at_least=at_least)
    if (np.diff(time) <= 0.0).any():
        raise ValueError("times must increase from sample to sample")
    samples = [as_samples(name, value) for name, value in values.items()]
    for name, sample in zip(values, samples, strict=True):
        if sample.shape != time.shape:
            message = f"{name} has {sample.size} samples, times has {time.size}"
            raise ValueError(message)
    return (time, *samples)
