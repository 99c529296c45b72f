"""The uncertainty budget of one result after another."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from bench.messages import Message
from gui.panels.findings.chooser import Chooser
from gui.panels.findings.frames import TableFrame
from gui.panels.findings.telling import teller
from gui.panels.findings.view import FindingsView, Kit
from gui.state.findings.budget import BudgetState, budgets_of
from gui.state.findings.judged import Judged


class BudgetView(FindingsView):
    """A list of results, and the budget of the chosen one."""

    def __init__(self, kit: Kit, parent: QWidget | None = None) -> None:
        super().__init__(kit, parent)
        self._budgets: tuple[BudgetState, ...] = ()
        self._chooser = Chooser(kit.words, "findings_budget_of", "findings.budget-of")
        self._table = TableFrame(kit.words, kit.saving, "findings_budget")
        self._check = QLabel()
        self._check.setObjectName("findings_budget_check")
        self._check.setWordWrap(True)
        rows = QVBoxLayout(self)
        rows.addWidget(self._chooser)
        rows.addWidget(self._table, 1)
        rows.addWidget(self._check)
        self._chooser.chosen.connect(self._draw)

    def _show(self, judged: Judged) -> None:
        self._budgets = () if judged.results is None else budgets_of(judged.results)
        self._chooser.display(
            [(str(place), _title(each)) for place, each in enumerate(self._budgets)]
        )
        self._draw()

    def _draw(self) -> None:
        if not self._budgets:
            return
        budget = self._budgets[int(self._chooser.key)]
        self._table.display(budget.table, _title(budget))
        self._check.setText(teller(self._kit.words)(budget.check))


def _title(budget: BudgetState) -> Message:
    return Message("findings.budget-title", {"title": budget.title, "at": budget.at})
