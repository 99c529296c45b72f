"""A bounded sample of the campaign; all of it: ``python -m tests.campaigns.durability``."""

from __future__ import annotations

import pytest

from tests.campaigns.durability import (
    LIMIT,
    Outcome,
    coverage,
    false_passes,
    lives,
    lives_report,
    outcome,
    report,
)

SEEDS = range(8)


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    """Return the first engines, tested to the end of life and to three quarters of it."""
    return [outcome(seed, schedule) for schedule in ("to the end", "three quarters")
            for seed in SEEDS]  # fmt: skip


def test_bounds_hold_the_truth_at_the_end_of_life(outcomes: list[Outcome]) -> None:
    assert coverage(outcomes, "any law") >= 0.8
    assert coverage(outcomes[: len(SEEDS)], "campaign analyze") >= 0.7


def test_engines_below_the_limit_do_not_pass(outcomes: list[Outcome]) -> None:
    below = [each for each in outcomes if each.truth < LIMIT]
    assert len(below) >= len(SEEDS)
    assert false_passes(outcomes, "campaign analyze")[0] <= 1
    assert false_passes(outcomes, "any law")[0] <= 1


def test_the_page_says_how_many_engines_there_were(outcomes: list[Outcome]) -> None:
    assert f"--seeds {len(SEEDS)}" in report(outcomes)


def test_intervals_of_lives_hold_the_truth_also_of_three_failures() -> None:
    found = lives(tests=120, units=3, failures=3)
    assert all(share >= 0.8 for share in found.held.values())
    assert "| 20 | 20 |" in lives_report(2)
