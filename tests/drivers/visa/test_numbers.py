"""Numbers of a reply: a whole list is read as its parts are."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.visa.numbers import number, numbers, plain_number, plain_numbers

REPLIES = st.one_of(
    st.text("0123456789.+-eE ,", max_size=30),
    st.text("0123456789.,+E-NAINFVk% \t", max_size=30),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=8).map(
        lambda many: ", ".join(f"{each:+.8E}" for each in many)
    ),
)


def read(parse: Callable[[str], Sequence[float]], reply: str) -> list[str] | None:
    """Return the numbers as text (NaN is as good as NaN), or None where it is refused."""
    try:
        return [repr(each) for each in parse(reply)]
    except ValueError:
        return None


@given(reply=REPLIES)
def test_a_list_of_plain_numbers_is_read_as_its_parts_are(reply: str):
    def parts(text: str) -> Sequence[float]:
        return [plain_number(part.strip()) for part in text.split(",")]

    assert read(plain_numbers, reply) == read(parts, reply)


@given(reply=REPLIES)
def test_a_list_of_numbers_with_units_is_read_as_its_parts_are(reply: str):
    def parts(text: str) -> Sequence[float]:
        return [number(part) for part in text.split(",")]

    assert read(numbers, reply) == read(parts, reply)


def test_units_and_words_are_understood_in_a_list_that_is_not_plain():
    volts, ampere, nothing = numbers("12.5V, 33.3 A,NAN")
    assert (volts, ampere) == (12.5, 33.3)
    assert math.isnan(nothing)


def test_a_long_list_that_ends_in_no_number_is_refused_at_once():
    with pytest.raises(ValueError, match="not a number"):
        plain_numbers("12345678901234567890.5," * 5000 + "x")
