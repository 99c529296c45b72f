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
        numbers = [*range(pages), *range(FIRST_RIPPLE_PAGE, FIRST_RIPPLE_PAGE + ripple_pages)]
        behind, held = PER_PAGE * pages, PER_PAGE * len(numbers)
        self._groups, self._count = groups, groups + stacks
        self._numbers = bytes(numbers)
        self._seats = {number: seat for seat, number in enumerate(numbers)}
        """Page → its place in the buffer."""
        self._buffer = bytearray(8 * len(numbers))
        self._words = np.frombuffer(self._buffer, dtype="<u8")
        self._came = bytearray(len(numbers))
        self._all_came = bytearray((1,) * len(numbers))
        self._pages = np.empty((len(numbers), PER_PAGE), dtype=np.uint64)
        self._raw = self._pages.ravel()
        self._ripple = self._raw[behind : behind + stacks]
        self._places = np.r_[:groups, behind : behind + stacks]
        self._is_dense = groups == behind or not stacks
        """Whether the ripple follows the last group without a gap, as it does in the block."""
        self._steps = np.repeat((VOLTS_PER_STEP, RIPPLE_PER_STEP), (behind, held - behind))
        self._zeros = np.repeat((LOWEST_VOLTS, 0.0), (behind, held - behind))
        self._shown = np.empty(held + 6)
        at = np.arange(1, behind + 1)
        self._weights = np.where(at <= groups, at * at, 0).astype(np.uint64)
        self._sums = np.array((np.ones(groups), self._weights[:groups]), dtype=np.uint64)
        """What turns the groups into their sum and their signature."""

    def begin(self) -> None:
        """Await the pages of the next round."""
        self._came[:] = bytes(len(self._came))

    def take(self, page: bytes) -> None:
        """Take one page (8 bytes)."""
        seat = self._seats.get(page[0])
        if seat is not None:
            self._buffer[8 * seat : 8 * seat + 8] = page[:8]
            self._came[seat] = 1

    def take_all(self, pages: NDArray[np.uint8]) -> None:
        """Take pages (n x 8 bytes)."""
        if pages[:, 0].tobytes() == self._numbers:
            self._words[:] = np.ascontiguousarray(pages).view("<u8")[:, 0]
            self._came[:] = self._all_came
        else:
            for page in pages:
                self.take(page.tobytes())

    def judge(self, summary: Summary) -> Verdict:
        """Return what the round says, held against its summary."""
        raw, count = self._raw, self._count
        np.right_shift(self._words[:, None], _SHIFTS, out=self._pages)
        np.bitwise_and(raw, _MASK, out=raw)
        shown = self._shown[: len(raw)]
        np.multiply(raw, self._steps, out=shown)
        shown += self._zeros
        if not self._is_dense:
            self._shown[:count] = shown[self._places]
        block = self._shown[: count + 6]
        _conclude(block[count:], summary, 0)
        if self._came == self._all_came and self._is_sound(summary):
            return Verdict(block)
        return self._closely(block, summary)

    def _is_sound(self, summary: Summary) -> bool:
        """Return whether nothing has a fault and all is what the summary says."""
        groups = self._raw[: self._groups]
        total, signature = self._sums.dot(groups).tolist()
        return (
            signature % _MODULUS == summary.signature
            and int(np.maximum.reduce(groups)) == summary.maximum <= HIGHEST
            and (not len(self._ripple) or int(np.maximum.reduce(self._ripple)) <= HIGHEST)
            and _at(groups, summary.lowest) == summary.minimum
            and _at(groups, summary.highest) == summary.maximum
            and 2 * abs(total - summary.mean * self._groups) <= self._groups
        )

    def _closely(self, block: NDArray[np.float64], summary: Summary) -> Verdict:
        """Return what a round says in which something is wrong."""
        raw, groups, count = self._raw, self._groups, self._count
        came = np.repeat(np.frombuffer(bytes(self._came), dtype=np.bool_), PER_PAGE)
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
        tail[:] = (*(np.nan,) * 5, missing)
        return
    mean, minimum, maximum = (
        raw * VOLTS_PER_STEP + LOWEST_VOLTS
        for raw in (summary.mean, summary.minimum, summary.maximum)
    )
    tail[:] = (mean, minimum, maximum, summary.lowest, summary.highest, missing)


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
