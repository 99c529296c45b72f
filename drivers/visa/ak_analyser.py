"""Exhaust gas analysers with the AK interface (HORIBA and AVL class): NOx, O2 and H2, wet.

Telegrams after the VDA AK protocol, as the Emerson NGA 2000 manual 90003752 and the CAI 700 and
Servomex SERVOPRO manuals print it. The uncertainties are engineering defaults, of the size that
UN R49 Annex 4 allows an analyser; a rig states those of its data sheet or certificate.

`zero` and `span` lead the gas over the detectors, note how far the analyser was off, let it
adjust itself (``SATK`` while the gas flows) and return to the exhaust. What they find,
``nox.before`` and ``nox.after`` (reading − gas, mole fraction) and so on, is the drift part of
the uncertainty budget. While other gas than the exhaust flows, all readings are BAD.

No watchdog: the AK protocol knows none, and nothing is demanded of an analyser.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bench.channel import Quality, Range, Uncertainty
from bench.clock import SECOND
from bench.device import Action, Driver, LinkKind, Port, Reading
from bench.errors import InstrumentError, WrongInstrument
from bench.units import Unit, unit
from drivers.quantity import Fraction, Seconds
from drivers.visa.ak import AkConversation
from drivers.visa.ak_adjustment import SPAN_GAS, ZERO_GAS, Adjustment, Detector, Pace
from drivers.visa.instrument import TextInstrument
from drivers.visa.port import AK, Pause, Program
from drivers.visa.programs import ActionProgram, Poll, Programs

WIRE = replace(AK, gap=0.03)
"""Pace: AK links are made for about ten telegrams a second; 30 ms between two suits all known,
and a poll is two telegrams."""
START_RETRY = 10.0
"""How often an analyser that does not measure yet is asked to, s."""

Name = Literal["nox", "o2", "h2"]


@dataclass(frozen=True)
class Component:
    """One row of the data sheet."""

    name: Name
    """Reading, signal and option: ``nox``."""
    channel: int
    """AK channel Kn."""
    unit: Unit
    """Unit on the wire."""
    full_scale: float
    """Upper end of the highest range unless the rig says otherwise, SI."""
    uncertainty: Uncertainty
    """Engineering default."""


PPM, PERCENT = unit("ppm"), unit("percent")
COMPONENTS = (
    Component("nox", 1, PPM, 2500e-6, Uncertainty(reading=0.02, span=0.003, resolution=1e-8)),
    Component("o2", 2, PERCENT, 0.25, Uncertainty(reading=0.01, span=0.003, resolution=1e-5)),
    Component("h2", 3, PPM, 20000e-6, Uncertainty(reading=0.02, span=0.005, resolution=1e-7)),
)

NOT_MEASURING = frozenset({"STBY", "SPAU", ZERO_GAS, SPAN_GAS, "SATK"})
"""Codes of ``ASTZ`` with which no exhaust is analysed."""

ACTIONS = (
    Action("zero", duration=75.0, timeout=330.0),
    Action("span", duration=75.0, timeout=330.0),
)


Positive = Annotated[Fraction, Field(gt=0.0, le=1.0)]
"""A mole fraction above zero."""


class AkAnalyserOptions(BaseModel):
    """Settings of an AK analyser in a rig."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    identity: str = ""
    """Text that the analyser's own name (``AKEN``) must contain; empty: any name will do."""
    span_gas: dict[Name, Positive] = {}
    """Component → mole fraction on the certificate of its span gas bottle."""
    full_scale: dict[Name, Positive] = {}
    """Component → upper end of its highest range, where it differs from the table."""
    flush: Seconds = Field(default=20.0, ge=0.0, le=60.0)
    """Time from switching a gas until the values have settled (line delay and rise)."""
    average: Seconds = Field(default=5.0, ge=0.0, le=30.0)
    """Time over which a deviation is averaged."""
    residual: Fraction = Field(default=0.002, gt=0.0, le=0.1)
    """Deviation that may remain after an adjustment, of the full scale."""
    start_measuring: bool = True
    """Whether the analyser is set to measuring after connecting (sample pump on)."""


def readings(options: AkAnalyserOptions | None) -> tuple[Reading, ...]:
    """Return the readings: a mole fraction per component."""
    chosen = options or AkAnalyserOptions()
    return tuple(
        Reading(each.name, each.unit, _range(each, chosen), each.uncertainty) for each in COMPONENTS
    )


def _range(component: Component, options: AkAnalyserOptions) -> Range:
    top = options.full_scale.get(component.name, component.full_scale)
    return Range(-0.02 * top, top)  # at zero, noise and drift show values below it


def _detector(component: Component, options: AkAnalyserOptions) -> Detector:
    return Detector(
        component.name,
        component.channel,
        component.unit,
        options.full_scale.get(component.name, component.full_scale),
        options.span_gas.get(component.name),
    )


class AkAnalyser:
    """What the bench does with an AK analyser."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._options: AkAnalyserOptions = port.connection.options or AkAnalyserOptions()
        self._ak = AkConversation(port)
        detectors = [_detector(each, self._options) for each in COMPONENTS]
        pace = Pace(self._options.flush, self._options.average, self._options.residual)
        self._adjustment = Adjustment(self._ak, detectors, pace)
        self._told_digit = 0
        self._told_mode = ""
        self._told_refusal = ""
        self._is_adjusting = False
        self._start_pending = False
        self._was_measuring = False
        self._valid_from = 0

    def programs(self) -> Programs:
        """Return what runs on the wire."""
        return Programs(
            identify=self.identify,
            setup=self.setup,
            polls=(Poll(self.start, START_RETRY), Poll(self.measure)),
            actions={"zero": self.zero, "span": self.span},
        )

    def identify(self) -> Program[str]:
        """Return the analyser's own name.

        Raises:
            WrongInstrument: it lacks the text the rig asks for.
        """
        words = yield from self._ak.ask("AKEN")
        identity = " ".join(words)
        if self._options.identity.casefold() not in identity.casefold():
            raise WrongInstrument(
                "device.wrong-instrument",
                instrument=self._ak.name,
                link=self._port.connection.link,
                identity=identity,
                expected=f"{self._port.connection.driver.title} '{self._options.identity}'",
            )
        return identity

    def setup(self) -> Program[None]:
        """Note how the analyser was found; nothing is switched."""
        status = yield from self._ak.status()
        self._was_measuring = _is_measuring(status)
        self._start_pending = self._options.start_measuring and not self._was_measuring
        self._is_adjusting = False
        self._told_digit, self._told_mode, self._told_refusal = 0, "", ""

    def start(self) -> Program[None]:
        """Let exhaust flow where the rig asks for it; a refusal is told once, and tried again."""
        if not self._start_pending or self._is_adjusting:
            return
        try:
            yield from self._ak.ask("SREM")
            yield from self._ak.ask("SMGA")
        except InstrumentError as error:
            self._tell_refusal("ak.not-started", error)
        else:
            self._start_pending = False

    def measure(self) -> Program[None]:
        """Post the concentrations; BAD while other gas flows, and until exhaust has arrived."""
        try:
            status = yield from self._ak.status()
            values = yield from self._ak.values(len(COMPONENTS))
        except InstrumentError as error:
            self._port.mailbox.mark(Quality.BAD, self._port.clock.now())
            self._tell_refusal("ak.no-values", error)
            return
        now = self._port.clock.now()
        is_measuring = _is_measuring(status)
        if is_measuring and not self._was_measuring:
            self._valid_from = now + round(self._options.flush * SECOND)
        self._was_measuring = is_measuring
        quality = Quality.OK if is_measuring and now >= self._valid_from else Quality.BAD
        for index, value in enumerate(values):
            self._port.mailbox.post(index, value, now, quality)
        self._tell_mode("" if is_measuring else " ".join(sorted(status & NOT_MEASURING)))
        yield from self._tell_faults()

    def zero(self) -> ActionProgram:
        """Adjust at zero gas; see `Adjustment.zero`."""
        return (yield from self._adjusting(self._adjustment.zero))

    def span(self) -> ActionProgram:
        """Adjust at span gas; see `Adjustment.span`."""
        return (yield from self._adjusting(self._adjustment.span))

    def _adjusting(self, adjust: Callable[[], ActionProgram]) -> ActionProgram:
        self._is_adjusting = True
        try:
            results = yield from adjust()
            flush, period = self._options.flush, self._port.connection.period
            self._was_measuring = True
            self._valid_from = self._port.clock.now() + round(flush * SECOND)
            yield Pause(flush + 2 * period / SECOND)  # done when the readings are good again
        finally:
            self._is_adjusting = False
        return results

    def _tell_refusal(self, message_id: str, error: InstrumentError) -> None:
        if self._told_refusal != error.text():
            self._told_refusal = error.text()
            self._ak.tell("warning", message_id, reason=error.message)

    def _tell_mode(self, idle: str) -> None:
        if self._is_adjusting or self._start_pending or idle == self._told_mode:
            return
        self._told_mode = idle
        if idle:
            self._ak.tell("warning", "ak.not-measuring", mode=idle)
        else:
            self._ak.tell("info", "ak.measuring")

    def _tell_faults(self) -> Program[None]:
        digit = self._ak.digit
        if digit == self._told_digit:
            return
        self._told_digit = digit
        if digit == 0:
            self._ak.tell("info", "ak.faults-gone")
            return
        faults = yield from self._ak.ask("ASTF")
        self._ak.tell("warning", "ak.faults", faults=", ".join(faults) or "-")


def _is_measuring(status: AbstractSet[str]) -> bool:
    return "SMGA" in status and not status & NOT_MEASURING


def _build(port: Port) -> TextInstrument:
    return TextInstrument(port, AkAnalyser(port).programs(), wire=WIRE, actions=ACTIONS)


DRIVER = Driver(
    name="ak-analyser",
    title="Exhaust gas analyser with AK interface (HORIBA and AVL class): NOx, O2, H2",
    link=LinkKind.VISA,
    readings=readings,
    demands=lambda _: (),
    build=_build,
    actions=ACTIONS,
    options=AkAnalyserOptions,
    shortest_period=0.2,
)
"""The model, as the rig names it."""
