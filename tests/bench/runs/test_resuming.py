"""Which run of a rig was the last, whether it broke off, and what forbids to go on from it."""

from dataclasses import replace

import numpy as np
import pytest

from bench.channel import Channel, Kind
from bench.clock import SECOND
from bench.errors import RunFileError
from bench.record.disk.locks import Purpose, RunLock
from bench.record.naming import run_file_name
from bench.record.port import Bookmark, Ending
from bench.record.recovery import recover
from bench.record.results import Explanation, write_explanation
from bench.record.sealing.sealer import SealPolicy
from bench.runs import resuming
from bench.runs.resuming import (
    differences,
    interrupted,
    interruption_of,
    is_broken_off,
    last_run,
)
from bench.units import unit
from tests.bench.runs.run_maker import NEVER, RunMaker, header_of
from tests.bench.small_bench import model_of

START = 5 * SECOND
HEADER = replace(
    header_of(channels=(Channel("x", Kind.MEASURED, unit("s")),)),
    rig_name="cell-1", protocol_name="engine/durability", object_serial="E-7",
    texts={"a.yaml": "a: 1\n", "objects/e.yaml": "kind: e\n"}, parameters={"speed": "1200 rpm"},
)  # fmt: skip
DONE = Ending("completed", None, START + 2 * SECOND)


def begun(folder, minutes, policy=NEVER, name=None, scans=256, **about):
    """A run that began so many minutes after the epoch, and is left as it lies there."""
    header = replace(HEADER, start_utc_ns=HEADER.start_utc_ns + minutes * 60 * SECOND, **about)
    file = name or run_file_name(header.start_utc_ns, header.protocol_name, header.object_serial)
    maker = RunMaker(folder / file, header, policy=policy)
    for first in range(0, scans, 256):
        numbers = first + np.arange(256)
        maker.scans(START + numbers * (SECOND // 100), numbers[:, None])
    return maker


def ended(folder, minutes, **about):
    maker = begun(folder, minutes, **about)
    maker.record(DONE)
    maker.finish()
    return maker.path


def broken(folder, minutes, **about):
    maker = begun(folder, minutes, **about)
    maker.seal()
    maker.close()
    return maker.path


def test_the_last_run_is_the_newest_of_the_rig_that_followed_a_protocol(tmp_path):
    meant = ended(tmp_path, 10)
    ended(tmp_path, 5)
    ended(tmp_path, 20, rig_name="cell-2")
    ended(tmp_path, 30, protocol_name="monitor")
    ended(tmp_path, 31, protocol_name="")
    ended(tmp_path, 40, object_serial="E-8", simulated=False)
    assert last_run(tmp_path, rig="cell-1", serial="E-7") == meant
    assert last_run(tmp_path, rig="cell-1", simulated=True) == meant
    assert last_run(tmp_path, rig="cell-1") != meant
    assert last_run(tmp_path, rig="cell-3") is None
    assert last_run(tmp_path / "none", rig="cell-1") is None


def test_names_lead_and_headers_decide(tmp_path):
    ended(tmp_path, 10)
    renamed = ended(tmp_path, 20, name="best of all.h5")
    ended(tmp_path, 15, name="20991231T000000Z_x.h5")
    ended(tmp_path, 12, name="99999999T999999Z_x.h5")
    (tmp_path / "20980101T000000Z_y.h5").write_bytes(b"no run")
    (tmp_path / "notes.txt").write_text("x")
    assert last_run(tmp_path, rig="cell-1") == renamed


def test_runs_of_one_second_are_ordered_by_their_headers(tmp_path):
    for number, offset in enumerate((300, 900, 600)):
        header = replace(HEADER, start_utc_ns=HEADER.start_utc_ns + offset)
        maker = RunMaker(tmp_path / f"20260101T000000Z_q_{number}.h5", header)
        maker.finish()
    assert last_run(tmp_path, rig="cell-1").name == "20260101T000000Z_q_1.h5"


def test_of_a_thousand_runs_only_the_newest_are_opened(tmp_path, monkeypatch):
    made = ended(tmp_path, 0)
    for minute in range(1, 1000):
        name = run_file_name(HEADER.start_utc_ns + minute * 60 * SECOND, "p", "s")
        (tmp_path / name).hardlink_to(made)
    newest = ended(tmp_path, 1001)
    ended(tmp_path, 1002, protocol_name="monitor")
    opened = []
    real = resuming.PartFile
    monkeypatch.setattr(resuming, "PartFile", lambda *a: opened.append(a[0]) or real(*a))
    assert last_run(tmp_path, rig="cell-1") == newest
    assert len(opened) == 2


def test_a_run_in_parts_is_one_run_and_its_last_part_tells(tmp_path):
    policy = SealPolicy(checkpoint_ns=None, part_ns=2 * SECOND)
    maker = begun(tmp_path, 10, policy=policy, scans=1024)
    maker.seal()
    maker.close()
    assert len(list(tmp_path.glob("*.h5"))) > 1
    assert last_run(tmp_path, rig="cell-1") == maker.path
    assert is_broken_off(maker.path)
    assert interrupted(tmp_path, "cell-1").path == maker.path
    recover(maker.path)
    assert not is_broken_off(maker.path)
    found = interrupted(tmp_path, "cell-1")
    write_explanation(found.path, "mains gone", "Jördis", 7)
    assert interrupted(tmp_path, "cell-1") is None


def test_a_run_is_broken_off_until_it_is_ended_or_recovered(tmp_path):
    path = broken(tmp_path, 10)
    assert is_broken_off(path)
    with RunLock(path, Purpose.RECORDING):
        assert not is_broken_off(path)
        assert interruption_of(path) is None
        assert interrupted(tmp_path, "cell-1") is None
    recover(path)
    assert not is_broken_off(path)
    assert not is_broken_off(ended(tmp_path, 11))
    with pytest.raises(RunFileError):
        is_broken_off(tmp_path / "none.h5")


def test_a_run_whose_end_is_in_its_log_has_ended(tmp_path):
    maker = begun(tmp_path, 10)
    maker.seal()
    maker.record(DONE)
    maker.close()
    assert not is_broken_off(maker.path)
    assert interruption_of(maker.path) is None


def test_what_is_known_of_an_interrupted_run_is_the_same_before_and_after_recovery(tmp_path):
    maker = begun(tmp_path, 10)
    maker.seal()
    at, utc = START + SECOND, HEADER.start_utc_ns + 3600 * SECOND
    bookmark = Bookmark(at, utc, "running", "sequence", {"step": "a"}, {"s": 0.1}, {"hours": 2.0})
    maker.record(bookmark)  # in the log only
    maker.close()
    before = interrupted(tmp_path, "cell-1")
    assert before.path == maker.path
    assert before.bookmark == bookmark
    assert before.utc_ns == utc + 255 * (SECOND // 100) - SECOND
    assert (before.header.rig_text, before.header.texts) == (HEADER.rig_text, HEADER.texts)
    recover(maker.path)
    assert interrupted(tmp_path, "cell-1") == before


def test_the_clock_of_the_header_serves_where_there_is_no_bookmark(tmp_path):
    found = interruption_of(broken(tmp_path, 0))
    assert found.bookmark is None
    assert found.utc_ns == HEADER.start_utc_ns + 255 * (SECOND // 100)


def test_nobody_is_asked_about_a_run_that_was_explained_or_followed_by_another(tmp_path):
    path = broken(tmp_path, 10)
    recover(path)
    assert interrupted(tmp_path, "cell-1", simulated=False) is None
    assert interrupted(tmp_path, "cell-1", simulated=True) is not None
    write_explanation(path, "mains gone", "Jördis", 7)
    assert interrupted(tmp_path, "cell-1") is None
    assert interruption_of(path).explanation == Explanation("mains gone", "Jördis", 7)
    later = broken(tmp_path, 11)
    assert interrupted(tmp_path, "cell-1").path == later
    ended(tmp_path, 12)
    assert interrupted(tmp_path, "cell-1") is None


def test_a_folder_that_cannot_be_listed_is_told(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunFileError, match="file"):
        last_run(tmp_path / "file", rig="x")


def test_a_run_of_the_same_files_on_the_same_rig_may_go_on(tmp_path):
    found, model = differing(tmp_path)
    assert differences(found, model, {"a.yaml": "a: 1\n"}, {"speed": "1200 rpm"}, "E-7") == []


def differing(tmp_path, **about):
    """Return an interrupted run and the bench it ran on, changed."""
    model = replace(
        model_of(["x"]), name="cell-1",
        texts={"cell.yaml": HEADER.rig_text, "objects/e.yaml": "kind: e\n"},
    )  # fmt: skip
    model = replace(model, object=replace(model.object, kind="k"), **about)
    return interruption_of(broken(tmp_path, 10)), model


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "cell-2"}, ["the run was on rig 'cell-1', this is 'cell-2'"]),
        (
            {"texts": {"cell.yaml": "rig: r2\n", "objects/e.yaml": "kind: e\n"}},
            ["cell.yaml is not"],
        ),
        ({"texts": {"cell.yaml": HEADER.rig_text}}, ["objects/e.yaml, which the run used"]),
        ({"plan": {"a.yaml": "a: 2\n"}}, ["a.yaml is not what it was"]),
        ({"plan": {"a.yaml": "a: 1\n", "b.yaml": ""}}, ["b.yaml is not what it was"]),
        ({"parameters": {"speed": "1300 rpm"}}, ["speed was 1200 rpm, now it is 1300 rpm"]),
        ({"parameters": {}}, ["parameter speed was 1200 rpm, now it is –"]),
        ({"serial": "E-8"}, ["serial number 'E-7', now 'E-8' is mounted"]),
    ],
)
def test_whatever_is_not_as_it_was_forbids_to_go_on(tmp_path, change, told):
    about = {name: change[name] for name in ("name", "texts") if name in change}
    found, model = differing(tmp_path, **about)
    said = differences(
        found, model, change.get("plan", {"a.yaml": "a: 1\n"}),
        change.get("parameters", {"speed": "1200 rpm"}), change.get("serial", "E-7"),
    )  # fmt: skip
    assert len(said) == len(told)
    for message, part in zip(said, told, strict=True):
        assert part in message.text()
        assert message.text("zh") != message.text("en")
