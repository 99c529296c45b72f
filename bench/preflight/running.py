"""Checks that take time, as the scan does them: each is advanced by one scan, and never waits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bench.channel import Quality
from bench.checklist import BumpTest, HeartbeatDrop, LeakTest, Values, ZeroTest
from bench.device import Instrument, Stage
from bench.messages import Message
from bench.model import BenchModel
from bench.preflight.decay import Decay
from bench.preflight.instant import Look, shown
from bench.units import unit

PATIENCE = 1.0
"""How long a channel that is not OK is passed over, s: links have gaps."""


class Hands(Protocol):
    """What a check may do to the bench."""

    def demand(self, values: Values) -> None:
        """Demand values (by index, SI); raises `Refused`."""
        ...

    def silence(self, *, is_silent: bool) -> None:
        """Leave the heartbeat out, or have it go out again."""
        ...

    def instrument(self, name: str) -> Instrument:
        """Return an instrument."""
        ...


@dataclass(frozen=True)
class Finding:
    """What a check has shown."""

    is_passed: bool
    """Whether it is passed."""
    said: Message
    """What was seen."""
    values: Mapping[str, float] = field(default_factory=dict[str, float])
    """What was measured, SI."""


class Running(Protocol):
    """A check under way."""

    def tick(self, seconds: float, look: Look, hands: Hands) -> Finding | None:
        """Advance by one scan.

        Args:
            seconds: Time since the check began, s.
            look: The bench.
            hands: What may be done to it.

        Returns:
            What it has shown; None: it goes on.
        """
        ...


_BAR_PER_MINUTE = unit("bar/min")


class LeakRun:
    """Fills a volume, shuts it, lets it rest, and watches its pressure."""

    def __init__(self, test: LeakTest, model: BenchModel) -> None:
        self._test = test
        self._model = model
        self._decay = Decay()
        self._is_filled = self._is_shut = False
        self._seen = math.inf

    def tick(self, seconds: float, look: Look, hands: Hands) -> Finding | None:
        """Advance by one scan."""
        test = self._test
        if not self._is_filled:
            self._is_filled = True
            hands.demand(test.fill)
        filled = test.filling if test.fill else 0.0
        if seconds >= filled and not self._is_shut:
            self._is_shut = True
            hands.demand(test.close)
        since = seconds - filled - test.settle
        if since < 0:
            return None
        if look.quality[test.pressure] == Quality.OK:
            self._decay.take(seconds, look.values[test.pressure])
        elif seconds - min(self._seen, seconds) > PATIENCE:
            return _unknown(test.pressure, self._model)
        if look.quality[test.pressure] == Quality.OK or self._seen == math.inf:
            self._seen = seconds
        return self._judged() if since >= test.lasting else None

    def _judged(self) -> Finding:
        test, decay = self._test, self._decay
        own = self._model.channels[test.pressure].shown_unit
        told = {
            "start": own.shown(decay.first),
            "end": own.shown(decay.last),
            "rate": _BAR_PER_MINUTE.shown(decay.rate),
            "most": _BAR_PER_MINUTE.shown(test.most),
        }
        values = {"start": decay.first, "end": decay.last, "rate": decay.rate}
        if decay.first < test.least:
            low = Message("preflight.no-pressure-on", told | {"least": own.shown(test.least)})
            return Finding(is_passed=False, said=low, values=values)
        is_tight = decay.rate <= test.most  # one that is not known is no small one
        said = Message("preflight.tight" if is_tight else "preflight.leaks", told)
        return Finding(is_tight, said, values)


class ZeroRun:
    """Has an instrument zero itself where it can, and takes the mean at rest."""

    def __init__(self, test: ZeroTest, model: BenchModel) -> None:
        self._test = test
        self._model = model
        self._is_begun = False
        self._since = math.nan
        self._sum, self._count = 0.0, 0

    def tick(self, seconds: float, look: Look, hands: Hands) -> Finding | None:
        """Advance by one scan."""
        if math.isnan(self._since):
            failed = self._zeroed(seconds, hands)
            if failed is not None or math.isnan(self._since):
                return failed
        test = self._test
        if look.quality[test.channel] == Quality.OK:
            self._sum += look.values[test.channel]
            self._count += 1
        if seconds - self._since < test.lasting:
            return None
        if not self._count:
            return _unknown(test.channel, self._model)
        return self._judged()

    def _zeroed(self, seconds: float, hands: Hands) -> Finding | None:
        """Have it zero itself; `_since` is known once it has, or nobody does."""
        test = self._test
        if not test.instrument:
            self._since = seconds
            return None
        instrument = hands.instrument(test.instrument)
        if not self._is_begun:
            self._is_begun = True
            instrument.start(test.action)
            return None
        progress = instrument.progress()
        told: dict[str, object] = {"instrument": test.instrument, "action": test.action}
        if progress.stage is Stage.DONE:
            self._since = seconds
        elif progress.stage is Stage.FAILED or seconds > test.timeout:
            reason = progress.message or Message("preflight.no-answer")
            said = Message("preflight.zero-failed", told | {"reason": reason})
            return Finding(is_passed=False, said=said)
        return None

    def _judged(self) -> Finding:
        test, channel = self._test, self._model.channels[self._test.channel]
        mean = self._sum / self._count
        is_passed = abs(mean) <= test.within
        told = {
            "channel": channel.name,
            "mean": channel.shown_unit.shown(mean),
            "within": channel.shown_unit.shown(test.within),
        }
        said = Message("preflight.zero" if is_passed else "preflight.zero-off", told)
        return Finding(is_passed, said, {"mean": mean})


class BumpRun:
    """Waits until every detector has seen the test gas."""

    def __init__(self, test: BumpTest, model: BenchModel) -> None:
        self._test = test
        self._model = model
        self._peaks = dict.fromkeys(test.channels, -math.inf)

    def tick(self, seconds: float, look: Look, hands: Hands) -> Finding | None:
        """Advance by one scan."""
        del hands  # a person gives the gas
        test, channels = self._test, self._model.channels
        for index, peak in self._peaks.items():
            if look.quality[index] == Quality.OK and look.values[index] > peak:
                self._peaks[index] = look.values[index]
        blind = [index for index, peak in self._peaks.items() if not peak > test.above]
        if blind and seconds < test.within:
            return None
        peaks = {channels[index].name: peak for index, peak in self._peaks.items()}
        values = {name: peak for name, peak in peaks.items() if math.isfinite(peak)}
        named = ", ".join(channels[index].name for index in blind)
        above = channels[test.channels[0]].shown_unit.shown(test.above)
        if blind:
            said = Message("preflight.blind", {"channels": named, "above": above})
            return Finding(is_passed=False, said=said, values=values)
        told = {"count": len(peaks), "above": above}
        return Finding(is_passed=True, said=Message("preflight.bumped", told), values=values)


class HeartbeatRun:
    """Leaves the heartbeat out, and watches that the chain notices and forgives."""

    def __init__(self, test: HeartbeatDrop, model: BenchModel) -> None:
        self._test = test
        self._model = model
        self._dropped = math.nan
        self._noticed = math.nan

    def tick(self, seconds: float, look: Look, hands: Hands) -> Finding | None:
        """Advance by one scan; whatever it ends with, the heartbeat goes out again."""
        test = self._test
        heard, permit = (self._state(index, look) for index in (test.heartbeat, test.permit))
        if math.isnan(self._dropped):
            if not (heard and permit):
                return Finding(is_passed=False, said=self._told("preflight.beat-before", look))
            self._dropped = seconds
            hands.silence(is_silent=True)
            return None
        if math.isnan(self._noticed):
            return self._wait_for_fall(seconds, look, hands, is_fallen=heard is permit is False)
        if heard and permit:
            took = self._noticed - self._dropped
            told = {"seconds": f"{took:.2f}", "back": f"{seconds - self._noticed:.2f}"}
            values = {"noticed": took, "back": seconds - self._noticed}
            return Finding(is_passed=True, said=Message("preflight.beat", told), values=values)
        if seconds - self._noticed > test.back:
            return Finding(is_passed=False, said=self._told("preflight.beat-gone", look))
        return None

    def _wait_for_fall(
        self, seconds: float, look: Look, hands: Hands, *, is_fallen: bool
    ) -> Finding | None:
        is_over = seconds - self._dropped > self._test.within
        if is_fallen or is_over:
            hands.silence(is_silent=False)
        if is_fallen and not is_over:
            self._noticed = seconds
        elif is_over:
            return Finding(is_passed=False, said=self._told("preflight.beat-unnoticed", look))
        return None

    def _state(self, index: int, look: Look) -> bool | None:
        """Return whether a channel is 1; None: it is not known."""
        return look.values[index] > 0.5 if look.quality[index] == Quality.OK else None

    def _told(self, what: str, look: Look) -> Message:
        channels = self._model.channels
        names = [channels[index].name for index in (self._test.heartbeat, self._test.permit)]
        seconds = f"{self._test.within:g}"
        return Message(what, {"values": shown(self._model, names, look), "seconds": seconds})


def run_of(test: LeakTest | ZeroTest | BumpTest | HeartbeatDrop, model: BenchModel) -> Running:
    """Return a check that is about to begin."""
    match test:
        case LeakTest():
            return LeakRun(test, model)
        case ZeroTest():
            return ZeroRun(test, model)
        case BumpTest():
            return BumpRun(test, model)
        case HeartbeatDrop():
            return HeartbeatRun(test, model)


def _unknown(index: int, model: BenchModel) -> Finding:
    said = Message("preflight.no-value", {"channel": model.channels[index].name})
    return Finding(is_passed=False, said=said)
