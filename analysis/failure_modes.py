"""Several ways to fail, of which the first one ends the engine.

Each mode gets a distribution of its own; an engine that failed of something else has not failed
of this, and counts as a suspension. If the modes do not influence each other, the engine survives
when it survives all of them: reliabilities multiply, and a mode without a failure cannot be left
out of the list of what may come.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.weibayes import weibayes
from analysis.weibull import Weibull, WeibullFit, fit_weibull


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What became of one engine."""

    life: float
    """How long it ran, above zero, any unit."""
    mode: str | None = None
    """What it failed of; None: it has not failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureMode:
    """One way to fail."""

    name: str
    """As the units say."""
    failures: int
    """How many units failed of it."""
    distribution: Weibull
    """Most likely distribution of its lives."""
    fit: WeibullFit | None
    """With its intervals; None where the shape was taken as known (Weibayes)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureModes:
    """All modes of an engine."""

    modes: tuple[FailureMode, ...]
    """In the order in which they appear among the units."""
    units: int
    """How many engines."""

    def reliability(self, life: float) -> float:
        """Return the share of engines that survive a life: the product over the modes.

        Raises:
            ValueError: if the life is negative or no number.
        """
        return math.prod(mode.distribution.reliability(life) for mode in self.modes)


def fit_failure_modes(
    *,
    units: Sequence[Unit],
    shapes: Mapping[str, float] | None = None,
    confidence: float = 0.9,
) -> FailureModes:
    """Return a distribution for each failure mode, failures of the others being suspensions.

    Args:
        units: all engines, failed or not.
        shapes: Weibull shapes known beforehand, by mode: these modes are not given one by the
            data (Weibayes).
        confidence: of the two-sided intervals, 0.5..1.

    Raises:
        ValueError: if no unit has failed, a life is not above zero, or the failures of a mode
            give no shape and none is known; the message names the mode.
    """
    names = list(dict.fromkeys(unit.mode for unit in units if unit.mode is not None))
    if not names:
        raise ValueError("no unit has failed: no mode can be fitted; use weibayes")
    known = shapes or {}
    return FailureModes(
        modes=tuple(_mode(name, units, known.get(name), confidence) for name in names),
        units=len(units),
    )


def _mode(name: str, units: Sequence[Unit], shape: float | None, confidence: float) -> FailureMode:
    failed = [unit.life for unit in units if unit.mode == name]
    others = [unit.life for unit in units if unit.mode != name]
    if shape is not None:
        known = weibayes(lives=[*failed, *others], failures=len(failed), shape=shape).estimate
        if known is None:
            message = f"{name}: no unit has failed by it"
            raise ValueError(message)
        return FailureMode(name=name, failures=len(failed), distribution=known, fit=None)
    try:
        fit = fit_weibull(failures=failed, suspensions=others, confidence=confidence)
    except ValueError as error:
        message = f"{name}: {error}"
        raise ValueError(message) from error
    return FailureMode(name=name, failures=len(failed), distribution=fit.distribution, fit=fit)
