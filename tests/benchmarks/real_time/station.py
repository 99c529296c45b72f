"""A bench server that also tells what its links do: what `h2bench serve` runs, and a log beside it.

    python -m tests.benchmarks.real_time.station RIG OUTPUT LOG

Every line of the log is a JSON list: time (ns), what, and its figures.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import astuple
from pathlib import Path
from typing import IO

from bench.channel import Quality
from bench.clock import SECOND
from bench.config import Catalogue
from bench.service.address import ServerFile, ServerLock
from bench.service.gate import Gate
from bench.service.interrupts import interrupts_counted
from bench.service.judging import judge
from bench.service.keys import user_keys
from bench.service.orders import Orders
from bench.service.realtime import Promptness
from bench.service.serving import MOST_REQUESTS, PUBLISH, WORKERS
from bench.service.station import Station
from tests.benchmarks.real_time.cell import CLOCK


class LinkLog:
    """Tells once a second what every link has counted, and at once what comes and goes."""

    def __init__(self, station: Station, file: IO[str]) -> None:
        self._station = station
        self._file = file
        self._due = 0
        self._scans = 0
        model = station.server.loop.model
        self._channels = {
            each.name: range(
                model.bases[each.name],
                model.bases[each.name] + len(each.driver.readings(each.options)),
            )
            for each in model.connections
        }
        self._are_known = dict.fromkeys(self._channels, False)

    def look(self) -> None:
        """Look after a scan."""
        self._scans += 1
        loop, now = self._station.server.loop, CLOCK.now()
        for name, channels in self._channels.items():
            is_known = any(loop.row.quality[index] == Quality.OK for index in channels)
            if is_known != self._are_known[name]:
                self._are_known[name] = is_known
                self._write(now, "back" if is_known else "marked", name)
        if now >= self._due:
            self._due = now + SECOND
            workers = self._station.server.wiring.workers
            health = {each.name: astuple(each.health) for each in workers}
            self._write(now, "links", health, self._scans, loop.timing.overruns)

    def _write(self, *told: object) -> None:
        self._file.write(json.dumps(told) + "\n")
        self._file.flush()


def main() -> None:
    """Serve until a signal comes."""
    rig, output, log = sys.argv[1:4]
    orders = Orders.of_rig(
        rig, Catalogue.shipped(), folder=Path(output).absolute(), operator="", wall=CLOCK
    )
    name = orders.model.name
    with ExitStack() as opened:
        interrupts = opened.enter_context(interrupts_counted())
        opened.enter_context(ServerLock(name))
        beside = opened.enter_context(ThreadPoolExecutor(WORKERS, "beside the scan"))
        gate = opened.enter_context(Gate(user_keys(), clock=CLOCK))
        file = opened.enter_context(Path(log).open("w", encoding="utf-8"))
        station = Station(orders, beside=beside, judge=judge, clock=CLOCK)
        links = LinkLog(station, file)
        ServerFile(name, os.getpid(), gate.ports, CLOCK.utc()).write()
        promptness = Promptness(is_realtime="--realtime" in sys.argv)
        published = 0
        while not interrupts.count:
            station.step()
            for asked in gate.asked(MOST_REQUESTS):
                station.ask(asked.request, asked.sender, asked.answer, gate.clients)
            if CLOCK.now() - published >= PUBLISH:
                published = CLOCK.now()
                gate.publish(station.state())
            promptness.look()
            links.look()
        station.close()


if __name__ == "__main__":
    main()
