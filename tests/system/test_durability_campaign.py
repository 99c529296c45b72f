"""A short life of an engine from the command line to the report: nothing lost, nothing twice."""

import html
import itertools
import json
import math
import re
import shutil
from pathlib import Path

import h5py
import pytest

from bench.exits import Exit
from bench.messages import LANGUAGES
from bench.runs import open_run
from protocols.campaign.analysing import results_of
from protocols.campaign.executor import Where
from protocols.campaign.reading import read_part
from protocols.combustion_numbers import KINDS
from tests.system.durability_chain import h2bench, run_campaign

STATES = ["planned-stop", "limit", "planned-stop", None, "completed"]
SERVICES = ["oil-change", "oil-top-up", "plugs-new", "borescope"]
OTHER = "H2E-0002"
ASKED = {"efficiency_at_end", "power_at_end", "blow_by_at_end"}
"""What may be shown or not by so few kilometres; the rest is certain."""
BURNED = {"imep_variation", "imep_lowest", *(f"{kind}_share" for kind in KINDS)}
"""What has to hold at every reference test, however few kilometres there are."""


@pytest.fixture(scope="module", autouse=True)
def _read_once():
    """A part that was read before is not read again: what it gives depends on its bytes alone."""
    known = {}

    def read_once(job):
        state = Path(job.file).stat()
        key = (state.st_size, state.st_mtime_ns, job.first_row, job.last_row)
        if key not in known:
            known[key] = read_part(job)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("protocols.campaign.analysing.read_part", read_once)
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory, _read_once):
    """The chain: what the command said, and the folder of its run files."""
    return run_campaign(tmp_path_factory.mktemp("life"))


@pytest.fixture(scope="module")
def runs(made):
    return made[1]


@pytest.fixture(scope="module")
def counters(runs):
    """Header of each run file, how it ended, and what it had counted at its last bookmark, SI."""
    found = []
    for path in sorted(runs.iterdir()):
        with open_run(path) as run:
            found.append((run.header, run.ending and run.ending.state, dict(run.bookmark.counters)))
    return found


def judged(folder, **wanted):
    return results_of(folder, opener=Where(1).open, **wanted)


@pytest.fixture(scope="module")
def results(runs):
    return judged(runs)


@pytest.fixture
def copied(runs, tmp_path):
    """A copy of the run files that a test may spoil, and their names in time."""
    folder = tmp_path / "耐久"
    shutil.copytree(runs, folder)
    return folder, sorted(path.name for path in folder.iterdir())


def named(results, name):
    return next(each for each in results.files if each.name == name)


def kinds(results, kind):
    return [each for each in results.events if each.kind == kind]


def test_the_chain_is_complete_and_each_file_names_the_one_before(made, counters, results):
    said, runs = made
    assert said.exit == Exit.NOT_SHOWN, said.err
    assert said.json["campaign"]["kilometres"] == results.kilometres
    assert [state for _, state, _ in counters] == STATES
    names = sorted(path.name for path in runs.iterdir())
    assert [header.continues for header, _, _ in counters] == ["", *names[:-1]]
    assert [each.name for each in results.files] == names
    assert all(each.counted and not each.remarks for each in results.files)
    assert said.err.count(".h5") == len(names)


def test_what_happened_stands_in_the_ledger(results):
    (trip,), (cut,) = kinds(results, "trip"), kinds(results, "power-cut")
    files = [each.name for each in results.files]
    assert (trip.file, cut.file) == (files[1], files[3])
    assert "coolant-hot" in trip.text.text()
    assert len(kinds(results, "planned-stop")) == 2
    services = [each.text.arguments["service"] for each in kinds(results, "service")]
    assert services == 2 * SERVICES
    assert not [each for each in results.events if each.breaks]
    assert [each.hours for each in results.events] == sorted(each.hours for each in results.events)


def test_counters_go_on_over_all_files(counters):
    for before, after in itertools.pairwise(counted for _, _, counted in counters):
        assert before.keys() == after.keys()
        assert all(after[name] >= value for name, value in before.items())


def test_the_ledger_is_what_the_counters_of_the_bench_say(counters, results):
    last = counters[-1][2]
    assert results.total("hours") == pytest.approx(last["hours"] / 3600, abs=10 / 3600)
    assert results.total("starts") == last["starts"]
    assert results.total("energy") == pytest.approx(last["energy"] / 3.6e9, rel=2e-3)
    assert results.total("fuel") == pytest.approx(last["hydrogen"], rel=2e-3)


def test_the_claim_is_the_least_of_all_mechanisms(results):
    mechanisms = {each.name: each for each in results.equivalences if each.is_mechanism}
    assert len(mechanisms) == 8
    assert all(0.0 < each.kilometres < float("inf") for each in mechanisms.values())
    assert results.kilometres == min(each.kilometres for each in mechanisms.values())
    assert mechanisms[results.governing].is_governing
    assert results.kilometres > 100.0
    assert all(each.unknown_hours == 0.0 for each in mechanisms.values())


def test_all_reference_tests_count(results):
    shown = [(each.number, each.point, each.windows, each.valid) for each in results.tests]
    points = [("reference", 2, True), ("full-load", 1, True)]
    assert shown == [(number, *point) for number in (1, 2, 3) for point in points]
    assert len(results.drift("efficiency").points) == 3
    assert len({point.series for point in results.drift("efficiency").points}) == 1


def test_so_few_tests_do_not_show_what_needs_more_and_it_says_so(results):
    verdicts = {each.name: str(each.verdict) for each in results.results}
    assert verdicts.keys() == {*ASKED, *BURNED, "kilometres", "oil_consumption_at_end"}
    assert {verdicts[name] for name in BURNED} == {"pass"}
    assert verdicts["kilometres"] == "pass"
    assert verdicts["oil_consumption_at_end"] == "not shown"
    assert "fail" not in verdicts.values()
    assert str(results.verdict) == "not shown"
    open_ = [each for each in results.results if str(each.verdict) == "not shown"]
    for each in open_:
        assert any(each.title.text() in text.text() for text in results.missing)


def test_the_commands_say_what_the_results_say(runs, results):
    analyzed = h2bench("campaign", "analyze", runs, "--json")
    assert analyzed.exit == Exit.NOT_SHOWN, analyzed.err
    assert analyzed.json == json.loads(json.dumps(results.to_json()))
    for language in LANGUAGES:
        status = h2bench("campaign", "status", runs, language=language)
        assert status.exit == Exit.PASS, status.err
        assert f"{results.kilometres:,.0f} km" in status.out
        assert "campaign." not in status.out


def test_the_report_has_the_same_numbers_in_both_languages(runs, results, tmp_path):
    wanted = [part for each in LANGUAGES for part in ("--language", each)]
    said = h2bench("report", runs, "--format", "html", *wanted, "--output", tmp_path)
    assert said.exit == Exit.PASS, said.err
    cells = [cells_of(tmp_path / f"campaign_H2E-0001_report_{each}.html") for each in LANGUAGES]
    for found in cells:
        shown = [each.partition(" ± ")[0] for each in found]
        numbers = [float(each.replace(",", "")) for each in shown if is_number(each)]
        for each in results.totals:  # with two digits of an uncertainty, where there is one
            slack = 0.0 if math.isnan(each.uncertainty) else 0.05 * each.uncertainty
            wanted_value = pytest.approx(each.value, rel=1e-3, abs=slack)
            assert any(number == wanted_value for number in numbers), each.name
        for each in results.equivalences:
            assert f"{each.kilometres:,.0f}" in found, each.name
        for each in results.files:
            assert each.name in found
    assert len({tuple(filter(is_number, each)) for each in cells}) == 1
    assert len({len(each) for each in cells}) == 1


def cells_of(path):
    """Return the texts of all cells of a report."""
    cells = re.findall(r"<td[^>]*>(.*?)</td>", path.read_text(encoding="utf-8"), re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", each)).strip() for each in cells]


def is_number(cell):
    return re.fullmatch(r"-?\d[\d,]*(\.\d+)?(e[+-]?\d+)?", cell) is not None


def test_a_file_that_is_gone_is_named_and_nothing_stands_for_it(copied, results):
    folder, names = copied
    (folder / names[2]).unlink()
    found = judged(folder)
    gone = named(found, names[2])
    assert (gone.counted, gone.problem) == (False, "missing")
    assert names[3] in gone.reasons[0].text()
    assert str(found.verdict) == "not shown"
    lost = sum(each.hours for each in results.files if each.name == names[2])
    assert 0.5 * lost < results.total("hours") - found.total("hours") < lost
    assert found.kilometres < results.kilometres


def test_a_copy_is_named_and_counted_once(copied, results):
    folder, names = copied
    shutil.copy2(folder / names[2], folder / "copy.h5")
    found = judged(folder)
    twice = [each for each in found.files if not each.counted]
    assert [each.problem for each in twice] == ["duplicate"]
    assert (found.kilometres, found.totals) == (results.kilometres, results.totals)


def test_a_file_whose_serial_was_changed_is_named_and_not_counted(copied, results):
    folder, names = copied
    with h5py.File(folder / names[2], "r+") as file:
        del file["entry/sample/serial_number"]
        file["entry/sample"].create_dataset("serial_number", data=OTHER, dtype=h5py.string_dtype())
    found = judged(folder, serial="H2E-0001")
    problems = {each.name: each.problem for each in found.files if not each.counted}
    assert problems == {names[2]: "other-object", names[3]: "serial-changed"}
    assert OTHER in named(found, names[2]).reasons[0].text()
    assert str(found.verdict) == "not shown"
    assert found.total("hours") < results.total("hours")
    said = h2bench("campaign", "status", folder)
    assert said.exit == Exit.REFUSED
    assert "H2E-0001, H2E-0002" in said.err
