"""The gate to a start: every check of a rig, what it rests on, and what is missing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.checklist import (
    BY_PERSON,
    Attested,
    Certificates,
    Check,
    DiskSpace,
    GasStock,
    Holds,
    WallClock,
)
from bench.errors import Refused, did_you_mean
from bench.messages import Bilingual, Message
from bench.model import BenchModel
from bench.plan import Estimate
from bench.preflight.evidence import Evidence, Standing, newest, standing_of
from bench.preflight.instant import Look, judge


@dataclass(frozen=True)
class Scope:
    """Which checks a start needs."""

    kinds: tuple[type[object], ...] | None = None
    """Kinds of tests; None: all."""

    def holds(self, check: Check) -> bool:
        """Return whether a start needs a check."""
        return self.kinds is None or isinstance(check.test, self.kinds)


REAL = Scope()
"""Instruments: everything."""
REHEARSED = Scope((Holds, GasStock, DiskSpace))
"""Simulated instruments over a wire: what the bench can judge of them at once."""
VIRTUAL = Scope((Holds, GasStock, DiskSpace, Certificates))
"""Simulated instruments in virtual time, where nobody is there to attest anything."""


class Gate:
    """The checks of one bench with their evidence; pure, and without a clock."""

    def __init__(self, model: BenchModel, scope: Scope = REAL) -> None:
        """Begin without evidence.

        Args:
            model: The bench.
            scope: Which checks a start needs.
        """
        self._model = model
        self._scope = scope
        self._evidence: dict[str, Evidence] = {}
        self.rig = rig_digest(model)
        """Digest of the rig's files."""

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks, in the order of the rig."""
        return self._model.preflight

    @property
    def needed(self) -> tuple[Check, ...]:
        """Those that a start needs."""
        return tuple(check for check in self.checks if self._scope.holds(check))

    @property
    def skipped(self) -> tuple[Check, ...]:
        """Those that a start does not need here."""
        return tuple(check for check in self.checks if not self._scope.holds(check))

    def take(self, evidence: Iterable[Evidence]) -> None:
        """Take evidence, the oldest first."""
        self._evidence |= newest(evidence)

    def check(self, name: str) -> Check:
        """Return a check by name.

        Raises:
            Refused: there is none.
        """
        found = next((check for check in self.checks if check.id == name), None)
        if found is None:
            hint = did_you_mean(name, [check.id for check in self.checks])
            raise Refused("preflight.no-check", name=name, hint=hint)
        return found

    def attested(self, name: str, text: str, who: str, utc_ns: int) -> Evidence:
        """Return, and take, what a person says of a check.

        Raises:
            Refused: no such check, none that a person can attest, or nothing is said.
        """
        check = self.check(name)
        if not isinstance(check.test, BY_PERSON):
            raise Refused("preflight.not-attested", check=name)
        if not text.strip() or not who.strip():
            raise Refused("preflight.who-says-what")
        said = Message("preflight.attested", {"text": text.strip(), "who": who})
        evidence = self.evidence(check, said, who, utc_ns, is_passed=True, is_attested=True)
        self.take([evidence])
        return evidence

    def evidence(
        self,
        check: Check,
        said: Message,
        who: str,
        utc_ns: int,
        *,
        is_passed: bool,
        is_attested: bool = False,
    ) -> Evidence:
        """Return evidence of a check as this rig defines it."""
        return Evidence(
            check=check.id,
            utc_ns=utc_ns,
            is_passed=is_passed,
            said=said,
            who=who,
            is_attested=is_attested,
            definition=check.definition,
            rig=self.rig,
        )

    def standings(self, look: Look, estimate: Estimate, period: int) -> tuple[Standing, ...]:
        """Return how every check stands.

        Args:
            look: What is now.
            estimate: What the run takes that is to begin.
            period: Time between two scans, ns.
        """
        return tuple(self._standing(check, look, estimate, period) for check in self.checks)

    def lacking(self, look: Look, estimate: Estimate, period: int) -> tuple[Standing, ...]:
        """Return the checks that a start needs and that are not passed; see `standings`."""
        found = (self._standing(check, look, estimate, period) for check in self.needed)
        return tuple(each for each in found if not each.is_passed)

    def without_evidence(self, utc_ns: int) -> tuple[Standing, ...]:
        """Return those that lack evidence, whatever the bench shows."""
        judged = (Holds, GasStock, DiskSpace, Certificates, WallClock)
        kept = (check for check in self.needed if not isinstance(check.test, judged))
        found = (standing_of(check, self._evidence.get(check.id), utc_ns) for check in kept)
        return tuple(each for each in found if not each.is_passed)

    def _standing(self, check: Check, look: Look, estimate: Estimate, period: int) -> Standing:
        judged = judge(check, look, self._model, estimate, period)
        if judged is not None:
            return judged
        return standing_of(check, self._evidence.get(check.id), look.utc_ns)


def refusal(lacking: Sequence[Standing]) -> Refused:
    """Return why a start is refused: all that is not passed, and what to do."""
    told = Bilingual(*("\n".join(_line(each, language) for each in lacking) for language in _BOTH))
    return Refused("preflight.refused", count=len(lacking), checks=told)


def rig_digest(model: BenchModel) -> str:
    """Return a digest of the rig's files."""
    digest = hashlib.sha256()
    for name, text in sorted(model.texts.items()):
        digest.update(f"{name}\0{text}\0".encode())
    return digest.hexdigest()[:16]


_BOTH = ("en", "zh")


def _line(standing: Standing, language: str) -> str:
    check = standing.check
    title = check.title.text(language)
    named = f"{title} ({check.id})" if title else check.id
    said, advice = standing.said.text(language), _advice(check).text(language)
    return f"  {named}: {said}. {advice}".rstrip()


def _advice(check: Check) -> Bilingual | Message:
    """Return what to do: the rig's own words, else how the check is done."""
    if check.advice.en:
        return check.advice
    if isinstance(check.test, Attested | WallClock):
        return Message("preflight.do-attest", {"check": check.id})
    if isinstance(check.test, Holds | GasStock | DiskSpace | Certificates):
        return Bilingual("")
    return Message("preflight.do-run", {"check": check.id})
