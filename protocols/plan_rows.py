"""What a plan of a hydrogen engine will do, as rows: its demands over the expected time.

Nothing is run. Demands are taken to be followed at once, and the coolant to come near its setpoint
while a step waits; the exhaust temperature is not known, since no demand says it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Final

import numpy as np

from analysis.checks import FloatArray
from bench.model import BenchModel
from bench.plan import (
    CycleNode,
    HoldNode,
    MeasureNode,
    Node,
    PlannedStopNode,
    RampNode,
    RepeatNode,
    SequenceNode,
    SetNode,
    StabiliseNode,
    Value,
    WaitNode,
)
from protocols.engine_mechanisms import EngineRows, MechanismPart, joined, nothing, part_of
from protocols.mechanism_table import MechanismSettings

AMBIENT: Final = 293.15
"""What the coolant comes to in a planned stop, K (engineering default)."""
WARMING: Final = 10.0
"""A shorter step changes no coolant temperature, s (engineering default)."""
NEAR: Final = 3.0
"""How near the coolant comes to its setpoint before a step goes on, K (engineering default)."""
EFFICIENCY: Final = 0.40
"""Brake thermal efficiency of the estimate (engineering default)."""
HEATING_VALUE: Final = 119.96e6
"""Lower heating value of hydrogen, J/kg (ISO 6976)."""
_RAMP_ROWS: Final = 10
_ON_SPEED: Final = frozenset({"n/T", "T/n", "n/alpha", "motor"})


class PlanRows:
    """Walks through a plan, step by step, and keeps what its demands are."""

    def __init__(self, model: BenchModel, settings: MechanismSettings) -> None:
        """Begin with the object safe and cold."""
        self._model = model
        self._settings = settings
        self._demands = {demand.name: demand.safe for demand in model.demands}
        self._coolant = AMBIENT

    def part(self, node: Node) -> MechanismPart:
        """Return what a step will wear, and go on to its end."""
        if node.head.when is not None and node.head.estimate.seconds == 0.0:
            return nothing(self._settings)  # a step that is not expected to be its turn
        if isinstance(node, SequenceNode):
            return self._together(node.body)
        if isinstance(node, RepeatNode):
            return self._repeated(node)
        return part_of(self._rows(node), self._settings)

    def _together(self, nodes: Sequence[Node]) -> MechanismPart:
        return reduce(joined, (self.part(node) for node in nodes), nothing(self._settings))

    def _repeated(self, node: RepeatNode) -> MechanismPart:
        """Return all passes: the first one begins elsewhere, all others where one ended."""
        first = self._together(node.body)
        if node.times < 2:
            return first
        return joined(first, _times(self._together(node.body), node.times - 1))

    def _rows(self, node: Node) -> EngineRows:
        seconds = node.head.estimate.seconds
        if isinstance(node, SetNode):
            for index, value in node.values:
                self._demand(index, value)
            return self._held(0.0)
        if isinstance(node, RampNode):
            return self._ramped(node)
        if isinstance(node, CycleNode):
            return self._cycled(node)
        if isinstance(node, HoldNode | MeasureNode | StabiliseNode | WaitNode):
            return self._held(seconds, warms=seconds >= WARMING)
        if isinstance(node, PlannedStopNode):
            rows = self._held(seconds)
            self._coolant = AMBIENT
            return rows
        return self._held(seconds)

    def _held(self, seconds: float, *, warms: bool = False) -> EngineRows:
        before = self._coolant
        if warms:
            wanted = self._demands.get("coolant.setpoint", before)
            self._coolant += math.copysign(max(abs(wanted - before) - NEAR, 0.0), wanted - before)
        state = {name: np.full(2, value) for name, value in self._demands.items()}
        return self._engine(state, np.array([seconds, 0.0]), np.array([before, self._coolant]))

    def _ramped(self, node: RampNode) -> EngineRows:
        before = dict(self._demands)
        for target in node.targets:
            self._demand(target.demand, target.to)
        shares = np.linspace(0.0, 1.0, _RAMP_ROWS)
        state = {
            name: before[name] + shares * (after - before[name])
            for name, after in self._demands.items()
        }
        for name in before.keys() - {
            self._model.demands[each.demand].name for each in node.targets
        }:
            state[name] = np.full(_RAMP_ROWS, before[name])
        seconds = node.head.estimate.seconds
        held = np.full(_RAMP_ROWS, seconds / _RAMP_ROWS)
        return self._engine(state, held, np.full(_RAMP_ROWS, self._coolant))

    def _cycled(self, node: CycleNode) -> EngineRows:
        table = node.table
        times = np.arange(0.0, table.duration + 0.5)
        state = {name: np.full(times.size, value) for name, value in self._demands.items()}
        for column, index in node.columns.items():
            name = self._model.demands[index].name
            # shares of a full load that is measured in the run are not known before
            known = node.transform is None
            values = np.interp(times, table.times, table.columns[column])
            state[name] = values if known else np.full(times.size, math.nan)
            self._demands[name] = float(values[-1]) if known else math.nan
        held = np.full(times.size, table.duration / times.size)
        return self._engine(state, held, np.full(times.size, self._coolant))

    def _demand(self, index: int, value: Value) -> None:
        """Give a demand its new value; an expression is not known before the run."""
        name = self._model.demands[index].name
        self._demands[name] = value if isinstance(value, float | int) else math.nan

    def _engine(
        self, state: Mapping[str, FloatArray], held: FloatArray, coolant: FloatArray
    ) -> EngineRows:
        speed, torque = self._shaft(state)
        injection = self._model.demand_named("engine.injection")
        injecting = np.zeros(held.size, dtype=np.bool_)
        if injection is not None:
            injecting = state["engine.injection"] == injection.choices.index("on")
        return EngineRows(
            held=held,
            speed=speed,
            torque=torque,
            coolant=coolant,
            oil=coolant,
            exhaust=np.full(held.size, math.nan),
            injecting=injecting,
            fuel=np.maximum(speed * torque, 0.0) / (EFFICIENCY * HEATING_VALUE),
        )

    def _shaft(self, state: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
        """Return speed, rad/s, and torque, N m, of the demands in the mode of the dynamometer."""
        size = next(iter(state.values())).size
        idle = self._model.object.data.get("idle_speed", 0.0)
        word = self._mode(float(state["dyno.mode"][-1])) if "dyno.mode" in state else "n/T"
        speed = state.get("engine.speed", np.zeros(size))
        if word == "idle":
            return np.full(size, idle), np.zeros(size)
        if word not in _ON_SPEED:
            return np.zeros(size), np.zeros(size)
        if word == "motor":
            return speed, np.zeros(size)
        if word == "n/alpha":
            power = self._model.object.data.get("rated_power", math.nan)
            pedal = state.get("engine.pedal", np.zeros(size))
            return speed, pedal * power / np.maximum(speed, idle or 1.0)
        return speed, state.get("engine.torque", np.zeros(size))

    def _mode(self, value: float) -> str:
        demand = self._model.demand_named("dyno.mode")
        return "" if demand is None or not math.isfinite(value) else demand.shown(value)


def _times(part: MechanismPart, passes: int) -> MechanismPart:
    """Return so many of a part, one behind the other: doubled, not added up one by one."""
    found = nothing(part.settings)
    while passes:
        if passes % 2:
            found = joined(found, part)
        part = joined(part, part)
        passes //= 2
    return found
