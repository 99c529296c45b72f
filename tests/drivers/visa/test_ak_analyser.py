import math
import re
from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bench.channel import Quality
from bench.clock import SECOND, VirtualClock
from bench.device import Connection, LinkKind, Mailbox, Port, Stage
from bench.messages import Message, catalogue
from drivers.simulated.devices.ak_analyser import make
from drivers.simulated.port import Terminals
from drivers.simulated.text_link import InProcessLink
from drivers.visa.ak import number, parse
from drivers.visa.ak_analyser import DRIVER, AkAnalyserOptions
from drivers.visa.worker import TextWorker

NAMES = ("nox", "o2", "h2")
BOTTLES = {"nox": "450 ppm", "o2": "20.0 %", "h2": "4500 ppm"}


class Bench:
    """The driver on a link to a twin, or to a script, in virtual time."""

    def __init__(self, twin, period=SECOND // 2, **options) -> None:
        self.twin = twin
        self.clock = VirtualClock()
        self.samples = deque()
        self.reports = []
        settings = AkAnalyserOptions.model_validate(options)
        connection = Connection(
            "analyser", DRIVER, "TCPIP::10.0.0.8::7700::SOCKET", period, settings
        )
        mailbox = Mailbox(DRIVER.readings(settings), 0, self.samples)
        self.instrument = DRIVER.build(Port(connection, mailbox, self.report, self.clock))
        link = InProcessLink(
            twin, instrument="analyser", clock=self.clock, wire=self.instrument.wire
        )
        self.worker = TextWorker(link, self.instrument, lambda: 0.5)

    def report(self, level: str, source: str, message: Message) -> None:
        assert source == "analyser"
        assert catalogue("zh", message.id.split(".")[0]).get(message.id)
        self.reports.append((level, message.id, message.text()))

    def run(self, seconds: float) -> None:
        until = self.clock.now() + round(seconds * SECOND)
        due = {self.worker: self.clock.now(), self.twin: self.clock.now()}
        while True:
            who = min(due, key=lambda each: due[each])
            if due[who] > until:
                break
            self.clock.wait_until(due[who])
            due[who] = max(who.step(self.clock.now()), self.clock.now() + 1)
        self.clock.wait_until(until)

    def act(self, action: str, longest: float = 300.0):
        self.instrument.start(action)
        for _ in range(round(longest)):
            self.run(1.0)
            if self.instrument.progress().stage is not Stage.RUNNING:
                break
        return self.instrument.progress()

    def newest(self) -> list[tuple[float, int]]:
        found: dict[int, tuple[float, int]] = {}
        for index, value, _, quality in self.samples:
            found[index] = (value, quality)
        return [found[index] for index in range(3)]

    def told(self, level: str) -> list[str]:
        return [identifier for each, identifier, _ in self.reports if each == level]


class Script:
    """An instrument that expects exact bytes and answers with exact bytes."""

    def __init__(self, *lines: tuple[bytes, bytes]) -> None:
        self.lines = deque(lines)
        self.asked: list[bytes] = []

    def step(self, now: int) -> int:
        return now + 3600 * SECOND

    def receive(self, data: bytes, now: int) -> bytes:
        self.asked.append(data)
        if not self.lines:
            return b""
        expected, reply = self.lines.popleft()
        assert data == expected
        return reply


class Cell:
    """An exhaust, a drifting analyser, and the bench on it."""

    def __init__(self, drift=(0.0, 0.0), powered_on=3600.0, **options) -> None:
        self.exhaust = dict(zip(NAMES, (300e-6, 0.13, 800e-6), strict=True))
        wires = {name: self._signal(name) for name in NAMES}
        for name in NAMES:
            scale = {"nox": 1e-6, "o2": 1e-3, "h2": 1e-5}[name]
            wires[f"{name}.zero_drift"] = lambda now, scale=scale: drift[0] * scale
            wires[f"{name}.span_drift"] = lambda now: drift[1]
        options = {"span_gas": BOTTLES} | options
        terminals = Terminals(wires, {}, AkAnalyserOptions.model_validate(options))
        self.twin = make(terminals, powered_on=powered_on)
        self.bench = Bench(self.twin, **options)

    def _signal(self, name: str):
        return lambda now: self.exhaust[name]


HELLO = (b"\x02 AKEN K0\x03", b"\x02 AKEN 0 MEXA-ONE SN 4711\x03")
IDLE = (b"\x02 ASTZ K0\x03", b"\x02 ASTZ 0 SREM STBY\x03")
BUSY = (b"\x02 ASTZ K0\x03", b"\x02 ASTZ 0 SREM SMGA SARE\x03")


def test_a_conversation_byte_by_byte():
    bench = Bench(
        script := Script(
            HELLO,
            IDLE,
            (b"\x02 SREM K0\x03", b"\x02_SREM 0\x03"),
            (b"\x02 SMGA K0\x03", b"\x02 SMGA 0\x03"),
            (b"\x02 ASTZ K0\x03", b"\x02 ASTZ 2 SREM SMGA\x03"),
            (b"\x02 AKON K0\x03", b"\x02 AKON 2 123.4 13.25 #812 98123\x03"),
            (b"\x02 ASTF K0\x03", b"\x02 ASTF 2 3 12\x03"),
        )
    )
    bench.run(0.4)
    assert not script.lines
    assert bench.instrument.identity == "MEXA-ONE SN 4711"
    values = [value for value, _ in bench.newest()]
    assert values[:2] == [pytest.approx(123.4e-6), pytest.approx(0.1325)]
    assert math.isnan(values[2])
    assert all(quality == Quality.BAD for _, quality in bench.newest())  # not flushed yet
    assert "ak.faults" in bench.told("warning")
    assert "3, 12" in bench.reports[-1][2]


def test_an_analyser_that_measures_is_not_touched_and_its_values_count_at_once():
    bench = Bench(
        script := Script(HELLO, BUSY, BUSY, (b"\x02 AKON K0\x03", b"\x02 AKON 0 1 2 3\x03"))
    )
    bench.run(0.3)
    assert not script.lines
    assert [quality for _, quality in bench.newest()] == [Quality.OK] * 3


def test_a_rig_may_ask_for_no_switching_at_all():
    bench = Bench(
        script := Script(HELLO, IDLE, IDLE, (b"\x02 AKON K0\x03", b"\x02 AKON 0 1 2 3\x03")),
        start_measuring=False,
    )
    bench.run(0.3)
    assert not script.lines
    assert [quality for _, quality in bench.newest()] == [Quality.BAD] * 3
    assert bench.told("warning") == ["ak.not-measuring"]


def test_another_name_than_the_rig_states_is_the_wrong_instrument():
    bench = Bench(Script(HELLO), identity="AMA i60")
    bench.run(0.05)
    assert bench.told("error") == ["device.not-connected"]
    assert not bench.instrument.is_connected


def test_a_device_without_the_codes_does_not_connect():
    bench = Bench(Script((HELLO[0], b"\x02 ???? 0\x03")))
    bench.run(0.05)
    assert bench.told("error") == ["device.not-connected"]
    assert "AKEN" in bench.reports[-1][2]


@pytest.mark.parametrize(
    "reply",
    [
        b"\x02 AKON 0 1 2\x03",
        b"\x02 AKON 0 1 2 3 4 5\x03",
        b"\x02 AKON 0 1 2 three\x03",
        b"\x02 AKON 0 1_0 2 3\x03",
        b"\x02 AKON 0 1,0 2 3\x03",
        b"\x02 AKON x 1 2 3\x03",
        b"\x02 AKON\x03",
        b"\x02 ASTZ 0 SREM SMGA\x03",
        b"\x02 XXAKON 0 1 2 3\x03",
        b"\x03",
        b"\xff\xfe\x03",
        b"AKON 0 1 2 3",
        b"",
    ],
)
def test_garbage_drops_the_link_and_is_never_a_number(reply):
    bench = Bench(Script(HELLO, BUSY, BUSY, (b"\x02 AKON K0\x03", reply)))
    bench.run(0.3)
    assert all(math.isnan(value) for _, value, _, _ in bench.samples)
    assert bench.newest() == [(pytest.approx(math.nan, nan_ok=True), Quality.DISCONNECTED)] * 3
    assert "device.lost" in bench.told("error")


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=20) | st.text(" #.0123456789eE+-ABS?", max_size=24).map(str.encode))
def test_only_three_plain_numbers_ever_become_values(data):
    bench = Bench(
        Script(HELLO, BUSY, BUSY, (b"\x02 AKON K0\x03", b"\x02 AKON 0 " + data + b"\x03"))
    )
    bench.run(0.15)
    shown = [value for _, value, _, quality in bench.samples if quality == Quality.OK]
    plain = rb" *([+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)( +[^ ]+){2,3} *"
    if shown:
        assert re.fullmatch(plain, data) or data.strip().startswith(b"#") or b" #" in data
        assert all(math.isfinite(value) for value in shown)


def test_an_analyser_that_refuses_its_values_is_bad_and_told_once():
    lines = [HELLO, BUSY]
    for _ in range(4):
        lines += [BUSY, (b"\x02 AKON K0\x03", b"\x02 AKON 0 K2 NA\x03")]
    bench = Bench(Script(*lines))
    bench.run(1.9)
    assert bench.told("warning") == ["ak.no-values"]
    assert {quality for _, _, _, quality in bench.samples} == {Quality.BAD}


@pytest.mark.parametrize("word", ["nan", "inf", "NaN", "0x10", "1e", "--1", "", "12 3", "１２"])
def test_only_plain_numbers_are_numbers(word):
    with pytest.raises(ValueError, match="not a number"):
        number(word)


@given(st.floats(-1e6, 1e6), st.integers(0, 6))
def test_a_number_is_read_back_within_its_resolution(value, decimals):
    assert number(f"{value:.{decimals}f}") == pytest.approx(value, abs=0.51 * 10.0**-decimals)


@given(st.text(st.characters(codec="ascii"), max_size=40))
def test_a_reply_is_read_or_refused_but_nothing_else(text):
    try:
        reply = parse("AKON", text)
    except ValueError:
        return
    assert text.split()[0].endswith(("AKON", "????"))
    assert 0 <= reply.digit <= 9


def test_it_starts_measuring_and_shows_the_exhaust_once_the_line_is_flushed():
    cell = Cell()
    cell.bench.run(10)
    assert [quality for _, quality in cell.bench.newest()] == [Quality.BAD] * 3
    cell.bench.run(15)
    expected = [(pytest.approx(value, rel=1e-3), Quality.OK) for value in (300e-6, 0.13, 800e-6)]
    assert cell.bench.newest() == expected
    assert cell.bench.told("warning") == []


def test_a_warming_analyser_is_asked_again_and_the_reason_is_told_once():
    cell = Cell(powered_on=1740.0)
    cell.bench.run(50)
    assert cell.bench.told("warning") == ["ak.not-started", "ak.faults"]
    assert [quality for _, quality in cell.bench.newest()] == [Quality.BAD] * 3
    cell.bench.run(50)
    assert [quality for _, quality in cell.bench.newest()] == [Quality.OK] * 3
    assert "ak.faults-gone" in cell.bench.told("info")


def test_zero_and_span_find_the_drift_and_take_it_away():
    cell = Cell(drift=(2.0, 0.03))
    cell.bench.run(30)
    zero = cell.bench.act("zero")
    assert zero.stage is Stage.DONE, zero.message
    assert zero.results["nox.before"] == pytest.approx(2e-6, abs=2e-8)
    assert zero.results["o2.before"] == pytest.approx(2e-3, abs=2e-5)
    assert zero.results["h2.before"] == pytest.approx(2e-5, abs=2e-7)
    assert all(abs(zero.results[f"{name}.after"]) < 1e-6 for name in NAMES)
    span = cell.bench.act("span")
    assert span.stage is Stage.DONE, span.message
    assert span.results["nox.before"] == pytest.approx(0.03 * 450e-6, rel=1e-2)
    assert span.results["o2.before"] == pytest.approx(0.03 * 0.2, rel=1e-2)
    assert span.results["h2.before"] == pytest.approx(0.03 * 4500e-6, rel=1e-2)
    expected = [(pytest.approx(value, rel=1e-3), Quality.OK) for value in (300e-6, 0.13, 800e-6)]
    assert cell.bench.newest() == expected  # good again when the action is done
    assert cell.bench.told("warning") == []


def test_no_calibration_gas_ever_passes_for_exhaust():
    cell = Cell()
    cell.bench.run(30)
    cell.bench.samples.clear()
    assert cell.bench.act("zero").stage is Stage.DONE
    good = [value for index, value, _, quality in cell.bench.samples if index == 0 and not quality]
    assert good
    assert all(value == pytest.approx(300e-6, rel=2e-3) for value in good)


def test_span_without_a_stated_bottle_fails_before_anything_is_switched():
    cell = Cell(span_gas={"nox": "450 ppm"})
    cell.bench.run(30)
    progress = cell.bench.act("span")
    assert progress.stage is Stage.FAILED
    assert progress.message is not None
    assert progress.message.id == "ak.no-span-gas"
    assert [quality for _, quality in cell.bench.newest()] == [Quality.OK] * 3


def test_a_bottle_beyond_the_ranges_is_refused():
    cell = Cell(span_gas=BOTTLES | {"nox": "3000 ppm"})
    cell.bench.run(30)
    message = cell.bench.act("span").message
    assert message is not None
    assert message.id == "ak.span-gas-beyond-range"
    assert "2500 ppm" in message.text()


def test_a_drift_too_large_to_adjust_fails_and_returns_to_the_exhaust():
    cell = Cell(drift=(20.0, 0.0))  # o2: 2 % of 5 %
    cell.bench.run(30)
    progress = cell.bench.act("zero")
    assert progress.stage is Stage.FAILED
    assert progress.message is not None
    assert progress.message.id == "ak.not-adjusted"
    cell.bench.run(30)
    assert [quality for _, quality in cell.bench.newest()] == [Quality.OK] * 3
    assert "26" in next(text for _, key, text in cell.bench.reports if key == "ak.faults")


def test_an_analyser_taken_to_manual_mode_by_hand_is_taken_back_for_an_action():
    cell = Cell()
    cell.bench.run(30.2)
    assert cell.twin.receive(b"\x02 SMAN K0\x03", cell.bench.clock.now())
    cell.bench.run(0.1)
    assert cell.bench.act("zero").stage is Stage.DONE


def test_stand_by_set_by_hand_makes_the_values_bad_and_is_told_once():
    cell = Cell()
    cell.bench.run(30.2)
    assert cell.twin.receive(b"\x02 STBY K0\x03", cell.bench.clock.now())
    cell.bench.run(20)
    assert [quality for _, quality in cell.bench.newest()] == [Quality.BAD] * 3
    assert cell.bench.told("warning") == ["ak.not-measuring"]
    assert "STBY" in cell.bench.reports[-1][2]


def test_the_options_take_quantities_and_refuse_what_is_none():
    options = AkAnalyserOptions.model_validate({"span_gas": BOTTLES, "flush": "0.5 min"})
    assert options.span_gas == pytest.approx({"nox": 450e-6, "o2": 0.2, "h2": 4500e-6})
    assert options.flush == 30.0
    for wrong in (
        {"span_gas": {"nox": "450 kg"}},
        {"span_gas": {"nox": 0}},
        {"span_gas": {"co": "1 ppm"}},
        {"flush": "5 min"},
        {"flush": True},
        {"spangas": {}},
    ):
        with pytest.raises(ValidationError):
            AkAnalyserOptions.model_validate(wrong)


def test_the_data_sheet_is_declared():
    readings = DRIVER.readings(AkAnalyserOptions.model_validate({"full_scale": {"nox": "500 ppm"}}))
    assert [(each.name, each.unit.text) for each in readings] == [
        ("nox", "ppm"),
        ("o2", "percent"),
        ("h2", "ppm"),
    ]
    assert readings[0].range.high == pytest.approx(500e-6)
    assert DRIVER.readings(None)[0].range.high == pytest.approx(2500e-6)
    assert all(each.uncertainty is not None for each in readings)
    assert DRIVER.link is LinkKind.VISA
    assert [action.name for action in DRIVER.actions] == ["zero", "span"]
    assert DRIVER.demands(None) == ()
