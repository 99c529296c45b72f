"""Which channels and which time of a run are exported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from bench.clock import SECOND
from bench.errors import RunFileError, did_you_mean
from bench.runs.reader import Run
from bench.runs.samples import RunChannel
from bench.units import Quantity, UnitError, quantity, unit

_ISO = re.compile(
    r"(?P<whole>\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?)"
    r"(?:[.,](?P<rest>\d{1,9}))?(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)

_DAY = len("2026-01-31")


@dataclass(frozen=True)
class Selection:
    """Channels of a run in a window of time."""

    channels: tuple[RunChannel, ...]
    """The channels, in the order of the run."""
    zero_ns: int
    """Monotonic time at which the run began."""
    start_ns: int | None
    """First moment, monotonic; None: the first row."""
    end_ns: int | None
    """Last moment, included; None: the last row."""

    @property
    def groups(self) -> dict[str, tuple[RunChannel, ...]]:
        """Group → its channels, in the order of the run."""
        found: dict[str, list[RunChannel]] = {}
        for channel in self.channels:
            found.setdefault(channel.group, []).append(channel)
        return {name: tuple(channels) for name, channels in found.items()}

    def without_traces(self) -> Selection:
        """Return it without the groups of whole traces per row, where others are left."""
        wide = {each.group for each in self.channels if each.as_stored.width > 1}
        left = tuple(each for each in self.channels if each.group not in wide)
        return replace(self, channels=left) if left else self


def select(
    run: Run,
    patterns: Sequence[str] = (),
    start: str | None = None,
    end: str | None = None,
    *,
    incident: int | None = None,
) -> Selection:
    """Return the channels that match patterns, from one moment to another.

    Args:
        run: the run.
        patterns: names, with ``*``, ``?`` and ``[…]``; those that begin with ``!`` take out what
            they match. None at all, or only such: all channels.
        start: time since the start of the run (``120 s``, ``2 h``), a time of day (ISO 8601, UTC
            unless it says otherwise) or the id of a step, whose start is meant; None: the start.
        end: the same; of a step its end is meant. None: the end.
        incident: number of an incident: its whole window, instead of `start` and `end`.

    Raises:
        RunFileError: a pattern matches nothing, a text is no time, the end is before the start,
            there are no rows between them, or no such incident.
    """
    names = _chosen(run, patterns)
    channels = tuple(run.channel(name) for name in names)
    if incident is not None:
        begin, last = _window_of(run, incident, start, end)
    else:
        begin = None if start is None else _moment(run, start, is_end=False)
        last = None if end is None else _moment(run, end, is_end=True)
    found = Selection(channels, run.header.start_ns, begin, last)
    if begin is not None or last is not None:
        _check_window(run, found, start or "", end or "")
    return found


def _window_of(run: Run, number: int, start: str | None, end: str | None) -> tuple[int, int]:
    """Return first and last moment of an incident."""
    if start is not None or end is not None:
        raise RunFileError("export.incident-alone")
    for incident in run.incidents:
        if incident.number == number:
            return incident.start_ns, incident.end_ns
    known = ", ".join(str(each.number) for each in run.incidents) or "–"
    raise RunFileError("export.no-incident", path=run.path, number=number, known=known)


def duration_ns(text: str) -> int:
    """Return the nanoseconds of a duration: ``100 ms``, ``2 h``.

    Raises:
        RunFileError: no duration, or shorter than a nanosecond.
    """
    found = _time_quantity(text)
    nanoseconds = 0 if found is None else round(found.value * SECOND)
    if nanoseconds < 1:
        raise RunFileError("export.no-duration", text=text)
    return nanoseconds


def _chosen(run: Run, patterns: Iterable[str]) -> tuple[str, ...]:
    """Return the names that match, in the order of the run."""
    wanted = [each for each in patterns if not each.startswith("!")]
    unwanted = [each[1:] for each in patterns if each.startswith("!")]
    known = frozenset(run.names)
    chosen: set[str] = set() if wanted else set(known)
    for pattern in wanted:
        found = _matching(pattern, known)
        if not found:
            hint = did_you_mean(pattern, run.names)
            raise RunFileError("runs.no-channel", path=run.path, channel=pattern, hint=hint)
        chosen |= found
    for pattern in unwanted:
        chosen -= _matching(pattern, known)
    if not chosen:
        raise RunFileError("export.no-channels", path=run.path)
    return tuple(name for name in run.names if name in chosen)


def _matching(pattern: str, names: frozenset[str]) -> set[str]:
    """Return the names a pattern means; a whole name always means itself."""
    return {pattern} if pattern in names else {n for n in names if fnmatchcase(n, pattern)}


def _moment(run: Run, text: str, *, is_end: bool) -> int:
    """Return the monotonic time a text means."""
    if any(step.id == text for step in run.steps):
        window = run.during(text)
        return window.end_ns if is_end else window.start_ns
    header = run.header
    iso = _ISO.fullmatch(text.strip())
    if iso is not None:
        return header.start_ns + _utc_ns(iso, text) - header.start_utc_ns
    found = _time_quantity(text)
    if found is None:
        raise RunFileError("export.no-time", text=text)
    return header.start_ns + round(found.value * SECOND)


def _time_quantity(text: str) -> Quantity | None:
    try:
        found = quantity(text)
    except UnitError:
        return None
    return found if found.unit.converts_to(unit("s")) else None


def _utc_ns(iso: re.Match[str], text: str) -> int:
    """Return a time of day in ns since 1970-01-01T00:00:00Z."""
    try:
        day_or_moment = iso["whole"] if len(iso["whole"]) > _DAY else f"{iso['whole']}T00:00"
        moment = datetime.fromisoformat(day_or_moment + (iso["zone"] or "Z"))
    except ValueError as error:
        raise RunFileError("export.no-time", text=text) from error
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    rest = (iso["rest"] or "").ljust(9, "0")
    return (since.days * 86_400 + since.seconds) * SECOND + int(rest)


def _check_window(run: Run, selection: Selection, start: str, end: str) -> None:
    begin, last = selection.start_ns, selection.end_ns
    if begin is not None and last is not None and last < begin:
        raise RunFileError("export.end-before-start", start=start, end=end)
    for gap in run.gaps:
        if gap.end_ns < gap.start_ns:
            raise RunFileError("export.backwards", path=run.path)
    timelines = [channel.rows.timeline for channel in selection.channels]
    filled = [each for each in timelines if len(each)]
    if filled and all(w.start == w.stop for w in (each.window(begin, last) for each in filled)):
        first = min(each[0] for each in filled) - selection.zero_ns
        final = max(each[-1] for each in filled) - selection.zero_ns
        raise RunFileError(
            "export.no-rows",
            path=run.path,
            first=f"{first / SECOND:.9g} s",
            last=f"{final / SECOND:.9g} s",
        )
