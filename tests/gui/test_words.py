"""The language of the windows."""

import pytest

from bench.messages import Bilingual
from gui.words import Words


def test_who_listens_hears_that_the_language_has_changed(qtbot):
    words = Words("en")
    with qtbot.waitSignal(words.changed, timeout=1000):
        words.switch("zh")
    assert words.of(Bilingual("Torque", "扭矩")) == "扭矩"


def test_the_same_language_again_changes_nothing(qtbot):
    words = Words("zh")
    with qtbot.assertNotEmitted(words.changed):
        words.switch("zh")


def test_a_language_without_catalogue_is_refused():
    with pytest.raises(ValueError, match="fr"):
        Words("fr")
