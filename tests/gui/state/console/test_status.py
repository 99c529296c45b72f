"""The status row."""

from dataclasses import replace

import pytest

from bench.channel import Quality
from bench.service.preflighting import model_of
from gui.state.console.status import Level, gas_channels, status_of
from gui.state.session import Session
from tests.gui.state.sessions import engine_cell, frame_of, running, session, with_quality


def chips(found):
    return {chip.name: chip for chip in status_of(found)}


def test_a_healthy_bench_is_all_normal(session):
    found = chips(session)
    assert list(found) == [
        "chain", "heartbeat", "detectors", "ups", "stale", "instruments", "forced", "lateness",
        "clock", "server",
    ]  # fmt: skip
    assert {chip.level for chip in found.values()} == {Level.NORMAL}


def test_without_a_server_that_alone_is_told():
    found = chips(Session())
    assert list(found) == ["server"]
    assert found["server"].level is Level.DIAGNOSTIC


def test_an_open_chain_is_abnormal(session):
    at = engine_cell().channels[engine_cell().safety.closed].name
    found = replace(session, newest=frame_of(engine_cell(), **{at.replace(".", "__"): 0.0}))
    assert chips(found)["chain"].level is Level.ABNORMAL


@pytest.mark.parametrize("mark", [Quality.STALE, Quality.BAD, Quality.DISCONNECTED])
def test_a_chain_whose_value_is_not_ok_is_not_called_closed(session, mark):
    at = engine_cell().channels[engine_cell().safety.closed].name
    found = with_quality(session, **{at.replace(".", "__"): mark})
    assert chips(found)["chain"].text.id == "operate.chip-chain-unknown"


def test_before_the_first_frame_chain_and_detectors_are_not_known(session):
    found = chips(replace(session, newest=None))
    assert found["chain"].level is Level.UNKNOWN
    assert found["detectors"].level is Level.UNKNOWN


def test_a_lost_heartbeat_names_who_is_late():
    found = chips(session(running(is_beating=False, missing=("scan",))))["heartbeat"]
    assert (found.level, found.details) == (Level.ABNORMAL, ("scan",))


def test_detectors_are_those_of_the_limits_against_gas():
    names = gas_channels(engine_cell())
    assert {"plc.hood_h2_1", "plc.room_h2_3", "exhaust.unburnt_hydrogen"} <= set(names)
    assert "oil.temperature" not in names


def test_a_detector_that_is_not_valid_is_named(session):
    found = chips(with_quality(session, plc__hood_h2_2=Quality.BAD))["detectors"]
    assert (found.level, found.details) == (Level.DIAGNOSTIC, ("plc.hood_h2_2",))
    count = len(gas_channels(engine_cell()))
    assert found.text.arguments == {"valid": count - 1, "count": count}


def test_a_forced_channel_is_told_as_forced_and_not_as_lost():
    forced = with_quality(
        session(running(forced=("oil.temperature",))), oil__temperature=Quality.BAD
    )
    found = chips(forced)
    assert found["forced"].level is Level.BY_HAND
    assert found["stale"].level is Level.NORMAL


def test_a_low_charge_is_abnormal(session):
    low = replace(session, newest=frame_of(engine_cell(), ups__charge=0.2))
    found = chips(low)["ups"]
    assert (found.level, found.text.text()) == (Level.ABNORMAL, "UPS 20%")


def test_silent_instruments_and_late_scans_are_told():
    found = chips(session(running(silent=("daq",), lateness=0.35)))
    assert found["instruments"].text.text() == "Silent: daq"
    assert found["lateness"].level is Level.DIAGNOSTIC


@pytest.mark.parametrize("rig", ["hydrogen-engine-cell", "short-stack-bench", "solid-oxide-system"])
def test_every_shipped_rig_has_gas_detectors_to_watch(rig):
    assert gas_channels(model_of(rig))


def test_a_reading_that_nobody_uses_may_be_missing(session):
    found = chips(with_quality(session, ecu__fuel_pressure=Quality.BAD))["stale"]
    assert (found.level, found.details) == (Level.NORMAL, ())


@pytest.mark.parametrize("name", ["oil.temperature", "plc.hood_h2_3"])
def test_a_channel_that_is_named_or_judged_may_not(session, name):
    found = with_quality(session, **{name.replace(".", "__"): Quality.STALE})
    assert chips(found)["stale"].details == (name,)
