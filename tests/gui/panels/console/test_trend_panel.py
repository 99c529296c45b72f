import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from bench.messages import Bilingual
from bench.service.live import Frame
from bench.service.port import BenchState
from bench.units import unit
from gui.bridge.run_feed import RunFeed
from gui.panels.console.trend_panel import TrendPanel
from gui.state.console.live_trend import TrendChannel, TrendGroup
from gui.state.session import Update
from tests.gui.run_files import PERIOD, closed_run, scan_times

GROUPS = (
    TrendGroup(
        Bilingual("Engine", "发动机"),
        (
            TrendChannel("engine.torque", Bilingual("Torque", "扭矩"), unit("N*m"), 0, (195.0,)),
            TrendChannel("oil.temperature", Bilingual("Oil", "机油"), unit("degC"), 1),
        ),
    ),
    TrendGroup(Bilingual(""), (TrendChannel("new.one", Bilingual("New"), unit("bar"), 2),)),
)


@pytest.fixture
def feed():
    found = RunFeed()
    yield found
    found.close()


@pytest.fixture
def panel(qtbot, words, feed):
    found = TrendPanel(words, feed)
    qtbot.addWidget(found)
    found.resize(900, 500)
    found.show()
    qtbot.waitExposed(found)
    found.arrange(GROUPS)
    return found


def update(number, file="", begin=0):
    values = np.array([120.0, 360.0, 2e5])
    quality = np.zeros(3, np.uint8)
    time_ns = begin + number * 4 * PERIOD
    frame = Frame(str(file), time_ns, 0, values, values, values, quality)
    return Update(BenchState(), frames=(frame,))


def legend(panel, strip=0):
    return [entry.text for entry in panel.stack._lanes.all[strip].legend(float("nan"))]


def test_frames_are_shown_as_they_come(panel):
    for number in range(100):
        panel.display(update(number))
    assert legend(panel) == ["Torque  120.0 N·m", "Oil  86.85 °C"]
    start, end = panel.stack.window_shown
    assert end - start == 300.0
    assert end == pytest.approx(3.96, abs=0.5)


def test_curves_are_drawn_again_only_where_they_have_moved_by_a_pixel(panel, monkeypatch):
    panel.display(update(0))
    drawn = []
    monkeypatch.setattr(panel.stack, "draw", lambda *about: drawn.append(about))
    for number in range(1, 101):
        panel.display(update(number))
    pixel = 300.0 / panel.stack.pixels
    assert 4.0 / pixel - 2 <= len(drawn) <= 4.0 / pixel + 2


def test_what_was_before_the_first_frame_comes_from_the_run_file(qtbot, panel, tmp_path):
    path = closed_run(tmp_path / "a.h5")
    begin = int(scan_times(1, 3000)[0])
    for number in range(20):
        panel.display(update(number, path, begin))

    def has_peak():
        return any(400.0 in trace.high for trace in panel.stack._picture.traces)

    qtbot.waitUntil(has_peak, timeout=10_000)
    assert panel.stack._picture.traces[0].times[0] == pytest.approx(0.0, abs=0.5)
    assert panel.stack._picture.marks
    assert ":" in panel.stack.scene.ticks[1][1]


def test_buttons_and_keys_choose_how_much_is_shown(qtbot, panel):
    for number in range(100):
        panel.display(update(number))
    qtbot.mouseClick(panel.findChild(QPushButton, "window_long"), Qt.MouseButton.LeftButton)
    start, end = panel.stack.window_shown
    assert end - start == 1800.0
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow, timeout=5000)
    qtbot.keyClick(panel, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(panel.findChild(QPushButton, "window_run").isChecked, timeout=5000)
    assert panel.stack.window_shown == pytest.approx((0.0, 3.96))


def test_who_looks_back_is_left_alone_until_a_button_is_pressed(qtbot, panel):
    for number in range(100):
        panel.display(update(number))
    panel.stack.setFocus()
    qtbot.keyClick(panel.stack, Qt.Key.Key_Left)
    there = panel.stack.window_shown
    for number in range(100, 300):
        panel.display(update(number))
    assert panel.stack.window_shown == there
    button = panel.findChild(QPushButton, "window_short")
    assert not button.isChecked()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert panel.stack.window_shown[1] == pytest.approx(11.96)
    assert button.isChecked()


def test_another_width_does_not_stop_the_live_view(qtbot, panel):
    for number in range(10):
        panel.display(update(number))
    panel.resize(700, 400)
    for number in range(10, 500):
        panel.display(update(number))
    assert panel.stack.window_shown[1] == pytest.approx(19.96, abs=0.5)


def test_titles_are_in_the_language_of_the_window(panel, words):
    for number in range(10):
        panel.display(update(number))
    words.switch("zh")
    assert legend(panel)[0].startswith("扭矩")
    assert panel.stack._lanes.all[0].plan.title == "发动机"
    assert panel.findChild(QPushButton, "window_run").text() == "整个运行"
    words.switch("en")
    assert legend(panel)[0].startswith("Torque")


def test_limits_of_the_first_channel_are_lines(panel):
    assert panel.stack._lanes.all[0].plan.limits == (195.0,)


def test_a_run_file_that_cannot_be_read_is_no_reason_to_stop(qtbot, panel, feed, tmp_path):
    with qtbot.waitSignal(feed.refused, timeout=10_000):
        panel.display(update(0, tmp_path / "elsewhere.h5"))
    panel.display(update(100, tmp_path / "elsewhere.h5"))
    assert legend(panel)[0] == "Torque  120.0 N·m"
