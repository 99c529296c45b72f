"""What of a schedule is still to come when a simulated cell is opened again."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.clock import SECOND
from bench.opener import Before
from drivers.simulated.faults.fault import Family, Fault
from drivers.simulated.faults.schedule import still_to_come

TIMES = st.integers(0, 1000)


def fault(at, lasts=None, **more):
    return Fault("hang", "daq", at * SECOND, None if lasts is None else lasts * SECOND, **more)


def coming(*faults, time, mended=0):
    before = Before(1, time * SECOND, mended * SECOND)
    return [
        (each.at // SECOND, None if each.lasts is None else each.lasts // SECOND)
        for each in still_to_come(faults, before)
    ]


def test_the_first_opening_takes_the_schedule_as_it_is():
    schedule = (fault(0), fault(5, 2))
    assert still_to_come(schedule, Before()) == schedule


def test_what_is_over_does_not_come_again_and_what_lasts_lasts_on():
    assert coming(fault(5, 2), fault(5, 20), fault(50, 2), time=10) == [(0, 15), (40, 2)]


def test_a_fault_until_cleared_stays_until_it_is_put_right():
    assert coming(fault(5), time=10) == [(0, None)]
    assert coming(fault(5), fault(8), time=10, mended=6) == [(0, None)]


def test_a_power_cut_does_not_come_twice():
    assert coming(fault(5, family=Family.BENCH), fault(20, family=Family.BENCH), time=10) == [
        (10, None)
    ]


@settings(max_examples=100)
@given(at=TIMES, lasts=TIMES, first=TIMES, second=TIMES)
def test_opening_twice_is_as_opening_once_as_late(at, lasts, first, second):
    early, late = sorted((first, second))
    opened = still_to_come((fault(at, lasts),), Before(1, early * SECOND))
    rest = Before(1, (late - early) * SECOND)
    again = still_to_come(opened, rest)
    assert again == still_to_come((fault(at, lasts),), Before(2, late * SECOND))
