"""The start page, operated by mouse and keyboard."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QPushButton, QTreeWidget

from bench.control.states import State
from bench.errors import Refused
from bench.messages import Message
from bench.service.requests import Begin, Explain, TakeControl
from gui.bridge.tasks import Cancelled
from gui.panels.dialogs.explain import ExplainDialog
from gui.panels.start.page import StartPage
from gui.state.start.preflight import preflight_of
from gui.state.start.start import start_of
from tests.gui.state.sessions import US


@dataclass(frozen=True)
class Left:
    path: Path


class Rehearsals:
    """What a rehearsal does is told by each test."""

    def __init__(self):
        self.wanted = []
        self.does = lambda progress: Left(Path("none.h5"))

    def __call__(self, protocol, rig, parameters, progress):
        self.wanted.append((protocol, rig, dict(parameters)))
        return self.does(progress)


@pytest.fixture
def rehearsals():
    return Rehearsals()


@pytest.fixture
def parts(words, tasks, catalogue, clock):
    return words, tasks, catalogue, clock


@pytest.fixture
def page(qtbot, parts, rehearsals, session):
    made = StartPage(*parts, rehearse=rehearsals)
    qtbot.addWidget(made)
    made.resize(900, 640)
    made.set_operator(US)
    made.show()
    qtbot.waitExposed(made)
    show(made, session)
    made.read()
    qtbot.waitUntil(lambda: tree(made, "protocols").topLevelItemCount() == 2)
    yield made
    made.stop()


def show(page, session):
    page.display(start_of(session), preflight_of(session), None)


def tree(page, name):
    return page.findChild(QTreeWidget, name)


def button(page, name):
    return page.findChild(QPushButton, name)


def field(page, name):
    return page.findChild(QLineEdit, name)


def click_protocol(qtbot, page, text):
    protocols = tree(page, "protocols")
    item = protocols.findItems(text, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchRecursive)[0]
    item.parent().setExpanded(True)
    place = protocols.visualItemRect(item).center()
    qtbot.mouseClick(protocols.viewport(), Qt.MouseButton.LeftButton, pos=place)


def typed(qtbot, edit, text):
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, text)


def checked(qtbot, page):
    qtbot.waitUntil(lambda: tree(page, "step_tree").topLevelItemCount() == 1)


def asked_of(page):
    requests = []
    page.asked.connect(requests.append)
    return requests


def test_protocols_for_the_object_come_first(page):
    protocols = tree(page, "protocols")
    tops = [protocols.topLevelItem(i) for i in range(2)]
    assert [top.child(0).text(0) for top in tops] == ["Pull", "Cells"]


def test_what_is_typed_is_checked_and_then_begins_with_control(qtbot, page):
    requests = asked_of(page)
    click_protocol(qtbot, page, "Pull")
    typed(qtbot, field(page, "parameter_wait"), "20")
    checked(qtbot, page)
    assert "20 s" in page.findChild(QLabel, "outlook_summary").text()
    qtbot.waitUntil(button(page, "start_run").isEnabled)
    qtbot.mouseClick(button(page, "start_run"), Qt.MouseButton.LeftButton)
    assert requests == [TakeControl(), Begin("lab/pull", {"wait": "20 s"}, US)]


def test_who_holds_control_only_begins(qtbot, page, session):
    requests = asked_of(page)
    show(page, replace(session, bench=replace(session.bench, control=US)))
    page.choose("lab/pull")
    checked(qtbot, page)
    qtbot.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(requests))  # a key presses a button for a moment
    assert requests == [Begin("lab/pull", {}, US)]


def test_a_wrong_value_has_a_sentence_under_its_field_and_nothing_begins(qtbot, page):
    click_protocol(qtbot, page, "Pull")
    edit = field(page, "parameter_wait")
    typed(qtbot, edit, "5 min")
    assert edit.property("valid") is False
    told = [each.text() for each in page.findChildren(QLabel) if each.isVisible()]
    assert any("wait=5 min" in text for text in told)
    assert not button(page, "start_run").isEnabled()
    qtbot.mouseClick(button(page, "parameter_defaults"), Qt.MouseButton.LeftButton)
    assert edit.text() == "5 s"
    assert edit.property("valid") is True
    checked(qtbot, page)


def test_a_protocol_for_another_object_says_why_it_cannot_run(qtbot, page):
    click_protocol(qtbot, page, "Cells")
    findings = page.findChild(object, "findings")
    qtbot.waitUntil(lambda: findings.count() > 0)
    assert "cells.yaml" in findings.item(0).text()
    assert not button(page, "start_run").isEnabled()


def test_searching_shows_what_was_searched_for(qtbot, page):
    qtbot.keyClicks(field(page, "protocol_search"), "cells")
    protocols = tree(page, "protocols")
    assert protocols.topLevelItemCount() == 1
    assert protocols.topLevelItem(0).child(0).text(0) == "Cells"


def test_a_bench_that_is_not_watched_says_so(qtbot, page, session):
    page.choose("lab/pull")
    checked(qtbot, page)
    show(page, replace(session, bench=replace(session.bench, state=State.SAFE)))
    assert not button(page, "start_run").isEnabled()
    assert "monitor" in page.findChild(QLabel, "start_hindrance").text()


def test_a_refusal_is_shown_until_something_else_is_chosen(qtbot, page):
    page.choose("lab/pull")
    page.refused(Message("serve.busy", {"protocol": "lab/other"}))
    sentence = page.findChild(QLabel, "start_hindrance")
    assert "lab/other" in sentence.text()
    typed(qtbot, field(page, "parameter_wait"), "7 s")
    assert "lab/other" not in sentence.text()


def test_an_unexplained_end_is_explained_here(qtbot, page, session):
    requests = asked_of(page)
    show(page, replace(session, bench=replace(session.bench, unexplained="/runs/a.h5")))
    qtbot.mouseClick(button(page, "explain_run"), Qt.MouseButton.LeftButton)
    dialog = page.findChild(ExplainDialog)
    give = dialog.findChild(QPushButton, "explain_give")
    assert not give.isEnabled()
    qtbot.keyClicks(dialog.findChild(QPlainTextEdit, "explain_text"), "power cut")
    qtbot.mouseClick(give, Qt.MouseButton.LeftButton)
    assert requests == [Explain("power cut", US)]


def test_a_rehearsal_that_is_refused_says_why(qtbot, page, rehearsals):
    def refuse(progress):
        raise Refused("serve.busy", protocol="x")

    rehearsals.does = refuse
    page.choose("lab/pull", {"wait": "9 s"})
    qtbot.waitUntil(button(page, "rehearse").isEnabled)
    page.findChild(object, "start_tabs").setCurrentIndex(1)
    with qtbot.waitSignal(page._rehearsing.ended):
        qtbot.mouseClick(button(page, "rehearse"), Qt.MouseButton.LeftButton)
    assert rehearsals.wanted[0][0] == "lab/pull"
    assert rehearsals.wanted[0][2] == {"wait": "9 s"}
    assert "no result" in page.findChild(QLabel, "rehearsal_headline").text()


def test_a_rehearsal_can_be_cancelled(qtbot, page, rehearsals, tasks):
    def endless(progress):
        progress.tell(0.5)
        while not progress.is_cancelled:
            pass
        raise Cancelled

    rehearsals.does = endless
    page.choose("lab/pull")
    qtbot.waitUntil(button(page, "rehearse").isEnabled)
    page.findChild(object, "start_tabs").setCurrentIndex(1)
    qtbot.mouseClick(button(page, "rehearse"), Qt.MouseButton.LeftButton)
    assert not button(page, "rehearse").isVisible()
    qtbot.mouseClick(button(page, "cancel_rehearsal"), Qt.MouseButton.LeftButton)
    assert button(page, "rehearse").isVisible()
    qtbot.waitUntil(lambda: tasks.is_idle)


def test_all_texts_follow_the_language(qtbot, page, words):
    page.choose("lab/pull")
    checked(qtbot, page)
    words.switch("zh")
    assert "拉升" in page.findChild(QLabel, "protocol_title").text()
    assert button(page, "start_run").text() == "开始试验"
    assert page.choice.protocol == "lab/pull"
