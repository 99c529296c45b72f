"""The one door to Dask: a scheduler's address becomes a `concurrent.futures.Executor`."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from bench.errors import Refused

PATIENCE = 10.0
"""s. How long the scheduler may take to answer."""


@contextmanager
def cluster_executor(address: str) -> Generator[Executor]:
    """Open the workers behind a scheduler.

    Args:
        address: ``tcp://127.0.0.1:8786``.

    Raises:
        Refused: the package ``distributed`` is not installed, or nobody answers at the address.
    """
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise Refused("campaign.no-cluster", package='"h2bench[cluster]"') from error
    try:
        client = distributed.Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise Refused("campaign.no-scheduler", address=address, reason=str(error)) from error
    with client:
        yield client.get_executor(pure=False)
