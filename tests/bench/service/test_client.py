"""A bench over the wire, seen from its client."""

import socket
from dataclasses import replace

import pytest

from bench.clock import MILLISECOND, SECOND
from bench.control.states import State
from bench.errors import Refused
from bench.service.client import RemoteBench
from bench.service.keys import new_keys
from bench.service.port import Attention, BenchPort, BenchState
from bench.service.requests import Note
from bench.service.sockets import Ports
from tests.bench.service.serving import CLOCK, DONE, PATIENCE, Served, until


def test_the_newest_state_is_known_as_soon_as_a_client_is_connected(tmp_path):
    shown = BenchState(
        state=State.HOLDING,
        rig="cell",
        attention=Attention.QUESTION,
        has_begun=True,
        is_finished=True,
        elapsed=4.5,
    )
    with Served(tmp_path) as served:
        served.gate.publish(shown)
        with served.connect() as bench:
            until(lambda: bench.step() or bench.state() == shown)
            port: BenchPort = bench
            assert port.attention is Attention.QUESTION
            assert port.has_begun
            assert port.is_finished
            assert port.elapsed == 4.5


def test_the_only_server_is_found_without_its_name(tmp_path):
    with Served(tmp_path, "a") as served:
        with RemoteBench.connect(name="mk", keys=served.keys, folder=tmp_path) as bench:
            assert bench.server == served.file
        with Served(tmp_path, "b"), pytest.raises(Refused, match="a, b"):
            RemoteBench.connect(name="mk", keys=served.keys, folder=tmp_path)


def test_without_a_server_connecting_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(Refused, match="no bench server of the rig 'cell' runs"):
        RemoteBench.connect("cell", name="mk", keys=new_keys(), folder=tmp_path)


def test_a_scan_that_does_not_answer_is_no_acceptance(tmp_path):
    with Served(tmp_path) as served:
        served.answer = lambda _: served.is_free.wait(60) and DONE
        with served.connect() as bench:
            reply = bench.request(Note("late"), patience=50 * MILLISECOND)
            served.is_free.set()
            assert not reply.is_accepted
            assert reply.reason is not None
            assert reply.reason.id == "gate.no-answer"
            assert bench.request(Note("next")).is_accepted  # the late answer is not taken for it


def test_a_server_whose_gate_does_not_answer_is_given_up_in_time(tmp_path):
    with Served(tmp_path) as served, socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        replace(served.file, ports=Ports(port, port)).write(tmp_path)
        with pytest.raises(Refused, match=r"has not answered within 0\.2 s"):
            served.connect(patience=SECOND // 5)
        served.file.write(tmp_path)


def test_a_client_finds_the_next_server_by_itself(tmp_path):
    keys = new_keys()
    with Served(tmp_path, keys=keys) as first:
        bench = first.connect()
        assert bench.request(Note("first")).is_accepted
    with bench:
        until(lambda: bench.step() or not bench.is_connected)
        refused = bench.request(Note("to nobody"))
        assert refused.reason is not None
        assert refused.reason.id == "gate.no-server"
        with Served(tmp_path, keys=keys) as second:
            until(lambda: bench.step() or bench.is_connected)
            assert bench.server == second.file
            assert bench.request(Note("second")).is_accepted
        assert [asked.request.text for asked in second.asked] == ["second"]


def test_a_step_waits_for_news_and_not_for_long(tmp_path):
    with Served(tmp_path) as served, served.connect() as bench:

        def taken():
            begun = CLOCK.now()
            bench.step()
            return CLOCK.now() - begun

        until(lambda: taken() > 50 * MILLISECOND)  # what is under way at first ends a step at once
        assert taken() < PATIENCE
        bench.close()
        assert taken() < PATIENCE


def test_a_client_that_left_asks_nothing_and_leaves_again(tmp_path):
    with Served(tmp_path) as served:
        with served.connect() as bench:
            pass
        bench.close()
        assert not bench.is_connected
        assert not bench.request(Note("x")).is_accepted
    assert served.asked == []
