"""The pure J1939 machines against the standard's layouts, and can-j1939 as a third party."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st
from j1939 import j1939_21
from j1939.diagnostic_messages import DTC, DtcLamp
from j1939.message_id import MessageId

from bench.clock import MILLISECOND, NEVER
from drivers.canbus.j1939 import (
    ADDRESS_CLAIM,
    GLOBAL,
    Group,
    Identifier,
    Reassembly,
    Trouble,
    address_claim,
    diagnosis,
    fields,
    parse,
    refused,
    request,
)

US, ECU = 0xF9, 0x00


def broadcast(pgn: int, data: bytes, source: int = ECU) -> list[tuple[int, bytes]]:
    """Frames of a BAM, spelt out from J1939-21, 5.10.3."""
    count = (len(data) + 6) // 7
    head = bytes([32, len(data) & 0xFF, len(data) >> 8, count, 0xFF])
    frames = [(0x1CECFF00 | source, head + pgn.to_bytes(3, "little"))]
    for number in range(count):
        part = data[7 * number : 7 * number + 7].ljust(7, b"\xff")
        frames.append((0x1CEBFF00 | source, bytes([number + 1]) + part))
    return frames


def receiver() -> tuple[Reassembly, list[tuple[int, bytes]]]:
    sent: list[tuple[int, bytes]] = []
    return Reassembly(US, lambda can_id, data: sent.append((can_id, data))), sent


def feed(
    reassembly: Reassembly,
    frames: list[tuple[int, bytes]],
    start: int = 0,
    gap: int = 50 * MILLISECOND,
) -> list[Group]:
    results = (
        reassembly.receive(parse(can_id), data, start + number * gap)
        for number, (can_id, data) in enumerate(frames)
    )
    return [group for group in results if group is not None]


def test_an_identifier_reads_as_the_standard_writes_it() -> None:
    assert parse(0x0CF00400) == Identifier(3, 61444, 0x00, GLOBAL)
    assert parse(0x0C000027) == Identifier(3, 0, 0x27, 0x00)
    assert parse(0x18EAFFF9) == Identifier(6, 59904, 0xF9, GLOBAL)


@given(st.integers(0, 2**29 - 1))
def test_an_identifier_survives_reading_and_writing(can_id: int) -> None:
    assert parse(can_id).can_id == can_id


@given(st.integers(0, 2**29 - 1))
def test_an_identifier_agrees_with_can_j1939(can_id: int) -> None:
    ours, theirs = parse(can_id), MessageId(can_id=can_id)
    assert (ours.priority, ours.source) == (theirs.priority, theirs.source_address)
    is_addressed = can_id >> 16 & 0xFF < 240
    assert ours.pgn == theirs.parameter_group_number & (0x3FF00 if is_addressed else 0x3FFFF)


def test_a_request_carries_the_group_low_byte_first() -> None:
    assert request(65242, US, ECU) == (0x18EA00F9, bytes.fromhex("da fe 00"))


def test_an_address_claim_carries_the_name() -> None:
    can_id, data = address_claim(0x1122334455667788, US)
    assert can_id == 0x18EEFFF9
    assert parse(can_id).pgn == ADDRESS_CLAIM
    assert data == bytes.fromhex("88 77 66 55 44 33 22 11")


def test_only_a_negative_acknowledgement_refuses() -> None:
    assert refused(bytes.fromhex("01 ff ff ff f9 da fe 00")) == 65242
    assert refused(bytes.fromhex("00 ff ff ff f9 da fe 00")) is None
    assert refused(b"\x01") is None


@given(st.binary(min_size=9, max_size=1785))
def test_a_broadcast_comes_out_as_it_went_in(data: bytes) -> None:
    reassembly, sent = receiver()
    assert feed(reassembly, broadcast(65226, data)) == [Group(65226, ECU, data)]
    assert sent == []
    assert reassembly.step(0) == NEVER


@settings(max_examples=60)
@given(data=st.data())
def test_a_broadcast_with_a_lost_or_repeated_packet_gives_nothing(data: st.DataObject) -> None:
    payload = data.draw(st.binary(min_size=15, max_size=100))
    frames = broadcast(65226, payload)
    at = data.draw(st.integers(1, len(frames) - 2))
    damaged = data.draw(
        st.sampled_from(
            [
                frames[:at] + frames[at + 1 :],
                [*frames[: at + 1], *frames[at:]],
                [*frames[:at], frames[at + 1], frames[at], *frames[at + 2 :]],
            ]
        )
    )
    reassembly, _ = receiver()
    assert feed(reassembly, damaged) == []
    # and what comes after is whole again
    assert feed(reassembly, frames, start=NEVER // 2) == [Group(65226, ECU, payload)]


def test_a_broadcast_that_pauses_too_long_is_given_up() -> None:
    frames = broadcast(65226, bytes(20))
    for gap, expected in ((749, 1), (750, 0)):
        reassembly, sent = receiver()
        assert len(feed(reassembly, frames, gap=gap * MILLISECOND)) == expected
        assert sent == []


def test_broadcasts_of_two_nodes_do_not_mix() -> None:
    one, two = broadcast(65226, b"a" * 16, source=0), broadcast(65251, b"b" * 16, source=1)
    mixed = list(itertools.chain.from_iterable(zip(one, two, strict=True)))
    reassembly, _ = receiver()
    assert feed(reassembly, mixed) == [Group(65226, 0, b"a" * 16), Group(65251, 1, b"b" * 16)]


def test_a_new_announcement_ends_the_old_broadcast() -> None:
    old, new = broadcast(65226, b"a" * 16), broadcast(65251, b"b" * 16)
    reassembly, _ = receiver()
    assert feed(reassembly, [*old[:2], *new]) == [Group(65251, ECU, b"b" * 16)]


def test_an_announcement_that_contradicts_itself_is_ignored() -> None:
    for head in ("20 10 00 09 ff", "20 08 00 02 ff", "20 ff ff ff ff", "10 10 00 03 ff"):
        frames = [(0x1CECFF00, bytes.fromhex(head + "ca fe 00")), *broadcast(65226, b"a" * 16)[1:]]
        reassembly, sent = receiver()
        assert feed(reassembly, frames) == []
        assert sent == []


def test_a_short_frame_and_a_message_to_others_are_passed_over() -> None:
    reassembly, sent = receiver()
    assert (
        feed(reassembly, [(0x1CECFF00, b"\x20"), (0x1CEC0300, bytes([16, 9, 0, 2, 2, 0, 0, 0]))])
        == []
    )
    assert sent == []


def test_a_connection_is_cleared_packet_by_packet_and_acknowledged() -> None:
    reassembly, sent = receiver()
    rts = bytes.fromhex("10 10 00 03 02 da fe 00")  # 16 bytes, 3 packets, 2 per clear-to-send
    feed(reassembly, [(0x1CECF900, rts)])
    assert sent == [(0x1CEC00F9, bytes.fromhex("11 02 01 ff ff da fe 00"))]
    packets = [(0x1CEBF900, bytes([n]) + b"abcdefg") for n in (1, 2, 3)]
    assert feed(reassembly, packets[:2]) == []
    assert sent[1:] == [(0x1CEC00F9, bytes.fromhex("11 01 03 ff ff da fe 00"))]
    assert feed(reassembly, packets[2:]) == [Group(65242, ECU, b"abcdefgabcdefgab")]
    assert sent[2:] == [(0x1CEC00F9, bytes.fromhex("13 10 00 03 ff da fe 00"))]


def test_a_connection_with_a_wrong_packet_is_aborted() -> None:
    reassembly, sent = receiver()
    feed(reassembly, [(0x1CECF900, bytes.fromhex("10 10 00 03 ff da fe 00"))])
    assert feed(reassembly, [(0x1CEBF900, bytes([2]) + b"abcdefg")]) == []
    assert sent[1:] == [(0x1CEC00F9, bytes.fromhex("ff 07 ff ff ff da fe 00"))]


def test_a_connection_that_waits_too_long_is_aborted() -> None:
    reassembly, sent = receiver()
    feed(reassembly, [(0x1CECF900, bytes.fromhex("10 10 00 03 ff da fe 00"))])
    due = reassembly.step(0)
    assert due == 1250 * MILLISECOND
    assert reassembly.step(due - 1) == due
    assert reassembly.step(due) == NEVER
    assert sent[1:] == [(0x1CEC00F9, bytes.fromhex("ff 03 ff ff ff da fe 00"))]


def test_an_abort_of_the_sender_ends_its_connection() -> None:
    reassembly, sent = receiver()
    feed(reassembly, [(0x1CECF900, bytes.fromhex("10 10 00 03 ff da fe 00"))])
    feed(reassembly, [(0x1CECF900, bytes.fromhex("ff 01 ff ff ff da fe 00"))])
    assert reassembly.step(0) == NEVER
    assert len(sent) == 1


def received_from_can_j1939(data: bytes, *, destination: int, batch: int) -> list[Group]:
    """Let can-j1939 send: its job is driven by hand, no thread runs, its time stands still."""
    sent: list[tuple[int, bytes]] = []
    with mock.patch.object(j1939_21, "time", SimpleNamespace(time=lambda: 10.0)):
        peer = j1939_21.J1939_21(
            lambda can_id, _extended, content: sent.append((can_id, bytes(content))),
            lambda: None, lambda *_: None, batch, None, None, lambda _: True,
        )  # fmt: skip
        ours = Reassembly(US, lambda can_id, reply: peer.notify(can_id, bytearray(reply), 0.0))
        peer.send_pgn(0, 0xEF, destination, 6, ECU, list(data), 0, 0)
        groups: list[Group | None] = []
        for _ in range(100):
            peer.async_job_thread(11.0)  # packets are due, the wait of 1.25 s for us is not over
            groups += [ours.receive(parse(can_id), content, 0) for can_id, content in sent]
            sent.clear()
    return [group for group in groups if group is not None]


@settings(max_examples=40)
@given(st.binary(min_size=9, max_size=300), st.sampled_from([1, 3, 255]))
def test_a_connection_of_can_j1939_arrives(data: bytes, batch: int) -> None:
    expected = [Group(0xEF00, ECU, data)]
    assert received_from_can_j1939(data, destination=US, batch=batch) == expected


@settings(max_examples=40)
@given(st.binary(min_size=9, max_size=300))
def test_a_broadcast_of_can_j1939_arrives(data: bytes) -> None:
    groups = received_from_can_j1939(data, destination=GLOBAL, batch=1)
    assert [group.data for group in groups] == [data]


@given(st.integers(1, 0x7FFFE), st.integers(0, 31), st.integers(0, 126))
def test_a_trouble_code_agrees_with_can_j1939(spn: int, fmi: int, count: int) -> None:
    code = DTC(spn=spn, fmi=fmi, oc=count).dtc.to_bytes(4, "little")
    found = diagnosis(b"\x04\xff" + code + b"\xff\xff")
    assert found is not None
    assert found.troubles == (Trouble(spn, fmi, count),)


def test_the_lamps_agree_with_can_j1939() -> None:
    lamps = DtcLamp().get_data({"mil": DtcLamp.ON, "rsl": DtcLamp.OFF, "awl": DtcLamp.ON, "pl": 0})
    found = diagnosis(bytes([*lamps, 0, 0, 0, 0, 0xFF, 0xFF]))
    assert found is not None
    assert found == (1, 0, 1, 0, ())


def test_a_dm1_without_codes_has_none_and_a_short_one_says_nothing() -> None:
    found = diagnosis(bytes.fromhex("00 ff 00 00 00 00 ff ff"))
    assert found is not None
    assert found.troubles == ()
    assert diagnosis(b"\0\0\0") is None


def test_identification_fields_are_parted_by_asterisks() -> None:
    assert fields(b"H2LAB*ICE-ECU*0004711**\xff\xff") == ("H2LAB", "ICE-ECU", "0004711")
