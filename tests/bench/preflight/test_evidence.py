"""Evidence counts while it is fresh, and only for the check it was given for."""

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.checklist import Attested, Check
from bench.clock import SECOND
from bench.errors import RunFileError
from bench.messages import Message
from bench.preflight.evidence import Evidence, newest, standing_of
from bench.preflight.store import KEPT, Store, file_of, read, text_of

DAY = 86400.0
CHECK = Check("walk", Attested(), DAY, definition="d1")
AT = 1_790_000_000 * SECOND


def evidence(**changes):
    given = {
        "check": "walk",
        "utc_ns": AT,
        "is_passed": True,
        "said": Message("preflight.attested", {"text": "quiet", "who": "mk"}),
        "who": "mk",
        "is_attested": True,
        "definition": "d1",
    }
    return Evidence(**(given | changes))


def after(seconds):
    return AT + round(seconds * SECOND)


@given(st.floats(-2 * DAY, 3 * DAY))
def test_evidence_counts_from_when_it_was_given_until_it_is_too_old(seconds):
    utc_ns = after(seconds)
    standing = standing_of(CHECK, evidence(), utc_ns)
    assert standing.is_passed is (0 <= (utc_ns - AT) / SECOND <= DAY)
    assert standing.age == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize(
    ("found", "seconds", "said"),
    [
        (None, 0, "preflight.nothing"),
        (evidence(is_passed=False), 60, "preflight.failed"),
        (evidence(definition="d2"), 60, "preflight.other-check"),
        (evidence(), -60, "preflight.from-the-future"),
        (evidence(), 2 * DAY, "preflight.too-old"),
    ],
)
def test_what_does_not_count_says_why(found, seconds, said):
    standing = standing_of(CHECK, found, after(seconds))
    assert (standing.is_passed, standing.said.id) == (False, said)
    assert math.isnan(standing.age) is (found is None)


def test_a_later_failure_takes_the_place_of_an_earlier_pass():
    both = [evidence(), evidence(utc_ns=after(60), is_passed=False)]
    assert not standing_of(CHECK, newest(both)["walk"], after(120)).is_passed


SAID = st.builds(
    Message,
    st.just("preflight.holds"),
    st.fixed_dictionaries({"condition": st.text(max_size=8), "values": st.floats()}).filter(
        lambda told: told["values"] == told["values"]
    ),
)
ANY = st.builds(
    Evidence,
    check=st.text(min_size=1, max_size=8),
    utc_ns=st.integers(0, 2**62),
    is_passed=st.booleans(),
    said=SAID,
    who=st.text(max_size=8),
    is_attested=st.booleans(),
    values=st.dictionaries(st.text(max_size=8), st.floats(allow_nan=False, allow_infinity=False)),
    definition=st.text(max_size=8),
    rig=st.text(max_size=8),
)


@settings(max_examples=60)
@given(st.lists(ANY, max_size=4))
def test_a_file_gives_back_what_was_put_into_it(tmp_path_factory, found):
    path = tmp_path_factory.mktemp("evidence") / "rig.preflight.json"
    path.write_text(text_of("rig", tuple(found)), encoding="utf-8")
    assert read(path) == tuple(found)


def test_evidence_is_added_one_line_each_and_older_ones_stay(tmp_path):
    path = file_of(tmp_path / "runs", "cell")
    store = Store(path, "cell")
    store.add(evidence())
    before = path.read_text(encoding="utf-8").splitlines()
    store.add(evidence(utc_ns=after(60), said=Message("preflight.clock")))
    now = path.read_text(encoding="utf-8").splitlines()
    assert (len(before), len(now)) == (3, 4)
    assert now[1].rstrip(",") == before[1]
    assert [each.utc_ns for each in read(path)] == [AT, after(60)]
    assert [each.name for each in path.parent.iterdir()] == ["cell.preflight.json"]


def test_of_each_check_only_the_newest_are_kept(tmp_path):
    path = tmp_path / "cell.preflight.json"
    many = tuple(evidence(utc_ns=after(n)) for n in range(KEPT + 5))
    path.write_text(text_of("cell", (evidence(check="other"), *many)), encoding="utf-8")
    Store(path, "cell").add(evidence(utc_ns=after(10_000)))
    kept = read(path)
    assert [each.check for each in kept].count("walk") == KEPT
    assert kept[0].check == "other"
    assert kept[-1].utc_ns == after(10_000)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"evidence": 3}', '{"evidence": [{}]}', '{"evidence": ["x"]}']
)
def test_a_file_that_is_not_ours_is_told_and_never_overwritten(tmp_path, text):
    path = tmp_path / "cell.preflight.json"
    path.write_text(text, encoding="utf-8")
    for act in (read, lambda _: Store(path, "cell").add(evidence())):
        with pytest.raises(RunFileError) as caught:
            act(path)
        assert caught.value.message.id == "preflight.damaged"
    assert path.read_text(encoding="utf-8") == text


def test_where_nothing_was_written_there_is_no_evidence(tmp_path):
    assert read(tmp_path / "none.json") == ()


def test_a_rig_of_any_name_has_a_file_of_its_own():
    assert file_of(Path("runs"), "a/b").parent == Path("runs")
    assert file_of(Path("runs"), "a/b") != file_of(Path("runs"), "a_b")
