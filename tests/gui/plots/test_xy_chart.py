import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication

from bench.errors import BenchError
from gui.plots.contours import contour_lines
from gui.plots.xy_chart import XYChart
from gui.state.plots.chart import Band, Chart, Contours, Series, Style

IS_INVERTED = False
X = np.linspace(1.0, 9.0, 5)


def chart(**about):
    series = (
        Series("points", X, X**2, Style.POINTS, error=np.ones(5), labels=tuple("abcde")),
        Series("line", X, X, Style.DASHED, colour=1),
    )
    bands = (Band("band", X, X - 1, X + 1, colour=9),)
    return Chart("x in m", "y in s", series, bands, lines=((50.0, "limit"),), **about)


@pytest.fixture
def plot(qtbot):
    found = XYChart()
    qtbot.addWidget(found)
    found.resize(600, 400)
    found.show()
    qtbot.waitExposed(found)
    return found


def scale_of(plot):
    return plot._area.scales[0]


def point(plot, x, y):
    return scale_of(plot).to_scene(x, y).toPoint()


def test_all_of_a_chart_is_shown(plot):
    plot.display(chart())
    (left, right), (low, high) = scale_of(plot).x_range, scale_of(plot).y_range
    assert left < 1.0
    assert right > 9.0
    assert low < 0.0
    assert high > 82.0


def test_logarithmic_axes_are_in_decades_and_leave_out_what_has_none(plot):
    series = (Series("z", np.array([0.0, 1.0, 1e4]), np.array([1.0, 10.0, -5.0]), Style.BOTH),)
    plot.display(Chart("f", "z", series, lines=((-1.0, "no"),), is_x_log=True, is_y_log=True))
    left, right = scale_of(plot).x_range
    assert left == pytest.approx(-0.24)
    assert right == pytest.approx(4.24)
    plot.grab()


def test_a_square_chart_has_one_scale(plot):
    plot.display(chart(is_square=True))
    rect = plot._area.rect
    (left, right), (low, high) = scale_of(plot).x_range, scale_of(plot).y_range
    assert rect.width() / (right - left) == pytest.approx(rect.height() / (high - low), rel=1e-6)
    plot.resize(300, 500)
    rect = plot._area.rect
    (left, right), (low, high) = scale_of(plot).x_range, scale_of(plot).y_range
    assert rect.width() / (right - left) == pytest.approx(rect.height() / (high - low), rel=1e-6)


def test_pointing_names_the_nearest_point(qtbot, plot):
    plot.display(chart())
    qtbot.mouseMove(plot, point(plot, 5.0, 25.0) + QPoint(2, 2))
    note = plot._overlay._note
    assert (note.name, note.x, note.y) == ("points", 5.0, 25.0)
    qtbot.mouseMove(plot, point(plot, 2.0, 80.0))
    assert plot._overlay._note is None


def test_the_wheel_zooms_dragging_moves_and_a_double_click_shows_all(qtbot, plot):
    plot.display(chart())
    whole = scale_of(plot).x_range
    at = QPointF(point(plot, 5.0, 25.0))
    wheel = QWheelEvent(
        at, plot.mapToGlobal(at), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, IS_INVERTED,
    )  # fmt: skip
    QApplication.sendEvent(plot, wheel)
    zoomed = scale_of(plot).x_range
    assert zoomed[1] - zoomed[0] == pytest.approx(0.8 * (whole[1] - whole[0]))
    begin = point(plot, 5.0, 25.0)
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=begin)
    qtbot.mouseMove(plot, begin + QPoint(30, 0))
    qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=begin + QPoint(30, 0))
    assert scale_of(plot).x_range[0] < zoomed[0]
    qtbot.mouseDClick(plot, Qt.MouseButton.LeftButton, pos=begin)
    assert scale_of(plot).x_range == pytest.approx(whole)


def test_a_height_that_is_known_everywhere_has_its_line_where_it_is():
    x, y = np.linspace(0.0, 2.0, 21), np.linspace(0.0, 1.0, 11)
    height = np.broadcast_to(x, (11, 21)).copy()
    ((level, line_x, line_y),) = contour_lines(Contours(x, y, height, (0.55,)))
    assert level == 0.55
    assert line_x == pytest.approx(np.full(len(line_x), 0.55))
    assert (line_y.min(), line_y.max()) == (0.0, 1.0)


def test_no_line_crosses_what_is_not_known(plot):
    x, y = np.linspace(0.0, 2.0, 21), np.linspace(0.0, 1.0, 11)
    height = np.broadcast_to(x, (11, 21)).copy()
    height[5:] = np.nan
    contours = Contours(x, y, height, (0.55, 99.0))
    assert all(found.max() <= 0.4 for _, _, found in contour_lines(contours))
    plot.display(Chart("x", "y", contours=contours))
    plot.grab()


def test_an_empty_chart_and_one_of_nothing_but_nan_are_drawn(plot):
    plot.display(Chart("", ""))
    plot.grab()
    nothing = np.full(3, np.nan)
    plot.display(Chart("", "", (Series("n", nothing, nothing, Style.BOTH, nothing, ("a", "b")),)))
    plot.grab()


def test_the_same_chart_is_not_drawn_again(plot):
    shown = chart()
    plot.display(shown)
    area = plot._area
    plot.display(shown)
    assert plot._area is area


def test_a_chart_is_saved_as_png_and_svg(plot, tmp_path):
    plot.display(chart())
    plot.save(tmp_path / "a.PNG")
    assert QImage(str(tmp_path / "a.PNG")).height() == 2 * plot.height()
    plot.save(tmp_path / "a.svg")
    assert "points" in (tmp_path / "a.svg").read_text()
    with pytest.raises(BenchError):
        plot.save(tmp_path / "a.pdf")
