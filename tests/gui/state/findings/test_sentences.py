"""Sentences whose ids are put together stand in both catalogues too."""

from pathlib import Path

import pytest

from bench.messages import catalogue
from gui.state.findings.budget import budgets_of
from gui.state.findings.curves import Ordinate, curves_chart, curves_table
from gui.state.findings.cycles import regression_table, work_table
from gui.state.findings.judged import Judged, View
from gui.state.findings.life import rates_table
from gui.state.findings.points import channels_table, points_table
from gui.state.findings.spectra import Diagram, circuit_table, spectra_chart, spectra_table
from gui.state.findings.table import heading
from gui.state.findings.verdict import results_table
from tests.gui.state.findings import results_made as made


def tables():
    found = made.results(windows=made.map_windows(), results=(made.judged_result(),))
    yield points_table(Judged((Path("a.h5"),), found))
    yield channels_table(made.map_windows()[0])
    yield results_table(found)
    yield budgets_of(found)[0].table
    yield curves_table([made.curve()])
    yield spectra_table([made.spectrum_result()])
    yield circuit_table(made.spectrum_result())
    yield rates_table(made.life())
    yield regression_table(made.cycle())
    yield work_table(made.cycle())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_text_of_a_table_or_chart_is_a_sentence(language):
    def say(text):
        return text if isinstance(text, str) else text.text(language)

    told = [heading(column, say) for table in tables() for column in table.columns]
    told += [say(cell.text) for table in tables() for row in table.rows for cell in row.cells]
    charts = [spectra_chart([made.spectrum_result()], [0], each, say) for each in Diagram]
    charts += [curves_chart([made.curve()], each, say) for each in Ordinate]
    told += [text for each in charts for text in (each.x_label, each.y_label)]
    told += [series.name for each in charts for series in each.series]
    assert not [text for text in told if text.startswith(("findings.", "cell."))]
    known = catalogue(language, "findings")
    wanted = [each.value for each in (*View, *Diagram)]
    wanted += [f"findings.axis-{axis}" for axis in "xyz"]
    wanted += [f"findings.{name}" for name in ("resistance", "time-constant", "exponent",
        "inductance", "speed", "torque", "power", "up", "down")]  # fmt: skip
    assert not [each for each in wanted if each not in known]
