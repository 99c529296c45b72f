"""Each folder that is not as it should be is told in a sentence, and nothing dubious is counted."""

import shutil

import h5py
import pytest

from analysis.verdict import Verdict
from bench.errors import Refused, RunFileError
from bench.messages import LANGUAGES
from tests.protocols.campaign.conftest import file_named, ids
from tests.protocols.campaign.engine_runs import HOUR, EngineRun

HOURS = 1.0


def run_at(folder, name, number, **about):
    """Write a run of the life's engine where run `number` of it would stand."""
    known = {
        "hours": HOURS,
        "start": number * (HOURS + 1.0),
        "seed": 40 + int(10 * number),
        **about,
    }
    return EngineRun(**known).write(folder / name)


def test_a_sound_folder_counts_as_a_whole(judged, folder):
    results = judged(folder)
    assert [each.name for each in results.files if each.counted] == [
        f"run{number}.h5" for number in range(4)
    ]
    assert not [text for each in results.files for text in (*each.reasons, *each.remarks)]
    assert results.total("hours") == pytest.approx(4.0, abs=0.02)


def test_a_damaged_file_is_named_and_not_counted(judged, folder):
    path = folder / "run1.h5"
    with h5py.File(path, "r", locking=False) as file:
        place = file["entry/scan/engine.torque/value"].id.get_chunk_info(0)
    content = bytearray(path.read_bytes())
    content[place.byte_offset + place.size // 2] ^= 0xFF
    path.write_bytes(bytes(content))
    results = judged(folder)
    spoilt = file_named(results, "run1.h5")
    assert (spoilt.counted, spoilt.problem) == (False, "broken")
    assert results.total("hours") == pytest.approx(3.0, abs=0.02)
    assert results.verdict is Verdict.NOT_SHOWN
    assert "campaign.file-broken" in ids(results.missing)


def test_a_file_that_is_none_is_named(judged, folder):
    (folder / "notes.h5").write_bytes(b"no run file")
    results = judged(folder)
    assert file_named(results, "notes.h5").problem == "broken"
    assert results.verdict is Verdict.NOT_SHOWN


def test_hdf5_of_other_programs_is_named_and_leaves_no_doubt(judged, folder):
    with h5py.File(folder / "other.h5", "w") as file:
        file["x"] = [1.0, 2.0]
    results = judged(folder)
    assert file_named(results, "other.h5").problem == "foreign"
    assert "campaign.file-foreign" not in ids(results.missing)


def test_of_a_spoilt_file_with_a_whole_copy_nothing_is_missing(judged, folder):
    before = judged(folder)
    shutil.copy(folder / "run3.h5", folder / "run3 copy.h5")
    path = folder / "run3.h5"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    results = judged(folder)
    assert results.kilometres == before.kilometres
    assert file_named(results, "run3.h5").problem == "broken"


def test_a_truncated_file_is_named(judged, folder):
    path = folder / "run3.h5"
    path.write_bytes(path.read_bytes()[:-5000])
    assert file_named(judged(folder), "run3.h5").problem == "broken"


def test_a_run_that_others_go_on_from_and_that_is_gone_is_named(judged, folder):
    (folder / "run1.h5").unlink()
    results = judged(folder)
    gone = file_named(results, "run1.h5")
    assert (gone.counted, gone.problem) == (False, "missing")
    assert "run2.h5" in gone.reasons[0].text()
    assert "campaign.file-missing" in ids(results.missing)
    assert results.verdict is Verdict.NOT_SHOWN


def test_a_copy_is_counted_once_and_leaves_no_doubt(judged, folder):
    before = judged(folder)
    shutil.copy(folder / "run1.h5", folder / "copy of run1.h5")
    results = judged(folder)
    assert sorted(each.problem for each in results.files) == ["", "", "", "", "duplicate"]
    assert results.kilometres == before.kilometres
    assert results.missing == before.missing


def test_the_same_rows_under_another_identity_are_a_copy(judged, folder):
    run_at(folder, "again.h5", 9)
    run_at(folder, "once more.h5", 9, uuid="00000000-0000-0000-0000-000000000001")
    assert file_named(judged(folder), "once more.h5").problem == "duplicate"


def test_runs_that_overlap_are_never_both_counted(judged, folder):
    run_at(folder, "other bench.h5", 1.2)
    results = judged(folder)
    assert file_named(results, "other bench.h5").problem == "overlapping"
    assert results.total("hours") == pytest.approx(4.0, abs=0.02)
    assert results.verdict is Verdict.NOT_SHOWN


def test_names_out_of_order_change_nothing_but_are_told(judged, folder):
    before = judged(folder)
    (folder / "run0.h5").rename(folder / "z.h5")
    first = judged(folder)
    # run1 goes on from a name that is no more
    assert "missing" in {each.problem for each in first.files}
    (folder / "z.h5").rename(folder / "run0.h5")
    (folder / "run3.h5").rename(folder / "a.h5")
    results = judged(folder)
    assert ids(file_named(results, "a.h5").remarks) == ["campaign.names-out-of-order"]
    assert results.kilometres == before.kilometres
    assert results.drift("efficiency").slope == before.drift("efficiency").slope


def test_runs_of_another_engine_are_named_and_not_counted(judged, folder):
    run_at(folder, "stranger.h5", 7, serial="E-8")
    results = judged(folder, serial="E-7")
    assert file_named(results, "stranger.h5").problem == "other-object"
    assert results.total("hours") == pytest.approx(4.0, abs=0.02)
    assert not [each for each in ids(results.missing) if each.startswith("campaign.file")]


def test_which_of_several_engines_is_meant_has_to_be_said(judged, folder):
    run_at(folder, "stranger.h5", 7, serial="E-8")
    with pytest.raises(Refused, match="E-7, E-8"):
        judged(folder)


def test_an_engine_that_is_not_there_is_refused_with_those_that_are(judged, folder):
    with pytest.raises(Refused, match=r"E-9.*E-7"):
        judged(folder, serial="E-9")


def test_a_folder_that_is_not_there_is_refused(judged, tmp_path):
    with pytest.raises(RunFileError, match="nowhere"):
        judged(tmp_path / "nowhere")


def test_a_serial_that_changes_within_a_chain_is_found(judged, folder):
    run_at(folder, "next.h5", 7, serial="E-8", continues="run3.h5")
    results = judged(folder, serial="E-7")
    assert "campaign.chain-leaves" in ids(results.missing)
    other = judged(folder, serial="E-8")
    assert file_named(other, "next.h5").problem == "serial-changed"


def test_an_hour_counter_that_begins_lower_is_another_engine(judged, write):
    folder = write("a.h5", hours=1, counters={"hours": 500.0 * HOUR}).parent
    write("b.h5", hours=1, start=2, continues="a.h5", counters={"hours": 1.0 * HOUR}, seed=2)
    assert file_named(judged(folder), "b.h5").problem == "serial-changed"


def test_an_hour_counter_that_went_on_between_two_files_leaves_a_doubt(judged, write):
    folder = write("a.h5", hours=1, counters={"hours": 1.0 * HOUR}).parent
    write("b.h5", hours=1, start=9, continues="a.h5", counters={"hours": 7.0 * HOUR}, seed=2)
    results = judged(folder)
    assert file_named(results, "b.h5").counted
    assert "5.0 h" in next(t for t in results.missing if t.id == "campaign.counter-gap").text()


def test_counters_that_go_on_leave_no_doubt(judged, write):
    folder = write("a.h5", hours=1, counters={"hours": 1.0 * HOUR}).parent
    write("b.h5", hours=1, start=9, continues="a.h5", counters={"hours": 2.0 * HOUR}, seed=2)
    assert all(each.counted and not each.remarks for each in judged(folder).files)


def test_another_displacement_under_the_same_serial_is_another_engine(judged, folder):
    run_at(folder, "small.h5", 7, displacement=0.0078)
    assert file_named(judged(folder), "small.h5").problem == "serial-changed"


def test_a_clock_that_was_set_back_is_found_by_the_chain(judged, folder):
    run_at(folder, "next.h5", 0.5, continues="run3.h5")
    assert file_named(judged(folder), "next.h5").problem == "clock-set-back"


def test_simulated_runs_never_count_among_real_ones(judged, folder):
    before = judged(folder)
    run_at(folder, "simulated.h5", 7, simulated=True)
    results = judged(folder)
    assert file_named(results, "simulated.h5").problem == "simulated"
    assert results.kilometres == before.kilometres
    assert not results.simulated


def test_simulated_runs_alone_count_and_are_marked(judged, write):
    assert judged(write("a.h5", hours=1, simulated=True).parent).simulated


def test_runs_in_folders_below_count(judged, folder):
    before = judged(folder)
    below = folder / "february"
    below.mkdir()
    for name in ("run2.h5", "run3.h5"):
        (folder / name).rename(below / name)
    results = judged(folder)
    assert file_named(results, "february/run2.h5").counted
    assert results.kilometres == before.kilometres


def test_a_run_without_what_mechanisms_need_says_so(judged, write):
    run = EngineRun(hours=1)
    channels = tuple(each for each in run.channels if each.name != "oil.temperature")
    results = judged(write("a.h5", hours=1, channels=channels).parent)
    assert "oil.temperature" in file_named(results, "a.h5").remarks[0].text()
    assert "campaign.no-kilometres" in ids(results.warnings)


def test_every_reason_is_told_in_both_languages(judged, folder):
    run_at(folder, "other bench.h5", 1.2)
    (folder / "notes.h5").write_bytes(b"no run file")
    (folder / "run1.h5").unlink()
    for file in judged(folder).files:
        for reason in file.reasons:
            texts = {reason.text(language) for language in LANGUAGES}
            assert len(texts) == len(LANGUAGES)
            assert not any("campaign." in text for text in texts)


def test_utc_of_a_file_is_that_of_its_rows(judged, folder):
    first = file_named(judged(folder), "run1.h5")
    assert first.begin_utc.startswith("2026-01-01T02:00:00")
    assert first.end_utc.startswith("2026-01-01T02:59:50")
