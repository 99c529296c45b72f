"""A bounded sample of the verdict campaign; all of it: ``python -m tests.campaigns.verdicts``."""

from __future__ import annotations

import pytest

from analysis.verdict import Verdict
from tests.campaigns.verdicts import TARGETS, Outcome, campaign, coverage, share

SEEDS = {"nominal": 1, "42.0 %": 1, "43.0 %": 2, "44.5 %": 1}
"""Cells per true efficiency: most where a verdict is hardest to tell from luck."""


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
    assert coverage(outcomes["nominal"]) == 1  # of so few: all
    assert coverage(outcomes["43.0 %"]) == 1
    assert share(outcomes["42.0 %"], Verdict.FAIL) == 1
    assert share(outcomes["44.5 %"], Verdict.PASS) == 1
    assert share(outcomes["43.0 %"], Verdict.PASS) == 0
