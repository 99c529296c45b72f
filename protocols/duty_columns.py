"""Which column of a vehicle log is what: names as people, ECUs and SAE J1939 write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bench.errors import did_you_mean
from bench.messages import Message
from bench.units import ONE, Unit, unit
from protocols.field_duty import DutyError

_OTHER_SIGNS: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Wanted:
    """One quantity of a duty."""

    key: str
    """What it is called here."""
    title: Message
    """What people call it."""
    unit: Unit
    """What its unit converts to."""
    names: tuple[str, ...]
    """Names it is known by, in small letters without signs; those of J1939 with their SPN."""
    is_needed: bool = True
    """Whether a duty without it is refused."""
    is_fraction: bool = False
    """Whether it may be a share, as the torque of J1939 in % of the reference torque."""


VEHICLE_SPEED: Final = Wanted(
    "vehicle_speed",
    Message("duty.vehicle-speed"),
    unit("m/s"),
    (
        "vehiclespeed", "vehspeed", "wheelbasedvehiclespeed", "wheelbasedvehspeed",
        "tachographvehiclespeed", "spn84", "gpsspeed", "车速",
    ),
)  # fmt: skip
ENGINE_SPEED: Final = Wanted(
    "speed",
    Message("duty.engine-speed"),
    unit("rad/s"),
    ("enginespeed", "engspeed", "speed", "spn190", "发动机转速", "转速"),
)
TORQUE: Final = Wanted(
    "torque",
    Message("duty.torque"),
    unit("N*m"),
    (
        "torque", "enginetorque", "braketorque", "engtorque", "actualenginepercenttorque",
        "actualengpercenttorque", "actualenginetorque", "spn513", "扭矩", "发动机扭矩",
    ),
    is_fraction=True,
)  # fmt: skip
COOLANT: Final = Wanted(
    "coolant",
    Message("duty.coolant"),
    unit("K"),
    (
        "coolanttemperature", "enginecoolanttemperature", "engcoolanttemp", "coolanttemp",
        "coolant", "spn110", "冷却液温度",
    ),
)  # fmt: skip
OIL: Final = Wanted(
    "oil",
    Message("duty.oil"),
    unit("K"),
    (
        "oiltemperature", "engineoiltemperature", "engineoiltemperature1", "engoiltemp1",
        "engoiltemp", "oiltemp", "oil", "spn175", "机油温度",
    ),
)  # fmt: skip
EXHAUST: Final = Wanted(
    "exhaust",
    Message("duty.exhaust"),
    unit("K"),
    (
        "exhausttemperature", "engineexhaustgastemperature", "engexhaustgastemp", "exhausttemp",
        "exhaust", "exhaustgastemperature", "spn173", "排气温度",
    ),
)  # fmt: skip
INJECTING: Final = Wanted(
    "injecting", Message("duty.injecting"), ONE, ("injecting", "injection", "喷射"), is_needed=False
)
FUEL: Final = Wanted(
    "fuel",
    Message("duty.fuel"),
    unit("kg/s"),
    ("fuelflow", "hydrogenflow", "fuelmassflow", "氢气流量"),
    is_needed=False,
)
REFERENCE_TORQUE: Final = Wanted(
    "reference_torque",
    Message("duty.reference-torque"),
    unit("N*m"),
    ("enginereferencetorque", "engreferencetorque", "referencetorque", "spn544", "参考扭矩"),
    is_needed=False,
)
ALL: Final = (
    VEHICLE_SPEED,
    ENGINE_SPEED,
    TORQUE,
    COOLANT,
    OIL,
    EXHAUST,
    INJECTING,
    FUEL,
    REFERENCE_TORQUE,
)
"""All that a log may give."""
KNOWN_NAMES: Final = frozenset(name for each in ALL for name in each.names)
"""All names, as `plain` gives them."""


def plain(name: str) -> str:
    """Return a name without signs and capitals: ``SPN 190`` is ``spn190``."""
    return _OTHER_SIGNS.sub("", name.lower())


def found_columns(duty: str, names: Iterable[str]) -> dict[str, str]:
    """Return key → name of the column that is it.

    Raises:
        DutyError: one that is needed is missing, or two columns may be meant.
    """
    there = list(names)
    found: dict[str, str] = {}
    for each in ALL:
        columns = [name for name in there if plain(name) in each.names]
        # a name with its SPN in front is that SPN: "SPN 190 Engine Speed"
        columns = columns or [name for name in there if _spn(name) in each.names]
        if len(columns) > 1:
            raise DutyError(
                "duty.column-twice", duty=duty, quantity=each.title, columns=", ".join(columns)
            )
        if columns:
            found[each.key] = columns[0]
        elif each.is_needed:
            raise DutyError(
                "duty.no-column",
                duty=duty,
                quantity=each.title,
                names=", ".join(each.names[:2]),
                hint=did_you_mean(each.names[0], there),
            )
    return found


def _spn(name: str) -> str:
    """Return ``spn190`` of a name that begins with it; else nothing."""
    found = re.match(r"\s*spn\W*(\d+)", name, re.IGNORECASE)
    return f"spn{found[1]}" if found else ""


def factor_of(duty: str, wanted: Wanted, column: str, given: Unit) -> tuple[float, float, bool]:
    """Return factor and offset to SI, and whether the column is a share.

    Raises:
        DutyError: its unit is none of this quantity.
    """
    if given.converts_to(wanted.unit):
        return given.factor, given.offset, False
    if wanted.is_fraction and given.converts_to(ONE) and given.text:
        return given.factor, given.offset, True
    raise DutyError(
        "duty.unit",
        duty=duty,
        column=column,
        quantity=wanted.title,
        unit=given.text or "–",
        wanted=wanted.unit.text,
    )
