"""What a bench server is to carry out, and what the run file says of it from the start."""

from __future__ import annotations

import platform
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from bench.clock import Clock
from bench.device import LinkKind
from bench.document import Document
from bench.errors import ConfigError, RunFileError
from bench.messages import Bilingual
from bench.model import BenchModel
from bench.opener import Before, Simulation
from bench.plan import Plan
from bench.record.disk.storage import reason
from bench.record.naming import run_file_name
from bench.record.port import WATCHED, Header, Provenance, RateGroup
from bench.record.rows import fast_group
from bench.units import quantity

LOOPBACK = frozenset({"127.0.0.1", "localhost"})
"""Hosts that are this machine."""
WATCHED_TITLE = Bilingual("Monitoring", "监测")
"""What people call it."""


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
    confirms_prompts: bool = False
    """Whether the bench itself confirms what the operator is asked."""
    faults: tuple[Document, ...] = ()
    """What goes wrong by itself with simulated instruments, in virtual time."""
    speed: float = 0.0
    """How many times real time virtual time is held back to, inf: not; 0: nobody looks on."""
    continues: str = ""
    """Name of the run file that it goes on from; empty: it begins anew."""
    before: Before = field(default_factory=Before)
    """What went before in a chain of simulated run files."""

    @property
    def scan_period(self) -> int:
        """Time between two scans, ns."""
        if self.is_simulated and self.simulation is not None:
            return self.simulation.scan
        return self.model.scan_period

    @property
    def is_judged(self) -> bool:
        """Whether it follows a protocol; a bench that is only watched asks for no verdict."""
        return self.plan.name != WATCHED


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
    known = {*plan.texts.values()}  # a protocol may bring its own schedule
    schedules = {
        f"faults/{Path(each.name).name}": each.text
        for each in order.faults
        if each.text not in known
    }
    plant: Mapping[str, float] = {}
    if order.simulation is not None:
        plant = order.simulation.parameters
    period, stretch = model.scan_period, 0
    if order.is_simulated and order.simulation is not None:
        period, stretch = order.simulation.scan, order.simulation.stretch
    gas: dict[str, object] = {} if model.gas is None else asdict(model.gas)
    return Header(
        title=plan.title.en,
        rig_name=model.name,
        rig_text=model.texts.get(rig_file, ""),
        protocol_name=plan.name,
        texts={**texts, **plan.texts, **schedules},
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
        groups=groups_of(model),
        continues=order.continues,
        stretch_ns=stretch,
    )


def groups_of(model: BenchModel) -> tuple[RateGroup, ...]:
    """Return what the instruments of a bench sample beside the scan."""
    return tuple(
        fast_group(connection.name, declared)
        for connection in model.connections
        for declared in connection.driver.fast_groups(connection.options)
    )


def simulation_of(model: BenchModel, plant: Mapping[str, str], *, is_stretched: bool) -> Simulation:
    """Return how a bench is simulated in virtual time.

    Args:
        model: The bench.
        plant: Parameters of the plant that differ from the rig's, as texts with units.
        is_stretched: Whether time may leap as the rig allows.

    Raises:
        ConfigError: the rig has no simulation, or a text is no quantity.
    """
    if model.simulation is None:
        raise ConfigError("simulated.no-simulation")
    chosen = {name: quantity(text).value for name, text in plant.items()}
    parameters = {**model.simulation.parameters, **chosen}
    stretch = model.simulation.stretch if is_stretched else 0
    return replace(model.simulation, parameters=parameters, stretch=stretch)


def provenance_of(wall: Clock) -> Provenance:
    """Return where and by what a file is made now."""
    software = {name: version(name) for name in ("h2bench", "numpy", "h5py")}
    return Provenance(
        created_utc_ns=wall.utc(),
        host=platform.node(),
        software={**software, "python": platform.python_version()},
        uuid=str(uuid.uuid4()),
    )


def loopback_only(model: BenchModel) -> bool:
    """Return whether every link ends on this machine: only simulated instruments do."""
    for connection in model.connections:
        if connection.driver.link is LinkKind.VISA:
            if LOOPBACK.isdisjoint(connection.link.split("::")):
                return False
        elif str(model.buses[connection.link].get("host", "")) not in LOOPBACK:
            return False
    return True
