"""Before anything moves: how many hours of a plan stand for the target, mechanism by mechanism.

`h2bench check` prints it below duration and hydrogen for protocols that have a parameter
``kilometres``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bench.check import Checked
from bench.messages import Message
from bench.units import unit
from protocols.duty_reading import field_duty
from protocols.engine_kilometres import Kilometres, equivalences
from protocols.field_duty import FieldDuty
from protocols.mechanism_choices import asked_of_plan, settings_asked
from protocols.mechanism_table import engine_settings
from protocols.plan_rows import PlanRows

PARAMETER: Final = "kilometres"
"""Parameter of a protocol that says what is to be shown."""
DUTY: Final = "regional-haul"
"""Field duty that a forecast is told against."""
SHARE: Final = 0.01
"""A mechanism of which more of the time is unknown is not forecast, 1."""
_METRES: Final = unit("m")


@dataclass(frozen=True)
class Forecast:
    """What a plan will show."""

    duty: FieldDuty
    """Against which."""
    target: float
    """Kilometres that are to be shown."""
    hours: float
    """How long the plan takes, standing included, h."""
    known: tuple[Kilometres, ...]
    """Mechanisms that the demands tell, the least first; the first one governs."""
    unknown: tuple[Message, ...]
    """Those that only a rehearsal tells."""

    def hours_for(self, each: Kilometres) -> float:
        """Return the hours of such a plan to the target, h; infinite: it does nothing of it."""
        if each.kilometres <= 0.0:
            return float("inf")
        return self.target / each.kilometres * self.hours

    def sentences(self) -> tuple[Message, ...]:
        """Return it in words, line by line."""
        target = f"{self.target:,.0f}"
        lines = [Message("mechanism.forecast", {"duty": self.duty.name, "target": target})]
        lines += [self._row(each) for each in self.known]
        lines += [
            Message("mechanism.forecast-unknown", {"mechanism": each}) for each in self.unknown
        ]
        if self.known and self.known[0].kilometres > 0.0:
            least = self.known[0]
            arguments = {
                "mechanism": least.title,
                "target": target,
                "hours": f"{self.hours_for(least):,.0f}",
            }
            lines.append(Message("mechanism.forecast-governs", arguments))
        lines.append(Message("mechanism.forecast-assumed"))
        return tuple(lines)

    def _row(self, each: Kilometres) -> Message:
        if each.kilometres <= 0.0:
            return Message("mechanism.forecast-nothing", {"mechanism": each.title})
        arguments = {
            "mechanism": each.title,
            "kilometres": f"{each.kilometres:,.0f}",
            "hours": f"{self.hours_for(each):,.0f}",
        }
        if each.least == each.most:
            return Message("mechanism.forecast-count", arguments)
        band = {"least": f"{each.least:,.0f}", "most": f"{each.most:,.0f}"}
        return Message("mechanism.forecast-row", {**arguments, **band})


def forecast(checked: Checked) -> Forecast | None:
    """Return what a checked plan will show; None: it does not ask for kilometres.

    Raises:
        ConfigError: the object on the bench has no displacement, or the protocol gives exponents
            that mean nothing.
    """
    asked = checked.plan.parameters.get(PARAMETER)
    if asked is None or not asked.unit.converts_to(_METRES):
        return None
    engine = engine_settings(checked.model.object.data.get("displacement", 0.0))
    settings = settings_asked(engine, asked_of_plan(checked.plan))
    part = PlanRows(checked.model, settings).part(checked.plan.root)
    if part.running <= 0.0:
        return None
    duty = field_duty(DUTY)
    found = [each for each in equivalences(part, duty) if each.is_mechanism]
    known = [each for each in found if each.unknown_hours <= SHARE * each.hours]
    return Forecast(
        duty=duty,
        target=asked.value / 1000.0,
        hours=part.duration / 3600.0,
        known=tuple(known),
        unknown=tuple(each.title for each in found if each not in known),
    )


def sentences(checked: Checked) -> tuple[Message, ...]:
    """Return what to print of a checked plan, line by line; nothing: it asks for no kilometres.

    Raises:
        ConfigError: as `forecast`.
    """
    found = forecast(checked)
    return () if found is None else found.sentences()
