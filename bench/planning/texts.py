"""What texts of a protocol mean on a bench, with the parameters that hold at their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.config.quantities import is_rate_of, measure, misfit, per_second, plain
from bench.errors import ConfigError, did_you_mean
from bench.expression import Resolved, parse, resolve
from bench.model import BenchModel, DemandPoint
from bench.plan import Value
from bench.step import Scalar
from bench.units import Quantity, Unit, quantity, unit

_SECONDS = unit("s")


@dataclass(frozen=True)
class Texts:
    """Turns texts into numbers in SI; every method raises ConfigError where that fails."""

    model: BenchModel
    """The bench."""
    parameters: Mapping[str, Quantity]
    """What ``$name`` stands for."""

    def expression(self, text: str) -> Resolved:
        """Return an expression with its units."""
        return resolve(
            parse(text),
            units=self.model.unit_of,
            parameters={**self.parameters, **self.model.object.quantities},
            known=self.model.index,
            choices=self.model.choices_of,
        )

    def quantity(self, written: Scalar) -> Quantity:
        """Return a quantity; ``$name`` keeps the unit of the parameter."""
        if not isinstance(written, str) or "$" not in written:
            return quantity(plain(written))
        resolved = self.expression(written)
        if resolved.constant is None:
            raise ConfigError("plan.not-constant", value=written)
        name = written.strip().removeprefix("$")
        same = self.parameters.get(name)
        return Quantity(resolved.constant, resolved.unit if same is None else same.unit)

    def seconds(self, written: Scalar) -> float:
        """Return a duration, s."""
        given = self.quantity(written)
        if given.unit.dimension != _SECONDS.dimension:
            raise misfit(written, _SECONDS)
        if given.value < 0:
            raise ConfigError("config.negative", value=written)
        return given.value

    def positive_seconds(self, written: Scalar) -> float:
        """Return a duration above zero, s."""
        seconds = self.seconds(written)
        if seconds == 0:
            raise ConfigError("config.not-positive", value=written)
        return seconds

    def rate(self, written: Scalar, wanted: Unit) -> float:
        """Return a change per second without its sign, SI."""
        given = self.quantity(written)
        if not is_rate_of(given, wanted):
            shown = per_second(wanted).label
            raise ConfigError("config.dimension", value=written, unit=shown)
        if given.value == 0:
            raise ConfigError("config.not-positive", value=written)
        return abs(given.value)

    def value(self, written: Scalar, wanted: Unit) -> Value:
        """Return a value of a unit's quantity: a number (SI) or an expression of channels."""
        if not isinstance(written, str):
            return measure(written, wanted)
        resolved = self.expression(written)
        fits = resolved.unit.dimension == wanted.dimension
        if not fits or resolved.unit.reference != wanted.reference or resolved.is_condition:
            raise misfit(written, wanted)
        return resolved if resolved.constant is None else resolved.constant

    def demand(self, written: Scalar, demand: DemandPoint) -> Value:
        """Return a value for a demand; of a selector, the index of its word."""
        if not demand.choices:
            return self.value(written, demand.unit)
        word = str(plain(written))
        if word in demand.choices:
            return float(demand.choices.index(word))
        if isinstance(written, str) and ("$" in written or "." in written):
            resolved = self.expression(written)
            if resolved.constant is None:
                return resolved
            if resolved.constant in range(len(demand.choices)):
                return resolved.constant
        words = ", ".join(demand.choices)
        hint = did_you_mean(word, demand.choices)
        raise ConfigError("config.no-choice", word=word, choices=words, hint=hint)
