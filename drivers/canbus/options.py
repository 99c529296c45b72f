"""Quantities in the options of CAN nodes: written with a unit, kept in SI."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from bench.units import Unit, UnitError, quantity, unit


def _si(wanted: Unit) -> BeforeValidator:
    def convert(value: Any) -> float:
        given = quantity(value)
        if not given.unit.converts_to(wanted):
            raise UnitError("can.option-unit", value=str(value), unit=wanted.label)
        return given.value

    return BeforeValidator(convert)


_WRITTEN = WithJsonSchema({"type": "string"})

Speed = Annotated[float, _si(unit("rpm")), _WRITTEN]
"""A rotational speed: ``4000 rpm``; SI: rad/s."""
Torque = Annotated[float, _si(unit("N*m")), _WRITTEN]
"""A torque: ``2500 N*m``; SI: N·m."""
