"""Checks that the bench judges anew whenever it is asked: nothing is kept of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.channel import Quality
from bench.checklist import (
    INSTANT,
    Certificates,
    Check,
    DiskSpace,
    GasStock,
    Holds,
    WallClock,
)
from bench.clock import SECOND, iso_date
from bench.expression import Resolved
from bench.messages import Message
from bench.model import BenchModel
from bench.plan import Estimate
from bench.preflight.evidence import Standing
from bench.preflight.supply import usable_mass
from bench.units import unit

RECORDED = 0.5
"""Bytes on the disk per byte of data once its chunks are packed (engineering default: values of
real sensors; simulated ones need less)."""
_GIGABYTE = 1e9
_KILOGRAM, _BAR = unit("kg"), unit("bar")


@dataclass(frozen=True)
class Look:
    """The bench at one moment, and the machine it runs on."""

    utc_ns: int
    """When, ns since 1970-01-01T00:00:00Z."""
    values: Sequence[float]
    """Channels in row order, SI."""
    quality: Sequence[int]
    """`Quality` of each."""
    free: float = math.nan
    """Free bytes where run files go; nan: not known."""
    is_synchronised: bool | None = None
    """Whether the machine's clock is; None: not known."""


def judge(
    check: Check, look: Look, model: BenchModel, estimate: Estimate, period: int
) -> Standing | None:
    """Return how a check stands now; None: the bench cannot say, or it needs evidence.

    Args:
        check: Check.
        look: What is now.
        model: The bench.
        estimate: What the run takes that is to begin; nothing where none is.
        period: Time between two scans, ns.
    """
    test = check.test
    if not isinstance(test, INSTANT):
        return None
    match test:
        case Holds(condition=condition, text=text):
            is_passed, said = _condition(condition, text, look, model)
        case GasStock():
            is_passed, said = _stock(test, look, estimate)
        case DiskSpace():
            is_passed, said = _space(test, look, model, estimate, period)
        case Certificates():
            is_passed, said = _certificates(look, model, estimate)
        case WallClock():
            if look.is_synchronised is None:
                return None
            is_passed = look.is_synchronised
            said = Message("preflight.clock" if is_passed else "preflight.clock-alone")
    return Standing(check, is_passed=is_passed, said=said, age=0.0)


def holds(condition: Resolved, look: Look, model: BenchModel) -> bool:
    """Return whether a condition holds, all of whose channels are OK."""
    named = {name: model.index[name] for name in condition.names}
    if any(look.quality[index] != Quality.OK for index in named.values()):
        return False
    return bool(condition.evaluate({name: look.values[at] for name, at in named.items()}) > 0)


def bytes_per_second(model: BenchModel, period: int) -> float:
    """Return what a run puts on the disk, B/s: time, values and qualities of every scan."""
    row = 8 + sum(int(each.stored.value[-1]) + 1 for each in model.channels)
    return RECORDED * row * SECOND / period


def shown(model: BenchModel, names: Sequence[str], look: Look) -> str:
    """Return channels with their values, for people."""
    return ", ".join(f"{name} = {_shown(model, model.index[name], look)}" for name in names)


def _shown(model: BenchModel, index: int, look: Look) -> str:
    value = look.values[index]
    if look.quality[index] != Quality.OK or math.isnan(value):
        return "–"
    words = model.choices_of(model.channels[index].name)
    if words and value in range(len(words)):
        return words[int(value)]
    return model.channels[index].shown_unit.shown(value)


def _condition(
    condition: Resolved, text: str, look: Look, model: BenchModel
) -> tuple[bool, Message]:
    values = shown(model, sorted(condition.names), look)
    told = {"condition": text, "values": values}
    if any(look.quality[model.index[name]] != Quality.OK for name in condition.names):
        return False, Message("preflight.not-known", told)
    if holds(condition, look, model):
        return True, Message("preflight.holds", told)
    return False, Message("preflight.holds-not", told)


def _stock(test: GasStock, look: Look, estimate: Estimate) -> tuple[bool, Message]:
    if look.quality[test.pressure] != Quality.OK:
        return False, Message("preflight.no-pressure")
    pressure = look.values[test.pressure]
    held = usable_mass(pressure, test.lowest, test.volume, test.temperature)
    share = 1.0 if estimate.seconds <= test.ahead else test.ahead / estimate.seconds
    needed = estimate.hydrogen * share
    told = {
        "held": _KILOGRAM.shown(held),
        "needed": _KILOGRAM.shown(needed),
        "pressure": _BAR.shown(pressure),
    }
    if held > 0 and held >= needed:
        return True, Message("preflight.stock", told)
    return False, Message("preflight.stock-low", told)


def _space(
    test: DiskSpace, look: Look, model: BenchModel, estimate: Estimate, period: int
) -> tuple[bool, Message]:
    if math.isnan(look.free):
        return False, Message("preflight.no-disk")
    seconds = min(estimate.seconds, test.ahead)
    needed = bytes_per_second(model, period) * seconds * (1.0 + test.margin)
    told = {
        "free": f"{look.free / _GIGABYTE:.1f} GB",
        "needed": f"{needed / _GIGABYTE:.1f} GB",
    }
    if look.free > needed:
        return True, Message("preflight.disk", told)
    return False, Message("preflight.disk-full", told)


def _certificates(look: Look, model: BenchModel, estimate: Estimate) -> tuple[bool, Message]:
    end = iso_date(look.utc_ns + round(min(estimate.seconds, _LONGEST) * SECOND))
    dated = [each for each in model.channels if each.calibration.due]
    overdue = [each for each in dated if each.calibration.due < end]
    if not overdue:
        first = min((each.calibration.due for each in dated), default="–")
        told = {"count": len(dated), "end": end, "first": first}
        return True, Message("preflight.certificates", told)
    named = ", ".join(f"{each.name} ({each.calibration.due})" for each in overdue)
    return False, Message("preflight.certificates-due", {"channels": named, "end": end})


_LONGEST = 20 * 365.25 * 86400.0  # what is planned for longer has no date
