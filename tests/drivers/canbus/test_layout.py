"""Our DBC files, read once into shifts and masks, against cantools and against the manual."""

from __future__ import annotations

import re

import cantools
import pytest
from cantools.database.can.database import Database
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.canbus.layout import FOLDER, layouts

FILES = ("dyno_controller.dbc", "safety_plc.dbc")


def database(file: str) -> Database:
    loaded = cantools.database.load_file(FOLDER / file)
    assert isinstance(loaded, Database)
    return loaded


DATABASES = {file: database(file) for file in FILES}
MESSAGES = [(file, message.name) for file in FILES for message in DATABASES[file].messages]


@pytest.mark.parametrize(("file", "name"), MESSAGES)
def test_shifts_and_masks_read_what_cantools_reads(file: str, name: str) -> None:
    message = DATABASES[file].get_message_by_name(name)
    layout = layouts(file)[name]

    @given(st.binary(min_size=message.length, max_size=message.length))
    @settings(max_examples=25, deadline=None)
    def check(data: bytes) -> None:
        word = int.from_bytes(data, "little")
        raw = message.decode(data, decode_choices=False, scaling=False)
        assert {field.name: field.raw(word) for field in layout.fields.values()} == raw

    check()


@pytest.mark.parametrize(("file", "name"), MESSAGES)
def test_what_is_encoded_decodes_to_the_nearest_step(file: str, name: str) -> None:
    layout = layouts(file)[name]

    @given(st.data())
    @settings(max_examples=25, deadline=None)
    def check(data: st.DataObject) -> None:
        field = data.draw(st.sampled_from(list(layout.fields.values())))
        low, high = (raw * field.scale + field.offset for raw in (field.lowest, field.highest))
        value = data.draw(st.floats(low, high))
        assert field.value(field.bits(value)) == pytest.approx(value, abs=0.501 * field.scale)

    check()


@pytest.mark.parametrize(("file", "name"), MESSAGES)
def test_signals_neither_overlap_nor_leave_the_frame(file: str, name: str) -> None:
    layout = layouts(file)[name]
    taken = 0
    for field in layout.fields.values():
        bits = field.mask << field.shift
        assert taken & bits == 0
        taken |= bits
    assert taken < 1 << 8 * layout.length


def test_a_value_outside_its_field_is_not_encoded() -> None:
    speed = layouts("dyno_controller.dbc")["DynoDemand"]["Speed"]
    with pytest.raises(ValueError, match="Speed"):
        speed.bits(16001.0)
    with pytest.raises(ValueError, match="Speed"):
        speed.narrowed(0.0, 4000.0).bits(4001.0)


@pytest.mark.parametrize("file", FILES)
def test_every_message_has_a_comment_and_its_place_in_the_manual(file: str) -> None:
    manual = (FOLDER / "README.md").read_text(encoding="utf-8")
    for message in DATABASES[file].messages:
        assert re.search(rf"### 0x{message.frame_id:X}\b", manual, re.IGNORECASE), message.name
        if "Identity" not in message.name:
            assert message.comment
