"""Which mark somebody means who points at the lane above the plots."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from gui import theme
from gui.plots.mark_lane import draw_marks, mark_at
from gui.state.plots.picture import Mark, MarkKind

WARM = Mark(MarkKind.STEP, 0.0, 50.0, "warm")
INNER = Mark(MarkKind.STEP, 10.0, 20.0, "warm/load")
SOON = Mark(MarkKind.ALARM, 30.0, 30.0, "oil", priority=3)
AT_ONCE = Mark(MarkKind.ALARM, 31.0, 31.0, "hood", priority=1)
NOTE = Mark(MarkKind.NOTE, 30.0, 30.0, "smells")
INCIDENT = Mark(MarkKind.INCIDENT, 5.0, 50.0, "incident")
ALL = (WARM, INNER, SOON, AT_ONCE, NOTE, INCIDENT)


def test_the_alarm_of_the_highest_priority_comes_first():
    assert mark_at(ALL, 30.2, 2.0) is AT_ONCE
    assert mark_at(ALL, 30.2, 0.5) is SOON


def test_of_two_alike_the_nearer_one_is_meant():
    first, second = (Mark(MarkKind.EVENT, at, at, str(at)) for at in (10.0, 12.0))
    assert mark_at((first, second), 10.9, 5.0) is first
    assert mark_at((first, second), 11.1, 5.0) is second


def test_what_has_a_shape_is_meant_only_at_its_begin():
    assert mark_at((INCIDENT,), 40.0, 1.0) is None
    assert mark_at((INCIDENT,), 5.5, 1.0) is INCIDENT


def test_the_innermost_step_is_meant():
    assert mark_at(ALL, 15.0, 0.0, is_step=True) is INNER
    assert mark_at(ALL, 45.0, 0.0, is_step=True) is WARM
    assert mark_at(ALL, 60.0, 0.0, is_step=True) is None


def test_an_alarm_before_one_of_lower_priority_is_drawn_as_well(qapp):
    """Those of one priority are thinned out; one of another priority is not lost to them."""
    image = QImage(400, 60, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.PANEL))
    painter = QPainter(image)
    lower = Mark(MarkKind.ALARM, 80.0, 80.0, "b", priority=2)
    higher = Mark(MarkKind.ALARM, 20.0, 20.0, "a", priority=1)
    head, plots = QRectF(0, 0, 400, 34), QRectF(0, 40, 400, 20)
    draw_marks(painter, head, plots, (lower, higher), (0.0, 100.0))
    painter.end()
    found = {image.pixelColor(x, y).name().upper() for x in range(60, 100) for y in range(60)}
    assert theme.PRIORITIES[1].upper() in found
