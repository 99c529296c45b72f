"""The question of a running sequence."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton

from bench.messages import Bilingual, Message
from bench.service.requests import Answer
from gui.panels.dialogs.prompt import PromptDialog
from gui.state.console.prompt import PromptState

QUESTION = PromptState(Bilingual("Shut the valve.", "请关闭阀门。"), "start/shut")
SVG = """
<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="9" height="9"/></svg>
"""


@pytest.fixture
def dialog(qtbot, words):
    made = PromptDialog(words)
    qtbot.addWidget(made)
    made.requests = []
    made.asked.connect(made.requests.append)
    made.display(QUESTION)
    qtbot.waitExposed(made)
    return made


def name(dialog):
    return dialog.findChild(QLineEdit, "prompt_operator")


def button(dialog, which):
    return dialog.findChild(QPushButton, which)


def pictured(dialog):
    return any(not each.pixmap().isNull() for each in dialog.findChildren(QLabel))


def test_it_is_confirmed_by_somebody(qtbot, dialog):
    assert not button(dialog, "prompt_done").isEnabled()
    qtbot.keyClicks(name(dialog), "mk")
    qtbot.mouseClick(button(dialog, "prompt_done"), Qt.MouseButton.LeftButton)
    assert dialog.requests == [Answer(is_done=True, operator="mk")]
    assert not button(dialog, "prompt_done").isEnabled()


def test_enter_in_the_name_confirms_nothing(qtbot, dialog):
    qtbot.keyClicks(name(dialog), "mk")
    qtbot.keyClick(name(dialog), Qt.Key.Key_Return)
    assert dialog.requests == []
    assert dialog.isVisible()


def test_not_done_is_an_answer_too(qtbot, dialog):
    qtbot.keyClicks(name(dialog), "mk")
    qtbot.mouseClick(button(dialog, "prompt_not_done"), Qt.MouseButton.LeftButton)
    assert dialog.requests == [Answer(is_done=False, operator="mk")]


def test_closing_answers_nothing_and_the_question_can_be_shown_again(qtbot, dialog):
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert dialog.is_asking
    assert dialog.requests == []
    dialog.present()
    assert dialog.isVisible()


def test_it_blocks_nothing(dialog):
    assert not dialog.isModal()


def test_it_closes_once_it_is_answered_and_opens_for_the_next(dialog):
    dialog.display(PromptState())
    assert not dialog.isVisible()
    dialog.display(PromptState(QUESTION.question, "start/shut", ((2, 3),)))
    assert dialog.isVisible()


def test_a_refused_answer_may_be_given_again(qtbot, dialog):
    qtbot.keyClicks(name(dialog), "mk")
    qtbot.mouseClick(button(dialog, "prompt_done"), Qt.MouseButton.LeftButton)
    dialog.refused(Message("serve.control-nobody"))
    assert button(dialog, "prompt_done").isEnabled()


def test_drawings_and_photographs_are_shown_and_broken_ones_are_not(dialog, tmp_path):
    drawing, photograph, broken = (tmp_path / each for each in ("a.svg", "b.png", "c.svg"))
    drawing.write_text(SVG, encoding="utf-8")
    broken.write_text("no drawing", encoding="utf-8")
    pixmap = QPixmap(2000, 100)
    pixmap.fill(Qt.GlobalColor.white)
    assert pixmap.save(str(photograph))
    for path, is_shown in ((drawing, True), (photograph, True), (tmp_path / "none.png", False)):
        dialog.display(PromptState(QUESTION.question, "x", (), path))
        assert pictured(dialog) is is_shown


def test_the_language_changes_under_it(dialog, words):
    words.switch("zh")
    assert dialog.findChild(QLabel, "prompt_question").text() == "请关闭阀门。"
