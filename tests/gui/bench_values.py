"""A bench with numbers in a frame, as the screens get it."""

from functools import cache

import numpy as np

from bench.channel import Quality
from bench.config.catalogue import Catalogue
from bench.config.rig import load_rig
from bench.messages import Bilingual
from bench.service.live import Frame
from bench.service.port import AlarmShown, BenchState
from bench.units import quantity
from gui.state.session import Session


@cache
def model_of(rig):
    return load_rig(rig, Catalogue.shipped())


def frame_of(model, given=None, bad=None, otherwise=0.0):
    """Return a frame: channel → text with a unit, or a number in SI; all others are `otherwise`."""
    values = np.full(len(model.channels), otherwise)
    quality = np.zeros(len(model.channels), dtype=np.uint8)
    for name, value in (given or {}).items():
        values[model.index[name]] = quantity(value).value if isinstance(value, str) else value
    for name, worse in (bad or {}).items():
        quality[model.index[name]] = Quality(worse)
    return Frame("run.h5", 0, 0, values, values.copy(), values.copy(), quality)


def session_of(rig, given=None, bad=None, alarms=(), **more):
    model = model_of(rig)
    bench = BenchState(alarm_list=tuple(alarms), forced=more.pop("forced", ()))
    known = {"is_connected": True, **more}
    return Session(bench, model, frame_of(model, given, bad), **known)


def alarm_of(model, limit_id, state="active"):
    limit = next(each for each in model.limits if each.id == limit_id)
    nothing = Bilingual("")
    return AlarmShown(
        id=limit.id,
        state=state,
        priority=int(limit.priority),
        reaction="warn",
        text=limit.text,
        since_utc_ns=0,
        count=1,
        is_first=True,
        is_bypassed=False,
        until_utc_ns=0,
        value="",
        beside=nothing,
        cause=nothing,
        consequence=nothing,
        advice=nothing,
    )


ENGINE = {
    "engine.speed": "1202 rpm", "engine.speed.demand": "1200 rpm", "engine.torque": "1986 N*m",
    "engine.torque.demand": "2000 N*m", "engine.power": "250 kW", "engine.efficiency": "43.2 %",
    "fuel.flow": "17.36 kg/h", "fuel.supply_pressure": "182 bar",
    "fuel.rail_pressure": "31.2 bar", "fuel.pressure": "33.0 bar",
    "fuel.temperature": "24.1 degC", "coolant.temperature": "88.3 degC",
    "coolant.setpoint.demand": "88 degC", "coolant.inlet_temperature": "81.0 degC",
    "coolant.flow": "4.61 kg/s", "oil.temperature": "127.2 degC",
    "oil.setpoint.demand": "95 degC", "oil.pressure": "4.1 bar_g",
    "exhaust.temperature": "512 degC", "exhaust.unburnt_hydrogen": "0.12 %",
    "air.flow": "1412 kg/h", "boost.pressure": "2.63 bar", "charge_air.temperature": "45.2 degC",
    "charge_air.inlet_temperature": "163 degC", "intake_air.temperature": "25.0 degC",
    "crankcase.hydrogen": "0.34 %", "exhaust.nox": "31 ppm", "exhaust.oxygen": "11.2 %",
    "exhaust.hydrogen": "820 ppm", "nitrogen.pressure": "148 bar", "plc.fuel_valve_open": 1.0,
    "plc.ventilation": "100 %", "plc.ventilation_flow_ok": 1.0, "plc.injection_enabled": 1.0,
    "plc.ignition_enabled": 1.0, "coolant.pump.demand": 1.0, "dyno.mode": 1.0, "dyno.state": 2.0,
    "cell.doors": 1.0, "cell.temperature": "26.4 degC", "cell.pressure": "100.8 kPa",
    "engine.knock": "0.4 bar", "cell.oxygen": "20.9 %", "plc.chain_closed": 1.0,
    "cell.permit": 1.0, "auxiliary.power": "4.2 kW", "cell.hood_hydrogen": "1.2 %LFL",
    "cell.room_hydrogen": "0 %LFL",
}  # fmt: skip
"""An engine at its best point, with oil that is too warm."""
SYSTEM = {
    "stack.current": "216 A", "stack.current.demand": "216 A", "cell.voltage": "0.842 V",
    "cell.voltage_min": "0.829 V", "cell.voltage_max": "0.856 V", "cell.lowest": 117.0,
    "cell.highest": 4.0, "cell.spread": "13 mV", "stack.temperature": "752 degC",
    "stack.temperature.demand": "750 degC", "stack.hottest": "789 degC",
    "stack.temperature_rate": "0.1 K/min", "fuel.utilisation": "84.9 %",
    "fuel.utilisation_stack": "72 %", "fuel.oxygen_to_carbon": 2.31,
    "anode.difference": "3.2 mbar", "ac.net_power": "98.4 kW", "ac.power": "103.1 kW",
    "auxiliary.power": "4.7 kW", "system.efficiency": "61.2 %", "stack.power": "108 kW",
    "stack.voltage": "507 V", "safety_gas.pressure": "52 bar", "nitrogen.pressure": "143 bar",
    "fuel.flow": "268 Ln/min", "hydrogen.flow": "0 Ln/min", "safety_gas.flow": "0 Ln/min",
    "nitrogen.flow": "0 Ln/min", "steam.flow": "0 Ln/min", "air.flow": "7410 Ln/min",
    "recycle.ratio": "60 %", "anode.pressure": "1043 mbar", "cathode.pressure": "1040 mbar",
    "air.inlet_temperature": "650 degC", "stack.outlet_temperature": "770 degC",
    "exhaust.temperature": "214 degC", "reformer.temperature": "642 degC",
    "burner.temperature": "861 degC", "furnace.temperature": "748 degC",
    "ambient.temperature": "23 degC", "furnace.power": "2100 W", "plc.fuel_valve_open": 1.0,
    "plc.load_contactor_closed": 1.0, "plc.heater_on": 1.0, "plc.ventilation": "100 %",
    "plc.ventilation_flow_ok": 1.0, "inverter.state": 2.0, "inverter.ac_power": "103.1 kW",
    "fuel.supply_pressure": "4.2 bar", "panel.blower_speed": "8400 rpm",
    "cell.current_density": "0.25 A/cm^2", "burner.demand": 1.0, "room.hood_hydrogen": "0.4 %LFL",
    "room.hydrogen": "0 %LFL", "nickel.oxidation_voltage": "0.71 V",
    "safety_gas.flow.demand": "0 Ln/min", "furnace.setpoint": "750 degC", "load.mode.demand": 2.0,
    "plc.chain_closed": 1.0, "room.permit": 1.0, "furnace.output.demand": 1.0, "room.doors": 1.0,
    **{f"cvm.group_{n}": 0.842 + 0.010 * ((n * 7919 % 101) / 101 - 0.5) for n in range(1, 301)},
    "cvm.group_117": "0.829 V", "cvm.group_4": "0.856 V",
}  # fmt: skip
"""A 100 kW system at its rated point, with little safety gas left."""
STACK = {
    **{k: v for k, v in SYSTEM.items() if k in model_of("short-stack-bench").index},
    "stack.current": "36 A", "stack.current.demand": "36 A", "stack.power": "303 W",
    "stack.voltage": "8.42 V", "fuel.flow": "0 Ln/min", "hydrogen.flow": "3.5 Ln/min",
    "nitrogen.flow": "3.5 Ln/min", "air.flow": "22 Ln/min", "load.state": 2.0,
    **{f"cvm.group_{n}": 0.842 + 0.01 * ((n * 37 % 11) / 11 - 0.5) for n in range(1, 11)},
    "cell.lowest": 3.0, "cell.highest": 8.0,
}  # fmt: skip
"""A short stack on hydrogen."""
