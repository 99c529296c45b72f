"""The run list: facets, search, days, and a reason for every file that cannot be read."""

import pytest

from bench.runs.catalogue.database import list_files
from gui.state.review.run_list import Asked, found_in, run_list
from tests.gui.run_files import closed_run


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    for name in ("first", "second"):
        closed_run(folder / f"{name}.h5", rows=200)
    (folder / "broken.h5").write_text("nothing")
    return found_in(list_files(folder, tmp_path_factory.mktemp("cache")))


def names(state):
    return sorted(row.path.stem for row in state.rows)


def test_all_runs_are_shown_and_damaged_files_say_why(found):
    state = run_list(found, Asked())
    assert (names(state), state.total) == (["first", "second"], 2)
    assert "broken.h5" in state.problems[0].text("en")
    assert state.problems[0].text("zh") != state.problems[0].text("en")
    assert state.facets.objects == {"k": 2, "s": 2}
    assert state.facets.protocols == {"p": 2}
    assert state.facets.verdicts == {"none": 2}


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        (Asked(text="FIRST"), ["first"]),
        (Asked(text="first second"), []),
        (Asked(object="k"), ["first", "second"]),
        (Asked(object="other"), []),
        (Asked(verdict="pass"), []),
        (Asked(since="2026-01-01", until="2026-01-01"), ["first", "second"]),
        (Asked(since="2026-01-02"), []),
    ],
)
def test_what_is_asked_for_is_shown(found, asked, shown):
    assert names(run_list(found, asked)) == shown


def test_a_day_that_is_none_is_told_and_asks_for_nothing(found):
    state = run_list(found, Asked(since="yesterday"))
    assert names(state) == ["first", "second"]
    assert "yesterday" in state.problems[0].text("en")


def test_a_run_that_completed_is_not_marked(found):
    assert not any(row.is_abnormal for row in run_list(found, Asked()).rows)
