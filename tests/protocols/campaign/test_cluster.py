"""Jobs on a Dask cluster, on this machine's loopback."""

import sys
from importlib import import_module

import pytest

from bench.errors import Refused
from protocols.campaign.analysing import results_of
from protocols.campaign.executor import Where

PATIENCE = 60


@pytest.fixture
def scheduler():
    distributed = import_module("distributed")  # takes a second: only where it is used
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=False,
        dashboard_address=None,
        host="127.0.0.1",
        protocol="tcp://",
        silence_logs=50,
    ) as cluster:
        yield cluster.scheduler_address


@pytest.mark.timeout(PATIENCE)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_cluster_gives_what_this_process_gives(folder, scheduler):
    for name in ("run2.h5", "run3.h5"):
        (folder / name).unlink()
    alone = results_of(folder, opener=Where(1).open)
    assert results_of(folder, opener=Where(scheduler=scheduler).open).to_json() == alone.to_json()


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(Refused, match=r'pip install "h2bench\[cluster\]"'):
        Where(scheduler="tcp://127.0.0.1:1").open(1).__enter__()


@pytest.mark.timeout(PATIENCE)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_scheduler_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr("protocols.campaign.cluster.PATIENCE", 0.5)
    with pytest.raises(Refused, match=r"127\.0\.0\.1:9"):
        Where(scheduler="tcp://127.0.0.1:9").open(1).__enter__()
