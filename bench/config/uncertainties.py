"""What a rig states of how well a channel is known."""

from __future__ import annotations

import re

from bench.channel import Distribution, Uncertainty
from bench.config.grammar import UncertaintyGrammar
from bench.config.quantities import not_negative
from bench.errors import ConfigError
from bench.findings import part
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

    with part("common"):
        common = not_negative(given.common, ONE)
        if common > 1:
            raise ConfigError("config.share", value=given.common)
    return Uncertainty(
        reading=_part("reading", given.reading, ONE),
        span=_part("range", given.range, ONE),
        absolute=_part("absolute", given.absolute, wanted),
        resolution=_part("resolution", given.resolution, wanted),
        common=common,
        distribution=Distribution(given.distribution),
        coverage=given.coverage,
    )


def _part(key: str, written: Scalar | None, wanted: Unit) -> float:
    with part(key):
        return 0.0 if written is None else not_negative(written, wanted, difference=True)


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
