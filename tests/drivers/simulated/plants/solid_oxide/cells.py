"""A plant of solid oxide cells under test, driven by hand."""

from drivers.simulated.plants.solid_oxide.cabling import MODEL
from drivers.simulated.plants.solid_oxide.thermo import FARADAY

ZERO = 273.15
EVENTS = ("thermal_cycles", "redox_events", "emergency_stops", "carbon_events", "thermal_shocks")


class Cells:
    def __init__(self, **settings):
        self.plant = MODEL.open(settings, {})
        self.state, self.inputs = self.plant.state, self.plant.inputs
        self.p = self.plant.parameters

    def act(self, **values):
        for name, value in values.items():
            self.inputs = self.plant.actuated(self.inputs, name, value)
        return self

    def wrong(self, **faults):
        named = {name.replace("_", "-"): values for name, values in faults.items()}
        self.inputs = self.plant.disturbed(self.inputs, named)

    def run(self, seconds, step=1.0):
        for _ in range(round(seconds / step)):
            self.state = self.plant.advance(self.state, self.inputs, step)
        return self.state

    def load(self, density, *, utilisation=0.85, recycle=0.6, air=0.30, minutes=15):
        """Ramp to a current density (A/cm2) with fuel ahead and air that fits."""
        before = self.state.current_density / 1e4
        for k in range(1, minutes + 1):
            now = before + (density - before) * k / minutes
            electrons = self.p.area * 1e4 * max(now, 0.05) / FARADAY
            self.act(
                fuel_flow=electrons / 8.0 / utilisation,
                steam_flow=max(0.0, 0.15 - now) * 20.0 / 8.0 * self.p.area / 43.2,
                recycle_ratio=recycle,
                air_flow=max(electrons / (4.0 * 0.2095 * air), 0.4 * self.p.rated_air_flow),
            )
            self.run(5.0)
            self.act(load_current=now * 1e4 * self.p.active_area * self.p.strings)
            self.run(55.0)
        return self.state

    @property
    def damage(self):
        return {name: getattr(self.state.wear, name) for name in EVENTS}


NO_DAMAGE = dict.fromkeys(EVENTS, 0)


def system(**settings):
    """A hot system that carries load, on methane with recycle."""
    cells = Cells(warm=1, **settings)
    cells.act(fuel_valve=1, heater=1, heater_power=3e3, steam_flow=0.5, fuel_flow=0.04)
    cells.act(air_flow=2.2)
    cells.run(60.0)
    cells.act(load_contactor=1, safety_gas=0)
    return cells


def short_stack(**settings):
    """A hot short stack on hydrogen at open circuit; 5 mmol/s with 3 % water, in its furnace."""
    cells = Cells(system=0, warm=1, **settings)
    cells.act(fuel_valve=1, heater=1, heater_power=2175.0)
    cells.act(hydrogen_flow=5e-3, steam_flow=1.55e-4, air_flow=0.03, safety_gas=0)
    cells.run(600.0)
    return cells
