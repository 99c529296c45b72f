"""Puts an open bench together: its instruments and their links, its scan loop, its recorder."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from pathlib import Path

from bench.clock import Clock, VirtualClock
from bench.config.catalogue import extension
from bench.control.loop import BOOKMARK_PERIOD, Loop
from bench.control.pace import ThreadedPace, VirtualPace
from bench.control.programme import prepare
from bench.control.stretching import Stretching
from bench.device import Report, SampleQueue
from bench.errors import ConfigError
from bench.messages import Message
from bench.opener import Opener, Power, Wanted, Wiring
from bench.record.background import BackgroundRecorder
from bench.record.creation import Portions
from bench.record.port import Header, Recorder
from bench.record.recorder import RunWriter, written_every
from bench.record.sealing.policy import SealPolicy
from bench.service.order import Order
from bench.service.tempo import written_every_ns


def opened(
    order: Order, queue: SampleQueue, report: Report, clock: Clock, power: Power | None = None
) -> Wiring:
    """Return the instruments of an order and who serves their links.

    Args:
        order: What is to be carried out.
        queue: Where samples go.
        report: Where messages go.
        clock: The bench's time.
        power: What a simulated power cut switches off; None: it cannot be cut.

    Raises:
        ConfigError: its rig cannot be simulated.
    """
    model = order.model
    opener: Opener = extension("openers", "simulated" if order.is_simulated else "real")
    return opener(
        Wanted(
            connections=model.connections,
            queue=queue,
            bases=model.bases,
            report=report,
            clock=clock.wires if isinstance(clock, VirtualClock) else clock,
            stated=model.stated,
            gas={} if model.gas is None else model.gas.fractions,
            buses=model.buses,
            simulation=order.simulation,
            seed=order.seed,
            faults=order.faults,
            before=order.before,
            power=power,
        )
    )


def loop_of(
    order: Order,
    wiring: Wiring,
    queue: SampleQueue,
    clock: Clock,
    counts: Mapping[str, float],
) -> Loop:
    """Return the scan loop over an open bench.

    Args:
        order: What it carries out first.
        wiring: Its instruments and their links.
        queue: Where their samples go.
        clock: Its time.
        counts: Counter → count so far, SI.

    Raises:
        ConfigError: simulated instruments without a wire, and a clock that is not virtual.
    """
    stretching, bookmarks = None, BOOKMARK_PERIOD
    if order.is_simulated and order.simulation is not None:
        if not isinstance(clock, VirtualClock):
            raise ConfigError("serve.needs-virtual-time")
        pace = VirtualPace(wiring.workers, clock, wiring.leap)
        period = order.simulation.scan
        bookmarks = written_every(period)  # between two writings only the newest goes on
        if order.simulation.stretch:
            stretching = Stretching(
                order.simulation.stretch, period, pace.leap, settling=order.simulation.settling
            )
    else:
        pace = ThreadedPace(wiring.workers, clock)
        period = order.model.scan_period
        gc.collect()
        gc.freeze()  # a full collection over all that was loaded would hold a scan for 40 ms
    return Loop(
        order.model,
        prepare(order.model, order.plan, queue, period=period),
        wiring,
        clock=clock,
        pace=pace,
        period=period,
        counts=counts,
        stretching=stretching,
        bookmarks=bookmarks,
    )


def reason_for(error: BaseException) -> Message:
    """Return why something broke off, as a sentence."""
    known: Message | None = getattr(error, "message", None)
    said = f"{type(error).__name__}: {error}"
    return known or Message("control.internal-error", {"error": said})


def recorder_of(order: Order, path: Path, header: Header, clock: Clock) -> Recorder:
    """Return what records an order into a new run file.

    Raises:
        RunFileError: the file cannot be made.
    """
    if order.is_simulated and order.simulation is not None:
        if not order.speed:
            return RunWriter(path, header, order.provenance)
        portions = Portions(pump_ns=written_every_ns(order.speed))
        return RunWriter(path, header, order.provenance, policy=SealPolicy(), portions=portions)
    return BackgroundRecorder(path, header, order.provenance, clock)
