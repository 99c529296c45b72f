"""What screens show of a kind of test object: a file that people write, read and checked.

```yaml
screen: hydrogen-engine
gauges:
  - {channel: engine.speed, range: [0 rpm, 2400 rpm]}
strips:
  - {title: {en: Shaft, zh: 轴}, channels: [engine.speed, engine.torque]}
cells: {each: "cvm.group_{}", mean: cell.voltage}
first-run: {protocol: hydrogen-engine/best-point, speed: 60}
maps:
  - {x: engine.speed, y: engine.torque, z: engine.efficiency}
picture:
  size: [36, 12]
  equipment:
    fuel_valve: {kind: valve, at: [6, 3], active: plc.fuel_valve_open > 0.5}
  pipes:
    - {medium: hydrogen, through: [trailer, fuel_valve, engine]}
```

A file is for every rig of its kind: what names a channel that a rig lacks is left out on that rig.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

from pydantic import Field

from bench.document import Document, load, validated
from bench.errors import ConfigError
from bench.findings import Findings
from bench.grammar import Grammar, Text
from bench.messages import Bilingual
from gui.state.screens.process_picture import Formula, ProcessPicture, check_picture

PLACE = "{}"
"""What stands for the number of a cell in the name of its channel."""
_GROUP = "h2bench.screens"


class Gauge(Grammar):
    """A moving analogue indicator."""

    channel: str
    """What it shows."""
    title: Text = Bilingual("")
    """What people call it here; by default as the channel is called."""
    range: tuple[Formula, Formula] | None = None
    """Ends of its scale; by default those of the demand, else of the channel."""
    desired: tuple[Formula, Formula] | None = None
    """Between what the value is wanted; may move with channels."""
    demand: str = ""
    """Demand that is marked on it; by default the one of the same name."""


class TrendStrip(Grammar):
    """Channels that are drawn over time in one strip."""

    title: Text = Bilingual("")
    """What people call it."""
    channels: tuple[str, ...] = Field(min_length=1)
    """Which."""


class Cells(Grammar):
    """Cell voltages."""

    each: str = Field(pattern=r"^[^{}]*\{\}[^{}]*$")
    """Channel of each, with ``{}`` in the place of its number, from 1."""
    mean: str = ""
    """Channel of their mean."""
    lowest: str = ""
    """Channel of the lowest voltage."""
    highest: str = ""
    """Channel of the highest voltage."""
    spread: str = ""
    """Channel of mean minus lowest."""
    missing: str = ""
    """Channel of how many have no value."""
    beside: tuple[Gauge, ...] = ()
    """Gauges beside them: temperature, how fast it changes."""

    def names(self, known: Collection[str]) -> tuple[str, ...]:
        """Return the channels of the cells among known ones, in the order of their numbers."""
        head, _, tail = self.each.partition(PLACE)
        found: dict[int, str] = {}
        for name in known:
            number = name.removeprefix(head).removesuffix(tail)
            if number.isdecimal() and name == f"{head}{number}{tail}":
                found[int(number)] = name
        return tuple(found[number] for number in sorted(found))


class MapAxes(Grammar):
    """Which channels a map of the object has as axes."""

    x: str
    """Across."""
    y: str
    """Upwards."""
    z: str
    """Height."""
    title: Text = Bilingual("")
    """What people call it."""


class FirstRun(Grammar):
    """What somebody is shown who has no bench: a run on a simulated one."""

    protocol: str
    """What is begun."""
    speed: float = Field(default=60.0, gt=0, le=1000)
    """How many times real time it goes, so that something is seen within a minute."""


class Screen(Grammar):
    """What screens show of a kind of test object."""

    screen: str
    """Object kind."""
    gauges: tuple[Gauge, ...] = ()
    """Key gauges, in order."""
    strips: tuple[TrendStrip, ...] = ()
    """Trend strips of the console, from the top."""
    cells: Cells | None = None
    """Cell voltages; None: it has none."""
    maps: tuple[MapAxes, ...] = ()
    """Maps of the reviewer."""
    picture: ProcessPicture | None = None
    """Process picture."""
    first_run: FirstRun | None = Field(default=None, alias="first-run")
    """What newcomers are shown; None: a protocol that suits the rig."""

    def strips_on(self, known: Collection[str]) -> tuple[TrendStrip, ...]:
        """Return the trend strips with only known channels in them, without those left empty."""
        kept = (
            (strip, tuple(name for name in strip.channels if name in known))
            for strip in self.strips
        )
        return tuple(
            strip.model_copy(update={"channels": channels}) for strip, channels in kept if channels
        )

    def maps_on(self, known: Collection[str]) -> tuple[MapAxes, ...]:
        """Return the maps all of whose channels are known."""
        return tuple(each for each in self.maps if {each.x, each.y, each.z} <= set(known))


def load_screen(path: Path) -> Screen:
    """Return what a screen file describes.

    Raises:
        ConfigError: every problem of the file, with line and column.
    """
    return screen_in(load(path))


def screen_in(document: Document) -> Screen:
    """Return what a document describes.

    Raises:
        ConfigError: every problem of the document, with line and column.
    """
    screen = validated(document, Screen)
    findings = Findings()
    if screen.picture is not None:
        check_picture(screen.picture, document.section("picture"), findings)
    findings.raise_if_any("document.unusable", file=document.name)
    return screen


@cache
def shipped_folders() -> tuple[Path, ...]:
    """Return the folders with screen files that are installed."""
    return tuple(Path(point.load()) for point in entry_points(group=_GROUP))


def screen_of(kind: str, folders: Sequence[Path] | None = None) -> Screen | None:
    """Return the screen of an object kind; None where nobody has written one.

    Args:
        kind: Object kind, as rigs name it.
        folders: Where to look; None: in what is installed.

    Raises:
        ConfigError: the file of that name cannot be used, or is for another kind.
    """
    for folder in shipped_folders() if folders is None else folders:
        path = folder / f"{kind}.yaml"
        if not path.is_file():
            continue
        found = load_screen(path)
        if found.screen != kind:
            raise ConfigError("screen.other-kind", file=path.name, kind=found.screen)
        return found
    return None
