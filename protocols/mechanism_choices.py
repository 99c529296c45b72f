"""Exponents that a protocol gives instead of the defaults, in its block ``judge:``.

```yaml
judge:
  torque_exponent: 4            # nominal; _low and _high widen or narrow its band
  torque_exponent_low: 3
  thermal_ageing_exponent: 17900 K
  exponent_origin: S-N tests of the crankshaft, report 17
```
"""

from __future__ import annotations

import math
from typing import Final

from bench.config.grammar import ProtocolFile
from bench.document import parse, validated
from bench.plan import Plan
from protocols.criteria import Asked
from protocols.mechanism_table import (
    ENGINE_MECHANISMS,
    EXPONENT_ENDS,
    EXPONENT_ORIGIN,
    MechanismError,
    MechanismSettings,
    settings_from,
)

_UNITS: Final = {
    f"{each.name}_exponent{end}": each.unit for each in ENGINE_MECHANISMS for end in EXPONENT_ENDS
}


def settings_asked(settings: MechanismSettings, asked: Asked) -> MechanismSettings:
    """Return settings with the exponents that a protocol gives.

    Raises:
        MechanismError: there is no source beside them, or they are no band.
        UnitError: one is no quantity of the right kind.
    """
    given: dict[str, float] = {}
    for key, unit in _UNITS.items():
        value = asked.number(key, math.nan, "" if unit == "1" else unit)
        if key in (asked.settings or {}):
            given[key] = value
    origin = asked.word(EXPONENT_ORIGIN)
    if given and not origin:
        raise MechanismError("mechanism.origin-missing", setting=next(iter(given)))
    return settings_from(settings, given, origin) if given else settings


def asked_of_plan(plan: Plan) -> Asked:
    """Return the settings of the judge that a planned protocol has; no criteria.

    Raises:
        ConfigError: its text is no protocol.
    """
    name = f"protocols/{plan.name}.yaml"
    text = plan.texts.get(name)
    return Asked() if text is None else Asked((), validated(parse(text, name), ProtocolFile).judge)
