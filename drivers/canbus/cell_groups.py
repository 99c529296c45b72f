"""One round of a cell voltage monitor: its pages as one array, held against its summary.

From dbc/cell_voltage_monitor.md. What does not fit is named and marked, never repaired.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from drivers.canbus.layout import Layout

PER_PAGE = 4
"""Values of a page."""
FIRST_RIPPLE_PAGE = 128
"""Pages from here on carry the ripple of stacks."""
HIGHEST = 16381
"""Highest raw value that is a voltage: 16382 fault, 16383 not there."""
VOLTS_PER_STEP, LOWEST_VOLTS = 1e-4, -0.3
RIPPLE_PER_STEP = 2e-4

_MODULUS = 1 << 22
_SHIFTS = np.array((8, 22, 36, 50), dtype=np.uint64)
_MASK = np.uint64(0x3FFF)
_PAGES = 256


class Summary(NamedTuple):
    """What the monitor itself says of a round; voltages in steps."""

    alive: int
    """Counter of the round."""
    minimum: int
    """Lowest voltage."""
    mean: int
    """Mean voltage, to the nearest step."""
    maximum: int
    """Highest voltage."""
    groups: int
    """How many groups the monitor has."""
    lowest: int
    """Number of the group with the lowest voltage; 0: none is valid."""
    highest: int
    """Number of the group with the highest voltage; 0: none is valid."""
    signature: int
    """Sum of number x number x raw over all groups, modulo 2^22."""

    @classmethod
    def of(cls, voltages: Layout, groups: Layout, first: int, second: int) -> Summary:
        """Return the summary in two frames.

        Args:
            voltages: Layout of the first frame.
            groups: Layout of the second frame.
            first: The first frame as a number.
            second: The second frame as a number.
        """
        return cls(
            second & 0xF,
            voltages["Minimum"].raw(first),
            voltages["Mean"].raw(first),
            voltages["Maximum"].raw(first),
            voltages["Groups"].raw(first),
            groups["Lowest"].raw(second),
            groups["Highest"].raw(second),
            groups["Signature"].raw(second),
        )


@dataclass(frozen=True)
class Verdict:
    """What is to be made of a round."""

    block: NDArray[np.float64]
    """All readings, V and numbers, NaN where there is none; valid until the next round."""
    wrong: Mapping[str, Sequence[int]] = field(default_factory=dict[str, Sequence[int]])
    """What is wrong → numbers of the groups (or stacks) that suffer it, none is empty."""


class Round:
    """Collects pages and decodes them at once.

    Args:
        groups: How many groups of cells there are.
        stacks: Of how many stacks the ripple is measured.
    """

    def __init__(self, groups: int, stacks: int) -> None:
        pages, ripple_pages = -(-groups // PER_PAGE), -(-stacks // PER_PAGE)
        self._groups, self._count = groups, groups + stacks
        self._buffer = bytearray(8 * _PAGES)
        self._words = np.frombuffer(self._buffer, dtype="<u8")
        self._seen = bytearray(_PAGES)
        self._came = np.frombuffer(self._seen, dtype=np.uint8)
        self._wanted = np.r_[:pages, FIRST_RIPPLE_PAGE : FIRST_RIPPLE_PAGE + ripple_pages]
        behind = PER_PAGE * pages
        self._places = np.r_[:groups, behind : behind + stacks]
        self._steps = np.repeat((VOLTS_PER_STEP, RIPPLE_PER_STEP), (groups, stacks))
        self._zeros = np.repeat((LOWEST_VOLTS, 0.0), (groups, stacks))
        numbers = np.arange(1, behind + 1)
        self._weights = np.where(numbers <= groups, numbers * numbers, 0).astype(np.uint64)
        self._block = np.empty(self._count + 6)

    def begin(self) -> None:
        """Await the pages of the next round."""
        self._came.fill(0)

    def take(self, page: bytes) -> None:
        """Take one page (8 bytes)."""
        number = page[0]
        self._buffer[8 * number : 8 * number + 8] = page[:8]
        self._seen[number] = 1

    def take_all(self, pages: NDArray[np.uint8]) -> None:
        """Take pages (n x 8 bytes)."""
        numbers = pages[:, 0]
        self._words[numbers] = np.ascontiguousarray(pages).view("<u8")[:, 0]
        self._came[numbers] = 1

    def judge(self, summary: Summary) -> Verdict:
        """Return what the round says, held against its summary."""
        block, groups, count = self._block, self._groups, self._count
        raw = ((self._words[self._wanted][:, None] >> _SHIFTS) & _MASK).ravel()
        shown = raw[self._places]
        np.multiply(shown, self._steps, out=block[:count])
        block[:count] += self._zeros
        _conclude(block[count:], summary, 0)
        has_come = bool(self._came[self._wanted].all())
        if has_come and shown.max() <= HIGHEST and self._fits(raw, summary):
            return Verdict(block)
        came = np.repeat(self._came[self._wanted] != 0, PER_PAGE)
        has_fault = came & (raw > HIGHEST)
        bad = ~came | has_fault
        unfitting, exchanged = self._doubted(raw, came, summary)
        bad[[number - 1 for number in (*unfitting, *exchanged)]] = True
        block[:count][bad[self._places]] = np.nan
        missing = int(np.count_nonzero(bad[:groups]))
        _conclude(block[count:], None if unfitting else summary, missing)
        wrong = {
            "missing": _numbers(~came[:groups]),
            "faulty": _numbers(has_fault[:groups]),
            "exchanged": exchanged,
            "unfitting": unfitting,
            "ripple": _numbers(bad[self._places[groups:]]),
        }
        return Verdict(block, {name: found for name, found in wrong.items() if found})

    def _doubted(
        self, raw: NDArray[np.uint64], came: NDArray[np.bool_], summary: Summary
    ) -> tuple[Sequence[int], Sequence[int]]:
        """Return the groups of which nothing is known to be right, and those exchanged."""
        everyone = range(1, self._groups + 1)
        if not came[: self._groups].all():
            known = came[: self._groups] & (raw[: self._groups] <= HIGHEST)
            return (() if _is_within(raw[: self._groups], known, summary) else everyone), ()
        if self._fits(raw, summary):
            return (), ()
        exchanged = self._exchanged(raw, summary)
        return (() if exchanged else everyone), exchanged

    def _fits(self, raw: NDArray[np.uint64], summary: Summary) -> bool:
        """Return whether all groups together are what the summary says."""
        signature = int(raw[: len(self._weights)] @ self._weights) % _MODULUS
        if signature != summary.signature:
            return False
        groups = raw[: self._groups]
        known = groups[groups <= HIGHEST]
        if not len(known):
            return summary.lowest == summary.highest == 0
        return (
            _at(groups, summary.lowest) == int(known.min()) == summary.minimum
            and _at(groups, summary.highest) == int(known.max()) == summary.maximum
            and 2 * abs(int(known.sum()) - summary.mean * len(known)) <= len(known)
        )

    def _exchanged(self, raw: NDArray[np.uint64], summary: Summary) -> Sequence[int]:
        """Return the groups of the two pages that fit when put back; none: no, or several do."""
        weights = self._weights.astype(np.int64).reshape(-1, PER_PAGE)
        held = raw[: weights.size].astype(np.int64).reshape(-1, PER_PAGE)
        shares = weights @ held.T
        """Of the signature: [p, q] of what page q holds, at the place of page p."""
        own = shares.diagonal()
        put_back = own.sum() - own[:, None] - own[None, :] + shares + shares.T
        fitting = np.argwhere(np.triu(put_back % _MODULUS == summary.signature, 1))
        if len(fitting) != 1:
            return ()
        numbers = [
            PER_PAGE * page + at for page in fitting[0].tolist() for at in range(1, PER_PAGE + 1)
        ]
        return [number for number in numbers if number <= self._groups]


def _at(groups: NDArray[np.uint64], number: int) -> int:
    return int(groups[number - 1]) if 0 < number <= len(groups) else -1


def _is_within(groups: NDArray[np.uint64], known: NDArray[np.bool_], summary: Summary) -> bool:
    """Return whether the groups that are known do not contradict the summary."""
    values = groups[known]
    if not len(values):
        return True
    named = ((summary.lowest, summary.minimum), (summary.highest, summary.maximum))
    return summary.minimum <= values.min() <= values.max() <= summary.maximum and all(
        not known[number - 1] or int(groups[number - 1]) == value
        for number, value in named
        if 0 < number <= len(groups)
    )


def _conclude(tail: NDArray[np.float64], summary: Summary | None, missing: int) -> None:
    """Write the readings of the summary: mean, minimum, maximum, lowest, highest, missing."""
    if summary is None or not summary.lowest:
        tail[:5] = np.nan
    else:
        tail[0] = summary.mean * VOLTS_PER_STEP + LOWEST_VOLTS
        tail[1] = summary.minimum * VOLTS_PER_STEP + LOWEST_VOLTS
        tail[2] = summary.maximum * VOLTS_PER_STEP + LOWEST_VOLTS
        tail[3], tail[4] = summary.lowest, summary.highest
    tail[5] = missing


def _numbers(marks: NDArray[np.bool_]) -> list[int]:
    return (np.flatnonzero(marks) + 1).tolist()


def spans(numbers: Sequence[int]) -> str:
    """Return numbers as people write them: ``1–4, 9``."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][-1] + 1:
            parts[-1][1:] = [number]
        else:
            parts.append([number])
    return ", ".join("–".join(str(end) for end in part) for part in parts)
