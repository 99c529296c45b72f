"""The desk: runs side by side, laid upon one another, exported; all of it by numbers."""

import math
from pathlib import Path

import pytest

from bench.clock import SECOND
from bench.errors import BenchError
from bench.messages import Bilingual, Message
from bench.record.port import StepRecord
from gui.state.plots.open_run import ChannelEntry, Happening, OpenRun
from gui.state.plots.picture import MarkKind
from gui.state.review.alignment import Alignment, By, event_key, events_to_choose, placed, window_of
from gui.state.review.channel_tree import channel_tree
from gui.state.review.desk import Desk
from gui.state.review.export_plan import ExportChoice, Stretch, export_plans
from gui.state.review.formula import Formula
from gui.state.review.plot_plan import PlotPlan, StripPlan

NAMES = ("engine.torque", "engine.speed", "oil.temperature", "oil.pressure", "fuel.flow")


def run_of(key, *, begins=0, step=3, names=NAMES):
    alarm = Message("alarm.came", {"limit": "hood", "priority": 1})
    return OpenRun(
        key=key, path=Path(f"/runs/{key}.h5"), title=key, object="engine", serial="E-1",
        protocol="p", state="closed", start_utc_ns=begins * SECOND, start_ns=100 * SECOND,
        end_ns=110 * SECOND, channels=tuple(
            ChannelEntry(name, Bilingual(name.title(), "扭矩"), "N·m", "scan") for name in names
        ),
        steps=(StepRecord("warm", "ramp", "p/warm", (100 + step) * SECOND, 105 * SECOND, "done"),),
        happened=(Happening(MarkKind.ALARM, 104 * SECOND, 104 * SECOND, alarm, 1),),
        is_growing=False, findings=(),
    )  # fmt: skip


TWO = Desk().with_run(run_of("a")).with_run(run_of("b", begins=60, step=5))


def test_the_first_run_shows_its_favourites_strip_by_strip():
    wanted = [("engine.speed", "no.such"), ("oil.pressure", "engine.speed")]
    desk = Desk().with_run(run_of("a"), wanted)
    strips = (StripPlan(("a\nengine.speed",)), StripPlan(("a\noil.pressure",)))
    assert desk.plan == PlotPlan(strips)


def test_a_further_run_joins_the_strips():
    assert [len(strip.keys) for strip in TWO.plan.strips] == [2, 2, 2, 2]
    assert TWO.curve("b\nengine.torque", "en").title == "Engine.Torque [2]"


def test_a_run_that_grew_is_renewed_where_it_lies():
    assert TWO.with_run(run_of("a", step=9)).runs[0].steps[0].start_ns == 109 * SECOND


def test_what_is_dropped_and_is_no_channel_changes_nothing():
    assert TWO.with_curve("a\nno.such") is TWO
    assert TWO.with_curve("elsewhere\nengine.torque") is TWO


@pytest.mark.parametrize(
    ("alignment", "offsets"),
    [
        (Alignment(), {"a": 0, "b": 0}),
        (Alignment(By.CLOCK), {"a": 0, "b": 60}),
        (Alignment(By.STEP, "warm"), {"a": -3, "b": -5}),
        (Alignment(By.EVENT, "alarm.came hood"), {"a": -4, "b": -4}),
    ],
)
def test_runs_are_aligned(alignment, offsets):
    assert placed(TWO.runs, alignment).offsets == offsets


def test_a_run_without_the_step_is_told():
    assert placed(TWO.runs, Alignment(By.STEP, "cold")).lacking == ("a", "b")


def test_by_clock_the_axis_reaches_over_both_with_the_gap_between():
    offsets = placed(TWO.runs, Alignment(By.CLOCK)).offsets
    assert window_of(TWO.runs, offsets) == (0, 70)


def test_events_of_one_sort_are_offered_once():
    (said,) = events_to_choose(TWO.runs)
    assert said == event_key(TWO.runs[0].happened[0]) == "alarm.came hood"


def test_the_clock_is_known_of_one_run_or_by_clock():
    assert TWO.zero_utc_ns is None
    assert TWO.without_run("a").zero_utc_ns == 60 * SECOND


def test_a_formula_stands_in_the_strip_of_its_kind_for_every_run():
    desk = TWO.with_formula(Formula("p", "engine.torque * 2", "N*m")).formula_shown("p")
    assert desk.plan.strips[-1].keys == ("a\n=p", "b\n=p")
    assert desk.without_formula("p") == TWO


def test_a_view_is_laid_without_what_the_runs_lack():
    view = TWO.view((1.0, 2.0))
    other = Desk().with_run(run_of("c", names=NAMES[:2])).laid(view)
    assert other.plan.keys == ("c\nengine.torque", "c\nengine.speed")


def test_channels_are_found_by_name_title_and_unit():
    state = channel_tree(TWO.runs, (), "oil n·m", "en")
    assert (state.found, state.total, state.is_searched) == (4, 10, True)
    assert [group.name for group in state.runs[0].groups] == ["oil"]
    assert channel_tree(TWO.runs, (), "扭矩", "zh").found == 10


def test_a_million_channels_are_not_all_shown():
    names = tuple(f"cell.v{number}" for number in range(5000))
    state = channel_tree([run_of("a", names=names)], most=100)
    assert (state.found, state.hidden) == (5000, 4900)
    assert len(state.runs[0].groups[0].channels) == 100


def test_what_is_seen_of_two_runs_becomes_two_files(tmp_path):
    desk = Desk(TWO.runs, TWO.plan, (), Alignment(By.CLOCK))
    choice = ExportChoice(tmp_path / "out.csv", every=" 1 s ")
    plans = export_plans(desk, choice, (61.0, 65.0), (math.nan, math.nan))
    assert [plan.wish.output.name for plan in plans] == ["out-1.csv", "out-2.csv"]
    assert (plans[1].wish.start, plans[1].wish.end) == ("1.000000000 s", "5.000000000 s")
    assert plans[1].wish.patterns == NAMES[:4]
    assert plans[1].wish.every == "1 s"


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (ExportChoice(Path("out.xls")), "review.export-suffix"),
        (ExportChoice(Path("out.csv"), Stretch.BAND), "review.export-no-band"),
    ],
)
def test_what_cannot_be_exported_says_why(choice, said):
    with pytest.raises(BenchError) as refused:
        export_plans(TWO, choice, (0.0, 1.0), (math.nan, math.nan))
    assert refused.value.message.id == said


def test_without_channels_there_is_nothing_to_export():
    with pytest.raises(BenchError, match="channel"):
        export_plans(Desk(TWO.runs), ExportChoice(Path("a.csv")), (0.0, 1.0), (0.0, 1.0))
