"""Quantities in the options of a driver: written with a unit, kept in SI."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from bench.units import ONE, Unit, UnitError, quantity, unit


def _si(wanted: Unit) -> BeforeValidator:
    def convert(value: Any) -> float:
        """Return the SI value of a text such as ``20 s``; a bare number is a pure number."""
        try:
            given = quantity(str(value) if isinstance(value, bool) else value)
        except UnitError as error:
            raise ValueError(error.text()) from error
        if not given.unit.converts_to(wanted):
            raise ValueError(UnitError("config.dimension", value=value, unit=wanted.label or "1"))
        return given.value

    return BeforeValidator(convert)


_WITH_UNIT = WithJsonSchema({"type": "string"})
_WITH_OR_WITHOUT = WithJsonSchema({"type": ["string", "number"]})

Angle = Annotated[float, _si(unit("deg")), _WITH_UNIT]
"""An angle: ``5 deg``; SI: rad."""
Current = Annotated[float, _si(unit("A")), _WITH_UNIT]
"""An electric current: ``300 A``; SI: A."""
CurrentRate = Annotated[float, _si(unit("A/s")), _WITH_UNIT]
"""How fast a current moves: ``10 A/s``; SI: A/s."""
Fraction = Annotated[float, _si(ONE), _WITH_OR_WITHOUT]
"""A share or mole fraction: ``450 ppm``, ``20.9 %``; SI: 1."""
Power = Annotated[float, _si(unit("W")), _WITH_UNIT]
"""A power: ``30 kW``; SI: W."""
Seconds = Annotated[float, _si(unit("s")), _WITH_UNIT]
"""A time: ``20 ms``, ``2 min``; SI: s."""
Speed = Annotated[float, _si(unit("rpm")), _WITH_UNIT]
"""A rotational speed: ``0.1 rpm``; SI: rad/s."""
Torque = Annotated[float, _si(unit("N*m")), _WITH_UNIT]
"""A torque: ``3 kN*m``; SI: N·m."""
Voltage = Annotated[float, _si(unit("V")), _WITH_UNIT]
"""A voltage: ``320 V``; SI: V."""
Flow = Annotated[float, _si(unit("mol/s")), _WITH_UNIT]
"""A flow of gas: ``400 Ln/min``; SI: mol/s."""
Temperature = Annotated[float, _si(unit("K")), _WITH_UNIT]
"""A temperature: ``950 degC``; SI: K."""
HeatCapacity = Annotated[float, _si(unit("J/K")), _WITH_UNIT]
"""A heat capacity: ``600 kJ/K``; SI: J/K."""
Length = Annotated[float, _si(unit("m")), _WITH_UNIT]
"""A length: ``131 mm``; SI: m."""
Pressure = Annotated[float, _si(unit("Pa")), _WITH_UNIT]
"""A pressure: ``1 bar``; SI: Pa."""
