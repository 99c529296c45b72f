"""A bench of a few channels as a check sees it, and hands that take down what is asked of them."""

from dataclasses import replace

from bench.channel import Channel, Kind
from bench.checklist import Check
from bench.device import Progress
from bench.messages import Message
from bench.preflight.instant import Look
from bench.units import unit
from tests.bench.small_bench import model_of

AT = 1_790_000_000 * 10**9
OK, STALE = 0, 1


def bench(*checks, units=None, **more):
    """Return a model of channels ``x.a``, ``x.b`` and ``x.c``, with checks."""
    model = replace(model_of(("x.a", "x.b", "x.c"), **more), preflight=checks)
    channels = [
        replace(each, unit=unit((units or {}).get(each.name, ""))) if units else each
        for each in model.channels
    ]
    return replace(model, channels=tuple(channels))


def look(a=0.0, b=0.0, c=0.0, *, quality=(OK, OK, OK), **more):
    return Look(utc_ns=AT, values=[a, b, c], quality=list(quality), **more)


def check(test, **more):
    given = {"id": "one", "test": test, "valid_for": 86400.0, "definition": "d"} | more
    return Check(**given)


def calibrated(name, due):
    channel = Channel(name, Kind.MEASURED)
    return replace(channel, calibration=replace(channel.calibration, id=f"C-{name}", due=due))


class Hands:
    """What a check does to the bench."""

    def __init__(self):
        self.demanded = []
        self.is_silent = False
        self.started = []
        self.answer = Progress()

    def demand(self, values):
        self.demanded.append(values)

    def silence(self, *, is_silent):
        self.is_silent = is_silent

    def instrument(self, name):
        return self

    def start(self, action):
        self.started.append(action)

    def progress(self):
        return self.answer


def told(finding):
    return finding.is_passed, finding.said.id


FAILED = Message("preflight.no-answer")
