"""What is planned beside a protocol: re-entry, unload, recoveries, recovery points."""

import pytest

from bench.plan import RepeatNode, SequenceNode, walk

OBJECT = """\
unload:
  - id: idle
    set: {machine.mode: idle}
recoveries:
  settle:
    - id: cool
      wait-until: {condition: oil.temperature < 90 degC, within: 5 min}
  wait: [hold: 5 s]
soft-stop:
"""


def ids(root):
    return [node.head.id for node in walk(root)][1:]


def test_unload_and_recoveries_of_the_object_are_planned_like_safe_sequences(lab):
    lab.kind(("soft-stop:\n", OBJECT))
    plan = lab.plan("steps: [hold: 1 s]")
    assert ids(plan.unload) == ["unload/idle"]
    assert {name: ids(root) for name, root in plan.recoveries.items()} == {
        "settle": ["recovery/settle/cool"],
        "wait": ["recovery/wait/1"],
    }
    assert plan.re_entry is None
    assert set(plan.sequences) >= {plan.root, plan.soft_stop, plan.unload}


def test_a_protocol_adds_recoveries_and_has_its_own_of_a_name(lab):
    lab.kind(("soft-stop:\n", OBJECT))
    plan = lab.plan(
        "parameters: {rest: {default: 7 s}}\nsteps: [hold: 1 s]\n"
        "recoveries:\n  wait: [{id: mine, hold: $rest}]\n  more: [hold: 1 s]\n"
    )
    assert {name: ids(root) for name, root in plan.recoveries.items()} == {
        "settle": ["recovery/settle/cool"],
        "wait": ["recovery/wait/mine"],
        "more": ["recovery/more/1"],
    }
    assert plan.recoveries["wait"].body[0].duration == 7.0


def test_a_re_entry_begins_with_the_safe_object_and_leaves_no_trace(lab):
    plan = lab.plan(
        "parameters: {speed: {default: 1000 rpm}}\n"
        "steps:\n  - set: {machine.mode: n/T, machine.speed: 1000 rpm}\n  - hold: 1 s\n"
        "re-entry:\n"
        "  - set: {machine.mode: n/T}\n"
        "  - ramp: {machine.speed: {to: $speed, gradient: 50 rpm/s}}\n"
    )
    assert ids(plan.re_entry) == ["re-entry/1", "re-entry/2"]
    assert plan.re_entry.head.estimate.seconds == pytest.approx(20.0)
    assert plan.estimate.seconds == 1.0
    assert plan.re_entry in plan.sequences


def test_problems_beside_the_steps_are_told_at_their_place(lab):
    lab.kind(("soft-stop:\n", "unload: [set: {machine.mode: idel}]\nsoft-stop:\n"))
    assert lab.problems(
        lab.check,
        "steps: [hold: 1 s]\n"
        "re-entry:\n  - set: {machine.torque: 5 N*m}\n"
        "recoveries:\n  more: [hold: 1 kg]\n",
    ) == [
        "machine.yaml:10:30 config.no-choice",
        "tiny.yaml:6:27 plan.impossible-pair",
        "tiny.yaml:8:16 config.dimension",
    ]


LOOPS = """\
steps:
  - id: times
    recovery-point: true
    repeat: {times: 2, steps: [hold: 1 s]}
  - id: each
    recovery-point: true
    for-each: {t: [1 s, 2 s], steps: [hold: $t]}
  - id: plain
    repeat: {times: 2, steps: [hold: 1 s]}
"""


def test_of_a_loop_the_pass_is_the_recovery_point(lab):
    plan = lab.plan(LOOPS)
    marked = [node for node in walk(plan.root) if node.head.is_recovery_point]
    assert [node.head.id for node in marked] == ["times", "each[1]", "each[2]"]
    assert [type(node) for node in marked] == [RepeatNode, SequenceNode, SequenceNode]


def test_a_step_without_a_body_is_no_recovery_point(lab):
    text = "steps:\n  - hold: 1 s\n    recovery-point: true\n"
    assert lab.problems(lab.check, text) == ["tiny.yaml:6:5 document.unknown-key"]
