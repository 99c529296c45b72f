"""The power stage of an EA ELR 10000: regulation, protections, alarms.

Its manual is the docstring of `drivers.simulated.devices.ea_elr10000`.
"""

from __future__ import annotations

from bench.clock import SECOND
from drivers.simulated.port import Signal, Terminals
from drivers.simulated.scpi import ScpiFault

RESTART = 12 * SECOND
OVP, OCP, OPP, OT, PF = (1 << bit for bit in (0, 1, 2, 3, 13))
"""Bits of the questionable status register."""
SAFETY_FACTOR = 1.2


def settings_conflict() -> ScpiFault:
    """Return -221."""
    return ScpiFault(-221, "Settings conflict")


class Stage:
    """The power stage: regulation, protections, alarms.

    Args:
        terminals: the cables.
    """

    def __init__(self, terminals: Terminals) -> None:
        options = terminals.options
        self.rated = {
            "VOLTage": float(getattr(options, "rated_voltage", 80.0)),
            "CURRent": float(getattr(options, "rated_current", 1000.0)),
            "POWer": float(getattr(options, "rated_power", 30e3)),
        }
        self.setpoints = {"VOLTage": 0.0, "CURRent": 0.0, "POWer": self.rated["POWer"]}
        self.trips = {name: 1.1 * value for name, value in self.rated.items()}
        self.actions = {"OTEMperature": "AUTO", "PFAil": "OFF"}
        self.is_on = False
        self.alarms = 0
        self.is_safety_tripped = False
        self.current = 0.0
        self.voltage = 0.0
        self._signals = terminals.signals
        self._voltage = terminals.signals["voltage"]
        self._drive = terminals.actuators.get("load_current")
        self._driven: float | None = None
        self._was_on = {OT: False, PF: False}
        self._present = 0
        self._ready_at = 0

    def switch(self, *, is_on: bool, now: int) -> None:
        """Switch the input as a command or the panel does."""
        if is_on and (self.alarms or now < self._ready_at):
            raise settings_conflict()
        self.is_on = is_on
        self.regulate(now)

    def acknowledge(self, now: int) -> None:
        """Erase the alarms whose cause is gone."""
        self.look(now)
        self.alarms &= self._present

    def look(self, now: int) -> None:
        """Measure, judge the protections, regulate."""
        self.voltage = self._voltage(now)
        self.regulate(now)
        before, self._present = self._present, self._causes(now)
        new = self._present & ~before
        for bit in (OT, PF):
            if new & bit:
                self._was_on[bit] = self.is_on
        if self._present:
            self.alarms |= self._present
            self.is_on = False
            self.regulate(now)
        self._come_back(before & ~self._present, now)

    def regulate(self, now: int) -> None:
        """Draw the current that setpoint, power and voltage limit allow."""
        wanted = 0.0
        if self.is_on and self.voltage > max(self.setpoints["VOLTage"], 0.0):
            wanted = min(self.setpoints["CURRent"], self.setpoints["POWer"] / self.voltage)
        self.current = wanted
        if self._drive is not None and wanted != self._driven:
            self._driven = wanted
            self._drive(wanted, now)

    def measured(self, now: int) -> tuple[float, float]:
        """Return voltage and current at the terminals."""
        shown: Signal | None = self._signals.get("current")
        return self.voltage, self.current if shown is None else shown(now)

    def _causes(self, now: int) -> int:
        volt, ampere = self.measured(now)
        if self.rated["VOLTage"] == 60.0 and volt > SAFETY_FACTOR * 60.0:
            self.is_safety_tripped = True
        causes = {
            OVP: volt > self.trips["VOLTage"] or self.is_safety_tripped,
            OCP: self.is_on and ampere > self.trips["CURRent"],
            OPP: self.is_on and volt * ampere > self.trips["POWer"],
            OT: self._switch("overheated", 0.0, now),
            PF: not self._switch("mains", 1.0, now),
        }
        return sum(bit for bit, is_there in causes.items() if is_there)

    def _come_back(self, gone: int, now: int) -> None:
        if gone & PF:
            self._ready_at = now + RESTART
        for bit, action in ((OT, "OTEMperature"), (PF, "PFAil")):
            if gone & bit and self._was_on[bit] and self.actions[action] == "AUTO":
                self.is_on = not self._present
                self.regulate(now)

    def _switch(self, name: str, usual: float, now: int) -> bool:
        signal = self._signals.get(name)
        return (usual if signal is None else signal(now)) >= 0.5
