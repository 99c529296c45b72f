"""The command that shows who is told, and tries it."""

import pytest

from bench.errors import Refused
from bench.messages import Message
from bench.notices import sending
from bench.service.commands.notices import notices


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("H2BENCH_KEYS", str(tmp_path))
    monkeypatch.setenv("H2BENCH_LANGUAGE", "en")
    return tmp_path


def write(folder):
    path = folder / "notices.yaml"
    path.write_text("notices: [{url: 'json://a:geheim@127.0.0.1/x', name: hook, from: high}]")
    path.chmod(0o600)


def test_who_is_told_is_shown_without_the_address(folder, capsys):
    write(folder)
    notices()
    said = capsys.readouterr().out
    assert "hook" in said
    assert "high" in said
    assert "geheim" not in said


def test_without_a_file_it_says_where_one_belongs(folder, capsys):
    notices()
    assert "notices.yaml" in capsys.readouterr().out


@pytest.mark.parametrize("why", [None, Message("notice.no-address")])
def test_a_test_notice_says_of_each_address_whether_it_got_through(
    folder, capsys, monkeypatch, why
):
    write(folder)
    monkeypatch.setattr(sending, "send", lambda url, title, body: why)
    if why is None:
        notices(test=True)
        assert "hook: sent" in capsys.readouterr().out
        return
    with pytest.raises(Refused):
        notices(test=True)
    assert "hook: " in capsys.readouterr().err
