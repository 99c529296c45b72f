"""Gas panel GMP-1: air blower, anode recycle and afterburner of a solid oxide system or bench.

No public instrument: this page and `host_port` are its manual. It behaves as such units do.

===================================== ===========================================================
``CONFigure:LINes?``                  lines it is built with: ``AIR``, ``REC``, ``BURN``, ``STAC``
                                      (thermocouple of the stack), with commas
``CONFigure:AIR?``                    air flow of the blower at full speed, m3n/h (0 degC, 1 atm)
``[SOURce:]AIR <m3n/h>``              air flow, 0..full; ``AIR?``; the floor in mode TEMPerature
``[SOURce:]AIR:MODE FLOW``            the blower keeps the air flow; ``AIR:MODE?`` FLOW or TEMP
``[SOURce:]AIR:MODE TEMPerature``     the panel sets the air flow for the stack temperature
``[SOURce:]TEMPerature <degC>``       setpoint of the stack 0..1000; ``TEMPerature?``
``[SOURce:]RECycle <ratio>``          share of the anode's exhaust that goes back, 0..0.8
``OUTPut:BURNer ON|OFF``              igniter of the afterburner; ``OUTPut:BURNer?`` 1 or 0
``MEASure:ALL?``                      air m3n/h, recycle ratio, anode kPa, cathode kPa (absolute),
                                      blower 1/min, state, alarm word, with commas; a broken sensor
                                      reads 9.9E37, and so does the ratio without ``REC``
===================================== ===========================================================

What a line needs that it is not built with is refused with error -241. States: 0 mode FLOW, 1 mode
TEMPerature, 2 the same at its floor, 3 the same at full speed. Alarm bits: 1 air flow stays below
80 % of what is set for 10 s, 2 stack thermocouple broken, 4 host silent, 8 stack more than 15 K too
hot with the blower at full speed.

In mode TEMPerature a PI loop, once a second, gives more air to a stack that is too hot, never less
than the floor; it takes over from the flow there is, without a bump, and holds it while the
thermocouple is broken. It is tuned at commissioning for the heat capacity of the stacks, the heat
the air takes away, and a response time (`slow_loop`). The blower changes by at most 10 % of full
speed per second, and by no less than 0.2 % at a time.

When the host falls silent, ``HOLD`` keeps air, mode and recycle, ``OFF`` goes to mode FLOW at the
floor, no recycle. Modes and setpoints come back after a loss of power; as delivered: mode FLOW,
10 % air, 750 degC, no recycle, burner off.

Signals, SI: ``air_flow`` (mol/s), ``anode_pressure``, ``cathode_pressure`` (Pa, absolute), with
``REC`` ``recycle``, with ``STAC`` ``stack_temperature``. Actuators: ``air_flow``,
``recycle_ratio``, ``burner``; one without a cable drives nothing. Set by the laboratory: lines,
full air flow, heat capacity, heat of the air, response time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from bench.clock import SECOND
from drivers.simulated.devices.host_port import HostPort, choice, within
from drivers.simulated.devices.slow_loop import Beat, SlowLoop
from drivers.simulated.port import Terminals
from drivers.simulated.scpi import Call, ScpiFault

IDENTITY = "CELLTEC,GMP-1,GM0093,1.2"
TICK = SECOND
ZERO_CELSIUS = 273.15
NORMAL_CUBIC_METRE = 101325.0 / (8.31446261815324 * ZERO_CELSIUS)
"""mol."""
PER_HOUR = NORMAL_CUBIC_METRE / 3600.0
"""1 m3n/h, mol/s."""
FULL_SPEED = 24000.0
"""Blower at full air flow, 1/min."""
SLEW, STEP = 0.1, 2e-3
"""Most and least change of the air flow per second, share of the full one."""
MOST_RECYCLE = 0.8
SHORT, SHORT_FOR = 0.8, 10 * SECOND
TOO_HOT = 15.0
AIR_SHORT, SENSOR, HOST, HOT = 1, 2, 4, 8
BROKEN = "9.9E37"
LINES = {"air": "AIR", "recycle": "REC", "burner": "BURN", "stack": "STAC"}


class Air:
    """Blower and its two modes.

    Args:
        full: flow at full speed, mol/s.
        loop: what regulates the stack temperature.
        put: sets the flow, mol/s, at a time (ns).
        beat: time between two looks.
    """

    def __init__(
        self, full: float, loop: SlowLoop, put: Callable[[float, int], None], beat: Beat
    ) -> None:
        self.full = full
        self.set_flow = 0.1 * full
        """Flow in mode FLOW, floor in mode TEMPerature, mol/s."""
        self.temperature = 750.0 + ZERO_CELSIUS
        self.by_temperature = False
        self.flow = self.set_flow
        """What the blower is told, mol/s."""
        self._loop = loop
        self._put = put
        self._beat = beat
        self._driven: float | None = None

    def choose(self, *, by_temperature: bool) -> None:
        """Take a mode."""
        if by_temperature and not self.by_temperature:
            self._loop.begin(self.flow)
        self.by_temperature = by_temperature

    def step(self, stack: float, now: int) -> None:
        """Regulate once: stack temperature, K (not a number: broken)."""
        target, seconds = self.set_flow, self._beat.seconds()
        if self.by_temperature and math.isfinite(stack):
            self._loop.see(stack)
            target = self._loop.output(self.temperature, self.set_flow, self.full, seconds)
        elif self.by_temperature:
            target = max(self.flow, self.set_flow)
        most = SLEW * self.full
        flow = min(max(target, self.flow - most), self.flow + most)
        is_small = abs(flow - self.flow) <= STEP * self.full
        if self._driven is None or not is_small or flow in {self.set_flow, self.full}:
            self.flow = flow
            if flow != self._driven:
                self._driven = flow
                self._put(flow, now)

    @property
    def state(self) -> int:
        """The state as the manual counts it."""
        if not self.by_temperature:
            return 0
        if self.flow <= self.set_flow:
            return 2
        return 3 if self.flow >= self.full else 1


class GasPanel:
    """The panel behind its socket."""

    def __init__(self, terminals: Terminals) -> None:
        options = terminals.options
        self._lines = frozenset(str(each) for each in options.lines)
        self._signals = {name: terminals.signals[name] for name in self._wired()}
        self._actuators = terminals.actuators
        gain = -2.0 * options.heat_capacity / (options.response_time * options.air_cooling)
        loop = SlowLoop(gain, 2.0 * options.response_time)
        beat = Beat(TICK, terminals.leapt)
        self._air = Air(options.air_capacity, loop, partial(self._put, "air_flow"), beat)
        self._recycle = 0.0
        self._burner = False
        self._enough_at = 0
        self._is_on = False
        self._next = 0
        self._host = HostPort(IDENTITY, HOST, self._switch_off)
        self._host.present = self._present
        self._serve()

    def receive(self, data: bytes, now: int) -> bytes:
        """Answer the lines that are complete at a time (ns)."""
        return self._host.receive(data, now)

    def step(self, now: int) -> int:
        """Regulate, and watch the host; return when to do so again (ns)."""
        if not self._is_on:
            self._is_on, self._enough_at = True, now
            self._put("recycle_ratio", self._recycle, now)
            self._put("burner", float(self._burner), now)
        silent_at = self._host.watch(now)
        if now >= self._next:
            self._air.step(self._stack(now), now)
            self._host.alarms |= self._present(now)
            self._next = now + TICK
        return min(self._next, silent_at)

    def _wired(self) -> list[str]:
        wired = ["air_flow", "anode_pressure", "cathode_pressure"]
        more = {"recycle": "recycle", "stack": "stack_temperature"}
        return wired + [signal for line, signal in more.items() if line in self._lines]

    def _put(self, name: str, value: float, now: int) -> None:
        actuator = self._actuators.get(name)
        if actuator is not None:
            actuator(value, now)

    def _stack(self, now: int) -> float:
        signal = self._signals.get("stack_temperature")
        return math.nan if signal is None else signal(now)

    def _present(self, now: int) -> int:
        air = self._air
        found = 0
        if not self._signals["air_flow"](now) < SHORT * air.flow:  # also without a sensor
            self._enough_at = now
        elif now - self._enough_at >= SHORT_FOR:
            found |= AIR_SHORT
        if "stack" in self._lines:
            stack = self._stack(now)
            if not math.isfinite(stack):
                found |= SENSOR
            elif air.state == 3 and stack > air.temperature + TOO_HOT:
                found |= HOT
        return found

    def _switch_off(self, now: int) -> None:
        self._air.choose(by_temperature=False)
        self._recycle = 0.0
        self._put("recycle_ratio", 0.0, now)

    # -- commands ---------------------------------------------------------------------------

    def _serve(self) -> None:
        air = self._air
        words = [word for line, word in LINES.items() if line in self._lines]
        self._host.serve(
            {
                "CONFigure:LINes?": lambda _: ",".join(words),
                "CONFigure:AIR?": lambda _: f"{air.full / PER_HOUR:.4f}",
                "[SOURce:]AIR?": lambda _: f"{air.set_flow / PER_HOUR:.4f}",
                "[SOURce:]AIR:MODE?": lambda _: "TEMP" if air.by_temperature else "FLOW",
                "[SOURce:]TEMPerature?": lambda _: f"{air.temperature - ZERO_CELSIUS:.2f}",
                "[SOURce:]RECycle?": lambda _: f"{self._recycle:.4f}",
                "OUTPut:BURNer?": lambda _: f"{self._burner:d}",
                "MEASure:ALL?": self._measured,
            },
            {
                "[SOURce:]AIR": self._set_air,
                "[SOURce:]AIR:MODE": self._set_mode,
                "[SOURce:]TEMPerature": self._set_temperature,
                "[SOURce:]RECycle": self._set_recycle,
                "OUTPut:BURNer": self._set_burner,
            },
        )

    def _needs(self, line: str) -> None:
        if line not in self._lines:
            raise ScpiFault(-241, "Hardware missing")

    def _set_air(self, call: Call) -> None:
        full = self._air.full / PER_HOUR
        flow = within(call.number(), 0.0, full * 1.00001) * PER_HOUR
        self._air.set_flow = min(flow, self._air.full)

    def _set_mode(self, call: Call) -> None:
        words = {"FLOW": False, "TEMP": True, "TEMPERATURE": True}
        by_temperature = choice(call, words)
        if by_temperature:
            self._needs("stack")
        self._air.choose(by_temperature=by_temperature)

    def _set_temperature(self, call: Call) -> None:
        self._needs("stack")
        self._air.temperature = round(within(call.number(), 0.0, 1000.0), 2) + ZERO_CELSIUS

    def _set_recycle(self, call: Call) -> None:
        self._needs("recycle")
        self._recycle = round(within(call.number(), 0.0, MOST_RECYCLE), 4)
        self._put("recycle_ratio", self._recycle, call.now)

    def _set_burner(self, call: Call) -> None:
        self._needs("burner")
        self._burner = call.flag()
        self._put("burner", float(self._burner), call.now)

    def _measured(self, call: Call) -> str:
        now, signals = call.now, self._signals
        recycle = _shown(signals["recycle"](now), 4) if "recycle" in signals else BROKEN
        shown = (
            _shown(signals["air_flow"](now) / PER_HOUR, 4),
            recycle,
            _shown(signals["anode_pressure"](now) / 1e3, 4),
            _shown(signals["cathode_pressure"](now) / 1e3, 4),
            f"{FULL_SPEED * self._air.flow / self._air.full:.0f}",
            str(self._air.state),
            str(self._host.alarms),
        )
        return ",".join(shown)


def _shown(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}" if math.isfinite(value) else BROKEN


def make(terminals: Terminals) -> GasPanel:
    """Return a panel as delivered that has just been switched on."""
    return GasPanel(terminals)
