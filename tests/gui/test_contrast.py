"""Texts can be read on their grounds (WCAG 2.1, success criterion 1.4.3: at least 4.5 to 1)."""

import pytest
from PySide6.QtGui import QColor

from gui import theme
from gui.widgets.toned import Tone

LEAST = 4.5
LINE = 3.0
"""Of what is no text, by criterion 1.4.11."""


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, as WCAG 2.1 defines it."""
    parts = QColor(colour).getRgbF()[:3]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_black_on_white_is_21_to_1():
    assert ratio("#000000", "#FFFFFF") == pytest.approx(21.0)


@pytest.mark.parametrize("ground", [theme.WINDOW, theme.PANEL, theme.FIELD])
@pytest.mark.parametrize("text", [theme.INK, theme.FAINT, theme.DIAGNOSTIC, theme.WARNED])
def test_texts_can_be_read_on_every_ground(text, ground):
    assert ratio(text, ground) >= LEAST


@pytest.mark.parametrize("tone", list(Tone), ids=lambda each: each.name)
def test_toned_texts_can_be_read_on_what_is_filled(tone):
    _, ground, text = tone.value
    assert ratio(text or theme.INK, ground or theme.PANEL) >= LEAST


def test_what_is_chosen_can_be_read():
    assert ratio(theme.FIELD, theme.SELECTED) >= LEAST


@pytest.mark.parametrize("colour", theme.CURVES)
def test_names_of_curves_can_be_read_in_the_colour_of_their_curve(colour):
    assert ratio(colour, theme.FIELD) >= LEAST


@pytest.mark.parametrize(
    "colour", [theme.EQUIPMENT, theme.RUNNING, theme.SHELVED, *theme.PRIORITIES.values()]
)
@pytest.mark.parametrize("ground", [theme.PANEL, theme.FIELD])
def test_shapes_can_be_seen(colour, ground):
    assert ratio(colour, ground) >= LINE
