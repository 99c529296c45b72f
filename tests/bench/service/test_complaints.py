from hypothesis import given
from hypothesis import strategies as st

from bench.clock import SECOND
from bench.service.complaints import INTERVAL, Complaints

FAULT = "gate.complaint-busy"


def told(complaints, now):
    return [(each.arguments["client"], each.arguments["count"]) for each in complaints.due(now)]


def test_the_first_fault_is_told_at_once_and_the_rest_by_the_minute():
    complaints = Complaints()
    complaints.add("a", FAULT)
    assert told(complaints, 0) == [("a", 1)]
    for _ in range(1000):
        complaints.add("a", FAULT)
    assert told(complaints, INTERVAL - 1) == []
    assert told(complaints, INTERVAL) == [("a", 1000)]


def test_one_client_does_not_hide_another():
    complaints = Complaints()
    complaints.add("a", FAULT)
    assert told(complaints, 0) == [("a", 1)]
    complaints.add("a", FAULT)
    complaints.add("b", FAULT)
    assert told(complaints, 1) == [("b", 1)]


def test_ever_new_clients_are_told_together():
    complaints = Complaints()
    for number in range(100_000):
        complaints.add(f"client-{number}", FAULT)
    found = told(complaints, 0)
    assert len(found) < 300
    assert sum(count for _, count in found) == 100_000


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 200)), max_size=60))
def test_every_fault_is_told_once_in_the_end(faults):
    complaints, counted, now = Complaints(), dict.fromkeys("abc", 0), 0
    for client, seconds in faults:
        complaints.add(client, FAULT)
        now += seconds * SECOND
        for name, count in told(complaints, now):
            counted[name] += count
    for name, count in told(complaints, now + INTERVAL):
        counted[name] += count
    assert counted == {name: sum(client == name for client, _ in faults) for name in "abc"}
