import gc
import math
import weakref

import numpy as np
import pyqtgraph
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent, QImage, QPainter, QWheelEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from bench.errors import BenchError
from gui.plots import strip_canvas
from gui.plots.time_stack import CHANNEL_MIME, Strip, TimeStack
from gui.state.plots.picture import Curve, Mark, MarkKind, Picture, Trace
from gui.state.plots.stack_layout import LEAST_PLOT

IS_INVERTED = False
TORQUE = Curve("r", "engine.torque", "Torque", "N·m")
OIL = Curve("r", "oil.temperature", "Oil", "°C")
FLOW = Curve("r", "fuel.flow", "Flow", "kg/h")


def trace(curve, start=0.0, end=100.0, low=0.0, high=10.0):
    times = np.linspace(start, end, 200)
    values = np.linspace(low, high, 200)
    return Trace(curve, times, values, values)


def picture(start=0.0, end=100.0, marks=()):
    return Picture(
        start, end, tuple(trace(each, start, end) for each in (TORQUE, OIL, FLOW)), marks
    )


@pytest.fixture
def stack(qtbot):
    found = TimeStack()
    qtbot.addWidget(found)
    found.resize(900, 500)
    found.show()
    qtbot.waitExposed(found)
    found.arrange([Strip("Engine", (TORQUE.key, OIL.key), (8.0,)), Strip("Fuel", (FLOW.key,))])
    found.display(picture())
    found.set_whole(0.0, 100.0)
    return found


def x_of(stack, time):
    rect = stack._lanes.all[0].area.rect
    start, end = stack.window_shown
    return round(rect.left() + (time - start) / (end - start) * rect.width())


def place(stack, time, y=200):
    return QPoint(x_of(stack, time), y)


def wheel(stack, time, notches, modifiers=Qt.KeyboardModifier.NoModifier):
    at = QPointF(place(stack, time))
    event = QWheelEvent(
        at, stack.mapToGlobal(at), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton,
        modifiers, Qt.ScrollPhase.NoScrollPhase, IS_INVERTED,
    )  # fmt: skip
    QApplication.sendEvent(stack, event)


def drag(qtbot, stack, begin, end, button=Qt.MouseButton.LeftButton):
    qtbot.mousePress(stack, button, pos=begin)
    qtbot.mouseMove(stack, end)
    stack._gestures._move(QPointF(end))  # offscreen the pointer does not move by itself
    qtbot.mouseRelease(stack, button, pos=end)


def test_strips_have_an_axis_per_unit_and_one_axis_of_time(stack):
    engine, fuel = stack._lanes.all
    assert engine.plan.units == ("N·m", "°C")
    assert fuel.plan.units == ("kg/h",)
    assert engine.area.rect.left() == fuel.area.rect.left()
    assert {scale.x_range for lane in stack._lanes.all for scale in lane.area.scales} == {
        (0.0, 100.0)
    }


def test_curves_that_are_not_overlaid_have_lanes_of_their_own(stack):
    stack.arrange([Strip("", (TORQUE.key, OIL.key), is_overlaid=False)])
    assert [lane.plan.keys for lane in stack._lanes.all] == [(TORQUE.key,), (OIL.key,)]
    assert {lane.plan.strip for lane in stack._lanes.all} == {0}


def test_a_display_asks_for_nothing(qtbot, stack):
    with qtbot.assertNotEmitted(stack.wanted):
        stack.display(picture())
        stack.place_cursors(1.0, 2.0)
        stack.place_band(1.0, 2.0)


def test_pointing_draws_no_curve_anew(stack, monkeypatch):
    drawn = []
    stack.grab()
    monkeypatch.setattr(strip_canvas, "segments", lambda *about: drawn.append(about))
    stack.point_at(50.0)
    stack.place_cursors(1.0, 2.0)
    stack.grab()
    assert not drawn


def test_curves_that_are_the_same_are_told_from_others(stack):
    lane = stack._lanes.all[0]
    shown = {each.curve.key: each for each in stack._picture.traces}
    assert not lane.draw(shown)
    assert lane.draw({**shown, TORQUE.key: trace(TORQUE)})


def test_legends_lie_above_the_curves_and_strips_do_not_overlap(stack):
    for lane in stack._lanes.all:
        assert lane.legend_rect.bottom() <= lane.area.rect.top() + 1e-6
    first, second = (lane.area.rect for lane in stack._lanes.all)
    assert first.bottom() < stack._lanes.all[1].legend_rect.top() < second.top()


def test_strips_without_room_are_reached_by_the_bar(stack):
    stack.arrange([Strip(str(number), (FLOW.key,)) for number in range(6)])
    stack.resize(800, 200)
    shown = [lane.plan.strip for lane in stack._lanes.shown]
    assert shown == list(range(len(shown)))
    assert 2 <= len(shown) < 6
    assert all(lane.area.rect.height() >= LEAST_PLOT for lane in stack._lanes.shown)
    assert not stack._bar.isHidden()
    stack._bar.setValue(stack._bar.maximum())
    assert stack._lanes.shown[-1].plan.strip == 5
    stack.resize(800, 800)
    assert len(stack._lanes.shown) == 6
    assert stack._bar.isHidden()


def test_the_wheel_zooms_where_it_points(qtbot, stack):
    with qtbot.waitSignal(stack.wanted) as told:
        wheel(stack, 50.0, 1)
    start, end, pixels = told.args
    assert end - start == pytest.approx(80.0)
    assert start + 0.5 * (end - start) == pytest.approx(50.0, abs=0.5)
    assert pixels == pytest.approx(stack._lanes.all[0].area.rect.width(), abs=1)


def test_the_wheel_with_ctrl_zooms_the_values_until_a_double_click(qtbot, stack):
    scale = stack._lanes.all[0].area.scales[0]
    before = scale.y_range
    wheel(stack, 50.0, 1, Qt.KeyboardModifier.ControlModifier)
    assert scale.y_range[1] - scale.y_range[0] == pytest.approx(0.8 * (before[1] - before[0]))
    stack.display(picture())
    assert scale.y_range[1] - scale.y_range[0] == pytest.approx(0.8 * (before[1] - before[0]))
    qtbot.mouseDClick(stack, Qt.MouseButton.LeftButton, pos=place(stack, 50.0))
    assert scale.y_range == pytest.approx(before)


def test_dragging_moves_the_plot(qtbot, stack):
    stack.zoom(40.0, 60.0)
    drag(qtbot, stack, place(stack, 50.0), place(stack, 45.0))
    assert stack.window_shown == pytest.approx((45.0, 65.0), abs=0.1)


def test_the_right_button_zooms_to_what_is_dragged_over(qtbot, stack):
    drag(qtbot, stack, place(stack, 20.0), place(stack, 40.0), Qt.MouseButton.RightButton)
    assert stack.window_shown == pytest.approx((20.0, 40.0), abs=0.3)


def test_keys_zoom_move_and_show_all(qtbot, stack):
    stack.setFocus()
    qtbot.keyClick(stack, Qt.Key.Key_Plus)
    assert stack.window_shown == pytest.approx((25.0, 75.0))
    qtbot.keyClick(stack, Qt.Key.Key_Right)
    assert stack.window_shown == pytest.approx((35.0, 85.0))
    qtbot.keyClick(stack, Qt.Key.Key_Left)
    qtbot.keyClick(stack, Qt.Key.Key_Minus)
    assert stack.window_shown == pytest.approx((0.0, 100.0))
    stack.zoom(10.0, 11.0)
    qtbot.keyClick(stack, Qt.Key.Key_Home)
    assert stack.window_shown == (0.0, 100.0)


def test_cursors_and_band_are_dragged(qtbot, stack):
    stack.place_cursors(20.0, 60.0)
    stack.place_band(70.0, 80.0)
    with qtbot.waitSignal(stack.cursors_moved) as told:
        drag(qtbot, stack, place(stack, 20.0), place(stack, 30.0))
    assert told.args == pytest.approx([30.0, 60.0], abs=0.2)
    with qtbot.waitSignal(stack.band_moved) as told:
        drag(qtbot, stack, place(stack, 80.0), place(stack, 65.0))
    assert list(stack.scene.band) == pytest.approx([65.0, 70.0], abs=0.2)
    assert stack.window_shown == (0.0, 100.0)


def test_a_cursor_that_is_hidden_cannot_be_dragged(qtbot, stack):
    stack.place_cursors(math.nan, math.nan)
    with qtbot.assertNotEmitted(stack.cursors_moved):
        drag(qtbot, stack, place(stack, 20.0), place(stack, 30.0))


def test_pointing_shows_the_values_there(qtbot, stack):
    assert stack._lanes.all[0].legend(math.nan)[0].text == "Torque  10.00 N·m"
    stack._gestures._move(QPointF(place(stack, 50.0)))
    time = stack.scene.hover
    assert time == pytest.approx(50.0, abs=0.2)
    shown = stack._lanes.all[0].legend(time)[0].text
    assert float(shown.split()[1]) == pytest.approx(5.0, abs=0.1)
    assert stack.scene.hover_text.startswith("0:00:")


def test_following_keeps_the_newest_in_sight_until_somebody_moves(qtbot, stack):
    stack.follow(20.0)
    assert stack.window_shown == (80.0, 100.0)
    with qtbot.waitSignal(stack.wanted) as told:
        stack.set_whole(0.0, 130.0)
    assert told.args[:2] == [110.0, 130.0]
    stack.display(picture(0.0, 140.0))
    assert stack.window_shown == (120.0, 140.0)
    with qtbot.waitSignal(stack.followed) as told:
        stack.move_by(-0.5)
    assert told.args == [0.0]
    stack.display(picture(0.0, 200.0))
    assert stack.window_shown == (110.0, 130.0)


@pytest.mark.parametrize(("y", "strip"), [(100, 0), (400, 1), (495, -1)])
def test_a_channel_is_dropped_on_a_strip(qtbot, stack, y, strip):
    data = QMimeData()
    data.setData(CHANNEL_MIME, TORQUE.key.encode())
    event = QDropEvent(
        QPointF(300, y), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    with qtbot.waitSignal(stack.dropped) as told:
        stack.dropEvent(event)
    assert told.args == [TORQUE.key, strip]


def test_the_axis_is_elapsed_time_or_the_wall_clock(stack):
    assert stack.scene.ticks[0][1] == "0:00:00"
    stack.set_axis(1_700_000_000 * 10**9)
    assert stack.scene.ticks[0][1] != "0:00:00"
    assert len(stack.scene.ticks) >= 2
    stack.set_axis(None)
    assert stack.scene.ticks[0][1] == "0:00:00"


def test_marks_of_every_kind_are_drawn(stack):
    before = stack.grab().toImage()
    marks = tuple(Mark(kind, 30.0, 40.0, kind.value, priority=1) for kind in MarkKind)
    stack.display(picture(marks=marks))
    assert stack.grab().toImage() != before


def test_curves_without_a_value_are_drawn_all_the_same(stack):
    nothing = np.full(3, np.nan)
    empty = np.empty(0)
    traces = (
        Trace(TORQUE, np.arange(3.0), nothing, nothing),
        Trace(OIL, empty, empty, empty),
        Trace(FLOW, np.zeros(1), np.ones(1), np.ones(1)),
    )
    stack.display(Picture(0.0, 0.0, traces))
    stack.grab()
    assert stack._lanes.all[0].legend(math.nan)[0].text == "Torque  – N·m"


def test_a_single_value_between_gaps_is_a_dot(stack):
    values = np.array([1.0, np.nan, 5.0, np.nan, 2.0])
    stack.display(Picture(0.0, 4.0, (Trace(TORQUE, np.arange(5.0), values, values),)))
    (_, _, times, found), *_ = stack._lanes.all[0].lone()
    assert times.tolist() == [0.0, 2.0, 4.0]
    assert found.tolist() == [1.0, 5.0, 2.0]


def test_what_is_shown_is_saved_as_png_and_svg(stack, tmp_path):
    stack.save(tmp_path / "a.png")
    assert QImage(str(tmp_path / "a.png")).width() == 2 * stack.width()
    stack.save(tmp_path / "a.svg")
    text = (tmp_path / "a.svg").read_text()
    assert "<svg" in text
    assert "Torque" in text


def test_a_drawing_looks_like_the_screen(stack, tmp_path):
    """Of all pixels few differ, though fonts and lines are drawn by another engine."""
    stack.save(tmp_path / "a.svg")
    drawn = QImage(stack.size(), QImage.Format.Format_RGB32)
    drawn.fill(Qt.GlobalColor.white)
    painter = QPainter(drawn)
    QSvgRenderer(str(tmp_path / "a.svg")).render(painter)
    painter.end()
    shown = stack.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    axes = slice(0, round(stack._lanes.all[0].area.rect.left()))

    def rows_with_ink(image):
        return (np.asarray(image.constBits()).reshape(500, 900, 4)[:, axes, 1] < 128).any(1)

    rows = [rows_with_ink(each) for each in (drawn, shown)]
    assert np.mean(rows[0] != rows[1]) < 0.1


@pytest.mark.parametrize("name", ["a.bmp", "a", "missing/a.png"])
def test_a_picture_that_cannot_be_written_is_a_sentence(stack, tmp_path, name):
    with pytest.raises(BenchError, match="a"):
        stack.save(tmp_path / name)


def test_no_strips_and_nonsense_windows_do_no_harm(qtbot, stack):
    stack.arrange([])
    stack.zoom(math.nan, 1.0)
    stack.zoom(2.0, 1.0)
    stack.zoom_by(0.5, 0.5)
    stack.grab()
    assert stack.pixels >= 1


def test_strips_that_are_gone_leave_nothing_behind(stack):
    gone = [weakref.ref(stack._lanes.all[0]), weakref.ref(stack._lanes.all[0].area.scales[1])]
    for number in range(5):
        stack.arrange([Strip(str(number), (FLOW.key,))])
    QApplication.processEvents()
    gc.collect()
    assert [each() for each in gone] == [None, None]


def test_the_configuration_of_pyqtgraph_is_as_it_comes(stack):
    assert pyqtgraph.getConfigOption("background") == "k"
    assert pyqtgraph.getConfigOption("foreground") == "d"
    assert pyqtgraph.getConfigOption("antialias") is False
