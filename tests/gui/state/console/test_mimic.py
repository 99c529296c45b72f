"""What the process picture shows, as facts."""

import math

import pytest

from bench.channel import Quality
from bench.document import parse
from gui.state.console.mimic import MimicState, fitted_picture, mimic_of
from gui.state.screens.screen import screen_in, screen_of
from gui.state.session import Session
from tests.gui.bench_values import ENGINE, alarm_of, model_of, session_of

RIG = "hydrogen-engine-cell"
OWN = """screen: x
picture:
  size: [20, 10]
  equipment:
    tank: {kind: bottle, at: [2, 5], size: [2, 4], values: [fuel.supply_pressure]}
    valve: {kind: valve, at: [8, 5], active: plc.fuel_valve_open > 0.5}
    spare: {kind: pump, at: [12, 5], optional: true, values: [no.such]}
    engine: {kind: engine, at: [16, 5], size: [4, 4], values: [no.such, oil.temperature]}
  pipes:
    - {medium: hydrogen, through: [tank, valve, engine], flowing: fuel.flow > 1 kg/h}
    - {medium: hydrogen, through: [valve, spare]}
"""


def shown(given=None, bad=None, alarms=(), text=OWN, **more):
    """Return the state of a picture on the engine's rig, and its equipment by name."""
    picture = fitted_picture(screen_in(parse(text, "own.yaml")), model_of(RIG))
    state = mimic_of(session_of(RIG, given, bad, alarms, **more), picture)
    names = [each.name for each in picture.equipment]
    return state, dict(zip(names, state.equipment, strict=True))


def alarm(limit_id, state="active"):
    return alarm_of(model_of(RIG), limit_id, state)


def test_a_valve_is_open_while_its_condition_holds():
    assert shown({"plc.fuel_valve_open": 1.0})[1]["valve"].is_active is True
    assert shown()[1]["valve"].is_active is False
    assert shown()[1]["tank"].is_active is None


def test_it_is_not_known_whether_a_valve_is_open_that_nobody_sees():
    valve = shown(bad={"plc.fuel_valve_open": Quality.STALE})[1]["valve"]
    assert valve.is_active is None
    assert valve.is_doubtful


def test_what_nobody_has_demanded_yet_is_not_known_and_no_fault():
    text = OWN.replace("plc.fuel_valve_open > 0.5", "fuel.valve.demand == open")
    valve = shown({"fuel.valve.demand": math.nan}, text=text)[1]["valve"]
    assert valve.is_active is None
    assert not valve.is_doubtful


def test_a_silent_server_leaves_nothing_known():
    state, equipment = shown(ENGINE, is_connected=False)
    assert equipment["valve"].is_doubtful
    assert state.flows == (None,)
    assert equipment["tank"].values[0].quality is Quality.STALE


def test_what_the_rig_lacks_is_left_out_with_its_pipes():
    state, equipment = shown()
    assert "spare" not in equipment
    assert len(state.flows) == 1
    assert len(equipment["engine"].values) == 1


def test_values_stand_with_their_unit():
    values = shown({"fuel.supply_pressure": "182.34 bar"})[1]["tank"].values
    assert [each.text for each in values] == ["182 bar"]


def test_a_pipe_ends_at_the_edge_of_what_it_joins():
    state, _ = shown()
    (pipe,) = state.picture.pipes
    assert pipe.points == ((3.0, 5.0), (8.0, 5.0), (14.0, 5.0))


@pytest.mark.parametrize(("flow", "flows"), [("2 kg/h", True), ("0 kg/h", False)])
def test_a_pipe_says_whether_something_flows(flow, flows):
    assert shown({"fuel.flow": flow})[0].flows == (flows,)


def test_an_alarm_stands_at_the_equipment_whose_channel_it_watches():
    _, equipment = shown(alarms=[alarm("oil-warm")])
    assert equipment["engine"].priority == 3
    assert equipment["engine"].is_waiting
    assert equipment["engine"].alarms == ("oil-warm",)
    assert {each.priority for name, each in equipment.items() if name != "engine"} == {0}


def test_the_most_urgent_alarm_counts():
    _, equipment = shown(alarms=[alarm("oil-warm"), alarm("oil-hot", "acknowledged")])
    assert equipment["engine"].priority == 2
    assert not equipment["engine"].is_waiting


@pytest.mark.parametrize(
    ("state", "priority", "is_set_aside"),
    [("active", 2, False), ("latched", 2, False), ("returned", 0, False), ("shelved", 0, True)],
)
def test_the_state_of_an_alarm_decides_how_it_is_shown(state, priority, is_set_aside):
    tank = shown(alarms=[alarm("trailer-low", state)])[1]["tank"]
    assert (tank.priority, tank.is_set_aside) == (priority, is_set_aside)


def test_a_limit_of_a_step_is_placed_by_the_channels_in_its_text():
    own = alarm("oil-warm")
    narrow = type(own)(**{**vars(own), "id": "step-oil", "text": "oil.temperature > 99 degC"})
    assert shown(alarms=[narrow])[1]["engine"].alarms == ("step-oil",)
    vague = type(own)(**{**vars(own), "id": "vote", "text": "2 of (a, b) > 3"})
    assert shown(alarms=[vague])[1]["engine"].alarms == ()


def test_each_gas_detector_of_a_shipped_rig_has_a_place_in_the_picture():
    for rig in (RIG, "solid-oxide-system", "short-stack-bench"):
        model = model_of(rig)
        picture = fitted_picture(screen_of(model.object.kind), model)
        gas = {limit.id for limit in model.limits if limit.is_gas}
        assert gas <= {limit for each in picture.equipment for limit in each.limits}


def test_without_a_picture_there_is_nothing_to_draw():
    screen = screen_in(parse("screen: x\n", "own.yaml"))
    assert fitted_picture(screen, model_of(RIG)) is None
    assert mimic_of(session_of(RIG), None) == MimicState()
    assert mimic_of(Session(), None) == MimicState()
