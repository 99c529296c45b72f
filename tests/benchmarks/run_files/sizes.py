"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    channels: int = 1000
    """Channels at 1 kHz, for recording and peers."""
    seconds: int = 60
    """Real time, s."""
    rows: int = 131_072
    """Rows of each channel, flat out."""
    listed: int = 5000
    """Channels of the file that is listed."""
    zoomed: int = 1_000_000_000
    """Samples of the channel that is zoomed into."""
    zooms: int = 300
    """Windows."""
    pictured: int = 100_000_000
    """Samples of the channel of which a first picture is drawn."""
    exported: int = 4_000_000
    """Values that are exported as text; twenty times as many as Parquet."""
    hours: int = 250
    """Simulated time of the long run, h."""
    long_channels: int = 300
    """Channels of the long run, at 1 Hz."""
    repeats: int = 5
    """Repetitions of what is short."""


DEFAULT = Sizes()
"""About ten minutes."""
LONG = replace(DEFAULT, hours=10_000)
"""The long run whole."""
QUICK = Sizes(
    seconds=5, rows=16_384, zoomed=20_000_000, zooms=100, pictured=5_000_000,
    exported=500_000, hours=5, repeats=2,
)  # fmt: skip
"""Less than 90 s."""
TINY = Sizes(
    channels=20, seconds=1, rows=2048, listed=50, zoomed=200_000, zooms=5, pictured=100_000,
    exported=20_000, hours=1, long_channels=10, repeats=1,
)  # fmt: skip
"""A few seconds."""
