from math import pi

from drivers.simulated.plants.hydrogen_engine import (
    HydrogenEngineInputs,
    HydrogenEngineParameters,
    ShaftMode,
    advance,
    initial_state,
)


def test_one_step_of_the_hydrogen_engine(benchmark):
    parameters = HydrogenEngineParameters()
    inputs = HydrogenEngineInputs(
        mode=ShaftMode.SPEED_TORQUE,
        speed_setpoint=1200 * pi / 30,
        torque_setpoint=2000.0,
        fuel_valve=True,
        ignition=True,
        injection=True,
    )
    state = initial_state(parameters, warm=True)
    for _ in range(600):
        state = advance(state, inputs, parameters, 1.0)
    after = benchmark(advance, state, inputs, parameters, 0.01)
    assert after.fired
