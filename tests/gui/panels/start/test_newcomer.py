"""What a newcomer sees."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QPushButton

from bench.config.catalogue import Catalogue
from gui.panels.start.newcomer import NewcomerPage


@pytest.fixture
def page(qtbot, words, tasks):
    made = NewcomerPage(words, tasks, Catalogue.shipped())
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.read()
    qtbot.waitUntil(lambda: button(made) is not None, timeout=20_000)
    return made


def button(page):
    return page.findChild(QPushButton, "try_hydrogen-engine-cell")


def test_one_button_per_rig_starts_its_simulation(qtbot, page):
    names = {each.objectName() for each in page.findChildren(QPushButton)}
    assert names == {f"try_{name}" for name in Catalogue.shipped().rig_names()}
    with qtbot.waitSignal(page.simulation_wanted) as wanted:
        qtbot.mouseClick(button(page), Qt.MouseButton.LeftButton)
    assert wanted.args == ["hydrogen-engine-cell", "hydrogen-engine/best-point", 60.0]
    qtbot.keyClick(page.findChild(QComboBox, "simulation_speed"), Qt.Key.Key_Down)
    with qtbot.waitSignal(page.simulation_wanted) as wanted:
        qtbot.mouseClick(button(page), Qt.MouseButton.LeftButton)
    assert wanted.args == ["hydrogen-engine-cell", "hydrogen-engine/best-point", 1.0]
