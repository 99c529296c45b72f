"""Plans a protocol for a bench: every text gets its number, every finding its place.

The planner walks the steps in the order in which they will run and keeps what the demands will
be by then, so it finds a torque demand in a mode that has no torque, knows how long a gradient
takes, and estimates the hydrogen.
"""

from bench.planning.course import Library
from bench.planning.planner import Planner

__all__ = ["Library", "Planner"]
