"""Cell voltage monitor of fuel cell stacks (dbc/cell_voltage_monitor.md).

The pages of a round are collected as they come, one by one on a wire or many at once in virtual
time, into one buffer, and decoded as one array when the summary has come. No watchdog: it drives
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from bench.channel import Range, Uncertainty
from bench.device import Driver, LinkKind, Port, Reading
from bench.units import unit
from drivers.canbus.cell_groups import Round, Summary, spans
from drivers.canbus.cyclic import CyclicInput
from drivers.canbus.frame import Frame
from drivers.canbus.layout import layouts
from drivers.canbus.node import BenchNode, Messages

VOLT = unit("V")

MOST_GROUPS = 512
"""Groups a monitor may have."""
MOST_STACKS = 64
"""Stacks whose ripple it may measure."""


class CellVoltageMonitorOptions(BaseModel):
    """What is set on the monitor, and so in the rig."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    groups: int = Field(default=10, ge=1, le=MOST_GROUPS)
    """Groups of cells it measures."""
    stacks: int = Field(default=0, ge=0, le=MOST_STACKS)
    """Stacks whose ripple it measures; 0: it is not fitted."""


def readings(options: Any = None) -> tuple[Reading, ...]:
    """Return what the monitor reports: groups, ripples, summary; the order of its one block."""
    chosen: CellVoltageMonitorOptions = options or CellVoltageMonitorOptions()
    shown, rippling = Range(-0.3, 1.3381), Range(0.0, 3.2762)
    of_group = Uncertainty(absolute=1.5e-3, resolution=1e-4)
    of_ripple = Uncertainty(reading=0.03, absolute=2e-3, resolution=2e-4)
    number = Range(0, chosen.groups)
    return (
        *(Reading(f"group_{at}", VOLT, shown, of_group) for at in range(1, chosen.groups + 1)),
        *(Reading(f"ripple_{at}", VOLT, rippling, of_ripple) for at in range(1, chosen.stacks + 1)),
        *(Reading(name, VOLT, shown, of_group) for name in ("mean", "minimum", "maximum")),
        *(Reading(name, range=number) for name in ("lowest", "highest", "groups_missing")),
    )


_STUCK = 2
"""Repeats of a round's counter until it is told."""


class CellVoltageMonitor(BenchNode):
    """The node."""

    def __init__(self, port: Port) -> None:
        frames = layouts("cell_voltage_monitor.dbc")
        options: CellVoltageMonitorOptions = port.connection.options or CellVoltageMonitorOptions()
        super().__init__(
            port, messages=Messages(frames["CvmIdentity"], frames["CvmConfig"]), demands=()
        )
        voltages, groups = frames["CvmVoltages"], frames["CvmGroups"]
        self._detail = frames["CvmDetail"].id
        self._voltages = CyclicInput(voltages, self._presence)
        self._groups = CyclicInput(groups, self._presence)
        self._inputs = [self._voltages, self._groups]
        self._receivers[self._detail] = self._on_page
        self._receivers[voltages.id] = self._on_voltages
        self._receivers[groups.id] = self._on_groups
        self._layouts = (voltages, groups)
        self._options = options
        self._round = Round(options.groups, options.stacks)
        self._word = -1
        """Newest voltages of a summary whose groups have not come yet; -1: none."""
        self._repeats = 0
        self._told: Mapping[str, str] = {}

    def on_burst(self, id: int, data: NDArray[np.uint8], now: int) -> None:  # noqa: A002 - the field's word
        """Take many pages at once."""
        if id != self._detail:
            for row in data:
                self.on_frame(Frame(id, row.tobytes()), now)
        elif self._is_identified:
            self._round.take_all(data)

    def _apply(self, values: Mapping[int, float]) -> None:
        """Do nothing: it takes no demands."""

    def _forget(self) -> None:
        super()._forget()
        self._round.begin()
        self._word = -1
        self._repeats = 0
        self._told = {}

    def _on_page(self, frame: Frame, now: int) -> None:
        del now
        if len(frame.data) < 8:
            self._presence.faulty(
                "can.short-frame", id=f"0x{frame.id:X}", length=len(frame.data), expected=8
            )
            return
        self._round.take(frame.data)

    def _on_voltages(self, frame: Frame, now: int) -> None:
        word = self._voltages.word(frame)
        if word is None:
            self._spoil(now)
        self._word = -1 if word is None else word

    def _on_groups(self, frame: Frame, now: int) -> None:
        """End a round."""
        word = self._groups.word(frame)
        voltages, self._word = self._word, -1
        if word is None:
            self._spoil(now)
        elif voltages >= 0 and voltages & 0xF == word & 0xF:
            self._complete(Summary.of(*self._layouts, voltages, word), now)
        self._round.begin()

    def _spoil(self, now: int) -> None:
        """Mark all readings BAD: their summary cannot be read."""
        nothing = np.full(len(self._port.mailbox.readings), np.nan)
        self._port.mailbox.post_block(0, nothing, now)

    def _complete(self, summary: Summary, now: int) -> None:
        if not self._groups.is_new(summary.alive):
            self._repeats += 1
            if self._repeats == _STUCK:
                self.say("error", "cvm.frozen", groups=f"1–{self._options.groups}")
            return
        self._repeats = 0
        if summary.groups != self._options.groups:
            self._refuse(summary.groups, now)
            return
        self._heard(now)
        verdict = self._round.judge(summary)
        self._port.mailbox.post_block(0, verdict.block, now)
        if verdict.wrong or self._told:
            self._tell({name: spans(found) for name, found in verdict.wrong.items()})

    def _refuse(self, found: int, now: int) -> None:
        """Have nothing to do with a monitor of something else."""
        self._forget()
        self._presence.lost(now)
        expected = self._options.groups
        self._presence.faulty("cvm.wrong-groups", found=found, expected=expected)

    def _tell(self, wrong: Mapping[str, str]) -> None:
        for name, groups in wrong.items():
            if self._told.get(name) != groups:
                self.say("error", f"cvm.{name}", groups=groups)
        for name in self._told.keys() - wrong.keys():
            self.say("info", f"cvm.{name}-over", groups=self._told[name])
        self._told = wrong


DRIVER = Driver(
    name="cell-voltage-monitor",
    title="h2bench cell voltage monitor: groups of cells and ripple of fuel cell stacks",
    link=LinkKind.CAN,
    readings=readings,
    demands=lambda _: (),
    build=CellVoltageMonitor,
    options=CellVoltageMonitorOptions,
    shortest_period=0.05,
)
"""Data sheet."""
