"""What the figures in real time rest on: what is heard on the bus, and the padded rig."""

import socket

import pytest

from bench.clock import MILLISECOND, SECOND, SystemClock
from bench.config import Catalogue, load_rig
from drivers.simulated.can_hub import CanHub
from tests.benchmarks.real_time.cell import CHANNELS, RIG, THRESHOLD, padded_rig
from tests.benchmarks.real_time.figures import spread
from tests.benchmarks.real_time.sniffer import DEMAND, GAS, Sniffer

CLOCK = SystemClock()
OPEN, CLOSE, NO_REQUEST = 0x0100, 0x0000, 0x0300


def gas(*hood):
    """Return the text of a gas frame, %LFL."""
    word = sum(round(value * 10) << 4 + 10 * place for place, value in enumerate(hood))
    return sent(GAS, word, 8)


def demand(request):
    return sent(DEMAND, request, 4)


def sent(number, word, length):
    data = " ".join(f"{byte:02x}" for byte in word.to_bytes(length, "little"))
    return f"< send {number:x} {length} {data} >".encode()


@pytest.fixture
def bus():
    """A bus with a sniffer on it; returns it and what puts frames on the bus."""
    with CanHub({"can0": {}}, CLOCK) as hub:
        sniffer = Sniffer(hub.port, "can0", THRESHOLD)
        sniffer.start()
        with socket.create_connection(("127.0.0.1", hub.port)) as node:
            for command in (b"", b"< open can0 >", b"< rawmode >"):
                node.sendall(command)
                node.recv(64)

            def wait(frames):
                end = CLOCK.now() + 5 * SECOND
                while sniffer.frames < frames and CLOCK.now() < end:
                    CLOCK.wait_until(CLOCK.now() + MILLISECOND)
                assert sniffer.frames == frames

            def put(*texts):
                heard = sniffer.frames + len(texts)
                for text in texts:
                    node.sendall(text)
                wait(heard)

            shown = 0
            while not sniffer.frames:  # the hub holds back what comes first; all of it comes
                shown += 1
                node.sendall(sent(0x7FF, 0, 1))
                CLOCK.wait_until(CLOCK.now() + 10 * MILLISECOND)
            wait(shown)
            yield sniffer, put
        sniffer.close()


def test_a_reaction_lasts_from_the_first_violation_to_the_first_close(bus):
    sniffer, put = bus
    sniffer.arm()
    put(demand(CLOSE), gas(50, 1, 1), demand(CLOSE))  # one detector of three is no violation
    assert sniffer.pair is None
    before = CLOCK.now() // 1000
    put(gas(20, 1, 20), gas(20, 20, 20), demand(OPEN), demand(NO_REQUEST), demand(CLOSE))
    violated, safe = sniffer.pair
    assert before <= violated < safe <= CLOCK.now() // 1000
    put(gas(20, 20, 20), demand(CLOSE))
    assert sniffer.pair == (violated, safe)


def test_what_was_over_the_limit_before_a_trial_does_not_count(bus):
    sniffer, put = bus
    put(gas(20, 20, 20), demand(CLOSE))
    sniffer.arm()
    put(demand(CLOSE))
    assert sniffer.pair is None


def test_the_padded_rig_has_its_channels_and_reacts_before_the_plc(tmp_path):
    model = load_rig(str(padded_rig(tmp_path)), Catalogue.shipped())
    assert (model.name, len(model.channels)) == (RIG, CHANNELS)
    hood = next(each for each in model.limits if each.id == "hood-hydrogen")
    assert f"{THRESHOLD} %LFL" in hood.text


def test_a_spread_names_its_shares():
    assert spread(range(1001)).startswith("500.00 / 990.00 / 999.00 / 1000.00 ms")
    assert spread([]) == "none"
