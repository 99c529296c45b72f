"""What every running step has, and what it says of itself."""

from __future__ import annotations

from enum import Enum
from typing import Protocol, runtime_checkable

from bench.control.saved import Work
from bench.control.stage import Stage


class Outcome(Enum):
    """How a step is getting on."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    HOLD = "hold"
    """Done, but the operator has to look before the next step."""
    PLANNED_STOP = "planned-stop"
    """Done, and the run file ends here."""


class Runner(Protocol):
    """One running step."""

    @property
    def phase(self) -> str:
        """What it is doing, for the progress display: ``1/3``, ``4 of 5 steady``."""
        ...

    def tick(self, stage: Stage, time: int) -> Outcome:
        """Advance by one scan."""
        ...

    def interrupt(self) -> None:
        """Learn that the sequence was held."""
        ...

    def save(self) -> Work:
        """Return what it needs to go on; empty where it begins anew."""
        ...

    def restore(self, work: Work) -> None:
        """Go on from what `save` gave, instead of beginning.

        Raises:
            KeyError, TypeError, ValueError: it is of another step.
        """
        ...


@runtime_checkable
class Resting(Protocol):
    """A running step that may change nothing for a long time."""

    def rests_for(self, time: int) -> int:
        """Return for how long it changes nothing by itself, ns, from the newest scan on.

        Args:
            time: The sequence's own time of that scan, ns.
        """
        ...


def timed_out(otherwise: str) -> Outcome:
    """Return what follows a timeout: ``stop``, ``hold`` or ``continue``."""
    return {"stop": Outcome.FAILED, "hold": Outcome.HOLD}.get(otherwise, Outcome.DONE)
