"""The cycles of the simulated engine, written by other hands, give back what was put into them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.combustion.capture import analyse_capture
from analysis.combustion.capture_results import Capture, CaptureSettings
from analysis.combustion.geometry import CylinderGeometry
from analysis.combustion.heat_release import HeatReleaseSettings
from analysis.combustion.traces import traces
from drivers.simulated.cycles import CycleConditions, CycleEvent, DrawnCycles
from drivers.simulated.plants.hydrogen_engine.cylinder import (
    KAPPA,
    CylinderCycles,
    Geometry,
    burn_angle,
)

SWEPT = 12.8e-3 / 6.0
PLANT = CylinderCycles(Geometry(SWEPT))
GEOMETRY = CylinderGeometry(
    bore=PLANT.geometry.bore,
    stroke=SWEPT / (math.pi / 4.0 * PLANT.geometry.bore**2),
    rod=PLANT.geometry.rod,
    compression_ratio=PLANT.geometry.compression,
)
CONDITIONS = CycleConditions(
    speed=1200.0 * math.pi / 30.0,
    is_fired=True,
    intake_pressure=2.8e5,
    exhaust_pressure=2.6e5,
    imep=21e5,
    imep_variation=0.01,
    ca50=8.0,
    ca50_deviation=1.0,
    duration=42.0,
    spark=-15.0,
    oscillation=2e4,
    rates=(0.0, 0.0, 0.0, 0.0),
)
COUNT = 30


def made(events: dict[int, CycleEvent]) -> tuple[DrawnCycles, Capture]:
    """Return what was drawn, and what its traces say."""
    draw = np.random.default_rng(4)
    drawn = PLANT.drawn(CONDITIONS, draw.standard_normal((COUNT, 3)), events)
    cylinder, intake = PLANT.traces(CONDITIONS, drawn)
    found = analyse_capture(
        traces=traces(
            angle_deg=PLANT.geometry.angles,
            pressure=cylinder + 2e3 * draw.standard_normal(cylinder.shape) - 3e5,
            intake=intake,
        ),
        geometry=GEOMETRY,
        speed=CONDITIONS.speed,
        settings=CaptureSettings(heat=HeatReleaseSettings(gamma=KAPPA)),
        spark_deg=CONDITIONS.spark,
    )
    return drawn, found


def test_work_and_burn_angles_of_every_cycle_come_back() -> None:
    drawn, found = made({})
    assert found.left_out == ()
    assert found.values is not None
    assert found.values.imep_net == pytest.approx(drawn.imep, rel=2e-3)
    for name, share in (("mfb10_deg", 0.1), ("mfb50_deg", 0.5), ("mfb90_deg", 0.9)):
        truth = [burn_angle(ca50, CONDITIONS.duration, share) for ca50 in drawn.ca50]
        errors = getattr(found.values, name) - truth
        assert abs(float(errors.mean())) < 0.15, name
        assert float(np.abs(errors).max()) < 0.5, name


def test_abnormal_cycles_are_the_ones_that_were_drawn() -> None:
    events = {
        3: CycleEvent.KNOCK,
        9: CycleEvent.MISFIRE,
        15: CycleEvent.PRE_IGNITION,
        21: CycleEvent.BACKFIRE,
    }
    flags = made(events)[1].flags
    assert flags is not None
    assert np.flatnonzero(flags.knock).tolist() == [3]
    found = {}
    for name in ("misfire", "pre_ignition", "backfire"):
        marked = getattr(flags, name)
        assert marked is not None
        found[name] = np.flatnonzero(marked).tolist()
    assert found["pre_ignition"] == [15]
    assert found["backfire"] == [21]
    assert 9 in found["misfire"]
