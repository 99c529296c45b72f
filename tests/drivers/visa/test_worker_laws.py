"""What holds for a worker whatever scan, wire and instrument do."""

from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bench.channel import Range
from bench.clock import MILLISECOND, SECOND, VirtualClock
from bench.device import Connection, Demand, Driver, LinkKind, Mailbox, Port, Reading, SampleQueue
from bench.errors import LinkClosed
from bench.units import ONE, unit
from drivers.visa.instrument import TextInstrument
from drivers.visa.port import Wire
from drivers.visa.programs import Programs
from drivers.visa.scpi import identify
from drivers.visa.table import CommandTable, DemandRow, QueryRow
from drivers.visa.worker import TextWorker

GAP = 5 * MILLISECOND
TABLE = CommandTable(
    queries=(QueryRow("MEAS?", (Reading("value", ONE),)),),
    settings=tuple(
        DemandRow(Demand(name, unit("A"), Range(0, 9)), f"{name} {{:.0f}}", f"{name}?")
        for name in ("CURR", "LIM")
    ),
)
FIRST, LAST = 0, 1


class Load:
    """An instrument at the end of a wire that may break at any message."""

    def __init__(self, clock):
        self.clock = clock
        self.is_open = False
        self.breaks = False
        self.is_reachable = True
        self.held = {"CURR": "9", "LIM": "9"}
        self.said = []

    def open(self):
        if not self.is_reachable:
            raise self.error("")
        self.said.append((self.clock.now(), "open"))
        self.is_open = True

    def close(self):
        self.is_open = False

    def error(self, message):
        return LinkClosed("link.closed", instrument="load", link="L1", message=message)

    def hear(self, message):
        assert self.is_open
        self.said.append((self.clock.now(), message))
        if self.breaks:
            self.breaks = False
            self.close()
            raise self.error(message)

    def query(self, message, timeout, give_up=None):
        self.hear(message)
        return {"*IDN?": "LOAD", "MEAS?": "1"}.get(message) or self.held[message[:-1]]

    def write(self, message):
        self.hear(message)
        name, value = message.split()
        self.held[name] = value


class Life(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.clock = VirtualClock()
        driver = Driver("load", "Load", LinkKind.VISA, lambda _: TABLE.readings,
                        lambda _: TABLE.demands, lambda port: port)  # fmt: skip
        connection = Connection("load", driver, "L1", 50 * MILLISECOND)
        mailbox = Mailbox(TABLE.readings, 0, SampleQueue())
        port = Port(connection, mailbox, lambda *_: None, self.clock)
        programs = Programs(
            identify=lambda: identify(port, "LOAD"),
            polls=TABLE.polls(port),
            apply=TABLE.apply(port),
        )
        self.load = Load(self.clock)
        self.instrument = TextInstrument(
            port, programs, wire=Wire(gap=GAP / SECOND), demands=TABLE.demands
        )
        self.worker = TextWorker(self.load, self.instrument, lambda: 0.5)
        self.due = 0
        self.safe_since = None
        self.given_before_safe = set()
        self.given = set()
        self.time_passes(6)

    @rule(index=st.sampled_from([FIRST, LAST]), value=st.integers(1, 9))
    def demand(self, index, value):
        self.instrument.demand(index, float(value))
        self.given.add(f"{('CURR', 'LIM')[index]} {value}")
        self.given_before_safe.discard(f"{('CURR', 'LIM')[index]} {value}")
        self.safe_since = None

    @rule(value=st.integers(1, 9), steps=st.integers(0, 3))
    def safe_values_overtake_demands(self, value, steps):
        for index in (FIRST, LAST):
            self.demand(index, value)
        self.time_passes(steps)
        self.make_safe()
        self.time_passes(6)

    @rule()
    def make_safe(self):
        self.instrument.make_safe({FIRST: 0.0, LAST: 0.0})
        self.safe_since = len(self.load.said)
        self.given_before_safe |= self.given
        self.given.clear()

    @rule()
    def wire_breaks(self):
        self.load.breaks = True

    @rule(reachable=st.booleans())
    def unplug_or_plug(self, reachable):
        self.load.is_reachable = reachable
        if not reachable:
            self.load.breaks = True

    @rule(steps=st.integers(1, 5))
    def time_passes(self, steps):
        for _ in range(steps):
            self.clock.wait_until(self.due)
            self._step()

    @rule()
    def wake_up(self):
        self._step()

    def _step(self):
        before = [message for _, message in self.load.said if message != "open"]
        self.due = self.worker.step(self.clock.now())
        after = [message for _, message in self.load.said if message != "open"]
        assert len(after) - len(before) <= 1
        assert self.due >= self.clock.now()

    @precondition(lambda self: self.safe_since is not None)
    @rule()
    def in_the_end_the_safe_values_are_held(self):
        self.load.is_reachable, self.load.breaks = True, False
        end = self.clock.now() + 7 * SECOND
        while self.due < end:
            self.clock.wait_until(self.due)
            self._step()
        assert self.load.held == {"CURR": "0", "LIM": "0"}

    @invariant()
    def exchanges_keep_their_distance(self):
        times = [time for time, message in self.load.said if message != "open"]
        pairs = pairwise(times)
        assert all(later - earlier >= GAP for earlier, later in pairs)

    @invariant()
    def the_first_message_of_a_session_asks_who_is_there(self):
        messages = [message for _, message in self.load.said]
        for place, message in enumerate(messages[:-1]):
            if message == "open":
                assert messages[place + 1] == "*IDN?"

    @invariant()
    def nothing_older_is_sent_after_a_safe_value(self):
        if self.safe_since is not None:
            later = {message for _, message in self.load.said[self.safe_since :]}
            assert not later & self.given_before_safe


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
