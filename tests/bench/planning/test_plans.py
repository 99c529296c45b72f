"""What a sound protocol becomes: numbers in SI, estimates, and laws that hold for all of them."""

import math
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.check import check
from bench.config import Catalogue, load_protocol
from bench.errors import ConfigError
from bench.findings import Findings
from bench.plan import Estimate, RampNode, walk
from bench.planning import Planner
from bench.safeguard import Reaction, Scope

RPM = 2 * math.pi / 60
LAW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
"""A law writes its protocols into the same folder again and again."""


def heads(plan):
    return {node.head.id: node.head for node in walk(plan.root)}


def numbers(plan):
    """Return all that a plan tells the bench to do, without texts and places."""
    return [
        (
            node.head.id,
            type(node).__name__,
            pytest.approx(node.head.estimate.seconds),
            getattr(node, "duration", None) and pytest.approx(node.duration),
            [pytest.approx(value) for value in demanded(node)],
        )
        for node in walk(plan.root)
    ]


def demanded(node):
    values = [value for _, value in getattr(node, "values", ())]
    return values + [target.to for target in getattr(node, "targets", ())]


SHIPPED = Catalogue.shipped().protocol_names()


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("is_simulated", [False, True])
def test_every_shipped_protocol_plans_without_problems(name, is_simulated):
    checked = check(name, None, {}, Catalogue.shipped(), is_simulated=is_simulated)
    assert checked.remarks == ()
    assert checked.plan.estimate.seconds > 0
    assert checked.plan.soft_stop.body
    assert checked.plan.hard_stop.body


def test_texts_become_numbers_in_si(lab):
    plan = lab.plan(
        "parameters: {speed: {default: 1000 rpm}}\n"
        "steps:\n"
        "  - set: {machine.mode: n/T, machine.torque: 0.1 kN*m}\n"
        "  - ramp: {machine.speed: 0.5 * $speed, over: 10 s}\n"
        "  - hold: 2 min\n"
    )
    first, second, third = plan.root.body
    assert first.values == ((0, 1.0), (2, pytest.approx(100.0)))
    assert second.targets[0].to == pytest.approx(500 * RPM)
    assert third.duration == 120.0


def test_a_chosen_parameter_counts_in_any_unit(lab):
    text = "parameters: {t: {default: 10 s, min: 1 s, max: 1 h}}\nsteps: [{hold: $t}]"
    assert lab.plan(text).estimate.seconds == 10.0
    assert lab.plan(text, {"t": "2 min"}).estimate.seconds == 120.0


def test_a_number_without_a_unit_counts_where_the_parameter_says_in_which(lab):
    text = "parameters: {t: {default: 10 min, max: 1 h, number_in: min}}\nsteps: [{hold: $t}]"
    assert lab.plan(text, {"t": "2"}).estimate.seconds == 120.0
    assert lab.plan(text, {"t": "30 s"}).estimate.seconds == 30.0
    assert lab.problems(lab.check, text, {"t": "61"}) == ["tiny.yaml:4:17 plan.parameter-range"]


@pytest.mark.parametrize(
    ("written", "expected"), [("bar", "plan.parameter-dimension"), ("mni", "unit.unknown")]
)
def test_the_unit_of_plain_numbers_is_one_of_the_parameter(lab, written, expected):
    text = f"parameters: {{t: {{default: 10 s, number_in: {written}}}}}\nsteps: [{{hold: $t}}]"
    (problem,) = lab.problems(lab.check, text)
    assert problem.endswith(expected)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"t": "2 h"}, "4:17 plan.parameter-range"),
        ({"t": "2"}, "4:17 plan.parameter-dimension"),
        ({"t": "2 m"}, "4:17 plan.parameter-dimension"),
        ({"t": "2 secd"}, "4:17 unit.unknown"),
        ({"u": "2 s"}, "4:1 plan.no-parameter"),
    ],
)
def test_a_wrong_choice_is_told_at_the_parameter(lab, chosen, expected):
    text = "parameters: {t: {default: 10 s, max: 1 h}}\nsteps: [{hold: $t}]"
    assert lab.problems(lab.check, text, chosen) == [f"tiny.yaml:{expected}"]


def test_a_gradient_tells_how_long_a_ramp_takes(lab):
    plan = lab.plan("steps: [{ramp: {machine.speed: {to: 1000 rpm, gradient: 50 rpm/s}}}]")
    assert plan.estimate.seconds == pytest.approx(20.0)


def test_hydrogen_follows_from_the_demands(lab):
    plan = lab.plan(
        "steps:\n"
        "  - set: {machine.mode: n/T, machine.speed: 1000 rpm, machine.torque: 100 N*m}\n"
        "  - hold: 60 s\n"
    )
    power = 1000 * RPM * 100
    assert plan.estimate.hydrogen == pytest.approx(60 * power / (0.4 * 120e6))


def test_a_prompt_waits_for_a_person_without_end(lab):
    estimate = lab.plan("steps: [{prompt: Ready}]").estimate
    assert estimate.at_most == math.inf
    assert math.isfinite(estimate.seconds)


def test_a_picture_is_found_beside_the_protocol_or_among_the_shipped_ones(lab, tmp_path):
    question = "steps: [{prompt: {text: Ready, picture: valve.svg}}]"
    with pytest.raises(ConfigError, match=r"yaml:\d+:\d+: there is no picture 'valve.svg'"):
        lab.plan(question)
    shipped = tmp_path / "protocols" / "pictures" / "valve.svg"
    shipped.parent.mkdir()
    shipped.write_text("<svg/>")
    assert walk(lab.plan(question).root)[1].picture == shipped
    beside = tmp_path / "protocols" / "valve.svg"
    beside.write_text("<svg/>")
    assert walk(lab.plan(question).root)[1].picture == beside


def test_variables_and_parameters_hold_in_conditions_limits_and_loops(lab):
    plan = lab.plan(
        "parameters: {most: {default: 90 degC}, for: {default: 3 s}, times: {default: 2}}\n"
        "steps:\n"
        "  - for-each:\n"
        "      limit: [100 rpm, 200 rpm]\n"
        "      hold: [1 s, 2 s]\n"
        "      steps:\n"
        "        - when: machine.speed < $limit\n"
        "          wait-until: {condition: oil.temperature > $most, within: $hold}\n"
        "          limits:\n"
        "            - {id: slow, when: machine.speed < $limit, for: $for, reaction: warn}\n"
        "  - repeat: {times: $times, steps: [{hold: $for}]}\n"
    )
    nodes = heads(plan)
    for number, limit in ((1, 100), (2, 200)):
        head = nodes[f"1[{number}]/1"]
        assert head.when.evaluate({"machine.speed": (limit - 1) * RPM}) == 1.0
        assert head.when.evaluate({"machine.speed": (limit + 1) * RPM}) == 0.0
        assert head.limits[0].persistence == 3.0
        assert head.estimate.at_most == number
    assert nodes["2"].estimate.seconds == 6.0


def test_a_step_whose_condition_is_false_for_good_takes_no_time_and_changes_nothing(lab):
    plan = lab.plan(
        "parameters: {running: {default: 1}}\n"
        "steps:\n"
        "  - when: $running < 0.5\n"
        "    set: {machine.mode: n/T, machine.torque: 5 N*m}\n"
        "  - when: $running < 0.5\n"
        "    hold: 10 min\n"
        "  - hold: 1 s\n"
    )
    assert plan.estimate.seconds == 1.0
    assert lab.problems(
        lab.check,
        "steps:\n  - when: 1 < 0\n    set: {machine.mode: n/T}\n  - set: {machine.torque: 5 N*m}\n",
    ) == ["tiny.yaml:7:27 plan.impossible-pair"]


def test_a_demand_known_only_at_run_time_is_not_judged_beforehand(lab):
    plan = lab.plan(
        "steps:\n"
        "  - set: {machine.speed: 'min(machine.speed, 100 rpm)'}\n"
        "  - ramp: {machine.speed: 2000 rpm, over: 1 s}\n"
    )
    assert plan.root.body[0].values[0][1].names == {"machine.speed"}


def test_the_second_pass_of_a_repeat_is_checked_as_well(lab):
    text = (
        "steps:\n"
        "  - set: {{machine.mode: n/T}}\n"
        "  - repeat:\n"
        "      times: {times}\n"
        "      steps:\n"
        "        - set: {{machine.torque: 5 N*m}}\n"
        "        - set: {{machine.mode: idle}}\n"
        "        - measure: {{for: 1 s, as: a}}\n"
    )
    assert lab.plan(text.format(times=1)).estimate.seconds == 1.0
    assert lab.problems(lab.check, text.format(times=2)) == ["tiny.yaml:9:33 plan.impossible-pair"]


def test_repeats_inside_one_another_are_planned_in_no_time(lab):
    text = "[{hold: 1 s}, {hold: 2 s}]"
    for _ in range(14):
        text = f"[{{repeat: {{times: 2, steps: {text}}}}}]"
    assert lab.plan(f"steps: {text}").estimate.seconds == 3 * 2**14


def test_a_safe_sequence_may_begin_anywhere(lab):
    lab.write(
        "objects/machine.yaml",
        lab.folder.joinpath("objects/machine.yaml").read_text()
        .replace('set: {machine.mode: "off"}', "set: {machine.torque: 0 N*m}"),
    )  # fmt: skip
    assert len(lab.plan("steps: []").hard_stop.body) == 1


def test_a_called_protocol_is_a_part_with_ids_of_its_own(lab):
    lab.write(
        "protocols/other.yaml",
        "protocol: other\nobject: machine\nparameters: {t: {default: 1 s}}\n"
        "limits: [{id: cold, when: oil.temperature < 0 degC, reaction: warn}]\n"
        "steps: [{id: wait, hold: $t}]\n",
    )
    plan = lab.plan(
        "parameters: {u: {default: 4 s}}\n"
        "steps:\n"
        "  - {id: a, call: other}\n"
        "  - {id: b, call: {protocol: other, with: {t: 2 * $u}}}\n"
    )
    nodes = heads(plan)
    assert nodes["a/wait"].estimate.seconds == 1.0
    assert nodes["b/wait"].estimate.seconds == 8.0
    assert [limit.scope for limit in nodes["a"].limits] == [Scope.PROTOCOL]
    assert sorted(plan.texts) == ["protocols/other.yaml", "protocols/tiny.yaml"]


def test_a_problem_of_a_called_protocol_stands_in_its_own_file(lab):
    lab.write("protocols/other.yaml", "protocol: other\nobject: machine\nsteps: [{hld: 3 s}]\n")
    assert lab.problems(lab.check, "steps: [{call: other}]") == [
        "other.yaml:3:10 document.unknown-key"
    ]


def test_protocols_that_call_one_another_in_a_circle_are_refused(lab):
    lab.write("protocols/other.yaml", "protocol: other\nobject: machine\nsteps: [{call: tiny}]\n")
    found = lab.problems(lab.check, "steps: [{call: other}]")
    assert [problem.partition(" ")[2] for problem in found] == ["plan.too-deep"]


@pytest.mark.parametrize("body", ["{hold: 1 s}", ""])
def test_loops_without_end_are_refused_at_once(lab, body):
    values = ", ".join(f"{number} s" for number in range(99))
    text = f"[{body}]"
    for name in "abcd":
        text = f"[{{for-each: {{{name}: [{values}], steps: {text}}}}}]"
    assert lab.problems(lab.check, f"steps: {text}") == ["tiny.yaml:4:1 plan.too-many-steps"]


VOTE = 'when: "{} > 2300 rpm", of: [machine.speed, machine.speed.demand], votes: 2'
LOOSER = ["limit.loosens"]
IDLE = ["plan.no-effect"]
TIGHTER = []


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ("when: machine.speed > 2300 rpm, reaction: soft-stop", LOOSER),
        ("when: 2300 rpm < machine.speed, reaction: warn", LOOSER),
        ("when: machine.speed > $fast, reaction: warn", LOOSER),
        ("when: machine.speed > 2200 rpm, reaction: warn", LOOSER),
        ("when: machine.speed > 2200 rpm, reaction: soft-stop, delay: 1 s", LOOSER),
        ("when: machine.speed > 2200 rpm, reaction: soft-stop, indicate-only: true", LOOSER),
        ("when: oil.temperature > 140 degC, for: 2 s, reaction: warn", LOOSER),
        ("when: machine.speed > 2200 rpm, reaction: soft-stop", IDLE),
        ("when: machine.speed >= 2201 rpm and oil.temperature > 9 degC, reaction: hold", IDLE),
        ("when: machine.speed > 2100 rpm, reaction: soft-stop", TIGHTER),
        ("when: machine.speed > 2300 rpm, reaction: hard-stop", TIGHTER),
        ("when: machine.speed < 2300 rpm, reaction: warn", TIGHTER),
        ("when: machine.speed >= 2200 rpm, reaction: warn", TIGHTER),
        ("when: machine.speed > 2300 rpm or oil.temperature > 9 degC, reaction: warn", TIGHTER),
        ("when: oil.temperature > 140 degC, reaction: warn", TIGHTER),
        ("when: machine.torque > 140 N*m, reaction: warn", TIGHTER),
        (f"{VOTE}, reaction: warn", TIGHTER),
    ],
)
@pytest.mark.parametrize("where", ["protocol", "step"])
def test_a_narrower_limit_may_only_tighten(lab, limit, told, where):
    head = "parameters: {fast: {default: 2400 rpm}}\n"
    own = f"[{{id: own, {limit}}}]"
    texts = {
        "protocol": f"{head}limits: {own}\nsteps: []\n",
        "step": f"{head}steps:\n  - hold: 1 s\n    limits: {own}\n",
    }
    if told is LOOSER:
        place = {"protocol": "5:10", "step": "7:14"}[where]
        assert lab.problems(lab.check, texts[where]) == [f"tiny.yaml:{place} limit.loosens"]
    else:
        remarks = [problem.message.id for problem in lab.check(texts[where]).remarks]
        assert remarks == told


def test_a_planner_plans_what_was_loaded(lab):
    lab.write("protocols/tiny.yaml", "protocol: tiny\nobject: boat\nsteps: []\n")
    findings = Findings()
    plan = Planner(lab.rig(), lab.catalogue, findings).plan(
        load_protocol("tiny", lab.catalogue), {}
    )
    assert plan.root.body == ()
    assert [lab.shown(problem) for problem in findings.errors] == [
        "tiny.yaml:2:9 plan.wrong-object"
    ]
    assert [limit.reaction for limit in lab.rig().limits] == [
        Reaction.SOFT_STOP,
        Reaction.HARD_STOP,
    ]


seconds = st.integers(1, 500)
speeds = st.integers(1, 1999)


@LAW
@given(speeds, seconds)
def test_a_protocol_in_other_units_gives_the_same_plan(lab, speed, lasting):
    text = (
        "steps:\n"
        "  - ramp: {{machine.speed: {speed}, over: {over}}}\n"
        "  - stabilise: {{machine.speed: {{span: {span}, slope: {slope}}}, within: 5 min}}\n"
        "  - measure: {{for: {lasting}, as: a}}\n"
    )
    one = lab.plan(
        text.format(
            speed=f"{speed} rpm",
            over="60 s",
            span="6 rpm",
            slope="0.6 %/min",
            lasting=f"{lasting} s",
        )
    )
    other = lab.plan(
        text.format(
            speed=f"{speed * RPM!r} rad/s",
            over="1 min",
            span=f"{6 * RPM!r} rad/s",
            slope="0.01 %/s",
            lasting=f"{lasting / 60!r} min",
        )
    )
    assert numbers(one) == numbers(other)
    first, second = one.root.body[1].criteria[0], other.root.body[1].criteria[0]
    assert (first.span, first.slope) == pytest.approx((second.span, second.slope))
    assert first.relative == second.relative == {"slope"}


@LAW
@given(st.lists(seconds, min_size=1, max_size=5), st.lists(seconds, min_size=1, max_size=5))
def test_estimates_add_up(lab, first, second):
    def estimate(times):
        return lab.plan("steps:\n" + "".join(f"  - hold: {time} s\n" for time in times)).estimate

    together = estimate(first + second)
    assert together.seconds == pytest.approx((estimate(first) + estimate(second)).seconds)
    assert together.seconds == sum(first) + sum(second)


@LAW
@given(st.integers(1, 1000), seconds, st.integers(1, 9))
def test_a_repeat_takes_its_body_so_many_times(lab, times, lasting, windows):
    body = f"[{{hold: {lasting} s}}, {{measure: {{for: 2 s, repeat: {windows}, as: a}}}}]"
    once = lab.plan(f"steps: {body}").estimate
    assert lab.plan(f"steps: [{{repeat: {{times: {times}, steps: {body}}}}}]").estimate == (
        once.times(times)
    )


@LAW
@given(st.integers(2, 20), st.integers(0, 900), st.integers(0, 900))
def test_a_sweep_goes_evenly_from_its_first_to_its_last_value(lab, points, first, last):
    plan = lab.plan(
        f"steps: [{{sweep: {{demand: machine.speed, from: {first} rpm, to: {last} rpm, "
        f"points: {points}, over: 10 s, steps: [{{hold: 1 s}}]}}}}]"
    )
    ramps = [node for node in walk(plan.root) if isinstance(node, RampNode)]
    values = [ramp.targets[0].to / RPM for ramp in ramps]
    assert (values[0], values[-1]) == pytest.approx((first, last))
    steps = [after - before for before, after in pairwise(values)]
    assert steps == pytest.approx([(last - first) / (points - 1)] * (points - 1), abs=1e-9)
    assert plan.estimate.seconds == pytest.approx(11 * points)


def test_nothing_takes_nothing(lab):
    assert lab.plan("steps: []").estimate == Estimate()
