"""Everything that can be known of a run before anything moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.clock import SECOND
from bench.config.catalogue import Catalogue
from bench.config.protocol import Protocol, load_protocol
from bench.config.rig import load_rig
from bench.document import Mark, Problem
from bench.errors import ConfigError
from bench.findings import Findings
from bench.model import BenchModel, Limit
from bench.plan import Plan, walk
from bench.planner import Planner
from bench.step import Scalar
from bench.units import unit

_SECONDS = unit("s")


@dataclass(frozen=True)
class Checked:
    """A protocol that can run on a rig."""

    protocol: Protocol
    """As loaded."""
    model: BenchModel
    """The bench."""
    plan: Plan
    """The protocol, planned for it."""
    remarks: tuple[Problem, ...]
    """What to know before starting."""


def check(
    protocol_name: str,
    rig_name: str | None,
    chosen: Mapping[str, Scalar],
    catalogue: Catalogue,
    *,
    scan_period: int | None = None,
) -> Checked:
    """Return a protocol checked against a rig; nothing is opened.

    Args:
        protocol_name: Name or path.
        rig_name: Name or path; None: the protocol's own.
        chosen: Parameters that differ from their defaults.
        catalogue: Where to look.
        scan_period: Scan period of the run, ns; None: the rig's in real time.

    Raises:
        ConfigError: every problem found, with file, line and column.
    """
    protocol = load_protocol(protocol_name, catalogue)
    rig = rig_name or protocol.file.rig
    if rig is None:
        raise ConfigError("config.no-rig-named", protocol=protocol.file.protocol)
    model = load_rig(rig, catalogue)
    findings = Findings()
    plan = Planner(model, catalogue, findings).plan(protocol, chosen)
    _check_scan(model, plan, scan_period or model.scan_period, findings)
    findings.raise_if_any("config.run-problems", protocol=protocol_name, rig=rig)
    return Checked(protocol, model, plan, tuple(findings.remarks))


def _check_scan(model: BenchModel, plan: Plan, period: int, findings: Findings) -> None:
    seconds = period / SECOND
    nowhere = Mark(next(iter(model.texts), model.name), 1, 1)
    for connection in model.connections:
        gap = connection.driver.longest_demand_gap
        if seconds > gap / 2:
            findings.add(
                nowhere,
                "config.scan-too-long-for-controller",
                scan=_SECONDS.shown(seconds),
                instrument=connection.name,
                gap=_SECONDS.shown(gap),
            )
    for limit in (*model.limits, *plan.limits, *_step_limits(plan)):
        if 0 < limit.persistence < 2 * seconds:
            findings.add(
                limit.mark or nowhere,
                "config.scan-too-long-for-limit",
                scan=_SECONDS.shown(seconds),
                limit=limit.id,
                persistence=_SECONDS.shown(limit.persistence),
            )


def _step_limits(plan: Plan) -> list[Limit]:
    roots = (plan.root, plan.soft_stop, plan.hard_stop)
    return [limit for root in roots for node in walk(root) for limit in node.head.limits]
