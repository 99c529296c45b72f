"""Where a run goes: to the server of its rig where one runs, else into this process."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from bench.clock import Clock
from bench.config.catalogue import Catalogue
from bench.errors import ConfigError, Refused
from bench.service.address import find
from bench.service.client import RemoteBench
from bench.service.naming import rig_named, user_name
from bench.service.orders import Orders
from bench.service.past import Past
from bench.service.requests import Begin
from protocols.chain import carry_out_chain, is_chained
from protocols.execution import Wish, carry_out, ordered
from protocols.following import Progress
from protocols.handing_over import Handed, hand_over


class PlaceTold(Protocol):
    """Is told where a run goes."""

    def __call__(self, *, is_served: bool) -> None:
        """Take whether a server carries it out; else this process does."""
        ...


def start(
    wish: Wish,
    progress: Progress,
    *,
    wall: Clock,
    place_told: PlaceTold,
    has_keys: bool,
    is_resumed: bool = False,
) -> Handed:
    """Run a protocol and return what became of it.

    Args:
        wish: What is asked for.
        progress: Where it is shown.
        wall: The time of day.
        place_told: Is told whether a server takes it, before it begins there.
        has_keys: Whether the keys of the terminal count, if there is one.
        is_resumed: Whether it goes on where the last run of the rig was broken off.

    Raises:
        ConfigError: rig, protocol or settings have problems; nothing was opened.
        Refused: the bench cannot start; nothing moved.
        RunFailed: it broke off by an error of the bench; the object was made safe.
    """
    if is_resumed:
        rig = rig_named(wish.rig or "")
        if wish.is_simulated:
            raise ConfigError("chain.resume-simulated")
        if wish.rig and find(rig) is None:
            return _resumed_here(wish, wish.rig, progress, wall, place_told, has_keys=has_keys)
        return _served(wish, rig, progress, wall, place_told, has_keys=has_keys, is_resumed=True)
    if not wish.protocol:
        raise ConfigError("serve.which-protocol")
    order = ordered(wish, wall)
    if not wish.is_simulated and find(order.model.name) is not None:
        rig = order.model.name
        return _served(wish, rig, progress, wall, place_told, has_keys=has_keys, is_resumed=False)
    place_told(is_served=False)
    if wish.is_simulated and is_chained(order):
        finished = carry_out_chain(wish, order, progress, wall=wall, has_keys=has_keys)
    else:
        finished = carry_out(wish, progress, wall=wall, has_keys=has_keys, order=order)
    return Handed(finished, finished.path)


def _resumed_here(
    wish: Wish,
    rig: str,
    progress: Progress,
    wall: Clock,
    place_told: PlaceTold,
    *,
    has_keys: bool,
) -> Handed:
    """Go on with the last run of a rig that no server has, in this process."""
    orders = Orders.of_rig(
        rig, Catalogue.shipped(), folder=wish.folder, operator=wish.operator, wall=wall
    )
    past = Past(orders)
    broken = past.recovered()
    if broken is not None:
        raise Refused("serve.unexplained", file=broken.path.name)
    order, aim = past.continued(_begin(wish, is_resumed=True), wish.operator)
    place_told(is_served=False)
    finished = carry_out(wish, progress, wall=wall, has_keys=has_keys, order=order, aim=aim)
    return Handed(finished, finished.path)


def _begin(wish: Wish, *, is_resumed: bool) -> Begin:
    return Begin(
        protocol=_absolute(wish.protocol),
        parameters=wish.parameters,
        operator=wish.operator,
        is_resumed=is_resumed,
        confirms_prompts=wish.answers_prompts,
    )


def _served(
    wish: Wish,
    rig: str,
    progress: Progress,
    wall: Clock,
    place_told: PlaceTold,
    *,
    has_keys: bool,
    is_resumed: bool,
) -> Handed:
    begin = _begin(wish, is_resumed=is_resumed)
    with RemoteBench.connect(rig, name=wish.operator or user_name(), clock=wall) as bench:
        place_told(is_served=True)
        is_attended = has_keys and not wish.answers_prompts
        return hand_over(
            bench, begin, progress, wall=wall, is_attended=is_attended, has_keys=has_keys
        )


def _absolute(protocol: str) -> str:
    """Return a protocol's file as any process finds it; a name stays a name."""
    path = Path(protocol)
    if not protocol or not (path.suffix in {".yaml", ".yml"} or path.is_file()):
        return protocol
    return str(Catalogue.shipped().protocol(protocol).absolute())
