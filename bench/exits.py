"""What the exit code of `h2bench` says."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes; 2 is kept for a command line that cannot be read."""

    PASS = 0
    """The criterion is met, or nothing was to be judged and the run is complete."""
    FAIL = 1
    """The criterion is missed."""
    USAGE = 2
    """The command line cannot be read."""
    NOT_SHOWN = 3
    """Neither met nor missed can be shown."""
    REFUSED = 4
    """Refused before start; nothing moved."""
    LIMIT = 5
    """Stopped by a limit; the safe sequence ran."""
    OPERATOR = 6
    """Stopped by the operator; the safe sequence ran."""
    STOPPED = 7
    """Stopped because a step could not be done; the safe sequence ran."""
    INTERNAL = 70
    """An error inside h2bench."""
