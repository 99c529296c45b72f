"""A bounded sample of the verdict campaign; all of it: ``python -m tests.campaigns.verdicts``."""

from __future__ import annotations

import pytest

from analysis.verdict import Verdict
from tests.campaigns.verdicts import TARGETS, Outcome, campaign, coverage, share

SEEDS = range(30)


@pytest.fixture(scope="module")
def outcomes() -> dict[str, list[Outcome]]:
    """Return the outcomes of 30 cells at every true efficiency."""
    said: list[str] = []
    found = campaign(SEEDS, list(TARGETS), said.append)
    print(*said, sep="\n")  # noqa: T201 - shown where the test fails
    return {target: [each for each in found if each.target == target] for target in TARGETS}


@pytest.mark.timeout(900)
def test_verdicts_are_honest(outcomes: dict[str, list[Outcome]]) -> None:
    for target, wanted in TARGETS.items():
        if wanted is not None:
            assert all(abs(each.truth - wanted) < 5e-4 for each in outcomes[target])
    assert 0.90 <= coverage(outcomes["nominal"]) <= 1.0  # 30 seeds: 27 of them at least
    assert share(outcomes["42.0 %"], Verdict.FAIL) >= 0.95
    assert share(outcomes["42.0 %"], Verdict.PASS) == 0
    assert share(outcomes["44.5 %"], Verdict.PASS) >= 0.95
    assert share(outcomes["44.5 %"], Verdict.FAIL) == 0
    assert share(outcomes["43.0 %"], Verdict.PASS) <= 0.06
