"""From limits as written to limits in SI: rigs, object kinds, protocols and steps share it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Protocol

from bench.document import Section
from bench.errors import ConfigError, did_you_mean
from bench.expression import Resolved
from bench.expression.operations import Channel, Operation, Value
from bench.findings import Findings
from bench.grammar import LimitGrammar, Scalar
from bench.safeguard import Limit, Priority, Reaction, Scope
from bench.units import Quantity, unit

REACTIONS = {
    "log": Reaction.LOG,
    "warn": Reaction.WARN,
    "flag": Reaction.FLAG,
    "hold": Reaction.HOLD,
    "recover": Reaction.RECOVER,
    "unload": Reaction.UNLOAD,
    "soft-stop": Reaction.SOFT_STOP,
    "hard-stop": Reaction.HARD_STOP,
    "trip": Reaction.TRIP,
}
"""Reactions by the word that names them."""

PRIORITIES = {"high": Priority.HIGH, "medium": Priority.MEDIUM, "low": Priority.LOW}
"""Priorities by the word that names them."""

PLACE = "{}"
"""What stands for each channel in the condition of a vote."""

_SECONDS = unit("s")


class Reader(Protocol):
    """Gives texts their meaning at one place: on a rig, or in a protocol with its parameters."""

    def expression(self, text: str) -> Resolved:
        """Return an expression with its units; raises ExpressionError."""
        ...

    def quantity(self, written: Scalar) -> Quantity:
        """Return a quantity; raises ConfigError."""
        ...


def resolved_limits(
    written: Sequence[LimitGrammar],
    reader: Reader,
    section: Section,
    findings: Findings,
    scope: Scope,
) -> tuple[Limit, ...]:
    """Return limits in SI; what cannot be read goes to the findings.

    Args:
        written: Limits as written.
        reader: Gives texts their meaning.
        section: Where the list stands.
        findings: Takes the problems.
        scope: Whose limits they are, where they do not say so.
    """
    found = [
        _resolved(grammar, reader, section / position, findings, scope)
        for position, grammar in enumerate(written)
    ]
    return tuple(limit for limit in found if limit is not None)


def check_recoveries(limits: Iterable[Limit], known: Collection[str], findings: Findings) -> None:
    """Tell of limits that run a recovery which is not there.

    Args:
        limits: Limits.
        known: Recoveries of object kind and protocol.
        findings: Takes the problems.
    """
    for limit in limits:
        if limit.recovery and limit.recovery not in known and limit.mark is not None:
            hint = did_you_mean(limit.recovery, known)
            findings.add(
                limit.mark, "limit.no-recovery", limit=limit.id, name=limit.recovery, hint=hint
            )


def _resolved(
    grammar: LimitGrammar, reader: Reader, section: Section, findings: Findings, scope: Scope
) -> Limit | None:
    place = _Place(grammar, reader, section, findings)
    conditions = place.members() if grammar.of else place.only()
    guard = None
    if grammar.valid_while is not None:
        guard = condition_of(grammar.valid_while, reader, section / "while", findings)
    if not conditions or (guard is None and grammar.valid_while is not None):
        return None
    reaction = REACTIONS[grammar.reaction]
    place.check_recovery(reaction)
    priority = default_priority(reaction)
    if grammar.priority is not None:
        priority = PRIORITIES[grammar.priority]
    recover = grammar.recover if reaction is Reaction.RECOVER else None
    return Limit(
        id=grammar.id,
        condition=_any_of(conditions),
        text=place.text,
        reaction=reaction,
        persistence=place.seconds(grammar.lasting, "for"),
        valid_while=guard,
        scope=scope if grammar.scope is None else Scope(grammar.scope),
        beside=grammar.beside,
        advice=grammar.advice,
        cause=grammar.cause,
        consequence=grammar.consequence,
        delay=place.seconds(grammar.delay, "delay"),
        hysteresis=place.hysteresis(conditions),
        clears_after=place.seconds(grammar.clears_after, "clears-after"),
        priority=priority,
        is_indicated_only=grammar.is_indicated_only,
        is_latched=grammar.is_latched,
        is_gas=grammar.is_gas,
        members=conditions if grammar.of else (),
        votes=grammar.votes or 1,
        recovery="" if recover is None else recover.run,
        tries=0 if recover is None else recover.tries,
        mark=section.mark,
    )


def default_priority(reaction: Reaction) -> Priority:
    """Return how soon somebody has to respond, where a limit does not say so."""
    if reaction >= Reaction.SOFT_STOP:
        return Priority.HIGH
    return Priority.MEDIUM if reaction >= Reaction.HOLD else Priority.LOW


def _any_of(conditions: Sequence[Resolved]) -> Resolved:
    """Return a condition that holds while any of several does, whatever votes they need."""
    tree = reduce(lambda one, other: Operation("or", (one, other)), [x.tree for x in conditions])
    names = frozenset[str]().union(*(each.names for each in conditions))
    return replace(conditions[0], tree=tree, names=names)


@dataclass(frozen=True)
class _Place:
    """One limit as written, and where its problems go."""

    grammar: LimitGrammar
    reader: Reader
    section: Section
    findings: Findings

    @property
    def text(self) -> str:
        """The condition, for people."""
        grammar = self.grammar
        if not grammar.of:
            return grammar.when
        voters = f"{grammar.votes or 1} of ({', '.join(grammar.of)})"
        return grammar.when.replace(PLACE, voters)

    def only(self) -> tuple[Resolved, ...]:
        """Return the one condition of a limit that is not voted on; none where it is not one."""
        grammar, section = self.grammar, self.section
        if PLACE in grammar.when:
            self.findings.add(section / "when", "limit.nobody-votes", place=PLACE)
            return ()
        if grammar.votes is not None:
            self.findings.add(section / "votes", "limit.nobody-votes", place=PLACE)
        found = condition_of(grammar.when, self.reader, section / "when", self.findings)
        return () if found is None else (found,)

    def members(self) -> tuple[Resolved, ...]:
        """Return the conditions that vote; none where something is wrong with them."""
        grammar, section, findings = self.grammar, self.section, self.findings
        if PLACE not in grammar.when:
            findings.add(section / "when", "limit.no-place", place=PLACE)
            return ()
        if (grammar.votes or 1) > len(grammar.of):
            findings.add(
                section / "votes", "limit.votes", votes=grammar.votes, members=len(grammar.of)
            )
        found: list[Resolved] = []
        for position, name in enumerate(grammar.of):
            here = section / "of" / position
            if name in grammar.of[:position]:
                findings.add(here, "limit.member-twice", name=name)
            with findings.at(here):
                if not isinstance(self.reader.expression(name).tree, Channel):
                    raise ConfigError("limit.no-member", text=name)
                text = grammar.when.replace(PLACE, name)
                condition = condition_of(text, self.reader, section / "when", findings)
                if condition is None:
                    return ()  # the others would only say the same
                found.append(condition)
        return tuple(found) if len(found) == len(grammar.of) else ()

    def seconds(self, written: Scalar, key: str) -> float:
        """Return a duration, s; 0 where it is none, which goes to the findings."""
        with self.findings.at(self.section / key):
            given = self.reader.quantity(written)
            if given.unit.dimension != _SECONDS.dimension and given.value != 0:
                raise ConfigError("config.dimension", value=written, unit="s")
            if given.value < 0:
                raise ConfigError("config.negative", value=written)
            return given.value
        return 0.0

    def hysteresis(self, conditions: Sequence[Resolved]) -> float:
        """Return the hysteresis, SI; 0 where it is none, which goes to the findings."""
        written = self.grammar.hysteresis
        with self.findings.at(self.section / "hysteresis"):
            given = self.reader.quantity(written)
            if given.value == 0:
                return 0.0
            if given.difference < 0:
                raise ConfigError("config.negative", value=written)
            for condition in conditions:
                name = compared_channel(condition)
                if not name:
                    raise ConfigError("limit.hysteresis")
                wanted = self.reader.expression(name).unit
                is_share = "LFL" in {wanted.reference, given.unit.reference}
                fits = not is_share or wanted.reference == given.unit.reference
                if given.unit.dimension != wanted.dimension or not fits:
                    raise ConfigError("config.dimension", value=written, unit=wanted.label)
            return given.difference
        return 0.0

    def check_recovery(self, reaction: Reaction) -> None:
        """Tell of a recovery without its reaction, and the other way round."""
        section, recover = self.section, self.grammar.recover
        if reaction is Reaction.RECOVER and recover is None:
            self.findings.add(section / "reaction", "limit.recover-what")
        if reaction is not Reaction.RECOVER and recover is not None:
            word = self.grammar.reaction
            self.findings.add(section / "recover", "limit.recover-nothing", reaction=word)


def compared_channel(condition: Resolved) -> str:
    """Return the channel that a condition compares with a constant bound; empty: it is another."""
    match condition.tree:
        case Operation(
            name=">" | ">=" | "<" | "<=",
            operands=(Channel(name=name), Value()) | (Value(), Channel(name=name)),
        ):
            return name
        case _:
            return ""


def condition_of(
    text: str, reader: Reader, section: Section, findings: Findings
) -> Resolved | None:
    """Return a condition; None where the text is none, which goes to the findings."""
    with findings.at(section):
        resolved = reader.expression(text)
        if resolved.is_condition:
            return resolved
        findings.add(section, "config.no-condition", text=text)
    return None
