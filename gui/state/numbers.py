"""The newest numbers of all channels, and what expressions come to with them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench.channel import Quality
from bench.errors import ConfigError
from bench.expression import Expression, Resolved, resolve
from bench.model import BenchModel
from bench.service.live import Frame
from bench.service.showing import on_screen
from bench.units import Unit, significant
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
        if found is Quality.OK and math.isnan(self.value(index)):
            return Quality.BAD
        return max(found, Quality.STALE) if self.is_old else found

    def of(self, formula: Resolved) -> float:
        """Return what an expression comes to, SI; nan: nothing."""
        return formula.evaluate(
            {name: self.value(self.model.index[name]) for name in formula.names}
        )

    def holds(self, condition: Resolved) -> bool | None:
        """Return whether a condition holds; None: a value that it needs is not to be trusted."""
        if any(self.quality(self.model.index[name]) is not Quality.OK for name in condition.names):
            return None
        return self.of(condition) > 0

    def text(self, index: int, digits: int = 4) -> str:
        """Return a value as text, without its unit: a number, or the word of a selector."""
        value, channel = self.value(index), self.model.channels[index]
        if math.isnan(value):
            return NO_VALUE
        words = self.model.choices_of(channel.name)
        if words and 0 <= value < len(words):
            return words[int(value)]
        if not channel.shown_unit.label and value == round(value):
            return f"{value:.0f}"  # a count
        return number_text(channel.shown_unit, value, digits)


def numbers_of(session: Session) -> Numbers | None:
    """Return the newest numbers of a bench; None where the bench is not known yet."""
    if session.model is None:
        return None
    is_old = not session.is_connected or session.silent_for >= SILENT_AFTER
    return Numbers(session.model, session.newest, is_old)


def number_text(measure: Unit, value: float, digits: int = 4) -> str:
    """Return an SI value as the number in a unit, without the unit."""
    number = measure.from_si(value)
    if not math.isfinite(number):
        return NO_VALUE
    if abs(number) < 1:
        return on_screen(measure, value).removesuffix(measure.label).rstrip()
    return significant(number, digits)


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
