"""The fuel gas of a rig, as certified."""

from __future__ import annotations

from bench.config.grammar import GasGrammar
from bench.config.quantities import measure, not_negative
from bench.errors import ConfigError
from bench.findings import part
from bench.model import GasLot
from bench.units import ONE, unit

_KELVIN = unit("K")


def gas_lot(given: GasGrammar) -> GasLot:
    """Return a certified gas lot in SI.

    Raises:
        ConfigError: a fraction or temperature that cannot be read, or more than one of everything.
    """
    fractions: dict[str, tuple[float, float]] = {}
    for species, entry in given.impurities.items():
        with part("impurities", species, "fraction"):
            fraction = not_negative(entry.fraction, ONE)
        with part("impurities", species, "uncertainty"):
            fractions[species] = fraction, not_negative(entry.uncertainty, ONE)
    total = sum(fraction for fraction, _ in fractions.values())
    if not total < 1:
        raise ConfigError("config.no-hydrogen-left", total=total)
    if given.fuel in fractions:
        with part("impurities", given.fuel):
            raise ConfigError("perform.fuel-impurity", fuel=given.fuel)
    with part("reference_temperature"):
        temperature = measure(given.reference_temperature, _KELVIN)
    return GasLot(given.lot, given.date, fractions, temperature, given.fuel)
