"""What a limit may say in a file, and what is wrong with it otherwise."""

import pytest

from bench.safeguard import Priority, Reaction
from bench.safety.alarms import has_alarm
from bench.units import unit

RPM = unit("rpm").to_si(1)
VOTERS = "of: [machine.speed, machine.speed.demand]"


def limit_of(lab, text):
    (limit,) = lab.plan(f"limits: [{{id: own, {text}}}]\nsteps: []\n").limits
    return limit


def problems(lab, text):
    found = lab.problems(lab.check, f"limits: [{{id: own, {text}}}]\nsteps: []\n")
    return [each.partition(" ")[2] for each in found]


def test_all_that_a_limit_says_arrives(lab):
    limit = limit_of(
        lab,
        "when: machine.speed > 2000 rpm, for: 1 s, hysteresis: 50 rpm, clears-after: 2 s, "
        "delay: 3 s, priority: high, indicate-only: true, latched: true, gas: true, "
        "reaction: trip, cause: {en: c, zh: 因}, consequence: k, advice: a",
    )
    assert (limit.persistence, limit.clears_after, limit.delay) == (1.0, 2.0, 3.0)
    assert limit.hysteresis == pytest.approx(50 * RPM)
    assert (limit.reaction, limit.priority) == (Reaction.TRIP, Priority.HIGH)
    assert (limit.is_indicated_only, limit.is_latched, limit.is_gas) == (True, True, True)
    texts = (limit.cause.text("zh"), limit.consequence.text(), limit.advice.text())
    assert texts == ("因", "k", "a")


@pytest.mark.parametrize(
    ("reaction", "priority"),
    [
        ("warn", Priority.LOW),
        ("flag", Priority.LOW),
        ("hold", Priority.MEDIUM),
        ("unload", Priority.MEDIUM),
        ("soft-stop", Priority.HIGH),
        ("trip", Priority.HIGH),
    ],
)
def test_the_priority_follows_from_the_reaction(lab, reaction, priority):
    assert limit_of(lab, f"when: machine.speed > 9 rpm, reaction: {reaction}").priority is priority


def test_what_is_only_logged_is_an_event_and_no_alarm(lab):
    assert not has_alarm(limit_of(lab, "when: machine.speed > 9 rpm, reaction: log"))
    assert has_alarm(limit_of(lab, "when: machine.speed > 9 rpm, reaction: warn"))


def test_a_vote_has_a_condition_for_each_of_its_channels(lab):
    limit = limit_of(lab, f'when: "{{}} > 9 rpm", {VOTERS}, votes: 2, reaction: warn')
    assert [member.expression.text for member in limit.members] == [
        "machine.speed > 9 rpm",
        "machine.speed.demand > 9 rpm",
    ]
    assert limit.votes == 2
    assert limit.text == "2 of (machine.speed, machine.speed.demand) > 9 rpm"
    assert limit.condition.names == {"machine.speed", "machine.speed.demand"}


@pytest.mark.parametrize("written", ["3 K", "3 degC"])
def test_hysteresis_of_a_temperature_is_a_difference(lab, written):
    text = f"when: oil.temperature > 90 degC, hysteresis: {written}, reaction: warn"
    assert limit_of(lab, text).hysteresis == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("when: machine.speed > 9 rpm, hysteresis: 1 K", ["config.dimension"]),
        ("when: machine.speed > 9 rpm, hysteresis: -1 rpm", ["config.negative"]),
        ("when: machine.speed > machine.speed.demand, hysteresis: 1 rpm", ["limit.hysteresis"]),
        ("when: machine.speed == 9 rpm, hysteresis: 1 rpm", ["limit.hysteresis"]),
        ("when: machine.speed > 9 rpm, clears-after: 1 K", ["config.dimension"]),
        ("when: machine.speed > 9 rpm, delay: -1 s", ["config.negative"]),
        ("when: machine.speed > 9 rpm, votes: 2", ["limit.nobody-votes"]),
        ('when: "{} > 9 rpm"', ["limit.nobody-votes"]),
        (f"when: machine.speed > 9 rpm, {VOTERS}", ["limit.no-place"]),
        (f'when: "{{}} > 9 rpm", {VOTERS}, votes: 3', ["limit.votes"]),
        (f'when: "{{}} > 9 K", {VOTERS}', ["expression.dimensions-differ"]),
        ('when: "{} > 9 rpm", of: [machine.speed + 1 rpm]', ["limit.no-member"]),
        ('when: "{} > 9 rpm", of: [machine.sped]', ["expression.name"]),
        ('when: "{} > 9 rpm", of: [machine.speed, machine.speed]', ["limit.member-twice"]),
        ("when: machine.speed > 9 rpm, recover: {run: settle}", ["limit.recover-nothing"]),
    ],
)
def test_what_makes_no_sense_is_told(lab, text, expected):
    assert problems(lab, f"{text}, reaction: warn") == expected


def test_a_recovery_has_to_be_named_and_to_be_there(lab):
    assert problems(lab, "when: machine.speed > 9 rpm, reaction: recover") == ["limit.recover-what"]
    text = "when: machine.speed > 9 rpm, reaction: recover, recover: {run: sttle, tries: 2}"
    assert problems(lab, text) == ["limit.no-recovery"]
    plan = lab.plan(
        f"limits: [{{id: own, {text.replace('sttle', 'settle')}}}]\n"
        "recoveries: {settle: [{hold: 1 s}]}\nsteps: []\n"
    )
    assert (plan.limits[0].recovery, plan.limits[0].tries) == ("settle", 2)


def test_a_recovery_of_a_limit_of_the_bench_is_one_of_its_object(lab):
    more = ("reaction: hard-stop", "reaction: recover, recover: {run: settle}")
    found = lab.problems(lab.kind, more)
    assert [each.partition(" ")[2] for each in found] == ["limit.no-recovery"]
