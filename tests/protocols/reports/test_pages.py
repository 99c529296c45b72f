"""A report in HTML is a sound page: for a browser, for who cannot see it, and with no network."""

import itertools
import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from bench.runs import open_run
from protocols.reports.blocks import Figure, Paragraph, Report
from protocols.reports.campaign_report import campaign_report
from protocols.reports.drawing import Drawing
from protocols.reports.html import html_of
from protocols.reports.speech import Speech
from protocols.reports.writing import Wanted, report_run
from tests.protocols.campaign.engine_runs import EngineRun
from tests.protocols.reports.conftest import MADE
from tests.protocols.reports.made_campaign import full

LANGUAGES = {"en": "en", "zh": "zh-Hans"}
"""Language → what the page says it is (BCP 47)."""
VOID = {"meta", "br", "hr", "img", "link"}
LINKS = {"href", "src", "xlink:href", "action", "data", "poster", "srcset"}
REFERENCE = re.compile(r"url\(\s*['\"]?([^)'\"]*)")


class Page(HTMLParser):
    """What is wrong with a page."""

    def __init__(self, html):
        super().__init__()
        self.ids, self.links, self.tags = Counter(), [], Counter()
        self.wrong, self.open, self.lang = [], [], None
        self.first_headings = []
        self.feed(html)
        self.close()
        self.wrong += [f"<{tag}> is never closed" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        self._take(tag, dict(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self._take(tag, dict(attrs))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()} closes nothing")

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.links += [*REFERENCE.findall(data), *re.findall(r"@import[^;]*", data)]

    def _take(self, tag, said):
        self.tags[tag] += 1
        if tag == "html":
            self.lang = said.get("lang")
        if "id" in said:
            self.ids[said["id"]] += 1
        self.links += [value for name, value in said.items() if name in LINKS]
        self.links += [each for value in said.values() for each in REFERENCE.findall(value or "")]
        if any("://" in (value or "") for value in said.values()):
            self.wrong.append(f"<{tag}> at {self.getpos()} names an address: {said}")
        if (tag == "img" and not said.get("alt")) or (
            tag == "svg" and not (said.get("role") == "img" and said.get("aria-label"))
        ):
            self.wrong.append(f"<{tag}> at {self.getpos()} says nothing to who cannot see it")
        if re.fullmatch("h[1-6]", tag):
            self.first_headings.append(int(tag[1]))


@pytest.fixture(scope="module")
def pages(made, fonts, tmp_path_factory):
    """Language → pages: a run, a campaign with everything there can be."""
    folder = tmp_path_factory.mktemp("pages")
    path = made().write(folder / "run.h5")
    wanted = Wanted(languages=list(LANGUAGES), formats=["html"], folder=folder, seconds=0)
    found = {
        language: [written.read_text(encoding="utf-8")]
        for language, written in zip(LANGUAGES, report_run(path, wanted), strict=True)
    }
    with open_run(EngineRun(hours=0.4, simulated=True).write(folder / "0.h5")) as run:
        results = full(folder, ["0.h5"])
        for language, own in found.items():
            report = campaign_report(results, [run], Speech(language), Drawing(fonts), made=MADE)
            own.append(html_of(report))
    return found


@pytest.fixture(params=[(language, place) for language in LANGUAGES for place in range(2)])
def page(request, pages):
    language, place = request.param
    return language, pages[language][place]


def test_a_page_says_its_language_and_its_characters(page):
    language, html = page
    found = Page(html)
    assert found.lang == LANGUAGES[language]
    assert html.startswith("<!DOCTYPE html>")
    assert '<meta charset="utf-8">' in html[:200]
    assert found.tags["title"] == found.tags["h1"] == found.tags["body"] == 1


def test_every_element_is_closed_where_it_was_opened(page):
    found = Page(page[1])
    assert found.wrong == []
    assert found.tags["svg"] >= 2


def test_no_id_is_there_twice_and_every_link_leads_somewhere(page):
    found = Page(page[1])
    assert [each for each, count in found.ids.items() if count > 1] == []
    assert len(found.links) > 20
    assert [each for each in found.links if not each.startswith("#")] == []
    assert {each[1:] for each in found.links} <= set(found.ids)


def test_no_heading_skips_a_level(page):
    levels = Page(page[1]).first_headings
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_every_table_head_says_what_it_is_the_head_of(page):
    assert re.findall(r"<th(?! scope=)[ >]", page[1]) == []


def test_a_drawing_keeps_its_texts_and_its_parts(fonts):
    def draw(axes):
        axes.plot([0.0, 1.0], [1.0, 2.0], "o")
        axes.set_xlabel('id="x" url(#y) href="#z" & <b>')

    figure = Drawing(fonts).figure(draw, caption='of "a" & <b>')
    html = html_of(Report("en", "t", "s", "f", "p", (figure, Paragraph("between"), figure)))
    found = Page(html)
    assert found.wrong == []
    assert html.count('id="x" url(#y) href="#z" &amp; &lt;b&gt;') == 2
    assert html.count('aria-label="of &quot;a&quot; &amp; &lt;b&gt;"') == 2
    assert found.tags["use"] > 0
    assert found.tags["path"] == 2 * figure.svg.count("<path")
    assert found.tags["clippath"] == 2 * figure.svg.count("<clipPath")
    assert {each[1:3] for each in found.links} == {"b1", "b3"}
    assert max(found.ids.values()) == 1


def test_what_is_wrong_with_a_page_would_be_found():
    bad = '<html><body><p><svg id="a"></p><a id="a" href="http://x"></body>'
    found = Page(bad)
    assert len(found.wrong) > 2
    assert found.ids["a"] == 2
    assert found.links == ["http://x"]
    assert "<svg/>" not in html_of(Report("en", "t", "s", "f", "p", (Figure("<svg/>", "c"),)))
