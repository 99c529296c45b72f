"""Texts become numbers, a column at a time: never one that the text does not say."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MISSING = frozenset(
    {"", "nan", "na", "n/a", "#n/a", "null", "none", "-", "--", "---", "#wert!", "#value!"}
)
"""What stands in a table where there is no value, in lower case."""
_BETWEEN = "\x1f"
_FOREIGN = "_\x1f"


class NoNumberError(ValueError):
    """A field of a column is no number."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place
        """Which field, from 0."""


def numbers_of(texts: Sequence[str], decimal: str) -> NDArray[np.float64]:
    """Return the numbers that texts say; where one says that there is none: NaN.

    Args:
        texts: the fields of a column.
        decimal: sign before decimals.

    Raises:
        NoNumberError: one of them is no number, or too large for one.
    """
    joined = _BETWEEN.join(texts)
    if decimal == "," and "." not in joined:
        joined = joined.replace(",", ".")
    elif decimal == ",":
        return _one_by_one(texts, decimal)
    if "_" in joined:
        return _one_by_one(texts, decimal)
    try:
        found = np.array(list(map(float, joined.split(_BETWEEN))))
    except ValueError:
        return _one_by_one(texts, decimal)
    if len(found) != len(texts) or np.isinf(found).any():
        return _one_by_one(texts, decimal)
    return found


def number(text: str, decimal: str) -> float | None:
    """Return the number that a text says, NaN where it says that there is none; None: neither."""
    plain = text.strip()
    if plain.lower() in MISSING:
        return math.nan
    if any(sign in plain for sign in _FOREIGN) or (decimal == "," and "." in plain):
        return None
    if decimal == ",":
        plain = plain.replace(",", ".")
    try:
        found = float(plain)
    except ValueError:
        return None
    if math.isinf(found) and "inf" not in plain.lower():
        return None  # more than a float64 can hold
    return found


def _one_by_one(texts: Sequence[str], decimal: str) -> NDArray[np.float64]:
    found = np.empty(len(texts))
    for place, text in enumerate(texts):
        value = number(text, decimal)
        if value is None:
            raise NoNumberError(place)
        found[place] = value
    return found
