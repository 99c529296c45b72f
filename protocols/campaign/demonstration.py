"""What one campaign says of other engines: never more than its number of engines allows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from analysis.life_planning import (
    reliability_of_success_run,
    reliability_shown,
    units_for_success_run,
)
from bench.messages import Message
from protocols.campaign.results import ReliabilityRow

CONFIDENCES: Final = (0.90, 0.50)
"""Confidences that are told."""
SHAPE: Final = 2.0
"""Weibull's β of a mechanism that wears, where lives are not whole ones."""
SHAPE_SOURCE: Final = Message("campaign.shape-source", {})
"""Where it comes from."""
WANTED: Final = 0.90
"""Reliability for which the number of engines is told."""


def demonstrated(kilometres: float, target: float, failures: int) -> Iterator[ReliabilityRow]:
    """Yield what the campaign of one engine shows.

    Args:
        kilometres: that it claims.
        target: one life, km.
        failures: of the engine.
    """
    if not kilometres > 0.0:
        return
    lives = kilometres / target
    for confidence in CONFIDENCES:
        is_one_life = failures == 0 and lives >= 1.0
        if is_one_life:
            found = reliability_of_success_run(units=1, confidence=confidence)
        elif failures <= 1:
            found = reliability_shown(
                lives=[lives], shape=SHAPE, confidence=confidence, failures=failures
            )
        else:
            found = 0.0  # one engine that failed more than once shows nothing of a life
        word = "survived" if is_one_life else "suspended" if failures == 0 else "failed"
        yield ReliabilityRow(
            text=Message(
                f"campaign.reliability-{word}",
                {
                    "target": f"{target:,.0f} km",
                    "kilometres": f"{kilometres:,.0f} km",
                    "reliability": f"{100.0 * found:.0f} %",
                    "confidence": f"{confidence:.0%}",
                    "lives": f"{lives:.2f}",
                    "shape": f"{SHAPE:g}",
                    "source": SHAPE_SOURCE,
                    "failures": failures,
                    "engines": 1,
                },
            ),
            reliability=found,
            confidence=confidence,
            engines=1,
            lives=lives,
            failures=failures,
            shape=SHAPE,
            shape_source="" if is_one_life else SHAPE_SOURCE,
        )
    needed = units_for_success_run(reliability=WANTED, confidence=CONFIDENCES[0])
    told = {
        "engines": needed,
        "reliability": f"{WANTED:.0%}",
        "confidence": f"{CONFIDENCES[0]:.0%}",
        "target": f"{target:,.0f} km",
    }
    yield ReliabilityRow(
        text=Message("campaign.engines-needed", told),
        reliability=WANTED,
        confidence=CONFIDENCES[0],
        engines=needed,
        lives=1.0,
        failures=0,
        shape=SHAPE,
        shape_source="",
    )
