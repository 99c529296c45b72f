"""The gauges as one sees them."""

import pytest
from PySide6.QtGui import QColor

from bench.channel import Quality
from gui import theme
from gui.panels.console.gauge_panel import GaugePanel, columns_for
from gui.state.console.gauges import fitted_gauges, gauges_of
from gui.state.screens.screen import screen_of
from tests.gui.bench_values import ENGINE, model_of, session_of
from tests.gui.pixels import colours_of as colours

RIG = "hydrogen-engine-cell"


def states(given=None, bad=None, **more):
    session = session_of(RIG, {**ENGINE, **(given or {})}, bad, **more)
    return gauges_of(session, fitted_gauges(screen_of("hydrogen-engine"), model_of(RIG)))


@pytest.fixture
def panel(qtbot, words):
    found = GaugePanel(words)
    qtbot.addWidget(found)
    found.resize(1150, 150)
    found.show()
    qtbot.waitExposed(found)
    return found


def gauge(panel, channel):
    return next(x for x in panel.indicators if x.objectName() == f"gauge_{channel}")


def test_every_gauge_says_title_value_and_demand(panel):
    panel.display(states())
    assert len(panel.indicators) == 12
    speed = gauge(panel, "engine.speed")
    assert speed.accessibleName() == "Engine speed: 1202 rpm set 1200"
    assert "Scale 0 to 2500 rpm" in speed.toolTip()
    assert "Limit ◆1 > 2350 rpm" in speed.toolTip()


def test_the_language_changes_while_it_is_shown(panel, words):
    panel.display(states())
    words.switch("zh")
    assert gauge(panel, "engine.speed").accessibleName() == "发动机转速: 1202 rpm 设定 1200"
    assert panel.accessibleName() == "关键仪表"


def test_colour_shows_only_while_the_value_is_beyond_a_limit(panel):
    panel.display(states({"oil.temperature": "95 degC"}))
    quiet = {QColor(each).name() for each in theme.PRIORITIES.values()}
    assert not colours(panel) & quiet
    panel.display(states({"oil.temperature": "127 degC"}))
    oil = gauge(panel, "oil.temperature")
    assert QColor(theme.PRIORITIES[3]).name() in colours(oil)
    assert not colours(gauge(panel, "coolant.temperature")) & quiet


@pytest.mark.parametrize(
    ("quality", "said"),
    [
        (Quality.STALE, "old value"),
        (Quality.BAD, "invalid"),
        (Quality.DISCONNECTED, "no connection"),
    ],
)
def test_a_value_that_is_not_to_be_trusted_says_why(panel, quality, said):
    panel.display(states(bad={"fuel.flow": quality}))
    flow = gauge(panel, "fuel.flow")
    assert flow.note == said
    assert QColor(theme.DIAGNOSTIC).name() in colours(flow)


def test_a_value_given_by_hand_says_so(panel):
    panel.display(states(forced=("fuel.flow",)))
    assert gauge(panel, "fuel.flow").note == "by hand"


@pytest.mark.parametrize(
    ("count", "width", "columns"),
    [(12, 1150, 6), (12, 760, 4), (14, 1150, 7), (1, 90, 1), (0, 500, 1)],
)
def test_rows_are_as_even_as_can_be(count, width, columns):
    assert columns_for(count, width) == columns


def test_fewer_gauges_leave_none_behind(panel):
    panel.display(states())
    panel.display(states()[:3])
    assert len(panel.indicators) == 3
    panel.display(())
    assert panel.indicators == ()


def test_it_fits_into_the_smallest_window(panel, words):
    panel.display(states())
    for language in ("en", "zh"):
        words.switch(language)
        panel.resize(760, 210)
        assert panel.minimumSizeHint().width() <= 760
        assert panel.minimumSizeHint().height() <= 230
