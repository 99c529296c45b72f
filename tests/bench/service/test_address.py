import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.errors import Refused
from bench.service.address import (
    FOLDER_VARIABLE,
    ServerFile,
    ServerLock,
    find,
    find_only,
    running,
)
from bench.service.sockets import Ports


def file(rig="cell", requests=4000):
    return ServerFile(rig, os.getpid(), Ports(requests, 4001), 5)


def test_a_server_is_found_by_its_rig(tmp_path):
    with ServerLock("cell", tmp_path):
        file().write(tmp_path)
        assert find("cell", tmp_path) == file()
        assert find("other", tmp_path) is None


def test_a_second_server_of_a_rig_is_refused_and_told_who_runs(tmp_path):
    with ServerLock("cell", tmp_path):
        file().write(tmp_path)
        with pytest.raises(Refused, match=f"already runs .process {os.getpid()}"):
            ServerLock("cell", tmp_path)
        with ServerLock("other", tmp_path):
            pass
    with ServerLock("cell", tmp_path):
        pass


def test_a_file_whose_server_is_gone_is_ignored_and_removed(tmp_path):
    with ServerLock("cell", tmp_path):
        file().write(tmp_path)
    assert find("cell", tmp_path) is None
    assert list(tmp_path.glob("*.json")) == []


def test_the_newest_address_counts(tmp_path):
    with ServerLock("cell", tmp_path):
        file(requests=1).write(tmp_path)
        file(requests=2).write(tmp_path)
        assert find("cell", tmp_path) == file(requests=2)


def test_a_server_takes_back_only_its_own_address(tmp_path):
    with ServerLock("cell", tmp_path):
        file(requests=2).write(tmp_path)
        file(requests=1).remove(tmp_path)
        assert find("cell", tmp_path) == file(requests=2)
        file(requests=2).remove(tmp_path)
        assert find("cell", tmp_path) is None


def test_the_only_server_needs_no_name(tmp_path):
    with pytest.raises(Refused, match="no bench server of yours"):
        find_only(tmp_path)
    with ServerLock("a", tmp_path), ServerLock("b", tmp_path):
        file("a").write(tmp_path)
        assert find_only(tmp_path) == file("a")
        file("b").write(tmp_path)
        assert running(tmp_path) == (file("a"), file("b"))
        with pytest.raises(Refused, match="several bench servers run: a, b"):
            find_only(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"rig": 1}',
        "\N{SNOWMAN}",
        '{"rig":"cell","pid":1,"ports":{"requests":70000,"news":1},"started_utc_ns":1}',
    ],
)
def test_an_address_that_cannot_be_read_is_none(tmp_path, text):
    with ServerLock("cell", tmp_path):
        (tmp_path / "server-cell.json").write_text(text, encoding="utf-8")
        assert find("cell", tmp_path) is None


def test_an_environment_variable_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    with ServerLock("cell"):
        file().write()
        assert find_only() == find("cell", tmp_path) == file()


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match="cannot be made"):
        ServerLock("cell", tmp_path / "file" / "x")
    with pytest.raises(Refused, match="cannot be written"):
        file().write(tmp_path / "file" / "x")


@settings(max_examples=30, deadline=None)
@given(rig=st.text(min_size=1, max_size=20))
def test_a_rig_may_have_any_name_and_stays_in_the_folder(rig, tmp_path_factory):
    folder = tmp_path_factory.mktemp("servers")
    with ServerLock(rig, folder):
        file(rig).write(folder)
        assert find(rig, folder) == file(rig)
        assert len(list(folder.glob("server-*.json"))) == 1
