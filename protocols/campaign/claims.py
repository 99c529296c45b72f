"""Kilometres of what was worn so far: the least of all mechanisms."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from protocols.campaign.results import EquivalenceRow
from protocols.engine_kilometres import Kilometres, equivalences
from protocols.engine_mechanisms import MechanismPart, MechanismSums, sums
from protocols.field_duty import FieldDuty
from protocols.mechanism_table import MechanismSettings

NOMINAL = 1
"""Place of the nominal exponent among low, nominal and high."""


@dataclass(frozen=True, eq=False)
class Claims:
    """What a kilometre is, for one engine."""

    duty: FieldDuty
    """What the vehicle does."""
    settings: MechanismSettings
    """How rows of bench and field become damage."""

    @cached_property
    def field(self) -> MechanismSums:
        """What the kilometres of the duty wear."""
        return self.duty.worn(self.settings)

    def least(self, part: MechanismPart) -> float:
        """Return the claim, km; NaN where the field does nothing of some kind."""
        found = sums(part)
        ratios = [
            found.damage[each.name][NOMINAL] / self.field.damage[each.name][NOMINAL]
            if self.field.damage[each.name][NOMINAL] > 0.0
            else math.nan
            for each in self.settings.mechanisms
        ]
        return min(ratios) * self.duty.kilometres if ratios else math.nan

    def rows(self, part: MechanismPart, target: float) -> tuple[EquivalenceRow, ...]:
        """Return the kilometres of every mechanism and of bookkeeping.

        Args:
            part: what was worn.
            target: kilometres that are to be shown.

        Raises:
            MechanismError: the field duty does nothing of some kind.
        """
        return tuple(self._rows(equivalences(part, self.duty), target))

    def _rows(self, found: tuple[Kilometres, ...], target: float) -> Iterator[EquivalenceRow]:
        for each in found:
            known = each.exponents
            yield EquivalenceRow(
                name=each.name,
                title=each.title,
                is_mechanism=each.is_mechanism,
                kilometres=each.kilometres,
                lower=each.least,
                upper=each.most,
                exponent=math.nan if known is None else known.nominal,
                exponent_low=math.nan if known is None else known.low,
                exponent_high=math.nan if known is None else known.high,
                exponent_unit=each.exponent_unit,
                source=each.origin,
                is_governing=each.is_governing,
                kilometres_per_hour=each.kilometres_per_hour,
                hours_missing=each.hours_missing(target),
                unknown_hours=each.unknown_hours,
            )
