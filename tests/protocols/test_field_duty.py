"""Field duties: the shipped profiles, vehicle logs as people have them, and what is refused."""

import math
import subprocess
import sys

import numpy as np
import pytest

from bench.errors import BenchError
from protocols.duty_profiles import DUTIES, PROFILES, rows_of, text_of
from protocols.duty_reading import drive_of, field_duty
from protocols.engine_kilometres import equivalences
from protocols.engine_mechanisms import part_of
from protocols.mechanism_table import engine_settings

ENGINE = engine_settings(12.8e-3)
SECONDS = 900
HEADER = {
    "time": "time [s]", "vehicle": "vehicle speed [km/h]", "speed": "engine speed [rpm]",
    "torque": "torque [N*m]", "coolant": "coolant temperature [degC]",
    "oil": "oil temperature [degC]", "exhaust": "exhaust temperature [degC]",
}  # fmt: skip


def log(**changes):
    """Return columns of a log of a quarter of an hour; what is given replaces a column."""
    times = np.arange(SECONDS, dtype=float)
    columns = {
        "time": times,
        "vehicle": np.full(SECONDS, 60.0),
        "speed": np.full(SECONDS, 1300.0),
        "torque": 600.0 + 500.0 * np.sin(times / 20.0),
        "coolant": 85.0 + 4.0 * np.sin(times / 90.0),
        "oil": np.full(SECONDS, 92.0),
        "exhaust": np.full(SECONDS, 380.0),
    }
    return {**columns, **changes}


def written(path, columns, header=None):
    """Write a log as CSV and return where."""
    names = {**HEADER, **(header or {})}
    kept = [name for name in columns if columns[name] is not None]
    lines = [",".join(names[name] for name in kept)]
    lines += [
        ",".join("" if value is None else f"{value:.9g}" for value in row)
        for row in zip(*(columns[name] for name in kept), strict=True)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("name", PROFILES)
def test_a_shipped_profile_is_what_made_it(name):
    shipped = (DUTIES / f"{name}.csv").read_text(encoding="utf-8")
    rows = rows_of(PROFILES[name])
    assert len(rows) == 3600
    made = np.array(rows)
    told = np.array(
        [[float(cell) for cell in line.split(",")] for line in shipped.splitlines()[1:]]
    )
    # the last digit may round otherwise on another machine
    assert np.abs(made - told).max() <= 1.0
    assert shipped.splitlines()[0] == text_of(rows).splitlines()[0]


def test_regional_haul_is_as_stated():
    duty = field_duty("regional-haul")
    assert duty.kilometres == pytest.approx(1000.0)
    assert duty.mean_speed == pytest.approx(60.0, rel=0.01)
    assert duty.energy == pytest.approx(1.2, rel=0.02)
    assert duty.source.text() == "engineering default"
    worn = duty.worn(ENGINE)
    assert worn.starts == pytest.approx(4.0)
    assert worn.cold_starts == pytest.approx(4.0)
    # 40 % of the heating value of hydrogen
    assert worn.energy / (worn.fuel * 119.96e6) == pytest.approx(0.40)
    duty.check_engine(displacement=12.8e-3, rated_torque=2250.0)


def test_every_cold_start_is_a_whole_thermal_cycle():
    worn = field_duty("regional-haul").worn(ENGINE)
    # 20 to 90 degrees and back, over 60 K
    assert worn.damage["thermal_shock"][1] == pytest.approx(4.0 * (70.0 / 60.0) ** 2.2, rel=0.3)
    twice = field_duty("regional-haul", starts_per_1000_km=8.0).worn(ENGINE)
    assert twice.damage["thermal_shock"][1] == pytest.approx(
        2.0 * worn.damage["thermal_shock"][1], rel=0.05
    )


def test_a_log_as_driven_is_told_by_its_file(tmp_path):
    duty = field_duty(str(written(tmp_path / "truck.csv", log())))
    assert duty.name == "truck.csv"
    assert duty.source.text("en") == "vehicle log truck.csv"
    assert duty.kilometres == pytest.approx(15.0)
    assert duty.mean_speed == pytest.approx(60.0)
    bench = part_of(duty.legs[0].drive.rows, ENGINE)
    found = {each.name: each.kilometres for each in equivalences(bench, duty)}
    assert found["wear"] == pytest.approx(15.0)


def test_names_of_j1939_and_other_units_are_understood(tmp_path):
    columns = log(
        vehicle=np.full(SECONDS, 60.0 / 3.6), torque=np.full(SECONDS, 40.0),
        coolant=np.full(SECONDS, 358.15),
    )  # fmt: skip
    header = {
        "vehicle": "SPN 84 Wheel-Based Vehicle Speed [m/s]", "time": "time [s]",
        "torque": "SPN 513 Actual Engine Percent Torque [%]", "coolant": "EngCoolantTemp [K]",
        "oil": "机油温度 [°C]", "exhaust": "SPN173 [degC]", "speed": "EngSpeed [rpm]",
    }  # fmt: skip
    path = written(tmp_path / "j1939.csv", columns, header)
    drive = drive_of(path, reference_torque=2500.0)
    assert drive.rows.torque[0] == pytest.approx(1000.0)
    assert drive.rows.coolant[0] == pytest.approx(358.15)
    assert drive.kilometres == pytest.approx(15.0)
    with pytest.raises(BenchError, match="reference torque"):
        drive_of(path)


MDF = """
import sys
import numpy as np
from asammdf import MDF, Signal
times = np.arange(900.0)
given = {"WheelBasedVehicleSpeed": (60.0, "km/h"), "EngSpeed": (1300.0, "r/min"),
         "ActualEngPercentTorque": (40.0, "%"), "EngCoolantTemp": (85.0, "°C"),
         "EngOilTemp1": (92.0, "degC"), "EngExhaustGasTemp": (380.0, "degC"), "Noise": (1.0, "V")}
with MDF(version="4.10") as file:
    file.append([Signal(times, times, name="t", unit="s")])
    for name, (value, unit) in given.items():
        file.append([Signal(np.full(900, value), times, name=name, unit=unit)])
    file.append([Signal(np.array([2500.0, 2500.0]), np.array([0.0, 899.0]),
                        name="EngReferenceTorque", unit="Nm")])
    file.save(sys.argv[1])
"""


def test_a_log_in_mdf4_is_read_by_a_process_of_its_own(tmp_path):
    path = tmp_path / "truck.mf4"
    subprocess.run([sys.executable, "-c", MDF, str(path)], check=True)
    drive = drive_of(path, reference_torque=2000.0)
    assert drive.kilometres == pytest.approx(15.0)
    assert drive.rows.speed[0] == pytest.approx(1300.0 * math.pi / 30.0)
    assert drive.rows.torque[0] == pytest.approx(800.0)
    assert drive.rows.coolant[0] == pytest.approx(358.15)


def test_a_file_that_is_no_mdf_is_refused_with_what_is_wrong(tmp_path):
    path = tmp_path / "truck.mf4"
    path.write_bytes(b"this is no measurement")
    with pytest.raises(BenchError, match=r"truck\.mf4"):
        drive_of(path)


def test_a_column_that_is_sent_more_rarely_is_brought_to_the_others(tmp_path):
    rare = [value if place % 5 == 0 else None for place, value in enumerate(log()["oil"])]
    rare[-1] = 92.0
    path = written(tmp_path / "rare.csv", log(oil=rare))
    assert drive_of(path).rows.oil == pytest.approx(np.full(SECONDS, 365.15))


def with_gap():
    """Return a log that was silent for two minutes."""
    return {name: np.delete(values, slice(300, 420)) for name, values in log().items()}


@pytest.mark.parametrize(
    ("columns", "header", "sentence"),
    [
        (with_gap(), {}, "1 gaps longer than 10 s"),
        (log(exhaust=[None if 200 < p < 260 else 380.0 for p in range(SECONDS)]), {}, "exhaust"),
        (log(exhaust=None), {}, "no column is the exhaust temperature"),
        (log(), {"coolant": "coolant temperature [bar]"}, "is in bar"),
        (log(), {"speed": "engine speed"}, "is in –"),
        (log(vehicle=np.zeros(SECONDS)), {}, "drives only 0.00 km"),
        (log(torque=np.full(SECONDS, -5.0)), {}, "does no work"),
        (log(coolant=np.full(SECONDS, 358.15)), {}, "its unit or its sensor is wrong"),
        ({name: values[:300] for name, values in log().items()}, {}, "too short"),
        (log(), {"oil": "engine.coolant.temperature [degC]"}, "more than one column"),
    ],
)  # fmt: skip
def test_a_log_that_cannot_be_used_is_refused_in_both_languages(
    tmp_path, columns, header, sentence
):
    path = written(tmp_path / "truck.csv", columns, header)
    with pytest.raises(BenchError) as caught:
        field_duty(str(path))
    assert sentence in caught.value.text("en")
    assert "truck.csv" in caught.value.text("zh")
    assert caught.value.text("zh") != caught.value.text("en")


def test_the_duty_of_another_engine_is_refused(tmp_path):
    duty = field_duty(str(written(tmp_path / "truck.csv", log())))
    with pytest.raises(BenchError, match="another engine"):
        duty.check_engine(displacement=12.8e-3, rated_torque=900.0)
    with pytest.raises(BenchError, match="another engine"):
        duty.check_engine(displacement=2e-3)
    duty.check_engine(displacement=12.8e-3)


@pytest.mark.parametrize("starts", [0.0, -1.0, 500.0, math.inf])
def test_cold_starts_that_cannot_be_are_refused(starts):
    with pytest.raises(BenchError, match="cold starts"):
        field_duty("regional-haul", starts_per_1000_km=starts)


def test_a_log_without_a_cold_start_is_remarked(tmp_path):
    warm = field_duty(str(written(tmp_path / "warm.csv", log())))
    assert "no cold start" in warm.remarks[0].text("en")
    cooler = log(coolant=np.linspace(20.0, 88.0, SECONDS))
    assert field_duty(str(written(tmp_path / "cold.csv", cooler))).remarks == ()
    assert field_duty("regional-haul").remarks == ()


def test_a_warm_log_counts_no_cold_starts(tmp_path):
    path = written(tmp_path / "truck.csv", log())
    with pytest.raises(BenchError, match="below 50"):
        field_duty(str(path), starts_per_1000_km=4.0)


def test_an_unknown_profile_names_those_there_are():
    with pytest.raises(BenchError, match="regional-haul"):
        field_duty("regional-hall")


def test_a_log_that_is_not_there_is_told(tmp_path):
    for name in ("none.csv", "none.mf4"):
        with pytest.raises(BenchError, match=r"none\."):
            field_duty(str(tmp_path / name))


def test_a_duty_whose_coolant_never_moves_shows_no_endless_kilometres(tmp_path):
    duty = field_duty(str(written(tmp_path / "a.csv", log(coolant=np.full(SECONDS, 85.0)))))
    with pytest.raises(BenchError, match="Thermal cycles of the coolant"):
        equivalences(part_of(duty.legs[0].drive.rows, ENGINE), duty)
