"""Loop checks and calibrations on an open bench: averaged in MONITOR, written into the run file."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.channel import Channel, Kind
from bench.clock import SECOND, Clock, iso_date
from bench.config.channels import check_date
from bench.config.quantities import measure
from bench.control.loop import Loop
from bench.control.snapshots import NO_APPROACH
from bench.control.states import State
from bench.errors import Refused, did_you_mean
from bench.maintenance.averaging import LEAST, Averaging
from bench.maintenance.comparison import Comparison, compared, is_passed, worst_of
from bench.maintenance.correction import Certificate, correction_of, snippet_of
from bench.messages import Message
from bench.record.port import Point
from bench.service.requests import Compare, Sender

SHORTEST, LONGEST = 1.0, 600.0
"""Time over which may be averaged, s."""


@dataclass(frozen=True)
class _Session:
    """A comparison under way."""

    request: Compare
    channel: Channel
    reference: float
    who: str
    averaging: Averaging
    file: Path | None


class Maintaining:
    """The comparisons of one open bench, one at a time."""

    def __init__(self, loop: Callable[[], Loop], clock: Clock) -> None:
        """Take how to get at the scan cycle, and its time."""
        self._loop = loop
        self._clock = clock
        self._session: _Session | None = None
        self._points: dict[tuple[str, str], list[Comparison]] = {}

    def compare(self, request: Compare, sender: Sender) -> None:
        """Begin to average what a channel shows.

        Raises:
            Refused: not now, no such channel, or no such time.
            ConfigError: the reference makes no sense.
        """
        loop = self._loop()
        if self._session is not None:
            raise Refused("maintenance.busy", channel=self._session.channel.name)
        if loop.state is not State.MONITOR:
            raise Refused("maintenance.monitor-only", state=loop.state.value)
        if not (math.isfinite(request.seconds) and SHORTEST <= request.seconds <= LONGEST):
            about = {"least": f"{SHORTEST:g}", "most": f"{LONGEST:g}"}
            raise Refused("maintenance.seconds", **about)
        index, channel = _measured(loop, request.channel)
        if index in loop.forced:
            raise Refused("maintenance.forced", channel=channel.name)
        _check_calibration(request)
        reference = measure(request.reference, channel.unit)
        now = self._clock.now()
        averaging = Averaging(index, now, round(request.seconds * SECOND))
        who = sender.name or "operator"
        self._session = _Session(request, channel, reference, who, averaging, loop.log.file)

    def tick(self) -> None:
        """Take a scan; what is averaged is written down when its time is over."""
        session, loop = self._session, self._loop()
        if session is None:
            return
        is_over = session.averaging.take(loop.row)
        if loop.state is not State.MONITOR or loop.log.file != session.file:
            self._session = None
            self._give_up(session, Message("maintenance.left", {"state": loop.state.value}))
        elif is_over:
            self._session = None
            self._write(session)

    def _write(self, session: _Session) -> None:
        averaging, channel = session.averaging, session.channel
        mean = averaging.mean()
        if mean is None:
            lost, count = averaging.lost, averaging.count
            why = Message("maintenance.few", {"count": count, "least": LEAST})
            if lost:
                why = Message("maintenance.not-ok", {"quality": lost})
            self._give_up(session, why)
            return
        found = compared(channel, session.reference, mean)
        key = session.request.purpose, channel.name
        points = [] if session.request.is_first else self._points.get(key, [])
        self._points[key] = points
        points.append(found)
        self._loop().log.point(_point(session, found, len(points)))
        self._note(session, "info", _told(session, found))
        if session.request.is_last:
            del self._points[key]
            self._conclude(session, points)

    def _conclude(self, session: _Session, points: list[Comparison]) -> None:
        if session.request.purpose == "calibration":
            self._calibrated(session, points)
            return
        channel, worst = session.channel, worst_of(points)
        passed = is_passed(points)
        about = {
            "channel": channel.name,
            "passed": sum(point.is_passed is True for point in points),
            "count": len(points),
            "worst": _percent(worst.error_of_span),
        }
        told = Message("maintenance.loop-passed", about)
        if not passed:
            told = Message("maintenance.loop-failed", about)
        self._note(session, "info" if passed else "warning", told)

    def _calibrated(self, session: _Session, points: list[Comparison]) -> None:
        request, channel = session.request, session.channel
        try:
            correction = correction_of(points)
        except Refused as error:
            self._give_up(session, error.message)
            return
        today = iso_date(self._clock.utc())
        certificate = Certificate(
            request.certificate, request.due, today, session.who, request.standard
        )
        about: dict[str, object] = {
            "channel": channel.name,
            "gain": f"{correction.gain:.7g}",
            "offset": f"{correction.offset / channel.unit.factor:.7g}",
            "certificate": request.certificate,
            "due": request.due or "–",
            "who": session.who,
            "values": {"gain": correction.gain, "offset_si": correction.offset},
            "proposal": snippet_of(channel, correction, certificate),
        }
        self._note(session, "info", Message("maintenance.calibrated", about))

    def _give_up(self, session: _Session, why: Message) -> None:
        about = {"channel": session.channel.name, "reason": why}
        self._note(session, "warning", Message("maintenance.not-compared", about))

    def _note(self, session: _Session, level: str, message: Message) -> None:
        self._loop().log.note(level, session.who, message)


def _check_calibration(request: Compare) -> None:
    if request.purpose not in {"loop-check", "calibration"}:
        raise Refused("maintenance.no-purpose", purpose=request.purpose)
    if request.purpose == "calibration":
        check_date(request.due)
        if not request.certificate.strip():
            raise Refused("maintenance.no-certificate")


def _measured(loop: Loop, name: str) -> tuple[int, Channel]:
    """Return index and channel of a name; raises `Refused` where it is none that is measured."""
    model = loop.model
    index = model.index.get(name)
    if index is None or model.channels[index].kind is not Kind.MEASURED:
        names = [channel.name for channel in model.measured]
        raise Refused("serve.no-measured", name=name, hint=did_you_mean(name, names))
    return index, model.channels[index]


def _point(session: _Session, found: Comparison, number: int) -> Point:
    unit = session.channel.unit
    return Point(
        name=f"{session.request.purpose}.{session.channel.name}",
        repeat=number,
        approach=NO_APPROACH,
        start_ns=found.mean.start_ns,
        end_ns=found.mean.end_ns,
        valid=True,
        remarks=(f"reference: {unit.shown(found.reference, 7)}",),
    )


def _told(session: _Session, found: Comparison) -> Message:
    channel, applied = session.channel, session.request.applied.strip()
    unit = channel.unit
    reference = unit.shown(found.reference, 6)
    tolerance = {"tolerance": _amount(channel, found.tolerance)}
    verdict = Message("maintenance.not-stated")
    if found.is_passed is not None:
        verdict = Message("maintenance.outside", tolerance)
    if found.is_passed:
        verdict = Message("maintenance.within", tolerance)
    about: dict[str, object] = {
        "channel": channel.name,
        "reference": f"{reference} ({applied})" if applied else reference,
        "shown": unit.shown(found.mean.value, 6),
        "error": _amount(channel, found.error),
        "share": _percent(found.error_of_span),
        "verdict": verdict,
        "values": {
            "reference_si": found.reference,
            "shown_si": found.mean.value,
            "scatter_si": found.mean.scatter,
            "count": float(found.mean.count),
            "tolerance_si": found.tolerance,
        },
    }
    return Message("maintenance.compared", about)


def _amount(channel: Channel, difference: float) -> str:
    """Return a difference (SI) of values of a channel as text."""
    unit = channel.unit
    label = "K" if unit.offset else unit.label
    return f"{difference / unit.factor:.4g} {label}".rstrip()


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{share:+.3%}"
