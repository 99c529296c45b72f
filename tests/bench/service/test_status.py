"""What the commands of a server say: in columns, in words, of what was done and what comes next."""

import pytest
from rich.cells import cell_len

from bench.control.states import State
from bench.messages import LANGUAGES, Bilingual, catalogue
from bench.service.commands.asking import done_by
from bench.service.commands.status_text import lines_of
from bench.service.port import AlarmShown, BenchState, Shown
from bench.service.requests import Bypass, Force, HandOver, StopNow
from bench.service.showing import on_screen
from bench.units import unit


def alarm(name, value=""):
    nothing = Bilingual("")
    return AlarmShown(
        id=name, state="returned", priority=1, reaction="hard-stop", text="x > 1", since_utc_ns=0,
        count=2, is_first=False, is_bypassed=False, until_utc_ns=0, value=value, beside=nothing,
        cause=nothing, consequence=nothing, advice=nothing,
    )  # fmt: skip


SEEN = BenchState(
    state=State.MONITOR,
    protocol="monitor",
    rig="cell",
    channels=(
        Shown("a", Bilingual("Speed", "转速"), "5.000 rpm", 0),
        Shown("b", Bilingual("Coolant outlet", "冷却液出口温度"), "25.00 °C", 0),
    ),
    counters={"hours": "0.031 h"},
    counter_titles={"hours": Bilingual("Running hours", "运转小时")},
    alarm_list=(alarm("oil-hot", "oil = 140 °C"), alarm("hood-hydrogen")),
    silent=("daq",),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_values_of_a_status_stand_below_one_another_in_both_languages(language):
    lines = lines_of(SEEN, language)
    places = {
        cell_len(line[: line.index(value)])
        for line in lines
        for value in ("5.000 rpm", "25.00 °C", "0.031 h")
        if value in line
    }
    assert len(places) == 1


def test_a_status_names_no_protocol_where_none_runs_and_says_which_instrument_is_silent():
    lines = lines_of(SEEN, "en")
    assert lines[0] == "cell: monitor"
    assert "  do not answer: daq (check power, cables and addresses)" in lines


def test_an_alarm_of_a_value_that_was_lost_says_so_and_is_in_words():
    (line,) = [line for line in lines_of(SEEN, "en") if "hood-hydrogen" in line]
    words = " ".join(line.split())
    assert words == "hood-hydrogen gone, not acknowledged ×2 → hard stop no valid value"
    (line,) = [line for line in lines_of(SEEN, "zh") if "hood-hydrogen" in line]
    assert "已消失，未确认" in line
    assert "硬停" in line


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (StopNow(), "done-soft"),
        (StopNow(is_hard=True), "done-hard"),
        (HandOver(), "done-HandOver-nobody"),
        (HandOver("mk"), "done-HandOver"),
        (Bypass("a", "", 0.0), "done-Bypass-over"),
        (Force("a", ""), "done-Force-over"),
    ],
)
def test_what_was_done_is_a_sentence_of_its_own(request_, said):
    assert done_by(request_, "cell").id == f"serve.{said}"
    assert all(f"serve.{said}" in catalogue(language, "serve") for language in LANGUAGES)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (-1.78e-7, "0.000 kW"),
        (0.0, "0.000 kW"),
        (250.0, "0.250 kW"),
        (127_400.0, "127.4 kW"),
        (float("nan"), "nan kW"),
    ],
)
def test_a_value_on_a_screen_has_no_digits_of_noise_and_no_sign_of_zero(value, shown):
    assert on_screen(unit("kW"), value) == shown
