"""Reports of made runs: what analyze says is what one signs, in both languages, in every font."""

import hashlib
import re

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.errors import ConfigError, RunFileError
from bench.record.results import write_results
from bench.runs import open_run
from protocols.execution import read
from protocols.reports.audit import checksum_of
from protocols.reports.blocks import (
    Cell,
    Column,
    Figure,
    Heading,
    Paragraph,
    Report,
    Signatures,
    Source,
    Table,
    row,
)
from protocols.reports.drawing import Drawing
from protocols.reports.fonts import FontSet
from protocols.reports.html import html_of
from protocols.reports.run_report import run_report
from protocols.reports.speech import Speech
from protocols.reports.typeset import BOLD_GLYPH, GLYPH, breakable, pdf_of
from protocols.reports.writing import Wanted, report_run
from tests.protocols.reports.conftest import missing_in, squeezed, text_of


@pytest.fixture(scope="module")
def reported(made, tmp_path_factory):
    """One run, reported in both languages and both formats."""
    folder = tmp_path_factory.mktemp("reported")
    path = made(judge="judge:\n  other_heat: 5 %").write(folder / "run.h5")
    wanted = Wanted(
        languages=("en", "zh"), formats=("html", "pdf"), folder=folder, seconds=1_790_000_000
    )
    report_run(path, wanted)
    return path, wanted


def page_of(*blocks, language="en", title="Title"):
    return Report(language, title, "sub", "foot", "{page}/{pages}", blocks)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_numbers_of_the_report_are_those_of_analyze(reported, language):
    path, wanted = reported
    results = read(path).results
    judged = next(each for each in results.results if each.name == "brake_thermal_efficiency")
    html = (wanted.folder / f"run_report_{language}.html").read_text(encoding="utf-8")
    pdf = text_of(wanted.folder / f"run_report_{language}.pdf")
    for shown in (f"{judged.value:.3f}", f"{judged.lower:.3f}", f"{judged.upper:.3f}"):
        assert shown in html
        assert shown in pdf
    for text in (judged.title, *judged.reasons, *results.remarks):
        assert squeezed(text.text(language)) in pdf


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_text_of_the_report_can_be_copied_from_the_pdf(reported, fonts, language):
    path, wanted = reported
    with open_run(path) as run:
        report = run_report(
            run, read(path).results, Speech(language), Drawing(fonts),
            made=wanted.made([run]), compared="",
        )  # fmt: skip
    assert missing_in(text_of(wanted.folder / f"run_report_{language}.pdf"), report) == []


def test_the_two_languages_say_the_same_numbers(reported):
    _, wanted = reported
    digits = [
        sorted(re.findall(r"\d+\.\d{2,}", text_of(wanted.folder / f"run_report_{language}.pdf")))
        for language in ("en", "zh")
    ]
    assert digits[0] == digits[1]
    assert len(digits[0]) > 50


def test_a_page_of_html_needs_nothing_beside_it(reported):
    _, wanted = reported
    for language in ("en", "zh"):
        html = (wanted.folder / f"run_report_{language}.html").read_text(encoding="utf-8")
        assert "<svg" in html
        assert re.findall(r"""(?:src|href)=["'](?!#)""", html) == []
        assert "<script" not in html


def test_every_page_of_the_pdf_shows_ink_and_that_all_was_simulated(reported):
    _, wanted = reported
    with pypdfium2.PdfDocument(wanted.folder / "run_report_en.pdf") as document:
        for page in document:
            assert "SIMULATED" in page.get_textpage().get_text_range()
            lightness = page.render(scale=0.5).to_numpy()
            assert lightness.min() < 100


def test_equal_results_give_equal_bytes(made, tmp_path):
    path = made().write(tmp_path / "run.h5")
    written = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        wanted = Wanted(
            languages=["en"], formats=["html", "pdf"], folder=tmp_path / name, seconds=0
        )
        written.append([each.read_bytes() for each in report_run(path, wanted)])
    assert written[0] == written[1]


def test_a_character_no_font_has_is_an_error_that_names_it_and_what_to_install(fonts):
    latin = FontSet(fonts.fonts, fonts.faces[:2])
    with pytest.raises(ConfigError) as caught:
        pdf_of(page_of(Paragraph("η = 43 % 效率")), latin, seconds=0)
    told = caught.value.text("en")
    assert "效" in told
    assert "U+6548" in told
    assert "fonts-noto-cjk" in told or "Noto Sans SC" in told


def test_figures_are_looked_through_for_characters_too(fonts):

    latin = FontSet(fonts.fonts, fonts.faces[:2])
    figure = Figure("<svg/>", "caption", ("扭矩",))
    with pytest.raises(ConfigError, match="扭"):
        pdf_of(page_of(figure), latin, seconds=0)


PLAIN = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=30)


@settings(max_examples=15, deadline=None)
@given(texts=st.lists(PLAIN, min_size=1, max_size=4))
def test_whatever_a_text_says_it_stands_there_as_it_is(fonts, texts):
    table = Table((Column("a"), Column("b", is_number=True)), (row(texts[0], texts[-1]),))
    report = page_of(Heading(texts[0]), Paragraph(texts[-1]), table, Source("s", "\n".join(texts)))
    pdf = pdf_of(report, fonts, seconds=0)
    with pypdfium2.PdfDocument(pdf) as document:
        found = squeezed("".join(page.get_textpage().get_text_range() for page in document))
    assert all(squeezed(text) in found for text in texts)
    assert "<script" not in html_of(report)


def test_markup_in_texts_stays_text(fonts):
    told = '<b>#strong[x]</b> $x$ \\ "quoted" @ref _a_ `c`'
    html = html_of(page_of(Paragraph(told), Signatures((told,), (told,))))
    assert "<b>" not in html
    with pypdfium2.PdfDocument(pdf_of(page_of(Paragraph(told)), fonts, seconds=0)) as document:
        assert squeezed(told) in squeezed(document[0].get_textpage().get_text_range())


def test_a_report_is_not_written_over_an_older_one_unless_asked(reported):
    path, wanted = reported
    with pytest.raises(RunFileError, match=r"run_report_en\.html"):
        report_run(path, wanted)


def test_unknown_languages_and_formats_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="fr"):
        Wanted(languages=["fr"], formats=["pdf"], folder=tmp_path, seconds=0)
    with pytest.raises(ConfigError, match="docx"):
        Wanted(languages=["en"], formats=["docx"], folder=tmp_path, seconds=0)


def test_a_cell_may_be_toned(fonts):
    table = Table((Column("a"),), ((Cell("bad", "bad"),),), "caption")
    assert pdf_of(page_of(table), fonts, seconds=0).startswith(b"%PDF")


@given(text=st.text(st.characters(codec="utf-8"), max_size=80), room=st.integers(1, 30))
def test_no_word_of_a_table_is_longer_than_its_column_and_none_is_changed(text, room):
    shown = breakable(text, room)
    assert shown.replace("\u200b", "") == text.replace("\u200b", "")
    assert all(len(piece) <= room for piece in re.findall(r"[!-~\u00a0-\u024f]+", shown))


def test_digits_and_bold_letters_are_no_wider_than_columns_reckon(fonts):
    """Typst's own measure of the widest usual text at the size of tables."""
    marks = "0123456789abcdefmnxyz"
    with pypdfium2.PdfDocument(pdf_of(page_of(Table((Column(marks),), (row(marks),))), fonts,
                                      seconds=0)) as document:  # fmt: skip
        page = document[0].get_textpage()
        found = page.get_text_range()
        places = [found.index(marks), found.rindex(marks)]
        widths = []
        for place in places:
            left, right = page.get_charbox(place)[0], page.get_charbox(place + len(marks) - 1)[2]
            widths.append((right - left) / len(marks))
    assert widths[0] <= BOLD_GLYPH
    assert widths[1] <= GLYPH


def test_checksums_of_the_report_are_those_stored_in_the_file(reported):
    path, wanted = reported
    pdf = text_of(wanted.folder / "run_report_en.pdf")
    found = checksum_of(path)
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert squeezed(found.sha256) in pdf
    assert squeezed(found.seal) in pdf


def test_the_stored_checksums_stay_when_results_are_added(made, tmp_path):
    path = made().write(tmp_path / "run.h5")
    before = checksum_of(path)
    write_results(path, {"found": 1})
    after = checksum_of(path)
    assert (after.seal, before.sha256 == after.sha256) == (before.seal, False)


def test_the_report_says_who_recorded_and_who_reports_with_what(reported):
    _, wanted = reported
    pdf = text_of(wanted.folder / "run_report_en.pdf")
    assert squeezed(f"Report made by {wanted.made([]).software}") in pdf
    assert "Comparedwiththechecksumsstoredwhenitwasrecorded" in pdf
