"""Twins that nobody asks for long do by themselves no more than that is worth."""

from types import SimpleNamespace

import pytest

from bench.clock import SECOND
from drivers.simulated.devices import ak_analyser, media_conditioning
from drivers.simulated.port import Terminals


def analyser(period):
    asked = []

    def nox(now):
        asked.append(now)
        return 100e-6 if now >= 60 * SECOND else 50e-6

    signals = {"nox": nox, "o2": lambda _: 0.1, "h2": lambda _: 0.0}
    signals |= {f"{name}.{part}_drift": lambda _: 0.0 for name in ("nox", "o2", "h2")
                for part in ("zero", "span")}  # fmt: skip
    options = SimpleNamespace(span_gas={}, identity="")
    return ak_analyser.make(Terminals(signals, {}, options, period=period)), asked


def tell(twin, text, now):
    return twin.receive(b"\x02 " + text.encode() + b"\x03", now).decode()


def ran(twin, until):
    now, count = 0, 0
    while now < until:
        count += 1
        now = twin.step(now)
    return count


@pytest.mark.parametrize(("period", "least", "most"), [(0, 180, 190), (10 * SECOND, 30, 40)])
def test_an_analyser_that_is_asked_seldom_samples_less_and_shows_the_same(period, least, most):
    twin, _ = analyser(period)
    twin.step(0)
    tell(twin, "SREM K0", 1)
    tell(twin, "SMGA K0", SECOND)
    assert least <= ran(twin, 90 * SECOND) <= most
    assert "100.00" in tell(twin, "AKON K1", 90 * SECOND)


def test_a_conditioning_unit_that_is_asked_seldom_judges_its_alarms_as_seldom():
    hot = [300.0]
    signals = {each.signal: lambda _: hot[0] for each in media_conditioning.SENSORS}
    often, seldom = (
        media_conditioning.make(Terminals(signals, {}, period=period)) for period in (0, 5 * SECOND)
    )
    assert (ran(often, 20 * SECOND), ran(seldom, 20 * SECOND)) == (20, 4)
    hot[0] = 500.0
    assert seldom.receive(b"STAT:ALAR?\n", 20 * SECOND) != b"0\n"
