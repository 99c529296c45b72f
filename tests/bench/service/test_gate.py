"""The gate on loopback: who is let in, what bad manners do, who is there, how it ends."""

import socket
import threading
from dataclasses import replace

import pytest
import zmq

from bench.clock import SECOND
from bench.errors import Refused
from bench.messages import Message
from bench.service import wire
from bench.service.gate import Gate
from bench.service.keys import new_keys
from bench.service.port import BenchState, Reply
from bench.service.reception import MOST_PER_CLIENT
from bench.service.requests import Note, StopNow
from bench.service.sockets import ClientSockets, GateSockets
from tests.bench.service.serving import CLOCK, PATIENCE, Served, closing, until


@pytest.fixture
def served(tmp_path):
    with Served(tmp_path) as served:
        yield served


def hears(client):
    """Answers that have come to raw sockets."""
    client.wait(20)
    return [wire.decode_answer(data) for data in client.replies()]


def note(sequence, text="x"):
    return wire.encode_request(Note(text), sequence=sequence, sender="mk")


def test_a_request_reaches_the_scan_with_its_sender_and_its_answer_the_client(served):
    served.answer = lambda _: Reply(is_accepted=False, reason=Message("gate.lost", {"rig": "x"}))
    with served.connect("mk@cell-3") as bench:
        assert bench.request(Note("hello")).reason == Message("gate.lost", {"rig": "x"})
        (asked,) = served.asked
        assert asked.request == Note("hello")
        assert (asked.sender.name, asked.sender.client) == ("mk@cell-3", bench.client)
        assert served.gate.clients == {bench.client}
    until(lambda: not served.gate.clients)
    assert served.gate.counts == {"refused": 1}


def test_a_client_with_another_key_never_reaches_the_scan_and_is_counted(served):
    stranger = replace(served.keys, client=new_keys().client)
    with pytest.raises(Refused, match="do not hold the same keys"):
        served.connect(keys=stranger)
    with closing(served.raw(stranger)) as client:
        client.send(note(1))
        until(lambda: hears(client) or client.is_lost)
        assert client.is_refused
    assert served.gate.counts["strangers"] >= 2
    assert served.asked == []
    (complaint, *_) = until(served.gate.take_complaints)
    assert complaint.id == "gate.complaint-stranger"


def test_a_server_with_another_key_is_not_talked_to(served):
    impostor = replace(served.keys, server=new_keys().server)
    with pytest.raises(Refused, match="do not hold the same keys"):
        served.connect(keys=impostor)
    assert served.asked == []


def test_a_client_without_any_key_is_not_let_in(served):
    with zmq.Context() as context, context.socket(zmq.DEALER) as bare:
        bare.linger = 0
        bare.connect(f"tcp://127.0.0.1:{served.ports.requests}")
        bare.send(note(1))
        with served.connect() as bench:
            assert bench.request(Note("after it")).is_accepted
        assert not bare.poll(50)
    assert [asked.request.text for asked in served.asked] == ["after it"]


@pytest.mark.parametrize(
    "data", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\xff" + b"\0" * 8 + b"\x7f", b"\0" * 100_000]
)
def test_who_speaks_another_protocol_or_half_of_ours_holds_up_nobody(served, data):
    for port in (served.ports.requests, served.ports.news):
        with socket.create_connection(("127.0.0.1", port), timeout=60) as bare:
            bare.sendall(data)
            with served.connect() as bench:
                assert bench.request(Note("beside it")).is_accepted
    assert served.gate.is_running


def test_half_a_message_of_a_known_client_is_not_carried_out(served):
    with zmq.Context() as context, context.socket(zmq.DEALER) as half:
        half.linger = 0
        half.curve_serverkey = served.keys.server.public.encode()
        half.curve_publickey = served.keys.client.public.encode()
        half.curve_secretkey = served.keys.client.secret.encode()
        half.connect(f"tcp://127.0.0.1:{served.ports.requests}")
        half.send(note(1), zmq.SNDMORE)
        with served.connect() as bench:
            assert bench.request(Note("whole")).is_accepted
    assert [asked.request.text for asked in served.asked] == ["whole"]


@pytest.mark.parametrize("data", [b"", b"\xff", b"\0" * 70_000, note(1)[:-1]])
def test_a_known_client_that_sends_nonsense_is_told_so_and_may_go_on(served, data):
    with closing(served.raw()) as client:
        client.send(data)
        (answered,) = until(lambda: hears(client))
        assert not answered.reply.is_accepted
        assert answered.reply.reason is not None
        assert answered.reply.reason.text("zh")
        client.send(note(1))
        (answered,) = until(lambda: hears(client))
        assert answered.reply.is_accepted
    assert served.gate.counts == {"malformed": 1, "accepted": 1}


def test_a_frame_without_end_cuts_the_connection_and_no_other(served):
    with closing(served.raw()) as client, served.connect() as bench:
        client.send(b"\0" * 10_000_000)
        until(lambda: hears(client) or client.is_lost)
        assert client.is_lost
        assert bench.request(Note("beside it")).is_accepted
    assert len(served.asked) == 1


def test_a_request_sent_twice_is_carried_out_once(served):
    with closing(served.raw()) as client:
        for sequence in (5, 5, 4, 6):
            client.send(note(sequence))
        answered = []
        until(lambda: answered.extend(hears(client)) or len(answered) == 4)
    accepted = {each.sequence for each in answered if each.reply.is_accepted}
    assert accepted == {5, 6}
    assert len(served.asked) == 2


def test_a_burst_is_bounded_and_another_client_is_served_beside_it(served):
    with closing(served.raw()) as client, served.connect() as bench:
        sent = sum(client.send(note(sequence)) for sequence in range(10_000))
        assert bench.request(StopNow()).is_accepted
        assert sent < 10_000  # the rest found no room on its own side
    assert served.most_waiting <= MOST_PER_CLIENT + 1


def test_a_flood_that_is_cut_while_nobody_reads_it_aborts_nothing():
    keys = new_keys()
    with GateSockets(keys.server) as gate:

        def hears_one():
            gate.admit(keys.client.public, 9)
            return [each.data for each in gate.receive(9)]

        def client():
            return closing(ClientSockets(gate.ports, server=keys.server.public, client=keys.client))

        with client() as flood:
            flood.send(note(0))
            until(hears_one)
            until(lambda: not all(flood.send(note(0, "x" * 10_000)) for _ in range(1000)))
        cut = CLOCK.now()  # ZMTP heartbeats of 0.4 s abort libzmq 4.3.5 by then (its issue 4364)
        until(lambda: CLOCK.now() > cut + 1.3 * SECOND)
        with client() as after:
            after.send(note(1, "after it"))
            until(lambda: note(1, "after it") in hears_one())


def test_what_a_client_asked_before_it_vanished_is_done_and_nothing_breaks(served):
    client = served.raw()
    client.send(note(1, "last words"))
    until(lambda: served.asked)
    client.close()
    until(lambda: not served.gate.clients)
    with served.connect() as bench:
        assert bench.request(Note("next")).is_accepted
    assert [asked.request.text for asked in served.asked] == ["last words", "next"]


def test_news_reach_every_client(served):
    with served.connect() as one, served.connect() as other:
        served.gate.publish(BenchState(protocol="best-point"))
        for number in range(20):
            served.gate.tell("info", "bench", Message("gate.lost", {"rig": number}), number)
        for bench in (one, other):
            events = []
            until(lambda b=bench, e=events: b.step() or e.extend(b.events()) or len(e) == 20)
            assert [each.number for each in events] == list(range(1, 21))
            assert [each.message.arguments["rig"] for each in events] == list(range(20))
            until(lambda b=bench: b.step() or b.state().protocol == "best-point")


def test_a_client_that_reads_nothing_holds_up_nobody(served):
    with closing(served.raw()), served.connect() as bench:
        for number in range(3_000):
            served.gate.tell("info", "bench", Message("gate.lost", {"rig": "x" * 1000}), number)
        assert bench.request(Note("beside it")).is_accepted
        until(lambda: bench.step() or any(each.number == 3_000 for each in bench.events()))


def test_a_gate_ends_in_time_and_leaves_no_thread():
    before = threading.active_count()
    gate = Gate(new_keys(), clock=CLOCK)
    gate.stop()
    gate = Gate(new_keys(), clock=CLOCK)
    with gate:
        assert gate.is_running
        begun = CLOCK.now()
    assert CLOCK.now() - begun < PATIENCE
    gate.stop()
    assert not gate.is_running
    assert threading.active_count() == before


def test_the_last_answers_are_sent_before_a_gate_closes():
    keys = new_keys()
    with Gate(keys, clock=CLOCK) as gate:
        sockets = ClientSockets(gate.ports, server=keys.server.public, client=keys.client)
        with closing(sockets) as client:
            client.send(note(1))
            (asked,) = until(gate.asked)
            asked.answer(Reply(is_accepted=True))
            gate.stop()
            (answered,) = until(lambda: hears(client))
            assert answered.reply.is_accepted
