"""Tables of the engine over speed and torque, with fast look-up.

The fuel surface takes its shape from the generic positive-ignition hydrogen engine map of the
European Commission's VECTO (facts: brake efficiency over normalised speed and power), moved so
that its best node is the engine's best point. It is kept as *fuel torque*, the fuel power divided
by speed: finite and smooth from standstill on, at idle and at zero torque.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

_SPEED_STEP = 50.0 * math.pi / 30.0
_SPEED_NODES = 92
_TORQUE_STEP = 100.0
_TORQUE_NODES = 62

# VECTO generic PI-H2 map: rows by normalised speed, columns by normalised power, efficiency in %.
_NORM_SPEED = (0.00, 0.24, 0.36, 0.48, 0.60, 0.72, 0.84, 0.96, 1.08)
_NORM_POWER = (0.02, 0.16, 0.30, 0.44, 0.58, 0.72, 0.86, 1.00)
_EFFICIENCY = (
    (17.2, 39.2, 38.9),
    (11.4, 36.0, 39.1, 39.5, 39.7, 39.9),
    (8.8, 34.2, 39.2, 39.8, 41.0, 41.3, 41.7),
    (7.5, 32.9, 38.3, 39.4, 41.2, 41.4, 41.5, 42.7),
    (7.2, 29.4, 36.3, 38.6, 40.5, 41.1, 41.8, 41.7),
    (7.4, 28.2, 33.8, 38.1, 39.4, 39.5, 40.5, 40.7),
    (6.2, 26.0, 32.3, 36.8, 38.3, 38.3, 39.0, 39.5),
    (5.1, 24.2, 31.0, 35.1, 37.0, 37.5, 38.0, 39.0),
    (4.6, 22.5, 29.7, 33.6, 35.6, 36.7, 37.5),
)
_BEST_ROW, _BEST_EFFICIENCY = 0.48, 0.427


class FullLoad(NamedTuple):
    """The corner points of the full-load curve (rad/s, N*m, W)."""

    idle_speed: float
    idle_torque: float
    peak_torque: float
    peak_torque_speed: float
    rated_power: float
    rated_speed: float
    maximum_speed: float
    maximum_speed_torque: float
    run_out_speed: float

    def torque(self, speed: float) -> float:
        """Full-load torque at a speed, N*m."""
        if speed < self.peak_torque_speed:
            share = (speed - self.idle_speed) / (self.peak_torque_speed - self.idle_speed)
            rise = self.idle_torque + share * (self.peak_torque - self.idle_torque)
            return max(0.2 * self.idle_torque, rise)
        if speed <= self.rated_speed:
            return min(self.peak_torque, self.rated_power / speed)
        rated = min(self.peak_torque, self.rated_power / self.rated_speed)
        end = min(rated, self.maximum_speed_torque)
        if speed <= self.maximum_speed:
            share = (speed - self.rated_speed) / (self.maximum_speed - self.rated_speed)
            return rated + share * (end - rated)
        share = (speed - self.maximum_speed) / (self.run_out_speed - self.maximum_speed)
        return end * max(0.0, 1.0 - share)


@dataclass(frozen=True, slots=True)
class EngineMaps:
    """Tables on an even grid of speed (50 rpm) and torque (100 N*m)."""

    by_speed: tuple[tuple[float, float, float], ...]
    """Full-load torque, warm motoring torque and fuel torque at full load, N*m."""
    fuel: tuple[tuple[float, ...], ...]
    """Fuel torque by speed, then torque (from zero), N*m."""

    def at_speed(self, speed: float) -> tuple[float, float, float]:
        """Full-load torque, warm motoring torque, fuel torque at full load: at a speed, N*m."""
        place = speed * _INVERSE_SPEED_STEP
        node = int(place)
        if node >= _LAST_SPEED:
            return self.by_speed[-1]
        share = place - node
        low, warm, fuel = self.by_speed[node]
        high, high_warm, high_fuel = self.by_speed[node + 1]
        return (
            low + share * (high - low),
            warm + share * (high_warm - warm),
            fuel + share * (high_fuel - fuel),
        )

    def fuel_torque(self, speed: float, torque: float) -> float:
        """Fuel power over speed at a gross torque (brake torque with a warm engine), N*m.

        Below zero torque it falls in proportion to zero at the warm motoring torque.
        """
        place = speed * _INVERSE_SPEED_STEP
        node = int(place)
        if node >= _LAST_SPEED:
            node, share = _LAST_SPEED - 1, 1.0
        else:
            share = place - node
        low, high = self.fuel[node], self.fuel[node + 1]
        if torque <= 0.0:
            _, friction, _ = self.at_speed(speed)
            if torque <= -friction:
                return 0.0
            return (low[0] + share * (high[0] - low[0])) * (1.0 + torque / friction)
        across = torque * _INVERSE_TORQUE_STEP
        column = int(across)
        if column >= _LAST_TORQUE:
            column = _LAST_TORQUE - 1
        part = across - column
        first, second = low[column], high[column]
        first += part * (low[column + 1] - first)
        return first + share * (second + part * (high[column + 1] - second) - first)


_INVERSE_SPEED_STEP = 1.0 / _SPEED_STEP
_LAST_SPEED = _SPEED_NODES - 1
_INVERSE_TORQUE_STEP = 1.0 / _TORQUE_STEP
_LAST_TORQUE = _TORQUE_NODES - 1


def build_maps(
    *,
    full_load: FullLoad,
    friction: tuple[float, float, float],
    best_speed: float,
    best_torque: float,
    peak_efficiency: float,
    overload_curvature: float,
) -> EngineMaps:
    """The tables of one engine.

    Args:
        full_load: Corner points of the full-load curve.
        friction: Warm motoring torque: constant, per rad/s, per (rad/s)2.
        best_speed: Speed of the best point, rad/s.
        best_torque: Torque of the best point, N*m.
        peak_efficiency: Brake thermal efficiency there.
        overload_curvature: Efficiency lost per squared relative power above the best point's.
    """
    speeds = [node * _SPEED_STEP for node in range(_SPEED_NODES)]
    constant, slope, curvature = friction
    span = (best_speed - full_load.idle_speed) / _BEST_ROW
    reference = best_speed * best_torque
    scale = _BEST_EFFICIENCY / peak_efficiency

    def fuel_row(speed: float) -> tuple[float, ...]:
        # Below idle the fuel torque of idle holds, so that cranking needs no table of its own.
        speed = max(speed, full_load.idle_speed)
        norm_speed = (speed - full_load.idle_speed) / span
        powers = [node * _TORQUE_STEP * speed / reference for node in range(_TORQUE_NODES)]
        return tuple(
            _normalised_fuel(norm_speed, power, overload_curvature) * reference * scale / speed
            for power in powers
        )

    full_loads = [full_load.torque(speed) for speed in speeds]
    # The first node stands for standstill, where nothing rubs.
    drags = [0.0, *(constant + slope * speed + curvature * speed * speed for speed in speeds[1:])]
    fuel = tuple(fuel_row(speed) for speed in speeds)
    without = EngineMaps(tuple(zip(full_loads, drags, full_loads, strict=True)), fuel)
    full_fuels = map(without.fuel_torque, speeds, full_loads)
    return EngineMaps(tuple(zip(full_loads, drags, full_fuels, strict=True)), fuel)


def _normalised_fuel(norm_speed: float, norm_power: float, overload_curvature: float) -> float:
    """Fuel power over the reference power, linear between the rows of the table."""
    row = 0
    while row < len(_NORM_SPEED) - 2 and norm_speed > _NORM_SPEED[row + 1]:
        row += 1
    share = (norm_speed - _NORM_SPEED[row]) / (_NORM_SPEED[row + 1] - _NORM_SPEED[row])
    low = _row_fuel(row, norm_power, overload_curvature)
    high = _row_fuel(row + 1, norm_power, overload_curvature)
    return low + share * (high - low)


def _row_fuel(row: int, norm_power: float, overload_curvature: float) -> float:
    """Fuel power of one row: linear between nodes, and on to zero power."""
    efficiencies = _EFFICIENCY[row]
    if norm_power > _NORM_POWER[len(efficiencies) - 1]:
        overload = max(0.0, norm_power - 1.0)
        fall = max(0.5, 1.0 - overload_curvature * overload * overload)
        return norm_power / (efficiencies[-1] * 0.01 * fall)
    column = 0
    while column < len(efficiencies) - 2 and norm_power > _NORM_POWER[column + 1]:
        column += 1
    left, right = _NORM_POWER[column], _NORM_POWER[column + 1]
    low = left / (efficiencies[column] * 0.01)
    high = right / (efficiencies[column + 1] * 0.01)
    return low + (norm_power - left) / (right - left) * (high - low)
