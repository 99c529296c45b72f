"""Reports of campaigns: every field there can be, and the numbers of `campaign analyze`."""

import dataclasses
import json
import math
import re

import pytest

from bench.errors import ConfigError
from bench.runs import open_run
from protocols.campaign.analysing import results_of
from protocols.campaign.executor import Where
from protocols.campaign.screen import as_json
from protocols.reports.blocks import Figure, Heading, Items, Table, VerdictBox
from protocols.reports.campaign_report import campaign_report
from protocols.reports.drawing import Drawing
from protocols.reports.speech import Speech, kilometres, rounded, with_uncertainty
from protocols.reports.typeset import pdf_of
from protocols.reports.writing import Wanted, report_campaign
from tests.protocols.campaign.engine_runs import EngineRun, life
from tests.protocols.reports.conftest import MADE, missing_in, squeezed, text_of
from tests.protocols.reports.made_campaign import empty, full

LANGUAGES = ("en", "zh")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A short life of an engine, what it shows, and its report in both languages."""
    folder = tmp_path_factory.mktemp("life")
    life(folder, runs=4, hours=1.0, drift=2e-4, scatter=1e-5)
    results = results_of(folder, opener=Where(1).open)
    wanted = Wanted(languages=LANGUAGES, formats=("html", "pdf"), folder=folder, seconds=0)
    return results, report_campaign(results, wanted)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    paths = [
        EngineRun(hours=0.4, start=float(number), simulated=True).write(folder / f"{number}.h5")
        for number in range(2)
    ]
    opened = [open_run(path) for path in paths]
    yield folder, opened
    for run in opened:
        run.close()


def made_report(runs, made, fonts, language="en"):
    folder, opened = runs
    results = made(folder, [run.path.name for run in opened])
    return results, campaign_report(
        results, opened, Speech(language), Drawing(fonts), made=MADE
    )  # fmt: skip


def told(report):
    return squeezed("".join(report.texts()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_is_that_of_campaign_analyze(written, language):
    results, paths = written
    pdf = text_of(next(path for path in paths if path.name.endswith(f"{language}.pdf")))
    html = squeezed(
        next(path for path in paths if path.name.endswith(f"{language}.html")).read_text("utf-8")
    )
    shown = json.loads(as_json(results))
    numbers = [kilometres(shown["kilometres"]), kilometres(shown["target"])]
    for row in shown["equivalences"]:
        numbers += [kilometres(row["kilometres"]), rounded(row["kilometres_per_hour"], 3)]
    for row in shown["results"]:
        if row["value"] is not None:
            u = row["standard_uncertainty"]
            numbers.append(with_uncertainty(row["value"], math.nan if u is None else u))
    assert len(numbers) > 20
    for number in numbers:
        assert squeezed(number) in pdf, number
        assert squeezed(number) in html, number
    assert squeezed(Speech(language).verdict(results.verdict)) in pdf


def test_every_drift_is_that_of_campaign_analyze_but_for_its_last_digit(written, runs, fonts):
    results, _ = written
    report = campaign_report(results, runs[1], Speech("en"), Drawing(fonts), made=MADE)
    drifts = json.loads(as_json(results))["drifts"]
    table = next(
        block for block in report.blocks if isinstance(block, Table) and len(block.columns) == 9
    )
    compared = 0
    for row, shown in zip(table.rows, drifts, strict=True):
        cells = [re.findall(r"-?[\d,]+(?:\.\d+)?(?:e-?\d+)?", cell.text) for cell in row[2:]]
        values = [
            (shown["first"],), (shown["slope"], shown["slope_uncertainty"]), (shown["at_target"],),
            (shown["lower"], shown["upper"]), (shown["systematic"],), (shown["df_additive"],),
            (shown["df_multiplicative"],),
        ]  # fmt: skip
        for found, wanted in zip(cells, values, strict=True):
            known = [value for value in wanted if value is not None]
            assert len(found) == len(known)
            for text, value in zip(found, known, strict=True):
                assert float(text.replace(",", "")) == pytest.approx(value, abs=last_digit(text))
                compared += 1
    assert compared > 30


def last_digit(text):
    """Half of the last digit that a number shows."""
    mantissa, _, exponent = text.partition("e")
    return 0.501 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("made", [full, empty])
def test_whatever_the_results_are_they_are_set_with_every_text(
    runs, made, fonts, language, tmp_path
):
    _, report = made_report(runs, made, fonts, language)
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf_of(report, fonts, seconds=0))
    assert missing_in(text_of(path), report) == []
    assert "nan" not in re.findall(r"[a-z]+", " ".join(report.texts()))


def test_the_first_blocks_are_verdict_claim_rule_and_what_is_missing(runs, fonts):
    results, report = made_report(runs, full, fonts)
    box, rule, heading, missing = report.blocks[:4]
    assert isinstance(box, VerdictBox)
    assert box.word == "FAIL"
    assert box.sentences[0].text.startswith("173,457 km claimed of 200,000 km")
    assert "prediction bound" in rule.text
    assert heading.text == "Missing for the verdict"
    assert missing.texts == tuple(text.text() for text in results.missing)


def test_what_does_not_count_is_a_deviation_with_its_reason(runs, fonts):
    _, report = made_report(runs, full, fonts)
    place = next(
        place
        for place, block in enumerate(report.blocks)
        if isinstance(block, Heading) and block.text == "Deviations and events"
    )
    listed = report.blocks[place + 1]
    assert isinstance(listed, Items)
    assert "58 runs do not count" in listed.texts[0]
    assert "chunk7isdamaged" in told(report)
    assert any("Reference test 2" in text and "70 °C" in text for text in listed.texts)


def test_alarms_and_forced_values_of_all_runs_are_told_once_with_their_number(tmp_path, fonts):
    path = EngineRun(
        hours=0.4, incidents=[(0.2, "coolant-hot", "soft-stop")], ending="limit"
    ).write(tmp_path / "a.h5")
    with open_run(path) as run:
        report = campaign_report(
            full(tmp_path, ["a.h5"], files=1), [run], Speech("en"), Drawing(fonts), made=MADE
        )
    assert "Incident:coolanthot;reactionsoftstop" in told(report)
    assert "stoppedbyalimit" in told(report)


def test_infinite_and_unknown_numbers_are_signs(runs, fonts):
    _, report = made_report(runs, full, fonts)
    mechanisms = next(
        block for block in report.blocks if isinstance(block, Table) and len(block.columns) == 7
        and block.columns[0].title == "Mechanism"
    )  # fmt: skip
    cells = [cell.text for cell in mechanisms.rows[1]]
    assert cells[1:3] == ["∞", "0 … ∞"]
    assert cells[5] == "∞"


def test_captures_are_listed_and_without_traces_not_drawn(runs, fonts):
    _, report = made_report(runs, full, fonts)
    assert "198/200" in told(report)
    assert not any("ylinder pressure" in b.caption for b in report.blocks if isinstance(b, Figure))


def test_a_text_that_changed_between_runs_has_two_checksums(tmp_path, fonts):
    asked = "  kilometres: {at: campaign, at_least: $kilometres}\n"
    paths = [
        EngineRun(hours=0.4, start=start, verdict=verdict).write(tmp_path / name)
        for start, verdict, name in ((0.0, "", "a.h5"), (1.0, asked, "b.h5"))
    ]
    opened = [open_run(path) for path in paths]
    report = campaign_report(
        full(tmp_path, ["a.h5", "b.h5"], files=2), opened, Speech("en"), Drawing(fonts), made=MADE
    )
    for run in opened:
        run.close()
    assert squeezed("A text with several checksums was changed") in told(report)


def test_a_campaign_of_which_no_run_counts_is_refused_in_one_sentence(tmp_path):
    results = full(tmp_path, ["a.h5"])
    none = dataclasses.replace(
        results, files=tuple(dataclasses.replace(each, counted=False) for each in results.files)
    )
    wanted = Wanted(languages=["en"], formats=["html"], folder=tmp_path, seconds=0)
    with pytest.raises(ConfigError, match="holds no run that counts"):
        report_campaign(none, wanted)
    assert list(tmp_path.iterdir()) == []


def test_a_serial_number_may_hold_what_no_file_name_can(runs, tmp_path, fonts):
    folder, opened = runs
    results = full(folder, [run.path.name for run in opened])
    wanted = Wanted(languages=["en"], formats=["html"], folder=tmp_path, seconds=0)
    (path,) = report_campaign(results, wanted)
    assert path.name == "campaign_E-7---氢_report_en.html"
