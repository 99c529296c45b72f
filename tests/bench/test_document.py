from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
)

from bench.document import Mark, load, nearest, parse, problems_of, validated
from bench.errors import ConfigError
from bench.expression import parse as parse_expression
from bench.units import quantity


def refusal(text):
    with pytest.raises(ConfigError) as caught:
        parse(text, "p.yaml")
    assert "document." not in caught.value.text("en")
    assert "document." not in caught.value.text("zh")
    return [(str(p.mark).removeprefix("p.yaml:"), p.message.id) for p in caught.value.problems]


def test_scalars_follow_the_core_schema_of_yaml_1_2():
    document = parse(
        "{a: on, b: yes, c: x, d: 012, e: 0o17, f: 0x1F, g: 1e3, h: .5, i: ~, j: '1', k: +5,"
        " l: true, m: FALSE, n: , o: 2026-01-01, p: -.inf, q: 1_000, r: No, s: 1.}",
        "p.yaml",
    )
    assert document.data == {
        "a": "on", "b": "yes", "c": "x", "d": 12, "e": 15, "f": 31, "g": 1000.0, "h": 0.5,
        "i": None, "j": "1", "k": 5, "l": True, "m": False, "n": None, "o": "2026-01-01",
        "p": float("-inf"), "q": "1_000", "r": "No", "s": 1.0,
    }  # fmt: skip


TEXT = """\
rig: cell-3
channels:
  engine.torque: {from: dyno.torque, unit: N*m}
steps:
  - ramp
  - "hold"
"""


def test_a_time_of_day_is_a_text():
    assert parse("a: 1:30\nb: 12:00:00\n", "p.yaml").data == {"a": "1:30", "b": "12:00:00"}


def test_every_value_and_key_knows_its_place():
    document = parse(TEXT, "p.yaml")
    assert document.mark() == Mark("p.yaml", 1, 1)
    assert document.mark(["rig"]) == Mark("p.yaml", 1, 6)
    assert document.key_mark(["channels"]) == Mark("p.yaml", 2, 1)
    assert document.mark(["channels", "engine.torque", "unit"]) == Mark("p.yaml", 3, 44)
    assert document.key_mark(["channels", "engine.torque", "unit"]) == Mark("p.yaml", 3, 38)
    assert document.mark(["steps", 1]) == Mark("p.yaml", 6, 5)
    assert document.key_mark(["steps", 1]) == Mark("p.yaml", 6, 5)


def test_what_is_not_there_has_the_place_of_its_nearest_ancestor():
    document = parse(TEXT, "p.yaml")
    assert document.mark(["channels", "engine.torque", "uncertainty", 3]) == Mark("p.yaml", 3, 18)
    assert document.mark(["steps", 7]) == document.mark(["steps"])


def test_a_character_in_a_text_has_its_own_place():
    document = parse(TEXT, "p.yaml")
    assert document.mark_within(["steps", 1], 2) == Mark("p.yaml", 6, 8)
    assert document.mark_within(["rig"], 5) == Mark("p.yaml", 1, 11)
    escaped = parse('a: "\\x41 b"\n', "p.yaml")
    assert escaped.at(["a"]) == "A b"
    assert escaped.mark_within(["a"], 2) == escaped.mark(["a"])


@pytest.mark.parametrize(
    "text",
    ["a: >-\n  x y +\n  z\n", "a: |\n  x y +\n  z\n", "a: 'x y +\n\n  z'\n", "a: x y +\n  z\n"],
)
def test_a_character_in_a_text_of_several_lines_has_its_own_place(text):
    document = parse(text, "p.yaml")
    value, lines = document.at(["a"]), text.split("\n")
    mark = document.mark_within(["a"], value.index("z"))
    assert lines[mark.line - 1][mark.column - 1] == "z"


def test_a_part_of_a_document_knows_its_value_and_its_places():
    part = parse(TEXT, "p.yaml").section("channels") / "engine.torque" / "unit"
    assert part.value == "N*m"
    assert (part.mark.column, part.key_mark.column, part.mark_within(2).column) == (44, 38, 46)


def test_problems_of_a_part_are_marked_where_the_part_stands():
    document = parse("a:\n  b: {over: 3 s, sped: 2}\n  c: {}\n", "p.yaml")
    for key, expected in (
        ("b", ["2:18: unknown key 'sped'; did you mean 'speed'?"]),
        ("c", ["3:6: 'over' is missing"]),
    ):
        with pytest.raises(ValidationError) as caught:
            RampBody.model_validate(document.at(["a", key]))
        found = problems_of(document, caught.value, RampBody, ("a", key))
        assert [problem.text().removeprefix("p.yaml:") for problem in found] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("1:1", "document.empty")]),
        ("# only a remark\n", [("1:1", "document.empty")]),
        (
            "a: 1\nb: 2\na: 3\nb: 4\n",
            [("3:1", "document.duplicate-key"), ("4:1", "document.duplicate-key")],
        ),
        (
            "1: x\n? [a]\n: y\ntrue: z\n",
            [("1:1", "document.key"), ("2:3", "document.key"), ("4:1", "document.key")],
        ),
        ("a: !!python/object:os.system x", [("1:4", "document.tag")]),
        ("a: 1\n---\nb: 2\n", [("2:1", "document.several")]),
        ("a:\n\tb: 1\n", [("2:1", "document.tab")]),
        ("a: b\n \t c\n", [("2:1", "document.tab")]),
        ("a: 'x\nb: 1\n", [("1:4", "document.quote")]),
        ("a: [1, 2\n", [("2:1", "document.bracket")]),
        ("a: b: c", [("1:5", "document.colon")]),
        ("a: 1\n b: 2", [("2:3", "document.colon")]),
        ("- a\nb: 1\n", [("2:1", "document.item-missing")]),
        ("- - a\n  b\nc: 1", [("3:1", "document.colon-missing")]),
        ("a: @x", [("1:4", "document.character")]),
        ("{a: 1:30}", [("1:6", "document.colon-inside")]),
        ('a: "\\q"', [("1:5", "document.syntax")]),
        ("a: x\x07", [("1:5", "document.control")]),
        ("a: 1e999", [("1:4", "document.number-too-large")]),
        ("a: " + "9" * 5000, [("1:4", "document.number-too-large")]),
        ("a: &x [1, *x]", [("1:11", "document.recursive")]),
        ("a: *x", [("1:4", "document.anchor")]),
        ("[" * 90_000, [("1:52", "document.too-deep")]),
        ("- " * 90_000, [("1:103", "document.too-deep")]),
        ("x" * 1_000_001, [("1:1", "document.too-big")]),
    ],
)
def test_a_text_that_cannot_be_used_is_told_where_and_why(text, expected):
    assert refusal(text) == expected


def test_exploding_anchors_are_refused_before_they_explode():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    assert [message_id for _, message_id in refusal("\n".join(lines))] == ["document.too-many"]


def test_an_alias_is_a_copy_of_its_own():
    document = parse("a: &x {b: [1]}\nc: *x\n", "p.yaml")
    assert document.data == {"a": {"b": [1]}, "c": {"b": [1]}}
    assert document.data["a"] is not document.data["c"]
    assert document.mark(["c", "b", 0]) == Mark("p.yaml", 1, 12)


def file_refusal(path):
    with pytest.raises(ConfigError) as caught:
        load(path)
    return [(p.mark.line, p.mark.column, p.message.id) for p in caught.value.problems]


def test_files_that_are_none_are_told_apart(tmp_path):
    assert file_refusal(tmp_path / "none.yaml") == [(1, 1, "document.missing-file")]
    assert file_refusal(tmp_path) == [(1, 1, "document.directory")]
    assert file_refusal(Path("a\0b")) == [(1, 1, "document.missing-file")]


def test_a_hundred_megabytes_are_refused_without_reading_them(tmp_path):
    path = tmp_path / "big.yaml"
    with path.open("wb") as stream:
        stream.truncate(100_000_000)
    assert file_refusal(path) == [(1, 1, "document.too-big")]


def test_what_is_not_utf_8_is_told_where(tmp_path):
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"a: 1\nb: " + "é°".encode("latin-1"))
    assert file_refusal(path) == [(2, 4, "document.not-utf-8")]


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path):
    path = tmp_path / "windows.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: [2,\r\n 3]\r\n")
    document = load(path)
    assert document.data == {"a": 1, "b": [2, 3]}
    assert document.mark(["b", 1]) == Mark(str(path), 3, 2)


# --- models ---------------------------------------------------------------------------------------


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Colour(Enum):
    RED = "red"
    GREEN = "green"


def _checked(check):
    def validate(text: str) -> str:
        check(text)
        return text

    return BeforeValidator(validate)


class RampBody(Closed):
    over: Annotated[str, _checked(quantity)]
    speed: float = Field(default=1.0, gt=0)


class Ramp(Closed):
    ramp: RampBody
    title: str = ""


class Hold(Closed):
    hold: Annotated[str, _checked(parse_expression)]


def kind_of(value: object) -> str | None:
    return next(
        (kind for kind in ("ramp", "hold") if isinstance(value, dict) and kind in value), None
    )


Step = Annotated[
    Annotated[Ramp, Tag("ramp")] | Annotated[Hold, Tag("hold")], Discriminator(kind_of)
]


class Engine(Closed):
    kind: Literal["engine"]
    displacement: float


class Stack(Closed):
    kind: Literal["stack"]
    cells: int = Field(ge=1, le=500)


class Protocol(Closed):
    protocol: str
    object: Annotated[Engine | Stack, Field(discriminator="kind")] | None = None
    colour: Colour = Colour.RED
    mode: Literal["soft", "hard"] = "soft"
    steps: list[Step] = []
    bounds: tuple[float, float] = (0, 1)
    names: dict[str, int] = {}
    detail: RampBody | str | None = None
    extra_key: bool = Field(default=False, alias="from")


def problems(text):
    with pytest.raises(ConfigError) as caught:
        validated(parse(text, "p"), Protocol)
    assert "document." not in caught.value.text("zh")
    return [problem.text() for problem in caught.value.problems]


def test_a_valid_document_becomes_its_model():
    model = validated(
        parse("{protocol: a, steps: [{ramp: {over: 3 s}}], from: true}", "p"), Protocol
    )
    assert model.steps == [Ramp(ramp=RampBody(over="3 s"))]
    assert model.extra_key is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("steps: []", "p:1:1: 'protocol' is missing"),
        ("protocol: 12", "p:1:11: a text is wanted, not '12': put it in quotes"),
        ("protocol: a\nstep: []", "p:2:1: unknown key 'step'; did you mean 'steps'?"),
        ("protocol: a\nform: true", "p:2:1: unknown key 'form'; did you mean 'from'?"),
        ("protocol: a\nmode: sofd", "p:2:7: 'sofd' is not possible here; did you mean 'soft'?"),
        ("protocol: a\ncolour: gren", "p:2:9: 'gren' is not possible here; did you mean 'green'?"),
        (
            "protocol: a\nobject: {kind: engin}",
            "p:2:16: 'engin' is not possible here; did you mean 'engine'?",
        ),
        ("protocol: a\nobject: {cells: 3}", "p:2:9: 'kind' is missing"),
        ("protocol: a\nobject: {kind: stack, cells: 0}", "p:2:30: 0 must be at least 1"),
        ("protocol: a\nobject: {kind: stack, cells: 501}", "p:2:30: 501 must be at most 500"),
        (
            "protocol: a\nobject: {kind: stack, cels: 3, cells: 4}",
            "p:2:23: unknown key 'cels'; did you mean 'cells'?",
        ),
        (
            "protocol: a\nsteps: [{ramp: {over: 3 s, sped: 1}}]",
            "p:2:28: unknown key 'sped'; did you mean 'speed'?",
        ),
        (
            "protocol: a\nsteps: [{ramp: {over: 3 s}, titel: x}]",
            "p:2:29: unknown key 'titel'; did you mean 'title'?",
        ),
        (
            "protocol: a\nsteps: [{ramp: {over: 3 rmp}}]",
            "p:2:23: unknown unit 'rmp'; did you mean 'rpm'?",
        ),
        ("protocol: a\nsteps: [{ramp: {over: 3 s, speed: -1}}]", "p:2:35: -1 must be above 0"),
        (
            "protocol: a\nsteps:\n- hold: 'a.b >> 1'",
            "p:3:15: a value is missing before '>' at column 6 of 'a.b >> 1'",
        ),
        (
            "protocol: a\nsteps: [{rampp: {over: 3 s}}]",
            "p:2:10: unknown key 'rampp'; did you mean 'ramp'?",
        ),
        ("protocol: a\nsteps: 3", "p:2:8: a list is wanted, not '3'"),
        ("protocol: a\nbounds: [1]", "p:2:9: entry 2 of the list is missing"),
        ("protocol: a\nbounds: [1, 2, 3]", "p:2:9: at most 2 entries are possible, not 3"),
        ("protocol: a\nnames: {b: x}", "p:2:12: a whole number is wanted, not 'x'"),
        (
            "protocol: a\ndetail: {over: 3 s, sped: 2}",
            "p:2:21: unknown key 'sped'; did you mean 'speed'?",
        ),
        ("protocol: a\nfrom: 3.5", "p:2:7: 'true' or 'false' is wanted, not '3.5'"),
        ("just text", "p:1:1: keys with values are wanted ('key: value'), not 'just text'"),
    ],
)
def test_a_problem_of_a_model_has_its_place_and_its_sentence(text, expected):
    assert problems(text) == [expected]


def test_a_value_that_fits_no_member_of_a_union_makes_one_problem():
    assert problems("protocol: a\ndetail: [1]") == [
        (
            "p:2:9: keys with values are wanted ('key: value'), not '[1]';"
            " or a text is wanted, not '[1]': put it in quotes"
        )
    ]


def test_all_problems_are_told_at_once_in_the_order_of_the_file():
    found = problems("mode: x\nnames: 3\nsteps:\n- ramp: {}\n- holt: 3\n")
    assert [text.split(" ")[0] for text in found] == [
        "p:1:1:",
        "p:1:7:",
        "p:2:8:",
        "p:4:9:",
        "p:5:3:",
    ]


def test_the_nearest_word_prefers_the_same_case():
    assert nearest("KPa", ["MPa", "kPa"]) == "kPa"
    assert nearest("RPM", ["rpm", "MPa"]) == "rpm"
    assert nearest("zzz", ["rpm"]) == ""


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1000, 1000)
    | st.text("ab :#-'\"[]{}\n°中", max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)
    ),
    max_leaves=10,
)


def flow(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}": {flow(inner)}' for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(inner) for inner in value) + "]"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    return {None: "null", True: "true", False: "false"}[value] if _is_word(value) else str(value)


def _is_word(value):
    return value is None or isinstance(value, bool)


@given(JSON)
@settings(max_examples=80)
def test_what_is_written_is_what_is_read(value):
    assert parse("top: " + flow(value), "p").data == {"top": value}


@given(JSON.filter(lambda value: value is not None))
@settings(max_examples=60)
def test_any_data_is_either_a_protocol_or_a_list_of_problems(value):
    document = parse("top: " + flow(value), "p")
    with pytest.raises(ConfigError) as caught:
        validated(document, Protocol)
    assert len(caught.value.problems) == 2


SIGNS = "ab:-[]{},'\"|>#%@1~\\\t\r°\x00\ufeff"
PIECES = [*SIGNS, ": ", "- ", "\n", "  ", "&x ", "*x", "!t ", "? ", "---\n", "...", "<<"]
YAML = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


@given(st.one_of(YAML.map(str.encode), st.binary(max_size=60)))
@settings(max_examples=400)
def test_no_bytes_crash_the_reading_of_a_file(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "fuzz.yaml"
    path.write_bytes(content)
    try:
        load(path)
    except ConfigError as error:
        problems = error.problems
    else:
        problems = ()
    assert all(problem.mark.line >= 1 and problem.text("zh") for problem in problems)
