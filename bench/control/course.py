"""Which of a plan's sequences runs: the protocol, what runs beside it for a time, or a stop."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from bench.control.easing import Easing
from bench.control.left_stop import LeftStop, demands_of_stop
from bench.control.outcome import Outcome
from bench.control.position import Position
from bench.control.reentry import resumption
from bench.control.saved import Saved
from bench.control.sequencer import Sequencer, StepDiary
from bench.control.stage import Question, Stage
from bench.plan import Plan, SequenceNode


class Phase(Enum):
    """Which sequence runs."""

    NONE = ""
    """None."""
    RE_ENTRY = "re-entry"
    """From the safe state to where a run that was cut off goes on."""
    SEQUENCE = "sequence"
    """The protocol."""
    RECOVERY = "recovery"
    """What puts right what a limit found."""
    UNLOAD = "unload"
    """To idle or least load."""
    SOFT_STOP = "soft-stop"
    """The object's soft stop."""
    HARD_STOP = "hard-stop"
    """The object's hard stop."""
    PEOPLE_FIRST = "people-first"
    """The object is given up so that nobody is hurt."""


STOPS = frozenset({Phase.SOFT_STOP, Phase.HARD_STOP, Phase.PEOPLE_FIRST})
"""Those that make the object safe."""


class Course:
    """The sequences of one run."""

    def __init__(self, plan: Plan, stage: Stage, diary: StepDiary, easing: Easing) -> None:
        self.phase = Phase.NONE
        """Which sequence runs, or is held."""
        self.sequence: Sequencer | None = None
        """The protocol, once it has begun."""
        self.is_returning = False
        """Whether the demands are on their way back to where the sequence had them."""
        self.easing = easing
        """What the demands do meanwhile."""
        self._aside: Sequencer | None = None
        self._saved: Saved | None = None
        self._demanded: Mapping[str, float] = {}  # where it was saved, by name
        self.halted: Mapping[str, Any] = {}
        """Where the protocol was when a stop began, and with which demands; empty: none has."""
        self._question: Question | None = None  # of the protocol, while something else runs
        self._plan = plan
        self._stage = stage
        self._diary = diary

    @property
    def running(self) -> Sequencer | None:
        """The sequence that runs, or is held."""
        return self.sequence if self._aside is None else self._aside

    @property
    def is_aside(self) -> bool:
        """Whether something runs in the place of the protocol."""
        return self._aside is not None

    @property
    def rests_for(self) -> int:
        """For how long the protocol changes nothing by itself, ns; 0: it may with the next scan."""
        if self.phase is not Phase.SEQUENCE or self.is_aside or self.is_returning:
            return 0
        is_asking = self._stage.question is not None
        return 0 if self.sequence is None or is_asking else self.sequence.rests_for

    @property
    def may_go_on(self) -> bool:
        """Whether there is a sequence to go on with."""
        return self.phase in (Phase.SEQUENCE, Phase.RE_ENTRY)

    def begin(self, saved: Saved | None, demanded: Mapping[str, float]) -> None:
        """Begin the protocol, or the re-entry that leads to where it was saved.

        Args:
            saved: Where it goes on; None: at its beginning.
            demanded: What was demanded there, by name, SI.

        Raises:
            Refused: it cannot go on from there; nothing begins.
        """
        if saved is None:
            self.phase = Phase.SEQUENCE
            self.sequence = Sequencer(self._plan.root, self._stage, self._diary)
            return
        way = resumption(self._plan, self._stage.demands.points, saved, demanded)
        self._saved, self._demanded = way.saved, way.demands
        if way.re_entry is not None:
            self.phase = Phase.RE_ENTRY
            self._aside = Sequencer(way.re_entry, self._stage, self._diary)
        else:
            self._re_enter()

    def turn_to(self, phase: Phase, root: SequenceNode, *, perseveres: bool) -> None:
        """Have something else run in the place of the protocol."""
        if self._aside is None:
            self.interrupt()
            self._question, self._stage.question = self._stage.question, None
        self._leave_aside()
        self.phase = phase
        self._aside = Sequencer(root, self._stage, self._diary, perseveres=perseveres)

    def turn_back(self) -> None:
        """End what runs in the place of the protocol, which goes on once its demands are back."""
        self._leave_aside()
        if self.phase is Phase.RE_ENTRY:
            self._re_enter()
            return
        self._stage.question, self._question = self._question, None
        self.phase = Phase.NONE if self.sequence is None else Phase.SEQUENCE
        self.is_returning = True

    def end(self, phase: Phase, root: SequenceNode, left: LeftStop | None = None) -> None:
        """End all that runs for good, and run a stop.

        Args:
            phase: Which stop it is.
            root: Its steps.
            left: Where it goes on: what it had demanded itself is demanded again first, no
                steeper than the rig allows; None: at its beginning.

        Raises:
            Refused: it was left in another stop; nothing runs then.
        """
        # Only a soft stop is gone on with. A hard one must depend on nothing, least of all on the
        # step that may be why it stops.
        keeps_place = phase is Phase.SOFT_STOP and not self.halted
        if keeps_place and (self.sequence or self._saved) is not None:
            self.halted = {"position": self.saved(), "demands": dict(self.kept_demands())}
        self._leave_aside()
        if self.sequence is not None:
            self.sequence.abandon()
        self.easing.forget()
        self.is_returning = False
        self.phase = phase
        self._stage.question = None
        saved = None if left is None else left.saved
        if left is not None:
            points = self._stage.demands.points
            self.easing.keep_named(demands_of_stop(root, left, points))
            self.is_returning = True
        self._aside = Sequencer(root, self._stage, self._diary, perseveres=True, saved=saved)

    def interrupt(self) -> None:
        """Hold what runs: its time stands still, and its demands are kept, until it goes on."""
        self.easing.keep()
        self.is_returning = False
        if self.running is not None:
            self.running.interrupt()

    def go_back(self) -> bool:
        """Take the demands one scan's step back; return whether what was held may go on."""
        self.is_returning = not self.easing.go_back()
        if not self.is_returning:
            self.easing.forget()
        return not self.is_returning

    def tick(self) -> Outcome:
        """Advance what runs by one scan."""
        if self.is_returning and not self.go_back():
            return Outcome.RUNNING
        if self.running is None:
            self.sequence = Sequencer(self._plan.root, self._stage, self._diary, saved=self._saved)
        running = self.running
        return Outcome.DONE if running is None else running.tick()

    @property
    def position(self) -> Position:
        """Where the running sequence is, for people."""
        return Position() if self.running is None else self.running.position

    def saved(self) -> Mapping[str, Any]:
        """Return where to go on: of a stop where it is, else of the protocol; plain values."""
        if self.phase in STOPS and self._aside is not None:
            return self._aside.saved().to_json()
        if self.sequence is not None:
            return self.sequence.saved().to_json()
        return {} if self._saved is None else self._saved.to_json()

    def _re_enter(self) -> None:
        """Have the demands go to where they were when the protocol was saved."""
        self.phase = Phase.SEQUENCE
        self.easing.keep_named(self._demanded)
        self.is_returning = True

    def kept_demands(self) -> Mapping[str, float]:
        """Return demand → value (SI) with which the protocol goes on, by name."""
        if self._saved is not None and self.sequence is None:
            return self._demanded
        return self.easing.named()

    def _leave_aside(self) -> None:
        if self._aside is not None:
            self._aside.abandon()
        self._aside = None
