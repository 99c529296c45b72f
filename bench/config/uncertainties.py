"""What a rig states of how well a channel is known."""

from __future__ import annotations

import re

from bench.channel import Distribution, Uncertainty
from bench.config.grammar import UncertaintyGrammar
from bench.config.quantities import not_negative
from bench.errors import ConfigError
from bench.step import Scalar
from bench.units import ONE, Unit

_STATED = re.compile(r"^(?P<part>.+?)\s+of\s+(?P<what>reading|range)$")


def stated_uncertainty(given: UncertaintyGrammar | str, wanted: Unit) -> Uncertainty:
    """Return the uncertainty a rig states of a channel.

    Raises:
        ConfigError: a part that cannot be read, is negative or has another dimension.
    """
    if isinstance(given, str):
        return _of_text(given, wanted)

    def part(value: Scalar | None) -> float:
        return 0.0 if value is None else not_negative(value, wanted, difference=True)

    common = not_negative(given.common, ONE)
    if common > 1:
        raise ConfigError("config.share", value=given.common)
    return Uncertainty(
        reading=not_negative(given.reading, ONE),
        span=not_negative(given.range, ONE),
        absolute=part(given.absolute),
        resolution=part(given.resolution),
        common=common,
        distribution=Distribution(given.distribution),
        coverage=given.coverage,
    )


def _of_text(text: str, wanted: Unit) -> Uncertainty:
    reading = span = absolute = 0.0
    for piece in text.split("+"):
        found = _STATED.match(piece.strip())
        if found is None:
            absolute += not_negative(piece.strip(), wanted, difference=True)
        elif found["what"] == "reading":
            reading += not_negative(found["part"], ONE)
        else:
            span += not_negative(found["part"], ONE)
    return Uncertainty(reading=reading, span=span, absolute=absolute)
