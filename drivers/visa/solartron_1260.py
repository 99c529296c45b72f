"""Solartron 1260 impedance analyser: sweeps of the stack's impedance, point by point.

After the operating manual's pages on the GPIB (2.4, 2.7) and what public programs send it. The
action `sweep` goes from the highest frequency to the lowest and repeats the first one at the end:
what has changed in between was the stack. Nothing waits for a point on the wire: the analyser is
told to measure, asked now and then whether it has (``*OPC``, ``*ESR?``), and only then for its
result (``DO``), so that others on its bus are served while a point takes minutes. Each point has a
time budget of its own: its cycles and 5 s.

Readings come one point per poll, each with its running number; between two points the last one is
confirmed. A point with an error digit (2: input overload) is BAD.

Numbers have one exponent digit (``1.0E+3``); the analyser hears nothing for 5 s after ``TT2``.

No watchdog: the manual knows none. What is demanded are settings of a measurement; the generator is
switched off after each sweep, and at once when its amplitude is demanded to be 0.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bench.channel import Quality, Range, Uncertainty
from bench.clock import SECOND
from bench.device import Action, Demand, Driver, LinkKind, Port, Reading
from bench.errors import InstrumentError
from bench.messages import Message
from bench.units import ONE, unit
from drivers.quantity import Seconds
from drivers.visa.instrument import TextInstrument
from drivers.visa.numbers import number, numbers
from drivers.visa.port import REPLY_TIMEOUT, Pause, Program, Query, Wire, Write
from drivers.visa.programs import ActionProgram, Poll, Programs
from drivers.visa.scpi import identify

WIRE = Wire(reply_end="\n", gap=0.05)
IDENTITY = r"\b1260A? +IMPEDANCE ANALY[ZS]ER"
RESET_TIME = 5.0
"""How long it hears nothing after ``TT2``, s."""
BUDGET = 5.0
"""What a point may take beside its cycles, s."""
LOOK = 0.5
"""How often it is asked whether a point is measured, s."""
HIGH, LOW, DENSITY, AMPLITUDE = range(4)
POINT, FREQUENCY, REAL, IMAGINARY, ERROR = range(5)
COMPLETE, REFUSED = 1, 16 | 32
"""Bits of ``*ESR?``: operation complete; execution and command error."""
HERTZ, OHM = unit("Hz"), unit("ohm")

READINGS = (
    Reading("point", range=Range(0.0, 10_000.0)),
    Reading("frequency", HERTZ, Range(0.0, 32e6), Uncertainty(reading=1e-4)),
    Reading("real", OHM, Range(-1e3, 1e3), Uncertainty(reading=5e-3, absolute=2e-5)),
    Reading("imaginary", OHM, Range(-1e3, 1e3), Uncertainty(reading=5e-3, absolute=2e-5)),
    Reading("error", range=Range(0.0, 9.0)),
)
"""Uncertainties with four-wire leads of a stack (engineering default); a rig states its own."""


class Solartron1260Options(BaseModel):
    """Settings of a Solartron 1260 in a rig."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    generator: Literal["current", "voltage"] = "current"
    """What the generator holds: a current (amplitude in A rms) or a voltage (V rms)."""
    cycles: Annotated[int, Field(ge=1, le=1000)] = 3
    """Whole cycles over which a point is integrated at least."""
    settling: Annotated[int, Field(ge=0, le=100)] = 1
    """Cycles before it."""
    integration: Seconds = Field(default=1.0, ge=0.01, le=100.0)
    """Time over which a point is integrated at least."""


def demands(given: Solartron1260Options | None) -> tuple[Demand, ...]:
    """Return the settings of a sweep, in the order `HIGH`, `LOW`, `DENSITY`, `AMPLITUDE`."""
    is_current = given is None or given.generator == "current"
    of, top = (unit("A"), 0.06) if is_current else (unit("V"), 3.0)
    return (
        Demand("frequency_high", HERTZ, Range(1e-3, 1e6)),
        Demand("frequency_low", HERTZ, Range(1e-4, 1e6)),
        Demand("points_per_decade", ONE, Range(1.0, 50.0)),
        Demand("amplitude", of, Range(0.0, top)),
    )


@dataclass(frozen=True)
class SweepSettings:
    """What the next sweep covers."""

    high: float = 10e3
    """First frequency, Hz."""
    low: float = 30e-3
    """Last frequency, Hz."""
    density: float = 10.0
    """Points per decade."""
    amplitude: float = 0.02
    """Of the generator, rms: A or V."""

    def changed(self, index: int, value: float) -> SweepSettings:
        """Return the settings with one of them changed."""
        values = [self.high, self.low, self.density, self.amplitude]
        values[index] = value
        return SweepSettings(*values)

    def frequencies(self) -> tuple[float, ...]:
        """Return the frequencies from the highest to the lowest, and the first one again, Hz.

        Raises:
            ValueError: the lowest is not below the highest.
        """
        if not self.low < self.high:
            raise ValueError(self.low)
        steps = max(round(self.density * math.log10(self.high / self.low)), 1)
        ratio = (self.low / self.high) ** (1.0 / steps)
        return (*(self.high * ratio**step for step in range(steps + 1)), self.high)


@dataclass(frozen=True)
class Point:
    """What one frequency has given."""

    number: int
    """Running number within the sweep, from 1."""
    frequency: float
    """Frequency, Hz."""
    impedance: complex
    """Impedance at the terminals, ohm."""
    error: int
    """Error digit; 0: none."""


def with_one_exponent_digit(value: float) -> str:
    """Return a number as the analyser takes it: ``1.0000000E+3``.

    Raises:
        ValueError: it needs two digits.
    """
    mantissa, _, exponent = f"{value:.7E}".partition("E")
    if abs(int(exponent)) > 9:
        raise ValueError(value)
    return f"{mantissa}E{int(exponent):+d}"


class Analyser:
    """What the bench does with a Solartron 1260."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._name = port.connection.name
        self._options: Solartron1260Options = port.connection.options or Solartron1260Options()
        self._sweep = SweepSettings()
        self._ready: deque[Point] = deque()
        self._has_point = False
        self._events = 0
        self._is_deaf = False
        self._is_sweeping = False
        self._is_stopped = False

    def programs(self) -> Programs:
        """Return what runs on the wire."""
        return Programs(
            identify=lambda: identify(self._port, IDENTITY, timeout=REPLY_TIMEOUT),
            setup=self.setup,
            polls=(Poll(self.tell_point),),
            apply=self.apply,
            actions={"sweep": self.sweep},
        )

    def setup(self) -> Program[None]:
        """Set how it answers; the generator stays as it is."""
        self._ready.clear()
        self._events, self._is_deaf, self._has_point = 0, False, False
        yield from _say("OP 2,0", "OS 0", "OT 0", "CE")
        self._port.mailbox.post(POINT, 0.0, self._port.clock.now())

    def apply(self, index: int, value: float) -> Program[None]:
        """Take a setting for the next sweep; no amplitude ends the one under way."""
        self._sweep = self._sweep.changed(index, value)
        if index == AMPLITUDE and value == 0.0:
            self._is_stopped = True
            yield Write("BK")

    def tell_point(self) -> Program[None]:
        """Hand over one point that has been measured, or confirm the last one."""
        if not self._is_deaf:
            yield from self._look()
        if not self._is_sweeping and (refused := self._take_refusal()):
            self._tell("warning", "fra.refused", events=refused)
        now, mailbox = self._port.clock.now(), self._port.mailbox
        if not self._ready:
            last = ERROR if self._has_point else POINT
            for index in range(last + 1):
                mailbox.confirm(index, now)
            return
        point = self._ready.popleft()
        self._has_point = True
        quality = Quality.BAD if point.error else Quality.OK
        mailbox.post(POINT, float(point.number), now)
        mailbox.post(FREQUENCY, point.frequency, now)
        mailbox.post(REAL, point.impedance.real, now, quality)
        mailbox.post(IMAGINARY, point.impedance.imag, now, quality)
        mailbox.post(ERROR, float(point.error), now)

    def sweep(self) -> ActionProgram:
        """Measure from the highest frequency to the lowest, and the first one again.

        Returns:
            ``points``: how many; ``repeat``: by how much the modulus at the first frequency has
            changed meanwhile, relative.

        Raises:
            InstrumentError: a setting is refused, a point is late, or the amplitude became 0.
        """
        settings = self._sweep
        if not settings.low < settings.high or settings.amplitude == 0.0:
            raise self._error("fra.no-sweep", low=f"{settings.low:g}", high=f"{settings.high:g}")
        self._is_stopped, self._is_sweeping = False, True
        try:
            yield from self._prepare(settings)
            points = yield from self._points(settings)
        except InstrumentError:
            yield Write("BK")
            raise
        finally:
            self._is_deaf = self._is_sweeping = False
        yield Write("BK")
        while self._ready:
            yield Pause(self._port.connection.period / SECOND)
        yield Pause(2 * self._port.connection.period / SECOND)  # done when the last one is seen
        first, last = abs(points[0].impedance), abs(points[-1].impedance)
        return {"points": float(len(points)), "repeat": last / first - 1.0 if first else 0.0}

    def _prepare(self, settings: SweepSettings) -> Program[None]:
        self._is_deaf = True
        yield Write("TT2")
        yield Pause(RESET_TIME + LOOK)
        self._is_deaf = False
        self._ready.clear()
        self._has_point = False
        self._port.mailbox.post(POINT, 0.0, self._port.clock.now())
        is_current = self._options.generator == "current"
        code, kind = ("IA", "1") if is_current else ("VA", "0")
        yield from _say("OP 2,0", "OS 0", "OT 0", "CE", "CV 0", "SO 1,3", f"GT {kind}")
        yield from _say("RA 1,0", "RA 3,0", "DC 1,0", "DC 3,0")
        yield Write(f"{code} {with_one_exponent_digit(settings.amplitude)}")
        held = number((yield Query(f"?{code}")))
        if abs(held - settings.amplitude) > 1e-2 * settings.amplitude:
            shown = (f"{settings.amplitude:g}", f"{held:g}")
            raise self._error("fra.amplitude", value=shown[0], actual=shown[1])
        yield from self._look()
        self._check()

    def _points(self, settings: SweepSettings) -> Program[list[Point]]:
        points: list[Point] = []
        told = 0
        for count, frequency in enumerate(settings.frequencies(), 1):
            point = yield from self._point(count, frequency)
            if point.error and point.error != told:
                told = point.error
                self._tell("warning", "fra.error", code=point.error, frequency=f"{frequency:g}")
            points.append(point)
            self._ready.append(point)
        return points

    def _point(self, count: int, frequency: float) -> Program[Point]:
        settling = self._options.settling / frequency
        integration = max(self._options.integration, self._options.cycles / frequency)
        due = self._port.clock.now() + round((settling + integration + BUDGET) * SECOND)
        for code, value in (("FR", frequency), ("DL", settling), ("IS", integration)):
            yield Write(f"{code} {with_one_exponent_digit(value)}")
        yield from self._look()
        self._events &= ~COMPLETE
        yield from _say("*OPC", "SI")
        yield Pause(settling + integration)
        while not self._events & COMPLETE:
            self._check()
            if self._is_stopped:
                raise self._error("fra.stopped")
            if self._port.clock.now() > due:
                raise self._error("fra.late", frequency=f"{frequency:g}")
            yield from self._look()
            if not self._events & COMPLETE:
                yield Pause(LOOK)
        return self._read((yield Query("DO")), count, frequency)

    def _read(self, reply: str, count: int, wanted: float) -> Point:
        frequency, real, imaginary, error, _limits = numbers(reply)
        if abs(frequency - wanted) > 1e-5 * wanted:
            told = (f"{wanted:g}", f"{frequency:g}")
            raise self._error("fra.other-frequency", value=told[0], actual=told[1])
        return Point(count, frequency, complex(real, imaginary), int(error))

    def _look(self) -> Program[None]:
        """Note what has happened; asking clears it in the analyser."""
        self._events |= int((yield Query("*ESR?")))

    def _take_refusal(self) -> int:
        """Return the events that say a command was refused, and forget them."""
        refused = self._events & REFUSED
        self._events &= ~REFUSED
        return refused

    def _check(self) -> None:
        if refused := self._take_refusal():
            raise self._error("fra.refused", events=refused)

    def _error(self, message_id: str, **arguments: object) -> InstrumentError:
        return InstrumentError(message_id, instrument=self._name, **arguments)

    def _tell(self, level: str, message_id: str, **arguments: object) -> None:
        message = Message(message_id, {"instrument": self._name, **arguments})
        self._port.report(level, self._name, message)


def _say(*messages: str) -> Iterator[Write]:
    """Yield messages that are not answered."""
    for message in messages:
        yield Write(message)


ACTIONS = (Action("sweep", duration=900.0, timeout=6 * 3600.0),)


def _build(port: Port) -> TextInstrument:
    return TextInstrument(
        port,
        Analyser(port).programs(),
        wire=WIRE,
        demands=demands(port.connection.options),
        actions=ACTIONS,
    )


DRIVER = Driver(
    name="solartron-1260",
    title="Solartron 1260 impedance analyser: frequency sweeps of a stack",
    link=LinkKind.VISA,
    readings=lambda _: READINGS,
    demands=demands,
    build=_build,
    actions=ACTIONS,
    options=Solartron1260Options,
    shortest_period=0.2,
)
"""The model, as the rig names it."""
