"""Horn and beacon: outputs that show alarms to people in the cell."""

from __future__ import annotations

from collections.abc import Mapping

from bench.device import Instrument
from bench.safeguard import SafetyChain
from bench.safety.alarms import AlarmBook


class Signals:
    """Sends what horn and beacon shall do, when it changes."""

    def __init__(self, safety: SafetyChain, instruments: Mapping[str, Instrument]) -> None:
        self._horn = safety.horn
        self._beacon = safety.beacon
        self._instruments = instruments
        self._shown: dict[tuple[str, int], bool] = {}
        self._is_on = False

    def show(self, alarms: AlarmBook) -> None:
        """Bring both up to date; what was never on is left as the instrument has it."""
        if not alarms.alarms and not self._is_on:
            return
        if self._horn is not None:
            self._switch(self._horn, is_on=alarms.is_horn_on)
        if self._beacon is not None:
            self._switch(self._beacon, is_on=alarms.is_beacon_on)
        self._is_on = any(self._shown.values())

    def _switch(self, output: tuple[str, int], *, is_on: bool) -> None:
        if is_on is not self._shown.get(output, False):
            self._shown[output] = is_on
            instrument, index = output
            self._instruments[instrument].demand(index, float(is_on))
