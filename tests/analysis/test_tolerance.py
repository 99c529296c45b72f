"""One-sided normal tolerance factors."""

import numpy as np
import pytest

from analysis.tolerance import one_sided_tolerance_factor, tolerance_bound


@pytest.mark.parametrize(("units", "factor"), [(3, 4.258), (5, 2.742), (10, 2.066)])
def test_factors_are_those_of_the_tables(units, factor):
    """P 90 %, C 90 %: NIST/SEMATECH handbook 7.2.6.3, Owen's tables."""
    found = one_sided_tolerance_factor(units=units, share=0.9, confidence=0.9)
    assert found == pytest.approx(factor, abs=5e-4)


def test_nine_of_ten_bounds_keep_nine_of_ten_units():
    draw = np.random.default_rng(11)
    kept = [
        tolerance_bound(values=draw.normal(43.0, 0.4, 5), share=0.9, confidence=0.9).lower
        <= 43.0 - 1.2815515655 * 0.4
        for _ in range(1000)
    ]
    assert np.mean(kept) == pytest.approx(0.9, abs=0.03)


def test_a_bound_stands_k_deviations_from_the_mean():
    bound = tolerance_bound(values=[42.0, 43.0, 44.0], share=0.9, confidence=0.9)
    assert (bound.lower, bound.upper) == pytest.approx((43.0 - 4.258, 43.0 + 4.258), abs=1e-3)


@pytest.mark.parametrize(
    ("values", "words"), [([43.0], "at least 2"), ([43.0, float("nan")], "no number")]
)
def test_too_little_is_refused_in_words(values, words):
    with pytest.raises(ValueError, match=words):
        tolerance_bound(values=values, share=0.9, confidence=0.9)
    with pytest.raises(ValueError, match="at least two units"):
        one_sided_tolerance_factor(units=1, share=0.9, confidence=0.9)
