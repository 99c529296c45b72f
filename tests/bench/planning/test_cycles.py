"""Time tables: what they become, and every way in which they can be wrong."""

import pytest

from bench.cycle import load_cycle, parse_cycle
from bench.errors import ConfigError

HEAD = "time [s],machine.speed [rpm]\n"
REGULAR = HEAD + "".join(f"{time},{10 * time}\n" for time in range(30))


def refusal(text):
    with pytest.raises(ConfigError) as caught:
        parse_cycle(text, "t.csv")
    assert "cycle." not in caught.value.text("en")
    assert "cycle." not in caught.value.text("zh")
    problems = [
        f"{problem.mark.line}:{problem.mark.column} {problem.message.id}"
        for problem in caught.value.problems
    ]
    return problems or [caught.value.message.id]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["cycle.empty"]),
        (HEAD, ["cycle.empty"]),
        (HEAD + "0,1\n", ["cycle.empty"]),
        (HEAD + "\n# a remark\n0,1\n", ["cycle.empty"]),
        (HEAD + "0,1\n1,fast\n2,3\n", ["3:3 cycle.cell"]),
        (HEAD + "0,1\n1,\n2,3\n", ["3:3 cycle.cell"]),
        (HEAD + "0,1\n1,nan\n2,inf\n3,1e999\n", [f"{n}:3 cycle.cell" for n in (3, 4, 5)]),
        (HEAD + "0,1\n1,2_0\n2,3\n", ["3:3 cycle.cell"]),
        (HEAD + '0,1\n1,"2,5"\n2,3\n', ["3:3 cycle.decimal-comma"]),
        (HEAD + "0,0,1,5\n1,0,2,5\n2,0,3,5\n", [f"{n}:1 cycle.decimal-comma" for n in (2, 3, 4)]),
        ("time [s];speed [rpm]\n0;1\n1;2\n", ["1:1 cycle.semicolons"]),
        ("time [s]\n0\n1\n", ["1:1 cycle.no-columns"]),
        (HEAD + "0,1\n1\n2,3\n", ["3:1 cycle.cells"]),
        (HEAD + "0,1\n1,2,3\n2,3\n", ["3:1 cycle.cells"]),
        (HEAD + "1,1\n2,2\n", ["2:1 cycle.start"]),
        (HEAD + "0,1\n1,2\n1,3\n", ["4:1 cycle.time-repeats"]),
        (HEAD + "0,1\n2,2\n1,3\n", ["4:1 cycle.time-falls"]),
        (REGULAR.replace("15,150\n", ""), ["17:1 cycle.gap"]),
        ("time [m],machine.speed [rpm]\n0,1\n1,2\n", ["1:1 cycle.no-time"]),
        ("t [s],machine.speed [rpm]\n0,1\n1,2\n", ["1:1 cycle.no-time"]),
        ("time [s],machine.speed [rmp]\n0,1\n1,2\n", ["1:10 unit.unknown"]),
        ("time [s],a [rpm],a [rpm]\n0,1,1\n1,2,2\n", ["1:18 cycle.column-twice"]),
        ("time [s],[rpm]\n0,1\n1,2\n", ["1:10 cycle.no-name"]),
        (HEAD + '0,1\n"1,2\n2,3\n', ["3:1 cycle.cells"]),
        (HEAD + "0," + "1" * 140_000 + "\n1,2\n", ["cycle.unreadable"]),
    ],
)  # fmt: skip
def test_a_problem_of_a_table_has_its_place(text, expected):
    assert refusal(text) == expected


def test_a_table_holds_numbers_in_si_and_runs_evenly_between_its_rows():
    table = parse_cycle("# a remark\ntime [min],a [kN*m]\n0,1\n\n2,3\n", "t.csv")
    assert table.times == (0.0, 120.0)
    assert table.at(60.0, "a") == pytest.approx(2000.0)
    assert (table.at(-1.0, "a"), table.at(999.0, "a")) == (1000.0, 3000.0)
    assert table.duration == 120.0


def test_a_table_is_never_told_with_more_problems_than_people_read():
    text = HEAD + "".join(f"{time},x\n" for time in range(500))
    with pytest.raises(ConfigError) as caught:
        parse_cycle(text, "t.csv")
    assert len(caught.value.problems) == 50
    assert caught.value.message.arguments["count"] == 500


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\xef\xbb\xbf" + REGULAR.encode(), None),
        (REGULAR.replace("\n", "\r\n").encode(), None),
        (HEAD.encode() + b"0,1\n1,\xff\n", "3:3 document.not-utf-8"),
        (b"time\x00", "cycle.empty"),
    ],
)
def test_bytes_that_are_no_text_are_told(tmp_path, content, expected):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    if expected is None:
        assert load_cycle(path).times[-1] == 29.0
        return
    with pytest.raises(ConfigError) as caught:
        load_cycle(path)
    marks = [
        f"{problem.mark.line}:{problem.mark.column} {problem.message.id}"
        for problem in caught.value.problems
    ]
    assert (marks or [caught.value.message.id]) == [expected]


def test_a_table_that_is_far_too_large_is_not_read(tmp_path):
    path = tmp_path / "t.csv"
    with path.open("wb") as stream:
        stream.truncate(100_000_000)
    with pytest.raises(ConfigError, match="larger"):
        load_cycle(path)


def test_a_table_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_cycle(tmp_path / "none.csv")


CYCLE = "steps: [{cycle: {table: t.csv, as: driven}}]\nverdict: {v: {at: driven, at_least: 1}}"


def test_a_cycle_is_a_measured_point_of_known_length(lab):
    lab.write("protocols/t.csv", REGULAR)
    plan = lab.plan(CYCLE)
    (node,) = plan.root.body
    assert node.head.estimate.seconds == 29.0
    assert node.columns == {"machine.speed": 1}
    assert plan.texts["cycles/t.csv"] == REGULAR


def test_hydrogen_of_a_cycle_follows_its_rows(lab):
    lab.write(
        "protocols/t.csv",
        "time [s],machine.speed [rad/s],machine.torque [N*m]\n0,0,100\n10,100,100\n20,100,100\n",
    )
    plan = lab.plan(f"steps: [{{set: {{machine.mode: n/T}}}}, {CYCLE[8:]}")
    work = 0.5 * 10 * 100 * 100 + 10 * 100 * 100
    assert plan.estimate.hydrogen == pytest.approx(work / (0.4 * 120e6))


@pytest.mark.parametrize(
    ("table", "columns", "expected"),
    [
        ("time [s],machine.sped [rpm]\n0,0\n1,1\n", "", "4:25 plan.no-demand"),
        ("time [s],machine.speed [N*m]\n0,0\n1,1\n", "", "4:25 plan.column-dimension"),
        ("time [s],machine.speed [rpm]\n0,0\n99,2500\n", "", "4:25 plan.demand-out-of-range"),
        ("time [s],machine.speed [rpm]\n0,0\n1,500\n", "", "4:25 plan.too-steep"),
        ("time [s],machine.torque [N*m]\n0,0\n1,1\n", "", "4:25 plan.impossible-pair"),
        ("time [s],machine.mode\n0,0\n1,1\n", "", "4:25 plan.sweep-selector"),
        ("time [s],n [rpm]\n0,0\n1,1\n", ", columns: {n: machine.sped}", "4:45 plan.no-demand"),
        (
            "time [s],machine.speed [rpm]\n0,0\n1,1\n",
            ", columns: {n: machine.speed}",
            "4:42 plan.no-column",
        ),
        (
            "time [s],machine.speed [rpm]\n0,0\n1,1\n",
            ", points: full",
            "4:40 plan.no-point",
        ),
        (
            "time [s],machine.speed [rpm]\n0,0\n1,1\n",
            ", transform: whs",
            "4:43 config.no-extension",
        ),
    ],
)
def test_a_problem_of_a_cycle_on_a_bench_has_its_place(lab, table, columns, expected):
    lab.write("protocols/t.csv", table)
    text = f"steps: [{{cycle: {{table: t.csv{columns}}}}}]"
    assert lab.problems(lab.check, text) == [f"tiny.yaml:{expected}"]


def test_a_problem_of_a_table_stands_in_the_table(lab):
    lab.write("protocols/t.csv", HEAD + "0,1\n1,x\n2,2\n")
    assert lab.problems(lab.check, CYCLE) == ["t.csv:3:3 cycle.cell"]
