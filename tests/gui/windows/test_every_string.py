"""Every visible string comes from the message catalogue, and so in the language that is chosen."""

import re
from functools import cache
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtGui import QAction, QPainter
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListWidget,
    QMenu,
    QTabWidget,
    QTreeWidget,
    QWidget,
)

import bench.messages
from bench.control.states import State
from bench.messages import Bilingual, Message, catalogue
from bench.service.port import Attention
from gui.panels.console.alarm_dialogs import bypass_dialog, service_dialog, shelve_dialog
from gui.panels.console.alarm_help import AlarmHelp
from gui.panels.console.console_menu import Choice
from gui.panels.console.console_view import Tab
from gui.panels.console.people_first import PeopleFirstDialog
from gui.panels.dialogs.explain import ExplainDialog
from gui.panels.findings.findings_panel import FindingsPanel
from gui.panels.review.channel_panel import ChannelPanel
from gui.panels.review.export_dialog import ExportDialog
from gui.panels.review.formula_dialog import FormulaDialog
from gui.panels.start.rehearsal_view import RehearsalView
from gui.state.console.verbs import verbs_of
from gui.state.findings.judged import Judged, View
from gui.state.start.rehearsal import Expected, Rehearsed, TrippedLimit
from tests.gui.state.findings import results_made as made
from tests.gui.state.sessions import US
from tests.gui.windows.benches import RIGS
from tests.gui.windows.conftest import Server, dialogs

MARK = "¤"
DATA = re.compile(
    r"""
    [^A-Za-z]*                                        # no letters at all
    | [^\w(]*[^\s]*\d[^\s]*(\s(?![a-z]{5})[^\s]+){0,3}  # numbers with units, a time
    | .*\d.*\s(…|/)\s.*\d.*                            # from … to
    | [\w.*+\-/:\\#@°µ·%²³^]+…?                         # one name: channel, file, unit, id
    | [\w.\-]+\s(\([\w.\-]+\)|×\d+)                    # a name and how many, or of what
    | [\w.*+\-/°µ·%]+(\s*[,;|→–…:·]\s*[\w.*+\-/°µ·%²³−\s]+)*   # several names, with units
    | .*\s([<>]=?|[=!]=)\s.*                           # a condition as written
    """,
    re.VERBOSE,
)
CAPITALISED = re.compile(r"[A-Z][a-z]{2,}")
OWN = frozenset({"h2bench", "English", "−Im Z, mΩ·cm² – Re Z, mΩ·cm²"})
"""What is called the same in every language."""
QTS_OWN = frozenset({"ScrollLeftButton", "ScrollRightButton", "qt_toolbar_ext_button"})
"""What Qt makes, and speaks by its own catalogue."""
TOLD = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.AccessibleTextRole,
)
OPENING = (
    Choice.NOTE,
    Choice.ZEROING,
    Choice.GAS_LOT,
    Choice.HANDOVER,
    Choice.KEYS,
    Choice.ABOUT,
)
"""What opens a dialog."""
REHEARSED = Rehearsed(
    path=Path("a.h5"),
    ending="limit",
    reason=Message("control.operator-stop"),
    seconds=600.0,
    verdict="not shown",
    results=(
        Expected(
            Message("judge.brake-thermal-efficiency"),
            "42.1 %",
            "fail",
            (Message("control.operator-stop"),),
        ),
    ),
    tripped=(TrippedLimit("oil-hot", "soft-stop", "oil.temperature > 130 degC", 2, 90.0),),
)


@pytest.fixture
def marked(monkeypatch):
    """Mark every text that comes from a catalogue, or from the people of the lab."""

    @cache
    def told(language, room):
        return {name: f"{MARK}{text}" for name, text in catalogue(language, room).items()}

    plain = Bilingual.text
    monkeypatch.setattr(bench.messages, "catalogue", told)
    monkeypatch.setattr(
        Bilingual, "text", lambda self, language="en": MARK * bool(self.en) + plain(self, language)
    )


@pytest.fixture
def painted(monkeypatch):
    """What our widgets write with a painter."""
    texts = set()
    draw = QPainter.drawText

    def spy(self, *given):
        texts.update(each for each in given if isinstance(each, str))
        return draw(self, *given)

    monkeypatch.setattr(QPainter, "drawText", spy)
    return texts


def texts_of(widget: QWidget):
    """Yield the texts that a widget and its actions show."""
    yield widget.toolTip()
    yield widget.accessibleName()
    if widget.isWindow():
        yield widget.windowTitle()
    for kind, texts in SHOWN:
        if isinstance(widget, kind):
            yield from texts(widget)
    for action in widget.findChildren(QAction, options=Qt.FindChildOption.FindDirectChildrenOnly):
        yield action.text()


def heads_of(header: QHeaderView):
    """Yield the titles of columns."""
    model = header.model()
    if header.isVisible() and model is not None:
        for section in range(header.count()):
            yield str(model.headerData(section, header.orientation()) or "")


def items_of(view: QAbstractItemView):
    """Yield what the first rows of a view show, and what is told of them."""
    model = view.model()
    if model is not None:
        yield from rows_below(model, QModelIndex())


def rows_below(model: QAbstractItemModel, above: QModelIndex):
    """Yield the texts of the first rows below an item, and of those below them."""
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(above)
    for row in range(min(model.rowCount(above), 30)):
        for column in range(columns):
            index = model.index(row, column, above)
            for role in TOLD:
                yield str(index.data(role) or "")
        yield from rows_below(model, model.index(row, 0, above))


SHOWN = (
    (QLabel | QAbstractButton, lambda each: [each.text()]),
    (QGroupBox | QMenu, lambda each: [each.title()]),
    (QLineEdit, lambda each: [each.placeholderText()]),
    (QComboBox, lambda each: [each.itemText(at) for at in range(each.count())]),
    (QTabWidget, lambda each: [each.tabText(at) for at in range(each.count())]),
    (QHeaderView, heads_of),
    (QAbstractItemView, items_of),
)


def untold(window: QWidget) -> list[str]:
    """Return what a window shows that did not come from a catalogue and is no data."""
    return sorted(
        f"{type(widget).__name__} {widget.objectName()}: {text}"
        for widget in (window, *window.findChildren(QWidget))
        if widget.objectName() not in QTS_OWN
        for text in set(texts_of(widget))
        if is_untold(text)
    )


def is_untold(text: str) -> bool:
    """Return whether a text has neither come from a catalogue nor is data."""
    plain = re.sub(r"<[^>]+>", " ", text).replace("&", "").strip()
    if MARK in plain or plain in OWN:
        return False
    lines = (" ".join(line.split()) for line in plain.splitlines() if line.strip())
    return any(CAPITALISED.fullmatch(line) or not DATA.fullmatch(line) for line in lines)


def paints(window: QWidget) -> None:
    """Have a window painted as it would be on a screen."""
    window.grab()


@pytest.mark.usefixtures("marked")
def test_the_console_without_a_bench_speaks_by_the_catalogue(console, painted):
    paints(console)
    assert not untold(console)
    assert not [text for text in painted if is_untold(text)]


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize("rig", RIGS)
def test_every_page_of_the_console_speaks_by_the_catalogue(console, attended, painted, rig):
    attended(rig)
    pages = console.findChild(QTabWidget, "pages")
    for tab in (each for place, each in enumerate(Tab) if pages.isTabVisible(place)):
        console.view.go_to(tab)
        attended(rig)
        paints(console)
        assert console.view.page is tab
        assert not untold(console), tab
    assert not [text for text in painted if is_untold(text)]


@pytest.mark.usefixtures("marked")
def test_a_protocol_that_was_checked_and_rehearsed_speaks_by_the_catalogue(
    qtbot, console, attended, tasks
):
    attended("hydrogen-engine-cell", state=State.MONITOR, control="")
    start = console.view.start
    console.view.go_to(Tab.START)
    attended("hydrogen-engine-cell", state=State.MONITOR, control="")
    start.choose("solid-oxide/iv-curve")
    findings = start.findChild(QListWidget, "findings")
    qtbot.waitUntil(lambda: findings.count() > 0, timeout=20_000)
    assert not untold(start)
    start.choose("hydrogen-engine/best-point", {"window": "1 s"})
    assert not untold(start)
    start.choose("hydrogen-engine/best-point", {"window": "40 s"})
    tree = start.findChild(QTreeWidget, "step_tree")
    qtbot.waitUntil(lambda: tree.topLevelItemCount() > 1 and tasks.is_idle, timeout=20_000)
    start.findChild(RehearsalView).end(REHEARSED)
    assert not untold(start)


@pytest.mark.usefixtures("marked")
def test_manual_operation_speaks_by_the_catalogue(console, attended):
    console.attend(Server("hydrogen-engine-cell"))
    console.view.go_to(Tab.MANUAL)
    for state in (State.MANUAL, State.MONITOR, State.SAFE):
        attended("hydrogen-engine-cell", state=state)
        assert not untold(console)


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize("choice", list(OPENING))
def test_every_dialog_of_the_console_speaks_by_the_catalogue(console, attended, tasks, choice):
    attended("hydrogen-engine-cell")
    console.findChild(QAction, f"choose_{choice.value.replace('-', '_')}").trigger()
    (shown,) = dialogs()
    assert not untold(shown)


@pytest.mark.usefixtures("marked")
def test_what_a_bench_asks_is_framed_by_the_catalogue(console, attended):
    attended(
        "hydrogen-engine-cell",
        attention=Attention.QUESTION,
        question=Bilingual("Close the hand valve.", "请关闭手动阀。"),
    )
    (shown,) = dialogs()
    assert not untold(shown)


@pytest.mark.usefixtures("marked")
def test_dialogs_of_alarms_and_of_people_first_speak_by_the_catalogue(words, console, attended):
    session = attended("solid-oxide-system")
    first = session.bench.alarm_list[0]
    for dialog in (
        AlarmHelp(words, first, console),
        shelve_dialog(words, first.id, console),
        bypass_dialog(words, first.id, console),
        service_dialog(words, first.id, console),
        PeopleFirstDialog(words, verbs_of(session), console),
        ExplainDialog(words, US, console),
    ):
        dialog.show()
        assert not untold(dialog)
        dialog.close()


@pytest.mark.usefixtures("marked")
def test_the_reviewer_speaks_by_the_catalogue(qtbot, reviewer, painted):
    run = reviewer.desk.runs[0]
    reviewer.findChild(ChannelPanel).add_wanted.emit((f"{run.key}\nengine.torque",), 0)
    for name in ("review_left", "review_centre"):
        tabs = reviewer.findChild(QTabWidget, name)
        for place in range(tabs.count()):
            tabs.setCurrentIndex(place)
            paints(reviewer)
            assert not untold(reviewer)
    assert not [text for text in painted if is_untold(text)]


@pytest.mark.usefixtures("marked")
def test_every_view_of_findings_speaks_by_the_catalogue(reviewer, painted):
    everything = made.results(
        windows=made.map_windows(), curves=(made.curve(), made.curve(9.0)),
        spectra=(made.spectrum_result(), made.spectrum_result(2.0)), life=made.life(),
        cycles=(made.cycle(),), results=(made.judged_result(),),
    )  # fmt: skip
    panel = reviewer.findChild(FindingsPanel)
    reviewer.findChild(QTabWidget, "review_centre").setCurrentWidget(panel)
    panel.cancel()
    panel.show_judged((Judged((reviewer.desk.runs[0].path,), everything),))
    tabs = panel.findChild(QTabWidget)
    assert tabs.count() == len(View)
    for place in range(tabs.count()):
        tabs.setCurrentIndex(place)
        paints(reviewer)
        assert not untold(tabs.currentWidget()), place
    assert not [text for text in painted if is_untold(text)]


@pytest.mark.usefixtures("marked")
def test_dialogs_of_the_reviewer_speak_by_the_catalogue(words, reviewer):
    formulas = FormulaDialog(words, lambda *_: None, reviewer)
    export = ExportDialog(words, lambda *_: None, has_band=True, parent=reviewer)
    for dialog in (formulas, export):
        dialog.show()
        assert not untold(dialog)
        dialog.close()


@pytest.mark.parametrize(
    ("text", "is_missing"),
    [("Stop", True), ("no data", True), ("engine.speed", False), ("2400 rpm", False), ("–", False)],
)
def test_data_are_told_from_words(text, is_missing):
    assert is_untold(text) is is_missing
