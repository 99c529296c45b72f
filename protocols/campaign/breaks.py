"""What breaks which series of values: data, to be read and changed as such.

A value before a break is not compared with one after it: the fit gives each unbroken series a level
of its own. All entries are engineering defaults.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from protocols.campaign.quantities import CHANNELS_BEHIND, DRIFTING

ALL: Final = tuple(each.name for each in DRIFTING)
"""Every quantity that is followed."""
COMBUSTION: Final = (
    "efficiency", "power", "hydrogen_slip", "nox", "nox_tailpipe", "peak_pressure",
    "exhaust_temperature",
)  # fmt: skip
"""Those that follow from how the engine burns."""

BY_KIND: Final = {
    "repair": ALL,
    "adjustment": COMBUSTION,
    "failure": (),
    "top-up": (),
    "trip": (),
    "power-cut": (),
    "planned-stop": (),
    "stop": (),
    "gap": (),
    "zero": (),
}
"""Kind of event → quantities; services and recalibrations have tables of their own. Zeros and spans
belong to each test: their movement is in the uncertainty of its values."""

BY_SERVICE: Final = {
    "oil-change": (),
    "oil-top-up": (),
    "oil-filter": (),
    "coolant": (),
    "inspection": (),
    "borescope": (),
    "plugs": (),
    "plugs-new": (),
    "spark-plugs": (),
    "leak-check": (),
    "injection-system-check": (),
    "air-filter": ("efficiency", "power"),
    "injectors": COMBUSTION,
    "injectors-new": COMBUSTION,
    "valve-clearance": COMBUSTION,
    "valve-seats-new": COMBUSTION,
    "turbocharger-new": COMBUSTION,
    "rings-new": ALL,
    "bearings-new": ALL,
    "gasket-new": ALL,
    "catalyst": ("nox_tailpipe",),
    "catalyst-new": ("nox_tailpipe",),
    "crankcase-ventilation": ("blow_by", "crankcase_hydrogen"),
}
"""Service → quantities. Scheduled maintenance belongs to the life that is shown and breaks nothing;
parts that set a level of their own do. What does not stand here breaks all: the safe side."""


def broken_by(kind: str, about: Sequence[str]) -> tuple[str, ...]:
    """Return the quantities whose series an event breaks.

    Args:
        kind: of the event.
        about: services that were done, or channels that were calibrated anew; none: not known.
    """
    if kind == "service":
        found = {name for each in about for name in BY_SERVICE.get(each, ALL)} if about else ALL
    elif kind == "recalibration":
        behind = {name for name in ALL if set(CHANNELS_BEHIND[name]) & set(about)}
        found = behind if about else ALL
    else:
        found = BY_KIND.get(kind, ALL)
    return tuple(name for name in ALL if name in found)
