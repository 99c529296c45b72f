"""SDO transfers byte by byte (CiA 301, 7.2.4.3), and against the canopen package."""

from __future__ import annotations

import canopen
import pytest
from canopen.objectdictionary import ODVariable, datatypes
from canopen.sdo import SdoServer
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import BadReply, InstrumentError
from drivers.canbus.canopen import Command, Transfer, nmt


def test_a_start_command_names_its_node() -> None:
    assert nmt(Command.START, 5) == bytes.fromhex("01 05")


def test_an_expedited_upload_gives_the_bytes_sent() -> None:
    transfer = Transfer(0x1018, 1)
    assert transfer.request() == bytes.fromhex("40 18 10 01 00 00 00 00")
    assert transfer.receive(bytes.fromhex("43 18 10 01 1d 00 00 00")) is None
    assert transfer.value == b"\x1d\0\0\0"


def test_an_expedited_upload_drops_unused_bytes() -> None:
    transfer = Transfer(0x1017, 0)
    transfer.request()
    transfer.receive(bytes.fromhex("4b 17 10 00 e8 03 aa aa"))
    assert transfer.value == b"\xe8\x03"


def test_a_segmented_upload_alternates_its_toggle_bit() -> None:
    transfer = Transfer(0x1008, 0)
    transfer.request()
    assert transfer.receive(bytes.fromhex("41 08 10 00 0a 00 00 00")) == b"\x60" + bytes(7)
    assert transfer.receive(b"\x00T40B TI") == b"\x70" + bytes(7)
    assert transfer.receive(b"\x19M40\0\0\0\0") is None
    assert transfer.value == b"T40B TIM40"[:10]


def test_a_download_is_confirmed() -> None:
    transfer = Transfer(0x1800, 3, b"\x64\x00")
    assert transfer.request() == bytes.fromhex("2b 00 18 03 64 00 00 00")
    assert transfer.value is None
    assert transfer.receive(bytes.fromhex("60 00 18 03 00 00 00 00")) is None
    assert transfer.value == b""


def test_an_abort_is_an_error_of_the_instrument() -> None:
    transfer = Transfer(0x1800, 3, b"\x64\x00")
    transfer.request()
    with pytest.raises(InstrumentError, match=r"1800:03.*0x06010002"):
        transfer.receive(bytes.fromhex("80 00 18 03 02 00 01 06"))


def test_an_answer_about_another_object_is_passed_over() -> None:
    transfer = Transfer(0x1018, 1)
    transfer.request()
    assert transfer.receive(bytes.fromhex("43 18 10 02 1d 00 00 00")) is None
    assert transfer.value is None


@pytest.mark.parametrize(
    "answer",
    ["43 18 10 01", "60 18 10 01 00 00 00 00", "e0 18 10 01 00 00 00 00"],
)
def test_an_answer_that_fits_no_upload_is_a_bad_reply(answer: str) -> None:
    transfer = Transfer(0x1018, 1)
    transfer.request()
    with pytest.raises(BadReply):
        transfer.receive(bytes.fromhex(answer))


def test_a_repeated_segment_is_a_bad_reply() -> None:
    transfer = Transfer(0x1008, 0)
    transfer.request()
    transfer.receive(bytes.fromhex("41 08 10 00 14 00 00 00"))
    transfer.receive(b"\x00abcdefg")
    with pytest.raises(BadReply):
        transfer.receive(b"\x00abcdefg")


def test_a_name_without_end_is_a_bad_reply() -> None:
    transfer = Transfer(0x1008, 0)
    transfer.request()
    transfer.receive(bytes.fromhex("41 08 10 00 00 00 00 00"))
    for number in range(36):
        transfer.receive(bytes([0x10 * (number % 2)]) + b"abcdefg")
    with pytest.raises(BadReply):
        transfer.receive(b"\0abcdefg")


def test_giving_up_tells_the_node() -> None:
    assert Transfer(0x1018, 1).refusal() == bytes.fromhex("80 18 10 01 01 00 04 05")


@pytest.mark.parametrize("data", [b"", b"12345"])
def test_a_download_is_one_to_four_bytes(data: bytes) -> None:
    with pytest.raises(ValueError, match="1 to 4"):
        Transfer(0x1017, 0, data)


class Wire:
    """Stands where the canopen package expects its network: keeps what it sends."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send_message(self, can_id: int, data: bytes) -> None:
        self.sent.append(bytes(data))


def third_party() -> tuple[SdoServer, canopen.LocalNode, Wire]:
    dictionary = canopen.ObjectDictionary()
    name = ODVariable("name", 0x1008, 0)
    name.data_type = datatypes.VISIBLE_STRING
    time = ODVariable("level", 0x2017, 0)
    time.data_type = datatypes.UNSIGNED16
    for variable in (name, time):
        dictionary.add_object(variable)
    node = canopen.LocalNode(5, dictionary)
    wire = Wire()
    node.sdo.network = wire  # type: ignore[assignment]
    return node.sdo, node, wire


def talk(server: SdoServer, wire: Wire, transfer: Transfer) -> None:
    request: bytes | None = transfer.request()
    while request is not None:
        server.on_request(0x605, bytearray(request), 0.0)
        request = transfer.receive(wire.sent.pop())


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=60))
def test_a_text_is_read_from_the_canopen_package(text: str) -> None:
    server, node, wire = third_party()
    node.data_store[0x1008] = {0: text.encode()}
    transfer = Transfer(0x1008, 0)
    talk(server, wire, transfer)
    assert transfer.value == text.encode()


@given(st.integers(0, 65535))
def test_a_number_is_written_to_the_canopen_package(number: int) -> None:
    server, node, wire = third_party()
    transfer = Transfer(0x2017, 0, number.to_bytes(2, "little"))
    talk(server, wire, transfer)
    assert node.data_store[0x2017][0] == number.to_bytes(2, "little")


def test_an_object_that_the_canopen_package_lacks_is_an_error() -> None:
    server, _, wire = third_party()
    with pytest.raises(InstrumentError, match="0x06020000"):
        talk(server, wire, Transfer(0x2000, 0))
