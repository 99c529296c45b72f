import pytest

from bench.control.course import Phase
from bench.control.states import Cause, State
from bench.errors import BenchError, ConfigError, LinkTimeout, did_you_mean
from bench.messages import LANGUAGES, Bilingual, Message, catalogue, worded
from bench.safeguard import Reaction
from bench.safety.alarm import AlarmState
from bench.service.requests import REQUESTS


def test_a_message_is_rendered_in_the_language_asked_for():
    message = Message("unit.decimal-comma", {"text": "1,5 bar"})
    assert message.text("en").startswith("'1,5 bar' has a decimal comma")
    assert message.text("zh").startswith("“1,5 bar”使用了小数逗号")
    assert str(message) == message.text("en")


def test_a_message_inside_a_message_is_in_the_same_language():
    hint = did_you_mean("rmp", ["rpm"])
    assert "您是否想写“rpm”" in Message("unit.unknown", {"unit": "rmp", "hint": hint}).text("zh")


def test_results_inside_a_message_are_names_and_numbers():
    results = {"nox.before": 9.999999999999999e-09, "o2.after": 0.0}
    message = Message("control.action-done", {"instrument": "a", "action": "b", "results": results})
    assert message.text("en") == "a: b done: nox.before = 1e-08, o2.after = 0"


def test_an_id_without_a_text_shows_itself_and_its_arguments():
    assert Message("nowhere.nothing", {"value": 3}).text("zh") == "nowhere.nothing (value=3)"


def test_a_text_of_the_lab_falls_back_to_english():
    assert Bilingual("speed", "转速").text("zh") == "转速"
    assert Bilingual("speed").text("zh") == "speed"


def test_messages_can_be_put_into_sets():
    same = [Message("unit.unknown", {"unit": "x"}), Message("unit.unknown", {"unit": "x"})]
    assert len(set(same)) == 1


def test_a_config_error_lists_its_problems_below_its_sentence():
    problems = [Message("document.empty"), Message("document.tab")]
    error = ConfigError("document.unusable", file="x.yaml", problems=problems)
    lines = error.text("zh").splitlines()
    assert lines == ["无法使用“x.yaml”：", "文件为空", "缩进中有制表符：请使用空格"]


def test_a_config_error_is_a_value_error_so_that_pydantic_collects_it():
    assert issubclass(ConfigError, ValueError)
    assert not issubclass(LinkTimeout, ValueError)
    assert issubclass(LinkTimeout, BenchError)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_room_without_a_catalogue_is_empty(language):
    assert catalogue(language, "nowhere") == {}


@pytest.mark.parametrize(
    ("word", "candidates", "said"),
    [
        ("spede", ["speed", "torque"], "did you mean 'speed'?"),
        ("zzz", ["speed", "torque"], "valid: speed, torque"),
        ("zzz", [], "there is none to choose from"),
    ],
)
def test_a_misspelt_word_is_told_what_it_may_have_been(word, candidates, said):
    assert did_you_mean(word, candidates).text() == said


def test_a_name_of_the_program_is_told_as_the_word_of_people():
    told = Message("control.state", {"before": "stopping", "after": "safe", "cause": "stopped"})
    assert told.text("zh") == "台架 停机中 → 安全（已停机）"
    assert worded("request", "StopNow", "en") == "stop"
    assert worded("state", "nowhere", "zh") == "nowhere"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_cause_phase_reaction_and_request_has_a_word(language):
    words = catalogue(language, "word")
    named = {
        "state": [*State, *AlarmState],
        "cause": Cause,
        "phase": [each for each in Phase if each.value],
    }
    for kind, members in named.items():
        assert [each for each in members if f"word.{kind}-{each.value}" not in words] == []
    reactions = [each.name.lower().replace("_", "-") for each in Reaction]
    assert [each for each in reactions if f"word.reaction-{each}" not in words] == []
    assert [each for each in REQUESTS if f"word.request-{each}" not in words] == []
