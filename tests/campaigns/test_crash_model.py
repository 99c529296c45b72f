from __future__ import annotations

import errno
import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.campaigns.crash_model import Faults, ModelStorage
from tests.campaigns.crash_playback import Disk, Luck, materialise

FOLDER = Path("/model")
LUCKS = [
    Luck(survival, sector, is_ordered=ordered)
    for survival in (0.0, 0.5, 1.0)
    for sector in (512, 4096)
    for ordered in (False, True)
]


def scribbled(seed: int, calls: int, *, ends_synced: bool) -> ModelStorage:
    """Return a storage on which a random program worked."""
    draw = random.Random(seed)
    storage = ModelStorage(FOLDER, {"old": b"x" * 5000})
    files = [storage.open(FOLDER / "old")]
    for number in range(calls):
        file = draw.choice(files)
        match draw.randrange(6):
            case 0:
                files.append(storage.create(FOLDER / f"f{number}"))
            case 1:
                file.truncate(draw.randrange(9000))
            case 2:
                file.sync()
            case 3:
                storage.replace(FOLDER / storage.names(FOLDER)[0], FOLDER / f"n{number}")
            case _:
                file.write_at(draw.randrange(9000), draw.randbytes(draw.randrange(1, 6000)))
    if ends_synced:
        for file in files:
            file.sync()
        storage.sync_folder(FOLDER)
    return storage


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 40))
def test_a_kill_leaves_what_the_program_saw(seed: int, calls: int) -> None:
    storage = scribbled(seed, calls, ends_synced=False)
    disk = Disk({"old": b"x" * 5000}).play(storage.calls)
    assert disk.after_kill() == storage.files()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 40), st.sampled_from(LUCKS))
def test_what_was_synced_survives_a_power_cut(seed: int, calls: int, luck: Luck) -> None:
    storage = scribbled(seed, calls, ends_synced=True)
    disk = Disk({"old": b"x" * 5000}, luck, seed).play(storage.calls)
    assert disk.after_power_cut() == storage.files()


def test_what_was_not_synced_is_lost_by_sectors() -> None:
    storage = ModelStorage(FOLDER, {"f": bytes(8192)})
    storage.open(FOLDER / "f").write_at(0, b"1" * 8192)
    luck = Luck(0.5, 512, is_ordered=True)
    left = {
        Disk({"f": bytes(8192)}, luck, seed).play(storage.calls).after_power_cut()["f"]
        for seed in range(20)
    }
    assert len(left) == 20
    assert all(
        each[i : i + 512] in {b"1" * 512, bytes(512)} for each in left for i in range(0, 8192, 512)
    )


def test_a_new_file_is_certain_only_once_its_folder_is_synced() -> None:
    storage = ModelStorage(FOLDER)
    storage.create(FOLDER / "f").sync()
    luck = Luck(1.0, 512, is_ordered=False)
    names = {
        tuple(Disk({}, luck, seed).play(storage.calls).after_power_cut()) for seed in range(20)
    }
    assert names == {(), ("f",)}


def test_a_failed_sync_is_not_made_good_by_the_next() -> None:
    storage = ModelStorage(FOLDER, {"f": bytes(512)}, Faults(syncs_fail_from=1, syncs_failing=1))
    file = storage.open(FOLDER / "f")
    file.write_at(0, b"1" * 512)
    with pytest.raises(OSError, match="rror"):
        file.sync()
    file.sync()
    disk = Disk({"f": bytes(512)}, Luck(0.0, 512, is_ordered=True)).play(storage.calls)
    assert disk.after_power_cut() == {"f": bytes(512)}


def test_a_full_disk_takes_what_fits() -> None:
    storage = ModelStorage(FOLDER, faults=Faults(space=1000))
    storage.create(FOLDER / "a").allocate(400)
    file = storage.create(FOLDER / "b")
    full = os.strerror(errno.ENOSPC)
    with pytest.raises(OSError, match=full):
        file.write_at(0, bytes(601))
    assert file.size == 600
    with pytest.raises(OSError, match=full):
        file.allocate(601)


def test_a_state_replaces_what_was_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "gone").write_bytes(b"1")
    materialise({"here": b"2"}, tmp_path)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("here", b"2")]
