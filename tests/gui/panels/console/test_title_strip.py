"""The title strip."""

from dataclasses import replace

from PySide6.QtWidgets import QLabel

from bench.control.states import State
from bench.service.port import Attention
from gui.panels.console.title_strip import TitleStrip
from gui.state.console.strip import strip_of
from gui.widgets.toned import Tone, TonedLabel
from tests.gui.state.sessions import running, session


def part(strip, name):
    return strip.findChild(TonedLabel, name)


def test_a_simulated_bench_says_so_with_its_pace(shown, words):
    strip = shown(TitleStrip(words))
    strip.display(strip_of(session()))
    assert part(strip, "strip_simulated").text() == "SIMULATED ×60"
    assert part(strip, "strip_simulated").isVisible()


def test_a_real_bench_does_not(shown, words):
    strip = shown(TitleStrip(words))
    strip.display(strip_of(session(running(is_simulated=False))))
    assert not part(strip, "strip_simulated").isVisible()


def test_what_is_normal_has_no_colour_and_a_trip_has(shown, words):
    strip = shown(TitleStrip(words))
    strip.display(strip_of(session()))
    assert part(strip, "strip_state").tone is Tone.NORMAL
    strip.display(strip_of(session(running(state=State.TRIPPED))))
    assert part(strip, "strip_state").tone is Tone.ALARM


def test_a_silent_server_is_told_in_words_and_colour_until_it_is_heard(shown, words):
    strip = shown(TitleStrip(words))
    strip.display(strip_of(replace(session(), silent_for=3.2)))
    trouble = part(strip, "strip_trouble")
    assert trouble.isVisible()
    assert trouble.text() == "✖ no word from the bench server for 3 s"
    assert part(strip, "strip_state").tone is Tone.DIAGNOSTIC
    strip.display(strip_of(session()))
    assert not trouble.isVisible()


def test_the_language_changes_while_it_is_shown(shown, words):
    strip = shown(TitleStrip(words))
    strip.display(strip_of(session(running(attention=Attention.QUESTION))))
    words.switch("zh")
    texts = [label.text() for label in strip.findChildren(QLabel)]
    assert "氢发动机试验间" in texts
    assert "■ 自动" in texts
    assert any("试验等待回答" in text for text in texts)
    assert "控制权：您（mk@cell-3）" in texts
