"""A plant model behind the twins: one state, advanced on a fixed grid, whoever looks.

The grid makes a run independent of how often and in which order twins look at the plant: a
signal asked for between two grid times sees the state of the last one, an actuator works from
there on. Looking never advances time beyond the moment of the look.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from drivers.simulated.cycles import CycleModel

FaultValues = Mapping[str, float | str]
"""Parameters of a fault, SI; words as they are."""


class PlantModel(Protocol):
    """A kind of plant, as the simulated cell knows it; found by entry point ``h2bench.plants``."""

    def open(self, settings: Mapping[str, float], impurities: Mapping[str, float]) -> PlantInstance:
        """Return a plant.

        Args:
            settings: What differs from the model's own numbers, SI.
            impurities: True mole fractions of the fuel gas by species (``N2``).

        Raises:
            ConfigError: a setting the model does not have, or one out of range.
        """
        ...


class PlantInstance(Protocol):
    """One plant: its first state, and how it goes on."""

    @property
    def state(self) -> Any:
        """The state to begin with."""
        ...

    @property
    def inputs(self) -> Any:
        """The inputs to begin with."""
        ...

    def advance(self, state: Any, inputs: Any, dt: float) -> Any:
        """Return the state ``dt`` seconds later."""
        ...

    def quantity(self, name: str) -> Callable[[Any], float]:
        """Return what reads a quantity (SI) off a state.

        Raises:
            ConfigError: no such quantity.
        """
        ...

    def profile(self, name: str) -> Callable[[Any], NDArray[np.float64]]:
        """Return what reads many values of one kind (SI) off a state, in their order.

        Raises:
            ConfigError: no such profile.
        """
        ...

    def response(self, name: str) -> Callable[[Any, float], complex]:
        """Return what reads an answer to a small sine off a state, by frequency (Hz); SI.

        Raises:
            ConfigError: no such response.
        """
        ...

    def cycles(self, name: str) -> CycleModel:
        """Return what offers the working cycles of a cylinder.

        Raises:
            ConfigError: no such cycles.
        """
        ...

    def calm(self, state: Any, inputs: Any) -> float:
        """Return how long (s) one step may be until something moves notably; 0: no such step."""
        ...

    def memory(self, state: Any) -> Mapping[str, float]:
        """Return the settings with which a plant opened later goes on ageing where a state is.

        They are taken over all others (``settings | memory``). Empty: it is opened as new.
        """
        ...

    def actuators(self) -> Sequence[str]:
        """Return the names of what can be acted on."""
        ...

    def actuated(self, inputs: Any, name: str, value: float) -> Any:
        """Return the inputs with one of them changed (SI; booleans as 0 and 1)."""
        ...

    def faults(self) -> Sequence[str]:
        """Return the kinds of fault it can suffer."""
        ...

    def logged(self) -> Logged:
        """Return what its own log shows."""
        ...

    def disturbed(self, inputs: Any, faults: Mapping[str, FaultValues]) -> Any:
        """Return the inputs with these faults, by kind, and no others."""
        ...


@dataclass(frozen=True)
class Logged:
    """What a plant's own log shows, and what it counts."""

    shown: Mapping[str, Callable[[Any], float]]
    """Column → what reads it off a state, SI."""
    switch_names: Sequence[str]
    """Columns of the switches."""
    switches: Callable[[Any], tuple[object, ...]]
    """Reads them off the inputs; a change of any writes a line."""
    is_running: Callable[[Any], bool]
    """Whether a state counts as running."""
    is_started: Callable[[Any], bool]
    """Whether inputs start it: a start is counted where it becomes true."""
    power: Callable[[Any], float]
    """Useful power of a state, W."""


@dataclass(frozen=True)
class Truth:
    """The plant at one moment."""

    time: int
    """Time of the bench, ns: that of the wires, and what was leapt over."""
    state: Any
    """State, as the plant model defines it."""


class PlantHost:
    """Keeps one plant at the time of whoever looks; safe to be shared by threads."""

    def __init__(self, plant: PlantInstance, step: int, start: int) -> None:
        """Begin at a time (ns), with a grid of so many ns."""
        self.plant = plant
        self.state: Any = plant.state
        """State at the last grid time."""
        self.inputs: Any = plant.inputs
        """Inputs in force."""
        self.watchers: list[Callable[[Truth], None]] = []
        """Called after every step; tests watch the truth here, nothing that judges may."""
        self._step = step
        self._seconds = step / 1e9
        self.next = start + step
        """Next grid time on the wires, ns; until then `state` is what `at` returns."""
        self.leapt = 0
        """What it leapt over so far, ns: the bench's time is that of the wires and this."""
        self._lock = threading.Lock()

    def at(self, now: int) -> Any:
        """Return the state at the last grid time not after ``now``."""
        if now < self.next:
            return self.state
        with self._lock:
            while now >= self.next:
                self.state = self.plant.advance(self.state, self.inputs, self._seconds)
                for watcher in self.watchers:
                    watcher(Truth(self.next + self.leapt, self.state))
                self.next += self._step
        return self.state

    def leap(self, wished: int) -> int:
        """Let the plant go on by so many ns while the time of the wires stands still.

        Returns:
            By how many ns it went on: at most what was wished, at most while it is calm; 0 where
            that is no longer than an ordinary step.
        """
        with self._lock:
            calm = self.plant.calm(self.state, self.inputs)
            done = min(wished, int(calm * 1e9))
            if done <= self._step:
                return 0
            self.state = self.plant.advance(self.state, self.inputs, done / 1e9)
            self.leapt += done
            truth = Truth(self.next - self._step + self.leapt, self.state)
            for watcher in self.watchers:
                watcher(truth)
            return done

    def memory(self) -> Mapping[str, float]:
        """Return the settings with which a plant opened later goes on ageing where this one is."""
        with self._lock:
            return self.plant.memory(self.state)

    def act(self, name: str, value: float, now: int) -> None:
        """Change an input from ``now`` on."""
        self.at(now)
        with self._lock:
            self.inputs = self.plant.actuated(self.inputs, name, value)

    def disturb(self, faults: Mapping[str, FaultValues], now: int) -> None:
        """Let these faults, by kind, and no others be there from ``now`` on."""
        self.at(now)
        with self._lock:
            self.inputs = self.plant.disturbed(self.inputs, faults)
