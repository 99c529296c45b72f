import pytest

from tests.bench.runs.run_maker import RunMaker


@pytest.fixture
def make():
    """Make a run that is closed when the test ends: `make(path, header)`."""
    made = []

    def one(*arguments, **options):
        made.append(RunMaker(*arguments, **options))
        return made[-1]

    yield one
    for maker in made:
        maker.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "läuft 跑.h5"
