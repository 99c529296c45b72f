import csv
import io
import math
from pathlib import Path

import pytest

from analysis.verdict import Verdict
from bench.messages import Bilingual, Message
from gui.state.findings.budget import budgets_of
from gui.state.findings.cycles import cycle_lines, regression_table, work_table
from gui.state.findings.judged import Judged, View, place_of, views_of
from gui.state.findings.points import channels_table, points_table
from gui.state.findings.table import (
    Cell,
    Column,
    Place,
    Row,
    Table,
    Tone,
    as_csv,
    digits,
    heading,
    numeric,
    unit_label,
)
from gui.state.findings.verdict import judged_text, verdict_state
from tests.gui.state.findings import results_made as made


def english(text):
    return text if isinstance(text, str) else text.text("en")


def chinese(text):
    return text if isinstance(text, str) else text.text("zh")


def test_a_number_shows_two_digits_of_its_uncertainty():
    assert numeric(43.84466, 0.11).text == "43.84"
    assert numeric(1234.5, 25.0).text == "1234"
    assert numeric(math.nan, 0.1).text == "–"
    assert digits(0.012345, 3).text == "0.0123"
    assert digits(12345.6, 3).text == "12346"


@pytest.mark.parametrize(
    ("written", "shown"),
    [("N*m", "N·m"), ("mohm*cm^2/kh", "mΩ·cm²/kh"), ("degC", "°C"), ("1", ""), ("percent", "%")],
)
def test_units_are_shown_as_people_write_them(written, shown):
    assert unit_label(written) == shown


def test_a_csv_holds_all_digits_and_headings_in_the_language():
    columns = (Column(Bilingual("Speed", "转速"), "N*m"), Column("Remark", is_number=False))
    rows = (
        Row((Cell("1.2", 1.23456789), Cell('a "b", c'))),
        Row((Cell("–"), Cell(Message("findings.yes")))),
    )
    table = Table("x", columns, rows)
    read = list(csv.reader(io.StringIO(as_csv(table, english))))
    assert read == [["Speed, N·m", "Remark"], ["1.23456789", 'a "b", c'], ["", "yes"]]
    assert as_csv(table, chinese).startswith('"转速, N·m",Remark\n')
    assert heading(columns[0], chinese) == "转速, N·m"


def test_a_failed_verdict_stands_out_and_a_passed_one_has_no_colour():
    for verdict, tone in (
        (Verdict.PASS, Tone.STRONG), (Verdict.FAIL, Tone.FAULT), (Verdict.NOT_SHOWN, Tone.WARNING)
    ):  # fmt: skip
        state = verdict_state(made.results(verdict=verdict, results=(made.judged_result(verdict),)))
        assert state.headline.tone is tone
        assert state.headline.shape
        assert state.results.rows[0].cells[5].tone is tone


def test_the_verdict_tells_what_was_asked_why_and_what_weakens_it():
    found = made.results(
        verdict=Verdict.PASS, results=(made.judged_result(),), closures=(made.closure(),),
        warnings=("it drifts",), remarks=("it is warm",), simulated=True,
    )  # fmt: skip
    told = [english(line.text) for line in verdict_state(found).lines]
    assert "SIMULATED instruments" in told
    assert "brake_thermal_efficiency ≥ 43 %, with 95 % confidence" in told
    assert any("+1.50 %" in line and "allowed 1 %" in line for line in told)
    assert told[-4:] == ["What weakens the results", "it drifts", "Remarks", "it is warm"]
    at_most = made.result("x", 1.0, verdict=Verdict.FAIL, limit=2.0, sense="at_most")
    assert "≤" in english(judged_text(at_most))


def test_results_keep_their_numbers():
    row = verdict_state(made.results(results=(made.judged_result(),))).results.rows[0]
    assert [cell.text for cell in row.cells[2:5]] == ["43.84", "%", "≥ 43"]
    assert [cell.text for cell in row.cells[6:]] == ["0.11", "43.60", "44.10", "3"]
    assert row.cells[2].value == 43.845


def test_a_budget_is_ordered_by_share_and_ends_with_the_whole():
    (budget,) = budgets_of(made.results(results=(made.judged_result(), made.result("x", 1.0))))
    names = [english(row.cells[0].text) for row in budget.table.rows]
    assert names == ["fuel", "torque", "scatter", "Combined"]
    assert [row.cells[2].share for row in budget.table.rows[:2]] == [0.8, 0.2]
    assert math.isnan(budget.table.rows[2].cells[2].share)  # contained in the scatter already
    assert "agrees" in english(budget.check)


def test_points_know_in_which_run_of_a_series_they_lie():
    windows = (made.window(1, start=100.0), made.window(2, start=2 * 3600.0 + 50.0))
    files = (made.file_row("a.h5", 0.0, 1.5), made.file_row("b.h5", 2.0, 4.0))
    judged = Judged((Path("/x/b.h5"), Path("/x/a.h5")), made.results(windows=windows, files=files))
    places = [row.place for row in points_table(judged).rows]
    assert places == [Place(1, 100.0, 130.0), Place(0, 50.0, 80.0)]


def test_points_of_a_single_run_lie_in_it():
    judged = Judged((Path("a.h5"),), made.results(windows=(made.window(1, start=100.0),)))
    assert place_of(judged, 100.0, 130.0) == Place(0, 100.0, 130.0)


def test_points_show_what_follows_from_them_and_whether_they_count():
    windows = (*made.map_windows(), made.window(20, name="zero", valid=False))
    table = points_table(Judged((Path("a.h5"),), made.results(windows=windows)))
    titles = [english(column.title) for column in table.columns]
    assert titles[5:9] == ["engine_speed", "torque", "brake_power", "brake_thermal_efficiency"]
    assert {len(row.cells) for row in table.rows} == {len(table.columns)}
    assert table.rows[0].cells[8].value == 37.0
    assert table.rows[-1].cells[4].tone is Tone.WARNING


def test_the_channels_of_a_window_are_shown_with_their_statistics():
    table = channels_table(made.map_windows()[0])
    assert table.rows[0].cells[0].text == "engine.speed"
    assert table.rows[0].cells[3].value == pytest.approx(1000.1)
    assert {len(row.cells) for row in table.rows} == {len(table.columns)}


def test_a_missed_limit_of_a_cycle_is_marked_where_it_stands():
    table = regression_table(made.cycle())
    assert table.rows[0].cells[1].text == "✗ 0.9000"
    assert table.rows[0].cells[1].tone is Tone.WARNING
    assert table.rows[0].cells[2].tone is Tone.PLAIN
    assert work_table(made.cycle()).rows[0].cells[2].value == pytest.approx(95.0)
    assert cycle_lines(made.cycle())[0].tone is Tone.FAULT
    assert cycle_lines(made.cycle(failed=()))[0].shape == "✓"


def test_views_follow_from_what_the_results_hold():
    def seen(**more):
        return set(views_of(Judged((Path("a.h5"),), made.results(**more))))

    always = {View.VERDICT, View.PAIRS}
    assert seen() == always
    assert seen(windows=made.map_windows()) == always | {View.POINTS, View.MAP}
    assert seen(windows=made.map_windows()[:3]) == always | {View.POINTS}
    assert seen(curves=(made.curve(),)) == always | {View.CURVES}
    assert seen(spectra=(made.spectrum_result(),)) == always | {View.SPECTRA}
    assert seen(life=made.life()) == always | {View.LIFE}
    assert seen(cycles=(made.cycle(),)) == always | {View.CYCLES}
    assert seen(results=(made.judged_result(),)) == always | {View.BUDGET}
    assert views_of(Judged((Path("a.h5"),), None)) == (View.PAIRS,)
