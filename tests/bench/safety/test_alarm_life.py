"""Whatever people do and whatever happens, the laws of an alarm's life hold."""

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bench.clock import SECOND
from bench.errors import Refused
from bench.safeguard import Priority, Reaction, Scope
from bench.safety.alarms import LONGEST, AlarmBook, AlarmState
from bench.safety.limits import Change
from tests.bench.small_bench import limit

LIMITS = {
    each.id: each
    for each in (
        replace(limit("log", "x.a > 0", Reaction.LOG), scope=Scope.OBJECT),
        replace(limit("warn", "x.a > 0", Reaction.WARN), scope=Scope.OBJECT),
        replace(limit("flag", "x.a > 0", Reaction.FLAG), scope=Scope.STEP, is_latched=True),
        replace(limit("hold", "x.a > 0", Reaction.HOLD), priority=Priority.MEDIUM),
        replace(limit("recover", "x.a > 0", Reaction.RECOVER), scope=Scope.PROTOCOL),
        replace(limit("unload", "x.a > 0", Reaction.UNLOAD), scope=Scope.OBJECT),
        replace(limit("stop", "x.a > 0"), priority=Priority.HIGH, is_latched=True),
        replace(limit("gas", "x.a > 0", Reaction.WARN), scope=Scope.OBJECT, is_gas=True),
    )
}
ALARMS = [name for name in LIMITS if name != "log"]
names = st.sampled_from(list(LIMITS))
people = st.sampled_from(["ann", "bo", ""])
seconds = st.sampled_from([0.0, 1.0, 45.0, 3600.0, LONGEST, LONGEST + 1, -1.0, float("nan")])
WAITING = {AlarmState.ACTIVE, AlarmState.RETURNED}


class Life(RuleBasedStateMachine):
    """Limits that come and go, and people, beside what must be true of them."""

    def __init__(self):
        super().__init__()
        self.book = AlarmBook(LIMITS.values())
        self.now = 0
        self.violated = set()
        self.latched = set()
        self.told = []

    def found(self, name):
        return next((each for each in self.book.alarms if each.limit.id == name), None)

    def lives(self):
        return {each.limit.id: (each.life, each.is_acknowledged) for each in self.book.alarms}

    def ask(self, request, *arguments, **more):
        before = self.book.alarms
        refusal = None
        try:
            request(*arguments, **more)
        except Refused as error:
            refusal = error
        if refusal is not None:
            assert refusal.message.id not in refusal.text("zh")
            assert self.book.alarms == before
        return refusal is None

    @rule(name=names, passing=st.integers(0, 100))
    def come(self, name, passing):
        self.now += passing * SECOND
        before = 0 if self.found(name) is None else self.found(name).count
        self.book.take(
            [Change(LIMITS[name], is_active=True, by_quality=False, value=5.0)], self.now, self.now
        )
        if name in self.violated or name == "log":
            return
        self.violated.add(name)
        self.latched.discard(name)
        found = self.found(name)
        assert (found.life, found.is_acknowledged) == (AlarmState.ACTIVE, False)
        assert (found.count, found.since_ns, found.value) == (before + 1, self.now, 5.0)

    @rule(name=names, passing=st.integers(0, 100))
    def go(self, name, passing):
        self.now += passing * SECOND
        found = self.found(name)
        self.book.take(
            [Change(LIMITS[name], is_active=False, by_quality=False)], self.now, self.now
        )
        if name not in self.violated:
            return
        self.violated.discard(name)
        after = self.found(name)
        if LIMITS[name].is_latched:
            self.latched.add(name)
            assert after.life is AlarmState.LATCHED
        elif not found.is_acknowledged:
            assert after.life is AlarmState.RETURNED
        if found.shelving is not None and found.shelving.is_one_shot:
            assert after is None or after.shelving is None

    @rule(passing=st.integers(0, 10**5))
    def wait(self, passing):
        before = self.lives()
        self.now += passing * SECOND
        self.book.tick(self.now, self.now)
        assert {k: v for k, v in self.lives().items() if k in before} == {
            k: before[k] for k in self.lives()
        }

    @rule(name=st.sampled_from(["", *LIMITS]), who=people)
    def acknowledge(self, name, who):
        waiting = [each for each in self.book.alarms if each.is_unacknowledged]
        if self.ask(self.book.acknowledge, name, who):
            chosen = [each.limit.id for each in waiting] if name == "" else [name]
            assert all(
                self.found(each) is None
                or self.found(each).is_acknowledged
                or self.found(each).life is AlarmState.NORMAL
                for each in chosen
            )
        else:
            assert name or not waiting

    @rule(who=people)
    def silence(self, who):
        before = self.lives()
        self.book.silence(who)
        assert not self.book.is_horn_on
        assert self.lives() == before

    @rule(name=names, who=people)
    def reset(self, name, who):
        may = name in self.latched
        assert self.ask(self.book.reset, name, who) is may
        self.latched.discard(name)

    @rule(name=names, lasting=seconds | st.none(), reason=people, who=people)
    def shelve(self, name, lasting, reason, who):
        at = {"now": self.now, "utc": self.now}
        if self.ask(self.book.shelve, name, lasting, reason, who, **at):
            assert reason
            assert who
            assert self.found(name).until_utc_ns <= self.now + LONGEST * SECOND or (
                self.found(name).state is AlarmState.OUT_OF_SERVICE
            )

    @rule(name=names, who=people)
    def unshelve(self, name, who):
        found = self.found(name)
        was_shelved = found is not None and found.shelving is not None
        assert self.ask(self.book.unshelve, name, who) is was_shelved

    @rule(name=names, reason=people, who=people, is_out=st.booleans())
    def maintain(self, name, reason, who, is_out):
        self.ask(self.book.put_out_of_service, name, reason, who, is_out=is_out)

    @rule(name=names, lasting=seconds, reason=people, who=people)
    def bypass(self, name, lasting, reason, who):
        at = {"now": self.now, "utc": self.now}
        if self.ask(self.book.bypass, name, lasting, reason, who, **at):
            assert (name in self.book.bypassed) is (lasting > 0)

    @invariant()
    def every_violated_limit_has_an_alarm_and_no_other(self):
        assert {each.limit.id for each in self.book.alarms if each.is_active} == self.violated

    @invariant()
    def what_is_latched_stays_until_it_is_reset(self):
        lives = self.lives()
        assert {name for name in lives if lives[name][0] is AlarmState.LATCHED} == self.latched

    @invariant()
    def what_guards_people_or_object_is_never_hidden_or_bypassed(self):
        for name in ("gas", "unload", "stop"):
            found = self.found(name)
            assert found is None or found.state is found.life
            assert name not in self.book.bypassed
        assert "hold" not in self.book.bypassed  # of the facility

    @invariant()
    def nothing_is_hidden_beyond_its_time(self):
        for each in self.book.alarms:
            for given in (each.shelving, each.bypass):
                assert given is None or given.until_ns >= self.now - 10**5 * SECOND

    @invariant()
    def people_see_the_most_urgent_first(self):
        order = [AlarmState(word) for word in (
            "active", "acknowledged", "returned", "latched", "shelved", "out-of-service", "normal",
        )]  # fmt: skip
        ranks = [(order.index(each.state), each.limit.priority) for each in self.book.alarms]
        assert ranks == sorted(ranks)

    @invariant()
    def every_transition_is_told_in_both_languages(self):
        told = self.book.take_news()
        for level, source, message in told:
            assert level in {"info", "warning", "error"}
            assert source in {*ALARMS, "alarms"}
            assert all(message.id not in message.text(language) for language in ("en", "zh"))

    @invariant()
    def the_beacon_is_lit_for_what_is_urgent(self):
        stop = self.found("stop")
        assert self.book.is_beacon_on is (stop is not None)

    @invariant()
    def an_incident_begins_with_what_recovers_or_stops(self):
        for each in (self.book.incident, *self.book.take_incidents()):
            if each is not None:
                assert each.alarms[0] == each.first_out
                assert LIMITS[each.first_out].reaction >= Reaction.RECOVER
                assert each.start_ns < each.at_ns < each.end_ns <= each.at_ns + 600 * SECOND
                assert each.reaction == max(LIMITS[name].reaction for name in each.alarms)


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestLife = Life.TestCase


@pytest.mark.parametrize("request_of", ["acknowledge", "reset", "unshelve"])
def test_a_misspelt_alarm_is_refused_with_the_nearest_one(request_of):
    book = AlarmBook(LIMITS.values())
    with pytest.raises(Refused, match="recover"):
        getattr(book, request_of)("recovr", "ann")
