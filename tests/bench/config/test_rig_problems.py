"""What is wrong with a rig is told at its place, all at once."""

import pytest


@pytest.mark.parametrize(
    ("written", "broken", "expected"),
    [
        ("highest_speed", "highest_sped", ["tiny.yaml:7:73 document.unknown-key"]),
        ("highest_speed: 3000 rpm", "highest_speed: 3000 rmp", ["tiny.yaml:7:88 unit.unknown"]),
        ("highest_speed: 3000 rpm", "highest_speed: 3000 N*m", ["tiny.yaml:7:88 config.dimension"]),
        ("nominal_torque: 1 kN*m", "nominal_torque: [1]", ["tiny.yaml:8:68 unit.no-number"]),
        ("driver: hbk-t40b", "driver: hbk-t40", ["tiny.yaml:8:20 config.no-driver"]),
        (
            "flange: {driver: hbk-t40b, link: can0",
            "flange: {driver: hbk-t40b, link: can1",
            ["tiny.yaml:8:36 config.no-bus"],
        ),
        ("period: 500 ms", "period: 500 kg", ["tiny.yaml:12:13 config.dimension"]),
        ("period: 500 ms", "period: 1 ms", ["tiny.yaml:12:13 config.period-too-short"]),
        ("period: 500 ms", "period: 0 s", ["tiny.yaml:12:13 config.not-positive"]),
        ("scan: {period: 10 ms}", "scan: {period: 10 m}", ["tiny.yaml:3:16 config.dimension"]),
        (
            "scan: {period: 10 ms}",
            "scan: {period: 10 us}",
            ["tiny.yaml:3:16 config.scan-too-short"],
        ),
        (
            "scan: {period: 10 ms}",
            "safety: {heartbeat: dyno.torqe}",
            ["tiny.yaml:3:21 config.no-demand"],
        ),
        (
            "scan: {period: 10 ms}",
            "safety: {heartbeat: dyno.torque}",
            ["tiny.yaml:3:21 config.demand-taken"],
        ),
        (
            "machine.speed * machine.torque",
            "machine.speed * machine.torqe",
            ["tiny.yaml:17:44 expression.name"],
        ),
        (
            "machine.speed * machine.torque",
            "machine.speed + machine.torque",
            ["tiny.yaml:17:42 expression.dimensions-differ"],
        ),
        (
            "machine.speed * machine.torque",
            "machine.speed *",
            ["tiny.yaml:17:43 expression.unfinished"],
        ),
        (
            "machine.speed * machine.torque",
            "machine.power * 2",
            ["tiny.yaml:17:28 config.compute-circle"],
        ),
        (
            "machine.speed * machine.torque, unit: kW",
            "machine.speed * machine.torque, unit: kg",
            ["tiny.yaml:17:66 config.dimension"],
        ),
        (
            "machine.speed * machine.torque, unit: kW",
            "machine.speed * machine.torque, unit: kWW",
            ["tiny.yaml:17:66 unit.unknown"],
        ),
        (
            "compute: machine.speed * machine.torque, unit: kW",
            "unit: kW",
            ["tiny.yaml:17:3 config.from-or-compute"],
        ),
        ("from: flange.speed", "from: flange.sped", ["tiny.yaml:18:25 config.no-reading"]),
        (
            "from: flange.speed",
            "from: flange.torque",
            [
                "tiny.yaml:19:26 config.reading-twice",
                "tiny.yaml:28:36 expression.dimensions-differ",
            ],
        ),
        (
            "machine.speed: {from",
            "speed: {from",
            [
                "tiny.yaml:17:28 expression.name",
                "tiny.yaml:18:3 config.channel-name",
                "tiny.yaml:28:22 expression.name",
                "tiny.yaml:33:16 config.no-channel",
            ],
        ),
        ("reading: 0.02 %", "reading: 0.02 V", ["tiny.yaml:18:62 config.unit-too-many"]),
        ("reading: 0.02 %", "reading: -0.02 %", ["tiny.yaml:18:62 config.negative"]),
        ("reading: 0.02 %", "reading: 0.02 %, common: 2", ["tiny.yaml:18:78 config.share"]),
        ("reading: 0.02 %", "readin: 0.02 %", ["tiny.yaml:18:53 document.unknown-key"]),
        ("0.1 % of range + 1 N*m", "0.1 % of range + 1 rpm", ["tiny.yaml:19:54 config.dimension"]),
        ("2027-03-31", "2027-02-30", ["tiny.yaml:20:66 config.no-date"]),
        ("2027-03-31", "31.3.2027", ["tiny.yaml:20:66 document.pattern"]),
        (
            "machine.mode: {to: dyno.mode}",
            "machine.mode: {to: dyno.mod}",
            ["tiny.yaml:22:22 config.no-demand"],
        ),
        (
            "  machine.mode: {to: dyno.mode}\n",
            "",
            ["tiny.yaml:21:1 config.demand-missing", "tiny.yaml:25:16 config.no-selector"],
        ),
        ("[0 rpm, 2000 rpm]", "[0 rpm, 4000 rpm]", ["tiny.yaml:23:42 config.range-too-wide"]),
        ("[0 rpm, 2000 rpm]", "[2000 rpm, 0 rpm]", ["tiny.yaml:23:42 config.range-order"]),
        ("[0 rpm, 2000 rpm]", "[0 rpm, 2000 Nm]", ["tiny.yaml:23:42 unit.unknown"]),
        (
            "[0 rpm, 2000 rpm]",
            "[100 rpm, 2000 rpm]",
            ["machine.yaml:5:25 config.safe-out-of-range"],
        ),
        ("gradient: 100 rpm/s", "gradient: 100 rpm", ["tiny.yaml:23:71 config.dimension"]),
        ("gradient: 100 rpm/s", "gradient: 0 rpm/s", ["tiny.yaml:23:71 config.not-positive"]),
        (
            "to: dyno.torque\n",
            "to: dyno.speed\n",
            [
                "machine.yaml:6:26 config.dimension",
                "machine.yaml:7:16 config.dimension",
                "tiny.yaml:25:9 config.demand-taken",
            ],
        ),
        ("[n/T, T/n]", "[n/T, T/N]", ["tiny.yaml:26:36 config.no-choice"]),
        (
            "requires: {machine.mode",
            "requires: {machine.mod",
            ["tiny.yaml:26:16 config.no-selector"],
        ),
        (
            "machine.torque:\n    to: dyno.torque",
            "machine.brake: {to: dyno.pedal}\n  machine.torque:\n    to: dyno.torque",
            ["tiny.yaml:24:3 config.no-safe-value"],
        ),
        (
            "when: machine.speed > 2200 rpm",
            "when: machine.speed > 2200 N*m",
            ["tiny.yaml:28:36 expression.dimensions-differ"],
        ),
        (
            "when: machine.speed > 2200 rpm",
            "when: machine.speed",
            ["tiny.yaml:28:22 config.no-condition"],
        ),
        (
            "when: machine.speed > 2200 rpm",
            'when: "machine.sped > 2200 rpm"',
            ["tiny.yaml:28:23 expression.name"],
        ),
        ("reaction: soft-stop", "reaction: softstop", ["tiny.yaml:28:58 document.choice"]),
        (
            "reaction: soft-stop",
            "reaction: soft-stop, for: 2 kg",
            ["tiny.yaml:28:74 config.dimension"],
        ),
        (
            "reaction: soft-stop",
            "reaction: soft-stop, for: -2 s",
            ["tiny.yaml:28:74 config.negative"],
        ),
        ("id: fast", "id: hot", ["machine.yaml:9:5 config.limit-twice"]),
        ("unit: kW}", "unit: kW, stored: int8}", ["tiny.yaml:17:78 document.choice"]),
        ("fraction: 40 ppm", "fraction: 40 pm", ["tiny.yaml:32:31 unit.unknown"]),
        ("fraction: 40 ppm", "fraction: 2", ["tiny.yaml:30:3 config.no-hydrogen-left"]),
        ("date: 2026-10-12", "date: 2026-10-32", ["tiny.yaml:31:9 config.no-date"]),
        (
            "[machine.speed, machine.power]",
            "[machine.speed, machine.powr]",
            ["tiny.yaml:33:31 config.no-channel"],
        ),
        ("scan: 50 ms", "scan: 0 ms", ["tiny.yaml:36:9 config.not-positive"]),
        ("scan: 50 ms", "periods: {daq: 0 s}", ["tiny.yaml:36:18 config.not-positive"]),
        ("scan: 50 ms", "periods: {dac: 1 s}", ["tiny.yaml:36:13 config.no-instrument"]),
        ("    flange.speed: {q", "    flange.sped: {q", ["tiny.yaml:38:5 config.no-reading"]),
        ("noise: 0.1 rpm", "noise: 0.1 rmp", ["tiny.yaml:38:44 unit.unknown"]),
        ("lag: 10 ms", "lag: -10 ms", ["tiny.yaml:38:58 config.negative"]),
        (
            "data: {displacement: 2 L}",
            "data: {displacement: 2 kg}",
            ["tiny.yaml:2:59 config.dimension"],
        ),
        (
            "data: {displacement: 2 L}",
            "data: {displacment: 2 L}",
            ["tiny.yaml:2:1 config.no-object-data", "tiny.yaml:2:45 config.unknown-object-data"],
        ),
        ("kind: machine", "kind: machin", ["tiny.yaml:2:16 config.no-object"]),
        ("key_channels", "key-channels", ["tiny.yaml:33:1 document.unknown-key"]),
        (
            "  daq:\n    driver",
            (
                '  two: {driver: keysight-daq970a, link: "TCPIP::127.0.0.1::5025::SOCKET", '
                'options: {inputs: {b: {channel: 102, measure: "PT100,4-wire"}}}}\n'
                "  daq:\n"
                "    driver"
            ),
            ["tiny.yaml:12:11 config.link-twice"],
        ),
        (
            "machine.power: {compute: machine.speed * machine.torque, unit: kW}",
            (
                "machine.power: {compute: machine.a * 2}\n"
                "  machine.a: {compute: machine.b * 2}\n"
                "  machine.b: {compute: machine.a * 2}"
            ),
            ["tiny.yaml:18:24 config.compute-circle", "tiny.yaml:19:24 config.compute-circle"],
        ),
    ],
)
def test_a_problem_of_a_rig_has_its_place(lab, written, broken, expected):
    assert lab.problems(lab.rig, (written, broken)) == expected


@pytest.mark.parametrize(
    ("written", "broken", "expected"),
    [
        ("machine.speed: {safe: 0 rpm}", "machine.speed: {safe: 0 rmp}", ["5:25 unit.unknown"]),
        ('safe: "off"', "safe: out", ["4:24 config.no-choice"]),
        ("safe: 0 N*m", "safe: 4 kN*m", ["6:26 config.safe-out-of-range"]),
        (
            "safe: 0 rpm",
            "safe: 0 rpm, range: [0 rpm, 1 kg]",
            ["5:39 config.dimension"],
        ),
        ("* machine.torque.demand", "* machine.torqe.demand", ["7:39 expression.name"]),
        ("/ (40 % * 120 MJ/kg)", "* 1", ["7:16 config.dimension"]),
        ("> 130 degC", "> 130 bar", ["9:37 expression.dimensions-differ"]),
        ("displacement: m^3", "displacement: m^^3", ["2:22 unit.unknown"]),
        ("hydrogen-flow", "hydrogen_flow", ["7:1 document.unknown-key"]),
        ("hard-stop:\n", "hard-stop:\n  - st: {}\n", ["13:5 document.unknown-key"]),
    ],
)
def test_a_problem_of_an_object_kind_has_its_place_in_its_own_file(lab, written, broken, expected):
    found = lab.problems(lab.kind, (written, broken))
    assert [problem.removeprefix("machine.yaml:") for problem in found] == expected


def test_all_problems_of_rig_and_kind_are_told_at_once(lab):
    lab.write("objects/machine.yaml", "object: machine\ndemands: {}\nsoft-stop: []\n")
    found = lab.problems(
        lab.rig,
        ("highest_speed", "highest_sped"),
        ("period: 500 ms", "period: 500 kg"),
        ("fraction: 40 ppm", "fraction: 40 pm"),
    )
    assert found == [
        "machine.yaml:1:1 document.missing-key",
        "tiny.yaml:7:73 document.unknown-key",
        "tiny.yaml:12:13 config.dimension",
    ]


def test_what_only_follows_from_a_problem_is_not_told(lab):
    found = lab.problems(lab.rig, ("driver: hbk-t40b", "driver: hbk-t4"))
    assert found == ["tiny.yaml:8:20 config.no-driver"]
    found = lab.problems(lab.rig, ("from: flange.torque", "from: flange.torqe"))
    assert found == ["tiny.yaml:19:26 config.no-reading"]


def test_the_nearest_valid_word_is_named(lab):
    assert lab.said(lab.rig, ("driver: hbk-t40b", "driver: hbk-t4")) == [
        "unknown driver 'hbk-t4'; did you mean 'hbk-t40b'?"
    ]
    assert lab.said(lab.rig, ("highest_speed", "highest_sped")) == [
        "unknown key 'highest_sped'; did you mean 'highest_speed'?"
    ]
    assert lab.said(lab.rig, ("[n/T, T/n]", "[n/t]")) == [
        (
            "'n/t' is none of its positions (off, n/T, T/n, n/alpha, idle, motor); did "
            "you mean 'n/T'?"
        )
    ]
