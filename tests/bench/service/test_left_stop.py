"""A safe sequence of hours outlives the program that runs it, once and once more."""

import shutil
from dataclasses import replace

import pytest

from bench.clock import SECOND, VIRTUAL_EPOCH, VirtualClock
from bench.control.states import State
from bench.errors import Refused
from bench.plan import HoldNode, SetNode
from bench.runs import open_run
from bench.runs.resuming import interruption_of
from bench.service.past import Past, broken_told
from bench.service.requests import Begin, StopNow
from tests.bench.service.test_station import Served, watched
from tests.bench.small_bench import head, sequence

HOURS = 4 * 3600.0
HOUR = 3600 * SECOND
VENTILATION = "cell.ventilation"


def lasting(seconds=HOURS):
    """Return the cell with an object that takes hours to stop."""
    names = [point.name for point in watched().model.demands]
    body = (
        SetNode(head("air", "set"), ((names.index(VENTILATION), 0.75),)),
        HoldNode(head("vent", "hold"), 5.0),
        HoldNode(head("cool", "hold"), seconds),
    )
    stop = sequence(*body, name="soft-stop")
    return replace(watched(), plan=replace(watched().plan, soft_stop=stop))


@pytest.fixture
def power(tmp_path):
    """Return what cuts the power: all that is left is the files, and a new station."""
    on = []

    def cut(checked):
        folder = tmp_path / str(len(on))
        if on:
            shutil.copytree(on[-1].orders.folder, folder)
        clock = VirtualClock(VIRTUAL_EPOCH + len(on) * HOUR)
        on.append(Served(folder, checked=checked, clock=clock))
        return on[-1]

    yield cut
    for served in on:
        served.server.loop.log.shut()
        served.station.close()


def demanded(served, name):
    loop = served.server.loop
    return next(
        value
        for point, value in zip(loop.model.demands, loop.demands.values, strict=True)
        if point.name == name
    )


def test_a_stop_of_hours_goes_on_over_two_power_cuts(power):
    first = power(lasting())
    first.scan(20)
    assert first.left is None
    assert first.ask(StopNow()).is_accepted
    first.scan(200)
    elapsed = first.server.loop.position.elapsed
    assert first.server.loop.position.id == "cool"

    second = power(lasting())
    assert second.left.stop.saved.step == "cool"
    assert "h2bench stop --soft" in second.left.told.text()
    second.scan(10)
    assert second.state is State.MONITOR  # nothing goes on by itself
    assert second.ask(StopNow()).is_accepted
    assert second.state is State.STOPPING
    second.scan(600)
    assert second.server.loop.position.id == "cool"
    assert demanded(second, VENTILATION) == 0.75
    further = second.server.loop.position.elapsed
    # a power cut loses seconds, not hours: in virtual time those since the newest rows were written
    assert elapsed + 30 < further <= elapsed + 60

    third = power(lasting())
    third.scan(10)
    third.ask(StopNow())
    third.scan(600)
    assert further + 30 < third.server.loop.position.elapsed <= further + 60
    third.server.loop.log.shut()
    with open_run(third.server.path) as run:
        steps = [step.id for step in run.steps]
        told = [event.message.id for event in run.events]
    assert "air" not in steps
    assert "serve.stop-left" in told


def test_a_run_that_was_being_stopped_is_not_gone_on_with_but_stopped(power, monkeypatch):
    first = power(lasting())
    first.scan(5)
    first.ask(StopNow())
    first.scan(200)
    second = power(lasting())
    (watch,) = first.orders.folder.glob("*.h5")
    broken = interruption_of(second.orders.folder / watch.name)
    assert "(2026-01-01 00:00:20 UTC, soft" in broken_told(broken).text()
    monkeypatch.setattr(Past, "last", lambda _: broken.path)
    with pytest.raises(Refused, match="h2bench stop"):
        Past(second.orders).continued(Begin("", is_resumed=True), "ada")


def test_a_stop_that_is_through_leaves_nothing(power):
    first = power(lasting(2.0))
    first.scan(20)
    first.ask(StopNow())
    first.until(lambda: first.state is State.MONITOR)
    first.scan(20)
    assert power(lasting(2.0)).left is None


def test_on_other_texts_a_stop_begins_at_its_beginning(power):
    first = power(lasting())
    first.scan(5)
    first.ask(StopNow())
    first.scan(100)
    other = lasting()
    texts = {name: text + "\n# edited\n" for name, text in other.model.texts.items()}
    other = replace(other, model=replace(other.model, texts=texts))
    assert power(other).left is None
