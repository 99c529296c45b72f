"""Rows of an engine as damage is told from them: of a run file, a vehicle log, or a plan."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.checks import BoolArray, FloatArray


@dataclass(frozen=True, eq=False)
class EngineRows:
    """Rows of an engine, in time; each array has the shape (rows,)."""

    held: FloatArray
    """How long each row holds, s; zero: nothing is concluded from it but turning points."""
    speed: FloatArray
    """Engine speed, rad/s; NaN: not known."""
    torque: FloatArray
    """At the flange, N m; NaN: not known."""
    coolant: FloatArray
    """Coolant temperature, K; NaN: not known."""
    oil: FloatArray
    """Oil temperature, K; NaN: not known."""
    exhaust: FloatArray
    """Exhaust temperature, K; NaN: not known."""
    injecting: BoolArray
    """Whether hydrogen is injected."""
    fuel: FloatArray
    """Hydrogen flow, kg/s; NaN: not known."""

    def __post_init__(self) -> None:
        """Refuse arrays of different lengths."""
        sizes = {name: array.shape for name, array in vars(self).items()}
        if len(set(sizes.values())) != 1 or self.held.ndim != 1:
            message = f"rows must be one-dimensional and equally many, got {sizes}"
            raise ValueError(message)
        if not (self.held >= 0.0).all():
            raise ValueError("held durations must not be negative, nor no number")

    def __len__(self) -> int:
        return self.held.size

    def cut(self, begin: int, end: int) -> EngineRows:
        """Return the rows from one place to before another."""
        return EngineRows(**{name: array[begin:end] for name, array in vars(self).items()})
