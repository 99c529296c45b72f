"""Exhaust gas analyser with the AK interface (HORIBA and AVL class): NOx, O2 and H2, wet.

Written from the public AK manuals; they agree on the telegram and differ in the details:

- Emerson/Rosemount "NGA 2000 AK-Protocol" 90003752: telegrams and error status (3, 4 and 5), ``OF``
  with the channel, ``NA``, ``BS``, ``SE``, ``DF``, ``#`` for what is not valid, ``SMGA``, ``SATK``
  (switches the gases itself, only ``SRES`` and ``STBY`` stop it, ends in stand-by), ``AKAK``,
  ``EKAK``, ``AKAL`` (corrections in the unit of the values).
- CAI 700 and Servomex SERVOPRO manuals, AK chapters: read commands allowed in manual mode,
  ``SMAN`` refused while busy, fault numbers of ``ASTF``, ``AKEN`` with the device's name.
- Testo CU-2 manual: ``BS`` while zero testing, ended by ``SRES``, ``STBY``.
- Engineering defaults, as no public manual states them: ``SATK`` while zero or span gas flows
  (``SNGA``, ``SEGA``) adjusts only the point of that gas; a telegram that follows the last one
  within `MESSAGE_GAP` is lost; commands that lead gas are refused as busy while warming up;
  delay, rise, drift and ranges.

Telegram: ``STX x CODE blank Kn [blank data] ETX``; reply ``STX x CODE blank s [blank data] ETX``,
``s`` = 0 without fault, else a digit that counts 1 to 9 at every change of the faults (``ASTF``).
K1 is NOx in ppm, K2 is O2 in %, K3 is H2 in ppm, K0 all of them. Every module has its own bottles.
The instrument wakes in manual mode (``SMAN``) and stand-by.

Signals: ``nox``, ``o2``, ``h2`` (mole fraction at the probe, 1). Optional: ``nox.zero_drift`` (1),
``nox.span_drift`` (relative), and so on; without them the drift follows the day.
Options it reads: ``span_gas`` (component → mole fraction in the bottle), ``identity`` (its name).
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from typing import Any, Final, NamedTuple

from bench.clock import MILLISECOND, SECOND
from drivers.simulated.devices.analyser_module import (
    LINE_DELAY,
    SPAN_GAS,
    ZERO_GAS,
    AnalyserModule,
    DailyDrift,
    Inlet,
    Module,
)  # fmt: skip
from drivers.simulated.port import Terminals

MESSAGE_GAP = 20 * MILLISECOND
"""A telegram that comes sooner after the last one is lost."""
TICK = SECOND // 2
"""How often the instrument samples its gas at least; its detectors rise in seconds. One that is
asked seldom in virtual time does so twice in between, or after the delay of its line."""
SHORTEST_TICK = 100 * MILLISECOND
"""A telegram within this time after a sample is answered with it."""
WARM_UP = 1800.0
"""From power-on until the oven holds its temperature, s."""
PURGE, ADJUST = 20 * SECOND, 5 * SECOND
"""Parts of a calibration, per gas."""
OVEN, RANGE_OVERFLOW, CALIBRATION = 3, 12, 26
"""Numbers of ``ASTF`` (CAI 700): oven temperature, range overflow, calibration alarm."""

MODULES = (
    Module("nox", unit=1e-6, decimals=2, ranges=(100.0, 500.0, 2500.0)),
    Module("o2", unit=1e-2, decimals=3, ranges=(5.0, 10.0, 25.0), ambient=0.2095),
    Module("h2", unit=1e-6, decimals=1, ranges=(1000.0, 5000.0, 20000.0), ambient=0.5e-6),
)


class Phase(NamedTuple):
    """A part of a running calibration: a gas flows, and at its end the modules are adjusted."""

    gas: str
    until: int


class Analyser:
    """The instrument behind its interface: operating mode, calibration, faults."""

    def __init__(self, terminals: Terminals, powered_on: float) -> None:
        self.modules = [AnalyserModule(each, _inlet(each, terminals)) for each in MODULES]
        self.mode = "STBY"
        self.faults: tuple[int, ...] = ()
        self._count = 0
        self._warming = round((WARM_UP - powered_on) * SECOND)
        self._warm_at: int | None = None
        self._phases: deque[Phase] = deque()
        self._mode_after = "STBY"
        self._calibration_failed = False
        self.sampled_at = -TICK
        """When the gas was sampled last, ns."""

    @property
    def digit(self) -> int:
        """The error status of every reply."""
        return (self._count - 1) % 9 + 1 if self.faults else 0

    @property
    def is_calibrating(self) -> bool:
        """Whether an automatic calibration runs."""
        return bool(self._phases)

    @property
    def is_warm(self) -> bool:
        """Whether the oven holds its temperature."""
        return OVEN not in self.faults

    def advance(self, now: int) -> None:
        """Let the gas flow and the calibration run until a time (ns)."""
        if self._warm_at is None:
            self._warm_at = now + self._warming
        while self._phases and self._phases[0].until <= now:
            phase = self._phases.popleft()
            self._flow(phase.gas, phase.until)
            self._adjust(phase)
        self._flow(self._phases[0].gas if self._phases else self.mode, now)
        self._judge(now)
        self.sampled_at = now

    def select(self, mode: str) -> None:
        """Change the operating mode; ends a calibration."""
        if self.mode == "STBY" and mode != "STBY":
            for module in self.modules:
                module.start_pump()
        self._phases.clear()
        self.mode = mode

    def calibrate(self, now: int) -> None:
        """Adjust at the gas that flows; without one, run the automatic calibration."""
        if self.mode in (ZERO_GAS, SPAN_GAS):
            self._mode_after = self.mode
            self._phases.append(Phase(self.mode, now + ADJUST))
            return
        self._mode_after = "STBY"
        self._phases.append(Phase(ZERO_GAS, now + PURGE + ADJUST))
        self._phases.append(Phase(SPAN_GAS, now + 2 * (PURGE + ADJUST)))

    def reset(self) -> None:
        """Acknowledge the calibration alarm and go to stand-by."""
        self._calibration_failed = False
        self.select("STBY")

    def is_valid(self, module: AnalyserModule, now: int) -> bool:
        """Return whether a module's value holds for the gas that flows."""
        flowing = self.is_calibrating or self.mode in ("SMGA", ZERO_GAS, SPAN_GAS)
        return flowing and self.is_warm and module.is_in_range(now)

    def _flow(self, gas: str, now: int) -> None:
        for module in self.modules:
            module.see(gas, now)

    def _adjust(self, phase: Phase) -> None:
        accepted = [module.adjust(phase.gas, phase.until) for module in self.modules]
        self._calibration_failed = not all(accepted)
        if self._calibration_failed:
            self._phases.clear()
        if not self._phases:
            self.mode = self._mode_after

    def _judge(self, now: int) -> None:
        measured = self.mode == "SMGA" and self.is_warm
        overflows = measured and not all(module.is_in_range(now) for module in self.modules)
        is_cold = self._warm_at is None or now < self._warm_at
        faults: tuple[int, ...] = ()
        if is_cold or overflows or self._calibration_failed:
            present = (is_cold, overflows, self._calibration_failed)
            faults = tuple(compress((OVEN, RANGE_OVERFLOW, CALIBRATION), present))
        if faults != self.faults:
            self._count += 1 if faults else 0
            self.faults = faults


class AkTwin:
    """The AK interface in front of the analyser."""

    _LONGEST: Final = 250

    def __init__(self, analyser: Analyser, name: str, period: int = 0) -> None:
        self._analyser = analyser
        self._name = name
        self._is_remote = False
        self._buffer = b""
        self._last: int | None = None
        self._tick = max(TICK, min(period // 2, LINE_DELAY))
        self._reads: dict[str, Read] = {
            "AKON": self._concentrations,
            "ASTZ": self._status,
            "ASTF": self._faults,
            "AEMB": self._range_in_use,
            "AMBE": _range_ends,
            "AKAK": _span_gas,
            "AKAL": _corrections,
            "AKEN": self._identification,
        }

    def step(self, now: int) -> int:
        """Sample the gas; return when it is sampled next (ns)."""
        self._analyser.advance(now)
        return now + self._tick

    def receive(self, data: bytes, now: int) -> bytes:
        """Answer the telegrams that are complete at a time (ns)."""
        analyser = self._analyser
        if analyser.is_calibrating or now >= analyser.sampled_at + SHORTEST_TICK:
            analyser.advance(now)
        *complete, rest = (self._buffer + data).split(b"\x03")
        self._buffer = rest[-self._LONGEST :]
        return b"".join(self._telegram(each, now) for each in complete)

    def _telegram(self, received: bytes, now: int) -> bytes:
        _, found, body = received.rpartition(b"\x02")
        if not found or (self._last is not None and now - self._last < MESSAGE_GAP):
            return b""
        self._last = now
        code, _, rest = body[1:].decode("latin-1").partition(" ")
        answer = self._answer(code, rest, now)
        echo = code if code in self._reads or code in _COMMANDS else "????"
        words = f" {echo} {self._analyser.digit} {answer}".rstrip()
        return b"\x02" + (" " + words.lstrip()).encode("latin-1") + b"\x03"

    def _answer(self, code: str, rest: str, now: int) -> str:
        if code not in self._reads and code not in _COMMANDS:
            return ""
        found = re.fullmatch(r"K(\d{1,2})((?: [\x21-\x7e]+)*) ?", rest)
        if found is None:
            return "SE"
        channel, words = int(found[1]), found[2].split()
        if channel > len(self._analyser.modules):
            return f"K{channel} NA"
        if code in self._reads:
            chosen = self._analyser.modules
            return self._reads[code](chosen[channel - 1 : channel] if channel else chosen, now)
        return self._command(code, channel, words, now)

    def _command(self, code: str, channel: int, words: Sequence[str], now: int) -> str:
        analyser = self._analyser
        if not self._is_remote and code != "SREM":
            return f"K{channel} OF"
        if analyser.is_calibrating and code not in ("SRES", "STBY"):
            return "BS"
        if not analyser.is_warm and code in ("SMGA", "SPAU", ZERO_GAS, SPAN_GAS, "SATK"):
            return "BS"
        if code == "EKAK":
            return _enter_span_gas(analyser.modules, channel, words)
        if words:
            return "SE"
        self._control(code, now)
        return ""

    def _control(self, code: str, now: int) -> None:
        if code in ("SREM", "SMAN"):
            self._is_remote = code == "SREM"
        elif code == "SATK":
            self._analyser.calibrate(now)
        elif code == "SRES":
            self._analyser.reset()
        else:
            self._analyser.select(code)
        self._analyser.advance(now)

    def _concentrations(self, modules: Sequence[AnalyserModule], now: int) -> str:
        return " ".join(
            ("" if self._analyser.is_valid(each, now) else "#")
            + _shown(each.value(now), each.module)
            for each in modules
        )

    def _status(self, _modules: Sequence[AnalyserModule], _now: int) -> str:
        mode = "SATK" if self._analyser.is_calibrating else self._analyser.mode
        return f"{'SREM' if self._is_remote else 'SMAN'} {mode} SARE"

    def _faults(self, _modules: Sequence[AnalyserModule], _now: int) -> str:
        return " ".join(str(number) for number in self._analyser.faults)

    def _range_in_use(self, modules: Sequence[AnalyserModule], now: int) -> str:
        return " ".join(f"M{each.range(now) + 1}" for each in modules)

    def _identification(self, _modules: Sequence[AnalyserModule], _now: int) -> str:
        return self._name


Read = Callable[[Sequence[AnalyserModule], int], str]

_COMMANDS = frozenset(
    {"SREM", "SMAN", "SRES", "STBY", "SPAU", "SMGA", ZERO_GAS, SPAN_GAS, "SATK", "EKAK"}
)


def _range_ends(modules: Sequence[AnalyserModule], _now: int) -> str:
    return " ".join(_per_range(each.module.ranges) for each in modules)


def _span_gas(modules: Sequence[AnalyserModule], _now: int) -> str:
    return " ".join(_per_range(each.nominal) for each in modules)


def _per_range(values: Sequence[float]) -> str:
    return " ".join(f"M{index} {value:.10g}" for index, value in enumerate(values, 1))


def _corrections(modules: Sequence[AnalyserModule], _now: int) -> str:
    return " ".join(
        _shown(each.deviations[gas], each.module)
        for each in modules
        for gas in (ZERO_GAS, SPAN_GAS)
    )


def _shown(value: float, module: Module) -> str:
    return f"{value:.{module.decimals}f}" if math.isfinite(value) else ""


def _enter_span_gas(modules: Sequence[AnalyserModule], channel: int, words: Sequence[str]) -> str:
    """Enter ``M1 value M2 value``; nothing changes where any of it cannot be taken."""
    entries = list(zip(words[::2], words[1::2], strict=False))
    if not entries or len(words) % 2 or not all(_is_entry(*entry) for entry in entries):
        return "SE"
    if channel == 0:
        return "DF"
    module = modules[channel - 1]
    ends = module.module.ranges
    values = {int(name[1:]): float(number) for name, number in entries}
    if not all(
        1 <= index <= len(ends) and 0.0 < values[index] <= ends[index - 1] for index in values
    ):
        return "DF"
    for index, value in values.items():
        module.nominal[index - 1] = value
    return ""


def _is_entry(name: str, number: str) -> bool:
    return bool(re.fullmatch(r"M\d", name) and re.fullmatch(r"[+-]?\d+(\.\d*)?", number))


def _inlet(module: Module, terminals: Terminals) -> Inlet:
    bottles: Mapping[str, float] = getattr(terminals.options, "span_gas", None) or {}
    unit = module.unit
    signals = terminals.signals
    leapt, lowest = terminals.leapt, module.ranges[0] * unit
    zero = DailyDrift(module.zero_drift * lowest, _phase(terminals), leapt)
    span = DailyDrift(module.span_drift, _phase(terminals), leapt)
    return Inlet(
        probe=signals[module.name],
        bottle=bottles.get(module.name, 0.9 * module.ranges[-1] * unit),
        zero_drift=signals.get(f"{module.name}.zero_drift", zero),
        span_drift=signals.get(f"{module.name}.span_drift", span),
    )


def _phase(terminals: Terminals) -> float:
    return math.tau * terminals.random()


def make(terminals: Terminals, *, powered_on: float = WARM_UP) -> AkTwin:
    """Return an analyser that has been switched on for a time (s), in manual mode and stand-by."""
    name: Any = getattr(terminals.options, "identity", "") or "AK-ANALYSER"
    shown = f"{name} NOX-O2-H2 SN 0001 V1.0"
    return AkTwin(Analyser(terminals, powered_on), shown, terminals.period)
