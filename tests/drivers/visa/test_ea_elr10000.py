"""The EA load: byte by byte, against its twin in virtual time, and over a real socket."""

from collections import deque

import pytest

from bench.channel import Quality
from bench.clock import MILLISECOND, SECOND, SystemClock, VirtualClock
from bench.device import Connection, Mailbox, Port, Stage
from bench.errors import DemandOutOfRange
from bench.messages import catalogue
from drivers.simulated.devices.ea_elr10000 import make
from drivers.simulated.port import Terminals
from drivers.simulated.socket_server import SocketServer
from drivers.simulated.text_link import InProcessLink
from drivers.visa.ea_elr10000 import ALARMS, CURRENT, DRIVER, INPUT, EaElr10000Options
from drivers.visa.link import VisaLink
from drivers.visa.worker import TextWorker


class Heard:
    """A twin, and every line that reaches it."""

    def __init__(self, twin):
        self.twin = twin
        self.lines = []

    def receive(self, data, now):
        self.lines.append(data.decode().strip())
        return self.twin.receive(data, now)

    def step(self, now):
        return self.twin.step(now)


class Bench:
    """The driver on a load that draws from a source, in virtual time."""

    def __init__(self, period=SECOND // 2, **options):
        self.seen = {"voltage": 8.5, "overheated": 0.0, "mains": 1.0, "local": 0.0}
        self.drawn = 0.0
        self.clock = VirtualClock()
        self.samples, self.reports = deque(), []
        settings = EaElr10000Options.model_validate(options)
        signals = {name: self._signal(name) for name in self.seen}
        terminals = Terminals(signals, {"load_current": self._draw}, settings)
        self.load = make(terminals)
        self.heard = Heard(self.load)
        connection = Connection("load", DRIVER, "TCPIP::10.0.0.9::5025::SOCKET", period, settings)
        mailbox = Mailbox(DRIVER.readings(settings), 0, self.samples)
        self.instrument = DRIVER.build(Port(connection, mailbox, self._report, self.clock))
        self.link = InProcessLink(
            self.heard, instrument="load", clock=self.clock, wire=self.instrument.wire
        )
        self.worker = TextWorker(self.link, self.instrument, lambda: 0.5)

    def _signal(self, name):
        return lambda now: self.seen[name]

    def _draw(self, value, now):
        self.drawn = value

    def _report(self, level, source, message):
        assert catalogue("zh", message.id.split(".")[0]).get(message.id)
        self.reports.append((level, message.id, message.text()))

    def run(self, seconds, *, is_silent=False):
        until = self.clock.now() + round(seconds * SECOND)
        who = [self.load] if is_silent else [self.worker, self.load]
        due = dict.fromkeys(who, self.clock.now())
        while True:
            next_one = min(due, key=lambda each: due[each])
            if due[next_one] > until:
                break
            self.clock.wait_until(due[next_one])
            due[next_one] = max(next_one.step(self.clock.now()), self.clock.now() + 1)
        self.clock.wait_until(until)

    def on(self, current=43.2):
        self.run(1.0)
        self.instrument.demand(CURRENT, current)
        self.instrument.demand(INPUT, 1)
        self.run(1.0)

    def newest(self):
        found = {}
        for index, value, _, quality in self.samples:
            found[index] = (value, quality)
        return [found[index][0] for index in range(5)]

    def told(self):
        return [identifier for _, identifier, _ in self.reports]

    def acknowledge(self):
        self.instrument.start("acknowledge")
        self.run(1.0)
        return self.instrument.progress()


SETUP = (
    ("STAT:QUES:COND?", "0"),
    ("SYST:LOCK ON", None),
    ("SYST:LOCK:OWN?", "REMOTE"),
    ("SYST:NOM:VOLT?", "80.00V"),
    ("SYST:NOM:CURR?", "1000.00A"),
    ("SYST:NOM:POW?", "30000W"),
    *(
        exchange
        for header in (
            "POW:STAG:AFT:REM",
            "SYST:CONF:OUTP:REST",
            "SYST:ALAR:ACT:OTEM",
            "SYST:ALAR:ACT:PFA",
        )
        for exchange in ((f"{header} OFF", None), (f"{header}?", "OFF"))
    ),
    ("VOLT:PROT 88.00", None),
    ("VOLT:PROT?", "88.00V"),
    ("CURR:PROT 1100.00", None),
    ("CURR:PROT?", "1100.00A"),
    ("POW:PROT 33000.00", None),
    ("POW:PROT?", "33000W"),
    ("SYST:COMM:MON:TIM 5", None),
    ("SYST:COMM:MON:TIM?", "5"),
    ("SYST:COMM:MON:ACT ON", None),
    ("SYST:COMM:MON:ACT?", "ON"),
)
IDENTITY = ("*IDN?", "EA ELEKTRO-AUTOMATIK GMBH & CO. KG, ELR 10080-1000 4U, 2100040001, V2.31")


def test_a_conversation_line_by_line(driver_stand):
    stand = driver_stand(DRIVER, EaElr10000Options(), IDENTITY, *SETUP)
    stand.converse()
    stand.link.expect(
        ("MEAS:ARR?", "12.5V, 33.3A, 420W"),
        ("STAT:QUES:COND?", "3072"),
        ("SYST:COMM:MON:ACT?", "ON"),
    )
    stand.converse()
    assert [(index, value) for index, value, *_ in stand.queue] == [
        (0, 12.5), (1, 33.3), (2, 420.0), (3, 0.0), (4, 2.0),
    ]  # fmt: skip
    stand.instrument.demand(CURRENT, 43.2)
    stand.link.expect(("SYST:LOCK ON", None), ("CURR 43.200", None), ("CURR?", "43.20A"))
    stand.now_step()
    stand.converse()
    assert stand.told() == ["device.connected"]


def test_messages_keep_the_recommended_distance(driver_stand):
    stand = driver_stand(DRIVER, EaElr10000Options(), IDENTITY, *SETUP)
    stand.step()
    before = stand.clock.now()
    stand.step()
    assert stand.clock.now() - before >= 10 * MILLISECOND


def test_it_draws_what_is_demanded_once_the_input_is_on():
    bench = Bench()
    bench.run(1.0)
    bench.instrument.demand(CURRENT, 43.2)
    bench.run(1.0)
    assert bench.drawn == 0.0
    bench.instrument.demand(INPUT, 1)
    bench.run(1.0)
    assert bench.drawn == 43.2
    assert bench.newest() == [8.5, 43.2, pytest.approx(367.0), 0.0, 2.0]


def test_a_safe_value_switches_off_within_an_exchange():
    bench = Bench()
    bench.on()
    bench.instrument.make_safe({INPUT: 0.0, CURRENT: 0.0})
    bench.run(0.05)
    assert bench.drawn == 0.0


@pytest.mark.parametrize(
    ("terminal", "value", "code"),
    [("overheated", 1.0, "OT"), ("mains", 0.0, "PF"), ("voltage", 90.0, "OVP")],
)
def test_an_alarm_is_never_silently_acknowledged(terminal, value, code):
    bench = Bench()
    bench.on()
    usual, bench.seen[terminal] = bench.seen[terminal], value
    bench.run(2.0)
    bench.seen[terminal] = usual  # the cause is gone, also the restart after a mains failure
    bench.run(60.0)
    (bit,) = [bit for bit, (name, _) in ALARMS.items() if name == code]
    assert bench.load.stage.alarms == bit
    assert bench.newest()[3] == bit
    assert bench.told().count("ea.alarm") == 1
    assert not [line for line in bench.heard.lines if "ERR" in line]
    assert bench.drawn == 0.0
    bench.instrument.demand(INPUT, 1)
    bench.run(2.0)
    assert bench.drawn == 0.0
    assert "ea.not-acknowledged" in bench.told()
    progress = bench.acknowledge()
    assert progress.stage is Stage.DONE
    assert progress.results == {"alarms": bit}
    assert bench.load.stage.alarms == 0
    bench.instrument.demand(INPUT, 0)
    bench.instrument.demand(INPUT, 1)
    bench.run(2.0)
    assert bench.drawn == 43.2


def test_an_alarm_whose_cause_is_there_stays():
    bench = Bench()
    bench.on()
    bench.seen["overheated"] = 1.0
    bench.run(1.0)
    progress = bench.acknowledge()
    assert progress.stage is Stage.FAILED
    assert progress.message.id == "ea.alarm-stays"
    bench.run(1.0)
    assert bench.newest()[3] == 8


def test_an_alarm_is_latched_though_the_instrument_forgets_it():
    bench = Bench()
    bench.on()
    bench.seen["overheated"] = 1.0
    bench.run(1.0)
    bench.seen["overheated"] = 0.0
    bench.load.stage.acknowledge(bench.clock.now())  # somebody at the panel
    bench.run(2.0)
    assert bench.load.stage.alarms == 0
    assert bench.newest()[3] == 8


def test_a_safety_over_voltage_stays_until_power_is_cycled():
    bench = Bench(rated_voltage="60 V", over_voltage="66 V")
    bench.run(1.0)
    bench.seen["voltage"] = 75.0
    bench.run(1.0)
    bench.seen["voltage"] = 8.5
    progress = bench.acknowledge()
    assert progress.message.id == "ea.alarm-stays"
    assert bench.told().count("device.instrument-error") == 1
    assert "-999" in str(bench.reports)


def test_dc_never_comes_back_by_itself_when_the_load_has_cooled_down():
    bench = Bench()
    bench.on()
    assert bench.load.stage.actions == {"OTEMperature": "OFF", "PFAil": "OFF"}
    bench.seen["overheated"] = 1.0
    bench.run(1.0)
    bench.seen["overheated"] = 0.0
    bench.run(30.0)
    assert bench.drawn == 0.0


def test_when_the_bench_falls_silent_the_load_switches_off_and_stays_off():
    bench = Bench()
    bench.on()
    bench.run(4.0, is_silent=True)
    assert bench.drawn == 43.2
    bench.run(2.0, is_silent=True)
    assert bench.drawn == 0.0
    bench.run(5.0)
    assert bench.drawn == 0.0
    assert bench.newest()[4] == 0.0
    assert bench.told().count("ea.lost-control") == 1
    bench.instrument.demand(INPUT, 1)
    bench.run(1.0)
    assert bench.drawn == 43.2


def test_after_a_lost_link_the_input_is_not_touched():
    bench = Bench()
    bench.on()
    bench.link.close()
    bench.load.stage.switch(is_on=False, now=bench.clock.now())
    bench.run(3.0)
    assert bench.drawn == 0.0
    switched = [line for line in bench.heard.lines if line.startswith("INP ")]
    assert switched == ["INP ON"]


def test_a_panel_in_local_mode_refuses_control_and_is_told():
    bench = Bench()
    bench.seen["local"] = 1.0
    bench.run(3.0)
    assert not [line for line in bench.heard.lines if line.startswith("INP")]
    assert "LOCAL" in str(bench.reports)


def test_another_model_than_the_rig_says_is_refused():
    bench = Bench(rated_current="510 A")
    bench.load.stage.rated["CURRent"] = 340.0
    bench.run(1.0)
    assert "rated for 340 A" in str(bench.reports)


def test_a_setpoint_that_is_refused_shows_when_it_is_read_back():
    bench = Bench()
    bench.on()
    bench.load.stage.rated["CURRent"] = 40.0  # its adjustable limit has been lowered
    bench.instrument.demand(CURRENT, 60.0)
    bench.run(1.0)
    assert "device.demand-not-taken" in bench.told()


def test_what_is_beyond_the_model_never_reaches_the_wire():
    bench = Bench()
    with pytest.raises(DemandOutOfRange):
        bench.instrument.demand(CURRENT, 1100.0)


def test_a_switched_off_monitoring_is_told():
    bench = Bench()
    bench.on()
    bench.load._is_monitored = False
    bench.run(3.0)
    assert "ea.not-held" in bench.told()


def test_over_a_real_socket_polls_keep_an_idle_connection_open(manager):
    clock = SystemClock()
    twin = make(Terminals({"voltage": lambda now: 8.5}, {}))
    twin.idle_disconnect = SECOND // 4
    with SocketServer(twin, clock) as server:
        connection = Connection("load", DRIVER, server.resource, SECOND // 20)
        samples = deque()
        mailbox = Mailbox(DRIVER.readings(None), 0, samples)
        instrument = DRIVER.build(Port(connection, mailbox, lambda *_: None, clock))
        link = VisaLink(
            manager, server.resource, instrument="load", clock=clock, wire=instrument.wire
        )
        worker = TextWorker(link, instrument, lambda: 0.5)
        end = clock.now() + round(1.3 * SECOND)
        while (now := clock.now()) < end:
            clock.wait_until(min(worker.step(now), now + 20 * MILLISECOND))
        assert worker.health.openings == 1
        assert samples[-1][3] == Quality.OK.value
        clock.wait_until(clock.now() + SECOND // 2)  # nobody speaks
        worker.step(clock.now())
        assert not link.is_open
        worker.close()
