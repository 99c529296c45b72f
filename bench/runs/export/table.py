"""What is exported, before it is text or bytes: headings, and blocks of rows below them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bench.channel import Channel

Values = NDArray[Any]
"""Values of one channel; of traces (row, width)."""


class Beside(Enum):
    """What a second column says of a channel's values."""

    NOTHING = ""
    """There is no second column."""
    QUALITY = "quality"
    """`Quality` codes; the values are then written even where they are not OK."""
    SAMPLES = "samples"
    """How many good samples are behind a value."""


@dataclass(frozen=True)
class Heading:
    """One channel of a table."""

    channel: Channel
    """What it is; its unit is the values'."""
    dtype: np.dtype[Any]
    """Element type of the values in the blocks."""
    scale: float = 1.0
    """Value in the channel's unit = value in the block × scale + offset."""
    offset: float = 0.0
    """See `scale`."""
    width: int = 1
    """Samples per row; more than 1: a trace."""
    axis: tuple[float, float, str] = (0.0, 1.0, "")
    """First place, step and unit of the samples of a trace."""
    beside: Beside = Beside.NOTHING
    """What its second column says."""

    @property
    def name(self) -> str:
        """Dotted name."""
        return self.channel.name

    @property
    def unit(self) -> str:
        """Unit as the configuration writes it; empty: a pure number."""
        return self.channel.unit.text

    @property
    def second_name(self) -> str:
        """Name of the second column."""
        return f"{self.name} {self.beside.value}"

    @property
    def is_scaled(self) -> bool:
        """Whether the values in the blocks are not yet in the channel's unit."""
        return (self.scale, self.offset) != (1.0, 0.0)

    @property
    def shown_dtype(self) -> np.dtype[Any]:
        """Element type of `in_unit`."""
        return np.dtype(np.float64) if self.is_scaled else self.dtype

    def in_unit(self, values: Values) -> Values:
        """Return values of a block in the channel's unit."""
        if not self.is_scaled:
            return values
        return values.astype(np.float64) * self.scale + self.offset


@dataclass(frozen=True)
class Cells:
    """One channel in a block."""

    values: Values
    """One element (of traces one row) per row of the block."""
    missing: NDArray[np.bool_] | None
    """Where there is no value; None: nowhere."""
    beside: NDArray[Any] | None = None
    """The second column."""


@dataclass(frozen=True)
class Block:
    """Some rows."""

    times_ns: NDArray[np.int64]
    """Time of each row since the start of the run."""
    cells: tuple[Cells, ...]
    """The channels, in the order of the headings."""
    work: int
    """How much of the table's work is done with it."""

    def __len__(self) -> int:
        return len(self.times_ns)


class Table(Protocol):
    """Rows at common times."""

    @property
    def name(self) -> str:
        """What the rows are: the name of their group."""
        ...

    @property
    def headings(self) -> tuple[Heading, ...]:
        """The channels."""
        ...

    @property
    def work(self) -> int:
        """Sum of the work of all blocks."""
        ...

    def blocks(self) -> Iterator[Block]:
        """Yield the rows in order, a bounded number at a time.

        Raises:
            RunFileError: the run is damaged there.
        """
        ...


class TableFile(Protocol):
    """A file that is being written; errors of the disk are OSErrors."""

    def write(self, table: int, block: Block) -> None:
        """Write rows of a table, given by its number."""
        ...

    def finish(self) -> None:
        """Complete the file."""
        ...

    def close(self) -> None:
        """Let go of the file, complete or not; again: does nothing."""
        ...
