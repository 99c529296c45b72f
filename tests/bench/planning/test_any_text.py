"""Whatever is written, a person gets sentences with places, never a crash."""

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.errors import ConfigError

BODY = """\
parameters:
  speed: {default: 500 rpm, min: 1 rpm, max: 2000 rpm}
  t: {default: 3 s}
limits:
  - {id: own, when: machine.speed > 2100 rpm, for: $t, reaction: soft-stop}
steps:
  - set: {machine.mode: n/T, machine.torque: 5 N*m}
  - ramp: {machine.speed: $speed, over: 10 s}
    when: $speed > 1 rpm
  - ramp: {machine.speed: {to: 100 rpm, gradient: 10 rpm/s}}
  - stabilise: {machine.speed: {error: 3 rpm, slope: 1 %/min}, window: 30 s, within: 3 min}
  - measure: {for: 3 s, repeat: 2, as: point}
  - wait-until: {condition: machine.speed < 5 rpm and machine.mode.demand == motor, within: 5 s}
  - repeat: {times: 3, steps: [{hold: 1 s}]}
  - for-each: {n: [1 rpm, 2 rpm], k: [1 s, 2 s], steps: [{set: {machine.speed: $n}}, {hold: $k}]}
  - sweep: {demand: machine.speed, from: 0 rpm, to: 90 rpm, points: 3, steps: [{hold: 1 s}]}
  - cycle: {table: t.csv, points: point, as: driven}
  - zero: {flange: zero}
  - prompt: {text: {en: Ready}}
verdict:
  power: {at: point, at_least: 3 kW, confidence: 95 %}
"""
TOKENS = list(re.finditer(r"[A-Za-z_.$][\w./-]*|\d[\w.]*|[:,\[\]{}]", BODY))
WORDS = [
    "", "0", "-1", "1e999", ".nan", ".inf", "null", "[]", "{}", "[1]", "{a: 1}", '"x"', "on", "$x",
    "machine.speed", "1 rpm", "5 kg", "machine.mode", "n/T", "a" * 300, "true", "1/0", '"', "&a",
    "*a", "machine.speed > 1 rpm", "(((", "max(1", "%", "12 %LFL", "3 bar_g", "10 degC", "氢",
]  # fmt: skip


def test_the_unbroken_text_has_no_problems(lab):
    lab.write("protocols/t.csv", "time [s],machine.speed [rpm]\n0,0\n1,1\n2,2\n")
    assert lab.check(BODY).plan.estimate.seconds > 0


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(TOKENS), st.sampled_from(WORDS))
def test_a_text_with_any_word_in_any_place_is_planned_or_told(lab, token, word):
    lab.write("protocols/t.csv", "time [s],machine.speed [rpm]\n0,0\n1,1\n2,2\n")
    body = BODY[: token.start()] + word + BODY[token.end() :]
    for problem in problems(lab, body):
        assert problem.mark.line >= 1
        assert all(problem.message.id not in problem.text(each) for each in ("en", "zh"))


def problems(lab, body):
    """Return what a check tells; one that is refused tells something."""
    try:
        return lab.check(body).remarks
    except ConfigError as error:
        found = error.problems
    assert found
    return found
