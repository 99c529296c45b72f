"""Opens a bench in this process, follows its run to the end, and closes it."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

from bench.clock import Clock
from bench.errors import BenchError, PowerLost, RunFailed, RunFileError
from bench.record.port import Ending
from bench.service.address import ServerLock
from bench.service.interrupts import Interrupts
from bench.service.opening import Aim
from bench.service.order import Order
from bench.service.server import BenchServer
from protocols.following import Follower, Manner, Progress
from protocols.keyboard import keyboard

LOOK = 64
"""Scans between two looks at the wall clock in virtual time."""


def hosted(
    order: Order,
    progress: Progress,
    manner: Manner,
    *,
    wall: Clock,
    interrupts: Interrupts,
    has_keys: bool,
    aim: Aim | None = None,
) -> tuple[Path, Ending]:
    """Open a bench, follow it to its end and close it; return the run file and how it ended.

    Raises:
        Refused: the bench cannot start, or somebody else has it; nothing moved.
        RunFailed: it broke off by an error of the bench, and the object was made safe; or its
            file cannot be completed.
    """
    alone = nullcontext() if order.is_simulated else ServerLock(order.model.name)
    with alone:
        server = BenchServer(order, aim=aim)
        ending = followed(
            server, progress, manner, wall=wall, interrupts=interrupts, has_keys=has_keys
        )
    return server.path, ending


def followed(
    server: BenchServer,
    progress: Progress,
    manner: Manner,
    *,
    wall: Clock,
    interrupts: Interrupts,
    has_keys: bool,
) -> Ending:
    """Follow an open bench to the end of its run and close it; return how that ended.

    Raises:
        Refused: the bench cannot start; nothing moved.
        RunFailed: it broke off by an error of the bench, and the object was made safe; or its
            file cannot be completed.
        PowerLost: a simulated power cut; the run file is as that leaves it.
    """
    failure: BaseException | None = None
    try:
        with keyboard(is_wanted=has_keys) as keys:
            Follower(
                server, progress, manner, wall=wall, interrupts=interrupts, keyboard=keys
            ).follow()
    except PowerLost as error:
        failure = error
        raise
    except BenchError as error:
        failure = error
        server.make_safe()
        if server.has_begun:
            raise RunFailed("run.failed", reason=error) from error
        raise
    except BaseException as error:
        failure = error
        server.make_safe()
        raise
    finally:
        ending = _closed(server, failure)
    return ending


def _closed(server: BenchServer, failure: BaseException | None) -> Ending:
    """Close a bench; return how the run ended.

    Raises:
        RunFailed: the run file cannot be completed. It is no refusal: something may have moved.
    """
    if isinstance(failure, PowerLost):
        server.abandon()
        return server.ending(failure)
    try:
        return server.close(failure)
    except RunFileError as error:
        raise RunFailed("run.file-not-whole", reason=error) from error
