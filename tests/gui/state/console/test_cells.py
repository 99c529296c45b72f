"""What is shown of cell voltages, as numbers."""

import math
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.channel import Quality
from gui.state.console.cells import CellsState, cells_of, fitted_cells, voltage_text
from gui.state.screens.screen import screen_of
from gui.state.session import Session
from gui.widgets.cell_bars import order_of
from tests.gui.bench_values import STACK, model_of, session_of

RIG = "short-stack-bench"


@cache
def fitted():
    return fitted_cells(screen_of("solid-oxide"), model_of(RIG))


def shown(voltages=(), bad=None, **others):
    given = {f"cvm.group_{n}": voltage for n, voltage in enumerate(voltages, 1)}
    return cells_of(session_of(RIG, {**STACK, **given, **others}, bad), fitted())


def test_lowest_highest_and_mean_are_those_of_the_cells():
    state = shown([0.84, 0.80, 0.86] + [0.84] * 7)
    assert (state.lowest, state.highest) == (1, 2)
    assert state.mean == pytest.approx(0.838)


def test_a_cell_whose_value_is_not_to_be_trusted_does_not_count():
    state = shown([0.84, 0.10] + [0.84] * 8, {"cvm.group_2": Quality.BAD})
    assert math.isnan(state.voltages[1])
    assert state.mean == pytest.approx(0.84)
    assert state.lowest != 1
    assert state.priorities[1] == 0


def test_with_no_value_at_all_there_is_no_lowest():
    bad = {f"cvm.group_{n}": Quality.DISCONNECTED for n in range(1, 11)}
    state = shown(bad=bad)
    assert (state.lowest, state.highest) == (-1, -1)
    assert math.isnan(state.mean)


@given(st.lists(st.floats(-0.3, 1.3), min_size=10, max_size=10))
@settings(max_examples=40, deadline=None)
def test_all_voltages_lie_on_both_axes(voltages):
    state = shown(voltages)
    low, high = state.axis
    assert all(low < each < high for each in voltages)
    assert max(abs(each - state.mean) for each in voltages) <= state.deviation


def test_only_limits_that_hold_now_are_lines_and_colour_cells():
    loaded = {"stack.current": "36 A", "cell.current_density": "0.25 A/cm^2"}
    state = shown([0.60] + [0.84] * 9, **loaded)
    assert state.priorities[0] == 1
    assert set(state.priorities[1:]) == {0}
    assert [round(each.voltage, 3) for each in state.lines] == [0.62, 0.71, 0.76]


def test_numbers_over_the_cells_are_those_of_the_bench():
    texts = [each.text for each in shown().summary]
    assert texts == ["0.842 V", "0.829 V", "0.856 V", "13.00 mV", "0"]


def test_a_bench_without_cells_shows_none():
    assert cells_of(session_of(RIG), None) == CellsState()
    assert cells_of(Session(), fitted()) == CellsState()


@given(st.lists(st.one_of(st.floats(0, 1), st.just(math.nan)), max_size=12))
@settings(max_examples=50, deadline=None)
def test_sorting_keeps_every_cell_and_puts_unknown_ones_last(voltages):
    order = order_of(voltages, is_sorted=True)
    assert sorted(order) == list(range(len(voltages)))
    known = [voltages[cell] for cell in order if not math.isnan(voltages[cell])]
    assert known == sorted(known)
    assert all(math.isnan(voltages[cell]) for cell in order[len(known) :])


def test_voltages_are_written_in_volts_or_millivolts():
    assert voltage_text(0.8424) == "0.842 V"
    assert voltage_text(-0.0123, "mV") == "-12.3 mV"
    assert voltage_text(math.nan) == "–"
