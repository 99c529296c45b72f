"""The channels of a rig in the order of the scan's row, while it is put together."""

from __future__ import annotations

import math

from bench.channel import Channel
from bench.config.quantities import plain
from bench.document import Mark
from bench.expression import Expression, Resolved, parse, resolve
from bench.findings import Findings
from bench.model import Computed, Rate
from bench.step import Scalar
from bench.units import Quantity, Unit, quantity


class Row:
    """Channels by index; gives expressions their meaning among them."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._units: dict[str, Unit] = {}
        self._choices: dict[str, tuple[str, ...]] = {}
        self.channels: list[Channel] = []
        """In row order."""
        self.ages: list[float] = []
        """Age at which each is stale, s."""
        self.computed: list[Computed] = []
        """Which of them are computed, in an order that works."""
        self.rates: list[Rate] = []
        """Which of them say how fast others change."""

    def add(
        self, channel: Channel, where: Mark, *, age: float = math.inf, choices: tuple[str, ...] = ()
    ) -> int:
        """Add a channel and return its index; a second one of a name is a problem."""
        if channel.name in self._units:
            self._findings.add(where, "config.channel-twice", name=channel.name)
        self._units[channel.name] = channel.unit
        self._choices[channel.name] = choices
        self.channels.append(channel)
        self.ages.append(age)
        return len(self.channels) - 1

    def add_computed(self, channel: Channel, formula: Resolved, where: Mark) -> None:
        """Add a channel that is computed from others."""
        self.computed.append(Computed(self.add(channel, where), formula))

    @property
    def index(self) -> dict[str, int]:
        """Channel name → index."""
        return {channel.name: position for position, channel in enumerate(self.channels)}

    def expression(self, text: str) -> Resolved:
        """Return an expression with its units; raises ExpressionError."""
        return self.resolved(parse(text))

    def resolved(self, expression: Expression) -> Resolved:
        """Return a parsed expression with its units; raises ExpressionError."""
        return resolve(
            expression,
            units=self._units.get,
            known=self._units,
            choices=lambda name: self._choices.get(name, ()),
        )

    def quantity(self, written: Scalar) -> Quantity:
        """Return a quantity; raises ConfigError."""
        return quantity(plain(written))
