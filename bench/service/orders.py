"""The orders of a station: to watch its bench, or to run a protocol on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from bench.check import Checked, Checker
from bench.clock import Clock, iso_date
from bench.config.catalogue import Catalogue
from bench.document import Document, load
from bench.errors import BenchError, ConfigError
from bench.messages import Bilingual, Message
from bench.model import BenchModel
from bench.opener import Simulation
from bench.record.port import WATCHED
from bench.service.order import WATCHED_TITLE, Order, loopback_only, provenance_of, simulation_of
from bench.service.requests import Begin


@dataclass(frozen=True)
class Orders:
    """Makes orders for one rig, whose files are read once."""

    rig: str
    """Name or file of the rig."""
    catalogue: Catalogue
    """Where protocols are found."""
    watched: Checked
    """The rig, checked for being watched."""
    folder: Path
    """Where run files go."""
    operator: str = ""
    """Who serves it."""
    simulation: Simulation | None = None
    """How the instruments are simulated in virtual time; None: they are real, or over a wire."""
    seed: int = 0
    """Seed of everything that is drawn."""
    faults: tuple[Document, ...] = ()
    """What goes wrong by itself with simulated instruments."""
    speed: float = 0.0
    """How many times real time virtual time is held back to, inf: not; 0: nobody looks on."""
    wall: Clock = field(kw_only=True)
    """The time of day."""

    @staticmethod
    def of_rig(
        rig: str, catalogue: Catalogue, *, folder: Path, operator: str, wall: Clock
    ) -> Orders:
        """Return the orders of a rig whose instruments are reached over their links.

        Raises:
            ConfigError: every problem of the rig.
        """
        today = iso_date(wall.utc())
        watched = Checker(catalogue).check_rig(rig, WATCHED, WATCHED_TITLE, today=today)
        return Orders(rig, catalogue, watched, folder, operator, wall=wall)

    @staticmethod
    def simulated(
        rig: str,
        catalogue: Catalogue,
        *,
        folder: Path,
        operator: str,
        wall: Clock,
        speed: float,
        plant: Mapping[str, str] = MappingProxyType({}),
        seed: int = 0,
        faults: Path | None = None,
    ) -> Orders:
        """Return the orders of a rig whose instruments are simulated in virtual time.

        Args:
            rig: Name or file of the rig.
            catalogue: Where rigs and protocols are found.
            folder: Where run files go.
            operator: Who serves it.
            wall: The time of day.
            speed: How many times real time it is held back to; inf: not.
            plant: Parameters of the plant that differ from the rig's, as texts with units.
            seed: Seed of everything that is drawn.
            faults: Schedule of what goes wrong; None: nothing does.

        Raises:
            ConfigError: every problem of the rig; it has no simulation; a file cannot be read.
        """
        today = iso_date(wall.utc())
        watched = Checker(catalogue).check_rig(
            rig, WATCHED, WATCHED_TITLE, is_simulated=True, today=today
        )
        return Orders(
            rig,
            catalogue,
            watched,
            folder,
            operator,
            simulation_of(watched.model, plant, is_stretched=False),
            seed,
            faults=() if faults is None else (load(faults),),
            speed=speed,
            wall=wall,
        )

    @property
    def model(self) -> BenchModel:
        """The bench."""
        return self.watched.model

    def watching(self) -> Order:
        """Return the order to watch the bench."""
        return self._order(self.watched, is_started=False)

    def following(self, request: Begin, operator: str) -> Order:
        """Return the order to run a protocol, checked; it reads files.

        Raises:
            ConfigError: every problem found.
        """
        checker = Checker(self.catalogue, {self.rig: self.model})
        checked = checker.check(
            request.protocol,
            self.rig,
            request.parameters,
            is_simulated=self.simulation is not None,
            scan=None if self.simulation is None else self.simulation.scan,
            today=iso_date(self.wall.utc()),
        )
        order = self._order(checked, is_started=True)
        return replace(
            order,
            operator=request.operator or operator or self.operator,
            confirms_prompts=request.confirms_prompts,
        )

    def _order(self, checked: Checked, *, is_started: bool) -> Order:
        is_simulated = self.simulation is not None
        return Order(
            model=checked.model,
            plan=checked.plan,
            folder=self.folder,
            is_simulated=is_simulated,
            is_marked_simulated=is_simulated or loopback_only(checked.model),
            simulation=self.simulation,
            seed=self.seed,
            operator=self.operator,
            provenance=provenance_of(self.wall),
            is_started=is_started,
            faults=self.faults,
            speed=self.speed,
        )


def reason_of(error: BaseException) -> Message:
    """Return why something failed; problems of a file follow, each on a line of its own."""
    if not isinstance(error, BenchError):
        return Message("control.internal-error", {"error": f"{type(error).__name__}: {error}"})
    if isinstance(error, ConfigError) and error.problems:
        said = Bilingual(error.text("en"), error.text("zh"))
        return Message("serve.said", {"said": said})
    return error.message
