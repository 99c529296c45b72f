"""What the broadcasts of the engine control unit mean (SAE J1939-71, J1939-73).

A broadcast is as old as its own period allows: an oil temperature sent every second holds that
long. So the slow ones are confirmed as long as they keep coming.
"""

from __future__ import annotations

import math

from bench.channel import Range, Uncertainty
from bench.clock import MILLISECOND, NEVER, SECOND
from bench.device import Port, Reading
from bench.messages import Message
from bench.units import unit
from drivers.canbus.j1939 import Diagnosis, Trouble, diagnosis
from drivers.canbus.layout import Field, Layout, layouts
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
ACTUAL, TORQUE, REFERENCE, COUNT, LAMP = 1, 3, 4, 9, 10

_FIELDS = {
    EEC1: ("EEC1", ((0, "EngineSpeed"), (1, "ActualTorque"), (2, "DemandTorque"))),
    EC1: ("EC1", ((4, "ReferenceTorque"),)),
    ET1: ("ET1", ((5, "CoolantTemperature"), (6, "OilTemperature"))),
    EFL_P1: ("EFL_P1", ((7, "FuelPressure"), (8, "OilPressure"))),
}
_PERIODS = {EC1: 5 * SECOND, ET1: SECOND, EFL_P1: SECOND // 2, DM1: SECOND}
"""Periods of the slow broadcasts."""


class Broadcast:
    """One parameter group."""

    def __init__(self, layout: Layout, pairs: tuple[tuple[int, str], ...], period: int) -> None:
        self.name = layout.name
        self.pairs: tuple[tuple[int, Field], ...] = tuple((i, layout[name]) for i, name in pairs)
        """Readings and where they lie."""
        fields = [field for _, field in self.pairs]
        # EC1 has grown with the editions of the standard: only what is read must be there
        self.length = max(((f.shift + f.mask.bit_length() + 7) // 8 for f in fields), default=6)
        """Fewest bytes that hold them."""
        self.patience = 3 * period
        """How long its values hold, ns."""
        self.until = 0
        """Until when its values hold."""
        self.valid: set[int] = set()
        """Readings with a valid value."""


class Values:
    """Posts what the unit broadcasts."""

    def __init__(self, port: Port, presence: Presence, eec1_period: int) -> None:
        self._port = port
        self._mailbox = port.mailbox
        self._presence = presence
        file = layouts("j1939_engine.dbc")
        self._broadcasts = {
            pgn: Broadcast(file[name], pairs, max(_PERIODS.get(pgn, 0), eec1_period))
            for pgn, (name, pairs) in _FIELDS.items()
        }
        self._broadcasts[DM1] = Broadcast(file["DM1"], (), max(_PERIODS[DM1], eec1_period))
        self._confirm_every = max(CONFIRM, eec1_period)
        # what comes as often as it would be confirmed speaks for itself
        self._slow = [
            self._broadcasts[pgn] for pgn, each in _PERIODS.items() if each > self._confirm_every
        ]
        self._reference: float | None = None
        self._troubles: frozenset[tuple[int, int]] = frozenset()
        self._next = 0

    def forget(self) -> None:
        """Take nothing as known: the unit is gone or starts anew."""
        self._reference = None
        self._troubles = frozenset()
        for broadcast in self._broadcasts.values():
            broadcast.valid.clear()

    def take(self, pgn: int, data: bytes, now: int) -> None:
        """Take a broadcast; one that is too short makes its readings BAD."""
        broadcast = self._broadcasts[pgn]
        if len(data) < broadcast.length:
            self._short(pgn, broadcast, data, now)
            return
        self._presence.heard(now)
        broadcast.until = now + broadcast.patience
        if pgn == EEC1:
            self._engine(broadcast, int.from_bytes(data, "little"), now)
        elif pgn == DM1:
            self._diagnose(broadcast, data, now)
        else:
            self._read(broadcast, int.from_bytes(data, "little"), now)

    def step(self, now: int) -> int:
        """Confirm what still holds; return when to be called again (ns)."""
        if now < self._next:
            return self._next
        if any(broadcast.valid for broadcast in self._slow):
            self._next = now + self._confirm_every
            for broadcast in self._slow:
                if now < broadcast.until:
                    for index in broadcast.valid:
                        self._mailbox.confirm(index, now)
            return self._next
        return NEVER

    def _engine(self, broadcast: Broadcast, word: int, now: int) -> None:
        """Post what comes so often that it is never confirmed."""
        post = self._mailbox.post
        for index, field in broadcast.pairs:
            value = field.value(word)
            post(index, value, now)
            if index == ACTUAL and self._reference is not None:
                post(TORQUE, value / 100.0 * self._reference, now)

    def _read(self, broadcast: Broadcast, word: int, now: int) -> None:
        for index, field in broadcast.pairs:
            value = field.value(word)
            self._post(broadcast, index, value, now)
            if index == REFERENCE:
                self._reference = value

    def _post(self, broadcast: Broadcast, index: int, value: float, now: int) -> None:
        self._mailbox.post(index, value, now)
        if math.isnan(value):
            broadcast.valid.discard(index)
        else:
            broadcast.valid.add(index)

    def _short(self, pgn: int, broadcast: Broadcast, data: bytes, now: int) -> None:
        self._presence.faulty(
            "can.short-frame", id=broadcast.name, length=len(data), expected=broadcast.length
        )
        indices = [index for index, _ in broadcast.pairs] or [COUNT, LAMP]
        for index in (*indices, *((TORQUE,) if pgn == EEC1 else ())):
            self._post(broadcast, index, math.nan, now)

    def _diagnose(self, broadcast: Broadcast, data: bytes, now: int) -> None:
        found = diagnosis(data)
        if found is None:
            return
        self._post(broadcast, COUNT, len(found.troubles), now)
        self._post(broadcast, LAMP, _gravest(found), now)
        active = frozenset((trouble.spn, trouble.fmi) for trouble in found.troubles)
        for spn, fmi in sorted(active - self._troubles):
            name = self._port.connection.name
            code = str(Trouble(spn, fmi))
            message = Message("j1939.trouble", {"instrument": name, "code": code})
            self._port.report("warning", name, message)
        self._troubles = active


def _gravest(found: Diagnosis) -> float:
    """Return which lamp is lit, the gravest one; NaN where all of them are not available."""
    lamps = (found.malfunction, found.protect, found.warning, found.stop)
    if all(lamp > 1 for lamp in lamps):
        return math.nan
    return max((rank for rank, lamp in enumerate(lamps, start=1) if lamp == 1), default=0)
