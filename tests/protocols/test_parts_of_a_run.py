"""A run in several files is one run, however a shell lists them."""

import pytest

from bench.clock import SECOND
from bench.errors import ConfigError
from bench.record.sealing.sealer import SealPolicy
from protocols.execution import read
from tests.bench.runs.test_catalogue import run_at


@pytest.fixture
def files(tmp_path):
    run_at(tmp_path / "a.h5", policy=SealPolicy(None, part_ns=SECOND), seconds=4)
    found = sorted(tmp_path.glob("*.h5"))
    assert len(found) > 2
    return found


def test_all_files_of_a_run_are_read_as_that_run(files):
    assert read(*files) == read(files[0])


def test_one_file_named_twice_is_refused(files):
    with pytest.raises(ConfigError, match=r"a\.h5"):
        read(files[0], *files)
