"""What grows in a run file, and what is found when it is opened again."""

import io
import zlib
from dataclasses import replace

import h5py
import numpy as np
import pytest

from bench.clock import SECOND, VIRTUAL_EPOCH
from bench.record import hdf5
from bench.record.layout.contents import CLOSED, RECORDING, create_part, open_part
from bench.record.layout.groups import GAP, REGULAR
from bench.record.layout.index import Extremes, read_index, write_index
from bench.record.layout.instruments import read_identities, write_identity
from bench.record.layout.statistics_table import Span
from bench.record.layout.tables import EVENTS, POINTS, STEPS
from bench.record.numbers.chunks import encode_chunk
from bench.record.numbers.statistics import Accumulator
from bench.record.port import (
    Point,
    RateGroup,
    StepRecord,
)
from bench.record.rows import groups_of
from tests.bench.record.small_run import (
    HEADER,
    TORQUE,
    UNIFORM,
    new_part,
    seal,
    written,
)


@pytest.fixture
def stream():
    return io.BytesIO()


@pytest.fixture
def part(stream):
    return new_part(stream)


def statistics(*values):
    made = Accumulator(3)
    made.add(np.array([values] * 3, np.float64))
    return made.results()


def thousand(count):
    return replace(
        HEADER,
        channels=tuple(
            replace(TORQUE, name=f"engine.torque{i}", source=f"dyno{i % 20}.torque{i}")
            for i in range(count)
        ),
        groups=(),
    )


def test_the_index_tells_extremes_at_the_end(part):
    known = {"scan": [Extremes(9, -1.0, 2.5, 0.5), Extremes(9, 0.0, 0.0, 0.0)]}
    known["scan"].append(Extremes(9, *[float("nan")] * 3))
    write_index(part.entry, groups_of(HEADER), known)
    items = read_index(part.entry)
    assert [items[0][key] for key in ("rows", "minimum", "maximum", "mean")] == [9, -1, 2.5, 0.5]
    assert np.isnan(float(items[2]["mean"]))
    assert "rows" not in items[3]


def test_an_identity_is_written_in_place_of_the_older_one(part):
    write_identity(part.instruments, "dyno", "ACME,D2")
    write_identity(part.instruments, "other", "é")
    assert read_identities(part.instruments) == {"dyno": "ACME,D2", "other": "é"}


def test_a_part_opens_with_all_its_columns(part, stream):
    seal(part, stream)
    scan = part.groups[0]
    scan.cues.append(0, 5 * SECOND, REGULAR, VIRTUAL_EPOCH)
    scan.cues.append(17, 9 * SECOND, GAP, VIRTUAL_EPOCH + 4 * SECOND)
    step = StepRecord("s", "ramp", "0/s", 1, 2, "done")
    point = Point("p", 1, 1, 1, 2, valid=True, remarks=("é",), step_id="s")
    part.steps.append([step])
    part.points.append([point])
    part.set_sequence(41)
    part.file.close()
    found = open_part(hdf5.open_to_change(stream))
    assert found.header == HEADER
    assert (found.part, found.run_uuid, found.sequence) == (1, "run-1", 41)
    assert (found.first_ns, found.state) == (5 * SECOND, RECORDING)
    assert [group.group for group in found.groups] == list(groups_of(HEADER))
    assert [group.rows for group in found.groups] == [4096, 0, 0]
    assert [group.chunk_rows for group in found.groups] == [4096, 65_536, 256]
    assert found.groups[0].cues.read().tolist() == [
        [0, 5 * SECOND, REGULAR, VIRTUAL_EPOCH],
        [17, 9 * SECOND, GAP, VIRTUAL_EPOCH + 4 * SECOND],
    ]
    assert STEPS.read(found.entry) == (step,)
    assert POINTS.read(found.entry) == (point,)
    assert EVENTS.read(found.entry) == ()
    found.events.append([])
    found.set_state(CLOSED)
    assert found.state == CLOSED


def test_made_and_opened_columns_are_the_same(part):
    opened = open_part(part.file)
    for made, found in zip(part.groups, opened.groups, strict=True):
        assert [c.identity for c in made.columns] == [c.identity for c in found.columns]
        assert made.pyramid.keys() == found.pyramid.keys()
        assert made.envelopes.keys() == found.envelopes.keys()
        assert len(made.qualities) == len(found.qualities)
        assert made.checksums.shape == (0, len(made.columns))
    assert set(opened.groups[1].pyramid) == {"values_u2", "values_f8", "values_f4"}
    assert [level.shape for level in opened.groups[1].pyramid["values_u2"]] == [(2, 0, 2)] * 4


def test_a_further_part_says_where_it_begins(stream):
    rows = {"scan": 1000, "knock": 7}
    part = new_part(stream, part=3, first_rows=rows, first_ns=99, sequence=12)
    part.file.close()
    found = open_part(hdf5.open_stream_to_read(stream))
    assert [group.first_row for group in found.groups] == [1000, 7, 0]
    assert (found.part, found.first_ns, found.sequence) == (3, 99, 12)
    with h5py.File(stream) as file:
        assert file.attrs["part"] == 3
        assert file.attrs["format_version"] == 2


def test_stored_chunks_come_back_as_they_are(part):
    column = part.groups[0].values[0]
    data = encode_chunk(np.arange(4096, dtype="<f4"))
    column.set_length(5000)
    column.chunks.write(4096, data)
    assert column.chunks.read(4096) == (0, data)
    with pytest.raises(RuntimeError, match="chunk"):
        column.chunks.read(0)
    np.testing.assert_array_equal(column.read(4096, 5000), np.arange(904))


def test_a_level_of_the_pyramid_takes_chunks_per_channel(part):
    level = part.groups[1].pyramid["values_u2"][0]
    bins = np.stack([np.arange(1024), np.arange(1024) + 1], axis=1).astype("<f4")
    level.set_shape((2, 1024, 2))
    level.chunks.write((1, 0, 0), encode_chunk(bins))
    np.testing.assert_array_equal(level.read(1, 2)[0], bins)
    assert level.chunk == (1, 1024, 2)
    assert level.attributes()["factor"] == 256


def test_checksums_are_rows_over_all_columns(part):
    knock = part.groups[1]
    sums = np.array([zlib.crc32(b"x")] * len(knock.columns), np.uint32)
    knock.checksums.append(sums[np.newaxis])
    assert len(knock.columns) == 5
    np.testing.assert_array_equal(knock.checksums.read(), sums[np.newaxis])


def test_statistics_tell_of_the_whole_part_then_of_steps(part):
    table = part.groups[0].statistics
    span = Span("step-é", "0/ramp", 1, 2)
    table.write_whole(statistics(1.0, 3.0))
    table.append(span, statistics(5.0, float("nan")))
    table.write_whole(statistics(1.0, 3.0, 8.0))
    assert table.read_spans() == (Span(), span)
    assert table.read(0).mean.tolist() == [4.0] * 3
    assert table.read(0).count.tolist() == [3] * 3
    assert table.read(1).bad.tolist() == [1] * 3
    assert np.isnan(table.read(1).deviation).all()
    with pytest.raises(IndexError):
        table.read(2)


def test_a_step_has_no_statistics_before_the_part_has(part):
    with pytest.raises(ValueError, match="Span"):
        part.groups[0].statistics.append(Span("s"), statistics(1.0))


def test_a_number_is_renewed_in_place_and_a_text_by_another(part, stream):
    for sequence in (1, 2**62, -5):
        part.set_sequence(sequence)
        assert part.sequence == sequence
    part.entry.describe({"note": "a"})
    part.entry.describe({"note": "扭矩\0"})
    assert part.entry.attributes()["note"] == "扭矩�"


def test_a_file_of_a_thousand_channels_is_small():
    header = thousand(1000)
    stream = io.BytesIO()
    part = create_part(hdf5.create(stream), header, UNIFORM, run_uuid="u")
    assert len(part.groups[0].values) == 1000
    part.file.close()
    assert len(stream.getvalue()) < 2_000_000


def test_an_empty_run_has_a_file():
    header = replace(HEADER, channels=(), groups=(RateGroup("none", ()),))
    stream = io.BytesIO(written(header))
    found = open_part(hdf5.open_stream_to_read(stream))
    assert found.header == header
    assert [len(group.columns) for group in found.groups] == [2, 2]


def test_the_channels_of_a_large_run_are_listed_from_its_index():
    stream = io.BytesIO()
    groups = groups_of(thousand(5000))
    file = hdf5.create(stream)
    write_index(file.create("entry", "NXentry"), groups)
    file.close()
    entry = hdf5.open_stream_to_read(stream).group("entry")
    items = read_index(entry)
    assert [item["name"] for item in items] == [each.channel.name for each in groups[0].channels]
