"""Frames in, a run file out: the same one, however the rows were cut and wherever it restarted."""

import json
import zlib

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.channel import FRESH
from bench.clock import SECOND, VIRTUAL_EPOCH
from bench.errors import RunFileError
from bench.record.disk.storage import SystemStorage
from bench.record.layout.parts import read_manifest
from bench.record.numbers.pyramid import factor_of
from bench.record.port import Identity
from bench.record.rows import QUALITY, TIME
from bench.record.sealing.sealer import Sealer, SealPolicy
from tests.bench.record.sealing_run import (
    CHUNKS,
    ENDING,
    HEADER,
    LAYOUTS,
    SCAN_GROUP,
    START,
    Feed,
    begun,
    ended,
    event,
    interleaved,
    made,
    point,
    rows_of,
    times_of,
)

STORAGE = SystemStorage()
NAMES = ("scan", "fast", "cycles")
QUICK = settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def recordings(draw):
    rows, cuts, gaps = [], [], []
    for group in range(3):
        count = draw(st.integers(0, 2200), label=NAMES[group])
        rows.append(rows_of(group, count, group))
        inner = draw(st.lists(st.integers(1, max(1, count - 1)), max_size=6, unique=True))
        edges = sorted({0, count, *(cut for cut in inner if 0 < cut < count)})
        cuts.append(edges if count else [0])
        gaps.append([cut for cut in edges[1:-1] if draw(st.booleans())])
    turns = draw(st.lists(st.integers(0, 2), min_size=1, max_size=6))
    return interleaved(tuple(rows), cuts, turns, tuple(gaps))


def sealed(path, frames, restarts=(), policy=None, after=lambda sealer: None):
    """Seal frames; before some of them the sealer is thrown away and a new one opened."""
    made(path)
    sealer = Sealer.open(STORAGE, path, policy)
    number = 0
    pending = sorted(restarts)
    while number < len(frames):
        if pending and number >= pending[0]:
            pending.pop(0)
            after(sealer)
            sealer.close()
            sealer = Sealer.open(STORAGE, path, policy)
            assert sealer.released <= number
            number = sealer.released
        sealer.take(frames[number])
        number += 1
    sealer.finish()
    assert sealer.released == len(frames)


def content(path):
    """Return every dataset but what differs by nature: how far a sealer was."""
    found = {}

    def add(name, node):
        if isinstance(node, h5py.Dataset) and not name.startswith("entry/log/"):
            found[name] = node[()]

    with h5py.File(path) as file:
        file.visititems(add)
    return found


def exact_checksums(stored):
    """The checksums of all but what may differ in the last digit of a mean, and how far it was."""
    found = json.loads(stored.tobytes())
    return {name: found[name] for name in found.keys() - {"index", "statistics", "log"}}


def assert_same(one, other):
    assert one.keys() == other.keys()
    for name, value in one.items():
        if "/statistics/" in name and name.rpartition("/")[2] in {"mean", "deviation"}:
            np.testing.assert_allclose(value, other[name], rtol=1e-9, atol=1e-9, err_msg=name)
        elif name == "entry/checksums/ending":
            assert exact_checksums(value) == exact_checksums(other[name])
        elif name not in {"entry/index", "entry/checksums/texts"}:
            np.testing.assert_array_equal(value, other[name], err_msg=name)


def assert_holds(path, recorded):
    """Compare a file of one part with what was recorded, by brute force."""
    with h5py.File(path) as file:
        entry = file["entry"]
        for group, name in enumerate(NAMES):
            assert_values(entry, group, name, recorded)
            assert_pyramid(entry, group, name, recorded.rows[group])
            assert_statistics(entry, group, name, recorded)
            assert_checksums(entry, group, name)
            assert_cues(entry, group, name, recorded)
        assert entry["ending/state"].asstr()[()] == ENDING.state
        assert file.attrs["state"] == "closed"


def assert_values(entry, group, name, recorded):
    rows = recorded.rows[group]
    for section in LAYOUTS[group].sections:
        for place, number in enumerate(section.channels):
            channel = LAYOUTS[group].group.channels[number].channel
            wanted = rows[section.field]
            wanted = wanted if section.width > 1 else wanted[:, place]
            found = entry[name][channel.name]["value"]
            assert found.dtype == section.dtype
            np.testing.assert_array_equal(found, wanted)
            if section.width > 1 and len(rows):
                envelope = np.column_stack(
                    [np.fmin.reduce(wanted, 1), np.fmax.reduce(wanted, 1), nanmean(wanted)]
                )
                np.testing.assert_allclose(
                    entry[name][channel.name]["envelope"], envelope, rtol=1e-6
                )
    for number, each in enumerate(LAYOUTS[group].group.channels):
        if QUALITY in rows.dtype.names:
            found = entry[name][each.channel.name]["quality"]
            np.testing.assert_array_equal(found, rows[QUALITY][:, number])
    times = times_of(group, len(rows), recorded.gaps[group])
    np.testing.assert_allclose(entry[name]["time"], (times - START) / SECOND, atol=2e-9)
    if TIME in rows.dtype.names:
        np.testing.assert_array_equal(entry[name]["time_ns"], times)


def nanmean(traces):
    known = ~np.isnan(traces)
    total = np.where(known, traces, 0).sum(axis=1, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return total / known.sum(axis=1)


def assert_pyramid(entry, group, name, rows):
    for section in LAYOUTS[group].sections:
        if section.width > 1:
            continue
        for level in range(4):
            found = entry["pyramid"][name][section.field][f"L{level}"]
            starts = range(0, len(rows), factor_of(level))
            values = rows[section.field]
            for start, stop in ((start, start + factor_of(level)) for start in starts):
                bins = found[:, start // factor_of(level)]
                np.testing.assert_array_equal(bins[:, 0], np.fmin.reduce(values[start:stop], 0))
                np.testing.assert_array_equal(bins[:, 1], np.fmax.reduce(values[start:stop], 0))
            assert found.shape[1] == len(starts)


def assert_statistics(entry, group, name, recorded):
    table = entry["statistics"][name]
    spans = table["span"].asstr()[:].tolist()
    assert sorted(spans) == sorted(["", *recorded.steps])
    for row, span in enumerate(spans):
        first, stop = (0, None) if not span else recorded.steps[span][group]
        rows = recorded.rows[group][first:stop]
        for section in LAYOUTS[group].sections:
            for place, number in enumerate(section.channels):
                stored = LAYOUTS[group].group.channels[number]
                values = rows[section.field].astype(np.float64)
                values = values if section.width > 1 else values[:, [place]]
                good = ~np.isnan(values)
                if QUALITY in rows.dtype.names:
                    good &= ((rows[QUALITY][:, number] & ~np.uint8(FRESH)) == 0)[:, np.newaxis]
                chosen = values[good] * stored.scale + stored.offset
                assert table["count"][row, number] == len(chosen)
                assert table["bad"][row, number] == values.size - len(chosen)
                if len(chosen) > 1:
                    wanted = (chosen.min(), chosen.max(), chosen.mean(), chosen.std(ddof=1))
                    found = [
                        table[each][row, number]
                        for each in ("minimum", "maximum", "mean", "deviation")
                    ]
                    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


def assert_checksums(entry, group, name):
    layout = LAYOUTS[group]
    nodes = [entry[name][each.channel.name] for each in layout.group.channels]
    columns = [entry[name]["time"]]
    columns += [entry[name]["time_ns"]] if layout.group.interval_ns is None else []
    columns += [node["value"] for node in nodes]
    columns += [node["quality"] for node in nodes] if layout.group.has_quality else []
    found = entry["checksums"][name]
    rows, chunk = len(columns[0]), CHUNKS[name]
    assert found.shape == (-(-rows // chunk), len(columns))
    for number in range(len(found)):
        for place, column in enumerate(columns):
            checksum, stop = 0, min(rows, (number + 1) * chunk)
            for start in range(number * chunk, stop, column.chunks[0]):
                corner = (start, *(0,) * (column.ndim - 1))
                checksum = zlib.crc32(column.id.read_direct_chunk(corner)[1], checksum)
            assert found[number, place] == checksum


def assert_cues(entry, group, name, recorded):
    rows = len(recorded.rows[group])
    kinds = entry[name]["cue_kind"][:]
    index = entry[name]["cue_index"][:]
    times = times_of(group, rows, recorded.gaps[group])
    told = entry[name]["cue_time_ns"][:]
    assert abs(told - times[index]).max(initial=0) <= (1 if name == "fast" else 0)  # thirds of ms
    gaps = set(recorded.gaps[group]) if name != "cycles" else set()
    assert set(index[kinds == 1].tolist()) == gaps
    assert set(index[kinds == 0].tolist()) == set(range(0, rows, CHUNKS[name])) - gaps
    step = recorded.clock_step[group]
    assert index[kinds == 2].tolist() == ([step] if step < rows else [])
    offset = VIRTUAL_EPOCH - START
    later = (index > step) | ((index == step) & (kinds == 2))
    utc = entry[name]["cue_utc_ns"][:]
    np.testing.assert_array_equal(utc[later], (told + offset + 3 * SECOND)[later])
    np.testing.assert_array_equal(utc[index < step], (told + offset)[index < step])


@QUICK
@given(recordings())
def test_the_file_holds_what_was_recorded(tmp_path_factory, recorded):
    path = tmp_path_factory.mktemp("run") / "run.h5"
    sealed(path, recorded.frames)
    assert_holds(path, recorded)


@QUICK
@given(recordings(), st.data())
def test_a_file_is_the_same_wherever_its_sealer_restarts(tmp_path_factory, recorded, data):
    path = tmp_path_factory.mktemp("run") / "run.h5"
    frames = recorded.frames
    restarts = data.draw(st.lists(st.integers(0, len(frames) - 1), max_size=3))
    seconds = data.draw(st.sampled_from([None, 1, 4]))
    policy = SealPolicy(
        checkpoint_ns=None if seconds is None else seconds * SECOND,
        commit_bytes=data.draw(st.sampled_from([0, 20_000])),
    )

    def perhaps_commit(sealer):
        choice = data.draw(st.sampled_from(["no", "whole", "partial"]))
        if choice != "no":
            sealer.commit(partial=choice == "partial")

    sealed(path, frames, restarts, policy, perhaps_commit)
    assert_holds(path, recorded)
    plain = path.with_name("plain.h5")
    sealed(plain, frames)
    assert_same(content(path), content(plain))


def scan(feed, first, count, time_ns=None, step=None):
    """Add scans to a feed; return them."""
    rows = rows_of(SCAN_GROUP, count, first)
    begin = START + first * HEADER.scan_period_ns if time_ns is None else time_ns
    rows[TIME] = begin + np.arange(count) * (step or HEADER.scan_period_ns)
    feed.rows(SCAN_GROUP, first, rows, begin)
    return rows


def read(path, name):
    with h5py.File(path) as file:
        return file[f"entry/{name}"][()]


def test_a_new_part_begins_after_its_time_and_steps_go_on_in_it(tmp_path):
    path, feed = made(tmp_path / "run.h5"), Feed()
    feed.record(Identity("dyno", "ACME"))
    feed.record(begun("soak"))
    rows = [scan(feed, first, 128) for first in range(0, 2560, 128)]
    feed.record(ended("soak", START + 15 * SECOND))
    feed.record(ENDING)
    policy = SealPolicy(part_ns=6 * SECOND)
    sealer = Sealer.open(STORAGE, path, policy)
    for frame in feed.frames[:12]:
        sealer.take(frame)
    assert sealer.parts == 2
    sealer.close()
    sealer = Sealer.open(STORAGE, path, policy)
    for frame in feed.frames[sealer.released :]:
        sealer.take(frame)
    sealer.finish()
    files = [path, tmp_path / "run.part2.h5", tmp_path / "run.part3.h5"]
    assert sorted(tmp_path.iterdir()) == sorted([*files, tmp_path / "run.parts.json"])
    values = np.concatenate([read(file, "scan/demand/value") for file in files])
    np.testing.assert_array_equal(values, np.concatenate([r["values_f8"][:, 0] for r in rows]))
    counts = [read(file, "statistics/scan/count")[1, 0] for file in files]
    bad = [read(file, "statistics/scan/bad")[1, 0] for file in files]
    assert sum(counts) + sum(bad) == 2560
    manifest = read_manifest(path)
    assert [entry.first_rows["scan"] for entry in manifest.parts] == [0, 1024, 2048]
    for file in files:
        with h5py.File(file) as part:
            assert part.attrs["state"] == "closed"
            assert ("ending" in part["entry"]) == (file == files[-1])
            assert part["entry/instrument/dyno/identity"].asstr()[()] == "ACME"


@pytest.mark.parametrize("number", range(1, 5))
def test_a_part_that_was_ended_is_followed_by_the_next(tmp_path, number):
    path, feed = made(tmp_path / "run.h5"), Feed()
    for first in range(0, 1024, 128):
        scan(feed, first, 128)
    policy = SealPolicy(part_bytes=1)  # at each commit
    sealer = Sealer.open(STORAGE, path, policy)
    for frame in feed.frames[:4]:
        sealer.take(frame)
    assert sealer.parts == 2
    sealer.close()
    if number < 4:
        (tmp_path / "run.parts.json").unlink()  # broken off before the list was written
    if number < 3:
        (tmp_path / "run.part2.h5").unlink()  # before the part was made
    if number < 2:
        (tmp_path / "run.part2.h5.new").write_bytes(b"half")
    sealer = Sealer.open(STORAGE, path, policy)
    assert sealer.parts == 2
    for frame in feed.frames[sealer.released :]:
        sealer.take(frame)
    sealer.finish()
    files = sorted(tmp_path.glob("run*.h5"))
    rows = sum(len(read(file, "scan/time")) for file in files)
    assert rows == 1024
    assert len(read_manifest(path).parts) == len(files)


def test_rows_whose_time_runs_backwards_are_told(tmp_path):
    path, feed = made(tmp_path / "run.h5"), Feed()
    scan(feed, 0, 10)
    scan(feed, 10, 10, time_ns=START)
    sealer = Sealer.open(STORAGE, path)
    for frame in feed.frames:
        sealer.take(frame)
    sealer.finish()
    assert read(path, "events/id").tolist() == [b"record.time-backwards"]
    assert read(path, "scan/cue_index").tolist() == [0, 10]
    assert read(path, "scan/cue_kind").tolist() == [0, 1]


def test_slow_rows_and_records_are_in_the_file_after_a_checkpoint(tmp_path):
    path, feed = made(tmp_path / "run.h5"), Feed()
    feed.record(event(0))
    feed.record(point(1))
    for first in range(0, 300, 10):
        scan(feed, first, 10)
    sealer = Sealer.open(STORAGE, path, SealPolicy(checkpoint_ns=SECOND))
    for frame in feed.frames:
        sealer.take(frame)
    released = sealer.released
    sealer.close()
    assert len(read(path, "scan/time")) == 210 + 0
    assert released == 2 + 21
    assert len(read(path, "events/id")) == len(read(path, "points/name")) == 1


def test_whole_chunks_wait_for_a_commit_until_there_is_enough_of_them(tmp_path):
    rows, released = 8 * CHUNKS["scan"], []
    for number, most in enumerate((0, 3 * CHUNKS["scan"] * LAYOUTS[SCAN_GROUP].dtype.itemsize)):
        path, feed = made(tmp_path / f"{number}.h5"), Feed()
        for first in range(0, rows, CHUNKS["scan"]):
            scan(feed, first, CHUNKS["scan"])
        policy = SealPolicy(checkpoint_ns=None, commit_bytes=most)
        sealer = Sealer.open(STORAGE, path, policy)
        for frame in feed.frames:
            sealer.take(frame)
        released.append(sealer.released)
        sealer.finish()
        assert len(read(path, "scan/time")) == rows
    assert released == [8, 6]


def test_a_frame_that_does_not_follow_is_refused(tmp_path):
    path, feed = made(tmp_path / "run.h5"), Feed()
    scan(feed, 0, 10)
    scan(feed, 20, 10)
    sealer = Sealer.open(STORAGE, path)
    sealer.take(feed.frames[0])
    with pytest.raises(RunFileError, match="rows 10 to 19 of scan are missing"):
        sealer.take(feed.frames[1])
    with pytest.raises(RunFileError, match="rows 10 to 19 of scan are missing"):
        sealer.commit(partial=True)


def test_a_run_without_rows_is_complete(tmp_path):
    path, feed = made(tmp_path / "run.h5"), Feed()
    feed.record(ENDING)
    sealer = Sealer.open(STORAGE, path)
    sealer.take(feed.frames[0])
    sealer.finish()
    sealer.finish()
    assert sealer.released == 1
    assert Sealer.open(STORAGE, path).has_ended
    assert list(tmp_path.iterdir()) == [path]
