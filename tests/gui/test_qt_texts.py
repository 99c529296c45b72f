"""Qt's own texts follow the language."""

import pytest
from PySide6.QtWidgets import QMessageBox

from gui.qt_texts import QtTexts


@pytest.fixture
def texts(qapp, words):
    made = QtTexts(qapp, words)
    yield made
    made.close()


@pytest.mark.usefixtures("texts")
def test_buttons_that_qt_names_follow_the_language(qtbot, words):
    def named():
        box = QMessageBox()
        qtbot.addWidget(box)
        return box.addButton(QMessageBox.StandardButton.Yes).text()

    assert named() == "&Yes"
    words.switch("zh")
    assert named().startswith("是")
    words.switch("en")
    assert named() == "&Yes"
