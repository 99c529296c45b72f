"""Who speaks Chinese reads no English sentence, in the terminal and in the report."""

import re
from html.parser import HTMLParser

import pytest

from protocols.campaign.screen import show
from protocols.reports.writing import Wanted, report_campaign
from tests.protocols.campaign.engine_runs import life, note, service

SENTENCE = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")
"""Two English words, one behind the other."""
COMMAND = re.compile(r"`h2bench[^`]*`")
ASKED = """\
  efficiency_at_end: {at: campaign, at_least: 43 %, confidence: 95 %}
  power_at_end: {at: campaign, at_least: 95 %, confidence: 95 %}
  oil_consumption_at_end: {at: campaign, at_most: 0.3 g/kWh, confidence: 95 %}
  kilometres: {at: campaign, at_least: $kilometres}
"""
REPAIRED = {"events": [(0.1, "operator", note("维修：3号喷油器")), (0.6, "system", service("x"))]}


class Shown(HTMLParser):
    """What a reader of a page reads: no style, no drawing, no recorded source."""

    def __init__(self):
        super().__init__()
        self.texts = []
        self._hidden = 0

    def handle_starttag(self, tag, attrs):
        self._hidden += tag in {"style", "svg", "pre"}

    def handle_endtag(self, tag):
        self._hidden -= tag in {"style", "svg", "pre"}

    def handle_data(self, data):
        if not self._hidden:
            self.texts.append(data)


@pytest.fixture(scope="module", params=["two tests", "a repair before each test"])
def folder(request, tmp_path_factory):
    found = tmp_path_factory.mktemp("life")
    is_repaired = request.param != "two tests"
    about = REPAIRED if is_repaired else {}
    life(found, runs=3 if is_repaired else 2, hours=0.5, verdict=ASKED, **about)
    return found


def sentences_in(text):
    return SENTENCE.findall(COMMAND.sub("", text).replace("NOT SHOWN", ""))


def test_the_terminal_speaks_one_language(folder, judged, capsys):
    results = judged(folder)
    for is_judged in (True, False):
        show(judged(folder, is_judged=is_judged), "zh")
        assert sentences_in(capsys.readouterr().out) == []
    assert [row for row in results.drifts if not row.has_fit]  # reasons were told


def test_the_report_speaks_one_language(folder, judged, tmp_path):
    wanted = Wanted(languages=["zh"], formats=["html"], folder=tmp_path, seconds=0)
    (path,) = report_campaign(judged(folder), wanted)
    page = Shown()
    page.feed(path.read_text(encoding="utf-8"))
    assert sentences_in(" | ".join(page.texts)) == []
