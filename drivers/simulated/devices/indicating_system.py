"""Indicating system CIS-6: pressure in a cylinder over crank angle.

No public instrument: this page is its manual. It behaves as such systems do.

A piezoelectric sensor and a charge amplifier for the cylinder, a piezoresistive sensor in the
intake manifold, an encoder with 720 teeth interpolated to 0.1 degrees, and the spark signal of the
engine control. Raw TCP socket, ASCII, lines end with LF, SCPI rules for headers, ``;`` and the
error queue (8 deep); a data block is a definite-length block of IEEE 488.2 (``#`` digits length
bytes). A line that comes within 5 ms of the last one is lost.

====================================== ==========================================================
``*IDN?`` ``*CLS``                     identification; empty the error queue
``SYSTem:ERRor[:NEXT]?``               oldest error: ``0,"No error"``
``SYSTem:TIME?``                       its own clock: seconds since it was switched on
``[SENSe:]CYLinder <n>``               cylinder whose sensor is connected, 1..6; ``CYLinder?``
``[SENSe:]CYCLes <n>``                 cycles of a capture, 1..1000 (200); ``CYCLes?``
``[SENSe:]WINDow <n>``                 cycles over which results are averaged, 60..1000 (200)
``CONFigure:ENGine <b>,<s>,<r>,<e>``   bore, stroke, connecting rod (mm), compression ratio
``CALCulate:KNOCk <bar>``              knock amplitude above which a cycle knocks, 0.05..50 (1)
``CALCulate:MISFire <share>``          share of the mean work below which it misfires, 0..1 (0.5)
``CALCulate:PREignition <deg>``        how far before the spark 5 % are burnt, -20..40 (0)
``CALCulate:BACKfire <bar>``           rise of the intake pressure, 0.05..5 (0.3)
``FETCh?``                             IMEP bar, its COV %, peak bar, CA50 deg, MAPO bar, cycles,
                                       knocks, misfires, pre-ignitions, backfires
``CAPTure:STARt``                      keep the next ``CYCLes`` cycles in full
``CAPTure:RING``                       keep the last cycles, at most 60, in full
``CAPTure:ABORt``                      end what is under way; what is there stays
``CAPTure:STATe?``                     ``IDLE``, ``RUN``, ``DONE`` or ``BROKen``; number of the
                                       capture, cycles that are there, cycles wanted
``CAPTure:GRID?``                      first angle, step (deg), points: ``-360.0,0.1,7200``
``CAPTure:SCALe?``                     bar per count of cylinder and intake: ``0.01,0.001``
``CAPTure:DATA? <first>,<count>``      block of cycles, counted from 0, 1..20 at once
====================================== ==========================================================

Every setting has its query. IMEP is net, over 720 degrees; IMEP, COV, peak and CA50 are of the
last cycles, at least ``WINDow`` once there are so many, in whole measuring intervals; an interval
lasts from one ``FETCh?`` to the next, at most 1.5 s. MAPO is the highest of the newest interval.
Without a cycle for 3 s (the engine stands) all five are 0; COV and CA50 also while it is motored.
Counters begin at 0 when it is switched on and never go back. An abnormal cycle counts once: as a
backfire, else as a pre-ignition, a knock or a misfire.

A cycle in a block, little-endian: uint32 number, float64 end of the cycle on its clock (s), float32
speed (rpm), float32 spark (deg), int16[7200] cylinder and int16[7200] intake pressure (counts),
from -360.0 to 359.9 degrees around the top dead centre of firing. Counts saturate. A capture that
gets no cycle for 10 s is broken. A new one forgets the last.

What it works out, and how: `indicating_evaluation.py`. It drives nothing and needs no host.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import pi

import numpy as np
from numpy.typing import NDArray

from bench.clock import MILLISECOND, SECOND
from drivers.simulated.cycles import FIRST, POINTS, STEP, CycleEvent
from drivers.simulated.devices.indicating_course import Capture, CycleCourse, Stretch, Thresholds
from drivers.simulated.devices.indicating_evaluation import EngineGeometry, Evaluator
from drivers.simulated.port import Terminals
from drivers.simulated.scpi import Call, ErrorQueue, Run, ScpiFault, ScpiParser, out_of_range

IDENTITY = "CELLTEC,CIS-6,IS0042,2.1"
MESSAGE_GAP = 5 * MILLISECOND
INTERVAL, CAPTURING = 1500 * MILLISECOND, 200 * MILLISECOND
"""Longest measuring interval, otherwise and while cycles are captured, ns."""
BREAKS_AFTER = 10 * SECOND
RING, MOST = 60, 20
BAR = 1e5
PRESSURE_COUNT, INTAKE_COUNT = 0.01 * BAR, 0.001 * BAR
FULL_SCALE = 32767
CYCLE = np.dtype(
    [
        ("number", "<u4"),
        ("end", "<f8"),
        ("speed", "<f4"),
        ("spark", "<f4"),
        ("cylinder", "<i2", POINTS),
        ("intake", "<i2", POINTS),
    ]
)
_NUMBERS: Mapping[str, tuple[float, float, float]] = {
    "[SENSe:]CYLinder": (1, 6, 1),
    "[SENSe:]CYCLes": (1, 1000, 200),
    "[SENSe:]WINDow": (60, 1000, 200),
    "CALCulate:KNOCk": (0.05, 50.0, 1.0),
    "CALCulate:MISFire": (0.0, 1.0, 0.5),
    "CALCulate:PREignition": (-20.0, 40.0, 0.0),
    "CALCulate:BACKfire": (0.05, 5.0, 0.3),
}
"""Setting → lowest, highest, as delivered."""
_WHOLE = ("[SENSe:]CYLinder", "[SENSe:]CYCLes", "[SENSe:]WINDow")
_LENGTHS = ((50.0, 300.0), (50.0, 400.0), (80.0, 900.0), (5.0, 30.0))


class IndicatingSystem:
    """The instrument behind its socket."""

    def __init__(self, terminals: Terminals) -> None:
        self.course = CycleCourse(terminals.cycles["pressure"], terminals.random, terminals.leapt)
        """What happens in the cylinder."""
        self._values = {header: usual for header, (_, _, usual) in _NUMBERS.items()}
        self._geometry = EngineGeometry()
        self._capture: Capture | None = None
        self._captures = 0
        self._switched_on: int | None = None
        self._heard: int | None = None
        self._buffer = b""
        self._interval = max(INTERVAL, terminals.period)
        self._errors = ErrorQueue(8, empty='0,"No error"')
        commands: dict[str, Run] = {
            "*IDN?": lambda _: IDENTITY,
            "*CLS": lambda _: self._errors.clear(),
            "SYSTem:ERRor[:NEXT]?": lambda _: self._errors.take(),
            "SYSTem:TIME?": lambda call: f"{self._clock(call.now):.6f}",
            "CONFigure:ENGine": self._configure,
            "CONFigure:ENGine?": lambda _: _shown(self._geometry),
            "FETCh?": self._fetch,
            "CAPTure:STARt": self._start,
            "CAPTure:RING": self._ring,
            "CAPTure:ABORt": self._abort,
            "CAPTure:STATe?": self._state,
            "CAPTure:GRID?": lambda _: f"{FIRST:.1f},{STEP:.1f},{POINTS}",
            "CAPTure:SCALe?": lambda _: f"{PRESSURE_COUNT / BAR:g},{INTAKE_COUNT / BAR:g}",
            "CAPTure:DATA?": self._data,
        }
        for header in _NUMBERS:
            commands[header] = self._setter(header)
            commands[f"{header}?"] = self._getter(header)
        self._parser = ScpiParser(commands, self._errors)

    def receive(self, data: bytes, now: int) -> bytes:
        """Answer the lines that are complete at a time (ns)."""
        self._clock(now)
        if not self._buffer and data.endswith(b"\n") and data.count(b"\n") == 1:
            return self._line(data, now)
        *lines, rest = (self._buffer + data).split(b"\n")
        self._buffer = rest[-1000:]
        return b"".join([self._line(line + b"\n", now) for line in lines])

    def step(self, now: int) -> int:
        """Let cycles happen; return when to do so again (ns)."""
        self._clock(now)
        is_capturing = self._capture is not None and self._capture.is_running
        interval = CAPTURING if is_capturing else self._interval
        if now - self.course.seen >= interval:
            self._look(now)
        return self.course.seen + interval

    def _line(self, line: bytes, now: int) -> bytes:
        if self._heard is not None and now - self._heard < MESSAGE_GAP:
            return b""
        self._heard = now
        return self._parser.receive(line, now)

    def _clock(self, now: int) -> float:
        """Return the time on its own clock, s; the first look at it switches it on."""
        if self._switched_on is None:
            self._switched_on = now
            self.course.begin(now)
        return (now - self._switched_on) / SECOND

    def _look(self, now: int) -> None:
        stretch, capture = self.course.look(now), self._capture
        if capture is None or not capture.is_running:
            return
        if stretch is not None:
            capture.take(stretch)
        elif now - self.course.moved > BREAKS_AFTER:
            capture.is_broken = True

    # -- settings ---------------------------------------------------------------------------

    def _setter(self, header: str) -> Callable[[Call], None]:
        low, high, _ = _NUMBERS[header]

        def run(call: Call) -> None:
            value = call.number()
            if not low <= value <= high or (header in _WHOLE and value != int(value)):
                raise out_of_range()
            self._values[header] = value
            self._set_up()

        return run

    def _getter(self, header: str) -> Run:
        return lambda _: f"{self._values[header]:g}"

    def _set_up(self) -> None:
        values = self._values
        self.course.window = int(values["[SENSe:]WINDow"])
        self.course.thresholds = Thresholds(
            values["CALCulate:KNOCk"] * BAR,
            values["CALCulate:MISFire"],
            values["CALCulate:PREignition"],
            values["CALCulate:BACKfire"] * BAR,
        )

    def _configure(self, call: Call) -> None:
        numbers = [call.number(place) for place in range(4)]
        for number, (low, high) in zip(numbers, _LENGTHS, strict=True):
            if not low <= number <= high:
                raise out_of_range()
        bore, stroke, rod, ratio = numbers
        self._geometry = EngineGeometry(bore / 1e3, stroke / 1e3, rod / 1e3, ratio)
        self.course.evaluator = Evaluator(self._geometry)

    # -- results ----------------------------------------------------------------------------

    def _fetch(self, call: Call) -> str:
        self._look(call.now)
        course = self.course
        imep, variation, peak, ca50, mapo = course.results()
        events = course.events
        return (
            f"{imep / BAR:.4f},{100.0 * variation:.3f},{peak / BAR:.3f},{ca50:.3f},"
            f"{mapo / BAR:.4f},{course.count},{events[CycleEvent.KNOCK]},"
            f"{events[CycleEvent.MISFIRE]},{events[CycleEvent.PRE_IGNITION]},"
            f"{events[CycleEvent.BACKFIRE]}"
        )

    def _start(self, call: Call) -> None:
        self._look(call.now)
        self._captures += 1
        wanted = int(self._values["[SENSe:]CYCLes"])
        self._capture = Capture(self._captures, self.course.count + 1, wanted)
        self.course.moved = call.now

    def _ring(self, call: Call) -> None:
        self._look(call.now)
        self._captures += 1
        stretches = tuple(self.course.stretches)
        first = max(self.course.count - RING + 1, stretches[0].first) if stretches else 1
        wanted = self.course.count - first + 1 if stretches else 0
        self._capture = Capture(self._captures, first, wanted, stretches)

    def _abort(self, call: Call) -> None:
        self._look(call.now)
        if self._capture is not None and self._capture.is_running:
            self._capture.is_broken = True

    def _state(self, call: Call) -> str:
        self._look(call.now)
        capture = self._capture
        if capture is None:
            return "IDLE,0,0,0"
        word = "RUN" if capture.is_running else "BROK" if capture.is_broken else "DONE"
        return f"{word},{capture.number},{capture.done},{capture.wanted}"

    def _data(self, call: Call) -> str:
        low, count = int(call.number()), int(call.number(1))
        capture = self._capture
        if capture is None:
            raise ScpiFault(-230, "Data corrupt or stale")
        if not (low >= 0 and 1 <= count <= MOST and low + count <= capture.done):
            raise out_of_range()
        parts = [self._cycles(*part) for part in capture.parts(low, count)]
        data = np.concatenate(parts).tobytes()
        length = str(len(data))
        return f"#{len(length)}{length}{data.decode('latin-1')}"

    def _cycles(self, stretch: Stretch, low: int, high: int) -> NDArray[np.void]:
        cylinder, intake = self.course.traces(stretch, low, high)
        found = np.zeros(high - low, CYCLE)
        found["number"] = stretch.first + np.arange(low, high)
        found["end"] = [self._clock(stretch.ended(place)) for place in range(low, high)]
        found["speed"] = stretch.conditions.speed * 30.0 / pi
        found["spark"] = stretch.conditions.spark
        for name, pressure, count in (
            ("cylinder", cylinder, PRESSURE_COUNT), ("intake", intake, INTAKE_COUNT),
        ):  # fmt: skip
            found[name] = np.clip(np.rint(pressure / count), -FULL_SCALE, FULL_SCALE)
        return found


def _shown(geometry: EngineGeometry) -> str:
    bore, stroke, rod, ratio = geometry
    return f"{bore * 1e3:.2f},{stroke * 1e3:.2f},{rod * 1e3:.2f},{ratio:.2f}"


def make(terminals: Terminals) -> IndicatingSystem:
    """Return a system that has just been switched on: nothing captured, counters at 0."""
    return IndicatingSystem(terminals)
