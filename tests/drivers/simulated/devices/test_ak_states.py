"""The operating modes of the AK analyser as a state machine."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bench.clock import MILLISECOND, SECOND
from drivers.simulated.devices.ak_analyser import make
from drivers.simulated.port import Terminals

CONTROLS = ["SPAU", "SMGA", "SNGA", "SEGA"]


class AkStates(RuleBasedStateMachine):
    """What the manual says of modes, beside what the twin says of itself."""

    def __init__(self) -> None:
        super().__init__()
        names = ("nox", "o2", "h2")
        signals = {name: (lambda now: 1e-4) for name in names}
        signals |= {f"{name}.{kind}_drift": (lambda now: 0.0) for name in names for kind in KINDS}
        self.twin = make(Terminals(signals, {}))
        self.now = 0
        self.is_remote = False
        self.mode = "STBY"
        self.busy_until = 0
        self.mode_after = "STBY"

    def ask(self, text: str) -> list[str]:
        self.wait(0.02)
        return (
            self.twin.receive(b"\x02 " + text.encode() + b"\x03", self.now)[2:-1].decode().split()
        )

    def refusal(self, code: str) -> str:
        if not self.is_remote and code != "SREM":
            return "OF"
        if self.now < self.busy_until and code not in {"STBY", "SRES"}:
            return "BS"
        return ""

    def say(self, code: str) -> bool:
        answer = self.ask(f"{code} K0")
        refused = self.refusal(code)
        assert answer[0] == code
        assert (answer[-1] if len(answer) > 2 else "") == refused
        return not refused

    @rule(seconds=st.sampled_from([0.1, 1.0, 4.9, 30.0, 60.0]))
    def wait(self, seconds: float) -> None:
        self.now += round(seconds * SECOND)
        self.twin.step(self.now)
        if self.busy_until and self.now >= self.busy_until:
            self.mode, self.busy_until = self.mode_after, 0

    @rule(code=st.sampled_from(["SREM", "SMAN"]))
    def take_control(self, code: str) -> None:
        if self.say(code):
            self.is_remote = code == "SREM"

    @rule(code=st.sampled_from(CONTROLS))
    def select(self, code: str) -> None:
        if self.say(code):
            self.mode = code

    @rule(code=st.sampled_from(["STBY", "SRES"]))
    def stop(self, code: str) -> None:
        if self.say(code):
            self.mode, self.busy_until = "STBY", 0

    @precondition(lambda self: self.mode in {"SNGA", "STBY", "SMGA"})
    @rule()
    def adjust(self) -> None:
        if self.say("SATK"):
            at_gas = self.mode == "SNGA"
            self.mode_after = self.mode if at_gas else "STBY"
            self.busy_until = self.now + (5 if at_gas else 50) * SECOND

    @invariant()
    def status_says_the_mode(self) -> None:
        self.now += 20 * MILLISECOND
        if self.busy_until and self.now >= self.busy_until:
            self.twin.step(self.now)
            self.mode, self.busy_until = self.mode_after, 0
        words = self.twin.receive(b"\x02 ASTZ K0\x03", self.now)[2:-1].decode().split()
        expected = "SATK" if self.busy_until else self.mode
        assert words[2:] == ["SREM" if self.is_remote else "SMAN", expected, "SARE"]

    @invariant()
    def nothing_drifts_so_nothing_is_at_fault(self) -> None:
        assert self.ask("ASTF K0") == ["ASTF", "0"]

    @invariant()
    def only_flowing_gas_is_valid(self) -> None:
        values = self.ask("AKON K0")[2:]
        flows = self.busy_until or self.mode in {"SMGA", "SNGA", "SEGA"}
        assert all(value.startswith("#") != bool(flows) for value in values)


KINDS = ("zero", "span")

AkStates.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestAkStates = AkStates.TestCase
