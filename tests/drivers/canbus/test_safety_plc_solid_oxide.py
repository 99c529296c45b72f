"""The safety PLC of a solid oxide system: its heartbeat timeout, its fallback, its safety gas."""

import pytest

from bench.channel import Quality
from bench.clock import SECOND
from bench.device import Connection
from drivers.canbus.frame import Frame
from drivers.canbus.safety_plc import DRIVER, TRIP_CAUSES
from drivers.simulated.devices import safety_plc as twin

IDENTITY = Frame(0x192, bytes.fromhex("015a0102d1076400"))
HEALTHY = {
    **{f"{place}_h2_{number}": 0.0 for place in ("hood", "room") for number in (1, 2, 3)},
    "carbon_monoxide": 5e-6, "methane": 0.0, "oxygen": 0.2095, "ventilation_flow": 1.0,
    "emergency_stop": 0.0, "reset": 0.0,
}  # fmt: skip
SAFE = {"fuel_valve": 0, "load_contactor": 0, "heater": 0, "safety_gas": 1}
GOING = {"fuel_valve": "open", "load_contactor": "close", "heater": "on", "safety_gas": "off"}


class Cell:
    """A PLC with its twin, and the core's heartbeat."""

    def __init__(self, benched, **options):
        options = {"object": "solid-oxide", "heartbeat_timeout": "5 s", **options}
        self.bench = benched(DRIVER, twin.make, period=1.0, plant=HEALTHY, **options)
        self.beat = 0
        self.run(3)

    def run(self, scans, **values):
        for _ in range(scans):
            self.beat = self.beat + 1 & 0xFF
            self.bench.run(1.0, scan=1.0, heartbeat=self.beat, **values)

    def silence(self, seconds):
        self.bench.run(seconds, scan=1.0)

    def outputs(self):
        return {name: self.bench.inputs[name] for name in SAFE}

    def cause(self):
        return TRIP_CAUSES[round(self.bench.shown("trip_cause"))]


@pytest.fixture
def cell(benched):
    cell = Cell(benched)
    assert cell.bench.node.is_connected
    return cell


@pytest.fixture
def going(cell):
    cell.run(2, **GOING)
    assert cell.outputs() == {"fuel_valve": 1, "load_contactor": 1, "heater": 1, "safety_gas": 0}
    return cell


def inputs(guarded, alive, milliseconds):
    """Return the input frame of a PLC with that heartbeat timeout."""
    timeout = milliseconds.to_bytes(2, "little").hex()
    return guarded(0x194, f"{alive:02x}03a0983a{timeout}")


def test_the_timeout_travels_behind_the_status_period_with_a_checksum(wired, guarded):
    wire = wired(DRIVER, heartbeat_timeout="5 s")
    assert wire.sent == [guarded(0x112, "64008813")]


@pytest.mark.parametrize("text", ["e8030a00", "e803102700", "e80310"])
def test_a_timeout_without_its_checksum_is_not_believed(cell, text):
    cell.bench.twin.receive(Frame(0x112, bytes.fromhex(text)), cell.bench.clock.now())
    cell.run(2)
    assert cell.bench.node.is_connected
    assert "can.other-timeout" not in cell.bench.ids()


@pytest.mark.parametrize("timeout", ["0.1 s", "11 s"])
def test_a_timeout_outside_the_manual_is_refused(timeout):
    with pytest.raises(ValueError, match="heartbeat_timeout"):
        DRIVER.options.model_validate({"heartbeat_timeout": timeout})


def test_the_gap_of_demands_it_bears_follows_its_timeout():
    def gap(**options):
        chosen = DRIVER.options.model_validate(options)
        return Connection("plc", DRIVER, "can0", SECOND, chosen)

    assert gap().longest_demand_gap == pytest.approx(0.2)
    assert gap(heartbeat_timeout="5 s").longest_demand_gap == pytest.approx(2.0)
    assert gap(heartbeat_timeout="5 s").watchdog_timeout == 5.0


def test_a_plc_that_holds_another_timeout_is_told_again_and_not_used_until_it_says_the_same(
    wired, guarded
):
    wire = wired(DRIVER, heartbeat_timeout="5 s")
    wire.hear(IDENTITY, guarded(0x190, "014900fa70c800"), inputs(guarded, 1, 500))
    assert wire.node.is_connected  # what it sends in the first second may be older
    wire.clock.wait_until(2 * SECOND)
    wire.hear(guarded(0x190, "024900fa70c800"), inputs(guarded, 2, 500))
    assert not wire.node.is_connected
    assert wire.ids()[-1] == "can.other-timeout"
    assert wire.sent[-1] == guarded(0x112, "64008813")
    wire.hear(guarded(0x190, "034900fa70c800"))
    assert not wire.node.is_connected
    wire.hear(inputs(guarded, 3, 5000), guarded(0x190, "044900fa70c800"))
    assert wire.node.is_connected


def test_a_plc_that_does_not_know_the_timeout_has_that_of_power_up(wired, guarded):
    wire = wired(DRIVER)
    wire.hear(IDENTITY, guarded(0x190, "014900fa70c800"))
    wire.clock.wait_until(2 * SECOND)
    wire.hear(guarded(0x190, "024900fa70c800"), inputs(guarded, 1, 0))
    assert wire.node.is_connected


def test_it_powers_up_with_the_safety_gas_open_and_everything_else_off(cell):
    assert cell.outputs() == SAFE
    assert cell.bench.shown("safety_gas_open") == 1
    assert cell.bench.shown("chain_closed") == 1


def test_the_safety_gas_is_shut_by_a_request_and_stays_shut_without_the_bench(cell):
    cell.run(1, safety_gas="off")
    assert cell.bench.inputs["safety_gas"] == 0
    cell.silence(20.0)
    assert cell.bench.inputs["safety_gas"] == 0
    assert cell.cause() == "none"


def test_every_output_tells_of_itself(going):
    told = ("fuel_valve_open", "load_contactor_closed", "heater_on", "safety_gas_open")
    assert [going.bench.shown(name) for name in told] == [1, 1, 1, 0]


def test_a_bench_that_dies_leaves_a_safe_system_after_the_timeout_of_the_rig(going):
    going.silence(3.0)  # the last beat is a scan old
    assert going.outputs()["fuel_valve"] == 1
    going.silence(3.0)
    assert going.outputs() == SAFE
    assert going.cause() == "heartbeat"


def test_with_the_timeout_of_power_up_half_a_second_is_enough(benched):
    cell = Cell(benched, heartbeat_timeout="0.5 s")
    for _ in range(5):
        cell.beat = cell.beat + 1 & 0xFF
        cell.bench.run(0.1, heartbeat=cell.beat, **GOING)
    assert cell.outputs()["fuel_valve"] == 1
    cell.bench.run(0.3)
    assert cell.outputs()["fuel_valve"] == 1
    cell.bench.run(0.4)
    assert cell.outputs() == SAFE


@pytest.mark.parametrize(
    ("shown", "cause"),
    [
        ({"hood_h2_1": 0.3, "hood_h2_2": 0.3}, "hood"),
        ({"room_h2_1": 0.3, "room_h2_3": float("nan")}, "room"),
        ({"carbon_monoxide": 150e-6}, "carbon-monoxide"),
        ({"methane": 0.26}, "methane"),
        ({"oxygen": 0.19}, "oxygen"),
        ({"emergency_stop": 1.0}, "emergency-stop"),
    ],
)
def test_every_trip_makes_it_safe_within_two_seconds(going, shown, cause):
    going.bench.plant.update(shown)
    going.run(2, **GOING)
    assert going.outputs() == SAFE
    assert going.bench.inputs["ventilation"] == 1.0
    assert going.cause() == cause


def test_after_a_reset_only_the_safety_gas_is_on_until_it_is_requested_off(going):
    going.bench.plant["methane"] = 0.3
    going.run(3, **GOING)
    going.bench.plant["methane"] = 0.0
    going.run(2, **GOING)
    going.bench.plant["reset"] = 1.0
    going.run(2, **GOING)
    assert going.cause() == "none"
    assert going.outputs() == SAFE
    going.run(1, safety_gas="on")
    going.run(1, safety_gas="off")
    assert going.outputs() == {**SAFE, "safety_gas": 0}


def test_its_gas_detectors_are_all_there(cell):
    values = {name: quality for name, (_, quality) in cell.bench.newest.items()}
    detectors = [name for name in HEALTHY if name in values]
    assert len(detectors) == 10
    assert all(values[name] == Quality.OK for name in detectors)
