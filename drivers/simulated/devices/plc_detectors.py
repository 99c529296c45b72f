"""Gas detectors of the simulated safety PLC, from its manual (drivers/canbus/dbc/README.md)."""

from __future__ import annotations

from drivers.canbus.frame import Frame
from drivers.simulated.devices.bench_device import Guarded, in_steps
from drivers.simulated.port import Terminals

NO_GAS, HOOD, ROOM, CARBON_MONOXIDE, METHANE, OXYGEN = 0, 3, 4, 6, 7, 8
"""Causes of a trip by gas."""
HYDROGEN, GAS = 0x191, 0x193

_LFL_ALARM = 0.25
_CARBON_MONOXIDE_ALARM = 100e-6
_OXYGEN_ALARM = 0.195
_GAS = ("carbon_monoxide", "methane", "oxygen")


class Detectors:
    """Six detectors for hydrogen, one each for carbon monoxide, methane and lack of oxygen."""

    def __init__(self, terminals: Terminals) -> None:
        self._hydrogen = [
            terminals.signals.get(f"{place}_h2_{number}")
            for place in ("hood", "room")
            for number in (1, 2, 3)
        ]
        self._others = [terminals.signals.get(name) for name in _GAS]
        self._gas = Guarded(GAS, "<BHBHB")
        self._shown: list[float | None] = [None] * 6
        self._seen: list[float | None] = [None] * 3
        self.alarm = NO_GAS
        """Which gas votes for the alarm: a cause of a trip, or `NO_GAS`."""

    def look(self, now: int) -> None:
        """Take new readings."""
        self._shown = [None if signal is None else signal(now) for signal in self._hydrogen]
        self._seen = [None if signal is None else signal(now) for signal in self._others]
        self.alarm = self._voted()

    def _voted(self) -> int:
        """Return which gas votes for the alarm; "not below", not "above": a fault (NaN) votes."""
        carbon_monoxide, methane, oxygen = self._seen
        if _is_alarmed(self._shown[:3]):
            return HOOD
        if _is_alarmed(self._shown[3:]):
            return ROOM
        if methane is not None and not methane < _LFL_ALARM:
            return METHANE
        if carbon_monoxide is not None and not carbon_monoxide < _CARBON_MONOXIDE_ALARM:
            return CARBON_MONOXIDE
        if oxygen is not None and not oxygen >= _OXYGEN_ALARM:
            return OXYGEN
        return NO_GAS

    def hydrogen_frame(self, alive: int) -> Frame:
        """Return the frame of hydrogen; it has no checksum."""
        number = 0
        for shown in reversed(self._shown):
            number = number << 10 | in_steps(shown, 0.001, 1000, 0x3FF)
        return Frame(HYDROGEN, (number << 4 | alive).to_bytes(8, "little"))

    def gas_frame(self, alive: int) -> Frame:
        """Return the frame of the other gases."""
        carbon_monoxide, methane, oxygen = self._seen
        return self._gas.frame(
            alive,
            in_steps(carbon_monoxide, 1e-6, 2000, 0xFFFF),
            in_steps(methane, 0.005, 200, 0xFF),
            in_steps(oxygen, 1e-4, 3000, 0xFFFF),
            0,
        )


def _is_alarmed(group: list[float | None]) -> bool:
    fitted = votes = 0
    for shown in group:
        if shown is not None:
            fitted += 1
            votes += not shown < _LFL_ALARM  # a fault (NaN) votes for the alarm
    return votes >= (2 if fitted == 3 else 1)
