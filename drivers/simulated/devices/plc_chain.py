"""The safety chain of the simulated PLC: what trips it, what it holds on and off.

From its manual (drivers/canbus/dbc/README.md, part 2).
"""

from __future__ import annotations

from dataclasses import dataclass

from bench.clock import MILLISECOND, NEVER, SECOND
from drivers.simulated.devices.plc_detectors import NO_GAS, Detectors
from drivers.simulated.devices.plc_objects import ObjectSet

NONE, EMERGENCY_STOP, HEARTBEAT_LOST, VENTILATION = 0, 1, 2, 5

_FLOW_TIMEOUT = 2 * SECOND
_LONGEST_BUMP_TEST = 900 * SECOND


@dataclass
class Inputs:
    """What the PLC knows of the cell, by its last look."""

    is_stopped: bool = False
    has_flow: bool = True
    no_flow_since: int = NEVER - _FLOW_TIMEOUT
    is_key_turned: bool = False
    wants_reset: bool = False
    """Whether the key was turned since the chain was judged last."""
    bump_since: int = NEVER
    """When the key of the bump test was turned."""

    def see_flow(self, now: int, *, has_flow: bool) -> None:
        """Take the flow switch."""
        self.has_flow = has_flow
        self.no_flow_since = NEVER - _FLOW_TIMEOUT if has_flow else min(self.no_flow_since, now)

    def see_reset(self, *, is_turned: bool) -> None:
        """Take the reset key."""
        self.wants_reset = is_turned and not self.is_key_turned
        self.is_key_turned = is_turned

    def see_bump_test(self, now: int, *, is_turned: bool) -> None:
        """Take the key of the bump test."""
        self.bump_since = min(self.bump_since, now) if is_turned else NEVER


class Chain:
    """The chain, for one kind of test object."""

    def __init__(self, detectors: Detectors, object_set: ObjectSet) -> None:
        self.inputs = Inputs()
        self.cause = NONE
        self.tripped_at = 0
        self.heard_at = -1
        """Time of the last heartbeat; -1: none yet."""
        self.is_on = {name: int(name in object_set.powered_up) for name in object_set.switched}
        self.ventilation = 1.0
        self.heartbeat_timeout = 500 * MILLISECOND
        """Silence of the bench, ns."""
        self._object = object_set
        self._detectors = detectors

    def is_beating(self, now: int) -> bool:
        """Return whether the bench is alive."""
        return self.heard_at >= 0 and now < self.heard_at + self.heartbeat_timeout

    def is_bump_test(self, now: int) -> bool:
        """Return whether test gas is let to the detectors: nothing is on, nothing may be."""
        since = self.inputs.bump_since
        is_turned = since <= now < since + _LONGEST_BUMP_TEST
        return is_turned and self.cause == NONE and not self._is_energised()

    def gas_alarm(self, now: int) -> int:
        """Return which gas votes for the alarm; none while test gas is let to a detector."""
        alarm = self._detectors.alarm
        return NO_GAS if alarm == NO_GAS or self.is_bump_test(now) else alarm

    def has_permit(self, now: int) -> bool:
        """Return whether anything may be switched on."""
        return (
            self.cause == NONE
            and self.is_beating(now)
            and self.inputs.has_flow
            and not self.inputs.is_stopped
            and self._detectors.alarm == NO_GAS
            and not self.is_bump_test(now)
        )

    def may_switch_on(self, name: str, now: int) -> bool:
        """Return whether an output may be switched on."""
        fuel, free = self._object.switched[0], self._object.free
        if name == free:
            is_excluded = self._object.is_exclusive and self.is_on[fuel]
            return self.cause == NONE and not is_excluded and not self.is_bump_test(now)
        if name == fuel and self._object.is_exclusive and self.is_on[free]:
            return False
        return self.has_permit(now)

    def ventilate(self, share: float, now: int) -> bool:
        """Take a request for ventilation; return whether it is followed."""
        is_forced = self.cause != NONE or self.gas_alarm(now) != NO_GAS
        self.ventilation = 1.0 if is_forced else share
        return not is_forced or share == 1.0

    def present_cause(self, now: int) -> int:
        """Return what would trip the chain now."""
        if self.inputs.is_stopped:
            return EMERGENCY_STOP
        gas = self.gas_alarm(now)
        if gas != NO_GAS:
            return gas
        if self.ventilation > 0 and now >= self.inputs.no_flow_since + _FLOW_TIMEOUT:
            return VENTILATION
        if self.cause == NONE and not self.is_beating(now) and self._is_energised():
            return HEARTBEAT_LOST
        return NONE

    def evaluate(self, now: int) -> None:
        """Trip, follow the trip's sequence, or be reset."""
        cause = self.present_cause(now)
        wants_reset, self.inputs.wants_reset = self.inputs.wants_reset, False
        if self.cause == NONE:
            if cause == NONE:
                return
            self.cause, self.tripped_at = cause, now
            self.ventilation = 1.0
        elif wants_reset and cause == NONE:
            self.cause = NONE
            for name in self.is_on.keys() - self._object.kept:
                self.is_on[name] = 0
            return
        self._go_on(now)

    def due(self) -> int:
        """Return when the chain changes by itself next."""
        if self.cause != NONE:
            return NEVER
        return self.heard_at + self.heartbeat_timeout if self._is_energised() else NEVER

    def _is_energised(self) -> bool:
        return any(map(self.is_on.__getitem__, self._object.watched))  # asked in every step: quick

    def _go_on(self, now: int) -> None:
        """Hold what the trip wants by now, whatever is requested."""
        since = now - self.tripped_at
        self.is_on.update(self._object.at_once)
        self.is_on.update(
            {name: state for after, name, state in self._object.later if since >= after}
        )
