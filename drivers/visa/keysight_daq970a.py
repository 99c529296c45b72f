"""Keysight DAQ970A data acquisition system with DAQM901A multiplexers: slow channels.

The instrument scans by its own timer into its memory; each poll takes out what is new (``R?``),
so no reading is posted twice and each has the time at which it was measured. Programming guide
DAQ970A/DAQ973A; ranges and uncertainties after its data sheet (one year).

No watchdog: it drives nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from bench.channel import Quality
from bench.clock import SECOND
from bench.device import Demand, Driver, LinkKind, Port, Reading
from bench.errors import InstrumentError
from bench.messages import Message
from drivers.visa.daq970a_inputs import DaqOptions, Line
from drivers.visa.instrument import TextInstrument
from drivers.visa.port import Pause, Program, Query, Write
from drivers.visa.programs import Poll, Programs
from drivers.visa.scpi import drain_errors, identify

IDENTITY = r"\bDAQ97[03]A\b"
"""What ``*IDN?`` must contain."""
SETTLE, LINE_CYCLE = 0.004, 0.020
"""Time a channel takes beside its integration, and one line cycle at 50 Hz, s (eng. default)."""
READ_TIMEOUT, SETUP_TIMEOUT = 1.0, 3.0
"""Longest waits for readings, and for the end of the set-up, s."""
OVERLOAD = 9e37
"""Numbers from here on are no reading."""
_OK, _BAD = Quality.OK.value, Quality.BAD.value
DRIFT = 100e-6
"""How much faster or slower than ours the instrument's clock may run (engineering default)."""
HOUSEKEEPING_PERIOD = 5.0
"""How often the error queue is drained, s."""


class _Scan:
    """The programs, and when the scan began on our clock."""

    def __init__(self, port: Port, lines: tuple[Line, ...]) -> None:
        self._port = port
        self._lines = lines
        self._places = {
            float(line.channel): (place, line.valid.low, line.valid.high, line.slope, line.offset)
            for place, line in enumerate(lines)
        }
        self._read = Query(f"R? {max(200, 10 * len(lines))}", READ_TIMEOUT)
        self._origin = 0
        self._aligned = 0

    def setup(self) -> Program[None]:
        """Stop what runs, set up all channels, begin to scan and wait for the first scan."""
        period = self._port.connection.period / SECOND
        duration = sum(SETTLE + LINE_CYCLE * line.nplc for line in self._lines)
        if duration > period:
            self._warn(duration, period)
        yield Write("ABOR")
        yield Write("*CLS")
        for message in _configuration(self._lines):
            yield Write(message)
        for message in ("TRIG:SOUR TIM", f"TRIG:TIM {period:.3f}", "TRIG:COUN INF"):
            yield Write(message)
        yield from self._expect_no_error()
        yield Write("INIT")
        self._origin = self._aligned = self._port.clock.now()
        yield from self._expect_no_error()
        yield Pause(duration)

    def _expect_no_error(self) -> Program[None]:
        reply = yield Query("SYST:ERR?", SETUP_TIMEOUT)
        code, _, text = reply.partition(",")
        if int(code) != 0:
            name = self._port.connection.name
            raise InstrumentError(
                "device.setup-refused", instrument=name, code=code, text=text.strip('"')
            )

    def _warn(self, duration: float, period: float) -> None:
        name = self._port.connection.name
        arguments = {
            "instrument": name,
            "count": len(self._lines),
            "duration": f"{duration:.2g} s",
            "period": f"{period:g} s",
        }
        self._port.report("warning", name, Message("device.scan-too-slow", arguments))

    def poll(self) -> Program[None]:
        """Take the new readings out of the memory and post them."""
        text = block_text((yield self._read))
        if not text:
            return
        fields = [*map(float, text.split(","))]
        if len(fields) % 3:
            raise ValueError(len(fields))
        wires, elapsed, channels = fields[::3], fields[1::3], fields[2::3]
        self._align(self._port.clock.now(), elapsed[-1])
        post, origin, places = self._port.mailbox.post, self._origin, self._places
        for number, measured, channel in zip(wires, elapsed, channels, strict=True):
            index, low, high, slope, offset = places[channel]
            quality = _OK if low <= number <= high else _BAD
            # overload stays overload, whatever the scale
            value = slope * number + offset if -OVERLOAD < number < OVERLOAD else number
            post(index, value, origin + round(measured * SECOND), quality)

    def _align(self, now: int, newest: float) -> None:
        """Follow the instrument's clock: no reading may come from the future.

        The begin of the scan on our clock may drift later by `DRIFT`; the newest reading, which
        has been measured by now, pulls it back.
        """
        drifted = self._origin + round((now - self._aligned) * DRIFT)
        self._origin = min(drifted, now - round(newest * SECOND))
        self._aligned = now


def _configuration(lines: tuple[Line, ...]) -> Iterable[str]:
    """Yield the messages that set up channels, formats and the scan list, in the manual's order.

    CONFigure rewrites scan list and formats, so these follow it.
    """
    for configure, channels in _grouped(lines, lambda line: line.configure):
        yield f"{configure},(@{channels})"
    for (function, nplc), channels in _grouped(lines, lambda line: (line.function, line.nplc)):
        yield f"{function}:NPLC {nplc:g},(@{channels})"
    temperatures = tuple(line for line in lines if line.function == "TEMP")
    for _, channels in _grouped(temperatures, lambda _: ""):
        yield f"UNIT:TEMP C,(@{channels})"
    thermocouples = tuple(line for line in lines if "TC," in line.configure)
    for _, channels in _grouped(thermocouples, lambda _: ""):
        yield f"TEMP:TRAN:TC:CHEC ON,(@{channels})"
    yield from ("FORM:READ:UNIT OFF", "FORM:READ:ALAR OFF", "FORM:READ:CHAN ON")
    yield from ("FORM:READ:TIME ON", "FORM:READ:TIME:TYPE REL")
    for _, channels in _grouped(lines, lambda _: ""):
        yield f"ROUT:SCAN (@{channels})"


def _grouped(
    lines: tuple[Line, ...], key: Callable[[Line], Any]
) -> Iterable[tuple[Any, str]]:  # fmt: skip
    groups: dict[Any, list[int]] = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line.channel)
    return [(each, ",".join(map(str, sorted(found)))) for each, found in groups.items()]


def block_text(reply: str) -> str:
    """Return what a definite-length block holds: ``#15hello`` is ``hello``.

    Raises:
        ValueError: no block, or one of another length than it says.
    """
    digits = int(reply[1:2]) if reply.startswith("#") else 0
    length = int(reply[2 : 2 + digits])
    text = reply[2 + digits :]
    if len(text) != length:
        raise ValueError(length)
    return text


def _readings(options: DaqOptions) -> tuple[Reading, ...]:
    return tuple(line.reading for line in options.lines)


def _demands(_: DaqOptions) -> tuple[Demand, ...]:
    return ()


def _build(port: Port) -> TextInstrument:
    scan = _Scan(port, port.connection.options.lines)
    return TextInstrument(
        port,
        Programs(
            identify=lambda: identify(port, IDENTITY),
            setup=scan.setup,
            polls=(Poll(scan.poll),),
            housekeep=Poll(lambda: drain_errors(port), HOUSEKEEPING_PERIOD),
        ),
    )


DRIVER = Driver(
    name="keysight-daq970a",
    title="Keysight DAQ970A data acquisition system",
    link=LinkKind.VISA,
    readings=_readings,
    demands=_demands,
    build=_build,
    options=DaqOptions,
    shortest_period=0.05,
)
