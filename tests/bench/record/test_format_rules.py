"""What programs of others can do bounds what a run file may hold.

Rules of h5web 17 (jsfive, h5wasm: no plug-ins, no opaque or reference types to plot), of MATLAB's
h5read (no plug-ins, no variable-length arrays) and of HDF5 1.10 (superblock 3 at most).
"""

from fractions import Fraction
from pathlib import Path

import h5py
import numpy as np
import pytest

from bench.channel import Channel, Kind
from bench.clock import MILLISECOND, SECOND
from bench.messages import Message
from bench.record.port import Ending, Event, Identity, Point, StepBegun, StepRecord
from bench.record.results import write_results
from bench.record.sealing.sealer import SealPolicy
from bench.units import unit
from tests.bench.runs.run_maker import RunMaker, fast_group, header_of, measured

START = 5 * SECOND
PLAIN = {h5py.h5t.INTEGER, h5py.h5t.FLOAT, h5py.h5t.STRING}
PACKING = {h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_DEFLATE}


@pytest.fixture(scope="module", params=["closed", "recording"])
def file(request, tmp_path_factory):
    """A run with something of everything, after its end or before."""
    path = tmp_path_factory.mktemp("rules") / "run.h5"
    raw = measured("a/b", "bar", "<u2", scale=0.5)
    cycles = measured("p.cyl", "bar", width=20, axis=(0.0, 36.0, "deg"))
    groups = (
        fast_group(raw, interval_ns=Fraction(10**6)),
        fast_group(cycles, interval_ns=None, name="Zyklen/1"),
    )
    channels = (
        Channel("oil.温度", Kind.MEASURED, unit("degC")),
        Channel("time", Kind.COMPUTED, unit("s")),
    )
    maker = RunMaker(path, header_of(*groups, channels=channels), policy=SealPolicy(None))
    times = START + 10 * MILLISECOND * np.arange(600)
    maker.record(StepBegun("ramp", "p/ramp", START))
    maker.record(Identity("analyser", "Fabrikat λ"))
    maker.scans(times, np.ones((600, 2)))
    maker.scalars("fast", START, np.arange(600))
    maker.record(StepRecord("ramp", "ramp", "p/ramp", START, START + SECOND, "done"))
    maker.record(Event(START, 0, "info", "operator", Message("runs.gap", {"group": "λ"})))
    maker.record(Point("best", 1, 1, START, START + SECOND, valid=True))
    if request.param == "closed":
        maker.record(Ending("completed", None, START + 6 * SECOND))
        maker.finish()
        write_results(path, {"verdict": "pass"})
    else:
        maker.seal(partial=True)
        maker.close()
    with h5py.File(path, "r", locking=False) as opened:
        yield opened


def nodes(file):
    """Yield path, kind of link and object of everything in a file."""
    folders = [("", file)]
    while folders:
        path, group = folders.pop()
        for name in group:
            yield f"{path}/{name}", group.get(name, getlink=True), group[name]
            if isinstance(group[name], h5py.Group):
                folders.append((f"{path}/{name}", group[name]))


def datasets(file):
    return [(path, node) for path, _, node in nodes(file) if isinstance(node, h5py.Dataset)]


def test_the_file_is_one_that_hdf5_1_10_reads(file):
    with Path(file.filename).open("rb") as content:
        assert content.read(9) == b"\x89HDF\r\n\x1a\n\x03"


def test_chunks_are_packed_by_nothing_but_shuffle_and_deflate(file):
    found = datasets(file)
    assert len(found) > 80
    for path, dataset in found:
        made = dataset.id.get_create_plist()
        packing = {made.get_filter(i)[0] for i in range(made.get_nfilters())}
        assert packing <= PACKING, path
        assert made.get_external_count() == 0, path
        assert made.get_layout() != h5py.h5d.VIRTUAL, path


def types_of(file):
    for path, dataset in datasets(file):
        yield path, dataset.id.get_type()
    for path, _, node in [*nodes(file), ("", None, file)]:
        for name in node.attrs:
            yield f"{path}@{name}", node.attrs.get_id(name).get_type()


def test_types_are_numbers_truth_values_and_utf8_texts(file):
    for path, kind in types_of(file):
        if isinstance(kind, h5py.h5t.TypeEnumID):  # h5py's truth values
            assert kind.get_nmembers() == 2, path
            continue
        assert kind.get_class() in PLAIN, path
        if isinstance(kind, h5py.h5t.TypeStringID):
            assert kind.get_cset() == h5py.h5t.CSET_UTF8, path


def test_links_are_hard_and_names_hold_no_slash(file):
    for path, link, _ in nodes(file):
        name = path.rpartition("/")[2]
        assert isinstance(link, h5py.HardLink), path
        assert name not in {"", ".", ".."}, path
        assert name.isprintable(), path
    assert "a%2Fb" in file["entry/fast"]
    assert "Zyklen%2F1" in file["entry"]


def test_following_default_leads_to_something_to_plot(file):
    group = file
    while "default" in group.attrs:
        group = group[group.attrs["default"]]
    assert group.attrs["NX_class"] == "NXdata"
    signal = group[group.attrs["signal"]]
    axes = [group[name] for name in group.attrs["axes"]]
    assert [len(axis) for axis in axes] == list(signal.shape)
    assert signal.size > 0
    assert np.issubdtype(signal.dtype, np.number)
    assert all(axis.attrs["units"] for axis in axes)


def test_every_nxdata_names_a_signal_and_axes_of_its_length(file):
    groups = [node for _, _, node in nodes(file) if node.attrs.get("NX_class") == "NXdata"]
    assert len(groups) >= 4
    for group in groups:
        signal = group[group.attrs["signal"]]
        lengths = [len(group[name]) for name in group.attrs["axes"]]
        assert lengths == list(signal.shape), group.name


def test_every_group_has_a_nexus_class(file):
    for path, _, node in nodes(file):
        if isinstance(node, h5py.Group):
            assert node.attrs["NX_class"].startswith("NX"), path
