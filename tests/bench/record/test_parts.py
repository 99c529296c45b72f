"""The parts of a run find each other, and a missing one is told."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.channel import Channel, Kind
from bench.errors import RunFileError
from bench.record import hdf5
from bench.record.disk.storage import SystemStorage
from bench.record.layout.contents import create_part
from bench.record.layout.parts import (
    Manifest,
    PartEntry,
    PartIdentity,
    find_parts,
    identify,
    manifest_path,
    part_path,
    read_manifest,
    run_of,
    write_manifest,
)
from bench.record.port import Header, Provenance
from bench.units import unit

HEADER = Header(
    title="t", rig_name="r", rig_text="", protocol_name="p", texts={}, parameters={},
    object_kind="o", object_serial="s", operator="m", seed=1, simulated=True, plant={},
    channels=(Channel("x", Kind.MEASURED, unit("V")),),
    scan_period_ns=10_000_000, start_utc_ns=0,
)  # fmt: skip


def make(path, part=1, run_uuid="run-1"):
    stream = io.BytesIO()
    file = hdf5.create(stream)
    create_part(file, HEADER, Provenance(), run_uuid=run_uuid, part=part)
    file.close()
    path.write_bytes(stream.getvalue())
    return path


def entries(run, count, run_uuid="run-1"):
    return Manifest(
        run_uuid,
        tuple(
            PartEntry(part_path(run, part).name, part, part * 10**9, {"scan": part, "é/1": 2**40})
            for part in range(1, count + 1)
        ),
    )


@pytest.fixture
def run(tmp_path):
    return tmp_path / "Läufe.v2" / "20260101T000000Z_最佳点.1.h5"


@pytest.fixture
def three(run):
    run.parent.mkdir()
    for part in (1, 2, 3):
        make(part_path(run, part), part)
    write_manifest(SystemStorage(), run, entries(run, 3))
    return run


def test_parts_are_called_after_the_first(run):
    assert part_path(run, 1) == run
    assert part_path(run, 2).name == "20260101T000000Z_最佳点.1.part2.h5"
    assert manifest_path(run).name == "20260101T000000Z_最佳点.1.parts.json"


def test_parts_are_counted_from_one(run):
    with pytest.raises(ValueError, match="0"):
        part_path(run, 0)


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1).filter(
        lambda text: text.strip(".") and not run_of_is_part(text)
    ),
    st.integers(1, 10**6),
)
def test_a_part_knows_its_run(tmp_path_factory, stem, part):
    run = tmp_path_factory.getbasetemp() / f"{stem}.h5"
    assert run_of(part_path(run, part)) == (run, part)
    assert run_of(manifest_path(run)) == (run, 0)


def run_of_is_part(stem):
    return ".part" in stem


@pytest.mark.parametrize(
    "name", ["a.part.h5", "a.part1.h5", "a.part02.h5", ".part2.h5", "a.parts.h5"]
)
def test_a_name_that_only_resembles_a_part_is_a_run(tmp_path, name):
    assert run_of(tmp_path / name) == (tmp_path / name, 1)


@pytest.mark.parametrize("asked", [1, 2, 3, None])
def test_all_parts_are_found_from_any_file_and_from_the_list(three, asked):
    path = manifest_path(three) if asked is None else part_path(three, asked)
    found = find_parts(path)
    assert found.run == three
    assert dict(found.parts) == {part: part_path(three, part) for part in (1, 2, 3)}
    assert list(found.parts) == [1, 2, 3]
    assert found.missing == ()


@pytest.mark.parametrize("asked", [1, 3])
def test_without_the_list_names_and_identity_are_enough(three, asked):
    manifest_path(three).unlink()
    found = find_parts(part_path(three, asked))
    assert list(found.parts) == [1, 2, 3]


@pytest.mark.parametrize(
    ("gone", "asked"), [(1, 2), (1, None), (2, 1), (2, None), (3, 1), (3, 2), (3, None)]
)
def test_a_part_that_is_gone_is_missing(three, gone, asked):
    part_path(three, gone).unlink()
    found = find_parts(manifest_path(three) if asked is None else part_path(three, asked))
    assert found.run == three
    assert found.missing == (gone,)
    assert set(found.parts) == {1, 2, 3} - {gone}


def test_without_the_list_the_last_part_is_not_missed(three):
    manifest_path(three).unlink()
    part_path(three, 3).unlink()
    assert find_parts(three).missing == ()


def test_a_part_of_another_run_is_not_taken(three):
    make(part_path(three, 2), 2, "another")
    found = find_parts(three)
    assert list(found.parts) == [1, 3]
    assert found.missing == (2,)


def test_a_list_of_another_run_counts_for_nothing(three):
    write_manifest(SystemStorage(), three, entries(three, 9, "another"))
    assert find_parts(three).missing == ()


def test_a_part_under_a_wrong_number_is_not_taken(three):
    part_path(three, 3).rename(part_path(three, 4))
    found = find_parts(three)
    assert list(found.parts) == [1, 2]
    assert found.missing == (3,)


def test_a_part_that_was_renamed_alone_misses_the_others(three, tmp_path):
    lone = part_path(three, 3).rename(tmp_path / "copy.h5")
    found = find_parts(lone)
    assert dict(found.parts) == {3: lone}
    assert found.missing == (1, 2)


def test_a_run_whose_name_looks_like_a_part_is_a_run(tmp_path):
    path = make(tmp_path / "a.part2.h5")
    make(tmp_path / "a.h5", 1, "another")
    found = find_parts(path)
    assert dict(found.parts) == {1: path}
    assert (found.run, found.missing) == (path, ())


def test_a_run_in_one_file_needs_no_list(tmp_path):
    path = make(tmp_path / "a.h5")
    make(tmp_path / "b.h5", 1, "another")
    make(tmp_path / "a.part2.part3.h5", 3, "run-1")
    found = find_parts(path)
    assert dict(found.parts) == {1: path}
    assert found.missing == ()


def test_a_damaged_file_is_still_itself(three):
    three.write_bytes(three.read_bytes()[:1000])
    assert identify(three) is None
    assert find_parts(three).parts[1] == three
    assert identify(three.with_name("none.h5")) is None


def test_a_damaged_first_part_is_named_and_the_list_leads_to_the_others(three):
    three.write_bytes(b"no run file")
    found = find_parts(three)
    assert list(found.parts) == [1, 2, 3]


def test_an_hdf5_file_of_others_is_no_part(tmp_path):
    stream = io.BytesIO()
    file = hdf5.create(stream)
    file.describe({"format": "other"})
    file.close()
    path = tmp_path / "a.h5"
    path.write_bytes(stream.getvalue())
    assert identify(path) is None


def test_a_file_says_which_part_of_which_run_it_is(three):
    assert identify(part_path(three, 2)) == PartIdentity("run-1", 2)


def test_the_list_comes_back(three):
    assert read_manifest(three) == entries(three, 3)
    json.loads(manifest_path(three).read_text("utf-8"))


def test_the_list_is_replaced_in_one_step_and_leftovers_do_not_hinder(three):
    leftover = three.with_name(f"{manifest_path(three).name}.new")
    leftover.write_bytes(b"{")
    write_manifest(SystemStorage(), three, entries(three, 4))
    assert read_manifest(three) == entries(three, 4)
    assert not leftover.exists()


class Failing(SystemStorage):
    """A disk that fails when a new name is given."""

    def replace(self, old, new):
        raise OSError(28, "No space left on device")


def test_the_older_list_stands_when_the_new_one_cannot_be_written(three):
    with pytest.raises(OSError, match="No space"):
        write_manifest(Failing(), three, entries(three, 4))
    assert read_manifest(three) == entries(three, 3)


def test_a_run_without_a_list_has_none(run):
    assert read_manifest(run) is None


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"format": 1}', b"\xff\xfe", b"null", b'"x"']
)
def test_a_damaged_list_is_told(three, content):
    manifest_path(three).write_bytes(content)
    with pytest.raises(RunFileError, match="cannot read the list of parts"):
        find_parts(three)


def test_a_list_cut_at_any_byte_is_told(three):
    whole = manifest_path(three).read_bytes()
    for cut in range(0, len(whole) - 2, 7):
        manifest_path(three).write_bytes(whole[:cut])
        with pytest.raises(RunFileError, match="cannot read the list of parts"):
            read_manifest(three)


def test_a_newer_list_is_refused_in_both_languages(three):
    path = manifest_path(three)
    found = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(found | {"version": 2}), "utf-8")
    with pytest.raises(RunFileError, match="version 2") as caught:
        find_parts(three)
    assert "版本" in caught.value.text("zh")


def test_a_list_that_is_a_folder_is_told(three):
    manifest_path(three).unlink()
    manifest_path(three).mkdir()
    with pytest.raises(RunFileError, match="is no file, but a folder"):
        find_parts(three)
