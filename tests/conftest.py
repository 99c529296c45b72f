"""What holds for every test: the folders of the person who runs them are left alone."""

import gc

import pytest
from hypothesis import settings

settings.register_profile("build", max_examples=30)
settings.load_profile("build")  # a law that sets no number; --hypothesis-profile default: 100


LONGEST = ("tests/campaigns/", "tests/system/")
"""Where the tests are that take longest, each for itself."""


def pytest_collection_modifyitems(items):
    """Begin with the longest: none is left for the end, when the other workers have no more."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def pytest_collection_finish():
    """Thousands of collected tests are no garbage: whoever looks for some need not walk them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def folders_of_our_own(tmp_path_factory):
    """Lead keys and addresses of servers, of this process and those it starts, elsewhere.

    A server that runs on this machine is thus neither seen nor disturbed by a test.
    """
    folder = tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("H2BENCH_KEYS", str(folder / "keys"))
        environment.setenv("H2BENCH_SERVERS", str(folder / "servers"))
        yield
