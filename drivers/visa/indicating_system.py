"""CIS-6 indicating system: pressure in a cylinder over crank angle.

Its manual is the docstring of `drivers.simulated.devices.indicating_system`. The live results enter
the scan; the action `capture` records consecutive cycles in full, `incident` those still in the
system's ring, which the bench begins when an alarm stops the run. Their traces go to the run file
as they were converted, as rows of the group `CYCLES` beside the scan: each cycle once, however
captures overlap. A few cycles per exchange are read, so that the live results go on meanwhile.

Settings are sent after each connection and read back. No watchdog: it drives nothing. The
uncertainties are engineering defaults (a calibrated chain, top dead centre within 0.1 degrees); a
rig states its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from bench.channel import Range, Uncertainty
from bench.clock import SECOND
from bench.device import Action, Demand, Driver, LinkKind, Port, Reading
from bench.errors import InstrumentError
from bench.record.rows import TIME, RowLayout, fast_group
from bench.units import unit
from drivers.quantity import Angle, Fraction, Length, Pressure
from drivers.visa.indicating_cycles import (
    BAR,
    CYCLES,
    DEGREE,
    FIRST,
    INTAKE_COUNT,
    POINTS,
    PRESSURE_COUNT,
    STEP,
    columns_of,
    records_of,
)
from drivers.visa.instrument import TextInstrument
from drivers.visa.numbers import numbers
from drivers.visa.port import REPLY_TIMEOUT, Pause, Program, Query, Wire, Write
from drivers.visa.programs import ActionProgram, Poll, Programs
from drivers.visa.scpi import drain_errors, identify

IDENTITY = r"\bCIS-6\b"
RESULTS = Query("FETC?")
"""Asks for the live results."""
WIRE = Wire(gap=0.01)
"""LF; the system loses a line that comes within 5 ms of the last one."""
PORTION, BLOCK_TIMEOUT = 10, 2.0
"""Cycles that are read at once, and the longest wait for them, s."""
REST, LOOK = 0.05, 0.5
"""Between two portions, and between two looks at a capture, s: others use the link."""
HOUSEKEEPING_PERIOD = 10.0
"""How often the error queue is drained, s."""
GRID = (FIRST, STEP, float(POINTS))
SCALE = (PRESSURE_COUNT, INTAKE_COUNT)
_MANY = Range(0.0, 1e12)
PERCENT = unit("%")

READINGS = (
    Reading("imep", BAR, Range(-5e5, 40e5), Uncertainty(reading=0.01, absolute=0.05e5)),
    Reading("imep_cov", PERCENT, Range(0.0, 10.0), Uncertainty(reading=0.1, absolute=5e-4)),
    Reading("peak_pressure", BAR, Range(0.0, 300e5), Uncertainty(reading=0.01, absolute=0.2e5)),
    Reading("ca50", DEGREE, Range(-1.0, 1.5), Uncertainty(absolute=0.0087)),
    Reading("mapo", BAR, Range(0.0, 100e5), Uncertainty(reading=0.1, absolute=0.05e5)),
    Reading("cycles", range=_MANY),
    Reading("knocks", range=_MANY),
    Reading("misfires", range=_MANY),
    Reading("pre_ignitions", range=_MANY),
    Reading("backfires", range=_MANY),
)
"""Mean effective pressure, its variation, peak and CA50 over the last cycles; highest knock
amplitude of the newest; counters since it was switched on."""

CAPTURE = Action("capture", duration=30.0, timeout=600.0)
INCIDENT = Action("incident", duration=2.0, timeout=60.0)


class IndicatingOptions(BaseModel):
    """Settings of a CIS-6 in a rig; the dimensions are those of the engine."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    cylinder: Annotated[int, Field(ge=1, le=6)] = 1
    """Cylinder whose sensor is connected."""
    cycles: Annotated[int, Field(ge=1, le=1000)] = 200
    """Cycles of a capture."""
    window: Annotated[int, Field(ge=60, le=1000)] = 200
    """Cycles over which the live results are averaged."""
    knock: Pressure = Field(default=1e5, ge=5e3, le=50e5)
    """Knock amplitude above which a cycle knocks."""
    misfire: Fraction = Field(default=0.5, ge=0.0, le=1.0)
    """Share of the mean work below which a cycle misfires."""
    pre_ignition: Angle = Field(default=0.0, ge=-0.34, le=0.69)
    """How far before the spark 5 % must be burnt to be a pre-ignition."""
    backfire: Pressure = Field(default=0.3e5, ge=5e3, le=5e5)
    """Rise of the intake pressure from which on a cycle is a backfire."""
    bore: Length = Field(default=0.131, ge=0.05, le=0.3)
    """Bore of the cylinder."""
    stroke: Length = Field(default=0.15828, ge=0.05, le=0.4)
    """Stroke of the piston."""
    rod: Length = Field(default=0.260, ge=0.08, le=0.9)
    """Length of the connecting rod."""
    compression: Annotated[float, Field(ge=5.0, le=30.0)] = 12.5
    """Compression ratio."""

    def settings(self) -> Iterator[tuple[str, tuple[float, ...]]]:
        """Yield command and numbers of each setting, in the instrument's units."""
        yield "CYL", (float(self.cylinder),)
        yield "CYCL", (float(self.cycles),)
        yield "WIND", (float(self.window),)
        yield "CALC:KNOC", (BAR.from_si(self.knock),)
        yield "CALC:MISF", (self.misfire,)
        yield "CALC:PRE", (DEGREE.from_si(self.pre_ignition),)
        yield "CALC:BACK", (BAR.from_si(self.backfire),)
        lengths = (self.bore, self.stroke, self.rod)
        yield "CONF:ENG", (*(1e3 * each for each in lengths), self.compression)


class State(NamedTuple):
    """How far a capture is."""

    word: str
    """``IDLE``, ``RUN``, ``DONE`` or ``BROK``."""
    number: int
    """Which one."""
    done: int
    """Cycles that are there."""
    wanted: int
    """Cycles it is to have."""


class Indicating:
    """What the bench does with an indicating system."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._options: IndicatingOptions = port.connection.options or IndicatingOptions()
        group = fast_group(port.connection.name, CYCLES)
        self._group, self._layout = group.name, RowLayout(group)
        self._newest = -1
        """Time of the newest cycle that was handed over, ns."""

    def programs(self) -> Programs:
        """Return what runs on the wire."""
        return Programs(
            identify=lambda: identify(self._port, IDENTITY, timeout=REPLY_TIMEOUT),
            setup=self.setup,
            polls=(Poll(self.poll),),
            actions={CAPTURE.name: self.capture, INCIDENT.name: self.incident},
            housekeep=Poll(lambda: drain_errors(self._port), HOUSEKEEPING_PERIOD),
        )

    def setup(self) -> Program[None]:
        """Compare grid and scale with what rows hold, and send the settings.

        Raises:
            InstrumentError: it has another grid or scale, or does not hold a setting.
        """
        yield Write("*CLS")
        for asked, expected in (("CAPT:GRID", GRID), ("CAPT:SCAL", SCALE)):
            yield from self._expect(asked, expected)
        for command, wanted in self._options.settings():
            yield Write(f"{command} {','.join(f'{each:.6g}' for each in wanted)}")
            yield from self._expect(command, wanted)

    def _expect(self, command: str, wanted: tuple[float, ...]) -> Program[None]:
        held = numbers((yield Query(f"{command}?")))
        if not np.allclose(held, wanted, rtol=1e-4, atol=5e-3):
            raise self._error(
                "indicating.holds-other",
                setting=command,
                value=", ".join(f"{each:g}" for each in wanted),
                actual=", ".join(f"{each:g}" for each in held),
            )

    def poll(self) -> Program[None]:
        """Read the live results.

        Raises:
            ValueError: a reply of another shape.
        """
        found = numbers((yield RESULTS))
        if len(found) != len(READINGS):
            raise ValueError(found)
        self._port.mailbox.post_all(0, found, self._port.clock.now())

    def capture(self) -> ActionProgram:
        """Record the next cycles in full.

        Returns:
            ``capture``: its number; ``cycles``: how many were handed over.

        Raises:
            InstrumentError: the engine stood still, or somebody ended it.
        """
        yield Write("CAPT:STAR")
        state = yield from self._state()
        begun = state.number
        while state.word == "RUN" and state.number == begun:
            yield Pause(LOOK)
            state = yield from self._state()
        handed = yield from self._transfer(state, is_incident=False)
        if state.word != "DONE" or state.number != begun:
            raise self._error("indicating.capture-broken", done=state.done, wanted=state.wanted)
        return {"capture": float(state.number), "cycles": float(handed)}

    def incident(self) -> ActionProgram:
        """Record the cycles that are still in the ring.

        Returns:
            As of `capture`; no cycles where the engine stood still.
        """
        yield Write("CAPT:RING")
        state = yield from self._state()
        handed = yield from self._transfer(state, is_incident=True)
        return {"capture": float(state.number), "cycles": float(handed)}

    def _state(self) -> Program[State]:
        word, *counts = (yield Query("CAPT:STAT?")).split(",")
        number, done, wanted = (int(each) for each in counts)
        return State(word.strip(), number, done, wanted)

    def _transfer(self, state: State, *, is_incident: bool) -> Program[int]:
        """Hand over the cycles of a capture that have not been yet; return how many."""
        elapsed = float((yield Query("SYST:TIME?")))
        origin = self._port.clock.now() - round(elapsed * SECOND)
        handed = 0
        for low in range(0, state.done, PORTION):
            count = min(PORTION, state.done - low)
            block = yield Query(f"CAPT:DATA? {low},{count}", BLOCK_TIMEOUT, is_block=True)
            records = records_of(block.encode("latin-1"))
            if len(records) != count:
                raise ValueError(len(records))
            times = origin + np.rint(records["time"] * SECOND).astype(np.int64)
            is_new = times > self._newest
            columns = columns_of(
                records[is_new],
                group=self._group,
                cylinder=self._options.cylinder,
                capture=state.number,
                is_incident=is_incident,
            )
            if is_new.any():
                rows = self._layout.filled({TIME: times[is_new], **columns})
                self._port.mailbox.post_rows(self._group, rows)
                self._newest = int(times[-1])
                handed += len(rows)
            yield Pause(REST)
        return handed

    def _error(self, message_id: str, **arguments: object) -> InstrumentError:
        return InstrumentError(message_id, instrument=self._port.connection.name, **arguments)


def _no_demands(_: IndicatingOptions | None) -> tuple[Demand, ...]:
    return ()


def _build(port: Port) -> TextInstrument:
    return TextInstrument(port, Indicating(port).programs(), wire=WIRE, actions=(CAPTURE, INCIDENT))


DRIVER = Driver(
    name="indicating-system",
    title="CIS-6 indicating system: cylinder pressure over crank angle",
    link=LinkKind.VISA,
    readings=lambda _: READINGS,
    demands=_no_demands,
    build=_build,
    actions=(CAPTURE, INCIDENT),
    fast_groups=lambda _: (CYCLES,),
    incident_action=INCIDENT.name,
    options=IndicatingOptions,
    shortest_period=0.1,
)
"""The model, as the rig names it."""
