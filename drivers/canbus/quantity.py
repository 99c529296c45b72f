"""Quantities in the options of CAN drivers: written with a unit, kept in SI."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from bench.units import Unit, UnitError, quantity, unit


def _si(wanted: Unit) -> BeforeValidator:
    def convert(value: Any) -> float:
        """Return the SI value of a text such as ``20 ms``."""
        try:
            given = quantity(str(value) if isinstance(value, bool) else value)
        except UnitError as error:
            raise ValueError(error.text()) from error
        if not given.unit.converts_to(wanted):
            raise ValueError(UnitError("config.dimension", value=value, unit=wanted.label or "1"))
        return given.value

    return BeforeValidator(convert)


_WRITTEN = WithJsonSchema({"type": "string"})

Torque = Annotated[float, _si(unit("N*m")), _WRITTEN]
"""A torque: ``3 kN*m``; SI: N·m."""
Speed = Annotated[float, _si(unit("rpm")), _WRITTEN]
"""A rotational speed: ``0.1 rpm``; SI: rad/s."""
Seconds = Annotated[float, _si(unit("s")), _WRITTEN]
"""A time: ``20 ms``; SI: s."""
