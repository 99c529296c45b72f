"""A bounded sample of the campaign; all of it: ``python -m tests.campaigns.degradation``."""

from __future__ import annotations

import pytest

from tests.campaigns.degradation import Outcome, campaign, coverage

SEEDS = range(4)


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    """Return the first runs of the campaign."""
    return campaign(SEEDS)


def test_intervals_hold_the_truth(outcomes: list[Outcome]) -> None:
    assert coverage(outcomes, "continuous") >= 0.75
    assert coverage(outcomes, "irreversible") >= 0.75


def test_a_plain_line_does_not(outcomes: list[Outcome]) -> None:
    assert coverage(outcomes, "line") <= 0.25
