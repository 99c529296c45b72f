"""The links: who answers, as what, and whether their watchdogs are armed. Nothing is demanded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bench.channel import Quality
from bench.clock import SECOND
from bench.device import ArmedBy, Connection, LinkHealth
from bench.service.doctoring.diagnosis import Diagnosis, mend, ok, warning
from bench.service.order import Order
from bench.service.port import BenchState
from bench.service.requests import Leave
from bench.service.server import BenchServer

PATIENCE = 15 * SECOND
"""How long instruments may take to answer."""
LISTENING = 3 * SECOND
"""How long is listened at least: watchdogs and heartbeats take a moment."""


def examine_links(order: Order, known: Mapping[str, str]) -> Iterator[Diagnosis]:
    """Open a bench as a monitor does, look, close it, and yield what was seen.

    Args:
        order: To watch it; its run file is of no use afterwards.
        known: Instrument → what it said it is in the last run.

    Raises:
        RunFileError: the run file cannot be made.
        ConfigError: the rig cannot be simulated.
    """
    server = BenchServer(order)
    try:
        _listen(server)
        found = [*_found(server, known)]
    finally:
        server.request(Leave())
        server.close()
    yield from found


def of_server(state: BenchState) -> Iterator[Diagnosis]:
    """Yield what a server says of the links that it holds open."""
    yield ok("doctor.served", rig=state.rig, state=state.state.value)
    if state.is_beating:
        yield ok("doctor.beats")
    else:
        yield mend("doctor.beats-not", parts=", ".join(state.missing) or "–")
    if state.silent:
        yield mend("doctor.silent", instruments=", ".join(state.silent))
    for alarm in state.alarm_list:
        value = f" ({alarm.value})" if alarm.value else ""
        yield warning("doctor.alarm", alarm=alarm.id, value=value, advice=alarm.advice)
    for check in state.preflight:
        if check.is_needed and not check.is_passed:
            yield warning("doctor.preflight", check=check.id, said=check.evidence)
    if state.unexplained:
        yield mend("doctor.unexplained", file=state.unexplained)


def _listen(server: BenchServer) -> None:
    instruments, begun = server.wiring.instruments.values(), server.clock.now()
    while (elapsed := server.clock.now() - begun) < PATIENCE and not server.is_finished:
        server.step()
        if elapsed >= LISTENING and all(each.is_connected for each in instruments):
            return


def of_bus(name: str, health: LinkHealth, *, is_answered: bool) -> Diagnosis:
    """Return whether anything is heard on a bus; `is_answered`: a node of the rig is there."""
    told = {"bus": name, "failures": health.failures}
    is_heard = is_answered or health.polls > 0
    return ok("doctor.bus", **told) if is_heard else mend("doctor.bus-silent", **told)


def _found(server: BenchServer, known: Mapping[str, str]) -> Iterator[Diagnosis]:
    model, instruments = server.order.model, server.wiring.instruments
    for worker in server.wiring.workers:
        if worker.name in model.buses:
            nodes = [each.name for each in model.connections if each.link == worker.name]
            is_answered = any(instruments[name].is_connected for name in nodes)
            yield of_bus(worker.name, worker.health, is_answered=is_answered)
    for connection in model.connections:
        instrument = instruments[connection.name]
        told = {"instrument": connection.name, "link": connection.link}
        if not instrument.is_connected:
            yield mend("doctor.no-answer", **told)
            continue
        yield of_identity(connection, instrument.identity, known.get(connection.name, ""))
        yield from of_watchdog(connection, _reads_one(server, connection))


def of_identity(connection: Connection, identity: str, before: str) -> Diagnosis:
    """Return whether an instrument that answers is the one of the last run."""
    told = {"instrument": connection.name, "link": connection.link, "identity": identity}
    if before and identity != before:
        return warning("doctor.exchanged", before=before, **told)
    return ok("doctor.answers", **told)


def of_watchdog(connection: Connection, is_armed: bool | None) -> Iterator[Diagnosis]:  # noqa: FBT001 - what its reading says
    """Yield whether an instrument makes itself safe when the bench falls silent.

    Args:
        connection: The instrument.
        is_armed: What its reading says of it; None: the instrument does not tell.
    """
    watchdog, driver = connection.driver.watchdog, connection.driver
    if watchdog is None:
        if driver.demands(connection.options):
            yield warning("doctor.no-watchdog", instrument=connection.name)
        return
    told = {
        "instrument": connection.name,
        "watchdog": watchdog.name,
        "seconds": f"{connection.watchdog_timeout:g}",
        "effect": watchdog.effect,
    }
    if is_armed is False and watchdog.armed_by is ArmedBy.ALWAYS:
        yield warning("doctor.watchdog-waits", **told)
    elif is_armed is False:
        yield mend("doctor.watchdog-off", **told)
    else:
        yield ok("doctor.watchdog", **told)


def _reads_one(server: BenchServer, connection: Connection) -> bool | None:
    """Return whether the reading that tells of the watchdog is 1; None: there is none."""
    watchdog = connection.driver.watchdog
    if watchdog is None or not watchdog.reading:
        return None
    source = f"{connection.name}.{watchdog.reading}"
    row, channels = server.loop.row, server.order.model.channels
    for index, channel in enumerate(channels):
        if channel.source == source:
            return row.quality[index] == Quality.OK and bool(row.values[index] > 0.5)
    return None
