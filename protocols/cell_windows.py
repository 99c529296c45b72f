"""The inputs of a fuel cell's quantities in every measured window, and what forbids to use them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from analysis.gas import NET_MOLAR_HEATING_VALUE
from bench.messages import Message
from bench.runs import Run
from protocols.cell_nernst import nernst_of
from protocols.cell_object import CellObject
from protocols.cell_quantities import (
    AREA,
    CELLS,
    CHANNELS,
    FLOWS,
    FUEL_CARBON,
    FUEL_ELECTRONS,
    FUEL_HEATING_VALUE,
    FUEL_OXYGEN,
    HYDROGEN_HEATING_VALUE,
    NERNST,
    OPTIONAL,
    SAFETY_GAS_HYDROGEN,
    STRINGS,
    UNITS,
)
from protocols.cell_stream import Flaw
from protocols.estimates import NotKnown
from protocols.fuel_gas import FuelGas, certificate_at, changes_within, fuel_gas
from protocols.windows import MeasuredRun, Window
from protocols.wording import Text

LEAST_CURRENT = 0.01
"""1. Share of the range of the current above which it is on. Engineering default."""
STEADINESS = 0.02
"""1. Standard deviation of the current, as a share of the rated one, of a window that is not
steady any more. Engineering default."""
FUEL_FLOWS = ("fuel_flow", "hydrogen_flow", "safety_gas_flow")
MOST_ELECTRONS = {"safety_gas_flow": 2.0 * SAFETY_GAS_HYDROGEN, "air_flow": 4.0 * 0.21}
"""Input → electrons that a molecule can give or take at most; of others as methane."""
ELECTRONS: Mapping[str, float] = {"H2": 2.0, "CO": 2.0, "CH4": 8.0, "O2": -4.0}
"""Electrons one molecule gives when it is burned; oxygen takes four."""
CARBON: Mapping[str, float] = {"CO": 1.0, "CO2": 1.0, "CH4": 1.0}
OXYGEN: Mapping[str, float] = {"CO": 1.0, "CO2": 2.0, "H2O": 1.0, "O2": 2.0}
HYDROGEN = NET_MOLAR_HEATING_VALUE["H2"][-1]
"""J/mol at 25 degC: of the gas in the hydrogen line, which has no certificate of its own."""


@dataclass(frozen=True)
class CellWindow:
    """One window with the inputs of the quantities; SI."""

    run: int
    """Which run of the series."""
    window: Window
    """Statistics."""
    start: float
    """Since the begin of the series, s."""
    inputs: Mapping[str, float]
    """Those inputs that are known."""
    gas: FuelGas | None
    """Gas in the fuel line."""
    is_valid: bool
    """Whether it may be judged."""
    problems: Mapping[str, Text] = field(default_factory=dict[str, Text])
    """Input → why it is not known."""
    remarks: tuple[Text, ...] = ()
    """What to keep in mind."""

    @property
    def name(self) -> str:
        """Name of the point; empty for a snapshot."""
        return self.window.name

    @property
    def duration(self) -> float:
        """Length, s."""
        return (self.window.point.end_ns - self.window.point.start_ns) / 1e9

    def known(self, name: str) -> float:
        """Return an input.

        Raises:
            NotKnown: with the reason.
        """
        if name not in self.inputs:
            raise NotKnown(self.problems.get(name, Message("judge.no-input", {"input": name})))
        return self.inputs[name]


def cell_windows(
    runs: Mapping[int, Run],
    cells: CellObject,
    offsets_ns: Mapping[int, int],
    flaws: Sequence[Flaw] = (),
) -> Iterator[CellWindow]:
    """Yield every measured window with the inputs it gives, run by run.

    Args:
        runs: number in the series → run.
        cells: how its cells are joined.
        offsets_ns: number in the series → what turns its times into those of the series.
        flaws: rows that must not be used; a window that has some lacks their channel.

    Raises:
        RunFileError: a file is damaged.
    """
    for number, run in runs.items():
        measured = MeasuredRun(run, UNITS, frozenset(CHANNELS.values()))
        for window in measured.windows:
            start = (window.point.start_ns + offsets_ns[number]) / 1e9
            end = (window.point.end_ns + offsets_ns[number]) / 1e9
            known = _Known(measured, window)
            known.add_channels()
            known.refuse_flaws(
                [each for each in flaws if each.rows.begin < end and each.rows.end >= start]
            )
            yield _cell_window(known, cells, number, start)


def _cell_window(known: _Known, cells: CellObject, number: int, start: float) -> CellWindow:
    measured, window = known.measured, known.window
    known.add_object(cells)
    gas = known.add_gas()
    known.refuse_impossible_flows()
    known.add_nernst(gas)
    is_steady = known.is_steady(cells)
    has_changed = changes_within(measured.run, window.point)
    if has_changed:
        known.remarks.append(Message("judge.gas-changed"))
    return CellWindow(
        run=number,
        window=window,
        start=start,
        inputs=known.inputs,
        gas=gas,
        is_valid=window.point.valid and not has_changed and is_steady,
        problems=known.problems,
        remarks=tuple(known.remarks),
    )


class _Known:
    """Collects what a window gives."""

    def __init__(self, measured: MeasuredRun, window: Window) -> None:
        self.measured = measured
        self.window = window
        self.inputs: dict[str, float] = {}
        self.problems: dict[str, Text] = {}
        self.remarks: list[Text] = list(window.point.remarks)

    def add_channels(self) -> None:
        """Take the inputs that are channels."""
        for name, channel in CHANNELS.items():
            mean = self.window.mean(channel)
            if mean is not None:
                self.inputs[name] = mean
            elif channel in self.window.poor:
                self.problems[name] = Message("judge.few-samples", {"channel": channel})
            elif channel in self.window.misfits:
                wanted = {"channel": channel, "unit": UNITS[channel]}
                self.problems[name] = Message("judge.channel-unit", wanted)
            elif name in OPTIONAL:
                self.inputs[name] = 0.0
            else:
                self.problems[name] = Message("judge.no-channel", {"channel": channel})

    def refuse_flaws(self, flaws: Sequence[Flaw]) -> None:
        """Drop channels that have rows in the window that must not be used."""
        by_channel = {channel: name for name, channel in CHANNELS.items()}
        for flaw in flaws:
            name = by_channel.get(flaw.channel)
            if name in self.inputs:
                told = {"channel": flaw.channel, "rows": self._rows()}
                self._drop(name, Message(f"cell.{flaw.kind}-window", told))

    def is_steady(self, cells: CellObject) -> bool:
        """Return whether the current stayed within the window; if not, that is remarked."""
        channel = CHANNELS["current"]
        found = self.window.of(channel)
        rated = cells.rated_current
        if found is None or found.standard_deviation <= STEADINESS * rated or not rated:
            return True
        shown = self.measured.channels[channel].shown_unit
        spread = f"{found.standard_deviation / shown.factor:.3g} {shown.text}"
        told = {"channel": channel, "spread": spread, "rows": self._rows()}
        self.remarks.append(Message("cell.unsteady-window", told))
        return False

    def add_object(self, cells: CellObject) -> None:
        """Take the numbers of the object."""
        self.inputs |= {CELLS: cells.cells, STRINGS: cells.strings, AREA: cells.active_area}

    def add_gas(self) -> FuelGas | None:
        """Take what follows from the certificate of the gas in the fuel line."""
        self.inputs[HYDROGEN_HEATING_VALUE] = HYDROGEN
        names = (FUEL_HEATING_VALUE, FUEL_ELECTRONS, FUEL_CARBON, FUEL_OXYGEN)
        certificate = certificate_at(self.measured.run, self.window.point)
        if not certificate and self.inputs.get("fuel_flow") == 0.0:
            self.inputs |= dict.fromkeys(names, 0.0)  # there is no such line
            return None
        if not certificate:
            self.problems |= dict.fromkeys(names, Message("judge.no-gas"))
            return None
        try:
            gas = fuel_gas(certificate)
        except (ValueError, KeyError, TypeError) as error:
            problem = Message("judge.gas-certificate", {"reason": str(error)})
            self.problems |= dict.fromkeys(names, problem)
        else:
            parts = gas.composition.items()
            self.inputs[FUEL_HEATING_VALUE] = gas.heating_value * gas.molar_mass
            for name, table in (
                (FUEL_ELECTRONS, ELECTRONS),
                (FUEL_CARBON, CARBON),
                (FUEL_OXYGEN, OXYGEN),
            ):
                self.inputs[name] = sum(table.get(species, 0.0) * x for species, x in parts)
            return gas
        return None

    def refuse_impossible_flows(self) -> None:
        """Drop flows that cannot be: below zero, or none while current is drawn."""
        for name in FLOWS:
            channel = self.measured.channels.get(CHANNELS[name])
            mean = self.inputs.get(name)
            if channel is None or mean is None:
                continue
            known = channel.uncertainty
            least = 0.0 if known is None else 2.0 * known.standard(mean, channel.range.span)
            if mean < -max(least, 0.005 * channel.range.span):
                shown = channel.shown_unit.shown(mean, 3)
                self._drop(name, Message("cell.negative-flow", self._about(name, shown)))
        self._refuse_current_without(FUEL_FLOWS, "cell.no-fuel")
        self._refuse_current_without(("air_flow",), "cell.no-air")

    def _refuse_current_without(self, names: tuple[str, ...], problem: str) -> None:
        current = self.measured.channels.get(CHANNELS["current"])
        if current is None or "current" not in self.inputs:
            return
        is_on = self.inputs["current"] > LEAST_CURRENT * current.range.span > 0.0
        if not is_on or any(name not in self.inputs for name in names):
            return
        most = sum(MOST_ELECTRONS.get(name, 8.0) * self.inputs[name] for name in names)
        needed = self.inputs["current"] * self.inputs[CELLS] / self.inputs[STRINGS] / 96485.0
        if most >= 0.5 * needed:
            return
        told = {
            "channel": ", ".join(
                CHANNELS[name] for name in names if CHANNELS[name] in self.measured.channels
            ),
            "current": current.shown_unit.shown(self.inputs["current"], 3),
            "rows": self._rows(),
        }
        for name in names:
            self._drop(name, Message(problem, told))

    def add_nernst(self, gas: FuelGas | None) -> None:
        """Take the mean Nernst voltage at this point."""
        try:
            self.inputs[NERNST] = nernst_of(self.inputs, gas)
        except KeyError as error:
            missing = str(error.args[0])
            self.problems[NERNST] = self.problems.get(
                missing, Message("judge.no-input", {"input": missing})
            )
        except ValueError as error:
            self.problems[NERNST] = Message("judge.not-computable", {"reason": str(error)})

    def _drop(self, name: str, problem: Message) -> None:
        self.inputs.pop(name, None)
        self.problems[name] = problem
        self.remarks.append(problem)

    def _about(self, name: str, shown: str) -> dict[str, object]:
        return {"channel": CHANNELS[name], "value": shown, "rows": self._rows()}

    def _rows(self) -> str:
        """Return which rows of the scan the window is."""
        point = self.window.point
        rows = self.measured.run.timeline.window(point.start_ns, point.end_ns - 1)
        return f"{rows.start}–{rows.stop - 1}"
