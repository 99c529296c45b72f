"""Cell voltage monitor: bytes as dbc/cell_voltage_monitor.md states them, and driver and twin."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.channel import Quality
from bench.clock import VirtualClock
from bench.config import Catalogue, load_rig
from bench.errors import ConfigError
from drivers.canbus.cell_groups import Round, Summary, spans
from drivers.canbus.cell_voltage_monitor import DRIVER
from drivers.canbus.frame import Frame
from drivers.simulated.devices import cell_voltage_monitor as twin
from drivers.simulated.faults.fault import Family, Fault
from drivers.simulated.faults.node_seat import NodeSeat
from drivers.simulated.faults.targets import checked_fault, targets_of
from drivers.simulated.hosting import wanted_of

IDENTITY = Frame(0x1A4, bytes.fromhex("01c50102a10f6400"))


def page(number, *raws):
    """Return a page as the manual draws it: 8 bits of number, four values of 14 bits."""
    bits = "".join(f"{raw:014b}" for raw in reversed(raws)) + f"{number:08b}"
    return Frame(0x1A1, int(bits, 2).to_bytes(8, "little"))


def summary(guarded, alive, raws):
    """Return both frames of a summary, from the text of the manual."""
    valid = {number: raw for number, raw in enumerate(raws, 1) if raw <= 16381}
    lowest, highest = min(valid, key=valid.get), max(valid, key=valid.get)
    mean = round(sum(valid.values()) / len(valid))
    signature = sum(number * number * raw for number, raw in enumerate(raws, 1)) % 2**22
    fields = (alive, 4), (valid[lowest], 14), (mean, 14), (valid[highest], 14), (len(raws), 10)
    first = "".join(f"{value:0{width}b}" for value, width in reversed(fields))
    faults = len(raws) - len(valid)
    fields = (alive, 4), (lowest, 10), (highest, 10), (faults, 10), (signature, 22)
    second = "".join(f"{value:0{width}b}" for value, width in reversed(fields))
    return [
        guarded(number, int(bits, 2).to_bytes(7, "little").hex())
        for number, bits in ((0x1A2, first), (0x1A3, second))
    ]


RAWS = [11000, 11500, 10999, 11250, 11111, 11300]  # 0.8 V = 11000 steps above -0.3 V
PAGES = [page(0, *RAWS[:4]), page(1, *RAWS[4:], 16383, 16383)]


@pytest.fixture
def wire(wired, guarded):
    wire = wired(DRIVER, groups=6)
    wire.hear(IDENTITY, *PAGES, *summary(guarded, 1, RAWS))
    assert wire.node.is_connected
    return wire


class Stack:
    """A monitor with its twin in front of 300 groups and 30 stacks."""

    def __init__(self, benched, groups=300, stacks=30, **options):
        chance = np.random.default_rng(7)
        self.cells = 0.85 + 0.01 * chance.standard_normal(groups)
        self.ripple = 0.02 + 0.001 * chance.standard_normal(stacks)
        profiles = {"cells": lambda now: self.cells, "ripple": lambda now: self.ripple}
        self.seats = []

        def make(terminals, send):
            self.seats.append(NodeSeat(lambda put: twin.make(terminals, put), send))
            return self.seats[0]

        self.bench = benched(DRIVER, make, profiles=profiles, groups=groups, stacks=stacks)
        self.bench.run(0.3)
        assert self.bench.node.is_connected

    def fault(self, what, **values):
        """Let a fault happen and a round go by; return what is BAD then."""
        values = {name: float(value) for name, value in values.items()}
        fault = Fault(what, "cvm", values=values, family=Family.GROUPS)
        self.seats[0].begin(what, fault, self.bench.clock.now())
        return self.round()

    def round(self):
        self.bench.run(0.1)
        return {name for name, (_, quality) in self.bench.newest.items() if quality == Quality.BAD}

    def told(self):
        return [message.text("en") for message in self.bench.reports[1:]]


@pytest.fixture
def stack(benched):
    return Stack(benched)


def groups(*numbers):
    return {f"group_{number}" for number in numbers}


def test_an_opened_bus_is_told_the_period(wired):
    assert wired(DRIVER).sent == [Frame(0x132, b"\x64\x00")]
    assert wired(DRIVER, period=0.02).sent == [Frame(0x132, b"\x32\x00")]


def test_its_readings_stand_in_the_order_of_the_block():
    options = DRIVER.options.model_validate({"groups": 3, "stacks": 2})
    assert [reading.name for reading in DRIVER.readings(options)] == [
        "group_1", "group_2", "group_3", "ripple_1", "ripple_2",
        "mean", "minimum", "maximum", "lowest", "highest", "groups_missing",
    ]  # fmt: skip


def test_a_round_reads_as_the_manual_says(wire):
    values = {name: value for name, (value, _) in wire.values().items()}
    expected = {f"group_{at}": raw * 1e-4 - 0.3 for at, raw in enumerate(RAWS, 1)}
    expected |= {"mean": 11193 * 1e-4 - 0.3, "minimum": 0.7999, "maximum": 0.85}
    assert values == pytest.approx(expected | {"lowest": 3, "highest": 2, "groups_missing": 0})


def test_bytes_of_a_page_written_by_hand_are_read(wire, guarded):
    wire.values()
    raws = [0x0001, 0x0002, 0x0003, 0x0004, 5, 6]
    # 1 << 8 | 2 << 22 | 3 << 36 | 4 << 50
    by_hand = Frame(0x1A1, bytes.fromhex("0001800030001000"))
    wire.hear(by_hand, page(1, 5, 6, 16383, 16383), *summary(guarded, 2, raws))
    assert by_hand == page(0, 1, 2, 3, 4)
    assert wire.values()["group_4"][0] == pytest.approx(-0.2996)


def test_nothing_is_posted_before_the_summary_and_all_at_once_with_it(wire, guarded):
    wire.values()
    first, second = summary(guarded, 2, RAWS)
    wire.hear(*PAGES, first)
    assert wire.values() == {}
    wire.hear(second)
    assert len(wire.samples) == 1
    assert set(wire.values()) == set(wire.names)


def test_a_page_that_did_not_come_makes_its_groups_bad_and_no_others(wire, guarded):
    wire.values()
    wire.hear(PAGES[1], *summary(guarded, 2, RAWS))
    values = wire.values()
    assert {name for name, each in values.items() if each[1] == Quality.BAD} == groups(1, 2, 3, 4)
    assert values["groups_missing"][0] == 4
    assert values["minimum"][0] == pytest.approx(0.7999)
    assert wire.ids()[-1] == "cvm.missing"
    assert "1–4 " in wire.reports[-1].text("en")
    wire.hear(*PAGES, *summary(guarded, 3, RAWS))
    assert wire.bad() == set()
    assert wire.ids()[-1] == "cvm.missing-over"


def test_a_short_page_is_a_page_that_did_not_come(wire, guarded):
    wire.values()
    wire.hear(PAGES[0]._replace(data=PAGES[0].data[:7]), PAGES[1], *summary(guarded, 2, RAWS))
    assert wire.bad() == groups(1, 2, 3, 4)
    assert "can.short-frame" in wire.ids()


def test_a_group_with_a_fault_is_bad_and_named(wire, guarded):
    wire.values()
    raws = [*RAWS[:4], 16382, RAWS[5]]
    wire.hear(PAGES[0], page(1, *raws[4:], 16383, 16383), *summary(guarded, 2, raws))
    values = wire.values()
    assert values["group_5"][1] == Quality.BAD
    assert values["groups_missing"] == (1.0, Quality.OK)
    assert wire.ids()[-1] == "cvm.faulty"


def test_pages_that_do_not_fit_the_summary_are_all_bad_with_the_summary(wire, guarded):
    wire.values()
    altered = page(0, RAWS[0] + 1, *RAWS[1:4])
    wire.hear(altered, PAGES[1], *summary(guarded, 2, RAWS))
    assert wire.bad() == set(wire.names) - {"groups_missing"}
    assert wire.ids()[-1] == "cvm.unfitting"


def test_what_came_of_a_round_may_not_contradict_its_summary_either(wire, guarded):
    wire.values()
    wire.hear(page(0, 10000, *RAWS[1:4]), *summary(guarded, 2, RAWS))
    assert wire.bad() == set(wire.names) - {"groups_missing"}


def test_a_damaged_summary_makes_all_bad(wire, guarded):
    wire.values()
    first, second = summary(guarded, 2, RAWS)
    wire.hear(*PAGES, first, Frame(0x1A3, second.data[:-1] + b"\x00"))
    assert wire.bad() == set(wire.names)
    assert wire.ids()[-1] == "can.bad-checksum"


def test_halves_of_two_summaries_are_not_put_together(wire, guarded):
    wire.values()
    wire.hear(*PAGES, summary(guarded, 2, RAWS)[0], summary(guarded, 3, RAWS)[1])
    assert wire.values() == {}


def test_a_frozen_counter_is_told_and_nothing_is_posted(wire, guarded):
    wire.values()
    for _ in range(2):
        wire.hear(*PAGES, *summary(guarded, 1, RAWS))
    assert wire.values() == {}
    assert wire.ids()[-1] == "cvm.frozen"
    assert "1–6" in wire.reports[-1].text("en")


def test_a_monitor_of_another_number_of_groups_is_not_believed(wired, guarded):
    wire = wired(DRIVER, groups=8)
    wire.hear(IDENTITY, *PAGES, *summary(guarded, 1, RAWS))
    assert not wire.node.is_connected
    assert wire.ids() == ["cvm.wrong-groups"]


def test_driver_and_twin_agree_to_a_step(stack):
    shown = np.array([stack.bench.shown(f"group_{at}") for at in range(1, 301)])
    assert np.abs(shown - stack.cells).max() <= 0.5e-4 + 1e-12
    ripple = np.array([stack.bench.shown(f"ripple_{at}") for at in range(1, 31)])
    assert np.abs(ripple - stack.ripple).max() <= 1e-4 + 1e-12
    assert stack.bench.shown("mean") == pytest.approx(stack.cells.mean(), abs=1e-4)
    assert stack.bench.shown("lowest") == stack.cells.argmin() + 1
    assert stack.bench.shown("highest") == stack.cells.argmax() + 1


def test_lost_groups_are_named(stack):
    assert stack.fault("groups-lost", first=18, last=22) == groups(*range(17, 25))
    assert any("groups 17–24 are missing" in text for text in stack.told())
    stack.seats[0].end("groups-lost", stack.bench.clock.now())
    assert stack.round() == set()


@pytest.mark.parametrize(("one", "other"), [(1, 300), (5, 9), (121, 244)])
def test_exchanged_groups_are_named_and_never_put_back(stack, one, other):
    bad = stack.fault("groups-swapped", one=one, other=other)
    first, second = ((number - 1) // 4 * 4 + 1 for number in (one, other))
    assert bad == groups(*range(first, first + 4), *range(second, second + 4))
    assert any("are exchanged" in text for text in stack.told())
    assert stack.bench.shown("mean") == pytest.approx(stack.cells.mean(), abs=1e-4)


def test_a_frozen_monitor_leaves_its_values_to_grow_old(stack):
    stack.fault("groups-frozen")
    stack.bench.newest.clear()
    stack.bench.run(0.3)
    assert stack.bench.newest == {}
    assert "cvm.frozen" in stack.bench.ids()


def test_a_broken_tap_is_a_fault_of_its_group(stack):
    stack.cells[99] = np.nan
    assert stack.round() == groups(100)
    assert stack.bench.shown("groups_missing") == 1


def test_without_any_valid_group_there_is_no_number_at_all(stack):
    stack.cells[:] = np.nan
    stack.ripple[:] = np.nan
    assert stack.round() == set(stack.bench.names) - {"groups_missing"}


def test_a_reversed_cell_is_shown_negative(stack):
    stack.cells[4] = -0.1234
    assert stack.round() == set()
    assert stack.bench.shown("minimum") == pytest.approx(-0.1234)


@pytest.mark.parametrize(("count", "stacks"), [(1, 0), (10, 0), (10, 1), (511, 3), (512, 64)])
def test_any_number_of_groups_and_stacks_is_told(benched, count, stacks):
    small = Stack(benched, groups=count, stacks=stacks)
    assert small.bench.shown(f"group_{count}") == pytest.approx(small.cells[-1], abs=1e-4)
    assert small.round() == set()


def test_one_by_one_and_many_at_once_are_the_same(benched, monkeypatch):
    at_once = Stack(benched)
    monkeypatch.delattr("drivers.canbus.cell_voltage_monitor.CellVoltageMonitor.on_burst")
    one_by_one = Stack(benched)
    assert one_by_one.bench.newest == at_once.bench.newest


@given(
    st.lists(st.integers(0, 16381), min_size=1, max_size=40),
    st.integers(0, 9),
    st.integers(0, 9),
)
@settings(max_examples=60, deadline=None)
def test_no_exchange_of_pages_goes_unnoticed(raws, one, other):
    pages = -(-len(raws) // 4)
    one, other = one % pages, other % pages
    held = np.array([*raws, *(16383,) * (4 * pages - len(raws))], dtype=np.uint64).reshape(-1, 4)
    words = (held << np.array((8, 22, 36, 50), dtype=np.uint64)).sum(1, dtype=np.uint64)
    numbers = np.arange(pages, dtype=np.uint64)
    numbers[[one, other]] = other, one
    count = np.arange(1, len(raws) + 1)
    truth = Summary(
        1, min(raws), round(sum(raws) / len(raws)), max(raws), len(raws),
        int(np.argmin(raws)) + 1, int(np.argmax(raws)) + 1,
        int((count * count * np.array(raws)).sum()) % 2**22,
    )  # fmt: skip
    each = Round(len(raws), 0)
    each.take_all((words | numbers).view(np.uint8).reshape(-1, 8))
    verdict = each.judge(truth)
    shown = verdict.block[: len(raws)]
    right = np.isclose(shown, np.array(raws) * 1e-4 - 0.3)
    if (held[one] == held[other]).all():
        assert not verdict.wrong
    assert (right | np.isnan(shown)).all()


def test_numbers_are_written_as_people_do():
    assert spans([9, 1, 2, 3, 5]) == "1–3, 5, 9"
    assert spans([7]) == "7"


def test_a_fault_of_groups_finds_the_monitor_of_a_rig():
    model = load_rig("solid-oxide-system", Catalogue.shipped())
    targets = targets_of(wanted_of(model, clock=VirtualClock(), plant={}))
    found = checked_fault(targets, "groups-lost", "cvm", given={"first": 1, "last": 4})
    assert (found.family, found.values) == (Family.GROUPS, {"first": 1.0, "last": 4.0})
    with pytest.raises(ConfigError, match="'plc'"):
        checked_fault(targets, "groups-frozen", "plc", given={})
