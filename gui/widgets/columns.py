"""How the columns of a table share its width."""

from __future__ import annotations

from PySide6.QtWidgets import QHeaderView, QTreeWidget


def stretch_first_column(tree: QTreeWidget) -> None:
    """Give the first column what the others, as wide as their texts, leave."""
    header = tree.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for column in range(1, tree.columnCount()):
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
