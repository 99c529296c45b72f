"""The process picture as one sees it."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF
from PySide6.QtGui import QColor, QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from bench.channel import Quality
from bench.messages import LANGUAGES, catalogue
from gui import theme
from gui.panels.console.mimic_panel import MimicPanel
from gui.state.console.mimic import fitted_picture, mimic_of
from gui.state.screens.process_picture import Kind, Medium
from gui.state.screens.screen import screen_of
from gui.widgets import equipment_shapes
from tests.gui.bench_values import ENGINE, STACK, SYSTEM, alarm_of, model_of, session_of
from tests.gui.pixels import colours_of

BENCHES = {
    "hydrogen-engine-cell": ENGINE,
    "solid-oxide-system": SYSTEM,
    "short-stack-bench": STACK,
}
RIG = "hydrogen-engine-cell"
ABNORMAL = {QColor(each).name() for each in (*theme.PRIORITIES.values(), theme.DIAGNOSTIC)}


def state(rig=RIG, given=None, bad=None, alarms=(), **more):
    model = model_of(rig)
    session = session_of(rig, {**BENCHES[rig], **(given or {})}, bad, alarms, **more)
    return mimic_of(session, fitted_picture(screen_of(model.object.kind), model))


@pytest.fixture
def panel(qtbot, words):
    found = MimicPanel(words)
    qtbot.addWidget(found)
    found.resize(1150, 420)
    found.show()
    qtbot.waitExposed(found)
    return found


def colours(panel, box=None):
    """Return the colours of the picture's pixels, or of those around a box in it."""
    area = None if box is None else box.adjusted(-8, -8, 8, 8).toAlignedRect()
    return colours_of(panel.view, area)


def filling(panel, name):
    """Return the colour of a valve's left half."""
    box = panel.view.box_of(name)
    place = QPointF(box.left() + box.width() * 0.12, box.center().y()).toPoint()
    return panel.view.grab().toImage().pixelColor(place).name()


def told(panel, name):
    """Return what is said under the mouse at a piece of equipment."""
    place = panel.view.box_of(name).center().toPoint()
    where = panel.view.mapToGlobal(place)
    QApplication.sendEvent(panel.view, QHelpEvent(QEvent.Type.ToolTip, QPoint(place), where))
    said = QToolTip.text()
    QToolTip.hideText()
    return said


@pytest.mark.parametrize("rig", BENCHES)
def test_a_bench_where_all_is_well_is_grey(panel, rig):
    panel.display(state(rig))
    shown = [QColor(each) for each in colours(panel)]
    assert max(each.hsvSaturation() for each in shown) < 20


def test_an_alarm_is_coloured_where_it_belongs_and_nowhere_else(panel):
    panel.display(state(alarms=[alarm_of(model_of(RIG), "oil-warm")]))
    colour = QColor(theme.PRIORITIES[3]).name()
    assert colour in colours(panel, panel.view.box_of("engine"))
    assert not ABNORMAL & colours(panel, panel.view.box_of("trailer"))


def test_a_value_that_is_not_to_be_trusted_is_marked(panel):
    panel.display(state(bad={"plc.fuel_valve_open": Quality.DISCONNECTED}))
    assert QColor(theme.DIAGNOSTIC).name() in colours(panel, panel.view.box_of("fuel_valve"))
    assert told(panel, "fuel_valve").endswith("is not to be trusted")


def test_an_open_valve_is_filled_and_a_closed_one_is_not(panel):
    panel.display(state(given={"plc.fuel_valve_open": 1.0}))
    assert filling(panel, "fuel_valve") == QColor(theme.RUNNING).name()
    assert told(panel, "fuel_valve") == "Fuel valve\nOpen"
    panel.display(state(given={"plc.fuel_valve_open": 0.0}))
    assert filling(panel, "fuel_valve") == QColor(theme.FIELD).name()
    assert told(panel, "fuel_valve") == "Fuel valve\nClosed"


def test_equipment_says_its_values_and_alarms_in_the_language_of_now(panel, words):
    words.switch("zh")
    panel.display(state(alarms=[alarm_of(model_of(RIG), "trailer-low")]))
    assert told(panel, "trailer") == "氢气\n182.0 bar\n报警 trailer-low"
    assert panel.accessibleName() == "流程图"


@pytest.mark.parametrize("size", [(1150, 420), (760, 270), (1150, 300)])
def test_all_equipment_stands_inside_whatever_the_room(panel, size):
    panel.resize(*size)
    for rig in BENCHES:
        panel.display(state(rig))
        for each in panel.view._state.picture.equipment:
            assert panel.view.rect().toRectF().contains(panel.view.box_of(each.name)), each.name


def test_it_fits_into_the_smallest_window(panel):
    panel.display(state())
    assert panel.minimumSizeHint().width() <= 700
    assert panel.minimumSizeHint().height() <= 260


def test_every_kind_of_equipment_can_be_drawn():
    assert set(equipment_shapes._SHAPES) == set(Kind.__args__)


def test_nothing_is_drawn_of_what_is_not_there(panel):
    assert panel.view.box_of("no-such").isEmpty()
    assert not ABNORMAL & colours(panel)


@pytest.mark.parametrize("rig", BENCHES)
@pytest.mark.parametrize("size", [(1150, 420), (760, 280)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_stand_upon_others_or_upon_equipment(panel, words, rig, size, language):
    words.switch(language)
    panel.resize(*size)
    panel.display(state(rig))
    view = panel.view
    areas = {name: area.adjusted(1, 1, -1, -1) for name, area in view.caption_areas().items()}
    boxes = {
        each.name: view.box_of(each.name)
        for each in view._state.picture.equipment
        if each.drawn.kind not in {"room", "tap"}
    }
    upon = [
        f"{name} {other}"
        for name, area in areas.items()
        for others in (areas, boxes)
        for other, place in others.items()
        if other != name and area.intersects(place)
    ]
    outside = [name for name, area in areas.items() if not view.rect().toRectF().contains(area)]
    assert (upon, outside) == ([], [])


def test_a_pipe_says_what_flows_in_it(panel):
    panel.display(state())
    meter, rail = panel.view.box_of("fuel_meter"), panel.view.box_of("rail")
    place = QPointF((meter.right() + rail.left()) / 2, meter.center().y()).toPoint()
    event = QHelpEvent(QEvent.Type.ToolTip, place, panel.view.mapToGlobal(place))
    QApplication.sendEvent(panel.view, event)
    assert QToolTip.text() == "Hydrogen: flows"
    QToolTip.hideText()


def test_every_medium_has_a_name():
    for medium in Medium.__args__:
        for language in LANGUAGES:
            assert catalogue(language, "screen")[f"screen.medium-{medium}"]
