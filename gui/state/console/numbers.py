"""The newest numbers of all channels, and what expressions come to with them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench.channel import Kind, Quality
from bench.errors import ConfigError
from bench.expression import Expression, Resolved, resolve
from bench.model import BenchModel
from bench.service.live import Frame
from bench.service.showing import on_screen
from bench.units import Unit
from gui.state.session import Session

SILENT_AFTER = 3.0
"""Time after which numbers of a silent server are old, s."""
NO_VALUE = "–"
"""Where there is no number."""


@dataclass(frozen=True, eq=False)
class Numbers:
    """The newest numbers of all channels."""

    model: BenchModel
    """Says what they mean."""
    frame: Frame | None
    """The numbers; None: none have come."""
    is_old: bool
    """Whether the server has been silent for so long that none is to be trusted."""

    def value(self, index: int) -> float:
        """Return a value, SI; nan: there is none."""
        if self.frame is None or index >= len(self.frame.values):
            return math.nan
        return float(self.frame.values[index])

    def quality(self, index: int) -> Quality:
        """Return whether a value may be used."""
        if self.frame is None or index >= len(self.frame.quality):
            return Quality.DISCONNECTED
        found = Quality(int(self.frame.quality[index]))
        if found is Quality.OK and math.isnan(self.value(index)) and not self._is_demand(index):
            return Quality.BAD
        return max(found, Quality.STALE) if self.is_old else found

    def _is_demand(self, index: int) -> bool:
        """Return whether a channel is a demand, which has no value before the first one."""
        return self.model.channels[index].kind is Kind.DEMANDED

    def of(self, formula: Resolved) -> float:
        """Return what an expression comes to, SI; nan: nothing."""
        return formula.evaluate(
            {name: self.value(self.model.index[name]) for name in formula.names}
        )

    def holds(self, condition: Resolved) -> bool | None:
        """Return whether a condition holds; None: a value is missing or not to be trusted."""
        indices = [self.model.index[name] for name in condition.names]
        if self.is_doubtful(condition) or any(math.isnan(self.value(each)) for each in indices):
            return None
        return self.of(condition) > 0

    def is_doubtful(self, condition: Resolved) -> bool:
        """Return whether a value that a condition needs is not to be trusted."""
        indices = (self.model.index[name] for name in condition.names)
        return any(self.quality(each) is not Quality.OK for each in indices)

    def text(self, index: int, decimals: int | None = None) -> str:
        """Return a value as text, without its unit: a number, or the word of a selector.

        Args:
            index: Where the channel stands in a frame.
            decimals: How many; None: as many as its size asks for.
        """
        value, channel = self.value(index), self.model.channels[index]
        if math.isnan(value):
            return NO_VALUE
        words = self.model.choices_of(channel.name)
        if words and 0 <= value < len(words):
            return words[int(value)]
        if not channel.shown_unit.label and value == round(value):
            return f"{value:.0f}"  # a count
        return number_text(channel.shown_unit, value, decimals)


def numbers_of(session: Session) -> Numbers | None:
    """Return the newest numbers of a bench; None where the bench is not known yet."""
    if session.model is None:
        return None
    is_old = not session.is_connected or session.silent_for >= SILENT_AFTER
    return Numbers(session.model, session.newest, is_old)


def number_text(measure: Unit, value: float, decimals: int | None = None) -> str:
    """Return an SI value as the number in a unit, without the unit.

    Args:
        measure: The unit.
        value: Value, SI.
        decimals: How many; None: as many as its size asks for.
    """
    number = measure.from_si(value)
    if not math.isfinite(number):
        return NO_VALUE
    if decimals is None:
        return on_screen(measure, value).removesuffix(measure.label).rstrip()
    return f"{round(number, decimals) + 0.0:.{decimals}f}"  # what rounds to zero has no sign


def decimals_for(span: float, steps: int) -> int | None:
    """Return the decimals that tell at least so many steps of a scale apart; 3 at most.

    Args:
        span: Width of the scale, in the unit that is shown; 0: there is none.
        steps: How many.

    Returns:
        How many decimals, so that they do not change while the value does; None without a scale.
    """
    if not span > 0:
        return None
    return min(max(math.ceil(-math.log10(span / steps) - 1e-9), 0), 3)


def resolved_on(
    model: BenchModel, expression: Expression, wanted: Unit | None = None
) -> Resolved | None:
    """Return what an expression means on a bench; None where the bench lacks a name in it.

    Args:
        model: The bench.
        expression: What is written.
        wanted: Unit of the quantity it has to be of; None: any.

    Raises:
        ConfigError: its units do not go together, or it is of another quantity.
    """
    quantities = model.object.quantities
    if expression.names - model.index.keys() or expression.parameters - quantities.keys():
        return None
    found = resolve(
        expression,
        units=model.unit_of,
        parameters=quantities,
        known=model.index,
        choices=model.choices_of,
    )
    if wanted is not None and found.unit.dimension != wanted.dimension:
        raise ConfigError("config.dimension", value=expression.text, unit=wanted.label or "1")
    return found
