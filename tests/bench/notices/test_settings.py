"""Who wants to be told of what, as the user writes it."""

import os

import pytest

from bench.errors import ConfigError, Refused
from bench.notices.notice import Topic
from bench.notices.settings import NAME, subscriptions_in
from bench.safeguard import Priority

URL = "mailto://ada:geheim@mail.example.org?to=night@example.org"


def written(folder, text, mode=0o600):
    path = folder / NAME
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return folder


def test_where_there_is_no_file_nobody_is_told(tmp_path):
    assert subscriptions_in(tmp_path) == ()


def test_an_address_says_what_it_is_told_of(tmp_path):
    text = f"notices:\n  - {{url: '{URL}', from: high, events: [alarm, trip], language: zh}}\n"
    text += "  - {url: 'json://127.0.0.1:1/x', name: control room}\n"
    mail, hook = subscriptions_in(written(tmp_path, text), "en")
    assert (mail.url, mail.at_least, mail.language) == (URL, Priority.HIGH, "zh")
    assert mail.topics == {Topic.ALARM, Topic.TRIP}
    assert (hook.name, hook.topics, hook.language) == ("control room", set(Topic), "en")


def test_no_password_is_ever_shown(tmp_path):
    (mail,) = subscriptions_in(written(tmp_path, f"notices: [{{url: '{URL}'}}]"), "en")
    assert "geheim" not in repr(mail)
    assert "geheim" not in mail.name


@pytest.mark.skipif(os.name == "nt", reason="there the profile folder says who may read")
def test_a_file_that_others_may_read_is_refused(tmp_path):
    with pytest.raises(Refused, match="chmod 600"):
        subscriptions_in(written(tmp_path, f"notices: [{{url: '{URL}'}}]", 0o644))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("notices: [{url: nowhere}]", ":1:"),
        ("notices:\n  - {url: 'json://x', from: urgent}", ":2:"),
        ("notices:\n  - {url: 'json://x', events: [alarms]}", ":2:"),
        ("notices:\n  - {url: 'json://x', password: y}", ":2:"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path, text, place):
    with pytest.raises(ConfigError) as told:
        subscriptions_in(written(tmp_path, text))
    assert f"{NAME}{place}" in told.value.text()
