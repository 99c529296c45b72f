"""Files that are none: told with place and reason, quickly, for rigs and protocols alike."""

import pytest

from bench.config import load_protocol, load_rig
from bench.errors import ConfigError

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join(['*' + old] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.fixture(params=["rig", "protocol"])
def loading(request, lab):
    """Load a file of these bytes as rig and as protocol."""
    loads = {"rig": load_rig, "protocol": load_protocol}

    def action(content):
        path = lab.write("x.yaml", content)
        return loads[request.param](str(path), lab.catalogue)

    return action


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "1:1 document.empty"),
        ("# nothing\n", "1:1 document.empty"),
        (b"a: \xff\n", "1:4 document.not-utf-8"),
        ("rig: a\n\tb: c\n".encode("utf-16"), "1:1 document.not-utf-8"),
        ("rig: a\n\tb: c\n", "2:1 document.tab"),
        ("rig: [a, b\nprotocol: c\n", "2:9 document.bracket"),
        ("rig: 'a\nprotocol: c\n", "1:6 document.quote"),
        ("rig: a: b\n", "1:7 document.colon"),
        ("rig: a\nrig: b\n", "2:1 document.duplicate-key"),
        ("rig: !!python/object:os.system a\n", "1:6 document.tag"),
        ("rig: *a\n", "1:6 document.anchor"),
        ("rig: &a [*a]\n", "1:10 document.recursive"),
        ("rig: a\n---\nrig: b\n", "2:1 document.several"),
        ("rig: \x07\n", "1:6 document.control"),
        ("rig: " + "[" * 60 + "]" * 60, "1:56 document.too-deep"),
        ("- a\n", "1:1 document.mapping"),
        ("just a text", "1:1 document.mapping"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_where_and_why(lab, loading, content, expected):
    assert lab.problems(loading, content) == [f"x.yaml:{expected}"]


def test_anchors_that_explode_are_refused_before_they_do(lab, loading):
    (problem,) = lab.problems(loading, BOMB)
    assert problem.endswith("document.too-many")


def test_a_hundred_megabytes_are_not_read(lab, loading):
    path = lab.write("large.yaml", "rig: a\n")
    with path.open("r+b") as stream:
        stream.truncate(100_000_000)
    with pytest.raises(ConfigError) as caught:
        load_rig(str(path), lab.catalogue)
    assert [problem.message.id for problem in caught.value.problems] == ["document.too-big"]


def test_a_file_cut_short_is_refused(lab):
    whole = lab.folder.joinpath("rigs/tiny.yaml").read_text(encoding="utf-8")
    for end in range(0, len(whole) - 200, 53):
        path = lab.write("cut.yaml", whole[:end])
        with pytest.raises(ConfigError) as caught:
            load_rig(str(path), lab.catalogue)
        assert caught.value.problems
        assert all(problem.mark.line >= 1 for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tyni", "there is no rig 'tyni'; did you mean 'tiny'?"),
        ("none.yaml", "there is no such file"),
    ],
)
def test_a_rig_that_is_not_there_is_told(lab, name, expected):
    with pytest.raises(ConfigError) as caught:
        load_rig(name, lab.catalogue)
    assert expected in caught.value.text()
