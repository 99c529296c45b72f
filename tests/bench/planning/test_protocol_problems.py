"""What is wrong with a protocol is told at its place, all at once.

Each text follows three lines that name protocol, object and rig, so it begins on line 4.
"""

import pytest


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("steps:\n  - set: {machine.sped: 1 rpm}", ["5:11 plan.no-demand"]),
        ("steps:\n  - set: {machine.speed: 1 rmp}", ["5:28 expression.unit"]),
        ("steps:\n  - set: {machine.speed: 3000 rpm}", ["5:26 plan.demand-out-of-range"]),
        ("steps:\n  - set: {machine.speed: 3}", ["5:26 config.unit-missing"]),
        ('steps:\n  - set: {machine.speed: "oil.temperature"}', ["5:26 config.dimension"]),
        ("steps:\n  - set: {machine.mode: motr}", ["5:25 config.no-choice"]),
        ("steps:\n  - set: {machine.mode: 7}", ["5:25 config.no-choice"]),
        ("steps:\n  - set: {}", ["5:10 plan.no-demands"]),
        ("steps:\n  - set: {machine.torque: 10 N*m}", ["5:27 plan.impossible-pair"]),
        (
            (
                "steps:\n"
                "  - set: {machine.mode: n/alpha}\n"
                "  - ramp: {machine.torque: 10 N*m, over: 3 s}"
            ),
            ["6:28 plan.impossible-pair"],
        ),
        (
            (
                "steps:\n"
                "  - set: {machine.mode: n/T, machine.torque: 5 N*m}\n"
                "  - set: {machine.mode: idle}\n"
                "  - set: {machine.torque: 5 N*m}"
            ),
            ["7:27 plan.impossible-pair"],
        ),
        ("steps:\n  - ramp: {machine.speed: 1000 rpm, over: 2 s}", ["5:27 plan.too-steep"]),
        ("steps:\n  - ramp: {machine.speed: 1000 rpm}", ["5:27 plan.over-or-gradient"]),
        (
            ("steps:\n  - ramp: {machine.speed: {to: 1000 rpm, gradient: 1 rpm/s}, over: 3 s}"),
            ["5:27 plan.over-or-gradient"],
        ),
        (
            "steps:\n  - ramp: {machine.speed: {to: 1000 rpm, gradient: 300 rpm/s}}",
            ["5:52 plan.too-steep"],
        ),
        (
            "steps:\n  - ramp: {machine.speed: {to: 1000 rpm, gradient: 300 rpm}}",
            ["5:52 config.dimension"],
        ),
        ("steps:\n  - ramp: {machine.speed: 10 rpm, over: 0 s}", ["5:41 config.not-positive"]),
        ("steps:\n  - ramp: {over: 3 s}", ["5:11 plan.no-demands"]),
        (
            "steps:\n  - ramp: {machine.speed: {to: 1000 rpm, gradent: 3 rpm/s}}",
            ["5:27 document.missing-key", "5:42 document.unknown-key"],
        ),
        ("steps:\n  - rampe: {machine.speed: 10 rpm, over: 3 s}", ["5:5 document.unknown-key"]),
        ("steps:\n  - hold: 3 s\n    titel: x", ["6:5 document.unknown-key"]),
        ("steps:\n  - hold: 3", ["5:11 config.unit-missing"]),
        ("steps:\n  - hold: {for: 3 kg}", ["5:17 config.dimension"]),
        ("steps:\n  - hold: {fr: 3 s}", ["5:11 document.missing-key", "5:12 document.unknown-key"]),
        ("steps:\n  - hold: -3 s", ["5:11 config.negative"]),
        ("steps:\n  - id: a\n    hold: 3 s\n  - id: a\n    hold: 3 s", ["7:9 plan.id-twice"]),
        ('steps:\n  - hold: 3 s\n  - id: "1"\n    hold: 3 s', ["6:9 plan.id-twice"]),
        ("steps:\n  - when: machine.sped > 3 rpm\n    hold: 3 s", ["5:11 expression.name"]),
        ("steps:\n  - when: machine.speed\n    hold: 3 s", ["5:11 config.no-condition"]),
        (
            (
                "steps:\n"
                "  - when: >-\n"
                "      machine.speed > 3 rpm and\n"
                "      oil.temperatur > 3 degC\n"
                "    hold: 3 s"
            ),
            ["7:7 expression.name"],
        ),
        ("steps:\n  - when: $x > 3 rpm\n    hold: 3 s", ["5:11 expression.parameter"]),
        (
            (
                "steps:\n"
                "  - hold: 3 s\n"
                '    limits: [{id: a, when: "machine.speed > 3 N*m", reaction: hold}]'
            ),
            ["6:43 expression.dimensions-differ"],
        ),
        (
            (
                "steps:\n"
                "  - hold: 3 s\n"
                "    limits: [{id: a, when: machine.speed > 3 rpm, reaction: hald}]"
            ),
            ["6:61 document.choice"],
        ),
        (
            (
                "steps:\n"
                "  - hold: 3 s\n"
                "    limits: [{id: fast, when: machine.speed > 3 rpm, reaction: hold}]"
            ),
            ["6:14 config.limit-twice"],
        ),
        (
            ("limits:\n  - {id: a, when: machine.speed > $x, reaction: hold}\nsteps: []"),
            ["5:35 expression.parameter"],
        ),
        (
            "steps:\n  - wait-until: {condition: machine.speed, within: 3 s}",
            ["5:29 config.no-condition"],
        ),
        (
            "steps:\n  - wait-until: {condition: machine.speed > 3 rpm, within: 3 m}",
            ["5:60 config.dimension"],
        ),
        (
            "steps:\n  - wait-until: {condition: machine.speed > 3 rpm}",
            ["5:17 document.missing-key"],
        ),
        (
            "steps:\n  - stabilise: {machine.sped: {span: 1 rpm}, within: 90 s}",
            ["5:17 config.no-channel"],
        ),
        (
            "steps:\n  - stabilise: {machine.speed: {span: 1 N*m}, within: 90 s}",
            ["5:39 config.dimension"],
        ),
        (
            "steps:\n  - stabilise: {machine.speed: {slope: 1 rpm}, within: 90 s}",
            ["5:40 config.dimension"],
        ),
        (
            "steps:\n  - stabilise: {machine.speed: {span: 1 rpm}, within: 9 s}",
            ["5:55 plan.within-window"],
        ),
        ("steps:\n  - stabilise: {within: 90 s}", ["5:16 plan.no-criterion"]),
        ("steps:\n  - stabilise: {machine.speed: {}, within: 90 s}", ["5:17 plan.no-bound"]),
        (
            "steps:\n  - stabilise: {machine.power: {error: 3 kW}, within: 90 s}",
            ["5:17 plan.no-target"],
        ),
        (
            "steps:\n  - stabilise: {machine.speed: {spn: 3 rpm}, within: 90 s}",
            ["5:33 document.unknown-key"],
        ),
        ("steps:\n  - repeat: {times: 0, steps: []}", ["5:21 plan.times"]),
        ("steps:\n  - repeat: {times: 2.5, steps: []}", ["5:21 plan.times"]),
        ("steps:\n  - repeat: {times: .inf, steps: []}", ["5:21 unit.no-number"]),
        ("steps:\n  - repeat: {times: 2, steps: [{hold: 3 kg}]}", ["5:39 config.dimension"]),
        (
            "steps:\n  - for-each: {a: [1 s, 2 s], b: [1 s], steps: [{hold: $a}]}",
            ["5:15 plan.lists"],
        ),
        ("steps:\n  - for-each: {a: [], steps: [{hold: $a}]}", ["5:15 plan.lists"]),
        ("steps:\n  - for-each: {a: [1 s, 2 rmp], steps: [{hold: $a}]}", ["5:25 unit.unknown"]),
        ("steps:\n  - for-each: {a: [1 s], steps: [{hold: $b}]}", ["5:41 expression.parameter"]),
        (
            (
                "steps:\n"
                "  - sweep: {demand: machine.sped, from: 0 rpm, to: 9 rpm, points: 2, steps: "
                "[]}"
            ),
            ["5:21 plan.no-demand"],
        ),
        (
            ("steps:\n  - sweep: {demand: machine.mode, from: 0, to: 1, points: 2, steps: []}"),
            ["5:21 plan.sweep-selector"],
        ),
        (
            (
                "steps:\n"
                "  - sweep: {demand: machine.speed, from: 0 rpm, to: 9000 rpm, points: 2, "
                "steps: []}"
            ),
            ["5:12 plan.too-steep", "5:53 plan.demand-out-of-range"],
        ),
        (
            (
                "steps:\n"
                "  - sweep: {demand: machine.speed, from: machine.speed, to: 9 rpm, points: "
                "2, steps: []}"
            ),
            ["5:42 plan.not-constant"],
        ),
        ("steps:\n  - zero: {flang: zero}", ["5:12 plan.no-instrument"]),
        ("steps:\n  - zero: {flange: span}", ["5:20 plan.no-action"]),
        ("steps:\n  - cycle: {table: none.csv}", ["5:20 config.no-cycle"]),
        ("steps:\n  - call: tny", ["5:11 config.no-protocol"]),
        ("steps:\n  - call: tiny", ["5:11 plan.too-deep"]),
        (
            "steps:\n  - call: {protocol: tiny, with: {x: 3}}",
            ["5:22 plan.too-deep", "5:35 plan.no-parameter"],
        ),
        ("steps:\n  - measure: {for: 3 s}", ["5:14 document.missing-key"]),
        ("steps:\n  - measure: {for: 0 s, as: a}", ["5:20 config.not-positive"]),
        (
            (
                "steps: [{measure: {for: 3 s, as: point}}]\n"
                "verdict: {power: {at: pont, at_least: 3 kW}}"
            ),
            ["5:23 plan.no-point"],
        ),
        (
            ("steps: [{measure: {for: 3 s, as: point}}]\nverdict: {power: {at: point}}"),
            ["5:11 plan.no-criterion-value"],
        ),
        (
            (
                "steps: [{measure: {for: 3 s, as: point}}]\n"
                "verdict: {power: {at: point, at_most: 3 kWW}}"
            ),
            ["5:39 unit.unknown"],
        ),
        (
            (
                "steps: [{measure: {for: 3 s, as: point}}]\n"
                "verdict: {power: {at: point, at_most: 3 kW, confidence: 1}}"
            ),
            ["5:57 plan.confidence"],
        ),
        (
            (
                "steps: [{when: false, measure: {for: 3 s, as: point}}]\n"
                "verdict: {power: {at: point, at_most: 3 kW}}"
            ),
            ["4:16 document.text"],
        ),
        (
            (
                'steps: [{when: "1 < 0", measure: {for: 3 s, as: point}}]\n'
                "verdict: {power: {at: point, at_most: 3 kW}}"
            ),
            ["5:23 plan.no-point"],
        ),
        ("parameters: {a: {default: 3 rmp}}\nsteps: [{hold: $a}]", ["4:27 unit.unknown"]),
        ("parameters: {a: {default: 3 s, max: 2 s}}\nsteps: []", ["4:27 plan.parameter-range"]),
        ("parameters: {a: {default: 3 s, max: 20 kg}}\nsteps: []", ["4:37 config.dimension"]),
        (
            "parameters: {a: {defalt: 3 s}}\nsteps: []",
            ["4:17 document.missing-key", "4:18 document.unknown-key"],
        ),
        ("stps: []", ["1:1 document.missing-key", "4:1 document.unknown-key"]),
    ],
)
def test_a_problem_of_a_protocol_has_its_place(lab, text, expected):
    found = lab.problems(lab.check, text)
    assert [problem.removeprefix("tiny.yaml:") for problem in found] == expected
