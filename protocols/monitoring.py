"""Watches a bench without a protocol: everything is measured and recorded, nothing is demanded."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench.check import Checker
from bench.clock import Clock, iso_date
from bench.config.catalogue import Catalogue
from bench.config.quantities import SECONDS, positive
from bench.errors import ConfigError
from bench.messages import Message
from bench.record.port import WATCHED
from bench.service.interrupts import interrupts_counted
from bench.service.order import WATCHED_TITLE, Order
from bench.service.requests import Leave
from protocols.execution import Finished, Setting, order_of
from protocols.following import Manner, Progress
from protocols.hosting import LOOK, hosted

SIMULATED_TIME = "10 min"
"""How long a simulated bench is watched where nothing else is said: virtual time has no end."""


@dataclass(frozen=True, kw_only=True)
class MonitorWish(Setting):
    """A bench that the command line wants to watch."""

    rig: str | None
    """Name or file; None: the only one that is installed."""
    lasting: str | None
    """For how long, as written (``10 min``); None: until told to stop."""


def watch(
    wish: MonitorWish, progress: Progress, *, wall: Clock, has_keys: bool = False
) -> Finished:
    """Open a bench, record it until somebody leaves or the time is over, and close it.

    Limits are judged and told; nothing is stopped, for nothing actuates.

    Raises:
        ConfigError: rig or settings have problems; nothing was opened.
        RunFileError: the run file cannot be made.
    """
    manner = Manner(
        operator=wish.operator,
        scans_between_looks=LOOK if wish.is_simulated else 1,
        keys=Message("keys.monitor"),
        soft=Leave(),
        hard=Leave(),
        seconds=seconds_of(wish),
    )
    order = order_for(wish, wall)
    with interrupts_counted() as interrupts:
        path, ending = hosted(
            order, progress, manner, wall=wall, interrupts=interrupts, has_keys=has_keys
        )
    return Finished(path, ending, None)


def order_for(wish: MonitorWish, wall: Clock) -> Order:
    """Return what the server is to carry out, checked: a plan without a step, never started.

    Raises:
        ConfigError: see `watch`.
    """
    catalogue = Catalogue.shipped()
    checked = Checker(catalogue).check_rig(
        _rig(wish, catalogue),
        WATCHED,
        WATCHED_TITLE,
        is_simulated=wish.is_simulated,
        today=iso_date(wall.utc()),
    )
    return order_of(checked, wish, wall, is_started=False)


def seconds_of(wish: MonitorWish) -> float:
    """Return for how long a bench is watched, s; infinite: until told to stop.

    Raises:
        ConfigError: no time above zero.
    """
    written = wish.lasting or (SIMULATED_TIME if wish.is_simulated else None)
    return math.inf if written is None else positive(written, SECONDS)


def _rig(wish: MonitorWish, catalogue: Catalogue) -> str:
    if wish.rig is not None:
        return wish.rig
    names = catalogue.rig_names()
    if len(names) != 1:
        raise ConfigError("run.which-rig", rigs=", ".join(names))
    return names[0]
