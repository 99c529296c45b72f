"""What the protocol of a run asks of its results, from the text recorded with the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from bench.config.grammar import CriterionGrammar, ProtocolFile
from bench.document import parse, validated
from bench.errors import did_you_mean
from bench.messages import Message
from bench.runs import Run
from bench.step import Scalar
from bench.units import ONE, Quantity, Unit, UnitError, quantity, unit
from protocols.mechanism_table import EXPONENT_SETTINGS

SETTINGS = (
    "cycle",
    "full_load",
    "power_correction",
    "line_volume",
    "fuel_closure",
    "energy_closure",
    "coolant_heat_capacity",
    "exhaust_heat_capacity",
    "air_heat_capacity",
    "other_heat",
)
"""What may stand in ``judge:`` of a hydrogen engine protocol."""

Sense = Literal["at_least", "at_most"]
"""Which side of a limit is the good one."""


@dataclass(frozen=True)
class Criterion:
    """What one result has to keep."""

    name: str
    """Result."""
    at: str
    """Name of the point."""
    at_least: Quantity | None
    """Lower limit."""
    at_most: Quantity | None
    """Upper limit."""
    confidence: float
    """One-sided, 1."""
    origin: str
    """Where the limit comes from."""

    @property
    def limits(self) -> tuple[tuple[Sense, Quantity], ...]:
        """The limits that are given, each with its good side."""
        given: tuple[tuple[Sense, Quantity | None], ...] = (
            ("at_least", self.at_least),
            ("at_most", self.at_most),
        )
        return tuple((sense, limit) for sense, limit in given if limit is not None)

    def fits(self, wanted: Unit) -> bool:
        """Return whether every limit is of a result in that unit."""
        return all(limit.unit.converts_to(wanted) for _, limit in self.limits)


@dataclass(frozen=True)
class Asked:
    """What a protocol asks of the judge."""

    criteria: tuple[Criterion, ...] = ()
    """In the order of the protocol."""
    settings: Mapping[str, object] | None = None
    """``judge:`` as written; None: nothing is set."""

    @property
    def unknown_settings(self) -> tuple[Message, ...]:
        """A sentence per setting that means nothing to the judge of a hydrogen engine."""
        return self.unknown_beside((*SETTINGS, *EXPONENT_SETTINGS))

    def unknown_beside(self, known: Sequence[str]) -> tuple[Message, ...]:
        """Return a sentence per setting that is none of those known, with the nearest that is."""
        return tuple(
            Message("judge.unknown-setting", {"setting": name, "hint": did_you_mean(name, known)})
            for name in self.settings or {}
            if name not in known
        )

    def number(self, name: str, default: float, wanted: str = "") -> float:
        """Return a setting in SI.

        Args:
            name: key of the setting.
            default: what holds where it is not given, SI.
            wanted: a unit of its dimension; empty: a pure number.

        Raises:
            UnitError: it is no quantity of that dimension.
        """
        given = (self.settings or {}).get(name)
        if given is None:
            return default
        found = quantity(cast("str | float", given))
        if not found.unit.converts_to(unit(wanted)):
            raise UnitError("judge.setting-unit", setting=name, value=given, unit=wanted or "1")
        return found.value

    def word(self, name: str, default: str = "") -> str:
        """Return a setting that is a word."""
        given = (self.settings or {}).get(name)
        return default if given is None else str(given)


def asked_of(run: Run) -> Asked:
    """Return what the protocol of a run asks; nothing where its text was not recorded.

    Raises:
        ConfigError: the recorded text is no protocol of this program.
    """
    header = run.header
    name = f"protocols/{header.protocol_name}.yaml"
    text = run.texts.get(name)
    if text is None:
        return Asked()
    file = validated(parse(text, name), ProtocolFile)
    criteria = tuple(
        _criterion(result, given, header.parameters) for result, given in file.verdict.items()
    )
    return Asked(criteria, file.judge)


def _criterion(name: str, given: CriterionGrammar, parameters: Mapping[str, str]) -> Criterion:
    def read(value: Scalar) -> Quantity:
        if isinstance(value, str) and value.startswith("$"):
            value = parameters[value.removeprefix("$")]
        return quantity(value)

    confidence = read(given.confidence)
    if not (confidence.unit.converts_to(ONE) and 0.5 < confidence.value < 1.0):
        raise UnitError("judge.confidence", value=given.confidence)
    return Criterion(
        name=name,
        at=given.at,
        at_least=None if given.at_least is None else read(given.at_least),
        at_most=None if given.at_most is None else read(given.at_most),
        confidence=round(confidence.value, 12),  # 95 % are 0.95
        origin=given.origin,
    )
