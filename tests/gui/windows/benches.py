"""The three shipped rigs in the middle of a run, with alarms of every kind."""

from dataclasses import replace

from bench.channel import Quality
from bench.messages import Bilingual, Message
from bench.service.port import AlarmShown, Shown
from gui.state.session import Session
from tests.gui.bench_values import ENGINE, STACK, SYSTEM, frame_of, model_of
from tests.gui.state.sessions import NOW, US, about, event, running

VALUES = {
    "hydrogen-engine-cell": ENGINE,
    "solid-oxide-system": SYSTEM,
    "short-stack-bench": STACK,
}
RIGS = tuple(VALUES)
STATES = ("active", "active", "acknowledged", "returned", "shelved", "latched", "out-of-service")


def realistic(rig: str) -> Session:
    """Return what a console knows of a rig that runs, has alarms, and has lost a channel."""
    model = model_of(rig)
    values = {name: value for name, value in VALUES[rig].items() if name in model.index}
    lost = next(each.name for each in model.measured if each.name not in values)
    alarms = alarms_of(model)
    events = [
        event(1, Message("control.note", {"text": "shift begins"}), source="mk", before=7200.0)
    ]
    for number, alarm in enumerate(alarms, 2):
        told = {
            "limit": alarm.id,
            "text": alarm.text,
            "priority": alarm.priority,
            "reaction": alarm.reaction,
            "details": alarm.advice,
        }
        came = Message("alarm.came", told)
        events.append(event(number, came, level="warning", source=alarm.id, before=300.0 - number))
    events.append(about(90, "alarm.acknowledged", alarms[2].id))
    bench = replace(
        running(),
        rig=rig,
        protocol=PROTOCOLS[rig],
        channels=tuple(Shown(each.name, each.title, "1.0", 0) for each in model.measured[:8]),
        alarm_list=alarms,
        is_horn_on=True,
        forced=(model.measured[0].name,),
        silent=("daq",),
        demands={each.name: _now(each) for each in model.demands},
        costs=Bilingual("The object takes damage.", "被试对象会受损。"),
        question=None,
    )
    frame = frame_of(model, values, {lost: Quality.DISCONNECTED})
    return Session(bench, model, frame, tuple(events), is_connected=True, client=US)


PROTOCOLS = {
    "hydrogen-engine-cell": "hydrogen-engine/efficiency-map",
    "solid-oxide-system": "solid-oxide/long-run",
    "short-stack-bench": "solid-oxide/iv-curve",
}


def alarms_of(model) -> tuple[AlarmShown, ...]:
    """Return an alarm in every state, most urgent first, as the rig describes them."""
    limits = sorted(
        (each for each in model.limits if int(each.priority) <= 3 and each.cause.en),
        key=lambda each: int(each.priority),
    )
    chosen = (limits * len(STATES))[: len(STATES)] if len(limits) < len(STATES) else limits
    return tuple(
        AlarmShown(
            id=limit.id,
            state=state,
            priority=int(limit.priority),
            reaction="warn",
            text=limit.text,
            since_utc_ns=NOW - (60 + 11 * place) * 10**9,
            count=1 + place,
            is_first=place == 0,
            is_bypassed=state == "returned",
            until_utc_ns=NOW + 3600 * 10**9 if state == "shelved" else 0,
            value="27.4",
            beside=limit.beside,
            cause=limit.cause,
            consequence=limit.consequence,
            advice=limit.advice,
            reason="spare-part" if state == "shelved" else "",
        )
        for place, (limit, state) in enumerate(zip(chosen, STATES, strict=False))
    )


def _now(point) -> float:
    return point.safe if point.safe == point.safe else 0.0
