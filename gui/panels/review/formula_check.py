"""Says whether a formula makes sense, while somebody writes it."""

from __future__ import annotations

from collections.abc import Callable

from bench.messages import Message
from gui.bridge.run_feed import RunFeed
from gui.panels.review.desk_keeper import DeskKeeper
from gui.state.review.formula import Formula
from gui.state.review.measure import read_in


class FormulaCheck:
    """Checks formulas in the first of the open runs."""

    def __init__(self, feed: RunFeed, keeper: DeskKeeper) -> None:
        self._feed, self._keeper = feed, keeper

    def check(
        self,
        formula: Formula,
        accepted: Callable[[str], None],
        refused: Callable[[Message], None],
    ) -> None:
        """Say whether a formula makes sense in the first run: its unit, or why not."""
        runs = self._keeper.desk.runs
        if not runs:
            refused(Message("review.no-run"))
            return
        self._feed.ask(runs[0].key, lambda run: read_in(run, formula).unit.text, accepted, refused)
