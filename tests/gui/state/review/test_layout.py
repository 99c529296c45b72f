"""Layouts: what was written is read again, and every other file is one sentence."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gui.state.review.alignment import Alignment, By
from gui.state.review.formula import Formula
from gui.state.review.layout import LayoutRefused, View, named, numbered, read_layout, write_layout
from gui.state.review.plot_plan import PlotPlan, StripPlan


def test_what_was_written_is_read_again(tmp_path):
    view = View(
        runs=(tmp_path / "a.h5", tmp_path.parent / "b.h5"),
        plan=PlotPlan((StripPlan(("0\nengine.torque", "1\n=eta")), StripPlan(("0\nx.y",), False))),  # noqa: FBT003 - as stored
        formulas=(Formula("eta", "engine.torque * 2", "N*m"),),
        alignment=Alignment(By.STEP, "warm-up"),
        window=(1.5, 20.0),
    )
    write_layout(tmp_path / "view.h2layout", view)
    assert read_layout(tmp_path / "view.h2layout") == view
    assert not list(tmp_path.glob("*.part"))


def test_runs_stand_as_seen_from_the_layout(tmp_path):
    write_layout(tmp_path / "a.h2layout", View(runs=(tmp_path / "runs" / "a.h5",)))
    assert json.loads((tmp_path / "a.h2layout").read_text())["runs"] == ["runs/a.h5"]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=80) | st.recursive(
    st.none() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(("runs", "strips", "curves", "window", "alignment", "formulas")), inner
    ), max_leaves=8,
))  # fmt: skip
def test_no_file_breaks_the_reader(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("layout") / "any.h2layout"
    if isinstance(content, dict):
        content = {"kind": "h2bench-layout", "version": 1} | content
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    with contextlib.suppress(LayoutRefused):
        assert isinstance(read_layout(path), View)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "review.layout-none"),
        ("[1]", "review.layout-none"),
        ('{"kind": "h2bench-layout", "version": 2}', "review.layout-newer"),
        ('{"kind": "h2bench-layout", "version": 1, "strips": 3}', "review.layout-broken"),
        ("[" * 100_000, "review.layout-none"),
    ],
)
def test_what_is_no_layout_says_why(tmp_path, content, said):
    path = tmp_path / "a.h2layout"
    path.write_text(content)
    with pytest.raises(LayoutRefused) as refused:
        read_layout(path)
    assert refused.value.message.id == said


def test_a_layout_that_is_not_there_says_so(tmp_path):
    with pytest.raises(LayoutRefused, match=r"nothing\.h2layout"):
        read_layout(tmp_path / "nothing.h2layout")
    with pytest.raises(LayoutRefused, match="no-folder"):
        write_layout(tmp_path / "no-folder" / "a.h2layout", View())


def test_a_view_is_laid_over_other_runs():
    plan = PlotPlan((StripPlan(("first\na.b", "second\na.b")), StripPlan(("second\nc.d",))))
    kept = numbered(plan, ["first", "second"])
    assert named(kept, ["other"]) == PlotPlan((StripPlan(("other\na.b",)),))
