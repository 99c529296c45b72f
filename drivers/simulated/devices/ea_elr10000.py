"""EA ELR 10000 regenerative electronic load behind its Ethernet port (SCPI, TCP 5025).

Written from the maker's *Programming Guide ModBus & SCPI* (PGMBEN, rev 24) and public notes on its
register model. What no public page states is marked *assumed*.

==================================== ============================================================
``*IDN?`` ``*CLS``                   identification; empty the error queue
``SYSTem:LOCK[:STATe] ON|OFF``       take and give back remote control; not while the panel is in
                                     local mode. Settings without control: -221
``SYSTem:LOCK:OWNer?``               ``REMOTE``, ``LOCAL``, ``NONE``
``SYSTem:NOMinal:VOLTage?`` …        ratings: ``80.00V``, ``1000.00A``, ``30000W``
``[SOURce:]VOLTage`` ``CURRent`` ``POWer`` setpoints 0..102 %; ``…:PROTection`` trips 0..110 %;
                                     outside: -222, nothing else tells of it
``INPut[:STATe] ON|OFF``             DC input; not while an alarm is not acknowledged (-221)
``MEASure:[SCALar:]ARRay?`` …        ``12.50V, 33.30A, 416W``
``STATus:QUEStionable:CONDition?``   bits 0 OVP, 1 OCP, 2 OPP, 3 OT, 10 remote, 11 input on, 13 PF
``STATus:OPERation:CONDition?``      bits 8 CV, 9 CC, 10 CP, 13 monitoring has tripped (*assumed*)
``SYSTem:ERRor[:NEXT]?``             oldest error, 5 deep; **acknowledges alarms and erases those
                                     whose cause is gone**; a safety over-voltage reads -999
``POWer:STAGe:AFTer:REMote``         input at the end of remote control: ``AUTO``*, ``OFF``
``SYSTem:CONFig:OUTPut:RESTore``     input after power-up: ``OFF``*, ``AUTO``
``SYSTem:ALARm:ACTion:OTEMperature`` input after cooling down: ``AUTO``*, ``OFF``
``SYSTem:ALARm:ACTion:PFAil``        input after the mains are back: ``OFF``*, ``AUTO``
``SYSTem:COMMunicate:MONitoring``    ``:TIMeout`` 1..36000 s and ``:ACTion`` ``ON``, ``OFF``*: after
                                     so much silence remote control ends, as if given back
==================================== ============================================================

``*`` as delivered. A message within 5 ms of the last one is lost. A socket without a message for
5 s is closed. After a mains failure the load needs 12 s. A 60 V model trips for safety above 1.2
times its rating; that alarm stays until power is cycled.

Signals, SI: ``voltage``; optional ``current`` (else its own regulation is shown), ``overheated``,
``mains`` (1 or 0), ``local`` (its panel has been switched to local). Actuator: ``load_current``.
Options it reads: ``rated_voltage``, ``rated_current``, ``rated_power``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial

from bench.clock import MILLISECOND, NEVER, SECOND
from drivers.simulated.devices.ea_power_stage import Stage, settings_conflict
from drivers.simulated.port import Terminals
from drivers.simulated.scpi import (
    Call,
    ErrorQueue,
    Run,
    ScpiParser,
    illegal_value,
    out_of_range,
)

MESSAGE_GAP = 5 * MILLISECOND
IDLE_DISCONNECT = 5 * SECOND
QUEUE_DEPTH = 5
TICK = SECOND // 2
"""How often the twin looks at its terminals between messages."""
REMOTE, INPUT = 1 << 10, 1 << 11


class EaElr10000:
    """The load behind its socket."""

    idle_disconnect = IDLE_DISCONNECT
    """Silence after which it closes a connection, ns."""

    def __init__(self, terminals: Terminals) -> None:
        self.stage = Stage(terminals)
        self._signals = terminals.signals
        self._after = {"remote": "AUTO", "power": "OFF"}
        self._errors = ErrorQueue(QUEUE_DEPTH, empty='0,"No error"')
        self._parser = ScpiParser(self._commands(), self._errors)
        self._buffer = b""
        self._is_remote = False
        self._monitoring = 5.0
        self._is_monitored = False
        self._has_tripped = False
        self._heard: int | None = None

    def receive(self, data: bytes, now: int) -> bytes:
        """Answer the lines that are complete at a time (ns)."""
        self._watch(now)
        *lines, rest = (self._buffer + data).split(b"\n")
        self._buffer = rest[-1000:]
        return b"".join([self._line(line, now) for line in lines])

    def step(self, now: int) -> int:
        """Regulate, judge the protections and the monitoring; return when next (ns)."""
        self._watch(now)
        return min(now + TICK, self._silent_at())

    def _line(self, line: bytes, now: int) -> bytes:
        heard, self._heard = self._heard, now
        if heard is not None and now - heard < MESSAGE_GAP:
            return b""
        return self._parser.receive(line + b"\n", now)

    def _watch(self, now: int) -> None:
        self.stage.look(now)
        if self._is_local(now):
            self._is_remote = False
        if now >= self._silent_at():
            self._has_tripped = True
            self._leave_remote(now)

    def _silent_at(self) -> int:
        if not self._is_monitored or not self._is_remote or self._heard is None:
            return NEVER
        return self._heard + round(self._monitoring * SECOND)

    def _leave_remote(self, now: int) -> None:
        self._is_remote = False
        if self._after["remote"] == "OFF":
            self.stage.is_on = False
            self.stage.regulate(now)

    def _is_local(self, now: int) -> bool:
        local = self._signals.get("local")
        return local is not None and local(now) >= 0.5

    # -- commands ---------------------------------------------------------------------------

    def _commands(self) -> dict[str, Run]:
        stage = self.stage
        commands: dict[str, Run] = {
            "*IDN?": lambda _: _identity(self.stage.rated),
            "*CLS": lambda _: self._errors.clear(),
            "SYSTem:ERRor[:NEXT]?": self._take_error,
            "SYSTem:LOCK[:STATe]": self._lock,
            "SYSTem:LOCK:OWNer?": self._owner,
            "INPut[:STATe]": self._protected(self._switch),
            "INPut[:STATe]?": lambda _: "ON" if stage.is_on else "OFF",
            "MEASure[:SCALar]:ARRay?": lambda call: ", ".join(self._measured(call)),
            "STATus:QUEStionable:CONDition?": lambda _: str(self._questionable()),
            "STATus:SECondary:QUEStionable:CONDition?": lambda _: "0",
            "STATus:OPERation:CONDition?": lambda _: _operation(
                is_on=self.stage.is_on, has_tripped=self._has_tripped
            ),
            "SYSTem:COMMunicate:MONitoring:TIMeout": self._protected(self._set_timeout),
            "SYSTem:COMMunicate:MONitoring:TIMeout?": lambda _: f"{self._monitoring:.0f}",
            "SYSTem:COMMunicate:MONitoring:ACTion": self._protected(self._arm),
            "SYSTem:COMMunicate:MONitoring:ACTion?": lambda _: (
                "ON" if self._is_monitored else "OFF"
            ),
        }
        for place, (name, suffix, decimals) in enumerate(_UNITS):
            show = partial(_shown, suffix=suffix, decimals=decimals)
            commands |= self._setting(name, show)
            commands[f"MEASure[:SCALar]:{name}?"] = lambda call, place=place: self._measured(call)[
                place
            ]
        self._add_words(commands, "POWer:STAGe:AFTer:REMote", self._after, "remote")
        self._add_words(commands, "SYSTem:CONFig:OUTPut:RESTore", self._after, "power")
        for name in stage.actions:
            self._add_words(commands, f"SYSTem:ALARm:ACTion:{name}", stage.actions, name)
        return commands

    def _setting(self, name: str, show: Callable[[float], str]) -> dict[str, Run]:
        stage = self.stage
        header = f"[SOURce:]{name}"

        def set_level(call: Call) -> None:
            stage.setpoints[name] = _within(call.number(), 0.0, 1.02 * stage.rated[name])
            stage.regulate(call.now)

        def set_trip(call: Call) -> None:
            top = 1.1 * stage.rated[name] * (1.0 + 1e-9)
            stage.trips[name] = _within(call.number(), 0.0, top)

        return {
            header: self._protected(set_level),
            f"{header}?": lambda _: show(stage.setpoints[name]),
            f"{header}:PROTection": self._protected(set_trip),
            f"{header}:PROTection?": lambda _: show(stage.trips[name]),
            f"SYSTem:NOMinal:{name}?": lambda _: show(stage.rated[name]),
        }

    def _add_words(
        self, commands: dict[str, Run], header: str, held: dict[str, str], name: str
    ) -> None:
        def set_word(call: Call) -> None:
            if call.word() not in ("AUTO", "OFF"):
                raise illegal_value()
            held[name] = call.word()

        commands[header] = self._protected(set_word)
        commands[f"{header}?"] = lambda _: held[name]

    def _protected(self, command: Callable[[Call], None]) -> Run:
        def run(call: Call) -> None:
            if not self._is_remote:
                raise settings_conflict()
            command(call)

        return run

    def _take_error(self, call: Call) -> str:
        self.stage.acknowledge(call.now)
        if self.stage.is_safety_tripped:
            return '-999,"Safety OVP"'
        return self._errors.take()

    def _lock(self, call: Call) -> None:
        if not call.flag():
            if self._is_remote:
                self._leave_remote(call.now)
            return
        if self._is_local(call.now):
            raise settings_conflict()
        self._is_remote, self._has_tripped = True, False

    def _owner(self, call: Call) -> str:
        if self._is_local(call.now):
            return "LOCAL"
        return "REMOTE" if self._is_remote else "NONE"

    def _switch(self, call: Call) -> None:
        self.stage.switch(is_on=call.flag(), now=call.now)
        self.stage.look(call.now)

    def _set_timeout(self, call: Call) -> None:
        self._monitoring = _within(call.number(), 1.0, 36000.0)

    def _arm(self, call: Call) -> None:
        self._is_monitored = call.flag()

    def _measured(self, call: Call) -> tuple[str, str, str]:
        volt, ampere = self.stage.measured(call.now)
        watt = volt * ampere
        values = (volt, ampere, watt)
        units = _UNITS
        first, second, third = (
            _shown(value, suffix, decimals)
            for value, (_, suffix, decimals) in zip(values, units, strict=True)
        )
        return first, second, third

    def _questionable(self) -> int:
        return (
            self.stage.alarms
            | (REMOTE if self._is_remote else 0)
            | (INPUT if self.stage.is_on else 0)
        )


_UNITS = (("VOLTage", "V", 2), ("CURRent", "A", 2), ("POWer", "W", 0))


def _identity(rated: Mapping[str, float]) -> str:
    return (
        f"EA ELEKTRO-AUTOMATIK GMBH & CO. KG, ELR {10000 + rated['VOLTage']:.0f}-"
        f"{rated['CURRent']:.0f} 4U, 2100040001, V2.31"
    )


def _operation(*, is_on: bool, has_tripped: bool) -> str:
    return str((1 << 9 if is_on else 0) | (1 << 13 if has_tripped else 0))


def _shown(value: float, suffix: str, decimals: int) -> str:
    return f"{value if math.isfinite(value) else 0.0:.{decimals}f}{suffix}"


def _within(value: float, low: float, high: float) -> float:
    if not low <= value <= high:  # also true for NaN
        raise out_of_range()
    return value


def make(terminals: Terminals) -> EaElr10000:
    """Return a load that has just been switched on: input off, nobody has control."""
    return EaElr10000(terminals)
