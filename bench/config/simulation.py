"""How a rig is simulated: its plant, the cables of the simulated cell, its scan period."""

from __future__ import annotations

from typing import Any

from bench.clock import SECOND
from bench.config.grammar import SimulationGrammar, WireGrammar
from bench.config.instruments import Instruments
from bench.config.quantities import SECONDS, not_negative, plain, positive
from bench.document import Section
from bench.errors import ConfigError, did_you_mean
from bench.findings import Findings, part
from bench.opener import Simulation
from bench.units import quantity


def simulation(block: SimulationGrammar) -> Simulation:
    """Return the simulation block in SI.

    Raises:
        ConfigError: a value that cannot be read, or a time that is not positive.
    """
    wiring = {name: wire_of(wire) for name, wire in block.wiring.items()}
    parameters = {name: quantity(plain(value)).value for name, value in block.parameters.items()}
    return Simulation(
        block.plant,
        parameters,
        wiring,
        scan=round(positive(block.scan, SECONDS) * SECOND),
        stretch=round(not_negative(block.stretch, SECONDS) * SECOND),
        settling=round(not_negative(block.settling, SECONDS) * SECOND),
        periods={
            name: round(positive(period, SECONDS) * SECOND)
            for name, period in block.periods.items()
        },
    )


def wire_of(wire: WireGrammar) -> dict[str, Any]:
    """Return one cable in SI: what it carries, terminal, transmitter (pairs of points), noise, lag.

    Raises:
        ConfigError: a value that cannot be read, or not just one thing that it carries.
    """
    carried = (wire.quantity, wire.profile, wire.response, wire.cycles)
    is_many = wire.quantity is None
    if sum(each is not None for each in carried) != 1 or (is_many and wire.transmitter):
        raise ConfigError("simulated.one-carried")
    points: list[tuple[float, float]] = []
    for shown, signal in (wire.transmitter or {}).items():
        with part("transmitter", shown):
            points.append((quantity(shown).value, quantity(plain(signal)).value))
    with part("noise"):
        noise = quantity(plain(wire.noise)).difference
    with part("lag"):
        lag = not_negative(wire.lag, SECONDS)
    return {
        "quantity": wire.quantity,
        "profile": wire.profile,
        "response": wire.response,
        "cycles": wire.cycles,
        "stated": wire.stated,
        "terminal": wire.terminal,
        "transmitter": tuple(points),
        "noise": noise,
        "lag": lag,
    }


def checked_simulation(
    block: SimulationGrammar | None, instruments: Instruments, section: Section, findings: Findings
) -> Simulation | None:
    """Return the simulation block of a rig in SI; every problem has its own place."""
    if block is None:
        return None
    for name, wire in block.wiring.items():
        here = section / "wiring" / name
        if wire.quantity is not None and wire.stated is None:
            instruments.check_reading(name, here.key_mark, findings)
        elif name.partition(".")[0] not in instruments.wired:
            hint = did_you_mean(name.partition(".")[0], instruments.wired)
            findings.add(here.key_mark, "config.no-reading", reading=name, hint=hint)
        if wire.stated is not None:
            instruments.check_reading(wire.stated, (here / "stated").mark, findings)
        with findings.at(here):
            wire_of(wire)
    for name, value in block.parameters.items():
        with findings.at(section / "parameters" / name):
            quantity(plain(value))
    with findings.at(section / "scan"):
        positive(block.scan, SECONDS)
    with findings.at(section / "stretch"):
        not_negative(block.stretch, SECONDS)
    with findings.at(section / "settling"):
        not_negative(block.settling, SECONDS)
    for name, period in block.periods.items():
        here = section / "periods" / name
        if name not in instruments.wired:
            hint = did_you_mean(name, instruments.wired)
            findings.add(here.key_mark, "config.no-instrument", instrument=name, hint=hint)
        with findings.at(here):
            positive(period, SECONDS)
    return None if findings.errors else simulation(block)
