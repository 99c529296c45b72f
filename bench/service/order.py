"""What a bench server is to carry out, and what the run file says of it from the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.clock import Clock
from bench.device import Simulation
from bench.errors import RunFileError
from bench.model import BenchModel
from bench.plan import Plan
from bench.record.disk.storage import reason
from bench.record.naming import run_file_name
from bench.record.port import Header, Provenance


@dataclass(frozen=True)
class Order:
    """A run to carry out."""

    model: BenchModel
    """The bench."""
    plan: Plan
    """What to run."""
    folder: Path
    """Where the run file goes."""
    is_simulated: bool
    """Whether the instruments are simulated, in virtual time."""
    is_marked_simulated: bool = True
    """Whether what is measured is to be marked as simulated: also over a wire to this machine."""
    simulation: Simulation | None = None
    """How they are simulated."""
    seed: int = 0
    """Seed of everything that is drawn."""
    operator: str = ""
    """Who runs it."""
    provenance: Provenance = field(default_factory=Provenance)
    """What may differ between equal runs."""
    is_started: bool = True
    """Whether the plan begins once the bench is ready; else it is watched until somebody leaves."""


def path_of(order: Order, clock: Clock) -> Path:
    """Return where the run file of an order goes; its folder is made.

    Raises:
        RunFileError: the folder cannot be made or read.
    """
    try:
        order.folder.mkdir(parents=True, exist_ok=True)
        taken = [path.name for path in order.folder.iterdir()]
    except OSError as error:
        told = reason(error)
        raise RunFileError("record.no-folder", folder=str(order.folder), reason=told) from error
    serial = order.model.object.serial
    return order.folder / run_file_name(clock.utc(), order.plan.name, serial, taken)


def header_of(order: Order, clock: Clock) -> Header:
    """Return the header of a run that begins now."""
    model, plan = order.model, order.plan
    rig_file = next((n for n in model.texts if not n.startswith("objects/")), "rig.yaml")
    texts = {name: text for name, text in model.texts.items() if name != rig_file}
    plant: Mapping[str, float] = {}
    if order.simulation is not None:
        plant = order.simulation.parameters
    period = order.simulation.scan if order.is_simulated and order.simulation else model.scan_period
    gas: dict[str, object] = {} if model.gas is None else asdict(model.gas)
    return Header(
        title=plan.title.en,
        rig_name=model.name,
        rig_text=model.texts.get(rig_file, ""),
        protocol_name=plan.name,
        texts={**texts, **plan.texts},
        parameters={name: str(value) for name, value in plan.parameters.items()},
        object_kind=model.object.kind,
        object_serial=model.object.serial,
        operator=order.operator,
        seed=order.seed,
        simulated=order.is_marked_simulated,
        plant=plant if order.is_simulated else {},
        channels=model.channels,
        scan_period_ns=period,
        start_utc_ns=clock.utc(),
        identities={},
        gas=gas,
        object_data=dict(model.object.data),
        start_ns=clock.now(),
    )
