"""A bounded sample of the verdict campaign; all of it: ``python -m tests.campaigns.verdicts``."""

from __future__ import annotations

import pytest

from analysis.verdict import Verdict
from tests.campaigns.verdicts import TARGETS, Outcome, campaign, coverage, share

SEEDS = {"nominal": 8, "42.0 %": 4, "43.0 %": 8, "44.5 %": 4}
"""Cells per true efficiency; far from the limit fewer tell as much."""


@pytest.fixture(scope="module")
def outcomes() -> dict[str, list[Outcome]]:
    """Return the outcomes of simulated cells at every true efficiency."""
    said: list[str] = []
    found = {
        target: campaign(range(count), [target], said.append) for target, count in SEEDS.items()
    }
    print(*said, sep="\n")  # noqa: T201 - shown where the test fails
    return found


@pytest.mark.timeout(900)
def test_verdicts_are_honest(outcomes: dict[str, list[Outcome]]) -> None:
    for target, wanted in TARGETS.items():
        if wanted is not None:
            assert all(abs(each.truth - wanted) < 5e-4 for each in outcomes[target])
    assert coverage(outcomes["nominal"]) >= 0.90  # all of 8
    assert coverage(outcomes["43.0 %"]) >= 0.90
    assert share(outcomes["42.0 %"], Verdict.FAIL) >= 0.95
    assert share(outcomes["42.0 %"], Verdict.PASS) == 0
    assert share(outcomes["44.5 %"], Verdict.PASS) >= 0.95
    assert share(outcomes["44.5 %"], Verdict.FAIL) == 0
    assert share(outcomes["43.0 %"], Verdict.PASS) <= 0.06
