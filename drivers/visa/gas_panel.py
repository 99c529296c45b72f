"""Gas panel GMP-1: air blower, anode recycle and afterburner of a solid oxide system or bench.

Its manual is the docstring of `drivers.simulated.devices.gas_panel`. Setpoints and modes are
verified by read-back; the error queue and the alarm word are told to people. The lines the panel is
built with and the size of its blower are compared with the rig's.

In the air mode ``temperature`` the panel closes its own slow loop on the stack temperature and
never gives less air than ``air_flow``, which then is the floor. When the bench falls silent it
keeps air, mode and recycle: fuel without air, or methane without the steam of the recycle, spoils a
stack. So after each connection the action of its host timeout is set, by default to hold, then the
timeout, and both are read back.

The uncertainties are engineering defaults (thermal mass flow meter 2 % of reading and 0.5 % of full
scale, pressure transmitters 0.1 kPa); a rig states those of its certificates.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bench.channel import Range, Uncertainty
from bench.device import ArmedBy, Demand, Driver, LinkKind, Port, Reading, Watchdog
from bench.messages import Message
from bench.units import ONE, unit
from drivers.quantity import Flow, HeatCapacity, Seconds
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
from drivers.visa.port import REPLY_TIMEOUT, Program, Query
from drivers.visa.programs import Poll, Programs
from drivers.visa.scpi import drain_errors, identify
from drivers.visa.table import CommandTable, DemandRow

IDENTITY = r"\bGMP-1\b"
CUBIC_METRE, KILOPASCAL, RPM, CELSIUS = unit("m3n/h"), unit("kPa"), unit("rpm"), unit("degC")
MOST_RECYCLE = 0.8
FASTEST_BLOWER = 30000.0
"""End of the blower's speed range, 1/min."""
LINES: Mapping[str, str] = MappingProxyType(
    {"air": "AIR", "recycle": "REC", "burner": "BURN", "stack": "STAC"}
)
"""Line of the rig → as the panel calls it."""
ALARMS: Mapping[int, str] = MappingProxyType(
    {
        1: "panel.alarm-air",
        2: "panel.alarm-sensor",
        4: "panel.alarm-host",
        8: "panel.alarm-hot",
    }
)
"""Bit of the alarm word → what it means."""
_SIZES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "system": {"air_capacity": "10 mol/s", "heat_capacity": "600 kJ/K"},
        "bench": {"air_capacity": "0.05 mol/s", "heat_capacity": "45 kJ/K"},
    }
)
"""Size → what it brings along (engineering defaults)."""

Line = Literal["air", "recycle", "burner", "stack"]


class GasPanelOptions(BaseModel):
    """Settings of a gas panel in a rig."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    size: Literal["system", "bench"] = "system"
    """What it serves: a 100 kW system, or a short stack."""
    lines: tuple[Line, ...] = ("air", "recycle", "burner", "stack")
    """Lines it is built with; ``stack`` is the thermocouple of the air mode ``temperature``."""
    air_capacity: Flow = Field(default=0.0, gt=0.0)
    """Air flow at full speed; as ``size`` says where the rig states none."""
    heat_capacity: HeatCapacity = Field(default=0.0, gt=0.0)
    """Heat capacity of the stacks the loop is tuned for; as ``size`` says where none is stated."""
    air_cooling: float = Field(default=4000.0, gt=0.0)
    """Heat that air takes away, J/mol: the loop is tuned for it (warmed by 120 K, as a default)."""
    response_time: Seconds = Field(default=1200.0, ge=60.0)
    """Time in which the stack temperature follows its setpoint."""
    host_timeout: Seconds = Field(default=HOST_TIMEOUT, ge=0.0, le=LONGEST_TIMEOUT)
    """Silence after which the panel does what the action says; 0 s: never."""
    host_timeout_action: Literal["hold", "off"] = "hold"
    """What it does then: keep air, mode and recycle, or give the floor of air and no recycle."""

    @model_validator(mode="before")
    @classmethod
    def _sized(cls, given: Any) -> Any:
        """Return what is given, with what its size brings along."""
        if isinstance(given, Mapping):
            options: dict[str, Any] = dict(given)  # pyright: ignore[reportUnknownArgumentType] - before validation
            return {**_SIZES.get(str(options.get("size", "system")), {}), **options}
        return given

    @model_validator(mode="after")
    def _has_air(self) -> GasPanelOptions:
        """Return the options if air is among the lines, each once.

        Raises:
            ValueError: it is not.
        """
        if "air" not in self.lines or len(set(self.lines)) != len(self.lines):
            raise ValueError(Message("panel.lines-given").text())
        return self


def _air_rows(options: GasPanelOptions) -> tuple[DemandRow, ...]:
    full = options.air_capacity
    return (
        DemandRow(
            Demand("air_flow", CUBIC_METRE, Range(0.0, full)),
            command=f"{REMOTE};:SOUR:AIR {{:.4f}}",
            read_back="SOUR:AIR?",
            tolerance=max(1.1e-4, 2e-5 * CUBIC_METRE.from_si(full)),
            parse=values,
            reapply=True,
        ),
    )


def _stack_rows() -> tuple[DemandRow, ...]:
    return (
        DemandRow(
            Demand("air_mode", choices=("flow", "temperature")),
            command=f"{REMOTE};:SOUR:AIR:MODE {{}}",
            read_back="SOUR:AIR:MODE?",
            words=(("FLOW",), ("TEMP",)),
            reapply=True,
        ),
        DemandRow(
            Demand("stack_temperature", CELSIUS, Range(273.15, 1273.15)),
            command=f"{REMOTE};:SOUR:TEMP {{:.2f}}",
            read_back="SOUR:TEMP?",
            tolerance=0.0051,
            parse=values,
            reapply=True,
        ),
    )


def _recycle_rows() -> tuple[DemandRow, ...]:
    return (
        DemandRow(
            Demand("recycle", ONE, Range(0.0, MOST_RECYCLE)),
            command=f"{REMOTE};:SOUR:REC {{:.4f}}",
            read_back="SOUR:REC?",
            tolerance=1.1e-4,
            parse=values,
            reapply=True,
        ),
    )


def _burner_rows() -> tuple[DemandRow, ...]:
    return (
        DemandRow(
            Demand("burner", choices=("off", "on")),
            command=f"{REMOTE};:OUTP:BURN {{}}",
            read_back="OUTP:BURN?",
            words=(("OFF", "0"), ("ON", "1")),
        ),
    )


def _table(options: GasPanelOptions) -> CommandTable:
    rows = _air_rows(options)
    for line, more in (
        ("stack", _stack_rows()),
        ("recycle", _recycle_rows()),
        ("burner", _burner_rows()),
    ):
        if line in options.lines:
            rows += more
    return CommandTable(settings=rows)


def _readings(options: GasPanelOptions) -> tuple[Reading, ...]:
    full = options.air_capacity
    pressure = Range(50e3, 200e3)
    stated = Uncertainty(absolute=100.0, resolution=0.1)
    air = Reading(
        "air_flow",
        CUBIC_METRE,
        Range(-0.02 * full, 1.2 * full),
        Uncertainty(reading=0.02, absolute=0.005 * full),
    )
    recycle = Reading("recycle", ONE, Range(0.0, 1.0), Uncertainty(absolute=0.02))
    return (
        air,
        *((recycle,) if "recycle" in options.lines else ()),
        Reading("anode_pressure", KILOPASCAL, pressure, stated),
        Reading("cathode_pressure", KILOPASCAL, pressure, stated),
        Reading(
            "blower_speed",
            RPM,
            Range(0.0, RPM.to_si(FASTEST_BLOWER)),
            Uncertainty(resolution=RPM.to_si(1.0)),
        ),
        Reading("state", range=Range(0.0, 3.0)),
    )


class Panel:
    """What the bench does with the panel beyond its table."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._options: GasPanelOptions = port.connection.options or GasPanelOptions()
        self._alarms = AlarmWord(port, ALARMS, "panel")
        self._has_recycle = "recycle" in self._options.lines
        self.table = _table(self._options)

    def programs(self) -> Programs:
        """Return what runs on the wire."""
        return Programs(
            identify=lambda: identify(self._port, IDENTITY, timeout=REPLY_TIMEOUT),
            setup=self.setup,
            polls=(Poll(self.poll),),
            apply=self.table.apply(self._port),
            verify=self.table.verify(self._port),
            housekeep=Poll(lambda: drain_errors(self._port), HOUSEKEEPING_PERIOD),
            reapply=self.table.reapply,
        )

    def setup(self) -> Program[None]:
        """Compare what the panel is built with with the rig, and arm the host timeout.

        Raises:
            InstrumentError: it has other lines or another blower, or holds another action.
        """
        options = self._options
        held = (yield Query("CONF:LIN?")).strip()
        wanted = {LINES[line] for line in options.lines}
        if set(held.split(",")) != wanted:
            raise holds_other(self._port, "panel.lines", ",".join(sorted(wanted)), held)
        (full,) = values((yield Query("CONF:AIR?")))
        stated = CUBIC_METRE.from_si(options.air_capacity)
        if abs(full - stated) > 0.01 * stated:
            shown = CUBIC_METRE.shown(options.air_capacity)
            raise holds_other(self._port, "panel.blower", shown, f"{full:g} m3n/h")
        yield from arm(self._port, options, "panel.host-timeout")

    def poll(self) -> Program[None]:
        """Read everything at once; tell of alarms when they change.

        Raises:
            ValueError: a reply of another shape.
        """
        air, *numbers, word = values((yield Query("MEAS:ALL?")))
        if len(numbers) != 5:
            raise ValueError(numbers)
        shown = numbers if self._has_recycle else numbers[1:]
        self._port.mailbox.post_all(0, (air, *shown), self._port.clock.now())
        self._alarms.compare(word)


def _build(port: Port) -> TextInstrument:
    panel = Panel(port)
    return TextInstrument(port, panel.programs(), wire=WIRE, demands=panel.table.demands)


DRIVER = Driver(
    name="gas-panel",
    title="GMP-1 gas panel: air blower, anode recycle, afterburner",
    link=LinkKind.VISA,
    readings=lambda options: _readings(options or GasPanelOptions()),
    demands=lambda options: _table(options or GasPanelOptions()).demands,
    build=_build,
    options=GasPanelOptions,
    shortest_period=0.05,
    watchdog=Watchdog("host timeout", HOST_TIMEOUT, Message("panel.watchdog"), ArmedBy.SETUP),
)
"""The model, as the rig names it."""
