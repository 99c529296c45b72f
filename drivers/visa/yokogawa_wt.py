"""Yokogawa WT1800E and WT5000 power analysers: voltage, current and power of the auxiliaries.

One message asks whether there has been an update since the last poll and for the values; only an
update is posted. The instrument measures and nothing else: nothing is demanded of it.
Communication interface manual IM WT1801-17EN. No watchdog: it drives nothing.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bench.channel import Range, Uncertainty
from bench.device import Demand, Driver, LinkKind, Port, Reading
from bench.errors import ConfigError, InstrumentError
from bench.units import ONE, Unit, quantity, unit
from drivers.visa.instrument import TextInstrument
from drivers.visa.numbers import numbers
from drivers.visa.port import Program, Query, Write
from drivers.visa.programs import Poll, Programs
from drivers.visa.scpi import drain_errors, identify

IDENTITY = r"\bWT(18\d\d|5000)"
"""What ``*IDN?`` must contain."""
FUNCTION_UNITS: dict[str, Unit] = {
    "URMS": unit("V"), "UDC": unit("V"), "IRMS": unit("A"), "IDC": unit("A"), "P": unit("W"),
    "S": unit("V*A"), "Q": unit("V*A"), "LAMBda": ONE, "FU": unit("Hz"), "FI": unit("Hz"),
}  # fmt: skip
"""Numeric function → unit of its values."""
RATES = {0.05: "50MS", 0.1: "100MS", 0.25: "250MS", 0.5: "500MS", 1.0: "1S", 2.0: "2S", 5.0: "5S"}
"""Update period, s → how it is written (M is milli here, MA would be mega)."""
VALUES = Query(":STAT:EESR?;:NUM:NORM:VAL?")
"""Has there been an update (bit 0), and what do the items show?"""
UPDATED = 1
OLDEST_ERROR = Query(":STAT:ERR?")
"""Asks for the oldest error."""

Function = Literal["URMS", "UDC", "IRMS", "IDC", "P", "S", "Q", "LAMBda", "FU", "FI"]


class Item(BaseModel):
    """One numeric item of a WT in a rig."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    function: Function
    """What is read."""
    element: Literal["1", "2", "3", "4", "5", "6", "SIGMA"] = "1"
    """Input element, or the sum of a wiring unit."""
    range: tuple[str, str] | None = None
    """Lowest and highest value, with units; None: not limited."""

    @property
    def span(self) -> Range:
        """The range, SI."""
        if self.range is None:
            return Range()
        low, high = (quantity(text) for text in self.range)
        natural = FUNCTION_UNITS[self.function]
        if not (low.unit.converts_to(natural) and high.unit.converts_to(natural)):
            raise ConfigError("device.input-unit", unit=low.unit.text, natural=natural.text)
        return Range(low.value, high.value)

    @model_validator(mode="after")
    def _check(self) -> Self:
        _ = self.span  # raises where the range does not fit
        return self


def _usual_items() -> dict[str, Item]:
    return {
        "voltage": Item(function="URMS"),
        "current": Item(function="IRMS"),
        "power": Item(function="P"),
    }


class WtOptions(BaseModel):
    """Settings of a WT in a rig."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    items: dict[str, Item] = Field(default_factory=_usual_items, min_length=1, max_length=200)
    """Reading → numeric item."""
    rate: str = "250 ms"
    """Update period of the instrument."""

    @property
    def rate_word(self) -> str:
        """The update period as the instrument takes it."""
        return RATES[quantity(self.rate).value]

    @model_validator(mode="after")
    def _check(self) -> Self:
        rate = quantity(self.rate)
        if not rate.unit.converts_to(unit("s")) or rate.value not in RATES:
            valid = ", ".join(f"{each:g} s" for each in RATES)
            raise ConfigError("device.update-rate", rate=self.rate, valid=valid)
        return self


def scanned(options: Any, scan: float) -> WtOptions:
    """Return the options for scans so many seconds apart, in virtual time."""
    chosen: WtOptions = options or WtOptions()
    period = quantity(chosen.rate).value
    longest = max(each for each in RATES if each <= max(period, scan))
    return chosen.model_copy(update={"rate": f"{longest:g} s"})


class _Conversation:
    """The programs."""

    def __init__(self, port: Port, options: WtOptions) -> None:
        self._port = port
        self._options = options

    def setup(self) -> Program[None]:
        """Make answers bare, choose the items, and check that all was understood."""
        for message in (":COMM:HEAD OFF", ":COMM:VERB OFF", ":COMM:REM ON", "*CLS"):
            yield Write(message)
        yield Write(f":RATE {self._options.rate_word}")
        yield Write(":NUM:HOLD OFF")
        yield Write(":NUM:FORM ASC")
        items = self._options.items.values()
        yield Write(f":NUM:NORM:NUM {len(items)}")
        for place, item in enumerate(items, start=1):
            yield Write(f":NUM:NORM:ITEM{place} {item.function},{item.element}")
        yield Write(":STAT:FILT1 FALL")
        reply = yield OLDEST_ERROR
        code, _, text = reply.partition(",")
        if int(code) != 0:
            raise InstrumentError(
                "device.setup-refused",
                instrument=self._port.connection.name,
                code=code,
                text=text.strip('"'),
            )

    def poll(self) -> Program[None]:
        """Post the values if they are new."""
        events, _, values = (yield VALUES).partition(";")
        if not int(events) & UPDATED:
            return
        found = numbers(values)
        if len(found) != len(self._options.items):
            raise ValueError(values)
        self._port.mailbox.post_all(0, found, self._port.clock.now())


ACCURACY = Uncertainty(reading=0.001, span=0.0005)
"""Power at 45-66 Hz: 0.1 % of reading + 0.05 % of range (WT1800E data sheet)."""


def _readings(options: WtOptions | None) -> tuple[Reading, ...]:
    items = (options or WtOptions()).items
    return tuple(
        Reading(name, FUNCTION_UNITS[item.function], item.span, ACCURACY)
        for name, item in items.items()
    )


def _demands(_: WtOptions | None) -> tuple[Demand, ...]:
    return ()


def _build(port: Port) -> TextInstrument:
    conversation = _Conversation(port, port.connection.options or WtOptions())
    return TextInstrument(
        port,
        Programs(
            identify=lambda: identify(port, IDENTITY),
            setup=conversation.setup,
            polls=(Poll(conversation.poll),),
            housekeep=Poll(lambda: drain_errors(port, OLDEST_ERROR), 5.0),
        ),
    )


DRIVER = Driver(
    name="yokogawa-wt",
    title="Yokogawa WT1800E/WT5000 power analyser",
    link=LinkKind.VISA,
    readings=_readings,
    demands=_demands,
    build=_build,
    options=WtOptions,
    shortest_period=0.05,
    scanned=scanned,
)
