"""What the broadcasts of the engine control unit mean (SAE J1939-71, J1939-73).

A broadcast is as old as its own period allows: an oil temperature sent every second holds that
long. So the slow ones are confirmed as long as they keep coming.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from bench.channel import Range, Uncertainty
from bench.clock import MILLISECOND, NEVER, SECOND
from bench.device import Port, Reading
from bench.messages import Message
from bench.units import unit
from drivers.canbus.j1939 import Diagnosis, Trouble, diagnosis
from drivers.canbus.layout import Layout, layouts
from drivers.canbus.presence import Presence

EEC1, EC1, ET1, EFL_P1, DM1 = 61444, 65251, 65262, 65263, 65226
"""Parameter group numbers."""
BROADCASTS = (EEC1, EC1, ET1, EFL_P1, DM1)
"""All that is read."""
CONFIRM = 200 * MILLISECOND
"""How often slow broadcasts are confirmed; no more often than EEC1 comes."""

RPM, PERCENT, CELSIUS, KILOPASCAL = unit("rpm"), unit("%"), unit("degC"), unit("kPa_g")
SPEEDS = Range(0.0, RPM.to_si(8031.875))
PERCENTS = Range(-1.25, 1.25)
_PERCENT_STEP = Uncertainty(resolution=0.01)
_PRESSURES, _PRESSURE_STEP = Range(0.0, 1e6), Uncertainty(resolution=4000.0)

READINGS = (
    Reading(
        "speed", RPM, Range(0.0, RPM.to_si(8031.875)), Uncertainty(resolution=RPM.to_si(0.125))
    ),
    Reading("actual_torque_percent", PERCENT, PERCENTS, _PERCENT_STEP),
    Reading("demand_torque_percent", PERCENT, PERCENTS, _PERCENT_STEP),
    Reading("torque", unit("N*m"), Range(-80318.75, 80318.75)),
    Reading("reference_torque", unit("N*m"), Range(0.0, 64255.0), Uncertainty(resolution=1.0)),
    Reading("coolant_temperature", CELSIUS, Range(233.15, 483.15), Uncertainty(resolution=1.0)),
    Reading("oil_temperature", CELSIUS, Range(0.15, 2008.12), Uncertainty(resolution=0.03125)),
    Reading("fuel_pressure", KILOPASCAL, _PRESSURES, _PRESSURE_STEP),
    Reading("oil_pressure", KILOPASCAL, _PRESSURES, _PRESSURE_STEP),
    Reading("dtc_count", range=Range(0.0, 445.0)),
    Reading("lamp", range=Range(0.0, 4.0)),
)
"""Readings; ``lamp`` is the gravest lit: 0 none, 1 malfunction, 2 protect, 3 warning, 4 stop."""
ACTUAL = 1

FIELDS = {
    EEC1: ("EEC1", range(4), ("EngineSpeed", "ActualTorque", "DemandTorque")),  # and the torque
    EC1: ("EC1", range(4, 5), ("ReferenceTorque",)),
    ET1: ("ET1", range(5, 7), ("CoolantTemperature", "OilTemperature")),
    EFL_P1: ("EFL_P1", range(7, 9), ("FuelPressure", "OilPressure")),
    DM1: ("DM1", range(9, 11), ()),
}
"""Parameter groups: name, readings, and where the first of them lie."""
_PERIODS = {EC1: 5 * SECOND, ET1: SECOND, EFL_P1: SECOND // 2, DM1: SECOND}
"""Periods of the slow broadcasts."""


class Broadcast:
    """One parameter group, and what it said last.

    Args:
        layout: of its frame.
        readings: what it tells.
        names: where the first of them lie.
        period: how often it comes, ns.
    """

    def __init__(self, layout: Layout, readings: range, names: Sequence[str], period: int) -> None:
        self.name = layout.name
        self.readings = readings
        """What it tells, by index."""
        self.first = readings.start
        """The first of them."""
        fields = [layout[name] for name in names]
        # EC1 has grown with the editions of the standard: only what is read must be there
        self.length = max(((f.shift + f.mask.bit_length() + 7) // 8 for f in fields), default=6)
        """Fewest bytes that hold them."""
        self.patience = 3 * period
        """How long its values hold, ns."""
        self.until = 0
        """Until when its values hold."""
        self.data: bytes | None = None
        """What came last: it is not decoded again. None: nothing that is known."""
        self.numbers: Sequence[float] = ()
        """What it said of its readings, from the first on; not a number: nothing."""
        self._fields = [(f.shift, f.mask, f.lowest, f.highest, f.scale, f.offset) for f in fields]

    def decode(self, data: bytes) -> list[float]:
        """Return what data say of the readings, as `Field.value` does, in one go."""
        word = int.from_bytes(data, "little")
        return [
            raw * scale + offset if lowest <= (raw := word >> shift & mask) <= highest else math.nan
            for shift, mask, lowest, highest, scale, offset in self._fields
        ]

    def forget(self) -> None:
        """Take nothing as known."""
        self.data, self.numbers = None, ()


class Values:
    """Posts what the unit broadcasts."""

    def __init__(self, port: Port, presence: Presence, eec1_period: int) -> None:
        self.due = 0
        """When `step` confirms again, ns; until then it does nothing."""
        self._port = port
        self._post_all = port.mailbox.post_all
        self._presence = presence
        file = layouts("j1939_engine.dbc")
        self._broadcasts = {
            pgn: Broadcast(file[name], readings, names, max(_PERIODS.get(pgn, 0), eec1_period))
            for pgn, (name, readings, names) in FIELDS.items()
        }
        self._confirm_every = max(CONFIRM, eec1_period)
        # what comes as often as it would be confirmed speaks for itself
        self._slow = [
            self._broadcasts[pgn] for pgn, each in _PERIODS.items() if each > self._confirm_every
        ]
        self._reference: float | None = None
        self._troubles: frozenset[tuple[int, int]] = frozenset()

    def forget(self) -> None:
        """Take nothing as known: the unit is gone or starts anew."""
        self._reference = None
        self._troubles = frozenset()
        for broadcast in self._broadcasts.values():
            broadcast.forget()

    def take(self, pgn: int, data: bytes, now: int) -> None:
        """Take a broadcast; one that is too short makes its readings BAD."""
        broadcast = self._broadcasts[pgn]
        is_new = data != broadcast.data
        if is_new and len(data) < broadcast.length:
            self._short(broadcast, data, now)
            return
        self._presence.heard(now)
        broadcast.until = now + broadcast.patience
        if is_new:
            broadcast.numbers, broadcast.data = self._said(pgn, broadcast, data), data
        self._post_all(broadcast.first, broadcast.numbers, now)

    def step(self, now: int) -> int:
        """Confirm what still holds; return when to be called again (ns)."""
        if now < self.due:
            return self.due
        due = NEVER
        for broadcast in self._slow:
            for index, number in enumerate(broadcast.numbers, broadcast.first):
                if not math.isnan(number):
                    due = self.due = now + self._confirm_every
                    if now < broadcast.until:
                        self._port.mailbox.confirm(index, now)
        return due

    def _said(self, pgn: int, broadcast: Broadcast, data: bytes) -> Sequence[float]:
        """Return what a broadcast says of its readings."""
        if pgn == DM1:
            return self._diagnose(data)
        numbers = broadcast.decode(data)
        if pgn == EC1:
            self._reference = numbers[0]
            self._broadcasts[EEC1].data = None  # it tells another torque now
        if pgn == EEC1 and self._reference is not None:
            numbers.append(numbers[ACTUAL] / 100.0 * self._reference)
        return numbers

    def _short(self, broadcast: Broadcast, data: bytes, now: int) -> None:
        self._presence.faulty(
            "can.short-frame", id=broadcast.name, length=len(data), expected=broadcast.length
        )
        broadcast.forget()
        self._post_all(broadcast.first, [math.nan for _ in broadcast.readings], now)

    def _diagnose(self, data: bytes) -> Sequence[float]:
        found = diagnosis(data)
        if found is None:
            return ()
        active = frozenset((trouble.spn, trouble.fmi) for trouble in found.troubles)
        for spn, fmi in sorted(active - self._troubles):
            name = self._port.connection.name
            code = str(Trouble(spn, fmi))
            message = Message("j1939.trouble", {"instrument": name, "code": code})
            self._port.report("warning", name, message)
        self._troubles = active
        return len(found.troubles), _gravest(found)


def _gravest(found: Diagnosis) -> float:
    """Return which lamp is lit, the gravest one; NaN where all of them are not available."""
    lamps = (found.malfunction, found.protect, found.warning, found.stop)
    if all(lamp > 1 for lamp in lamps):
        return math.nan
    return max((rank for rank, lamp in enumerate(lamps, start=1) if lamp == 1), default=0)
