"""A tiny laboratory: one dynamometer, one torque flange, one logger, all with shipped drivers."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.check import check
from bench.config import Catalogue, load_rig
from bench.errors import ConfigError

RIG = """\
rig: tiny
object: {kind: machine, serial: M-1, data: {displacement: 2 L}}
scan: {period: 10 ms}
buses:
  can0: {interface: virtual, channel: tiny}
instruments:
  dyno: {driver: dyno-controller, link: can0, period: 100 ms, options: {highest_speed: 3000 rpm}}
  flange: {driver: hbk-t40b, link: can0, options: {nominal_torque: 1 kN*m}}
  daq:
    driver: keysight-daq970a
    link: "TCPIP::127.0.0.1::5025::SOCKET"
    period: 500 ms
    options:
      inputs:
        oil: {channel: 101, measure: "PT100,4-wire"}
channels:
  machine.power: {compute: machine.speed * machine.torque, unit: kW}
  machine.speed: {from: flange.speed, uncertainty: {reading: 0.02 %}}
  machine.torque: {from: flange.torque, uncertainty: 0.1 % of range + 1 N*m}
  oil.temperature: {from: daq.oil, calibration: {id: OIL-7, due: 2027-03-31}}
demands:
  machine.mode: {to: dyno.mode}
  machine.speed: {to: dyno.speed, range: [0 rpm, 2000 rpm], gradient: 100 rpm/s}
  machine.torque:
    to: dyno.torque
    requires: {machine.mode: [n/T, T/n]}
limits:
  - {id: fast, when: machine.speed > 2200 rpm, reaction: soft-stop}
gas:
  lot: G-1
  date: 2026-10-12
  impurities: {N2: {fraction: 40 ppm, uncertainty: 8 ppm}}
key_channels: [machine.speed, machine.power]
simulation:
  plant: hydrogen-engine
  scan: 50 ms
  wiring:
    flange.speed: {quantity: speed, noise: 0.1 rpm, lag: 10 ms}
    daq.oil: {quantity: oil_temperature, terminal: "101"}
"""

KIND = """\
object: machine
data: {displacement: m^3}
demands:
  machine.mode: {safe: "off"}
  machine.speed: {safe: 0 rpm}
  machine.torque: {safe: 0 N*m}
hydrogen-flow: machine.speed.demand * machine.torque.demand / (40 % * 120 MJ/kg)
limits:
  - {id: hot, when: oil.temperature > 130 degC, reaction: hard-stop, for: 2 s}
soft-stop:
  - ramp: {machine.speed: {to: 0 rpm, gradient: 50 rpm/s}}
hard-stop:
  - set: {machine.mode: "off"}
"""

PROTOCOL = """\
protocol: tiny
object: machine
rig: tiny
"""


@dataclass(frozen=True)
class Lab:
    """Writes files into a folder of its own and checks them."""

    folder: Path
    catalogue: Catalogue

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text, encoding="utf-8")
        return path

    def rig(self, *changes):
        """Load the tiny rig with texts replaced."""
        self.write("rigs/tiny.yaml", changed(RIG, *changes))
        return load_rig("tiny", self.catalogue)

    def kind(self, *changes):
        """Load the tiny rig with texts of its object kind replaced."""
        self.write("objects/machine.yaml", changed(KIND, *changes))
        return load_rig("tiny", self.catalogue)

    def check(self, body, chosen=None, *, rig=None, **how):
        """Check a protocol of which the first three lines are given."""
        self.write("protocols/tiny.yaml", PROTOCOL + body)
        return check("tiny", rig, chosen or {}, self.catalogue, **how)

    def plan(self, body, chosen=None):
        return self.check(body, chosen).plan

    def problems(self, action, *arguments, **how):
        """Return ``file:line:column id`` of all problems of what is refused."""
        with pytest.raises(ConfigError) as caught:
            action(*arguments, **how)
        for language in ("en", "zh"):
            told = caught.value.text(language)
            assert all(problem.message.id not in told for problem in caught.value.problems)
        return [self.shown(problem) for problem in caught.value.problems]

    @staticmethod
    def shown(problem):
        mark = problem.mark
        return f"{Path(mark.file).name}:{mark.line}:{mark.column} {problem.message.id}"

    def said(self, action, *arguments, **how):
        """Return the English sentences of what is refused."""
        with pytest.raises(ConfigError) as caught:
            action(*arguments, **how)
        return [problem.message.text() for problem in caught.value.problems]


def changed(text, *changes):
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@pytest.fixture
def lab(tmp_path):
    folders = [tmp_path / name for name in ("rigs", "objects", "protocols")]
    made = Lab(tmp_path, Catalogue(*((folder,) for folder in folders)))
    made.write("rigs/tiny.yaml", RIG)
    made.write("objects/machine.yaml", KIND)
    (tmp_path / "protocols").mkdir()
    return made
