"""Sessions of a bench as its server shows it, for tests of states and panels."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from bench.clock import SECOND
from bench.control.position import Position
from bench.control.states import State
from bench.messages import Bilingual, Message
from bench.service.live import Frame
from bench.service.port import (
    AlarmShown,
    BenchState,
    CheckShown,
    CriterionShown,
    EventShown,
    Shown,
)
from bench.service.preflighting import model_of
from gui.state.session import Session

NOW = 1_790_000_000 * SECOND
"""Newest time of these sessions, ns since 1970."""
US = "mk@cell-3"
"""Our name."""


@cache
def engine_cell():
    """Return the shipped hydrogen engine cell."""
    return model_of("hydrogen-engine-cell")


def frame_of(model, **values):
    """Return a frame of a quiet bench; values (SI) by channel name, dots as double underscores."""
    numbers = np.zeros(len(model.channels))
    numbers[model.safety.closed] = 1.0
    numbers[model.index["ups.charge"]] = 0.98
    quality = np.zeros(len(model.channels), dtype=np.uint8)
    for name, value in values.items():
        numbers[model.index[name.replace("__", ".")]] = value
    return Frame("run.h5", NOW, NOW, numbers, numbers.copy(), numbers.copy(), quality)


def with_quality(session, **marks):
    """Return a session in whose newest frame channels are of another quality."""
    quality = session.newest.quality.copy()
    for name, mark in marks.items():
        quality[session.model.index[name.replace("__", ".")]] = mark
    return replace(session, newest=replace(session.newest, quality=quality))


def alarm(name="nitrogen-low", **changes):
    """Return an alarm of low priority that is there and waits to be acknowledged."""
    plain = AlarmShown(
        id=name,
        state="active",
        priority=3,
        reaction="warn",
        text="nitrogen.pressure < 30 bar",
        since_utc_ns=NOW - 73 * SECOND,
        count=1,
        is_first=False,
        is_bypassed=False,
        until_utc_ns=0,
        value="nitrogen.pressure = 27.4 bar",
        beside=Bilingual(""),
        cause=Bilingual("The bottle is used up or its valve is shut.", "氮气瓶用尽或阀门关闭。"),
        consequence=Bilingual("The feed line cannot be purged.", "试验后无法吹扫供气管路。"),
        advice=Bilingual("Exchange the nitrogen bottle.", "请更换氮气瓶。"),
    )
    return replace(plain, **changes)


def hood_alarm(**changes):
    """Return an alarm of the highest priority, the first of its incident."""
    limit = next(each for each in engine_cell().limits if each.id == "hood-hydrogen")
    plain = alarm(
        "hood-hydrogen",
        priority=1,
        reaction="hard-stop",
        text=limit.text,
        since_utc_ns=NOW - 60 * SECOND,
        is_first=True,
        value="plc.hood_h2_1 = 27.4 %LFL",
        beside=limit.beside,
        cause=limit.cause,
        consequence=limit.consequence,
        advice=limit.advice,
    )
    return replace(plain, **changes)


def event(number, message, *, level="info", source="bench", before=60.0):
    """Return an event, so many seconds ago."""
    return EventShown(number, NOW - round(before * SECOND), level, source, message)


def came(number, name, *, before=60.0, priority=3, reaction="warn"):
    """Return the event that an alarm came."""
    told = {
        "limit": name,
        "text": "nitrogen.pressure < 30 bar (nitrogen.pressure = 27.4 bar)",
        "priority": priority,
        "reaction": reaction,
        "details": Bilingual("Check the pump.", "请检查水泵。"),
    }
    message = Message("alarm.came", told)
    return event(number, message, level="warning", source=name, before=before)


def about(number, what, name, *, before=30.0, who="mk"):
    """Return another event of an alarm: ``alarm.normal``, ``alarm.acknowledged``."""
    told = {"limit": name, "text": "nitrogen.pressure < 30 bar", "who": who}
    return event(number, Message(what, told), source=name, before=before)


def running(**changes):
    """Return the state of a bench that waits in the middle of a map until channels are steady."""
    plain = BenchState(
        state=State.AUTOMATIC,
        is_simulated=True,
        protocol="efficiency-map",
        position=Position(
            id="point-06.stabilise",
            kind="stabilise",
            title=Bilingual("2400 rpm / 180 N·m", "2400 rpm / 180 N·m"),
            phase="5/6",
            elapsed=41.0,
            expected=60.0,
            turns=((3, 12), (1, 2)),
        ),
        elapsed=7_512.0,
        remaining=71 * 86_400 + 3 * 3600.0,
        channels=(Shown("engine.speed", Bilingual("Engine speed", "发动机转速"), "2400 rpm", 0),),
        file=Path("/data/runs/2026-09-21/H2E-0001-efficiency-map-20260921T141640Z.h5"),
        rig="hydrogen-engine-cell",
        control=US,
        phase="sequence",
        stops={"soft-stop": 95.0, "hard-stop": 12.0},
        counters={"hours": "1542.6 h", "starts": "96", "energy": "108230.000 kWh"},
        counter_titles={
            "hours": Bilingual("Running hours", "运转小时"),
            "starts": Bilingual("Starts", "起动次数"),
            "energy": Bilingual("Brake energy", "有效功"),
        },
        is_beating=True,
        lateness=0.0012,
        has_begun=True,
        speed=60.0,
        criteria=(
            CriterionShown(
                "fuel.flow",
                Bilingual("Hydrogen flow", "氢气流量"),
                "span",
                "0.08/0.10 kg/h",
                is_met=True,
            ),
            CriterionShown(
                "coolant.temperature",
                Bilingual("Coolant outlet", "冷却液出口温度"),
                "span",
                "1.4/1.0 K",
                is_met=False,
            ),
        ),
        next_title=Bilingual("Measure 2400 rpm / 180 N·m", "测量 2400 rpm / 180 N·m"),
        next_expected=60.0,
        step_number=37,
        step_count=212,
        preflight=(
            CheckShown(
                "clock", Bilingual("Clock", "时钟"), is_passed=True,
                evidence=Message("operate.chip-clock"), age=0.0, valid_for=0.0, is_attested=False,
            ),
        ),
    )  # fmt: skip
    return replace(plain, **changes)


def session(bench=None, **changes):
    """Return a session of the hydrogen engine cell."""
    model = engine_cell()
    plain = Session(
        bench=running() if bench is None else bench,
        model=model,
        newest=frame_of(model),
        events=(
            event(1, Message("control.note", {"text": "shift begins"}), source="mk", before=7200.0),
            came(2, "nitrogen-low", before=600.0),
            about(3, "alarm.acknowledged", "nitrogen-low", before=580.0),
            about(4, "alarm.normal", "nitrogen-low", before=400.0),
            came(5, "hood-hydrogen", before=60.0, priority=1, reaction="hard-stop"),
        ),
        is_connected=True,
        client=US,
    )
    return replace(plain, **changes)
