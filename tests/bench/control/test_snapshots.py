import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.channel import Quality
from bench.clock import SECOND
from bench.control.snapshots import Snapshots
from bench.errors import Refused
from bench.scan import Row
from tests.bench.small_bench import PERIOD, model_of

KEYS = ("x.a", "x.b")


def snapshots(measured=()):
    model = model_of(("x.a", "x.b", "x.c"))
    object.__setattr__(model, "key_channels", KEYS)
    return Snapshots(model, measured)


def seen(watching, time, *poor):
    row = Row(3)
    row.time = time
    row.quality[:] = Quality.OK
    for each in poor:
        row.quality[each] = Quality.STALE
    watching.watch(row)


@settings(max_examples=60, deadline=None)
@given(
    poor=st.lists(st.sets(st.integers(0, 2)), min_size=1, max_size=40),
    scans=st.integers(1, 50),
    begin=st.integers(0, 3),
)
def test_a_snapshot_is_valid_where_every_key_channel_was_ok_in_all_of_its_scans(poor, scans, begin):
    watching = snapshots()
    for number, which in enumerate(poor, start=begin):
        seen(watching, number * PERIOD, *which)
    now = (begin + len(poor) - 1) * PERIOD
    found = watching.point(
        "", scans * PERIOD / SECOND, begin=begin * PERIOD, now=now, step_id="stay"
    )
    start = max(now - scans * PERIOD, begin * PERIOD)
    inside = [w for i, w in enumerate(poor, start=begin) if start <= i * PERIOD <= now]
    lost = {name for place, name in enumerate(KEYS) if any(place in w for w in inside)}
    assert (found.start_ns, found.end_ns) == (start, now)
    assert found.valid is not bool(lost)
    assert found.remarks == tuple(f"not OK: {name}" for name in KEYS if name in lost)


def test_repeats_count_up_by_name_and_belong_to_no_approach():
    watching = snapshots()
    seen(watching, SECOND)
    names = ("", "smoke", "snapshot", " smoke ")
    taken = [watching.point(n, 1.0, begin=0, now=SECOND, step_id="s") for n in names]
    assert [(p.name, p.repeat) for p in taken] == [
        ("snapshot", 1), ("smoke", 1), ("snapshot", 2), ("smoke", 2),
    ]  # fmt: skip
    assert {(p.approach, p.step_id) for p in taken} == {(0, "s")}


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_a_snapshot_reaches_back_by_a_time_above_zero(seconds):
    watching = snapshots()
    seen(watching, SECOND)
    with pytest.raises(Refused, match="above zero"):
        watching.point("", seconds, begin=0, now=SECOND, step_id="")


def test_a_name_the_plan_measures_under_is_refused_and_counts_nothing():
    watching = snapshots(measured=("best-point",))
    seen(watching, SECOND)
    with pytest.raises(Refused, match="best-point"):
        watching.point("best-point", 1.0, begin=0, now=SECOND, step_id="")
    assert watching.point("", 1.0, begin=0, now=SECOND, step_id="").repeat == 1


def test_before_the_first_scan_there_is_nothing_to_take():
    with pytest.raises(Refused, match="nothing is recorded"):
        snapshots().point("", 1.0, begin=0, now=SECOND, step_id="")
