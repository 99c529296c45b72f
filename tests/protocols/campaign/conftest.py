"""A short life of an engine, written once, and a quick way to judge a folder."""

import shutil
from pathlib import Path

import pytest

from protocols.campaign.analysing import results_of
from protocols.campaign.executor import Where
from protocols.campaign.reading import read_part
from tests.protocols.campaign.engine_runs import EngineRun, life

HERE = Where(1).open


@pytest.fixture(scope="session")
def written_life(tmp_path_factory):
    folder = tmp_path_factory.mktemp("life")
    life(folder, runs=4, hours=1.0, drift=2e-4, scatter=1e-5)
    return folder


@pytest.fixture
def folder(written_life, tmp_path):
    """A copy of it that a test may spoil: run0.h5 … run3.h5."""
    found = tmp_path / "耐久"
    shutil.copytree(written_life, found)
    return found


@pytest.fixture(scope="session")
def known():
    """What parts gave that were read before, by size and time of change."""
    return {}


@pytest.fixture
def judged(known, monkeypatch):
    """Judge a folder in this process; a copy of a file that was read before is not read again."""

    def read_once(job):
        state = Path(job.file).stat()
        key = (state.st_size, state.st_mtime_ns, job.first_row, job.last_row, job.exponents)
        if key not in known:
            known[key] = read_part(job)
        return known[key]

    monkeypatch.setattr("protocols.campaign.analysing.read_part", read_once)

    def judge(folder, **wanted):
        return results_of(folder, opener=HERE, **wanted)

    return judge


@pytest.fixture
def write(tmp_path):
    """Write one run into a folder of its own."""

    def write_it(name="a.h5", **about):
        return EngineRun(**about).write(tmp_path / "folder" / name)

    return write_it


def file_named(results, name):
    return next(each for each in results.files if each.name == name)


def ids(texts):
    return [text.id for text in texts]
