"""The order in which the channels of a group are counted: section by section."""

from __future__ import annotations

import itertools

import numpy as np

from bench.record.numbers.statistics import Statistics
from bench.record.rows import RowLayout


class SectionOrder:
    """Where the channels of a group stand while they are counted, and back.

    Args:
        layout: how the rows of the group lie in memory.
    """

    def __init__(self, layout: RowLayout) -> None:
        sections = layout.sections
        counts = [len(section.channels) for section in sections]
        begins = itertools.accumulate(counts, initial=0)
        self._begins = dict(zip((section.field for section in sections), begins, strict=False))
        counted = [channel for section in sections for channel in section.channels]
        self._order = np.argsort(np.array(counted, np.intp))
        channels = layout.group.channels
        self._scale = np.array([each.scale for each in channels], np.float64)
        self._offset = np.array([each.offset for each in channels], np.float64)

    def begin(self, field: str) -> int:
        """Return where the channels of a section begin."""
        return self._begins[field]

    def told(self, counted: Statistics) -> Statistics:
        """Return statistics in the order of the group's channels and in their units."""
        order, scale, offset = self._order, self._scale, self._offset
        low = counted.minimum[order] * scale + offset
        high = counted.maximum[order] * scale + offset
        return Statistics(
            counted.count[order],
            counted.bad[order],
            np.where(scale < 0, high, low),
            np.where(scale < 0, low, high),
            counted.mean[order] * scale + offset,
            counted.deviation[order] * np.abs(scale),
        )
