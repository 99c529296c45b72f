"""Marks, elided lines, flowing rows, toned texts."""

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QWidget

from gui import theme
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.flow_layout import FlowLayout
from gui.widgets.priority_mark import PriorityMark
from gui.widgets.toned import Tone, TonedLabel


@pytest.mark.parametrize("priority", [1, 2, 3])
@pytest.mark.parametrize("is_filled", [True, False])
def test_a_mark_has_the_colour_of_its_priority(qtbot, priority, is_filled):
    mark = PriorityMark()
    qtbot.addWidget(mark)
    mark.resize(mark.sizeHint())
    mark.show_priority(priority, is_filled=is_filled)
    image = mark.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(22) for y in range(22)}
    assert QColor(theme.PRIORITIES[priority]).name() in colours
    assert str(priority) in mark.accessibleName()


def test_an_elided_line_gives_way_and_keeps_all_of_it_in_its_tooltip(qtbot):
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.setText("H2E-0001-efficiency-map-20260921T141640Z.h5")
    assert label.minimumSizeHint().width() < label.sizeHint().width() / 3
    assert label.toolTip() == label.text()


@pytest.mark.parametrize(("width", "lines"), [(1000, 1), (230, 2), (110, 4)])
def test_a_flowing_row_takes_as_many_lines_as_it_needs(qtbot, width, lines):
    panel = QWidget()
    qtbot.addWidget(panel)
    flow = FlowLayout(panel, spacing=5)
    flow.setContentsMargins(0, 0, 0, 0)
    for _ in range(4):
        label = QLabel()
        label.setFixedSize(100, 20)
        flow.addWidget(label)
    panel.resize(width, 200)
    panel.show()
    qtbot.waitExposed(panel)
    assert flow.heightForWidth(width) == lines * 20 + (lines - 1) * 5
    places = {(label.x(), label.y()) for label in panel.findChildren(QLabel)}
    assert len(places) == 4
    assert all(x + 100 <= width for x, _ in places)


def test_what_is_abnormal_differs_in_shape_as_well_as_in_colour(qtbot):
    shown = [tone for tone in Tone if tone.background and tone is not Tone.MARKED]
    assert len({tone.shape for tone in shown}) == len(shown)
    label = TonedLabel()
    qtbot.addWidget(label)
    label.show_toned("Chain open", Tone.ALARM)
    assert label.text() == "◆ Chain open"
