"""The catalyst behind the engine: selective reduction of NOx, lit off by the exhaust, ageing."""

from math import exp

from drivers.simulated.plants.hydrogen_engine.ageing_parameters import AgeingParameters
from drivers.simulated.plants.hydrogen_engine.state import HydrogenEngineState


def conversion(temperature: float, activity: float, parameters: AgeingParameters) -> float:
    """Return the share of NOx that the catalyst takes out, 0..1.

    A plug-flow reactor of first order: ``1 - exp(-transfer * activity)``, the activity lit off by
    temperature.

    Args:
        temperature: Exhaust temperature, K.
        activity: Activity left by ageing, over the new catalyst's, 1.
        parameters: Transfer units and light-off.
    """
    colder = (parameters.catalyst_light_off - temperature) / parameters.catalyst_light_off_width
    lit = 1.0 / (1.0 + exp(min(50.0, colder)))
    return 1.0 - exp(-parameters.catalyst_transfer * activity * lit)


def tailpipe_nox(state: HydrogenEngineState, parameters: AgeingParameters) -> float:
    """Return NOx behind the catalyst, mole fraction in wet exhaust."""
    left = 1.0 - conversion(state.exhaust_temperature, state.ageing.factors.catalyst, parameters)
    return state.nox_wet * left
