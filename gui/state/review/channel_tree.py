"""The channels of the open runs as a tree: run, group, channel; searched and bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gui.state.plots.open_run import ChannelEntry, OpenRun
from gui.state.review.formula import Formula

MOST_SHOWN = 2_000
"""Channels that a tree shows; to find one of more, one searches."""
FORMULAS = ""
"""Group of the formulas: it comes first."""


@dataclass(frozen=True)
class ChannelLeaf:
    """A channel of a run."""

    key: str
    """As `Curve.key`: of run and channel."""
    name: str
    """Dotted name."""
    title: str
    """What people call it."""
    unit: str
    """Unit of screens."""


@dataclass(frozen=True)
class GroupNode:
    """Channels that belong together."""

    name: str
    """What stands before the first dot of their names; `FORMULAS`: formulas."""
    channels: tuple[ChannelLeaf, ...]
    """Its channels."""


@dataclass(frozen=True)
class RunNode:
    """An open run."""

    key: str
    """Key of the run."""
    title: str
    """Its number where there are several, object, file."""
    is_growing: bool
    """Whether it is being recorded."""
    groups: tuple[GroupNode, ...]
    """Groups with channels that are searched for."""


@dataclass(frozen=True)
class ChannelTreeState:
    """What the channel tree shows."""

    runs: tuple[RunNode, ...] = ()
    """The runs, in the order in which they were opened."""
    found: int = 0
    """Channels that match."""
    total: int = 0
    """Channels in all."""
    hidden: int = 0
    """Channels that match and are not shown: too many."""
    is_searched: bool = False
    """Whether a search is on: what is found is shown unfolded."""


def channel_tree(
    runs: Sequence[OpenRun],
    formulas: Sequence[Formula] = (),
    search: str = "",
    language: str = "en",
    most: int = MOST_SHOWN,
) -> ChannelTreeState:
    """Return the channels that match a search.

    Args:
        runs: The open runs.
        formulas: Formulas, which every run has.
        search: Words that all stand in name, title or unit; empty: all channels.
        language: Of the titles.
        most: Channels that are shown.
    """
    words = search.casefold().split()
    nodes: list[RunNode] = []
    short = short_titles(runs)
    found = total = shown = 0
    for run in runs:
        leaves = [*_formulas(run, formulas), *_leaves(run, language)]
        matching = [each for each in leaves if _matches(each[1], words)]
        total += len(leaves)
        found += len(matching)
        kept = matching[: max(0, most - shown)]
        shown += len(kept)
        title = f"{short[run.key]} {run_title(run)}".strip()
        nodes.append(RunNode(run.key, title, run.is_growing, _grouped(kept)))
    return ChannelTreeState(tuple(nodes), found, total, found - shown, bool(words))


def run_title(run: OpenRun) -> str:
    """Return what a run is called where there are several: object, protocol and file name."""
    about = run.serial or run.object
    return f"{about} · {run.path.stem}" if about else run.path.stem


def short_titles(runs: Sequence[OpenRun]) -> dict[str, str]:
    """Return run → its number in brackets; empty where there is one run."""
    if len(runs) < 2:
        return {run.key: "" for run in runs}
    return {run.key: f"[{number}]" for number, run in enumerate(runs, 1)}


def key_parts(key: str) -> tuple[str, str]:
    """Return run and channel of a `Curve.key`."""
    run, _, channel = key.partition("\n")
    return run, channel


def _leaves(run: OpenRun, language: str) -> list[tuple[str, ChannelLeaf]]:
    return [(_group(each), _leaf(run, each, language)) for each in run.channels]


def _leaf(run: OpenRun, entry: ChannelEntry, language: str) -> ChannelLeaf:
    key = f"{run.key}\n{entry.name}"
    return ChannelLeaf(key, entry.name, entry.title.text(language), entry.unit)


def _group(entry: ChannelEntry) -> str:
    first, dot, _ = entry.name.partition(".")
    return first if dot else entry.group


def _formulas(run: OpenRun, formulas: Sequence[Formula]) -> list[tuple[str, ChannelLeaf]]:
    return [
        (
            FORMULAS,
            ChannelLeaf(f"{run.key}\n{each.channel}", each.channel, each.text, each.unit),
        )
        for each in formulas
    ]


def _matches(leaf: ChannelLeaf, words: Sequence[str]) -> bool:
    searched = f"{leaf.name}\n{leaf.title}\n{leaf.unit}".casefold()
    return all(word in searched for word in words)


def _grouped(leaves: Sequence[tuple[str, ChannelLeaf]]) -> tuple[GroupNode, ...]:
    groups: dict[str, list[ChannelLeaf]] = {}
    for group, leaf in leaves:
        groups.setdefault(group, []).append(leaf)
    return tuple(GroupNode(name, tuple(channels)) for name, channels in groups.items())
