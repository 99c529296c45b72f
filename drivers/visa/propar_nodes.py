"""The controllers of a propar line as a rig states them: addresses, sizes, gases."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from bench.channel import Range, Uncertainty
from bench.device import Demand, Reading
from bench.messages import Message
from bench.units import unit
from drivers.quantity import Flow

LITRE = unit("Ln/min")
"""Unit of all readings and demands."""
HIGHEST, LOWEST = 1.32, -0.5
"""Range of a measured flow, share of the capacity: the field goes to 41,942 of 32,000."""

NodeName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")]


class NodeOptions(BaseModel):
    """One controller of the line."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    address: int = Field(ge=1, le=127)
    """Node address, set at the controller."""
    capacity: Flow = Field(gt=0.0)
    """Its 100 %: ``400 Ln/min``."""
    gas: str = Field(min_length=1, max_length=10)
    """Fluid it is calibrated for, as its name plate says: ``CH4``."""


class ProparOptions(BaseModel):
    """Settings of a propar line in a rig."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    nodes: dict[NodeName, NodeOptions] = Field(min_length=1)
    """Name of the gas line (``fuel``) → its controller."""

    @field_validator("nodes")
    @classmethod
    def _are_apart(cls, nodes: dict[str, NodeOptions]) -> dict[str, NodeOptions]:
        """Return the nodes if no two have the same address or reading.

        Raises:
            ValueError: two have.
        """
        addresses: set[int] = set()
        for name, node in nodes.items():
            if node.address in addresses:
                raise ValueError(Message("propar.twice", {"address": node.address}).text())
            if f"{name}_setpoint" in nodes:
                names = {"node": name, "other": f"{name}_setpoint"}
                raise ValueError(Message("propar.same-name", names).text())
            addresses.add(node.address)
        return nodes


def readings(options: ProparOptions) -> tuple[Reading, ...]:
    """Return per node its flow and its setpoint."""
    found: list[Reading] = []
    for name, node in options.nodes.items():
        span = Range(LOWEST * node.capacity, HIGHEST * node.capacity)
        # EL-FLOW Select data sheet: 0.5 % of reading and 0.1 % of full scale
        stated = Uncertainty(reading=0.005, absolute=0.001 * node.capacity)
        found.append(Reading(name, LITRE, span, stated))
        step = Uncertainty(resolution=node.capacity / 32000.0)
        found.append(Reading(f"{name}_setpoint", LITRE, span, step))
    return tuple(found)


def demands(options: ProparOptions) -> tuple[Demand, ...]:
    """Return per node its setpoint."""
    return tuple(
        Demand(name, LITRE, Range(0.0, node.capacity)) for name, node in options.nodes.items()
    )
