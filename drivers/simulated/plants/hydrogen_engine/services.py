"""What an engine remembers from one opening to the next, and what a service does in between.

Both are settings of an opening: plain numbers by name.
"""

from __future__ import annotations

from collections.abc import Mapping

from drivers.simulated.plants.hydrogen_engine.ageing import Ageing, followed
from drivers.simulated.plants.hydrogen_engine.failures import PARTS, parts_of
from drivers.simulated.plants.hydrogen_engine.parameters import HydrogenEngineParameters
from drivers.simulated.plants.hydrogen_engine.state import HydrogenEngineState

_NUMBERS = Ageing._fields[:-2]
_RENEWED = {part: f"renewed_{part}" for part in PARTS}
_RENEWABLE = (*PARTS, "catalyst")
SERVICES = ("oil_top_up", "oil_change", *(f"{part}_new" for part in _RENEWABLE))
"""Settings (1: done before the engine is opened) that undo what has worn."""
REMEMBERED = (*_NUMBERS, *_RENEWED.values())
"""Settings that say where the engine's age begins."""
SETTINGS = (*REMEMBERED, *SERVICES)
"""All settings of age."""


def opened(
    settings: Mapping[str, float], parameters: HydrogenEngineParameters, coolant: float
) -> Ageing:
    """Return the age an engine is opened with.

    Args:
        settings: What is remembered, and the services done since.
        parameters: How it ages.
        coolant: Coolant temperature that a new engine begins with, K.

    Raises:
        ValueError: a number that is remembered is negative, or not finite.
    """
    known = {
        "oil_mass": parameters.oil_capacity,
        "coolant_turning": coolant,
        "coolant_extreme": coolant,
    }
    known |= {name: settings[name] for name in REMEMBERED if name in settings}
    for name, value in known.items():
        if not 0.0 <= value < float("inf"):
            message = f"hydrogen engine age {name}: {value} is out of range"
            raise ValueError(message)
    done = {name for name in SERVICES if settings.get(name, 0.0) > 0.5}
    if done & {"oil_top_up", "oil_change"}:
        known["oil_mass"] = max(parameters.oil_capacity, known["oil_mass"])
    if "oil_change" in done:
        known["oil_mass"], known["oil_age"] = parameters.oil_capacity, 0.0
    for part in _RENEWABLE:
        if f"{part}_new" in done:
            known[f"worn_{part}"] = 0.0
            if part in _RENEWED:
                known[_RENEWED[part]] = known.get(_RENEWED[part], 0.0) + 1.0
    parts = parts_of(parameters, [known.get(name, 0.0) for name in _RENEWED.values()])
    numbers = {name: known[name] for name in _NUMBERS if name in known}
    return followed(Ageing(parts=parts)._replace(**numbers), parameters)


def memory_of(state: HydrogenEngineState) -> dict[str, float]:
    """Return the settings with which an engine goes on ageing where this one is.

    The services are among them, as not done: what was done once is not done again.
    """
    ageing = state.ageing
    numbers = {name: float(getattr(ageing, name)) for name in _NUMBERS}
    renewed = dict(zip(_RENEWED.values(), ageing.parts.renewed, strict=True))
    return numbers | renewed | dict.fromkeys(SERVICES, 0.0)
