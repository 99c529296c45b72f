import pytest

from bench.clock import SECOND
from bench.record.port import StepRecord
from bench.runs import open_run
from gui.state.plots import open_run as module
from gui.state.plots.open_run import open_run_of, step_title
from gui.state.plots.picture import MarkKind
from tests.gui.run_files import begun_run, closed_run


def test_what_happened_is_told_in_the_order_of_time_and_in_both_languages(tmp_path):
    with open_run(closed_run(tmp_path / "a.h5", gap_ns=20 * SECOND)) as run:
        found = open_run_of(run, "k")
    marks = found.marks("en", offset=100.0)
    kinds = [mark.kind for mark in marks]
    assert set(kinds) == set(MarkKind)
    assert [mark.start for mark in marks] == sorted(mark.start for mark in marks)
    alarm = next(mark for mark in marks if mark.kind is MarkKind.ALARM)
    assert (alarm.start, alarm.end, alarm.priority) == (110.0, 110.0, 1)
    assert "hood" in alarm.text
    note = next(mark for mark in marks if mark.kind is MarkKind.NOTE)
    assert "smells" in note.text
    zh = {mark.kind: mark.text for mark in found.marks("zh")}
    assert zh[MarkKind.GAP] != next(mark.text for mark in marks if mark.kind is MarkKind.GAP)


def test_channels_are_listed_with_title_and_unit_of_screens(tmp_path):
    with open_run(closed_run(tmp_path / "a.h5")) as run:
        found = open_run_of(run, "k")
    torque, oil = found.channels
    assert (torque.name, torque.title.en, torque.unit) == ("engine.torque", "engine.torque", "N·m")
    assert oil.unit == "°C"
    assert found.duration == pytest.approx(29.99)
    assert found.time_ns(found.duration) == found.end_ns
    assert (found.state, found.is_growing, found.findings) == ("closed", False, ())


def test_a_run_without_rows_says_so(tmp_path):
    maker = begun_run(tmp_path / "empty.h5")
    maker.finish()
    with open_run(tmp_path / "empty.h5") as run:
        found = open_run_of(run, "k")
    assert [each.id for each in found.findings] == ["plot.no-rows"]
    assert found.duration == 0.0


def test_a_list_of_channels_has_an_end(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_CHANNELS", 1)
    with open_run(closed_run(tmp_path / "a.h5")) as run:
        found = open_run_of(run, "k")
    assert len(found.channels) == 1
    assert "2" in found.findings[0].text("en")


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("hydrogen-engine/best-point/start/start/crank", "start/crank"),
        ("hydrogen-engine/best-point/approach", "approach"),
        ("elsewhere/warm", "elsewhere/warm"),
        ("", "crank"),
    ],
)
def test_a_step_is_called_by_its_path_without_what_all_steps_have(path, title):
    step = StepRecord("crank", "ramp", path, 0, 1, "done")
    assert step_title(step, "hydrogen-engine/best-point") == title
