"""Twin of a Keysight DAQ970A data acquisition system with DAQM901A multiplexers.

Written from the Keysight DAQ970A/DAQ973A Programming Guide (CONFigure, ROUTe:SCAN, TRIGger,
FORMat, R?, DATA and SYSTem subsystems) and, where that refers to it, from the 34970A/34972A
user's guide: the scan list is kept in ascending order; CONFigure rewrites the scan list, sets the
scan timer to 1 s, the count to 1 and switches the reading formats off; a new scan clears the
reading memory; a full memory loses its oldest readings; a timer shorter than a scan takes means
scanning as fast as possible; the error queue holds 20 errors; overload and an open thermocouple
read 9.9E+37; channels 21 and 22 of a multiplexer are the only ones for current.

Terminals: ``101`` to ``322`` (slot and channel) give V, A or K: what stands at the terminal. A
terminal that gives not a number is an open sensor. What is simplified: all channels of a scan
are sampled at its trigger; their time stamps and their arrival in memory are as on the device.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from drivers.simulated.devices.daq970a_scanner import (
    MEMORY,
    OVERLOAD,
    THERMOCOUPLES,
    Formats,
    Scanner,
    Setting,
    Stored,
)
from drivers.simulated.port import Signal, Terminals
from drivers.simulated.scpi import (
    Call,
    ErrorQueue,
    Run,
    ScpiFault,
    ScpiParser,
    channel_list,
    illegal_value,
    out_of_range,
)

IDENTITY = "Keysight Technologies,DAQ970A,MY58000123,A.03.02-01.00-03.01-00.02-01.00-02.00"
LONGEST_TIMER = 359_999.0
"""Longest scan timer, s."""
NPLC = (0.02, 0.2, 1.0, 2.0, 10.0, 20.0, 100.0, 200.0)
"""Integration times in power line cycles."""
SLOTS, CHANNELS = (1, 2, 3), range(1, 23)
"""Slots of the mainframe and channels of a multiplexer."""

_PROBES = {
    "TC": tuple(THERMOCOUPLES), "TCOUPLE": tuple(THERMOCOUPLES),
    "RTD": ("85", "91"), "FRTD": ("85", "91"),
}  # fmt: skip
_VOLTS = (0.1, 1.0, 10.0, 100.0, 300.0)
_AMPERES = (1e-6, 10e-6, 100e-6, 1e-3, 10e-3, 100e-3, 1.0)


class _Trigger:
    """The TRIGger and FORMat subsystems."""

    def __init__(self, scanner: Scanner, formats: Formats) -> None:
        self._scanner = scanner
        self._formats = formats

    def commands(self) -> dict[str, Run]:
        """Return the TRIGger and FORMat subsystems."""
        scanner = self._scanner
        commands: dict[str, Run] = {
            "TRIGger:SOURce": self._set_source,
            "TRIGger:SOURce?": lambda _: scanner.source,
            "TRIGger:TIMer": self._set_timer,
            "TRIGger:TIMer?": lambda _: f"{scanner.timer:+.8E}",
            "TRIGger:COUNt": self._set_count,
            "TRIGger:COUNt?": lambda _: f"{min(scanner.count, OVERLOAD):+.8E}",
            "FORMat:READing:TIME:TYPE": self._set_time_type,
        }
        for header, name in (
            ("CHANnel", "CHAN"), ("TIME", "TIME"), ("UNIT", "UNIT"), ("ALARm", "ALAR"),
        ):  # fmt: skip
            commands[f"FORMat:READing:{header}"] = self._format_setter(name)
            commands[f"FORMat:READing:{header}?"] = self._format_getter(name)
        return commands

    def _set_source(self, call: Call) -> None:
        names = {"IMM": "IMM", "IMMEDIATE": "IMM", "TIM": "TIM", "TIMER": "TIM", "BUS": "BUS"}
        if call.word() not in names:
            raise illegal_value()
        self._scanner.source = names[call.word()]
        self._scanner.forget()

    def _set_timer(self, call: Call) -> None:
        seconds = call.number()
        if not 0.0 <= seconds <= LONGEST_TIMER:
            raise out_of_range()
        self._scanner.timer = round(seconds, 3)
        self._scanner.forget()

    def _set_count(self, call: Call) -> None:
        endless = call.word() in {"INF", "INFINITY"}
        count = math.inf if endless else call.number()
        if not (endless or 1 <= count <= MEMORY):
            raise out_of_range()
        self._scanner.count = count
        self._scanner.forget()

    def _set_time_type(self, call: Call) -> None:
        if call.word() not in {"REL", "RELATIVE"}:  # absolute time is not simulated
            raise illegal_value()

    def _format_setter(self, name: str) -> Run:
        return lambda call: self._formats.put(name, shown=call.flag())

    def _format_getter(self, name: str) -> Run:
        return lambda _: self._formats.get(name)


class KeysightDaq970a:
    """The instrument behind its LAN socket (port 5025)."""

    def __init__(self, terminals: Terminals) -> None:
        self._errors = ErrorQueue(20, full="Error queue overflow")
        self._scanner = Scanner(terminals.signals)
        self._formats = Formats()
        self._parser = ScpiParser(self._commands(), self._errors)

    def receive(self, data: bytes, now: int) -> bytes:
        """Take bytes that arrive at a time (ns); return the bytes it answers (or none)."""
        self._scanner.advance(now)
        return self._parser.receive(data, now)

    def step(self, now: int) -> int:
        """Scan; return when the next scan begins (ns)."""
        return self._scanner.advance(now)

    def _commands(self) -> dict[str, Run]:
        scanner = self._scanner
        commands: dict[str, Run] = {
            "*IDN?": lambda _: IDENTITY,
            "*RST": lambda _: self._reset(),
            "*CLS": lambda _: self._errors.clear(),
            "*OPC?": lambda _: "1",
            "SYSTem:ERRor[:NEXT]?": lambda _: self._errors.take(),
            "CONFigure:VOLTage[:DC]": lambda call: self._configure(call, "VOLT", _VOLTS),
            "CONFigure:CURRent[:DC]": lambda call: self._configure(call, "CURR", _AMPERES),
            "CONFigure:TEMPerature": self._configure_temperature,
            "ROUTe:SCAN": self._set_channels,
            "ROUTe:SCAN?": lambda _: _block(f"(@{','.join(map(str, scanner.channels))})"),
            "ROUTe:SCAN:SIZE?": lambda _: f"{len(scanner.channels):+d}",
            "INITiate[:IMMediate]": self._initiate,
            "ABORt": lambda _: scanner.stop(),
            "R?": self._read_and_erase,
            "FETCh?": lambda _: self._shown(scanner.memory),
            "DATA:POINts?": lambda _: f"{len(scanner.memory):+d}",
        }
        trigger = _Trigger(scanner, self._formats)
        return commands | trigger.commands() | self._channel_commands()

    def _channel_commands(self) -> dict[str, Run]:
        commands: dict[str, Run] = {
            "UNIT:TEMPerature": self._set_temperature_unit,
            "[SENSe:]TEMPerature:TRANsducer:TCouple:CHECk": self._set_check,
        }
        for header, function in (
            ("VOLTage[:DC]", "VOLT"), ("CURRent[:DC]", "CURR"), ("TEMPerature", "TEMP"),
        ):  # fmt: skip
            commands[f"[SENSe:]{header}:NPLC"] = self._nplc_setter(function)
        return commands

    # -- configuration ----------------------------------------------------------------------

    def _reset(self) -> None:
        self._scanner.forget()
        self._scanner.settings.clear()
        self._scanner.channels = []
        self._set_defaults()
        self._scanner.timer = 0.0

    def _set_defaults(self) -> None:
        self._scanner.forget()
        self._scanner.source, self._scanner.timer, self._scanner.count = "IMM", 1.0, 1.0
        self._formats.clear()

    def _configure(self, call: Call, function: str, ranges: tuple[float, ...]) -> None:
        channels = self._channels(call, function)
        limit = ranges[-1]
        if len(call.parameters) > 1 and call.word() not in {"AUTO", "DEF", "MAX"}:
            wanted = call.number()
            if not 0 <= wanted <= ranges[-1]:
                raise out_of_range()
            limit = next(each for each in ranges if wanted <= each)
        self._rewrite(channels, Setting(function, limit=limit))

    def _configure_temperature(self, call: Call) -> None:
        channels = self._channels(call, "TEMP")
        transducer, probe = call.word(), call.word(1)
        if probe not in _PROBES.get(transducer, ()):
            raise illegal_value()
        if transducer == "FRTD" and any(channel % 100 > 10 for channel in channels):
            raise ScpiFault(305, "Not able to perform requested operation")
        self._rewrite(channels, Setting("TEMP", probe))

    def _rewrite(self, channels: list[int], setting: Setting) -> None:
        self._set_defaults()
        self._scanner.configure(dict.fromkeys(channels, setting))
        self._scanner.channels = channels

    def _channels(self, call: Call, function: str = "") -> list[int]:
        channels = sorted(set(channel_list(call.word(max(len(call.parameters) - 1, 0)))))
        for channel in channels:
            slot, number = divmod(channel, 100)
            if slot not in SLOTS:
                raise ScpiFault(112, "Channel list: slot number out of range")
            if number not in CHANNELS:
                raise ScpiFault(111, "Channel list: channel number out of range")
            if function and (number > 20) != (function == "CURR"):
                raise ScpiFault(305, "Not able to perform requested operation")
        return channels

    def _set_channels(self, call: Call) -> None:
        self._scanner.channels = self._channels(call)
        self._scanner.forget()

    def _nplc_setter(self, function: str) -> Run:
        def run(call: Call) -> None:
            cycles = call.number()
            if cycles not in NPLC:
                raise out_of_range()
            self._change(call, function, lambda setting: replace(setting, nplc=cycles))

        return run

    def _set_check(self, call: Call) -> None:
        flag = call.flag()
        self._change(call, "TEMP", lambda setting: replace(setting, checks_thermocouple=flag))

    def _set_temperature_unit(self, call: Call) -> None:
        if call.word() != "C":  # the other units are not simulated
            raise illegal_value()

    def _change(self, call: Call, function: str, change: Callable[[Setting], Setting]) -> None:
        channels = self._channels(call)
        settings = {channel: self._scanner.setting(channel) for channel in channels}
        if any(setting.function != function for setting in settings.values()):
            raise ScpiFault(305, "Not able to perform requested operation")
        self._scanner.configure({key: change(value) for key, value in settings.items()})

    def _initiate(self, call: Call) -> None:
        if self._scanner.is_running:
            raise ScpiFault(-213, "Init ignored")
        if not self._scanner.channels:
            raise ScpiFault(113, "Channel list: empty scan list")
        self._scanner.start(call.now)
        self._scanner.advance(call.now)

    # -- reading ----------------------------------------------------------------------------

    def _read_and_erase(self, call: Call) -> str:
        wanted = int(call.number()) if call.parameters else MEMORY
        if not 1 <= wanted <= MEMORY:
            raise out_of_range()
        return _block(self._shown(self._scanner.take(wanted)))

    def _shown(self, readings: Iterable[Stored]) -> str:
        return self._formats.text(readings, lambda channel: self._scanner.setting(channel).function)


def _block(text: str) -> str:
    """Return a text as a definite-length block; an empty one is ``#10``."""
    length = str(len(text))
    return f"#{len(length)}{length}{text}"


def make(terminals: Terminals) -> KeysightDaq970a:
    """Return the twin at these terminals; the rig's shunts turn loop currents into voltages."""
    shunts: Mapping[str, float] = getattr(terminals.options, "shunts", {})
    signals = dict(terminals.signals)
    for terminal, ohms in shunts.items():
        if terminal in signals:
            signals[terminal] = _over(ohms, signals[terminal])
    return KeysightDaq970a(replace(terminals, signals=signals))


def _over(ohms: float, current: Signal) -> Signal:
    return lambda now: ohms * current(now)
