from __future__ import annotations

import errno
import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.campaigns.crash_model import Faults, Files, ModelStorage, files_of
from tests.campaigns.crash_playback import Disk, Luck, materialise
from tests.campaigns.crash_points import scratch


def storage_with(folder: Path, files: Files, faults: Faults | None = None) -> ModelStorage:
    """Return a storage on a folder of its own."""
    materialise(files, folder)
    return ModelStorage(folder, faults)


LUCKS = [
    Luck(survival, sector, is_ordered=ordered)
    for survival in (0.0, 0.5, 1.0)
    for sector in (512, 4096)
    for ordered in (False, True)
]


OLD = {"old": b"x" * 5000}


def scribbled(folder: Path, seed: int, calls: int, *, ends_synced: bool) -> ModelStorage:
    """Return a storage on which a random program worked."""
    draw = random.Random(seed)
    storage = storage_with(folder, OLD)
    files = [storage.open(folder / "old")]
    for number in range(calls):
        file = draw.choice(files)
        match draw.randrange(6):
            case 0:
                files.append(storage.create(folder / f"f{number}"))
            case 1:
                file.truncate(draw.randrange(9000))
            case 2:
                file.sync()
            case 3:
                storage.replace(folder / storage.names(folder)[0], folder / f"n{number}")
            case _:
                file.write_at(draw.randrange(9000), draw.randbytes(draw.randrange(1, 6000)))
    if ends_synced:
        for file in files:
            file.sync()
        storage.sync_folder(folder)
    for file in files:
        file.close()
    return storage


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 40))
def test_a_kill_leaves_what_the_program_saw(seed: int, calls: int) -> None:
    with scratch() as name:
        storage = scribbled(Path(name), seed, calls, ends_synced=False)
        assert Disk(OLD).play(storage.calls).after_kill() == files_of(Path(name))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 40), st.sampled_from(LUCKS))
def test_what_was_synced_survives_a_power_cut(seed: int, calls: int, luck: Luck) -> None:
    with scratch() as name:
        storage = scribbled(Path(name), seed, calls, ends_synced=True)
        disk = Disk(OLD, luck, seed).play(storage.calls)
        assert disk.after_power_cut() == files_of(Path(name))


def test_what_was_not_synced_is_lost_by_sectors(tmp_path: Path) -> None:
    storage = storage_with(tmp_path, {"f": bytes(8192)})
    file = storage.open(tmp_path / "f")
    file.write_at(0, b"1" * 8192)
    file.close()
    luck = Luck(0.5, 512, is_ordered=True)
    left = {
        Disk({"f": bytes(8192)}, luck, seed).play(storage.calls).after_power_cut()["f"]
        for seed in range(20)
    }
    assert len(left) == 20
    assert all(
        each[i : i + 512] in {b"1" * 512, bytes(512)} for each in left for i in range(0, 8192, 512)
    )


def test_a_new_file_is_certain_only_once_its_folder_is_synced(tmp_path: Path) -> None:
    storage = ModelStorage(tmp_path)
    file = storage.create(tmp_path / "f")
    file.sync()
    file.close()
    luck = Luck(1.0, 512, is_ordered=False)
    names = {
        tuple(Disk({}, luck, seed).play(storage.calls).after_power_cut()) for seed in range(20)
    }
    assert names == {(), ("f",)}


def test_a_failed_sync_is_not_made_good_by_the_next(tmp_path: Path) -> None:
    faults = Faults(syncs_fail_from=1, syncs_failing=1)
    storage = storage_with(tmp_path, {"f": bytes(512)}, faults)
    file = storage.open(tmp_path / "f")
    file.write_at(0, b"1" * 512)
    with pytest.raises(OSError, match="rror"):
        file.sync()
    file.sync()
    file.close()
    disk = Disk({"f": bytes(512)}, Luck(0.0, 512, is_ordered=True)).play(storage.calls)
    assert disk.after_power_cut() == {"f": bytes(512)}


def test_a_full_disk_takes_what_fits(tmp_path: Path) -> None:
    storage = storage_with(tmp_path, {"a": bytes(400)}, Faults(space=1000))
    file = storage.create(tmp_path / "b")
    full = os.strerror(errno.ENOSPC)
    with pytest.raises(OSError, match=full):
        file.write_at(0, bytes(601))
    assert file.size == 600
    with pytest.raises(OSError, match=full):
        file.allocate(601)
    file.close()


def test_a_state_replaces_what_was_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "gone").write_bytes(b"1")
    materialise({"here": b"2"}, tmp_path)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("here", b"2")]
