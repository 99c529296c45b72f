"""Simulated benches in processes of their own, for tests of windows."""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.clock import MILLISECOND, SECOND, SystemClock
from bench.service.address import ServerFile, find
from bench.service.client import Access
from gui.bridge.children import end_server, start_server

CLOCK = SystemClock()
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


class Unwatched:
    """Progress that nobody looks at."""

    is_cancelled = False

    def check(self):
        pass

    def tell(self, share, what=None):
        pass


@dataclass(frozen=True)
class ServedBench:
    """A bench that is served."""

    server: ServerFile
    """Where its server is."""
    folder: Path
    """Where its run files go."""

    @property
    def rig(self):
        return self.server.rig

    @property
    def access(self):
        return Access(self.rig, "test@here")

    @property
    def is_living(self):
        return find(self.rig) == self.server

    def kill(self):
        """End the process as a crash does."""
        os.kill(self.server.pid, KILL)
        self._reap()

    def end(self, seconds=10):
        """End it softly; what is simulated and does not heed that is killed."""
        end_server(self.server)
        if not self._is_gone(seconds):
            self.kill()
            assert self._is_gone(seconds), self.rig
        self._reap()

    def _is_gone(self, seconds):
        due = CLOCK.now() + seconds * SECOND
        while self.is_living and CLOCK.now() < due:
            CLOCK.wait_until(CLOCK.now() + 20 * MILLISECOND)
        return not self.is_living

    def _reap(self):
        if hasattr(os, "WNOHANG"):
            with suppress(ChildProcessError):
                os.waitpid(self.server.pid, 0)


class Benches:
    """Serves simulated rigs, each once for all who ask, and ends them all."""

    def __init__(self, folder):
        self._folder = folder
        self._served = {}

    def __call__(self, rig="hydrogen-engine-cell", speed=20.0):
        """Return a served rig; the speed counts where it is not served yet."""
        known = self._served.get(rig)
        if known is None or not known.is_living:
            folder = self._folder / f"runs-{len(list(self._folder.iterdir()))}"
            server = start_server(
                rig, folder, is_simulated=True, speed=speed, progress=Unwatched(), clock=CLOCK
            )
            known = self._served[rig] = ServedBench(server, folder)
        return known

    def end(self):
        for each in self._served.values():
            each.end()
