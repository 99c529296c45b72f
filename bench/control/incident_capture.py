"""Has instruments keep what led to an incident, before what follows writes over it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bench.control.logbook import Logbook
from bench.device import Instrument
from bench.errors import Refused
from bench.model import BenchModel
from bench.safeguard import Reaction
from bench.safety.incidents import IncidentWindow

STOPS = Reaction.SOFT_STOP
"""Reaction from which on an incident is worth keeping."""


class IncidentCapture:
    """Begins the incident action of each instrument that has one, once per incident.

    The loop looks after it has sent its demands: nothing that makes the object safe waits for it.

    Args:
        model: the bench.
        instruments: its instruments.
        log: where is told that an instrument is busy with something else.
        wake: has a link served at once.
    """

    def __init__(
        self,
        model: BenchModel,
        instruments: Mapping[str, Instrument],
        log: Logbook,
        wake: Callable[[str], None],
    ) -> None:
        self._able = [each for each in model.connections if each.driver.incident_action]
        self._instruments = instruments
        self._log = log
        self._wake = wake
        self._kept: int | None = None

    def look(self, incident: IncidentWindow | None) -> None:
        """Look at the incident that is open, if there is one."""
        if incident is None or incident.at_ns == self._kept or incident.reaction < STOPS:
            return
        self._kept = incident.at_ns
        for each in self._able:
            try:
                self._instruments[each.name].start(each.driver.incident_action)
            except Refused as refused:
                self._log.note("warning", each.name, refused.message)
            else:
                self._wake(each.link)
