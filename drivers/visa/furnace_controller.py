"""Furnace controller HTC-2: the oven of a short stack, or the hot box of a system.

Its manual is the docstring of `drivers.simulated.devices.furnace_controller`. Setpoint, power limit
and heater are verified by read-back; the error queue and the alarm word are told to people.

The controller closes its loop by itself and keeps its setpoint when the bench falls silent: a hot
stack is neither cooled nor cracked because a computer stopped. So after each connection the action
of its host timeout is set, by default to hold, then the timeout, and both are read back. Rated
power and over-temperature cut-out are compared with the rig's. The cut-out is a device of its own;
once it has tripped, the action ``acknowledge`` releases it when it has cooled, and the heater stays
off until it is demanded.

The controller has no ramp: a sequence demands one. Its loop is tuned at commissioning (``size``,
``heat_capacity``, ``response_time``). The uncertainties are engineering defaults (thermocouple type
N class 1 with its input); a rig states those of its certificates.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bench.channel import Range, Uncertainty
from bench.device import Action, ArmedBy, Demand, Driver, LinkKind, Port, Reading, Watchdog
from bench.messages import Message
from bench.units import unit
from drivers.quantity import HeatCapacity, Power, Seconds, Temperature
from drivers.visa.bench_unit import (
    HOST_TIMEOUT,
    HOUSEKEEPING_PERIOD,
    LONGEST_TIMEOUT,
    REMOTE,
    WIRE,
    AlarmWord,
    arm,
    holds_other,
    values,
)
from drivers.visa.instrument import TextInstrument
from drivers.visa.port import REPLY_TIMEOUT, Program, Query, Write
from drivers.visa.programs import ActionProgram, Poll, Programs
from drivers.visa.scpi import drain_errors, identify
from drivers.visa.table import CommandTable, DemandRow

IDENTITY = r"\bHTC-2\b"
CELSIUS, WATT = unit("degC"), unit("W")
MARGIN = 5.0
"""Least distance of a setpoint from the cut-out, K."""
ALARMS: Mapping[int, str] = MappingProxyType(
    {1: "furnace.alarm-cut-out", 2: "furnace.alarm-sensor", 4: "furnace.alarm-host"}
)
"""Bit of the alarm word → what it means."""
_SIZES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "system": {"rated_power": "40 kW", "heat_capacity": "600 kJ/K"},
        "bench": {"rated_power": "6 kW", "heat_capacity": "45 kJ/K"},
    }
)
"""Size → what it brings along (engineering defaults)."""


class FurnaceOptions(BaseModel):
    """Settings of a furnace controller in a rig."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    size: Literal["system", "bench"] = "system"
    """What it heats: the hot box of a 100 kW system, or the oven of a short stack."""
    rated_power: Power = Field(default=0.0, gt=0.0)
    """Heater power its fuses allow; as ``size`` says where the rig states none."""
    over_temperature: Temperature = Field(default=1223.15, gt=273.15)
    """Temperature at which the cut-out takes the heater off: ``950 degC``."""
    heat_capacity: HeatCapacity = Field(default=0.0, gt=0.0)
    """Heat capacity the loop is tuned for; as ``size`` says where the rig states none."""
    response_time: Seconds = Field(default=600.0, ge=60.0)
    """Time in which the loop follows a setpoint, where the power suffices."""
    host_timeout: Seconds = Field(default=HOST_TIMEOUT, ge=0.0, le=LONGEST_TIMEOUT)
    """Silence after which the controller does what the action says; 0 s: never."""
    host_timeout_action: Literal["hold", "off"] = "hold"
    """What it does then: regulate on to the last setpoint, or switch the heater off."""

    @model_validator(mode="before")
    @classmethod
    def _sized(cls, given: Any) -> Any:
        """Return what is given, with what its size brings along."""
        if isinstance(given, Mapping):
            options: dict[str, Any] = dict(given)  # pyright: ignore[reportUnknownArgumentType] - before validation
            return {**_SIZES.get(str(options.get("size", "system")), {}), **options}
        return given


def _demands(options: FurnaceOptions) -> CommandTable:
    highest = options.over_temperature - MARGIN
    return CommandTable(
        settings=(
            DemandRow(
                Demand("temperature", CELSIUS, Range(273.15, highest)),
                command=f"{REMOTE};:SOUR:TEMP {{:.2f}}",
                read_back="SOUR:TEMP?",
                tolerance=0.0051,
                parse=values,
                reapply=True,
            ),
            DemandRow(
                Demand("output", choices=("off", "on")),
                command=f"{REMOTE};:OUTP {{}}",
                read_back="OUTP?",
                words=(("OFF", "0"), ("ON", "1")),
            ),
            DemandRow(
                Demand("power_limit", WATT, Range(0.0, options.rated_power)),
                command=f"{REMOTE};:SOUR:POW:LIM {{:.1f}}",
                read_back="SOUR:POW:LIM?",
                tolerance=0.051,
                parse=values,
                reapply=True,
            ),
        )
    )


def _readings(options: FurnaceOptions) -> tuple[Reading, ...]:
    span = Range(233.15, 1573.15)
    power = Range(0.0, options.rated_power)
    return (
        Reading("temperature", CELSIUS, span, Uncertainty(absolute=2.0, resolution=0.01)),
        Reading("setpoint", CELSIUS, span, Uncertainty(resolution=0.01)),
        Reading("power", WATT, power, Uncertainty(absolute=0.02 * options.rated_power)),
        Reading("state", range=Range(0.0, 3.0)),
    )


class Furnace:
    """What the bench does with the controller beyond its table."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._options: FurnaceOptions = port.connection.options or FurnaceOptions()
        self._alarms = AlarmWord(port, ALARMS, "furnace")
        self.table = _demands(self._options)

    def programs(self) -> Programs:
        """Return what runs on the wire."""
        return Programs(
            identify=lambda: identify(self._port, IDENTITY, timeout=REPLY_TIMEOUT),
            setup=self.setup,
            polls=(Poll(self.poll),),
            apply=self.table.apply(self._port),
            verify=self.table.verify(self._port),
            actions={"acknowledge": self.acknowledge},
            housekeep=Poll(lambda: drain_errors(self._port), HOUSEKEEPING_PERIOD),
            reapply=self.table.reapply,
        )

    def setup(self) -> Program[None]:
        """Compare what is fixed at the controller with the rig, and arm the host timeout.

        Raises:
            InstrumentError: it has another power or cut-out, or holds another action or timeout.
        """
        options = self._options
        (power,) = values((yield Query("CONF:POW?")))
        if abs(power - options.rated_power) > 0.01 * options.rated_power:
            shown = WATT.shown(options.rated_power)
            raise holds_other(self._port, "furnace.rated-power", shown, WATT.shown(power))
        (cut_out,) = values((yield Query("CONF:OTEM?")))
        if abs(CELSIUS.to_si(cut_out) - options.over_temperature) > 0.5:
            shown, actual = CELSIUS.shown(options.over_temperature), f"{cut_out:g} °C"
            raise holds_other(self._port, "furnace.cut-out", shown, actual)
        yield from arm(self._port, options, "furnace.host-timeout")

    def poll(self) -> Program[None]:
        """Read everything at once; tell of alarms when they change.

        Raises:
            ValueError: a reply of another shape.
        """
        *numbers, word = values((yield Query("MEAS:ALL?")))
        if len(numbers) != 4:
            raise ValueError(numbers)
        self._port.mailbox.post_all(0, numbers, self._port.clock.now())
        self._alarms.compare(word)

    def acknowledge(self) -> ActionProgram:
        """Clear the alarms that are gone, the cut-out with them; the heater stays off."""
        yield Write(f"{REMOTE};:STAT:ALAR:CLE")
        (word,) = values((yield Query("STAT:ALAR?")))
        return {"alarms": word}


ACKNOWLEDGE = Action("acknowledge", duration=0.1, timeout=5.0)


def _build(port: Port) -> TextInstrument:
    furnace = Furnace(port)
    return TextInstrument(
        port,
        furnace.programs(),
        wire=WIRE,
        demands=furnace.table.demands,
        actions=(ACKNOWLEDGE,),
    )


DRIVER = Driver(
    name="furnace-controller",
    title="HTC-2 furnace controller with over-temperature cut-out",
    link=LinkKind.VISA,
    readings=lambda options: _readings(options or FurnaceOptions()),
    demands=lambda options: _demands(options or FurnaceOptions()).demands,
    build=_build,
    actions=(ACKNOWLEDGE,),
    options=FurnaceOptions,
    shortest_period=0.05,
    watchdog=Watchdog("host timeout", HOST_TIMEOUT, Message("furnace.watchdog"), ArmedBy.SETUP),
)
"""The model, as the rig names it."""
