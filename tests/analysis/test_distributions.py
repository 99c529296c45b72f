"""Quantiles against the tables and against scipy.stats."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.distributions import (
    beta_quantile,
    chi_square_quantile,
    gamma_likelihood_roots,
    noncentral_t_quantile,
    normal_quantile,
    one_sided_factor,
    two_sided_factor,
    two_sided_tail,
)

shares = st.floats(0.001, 0.999)
freedoms = st.floats(1.0, 200.0)


def test_the_tables_of_every_textbook():
    assert one_sided_factor(confidence=0.95, degrees_of_freedom=2) == pytest.approx(2.920, abs=5e-4)
    assert two_sided_factor(confidence=0.95, degrees_of_freedom=np.inf) == pytest.approx(1.959964)
    assert chi_square_quantile(share=0.9, degrees_of_freedom=2) == pytest.approx(4.605, abs=5e-4)
    assert chi_square_quantile(share=0.9, degrees_of_freedom=4) == pytest.approx(7.779, abs=5e-4)
    assert normal_quantile(share=0.9) == pytest.approx(1.281552)


@settings(max_examples=25)
@given(shares, freedoms, st.floats(-5.0, 20.0))
def test_quantiles_are_those_of_scipy_stats(share, freedom, shift):
    assert chi_square_quantile(share=share, degrees_of_freedom=freedom) == pytest.approx(
        stats.chi2.ppf(share, freedom), rel=1e-9
    )
    assert beta_quantile(share=share, first=freedom, second=2.0) == pytest.approx(
        stats.beta.ppf(share, freedom, 2.0), rel=1e-8
    )
    quantile = noncentral_t_quantile(share=share, degrees_of_freedom=freedom, noncentrality=shift)
    assert stats.nct.cdf(quantile, freedom, shift) == pytest.approx(share, abs=1e-4)


@given(st.floats(0.51, 0.999), freedoms)
def test_the_tail_beyond_the_two_sided_factor_is_what_the_confidence_leaves(confidence, freedom):
    factor = two_sided_factor(confidence=confidence, degrees_of_freedom=freedom)
    tail = two_sided_tail(factor=-factor, degrees_of_freedom=freedom)
    assert tail == pytest.approx(1.0 - confidence, abs=1e-9)


@given(st.floats(0.0, 300.0))
def test_both_roots_of_the_likelihood_solve_its_equation(drop):
    lower, upper = gamma_likelihood_roots(drop=np.array([drop]))
    assert 0.0 < lower[0] <= 1.0 <= upper[0]
    for root in (lower[0], upper[0]):
        assert root - 1.0 - np.log(root) == pytest.approx(drop, rel=1e-8, abs=1e-9)


@pytest.mark.parametrize(
    "call",
    [
        lambda: chi_square_quantile(share=1.0, degrees_of_freedom=2),
        lambda: chi_square_quantile(share=0.5, degrees_of_freedom=0),
        lambda: normal_quantile(share=0.0),
        lambda: one_sided_factor(confidence=0.95, degrees_of_freedom=float("nan")),
        lambda: two_sided_tail(factor=float("nan"), degrees_of_freedom=2),
        lambda: noncentral_t_quantile(share=0.9, degrees_of_freedom=2, noncentrality=float("inf")),
        lambda: gamma_likelihood_roots(drop=np.array([-1.0])),
    ],
)
def test_impossible_arguments_are_refused(call):
    with pytest.raises(ValueError, match="must"):
        call()
