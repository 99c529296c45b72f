"""A gate with a thread behind it that answers as a scan does; clients with good and bad manners."""

import os
import threading
from contextlib import contextmanager

from bench.clock import MILLISECOND, SECOND, SystemClock
from bench.service.address import ServerFile, ServerLock
from bench.service.client import RemoteBench
from bench.service.gate import Gate
from bench.service.keys import new_keys
from bench.service.port import BenchState, Reply
from bench.service.sockets import ClientSockets

CLOCK = SystemClock()
DONE = Reply(is_accepted=True)
PATIENCE = 60 * SECOND
"""How long a test waits for what must come: a machine under load is slow, not wrong."""


def until(happens, seconds=PATIENCE // SECOND):
    """Look until something is so; fail when it is not in time."""
    due = CLOCK.now() + seconds * SECOND
    while not (found := happens()):
        assert CLOCK.now() < due, "not in time"
        CLOCK.wait_until(CLOCK.now() + 5 * MILLISECOND)
    return found


class Served:
    """A gate of one rig, as a station would have it."""

    def __init__(self, folder, rig="cell", keys=None):
        self.folder, self.rig = folder, rig
        self.keys = keys or new_keys()
        self.gate = Gate(self.keys, clock=CLOCK)
        self.answer = lambda _asked: DONE
        self.asked = []
        self.most_waiting = 0
        self.is_free = threading.Event()
        self._stopping = threading.Event()
        self._scan = threading.Thread(target=self._run)

    def connect(self, name="mk@here", **more):
        given = {"keys": self.keys, "folder": self.folder, "patience": PATIENCE} | more
        return RemoteBench.connect(self.rig, name=name, **given)

    def raw(self, keys=None):
        keys = keys or self.keys
        return ClientSockets(self.ports, server=keys.server.public, client=keys.client)

    def _run(self):
        while not self._stopping.wait(0.005):
            asked = self.gate.asked()
            self.most_waiting = max(self.most_waiting, len(asked))
            for each in asked:
                self.asked.append(each)
                each.answer(self.answer(each))

    def __enter__(self):
        self._lock = ServerLock(self.rig, self.folder)
        self.gate.publish(BenchState(rig=self.rig))
        self.ports = self.gate.start()
        self.file = ServerFile(self.rig, os.getpid(), self.ports, CLOCK.utc())
        self.file.write(self.folder)
        self._scan.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self._scan.join()
        self.file.remove(self.folder)
        self.gate.stop()
        self._lock.release()


@contextmanager
def closing(sockets):
    try:
        yield sockets
    finally:
        sockets.close()
