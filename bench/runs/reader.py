"""Read a run: nothing is loaded before it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from bench.errors import RunFileError, did_you_mean
from bench.messages import Message
from bench.record.disk.locks import Purpose, held
from bench.record.port import SCAN, Event, StepRecord
from bench.runs.interruptions import ClockStep, Gap, Window, clock_steps_of, gaps_of
from bench.runs.run_source import RunSource
from bench.runs.samples import RunChannel
from bench.runs.stored_records import RecordsOfRun
from bench.runs.timeline import Timeline


class Run(RecordsOfRun):
    """An open run, of one file or several parts; a context manager. `open_run` makes one.

    It shows one moment: of a run that is still recorded, `refresh` shows the next one. Channels
    that were taken before keep showing the old one.
    """

    def __init__(self, source: RunSource, findings: tuple[Message, ...] = ()) -> None:
        super().__init__(source)
        self._source = source
        self._findings = findings
        self._channels: dict[str, RunChannel] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the files; again: does nothing."""
        self._source.close()

    def __len__(self) -> int:
        """Return the number of scans."""
        return len(self.timeline)

    @property
    def path(self) -> Path:
        """The run file; of a run in parts, where the first one is or was."""
        return self._source.path

    @property
    def parts(self) -> tuple[Path, ...]:
        """The files that are there, in order."""
        return tuple(part.path for part in self._source.parts)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the channels, in the order of the groups (the scan first) and rows."""
        return self._source.index.names

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups of channels, the scan first."""
        return self._source.group_names

    @property
    def timeline(self) -> Timeline:
        """The times of all scans."""
        return self._source.group(SCAN).timeline

    def channel(self, name: str) -> RunChannel:
        """Return a channel.

        Raises:
            RunFileError: there is none of that name (names the nearest one), or it is damaged.
        """
        if name not in self._channels:
            if name not in self._source.index:
                hint = did_you_mean(name, self.names)
                raise RunFileError("runs.no-channel", path=self.path, channel=name, hint=hint)
            place = self._source.place(name)
            rows = self._source.group(place.group)
            self._channels[name] = RunChannel(place, rows, self._source.records, self._source.guard)
        return self._channels[name]

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Where rows are missing: pauses, lost rows, missing parts; in the order of time.

        Raises:
            RunFileError: the file is damaged there.
        """
        return gaps_of(self._source)

    @property
    def clock_steps(self) -> tuple[ClockStep, ...]:
        """Where the wall clock was set; the times of rows are not touched by it.

        Raises:
            RunFileError: the file is damaged there.
        """
        return clock_steps_of(self._source)

    @property
    def findings(self) -> tuple[Message, ...]:
        """What is wrong with the run, though it can be read: a missing part, a damaged log."""
        return (*self._findings, *self._source.findings)

    @property
    def state(self) -> str:
        """``recording`` (also of a run that broke off), ``closed`` or ``recovered``."""
        return self._source.parts[-1].state

    @property
    def is_growing(self) -> bool:
        """Whether a program records it at this moment."""
        return self._source.parts[-1].is_recording and held(self.path, Purpose.RECORDING)

    def refresh(self) -> None:
        """Show what was recorded up to now.

        Raises:
            RunFileError: the file is gone or damaged.
        """
        self._source.refresh()
        self._channels.clear()

    def during(self, step: StepRecord | str) -> Window:
        """Return when a step ran; given by its id, the last time it did.

        Raises:
            RunFileError: no step of that id has ended.
        """
        found = self._source.records.step(step)
        return Window(found.start_ns, found.end_ns)

    def around(self, event: Event, before_ns: int, after_ns: int) -> Window:
        """Return the time from so long before an event to so long after it."""
        return Window(event.time_ns - before_ns, event.time_ns + after_ns)
