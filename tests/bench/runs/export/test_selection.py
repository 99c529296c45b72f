"""Which channels and which time a person means."""

from fractions import Fraction

import numpy as np
import pytest

from bench import runs
from bench.clock import MILLISECOND, SECOND
from bench.errors import RunFileError
from bench.runs.export import select
from tests.bench.runs.run_maker import fast_group, header_of, measured

START = 5 * SECOND


def names(selection):
    return [channel.name for channel in selection.channels]


@pytest.mark.parametrize(
    ("patterns", "chosen"),
    [
        (["engine.*"], ["engine.torque", "engine.power"]),
        (["fuel.flow", "oil.temperature"], ["oil.temperature", "fuel.flow"]),
        (["*.torque", "engine.t*"], ["engine.torque"]),
        (["*.pressure", "!cycle.*"], ["cylinder.pressure"]),
        (["!c*", "!engine*", "!valve*"], ["oil.temperature", "fuel.flow"]),
        (["engine.[pt]o[rw]*"], ["engine.torque", "engine.power"]),
    ],
)
def test_patterns_choose_channels_in_the_order_of_the_run(run, patterns, chosen):
    assert names(select(run, patterns)) == chosen


def test_without_patterns_all_channels_are_meant(run):
    assert names(select(run)) == list(run.names)
    assert list(select(run).groups) == ["scan", "fast", "cycles"]


@pytest.mark.parametrize(
    ("patterns", "said"),
    [
        (["engine.torqe"], "no channel 'engine.torqe'; did you mean 'engine.torque'"),
        (["Engine.*"], "no channel 'Engine.*'"),
        (["!*"], "take out all"),
        (["engine.*", "!engine.*"], "take out all"),
    ],
)
def test_patterns_that_choose_nothing_are_refused(run, patterns, said):
    with pytest.raises(RunFileError) as told:
        select(run, patterns)
    assert said in str(told.value)


@pytest.mark.parametrize(
    ("text", "since_ns"),
    [
        ("1.5 s", 1500 * MILLISECOND),
        ("0.001 min", 60 * MILLISECOND),
        ("250 ms", 250 * MILLISECOND),
        ("2026-01-01T00:00:01Z", SECOND),
        ("2026-01-01T00:00:01", SECOND),
        ("2026-01-01 08:00:01.000000007+08:00", SECOND + 7),
        ("2026-01-01", 0),
    ],
)
def test_a_moment_is_a_time_since_the_start_or_a_time_of_day(run, text, since_ns):
    assert select(run, start=text).start_ns == START + since_ns
    assert select(run, start="0 s", end=text).end_ns == START + since_ns


def test_a_step_is_meant_from_its_start_to_its_end(run):
    found = select(run, start="warm-up", end="warm-up")
    assert (found.start_ns, found.end_ns) == (START + SECOND, START + 2 * SECOND)


@pytest.mark.parametrize("text", ["", "120", "2 bar", "warm", "2026-13-01T00:00Z", "1,5 s"])
def test_what_is_no_moment_is_refused(run, text):
    with pytest.raises(RunFileError, match="is no time"):
        select(run, start=text)


def test_an_end_before_the_start_is_refused(run):
    with pytest.raises(RunFileError, match="'1 s' lies before the start '2 s'"):
        select(run, start="2 s", end="1 s")


def test_a_time_without_rows_is_refused_and_the_times_there_are_told(run):
    with pytest.raises(RunFileError, match=r"from 0 s to 9\.99 s"):
        select(run, ["engine.*"], start="1 h")


def test_no_window_is_laid_over_time_that_runs_backwards(make, path):
    maker = make(path, header_of(fast_group(measured("x"), interval_ns=Fraction(MILLISECOND))))
    maker.scalars("fast", START + SECOND, np.ones(256))
    maker.scalars("fast", START, np.ones(256))
    maker.finish()
    with runs.open(path) as run:
        assert [channel.name for channel in select(run).channels] == ["x"]
        with pytest.raises(RunFileError, match="time runs backwards"):
            select(run, start="0 s")
