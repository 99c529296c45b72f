"""Panels are shown as people see them."""

import pytest


@pytest.fixture
def shown(qtbot, words):
    """Show a panel; return it."""

    def show(panel, width=900):
        qtbot.addWidget(panel)
        panel.resize(width, max(panel.sizeHint().height(), 60))
        panel.show()
        qtbot.waitExposed(panel)
        panel.activateWindow()
        return panel

    return show
