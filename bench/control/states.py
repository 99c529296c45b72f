"""The states of a bench, and the one table of what leads from which to which.

::

    OFF ─connect─▶ MONITOR ─checked─▶ READY ─▶ MANUAL ⇄ AUTOMATIC ⇄ HOLDING
                      ▲                          │         │           │
                      └────── SAFE ◀─────────── STOPPING ◀─┴───────────┘
                       leave   ▲ reset: operator, chain closed by hand
                            TRIPPED (the hardwired chain opened; software only observes)

What a limit has run beside the sequence (a recovery, the unload) runs in AUTOMATIC; after an unload
the bench is HOLDING.

Where no run has the bench (MONITOR, READY, SAFE), a person, and nothing else, may have the object
made safe: it may move though this program has demanded nothing of it. In TRIPPED that is the hard
stop, on what the chain leaves to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from bench.errors import Refused


class State(Enum):
    """What the bench is doing."""

    OFF = "off"
    """No instrument is connected."""
    MONITOR = "monitor"
    """Measures; nothing may actuate."""
    READY = "ready"
    """Connected and checked; waits for a start."""
    MANUAL = "manual"
    """One operator gives demands."""
    AUTOMATIC = "automatic"
    """The sequence owns the demands."""
    HOLDING = "holding"
    """The sequence is held."""
    STOPPING = "stopping"
    """A safe sequence runs."""
    SAFE = "safe"
    """Every demand is at its safe value."""
    TRIPPED = "tripped"
    """The hardwired chain is open."""

    __hash__ = object.__hash__  # each is there once; an enum's own is a call, each time it is asked


class Cause(Enum):
    """What happened."""

    CONNECT = "connect"
    CHECKED = "checked"
    UNREADY = "unready"
    START = "start"
    TAKE_OVER = "take-over"
    HAND_BACK = "hand-back"
    HOLD = "hold"
    RESUME = "resume"
    RECOVER = "recover"
    UNLOAD = "unload"
    COMPLETE = "complete"
    SOFT_STOP = "soft-stop"
    HARD_STOP = "hard-stop"
    PEOPLE_FIRST = "people-first"
    """A person gives the object up so that nobody is hurt."""
    MAKE_SAFE = "make-safe"
    """A person wants the object's safe sequence where no run has the bench."""
    STOPPED = "stopped"
    TRIP = "trip"
    RESET = "reset"
    LEAVE = "leave"
    DISCONNECT = "disconnect"


_S, _C = State, Cause
TRANSITIONS: Mapping[tuple[State, Cause], State] = {
    (_S.OFF, _C.CONNECT): _S.MONITOR,
    (_S.MONITOR, _C.CHECKED): _S.READY,
    (_S.READY, _C.UNREADY): _S.MONITOR,
    (_S.READY, _C.START): _S.AUTOMATIC,
    (_S.READY, _C.TAKE_OVER): _S.MANUAL,
    (_S.AUTOMATIC, _C.TAKE_OVER): _S.MANUAL,
    (_S.HOLDING, _C.TAKE_OVER): _S.MANUAL,
    (_S.MANUAL, _C.HAND_BACK): _S.HOLDING,
    (_S.AUTOMATIC, _C.HOLD): _S.HOLDING,
    (_S.HOLDING, _C.RESUME): _S.AUTOMATIC,
    **{
        (state, cause): _S.AUTOMATIC
        for state in (_S.MANUAL, _S.AUTOMATIC, _S.HOLDING)
        for cause in (_C.RECOVER, _C.UNLOAD)
    },
    (_S.AUTOMATIC, _C.COMPLETE): _S.STOPPING,
    **{
        (state, cause): _S.STOPPING
        for state in (_S.MANUAL, _S.AUTOMATIC, _S.HOLDING, _S.STOPPING)
        for cause in (_C.SOFT_STOP, _C.HARD_STOP, _C.PEOPLE_FIRST)
    },
    **{(state, _C.MAKE_SAFE): _S.STOPPING for state in (_S.MONITOR, _S.READY, _S.SAFE)},
    (_S.TRIPPED, _C.MAKE_SAFE): _S.TRIPPED,
    (_S.STOPPING, _C.STOPPED): _S.SAFE,
    (_S.SAFE, _C.LEAVE): _S.MONITOR,
    **{(state, _C.TRIP): _S.TRIPPED for state in State if state not in (_S.OFF, _S.TRIPPED)},
    (_S.TRIPPED, _C.RESET): _S.SAFE,
    (_S.MONITOR, _C.DISCONNECT): _S.OFF,
    (_S.READY, _C.DISCONNECT): _S.OFF,
    (_S.SAFE, _C.DISCONNECT): _S.OFF,
    (_S.TRIPPED, _C.DISCONNECT): _S.OFF,
}
"""(state, cause) → next state; what is not here does not happen."""

ACTUATING = frozenset({State.MANUAL, State.AUTOMATIC, State.HOLDING, State.STOPPING})
"""States in which demands may reach an instrument."""

LOADABLE = frozenset({State.MONITOR, State.READY, State.SAFE, State.TRIPPED})
"""States in which one programme may be swapped for another."""


def next_state(state: State, cause: Cause) -> State:
    """Return where a cause leads from a state.

    Raises:
        Refused: it leads nowhere from here.
    """
    found = TRANSITIONS.get((state, cause))
    if found is None:
        raise Refused("control.no-transition", state=state.value, cause=cause.value)
    return found
