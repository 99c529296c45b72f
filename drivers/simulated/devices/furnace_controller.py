"""Furnace controller HTC-2: the oven of a short stack, or the hot box of a system.

No public instrument: this page and `host_port` are its manual. It behaves as such units do.

===================================== ===========================================================
``CONFigure:POWer?``                  rated heater power, W; fixed by its fuses
``CONFigure:OTEMperature?``           over-temperature cut-out, degC; set by a screw
``[SOURce:]TEMPerature <degC>``       setpoint 0..1200 and below the cut-out; else error -222
``[SOURce:]TEMPerature?``             setpoint, ``750.00``
``[SOURce:]POWer:LIMit <W>``          most heater power, 0..rated; ``POWer:LIMit?``
``OUTPut ON|OFF``                     heater; ``OUTPut?`` 1 or 0; ON while cut out: error -221
``MEASure:ALL?``                      temperature degC, setpoint degC, heater power W, state, alarm
                                      word, with commas; a broken sensor reads 9.9E37
===================================== ===========================================================

States: 0 heater off, 1 it regulates, 2 it regulates at full power, 3 cut out. Alarm bits: 1 cut
out, 2 sensor broken, 4 host silent.

Once a second the heater power follows from temperature and setpoint by a PI loop, tuned at
commissioning for the heat capacity and the response time of the oven (`slow_loop`); it has no ramp
of its own: who wants one demands it. The power is set anew when it changes by more than 0.2 % of
the rated one. With a broken sensor it heats nothing. The cut-out is a device of its own: at its
temperature it takes the heater off and latches, whatever the loop does; ``STATus:ALARm:CLEar``
releases it 20 K below, and the heater stays off until it is switched on.

When the host falls silent, ``HOLD`` regulates on to the last setpoint (a hot stack is neither
cooled nor cracked because a computer stopped), ``OFF`` takes the heater off. Setpoint 20 degC,
power limit at the rated power and the heater off come back after a loss of power.

Signal, SI: ``temperature``. Actuator: ``heater_power``, W. Set by the laboratory: rated power,
cut-out, heat capacity, response time.
"""

from __future__ import annotations

import math

from bench.clock import SECOND
from drivers.simulated.devices.host_port import HostPort, within
from drivers.simulated.devices.slow_loop import Beat, SlowLoop
from drivers.simulated.port import Terminals
from drivers.simulated.scpi import Call, ScpiFault

IDENTITY = "CELLTEC,HTC-2,HT0117,1.4"
TICK = SECOND
ZERO_CELSIUS = 273.15
HIGHEST = 1200.0
STEP = 2e-3
"""Least change of the heater power, share of the rated one."""
RELEASE = 20.0
"""How far below the cut-out it can be released, K."""
CUT_OUT, SENSOR, HOST = 1, 2, 4
OFF, REGULATES, FULL, TRIPPED = range(4)
BROKEN = "9.9E37"


class FurnaceController:
    """The controller behind its socket."""

    def __init__(self, terminals: Terminals) -> None:
        options = terminals.options
        self._signal = terminals.signals["temperature"]
        self._heater = terminals.actuators.get("heater_power")
        self._rated: float = options.rated_power
        self._cut_out: float = options.over_temperature
        response: float = options.response_time
        gain = 2.0 * options.heat_capacity / response
        self._loop = SlowLoop(gain, 2.0 * response)
        self._beat = Beat(TICK, terminals.leapt)
        self._setpoint = 20.0 + ZERO_CELSIUS
        self._limit = self._rated
        self._is_on = False
        self._power = 0.0
        self._driven: float | None = None
        self._next = 0
        self._host = HostPort(IDENTITY, HOST, self._switch_off)
        self._host.present = self._present
        self._host.serve(
            {
                "CONFigure:POWer?": lambda _: f"{self._rated:.0f}",
                "CONFigure:OTEMperature?": lambda _: f"{self._cut_out - ZERO_CELSIUS:.1f}",
                "[SOURce:]TEMPerature?": lambda _: f"{self._setpoint - ZERO_CELSIUS:.2f}",
                "[SOURce:]POWer:LIMit?": lambda _: f"{self._limit:.1f}",
                "OUTPut?": lambda _: f"{self._is_on:d}",
                "MEASure:ALL?": self._measured,
            },
            {
                "[SOURce:]TEMPerature": self._set_temperature,
                "[SOURce:]POWer:LIMit": self._set_limit,
                "OUTPut": self._set_output,
            },
        )

    def receive(self, data: bytes, now: int) -> bytes:
        """Answer the lines that are complete at a time (ns)."""
        return self._host.receive(data, now)

    def step(self, now: int) -> int:
        """Regulate, and watch host and cut-out; return when to do so again (ns)."""
        silent_at = self._host.watch(now)
        if now >= self._next:
            self._regulate(now)
            self._next = now + TICK
        return min(self._next, silent_at)

    def _regulate(self, now: int) -> None:
        seen, seconds = self._signal(now), self._beat.seconds()
        self._host.alarms |= self._wrong_with(seen)
        if self._host.alarms & CUT_OUT:
            self._is_on = False
        if not self._is_on or not math.isfinite(seen):
            self._loop.begin(0.0)
            self._drive(0.0, now)
            return
        self._loop.see(seen)
        self._drive(self._loop.output(self._setpoint, 0.0, self._limit, seconds), now)

    def _drive(self, power: float, now: int) -> None:
        before = self._driven
        at_end = power in {0.0, self._limit}
        if before is not None and not at_end and abs(power - before) <= STEP * self._rated:
            return
        self._power = power
        if power != before:
            self._driven = power
            if self._heater is not None:
                self._heater(power, now)

    def _wrong_with(self, seen: float) -> int:
        if not math.isfinite(seen):
            return SENSOR
        return CUT_OUT if seen >= self._cut_out else 0

    def _present(self, now: int) -> int:
        seen = self._signal(now)
        is_held = self._host.alarms & CUT_OUT and not seen < self._cut_out - RELEASE
        return self._wrong_with(seen) | (CUT_OUT if is_held else 0)

    def _switch_off(self, now: int) -> None:
        self._is_on = False
        self._drive(0.0, now)

    # -- commands ---------------------------------------------------------------------------

    def _measured(self, call: Call) -> str:
        seen = self._signal(call.now)
        shown = f"{seen - ZERO_CELSIUS:.2f}" if math.isfinite(seen) else BROKEN
        setpoint = f"{self._setpoint - ZERO_CELSIUS:.2f}"
        return f"{shown},{setpoint},{self._power:.1f},{self._state},{self._host.alarms}"

    @property
    def _state(self) -> int:
        if self._host.alarms & CUT_OUT:
            return TRIPPED
        if not self._is_on:
            return OFF
        return FULL if self._power >= self._limit else REGULATES

    def _set_temperature(self, call: Call) -> None:
        below = min(HIGHEST, self._cut_out - ZERO_CELSIUS)
        self._setpoint = round(within(call.number(), 0.0, below), 2) + ZERO_CELSIUS

    def _set_limit(self, call: Call) -> None:
        self._limit = within(call.number(), 0.0, self._rated)
        if self._power > self._limit:
            self._drive(self._limit, call.now)

    def _set_output(self, call: Call) -> None:
        is_on = call.flag()
        if is_on and self._host.alarms & CUT_OUT:
            raise ScpiFault(-221, "Settings conflict")
        if is_on and not self._is_on:
            self._loop.begin(0.0)
        self._is_on = is_on
        if not is_on:
            self._drive(0.0, call.now)


def make(terminals: Terminals) -> FurnaceController:
    """Return a controller that has just been switched on: heater off."""
    return FurnaceController(terminals)
