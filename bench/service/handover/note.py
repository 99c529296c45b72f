"""The note itself, as Markdown in the language of who reads it; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.clock import SECOND
from bench.messages import Message, worded
from bench.notices.letter import moment
from bench.record.port import WATCHED, Event
from bench.service.handover.shift import Shift
from bench.service.port import AlarmShown, BenchState, CheckShown

SOON = 24 * 3600.0
"""What runs out within this time is told, s."""
MOST_EVENTS = 60
"""Events that are listed one by one, the newest."""
_TOLD = (
    "control.note", "control.snapshot", "control.chain-open", "control.forced",
    "control.force-ended", "control.reset", "control.recovery", "control.unload", "gas.lot",
    "alarm.bypassed", "alarm.bypass-over", "alarm.bypass-ended", "alarm.out-of-service",
    "alarm.in-service", "alarm.flood", "serve.judged", "serve.not-judged", "serve.explained",
    "serve.broke-off", "serve.goes-on", "serve.fresh", "maintenance.", "preflight.done",
    "preflight.not-done",
)  # fmt: skip
"""Beginnings of the ids of events that the next shift should know of."""
_STATES = frozenset({"stopping", "tripped", "safe", "automatic", "manual"})
_SUPPLIES = ("preflight.stock", "preflight.no-pressure", "preflight.disk", "preflight.no-disk")
_TO_SEE = frozenset({"active", "returned", "latched"})
_HIDDEN = frozenset({"shelved", "out-of-service"})


@dataclass(frozen=True)
class Handover:
    """All that a note is made of."""

    state: BenchState
    """The bench."""
    shift: Shift
    """What happened."""
    utc_ns: int
    """When it is written, ns since 1970-01-01T00:00:00Z."""
    giver: str = ""
    """Who hands over."""
    taker: str = ""
    """Who takes over."""
    is_served: bool = True
    """Whether a server told the state; else the last run file did."""


def note_of(handover: Handover, language: str) -> str:
    """Return the note as Markdown."""
    return "\n".join(_Writer(handover, language).lines()) + "\n"


class _Writer:
    """Writes one note in one language."""

    def __init__(self, handover: Handover, language: str) -> None:
        self._all = handover
        self._state = handover.state
        self._language = language

    def lines(self) -> Iterator[str]:
        """Yield all lines."""
        state, given = self._state, self._all
        yield f"# {self._say('title', rig=state.rig, utc=moment(given.utc_ns))}"
        yield ""
        yield self._say("people", giver=given.giver or "–", taker=given.taker or "–")
        if not given.is_served:
            yield ""
            yield self._say("not-served", file=_name(state))
        yield from self._section("bench", self._bench())
        yield from self._section("alarms", self._alarms())
        yield from self._section("hidden", self._taken())
        yield from self._section("preflight", self._preflight())
        yield from self._section("supplies", self._supplies())
        yield from self._section("events", self._events())

    def _section(self, heading: str, lines: Iterator[str]) -> Iterator[str]:
        found = list(lines)
        yield ""
        yield f"## {self._say(heading)}"
        yield ""
        yield from (f"- {line}" for line in found or [self._say("nothing")])

    def _bench(self) -> Iterator[str]:
        state = self._state
        yield self._say("state", state=state.state.value)
        if state.is_simulated:
            yield self._say("simulated")
        if state.protocol not in {"", WATCHED}:
            position = state.position
            place = f"{state.phase} {position.id} {position.phase}".split()
            yield self._say("protocol", protocol=state.protocol, place=" ".join(place) or "–")
        if state.remaining:
            yield self._say("time", elapsed=_span(state.elapsed), remaining=_span(state.remaining))
        if state.question is not None:
            yield self._say("question", text=state.question)
        yield from (f"{name}: {count}" for name, count in state.counters.items())
        yield self._say("control", holder=state.control or "–")
        yield self._say("file", file=_name(state))
        if state.unexplained:
            yield self._say("unexplained", file=state.unexplained)
        if state.last_file is not None:
            yield self._say(
                "last", file=state.last_file.name, ending=state.last_ending,
                reason="–" if state.last_reason is None else state.last_reason,
            )  # fmt: skip
        if state.missing:
            yield self._say("missing", parts=", ".join(state.missing))

    def _alarms(self) -> Iterator[str]:
        shown = [each for each in self._state.alarm_list if each.state not in _HIDDEN]
        shown = [each for each in shown if each.state != "normal"]
        for alarm in sorted(shown, key=lambda each: (each.state not in _TO_SEE, not each.is_first)):
            first = f" **{self._say('first')}**" if alarm.is_first else ""
            seen = self._say(alarm.state) if alarm.state != "acknowledged" else self._say("seen")
            value = f" ({alarm.value})" if alarm.value else ""
            advice = alarm.advice.text(self._language)
            since = moment(alarm.since_utc_ns)
            reaction = worded("reaction", alarm.reaction, self._language)
            line = f"{alarm.id}{first}: {seen}, {alarm.text}{value} → {reaction}"
            times = f", ×{alarm.count}" if alarm.count > 1 else ""
            yield f"{line}; {since}{times}. {advice}".rstrip()

    def _taken(self) -> Iterator[str]:
        for alarm in self._state.alarm_list:
            if alarm.state in _HIDDEN:
                yield self._until(alarm, self._say(alarm.state))
            if alarm.is_bypassed:
                yield self._until(alarm, self._say("bypassed", reaction=alarm.reaction))
        yield from (self._say("forced", channel=each) for each in self._state.forced)

    def _until(self, alarm: AlarmShown, what: str) -> str:
        left = (alarm.until_utc_ns - self._all.utc_ns) / SECOND
        until = self._say("open-end")
        if alarm.until_utc_ns:
            at = moment(alarm.until_utc_ns)
            until = self._say("until", utc=at, left=_span(max(left, 0.0)))
        return f"{alarm.id}: {what}, {until}. {alarm.reason}".rstrip()

    def _preflight(self) -> Iterator[str]:
        for check in self._state.preflight:
            if not check.is_needed or not check.valid_for:
                continue
            left = check.valid_for - check.age
            title = check.title.text(self._language) or check.id
            if not check.is_passed:
                yield self._say("not-passed", check=title, evidence=check.evidence)
            elif left < SOON:
                yield self._say("runs-out", check=title, left=_span(left))

    def _supplies(self) -> Iterator[str]:
        for check in self._state.preflight:
            if _is_supply(check):
                title = check.title.text(self._language) or check.id
                mark = "" if check.is_passed else f" **{self._say('short')}**"
                yield f"{title}{mark}: {check.evidence.text(self._language)}"

    def _events(self) -> Iterator[str]:
        shift = self._all.shift
        if shift.before is not None:
            said = shift.before.message.text(self._language)
            yield self._say("since", utc=moment(shift.since_utc_ns), said=said)
        elif shift.since_utc_ns:
            yield self._say("since-begin", utc=moment(shift.since_utc_ns))
        for file, incident in shift.incidents:
            about = {"number": incident.number, "file": file, "first": incident.first_out}
            yield self._say(
                "incident", **about, reaction=incident.reaction, alarms=", ".join(incident.alarms)
            )
        came = Counter(_limit(each) for each in shift.events if each.message.id == "alarm.came")
        if came:
            counts = ", ".join(f"{name} ×{count}" for name, count in came.most_common(20))
            yield self._say("came", count=came.total(), limits=counts)
        yield from self._listed([each for each in shift.events if _is_told(each)])

    def _listed(self, events: Sequence[Event]) -> Iterator[str]:
        if len(events) > MOST_EVENTS:
            yield self._say("earlier", count=len(events) - MOST_EVENTS)
        for each in events[-MOST_EVENTS:]:
            text = " ".join(each.message.text(self._language).split())
            yield f"{moment(each.utc_ns)}  {each.source}: {text}"

    def _say(self, which: str, **arguments: object) -> str:
        return Message(f"handover.{which}", arguments).text(self._language)


def _is_told(event: Event) -> bool:
    said = event.message.id
    if said == "control.state":
        return event.message.arguments.get("after") in _STATES
    return said.startswith(_TOLD) or (event.level == "error" and not said.startswith("alarm."))


def _is_supply(check: CheckShown) -> bool:
    return check.evidence.id.startswith(_SUPPLIES)


def _limit(event: Event) -> str:
    return str(event.message.arguments.get("limit", event.source))


def _name(state: BenchState) -> str:
    return "–" if state.file is None else state.file.name


def _span(seconds: float) -> str:
    """Return a time as people read it: ``3 h 05 min``."""
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"
