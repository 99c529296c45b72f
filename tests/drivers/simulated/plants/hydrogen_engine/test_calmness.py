"""When the engine may go on in one long step, and that nothing is lost by it."""

from math import pi

import pytest

from bench.clock import SECOND
from drivers.simulated.plant import PlantHost
from drivers.simulated.plants.hydrogen_engine.cabling import MODEL

RPM = pi / 30.0
MINUTE = 60 * SECOND
HIGH, LOW = (1900 * RPM, 1700.0), (1100 * RPM, 600.0)
COUNTED = ("hydrogen_metered_total", "hydrogen_burnt_total", "hydrogen_exhaust_total")
WORN = {"worn_rings": 1e-3, "worn_bearings": 1e-3, "worn_injectors": 1e-3, "oil_age": 1e-3}
WORN |= {"worn_catalyst": 1e-2}  # exponential in an exhaust temperature that is still falling


class Engine:
    """A running engine with a second's grid, that leaps where it is calm, or never."""

    def __init__(self, *, leaps, **settings):
        plant = MODEL.open({"warm": 1.0, **settings}, {})
        self.host = PlantHost(plant, SECOND, 0)
        self.host.watchers.append(self._see)
        self.leaps, self.wires, self.energy, self.steps = leaps, 0, 0.0, 0
        self._last = 0
        for name in ("fuel_valve", "ignition", "injection"):
            self.act(name, 1.0)

    def act(self, name, value):
        self.host.act(name, value, self.wires)

    def load(self, point):
        self.act("mode", 1)
        self.act("speed_setpoint", point[0])
        self.act("torque_setpoint", point[1])

    def hold(self, ns):
        end = self.wires + self.host.leapt + ns
        while (now := self.wires + self.host.leapt) < end:
            room = min(MINUTE, (end - now) // SECOND * SECOND - SECOND)
            if self.leaps and room > 0:
                room = min(room, int(self.calm)) // SECOND * SECOND
                self.host.leap(room)
            self.wires += SECOND
            self.host.at(self.wires)

    @property
    def calm(self):
        return self.host.plant.calm(self.host.state, self.host.inputs) * SECOND

    def _see(self, truth):
        self.energy += truth.state.brake_power * (truth.time - self._last) / SECOND
        self._last = truth.time
        self.steps += 1


def test_an_hour_in_leaps_and_an_hour_second_by_second_agree():
    slow, quick = Engine(leaps=False, ageing=100.0), Engine(leaps=True, ageing=100.0)
    for point in (HIGH, LOW) * 6:
        for each in (slow, quick):
            each.load(point)
            each.hold(5 * MINUTE)
        a, b = slow.host.state, quick.host.state
        for name in ("coolant_outlet_temperature", "oil_temperature", "exhaust_temperature"):
            assert getattr(b, name) == pytest.approx(getattr(a, name), abs=0.1)
        assert b.speed == pytest.approx(a.speed, rel=1e-6)
        assert b.fuel_flow_meter == pytest.approx(a.fuel_flow_meter, rel=2e-4)
        assert b.nox_wet == pytest.approx(a.nox_wet, rel=2e-3)
    assert quick.steps < 0.3 * slow.steps
    assert quick.energy == pytest.approx(slow.energy, rel=2e-4)
    for name in COUNTED:
        assert getattr(b, name) == pytest.approx(getattr(a, name), rel=2e-4)
    for name, rel in WORN.items():
        assert getattr(b.ageing, name) == pytest.approx(getattr(a.ageing, name), rel=rel)
    assert b.ageing.running_time == pytest.approx(a.ageing.running_time, abs=1e-6)
    assert b.ageing.starts == a.ageing.starts


def test_a_steady_engine_is_calm_and_one_whose_load_has_changed_is_not():
    engine = Engine(leaps=False)
    engine.load(LOW)
    engine.hold(20 * MINUTE)
    assert engine.calm >= MINUTE
    engine.load(HIGH)
    assert engine.calm < SECOND
    engine.hold(5 * SECOND)
    assert engine.calm < 2 * SECOND


def test_an_engine_at_rest_is_calm_and_one_that_runs_out_is_not():
    engine = Engine(leaps=False)
    engine.hold(10 * MINUTE)
    assert engine.calm >= MINUTE
    engine.load(LOW)
    engine.hold(MINUTE)
    engine.act("mode", 0)
    engine.act("injection", 0.0)
    assert engine.calm < SECOND


@pytest.mark.parametrize(
    "fault", [{"knock": {"intensity": 1e6, "loss": 0.05}}, {"coolant-loss": {"left": 0.05}}]
)
def test_an_engine_with_which_something_is_wrong_is_not_calm(fault):
    engine = Engine(leaps=False)
    engine.load(LOW)
    engine.hold(20 * MINUTE)
    engine.host.disturb(fault, engine.wires)
    assert engine.calm == 0.0


def test_a_leap_never_passes_the_exchange_of_the_trailer():
    quick = Engine(leaps=True, trailer_exchange_pressure=196e5)
    seen = []
    quick.host.watchers.append(lambda truth: seen.append(truth.state.supply_pressure))
    quick.load(HIGH)
    quick.hold(60 * MINUTE)
    assert min(seen) >= 196e5
    assert max(seen[len(seen) // 2 :]) > 199e5


def test_it_is_judged_once_per_state(monkeypatch):
    engine = Engine(leaps=False)
    first = engine.calm
    monkeypatch.setattr(
        "drivers.simulated.plants.hydrogen_engine.cabling.calm_for",
        lambda *_: pytest.fail("judged again"),
    )
    assert engine.calm == first
