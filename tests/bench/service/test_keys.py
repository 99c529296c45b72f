import json
import stat
import sys
import threading
from dataclasses import replace

import pytest

from bench.errors import Refused
from bench.service.keys import FOLDER_VARIABLE, key_file, new_keys, user_keys
from bench.service.sockets import KeyPair, is_pair

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file modes")


def test_keys_are_made_once_and_found_again(tmp_path):
    first = user_keys(tmp_path)
    assert user_keys(tmp_path) == first
    assert first.server != first.client
    assert [each.name for each in tmp_path.iterdir()] == ["keys.json"]


def test_the_folder_of_the_keys_is_made(tmp_path):
    assert user_keys(tmp_path / "a" / "b") == user_keys(tmp_path / "a" / "b")


def test_no_two_users_have_the_same_keys(tmp_path):
    assert user_keys(tmp_path / "a") != user_keys(tmp_path / "b")


def test_an_environment_variable_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    assert user_keys() == user_keys(tmp_path)
    assert key_file().parent == tmp_path


@posix
def test_nobody_else_may_read_the_key_file(tmp_path):
    user_keys(tmp_path)
    assert stat.S_IMODE(key_file(tmp_path).stat().st_mode) == 0o600


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o610])
def test_a_key_file_that_others_may_touch_is_refused(tmp_path, mode):
    user_keys(tmp_path)
    key_file(tmp_path).chmod(mode)
    with pytest.raises(Refused, match="others may read"):
        user_keys(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"server": 1}', "\N{SNOWMAN}", "x" * 10_000, '{"server": {}}']
)
def test_a_damaged_key_file_is_refused(tmp_path, text):
    user_keys(tmp_path)
    key_file(tmp_path).write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match="damaged"):
        user_keys(tmp_path)


def test_a_public_key_that_does_not_fit_its_secret_is_refused(tmp_path):
    user_keys(tmp_path)
    found = json.loads(key_file(tmp_path).read_text())
    found["client"]["public"] = new_keys().client.public
    key_file(tmp_path).write_text(json.dumps(found))
    with pytest.raises(Refused, match="damaged"):
        user_keys(tmp_path)


def test_a_pair_is_known_from_two_halves():
    one, other = new_keys().server, new_keys().server
    assert is_pair(one)
    assert not is_pair(replace(one, public=other.public))
    assert not is_pair(KeyPair("", ""))
    assert not is_pair(KeyPair("ä", "ä"))


def test_many_that_start_at_once_have_the_same_keys(tmp_path):
    found, barrier = [], threading.Barrier(8)

    def start():
        barrier.wait()
        found.append(user_keys(tmp_path))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert set(found) == {user_keys(tmp_path)}
    assert [each.name for each in tmp_path.iterdir()] == ["keys.json"]


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match="cannot be read or made"):
        user_keys(tmp_path / "file" / "x")
