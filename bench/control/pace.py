"""Who serves the links between two scans: threads in real time, a scheduler in virtual time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from heapq import heappop, heappush, heappushpop
from typing import Protocol, runtime_checkable

from bench.clock import MILLISECOND, NEVER, SECOND, Clock, VirtualClock
from bench.device import Worker

LONGEST_FAREWELL = 2.0
"""How long a link's thread may take to end, s; then it is abandoned."""


class Pace(Protocol):
    """Lets time pass until the next scan, with the links served."""

    @property
    def leapt(self) -> int:
        """By how much the bench's time is ahead of that of the wires, ns."""
        ...

    def advance(self, due: int) -> None:
        """Return at a time (ns); the links have been served up to it."""
        ...

    def wake(self, link: str) -> None:
        """Have a link served soon: something waits to be sent."""
        ...

    def served(self, now: int) -> Mapping[str, int]:
        """Return when each link was last known to be well (ns), up to a time on the wires.

        One that waits for its next turn is well now; one that is in a call is as well as when it
        began; one that has ended is never well again.
        """
        ...

    def close(self) -> None:
        """Stop serving and release the links."""
        ...


@runtime_checkable
class Poller(Protocol):
    """A worker that may poll less often than once a scan."""

    @property
    def name(self) -> str:
        """Name of the link."""
        ...

    def refresh(self, later_than: int) -> bool:
        """Poll before a time (ns) what would be polled later only; return if anything was."""
        ...


_NOBODY = (NEVER + 1, -1)
"""Stands behind all who are due, so that there is always a next one."""


class VirtualPace:
    """Runs the workers at their due times, in order, in one thread, as fast as it goes.

    Args:
        workers: who serves the links, and the twins.
        clock: the bench's time; the workers live in that of the wires.
        leap: has all that lives in the bench's time go on by so many ns at once, as far as it
            can; returns how many it were. None: it cannot.
    """

    def __init__(
        self,
        workers: Sequence[Worker],
        clock: VirtualClock,
        leap: Callable[[int], int] | None = None,
    ) -> None:
        self._bench = clock
        self._clock = clock.wires
        self._leap = leap
        self._workers = tuple(workers)
        self._order = {worker.name: i for i, worker in enumerate(workers)}
        now = self._clock.now()
        self._pollers = {each.name: each for each in workers if isinstance(each, Poller)}
        self._served_to, self._lasted = now, 0
        self._dues = [now] * len(self._workers)
        self._heap = [(now, i) for i in range(len(self._workers))] + [_NOBODY]
        self._steps = [worker.step for worker in self._workers]

    @property
    def leapt(self) -> int:
        """By how much the bench's time is ahead of that of the wires, ns."""
        return self._clock.leapt

    def leap(self, wished: int) -> int:
        """Let the bench's time leap by so many ns, or less; return by how many."""
        done = 0 if self._leap is None else self._leap(wished)
        self._bench.leap(done)
        if done:  # what is asked less often than once a scan is asked anew
            behind = self._served_to + self._lasted
            for name, worker in self._pollers.items():
                if worker.refresh(behind):
                    self.wake(name)
        return done

    def advance(self, due: int) -> None:
        """Run every worker up to a time; workers due at that time run before it returns."""
        heap, dues, steps, clock = self._heap, self._dues, self._steps, self._clock
        due -= clock.leapt
        self._lasted, self._served_to = due - self._served_to, due
        reached = clock.now()
        at, i = heappop(heap)
        while at <= due:
            if at == dues[i]:
                if at > reached:
                    clock.wait_until(at)
                    reached = at
                wanted = steps[i](at)
                dues[i] = wanted = wanted if wanted > at else at + 1
                at, i = heappushpop(heap, (wanted, i))
            else:  # woken earlier: this entry is out of date
                at, i = heappop(heap)
        heappush(heap, (at, i))
        clock.wait_until(due)

    def wake(self, link: str) -> None:
        """Have a worker run at once."""
        i = self._order.get(link)
        if i is not None:
            now = self._clock.now()
            if self._dues[i] > now:
                self._dues[i] = now
                heappush(self._heap, (now, i))

    def served(self, now: int) -> Mapping[str, int]:
        """Return that all links are well: their workers have just returned."""
        return dict.fromkeys(self._order, now)

    def close(self) -> None:
        """Release the links."""
        for worker in self._workers:
            worker.close()


class ThreadedPace:
    """One thread per link, in real time; they begin with the first `advance`."""

    leapt = 0
    """Real time does not leap."""

    def __init__(self, workers: Sequence[Worker], clock: Clock) -> None:
        self._clock = clock
        self._threads = {worker.name: _WorkerThread(worker, clock) for worker in workers}
        self._is_started = False

    def advance(self, due: int) -> None:
        """Wait until a time.

        Raises:
            BaseException: what ended a worker's thread. Its link is no longer served; raised
                once, so that the safe sequence can run over the others.
        """
        if not self._is_started:
            self._is_started = True
            for thread in self._threads.values():
                thread.start()
        self._clock.wait_until(due)
        for thread in self._threads.values():
            if thread.failure is not None:
                failure, thread.failure = thread.failure, None
                raise failure

    def wake(self, link: str) -> None:
        """Have a worker's thread run at once."""
        if link in self._threads:
            self._threads[link].wake.set()

    def served(self, now: int) -> Mapping[str, int]:
        """Return when each link was last known to be well (ns), up to a time."""
        return {name: thread.well_at(now) for name, thread in self._threads.items()}

    def close(self) -> None:
        """Stop the threads and release the links; a hung native call is abandoned."""
        for thread in self._threads.values():
            thread.stop()
        if self._is_started:
            for thread in self._threads.values():
                thread.join(timeout=LONGEST_FAREWELL)


_LONGEST_WAIT = SECOND
_SHORTEST_WAIT = MILLISECOND // 5


class _WorkerThread(threading.Thread):
    """Steps one worker until told to stop."""

    def __init__(self, worker: Worker, clock: Clock) -> None:
        super().__init__(name=f"link {worker.name}", daemon=True)
        self.wake = threading.Event()
        self.failure: BaseException | None = None
        self._worker = worker
        self._clock = clock
        self._stopping = threading.Event()
        self._last = clock.now()
        self._idle_until: int | None = NEVER

    def well_at(self, now: int) -> int:
        """Return until when the worker is known to be well, ns: no later than `now`."""
        idle_until = self._idle_until
        return self._last if idle_until is None else min(now, idle_until)

    def run(self) -> None:
        """Serve the link."""
        try:
            while not self._stopping.is_set():
                self.wake.clear()
                self._last = now = self._clock.now()
                self._idle_until = None
                due = self._worker.step(now)
                due = min(max(due, now + _SHORTEST_WAIT), now + _LONGEST_WAIT)
                self._idle_until = max(due, self._clock.now())
                self._clock.wait_until(due, self.wake)
        except BaseException as error:  # noqa: BLE001 - carried to the scan, which raises it
            self.failure = error
        finally:
            self._idle_until = None  # whatever ended it: it is never well again
            self._worker.close()

    def stop(self) -> None:
        """Ask the thread to end."""
        self._stopping.set()
        self.wake.set()
