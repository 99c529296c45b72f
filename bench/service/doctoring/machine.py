"""The machine: programs, disk, keys, clock, and whether a scan can be on time on it."""

from __future__ import annotations

import math
import os
import platform
import re
import stat
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from bench.clock import MILLISECOND, Clock
from bench.preflight.machine import free_bytes, is_clock_synchronised
from bench.record.disk.storage import reason
from bench.service.doctoring.diagnosis import Diagnosis, mend, ok, warning
from bench.service.keys import key_file

if sys.platform != "win32":
    import resource

PERIOD = 10 * MILLISECOND
"""Period of the loop that is timed: that of a scan in real time."""
TURNS = 150
"""How often it is timed."""
LATE = 5.0
"""How late a scan may begin, ms: half a period (engineering default)."""
LITTLE = 5e9
"""Free bytes below which nothing should be begun (engineering default)."""
SOME = 50e9
"""Free bytes below which somebody should look."""
_CPUS = Path("/sys/devices/system/cpu")
_OTHERS = 0o077


@dataclass(frozen=True)
class Package:
    """A package that h2bench needs."""

    name: str
    """Name."""
    version: str
    """Version; empty: it is not installed."""
    folder: str
    """Where it was loaded from."""


def examine_machine(folder: Path, clock: Clock) -> Iterator[Diagnosis]:
    """Yield what is found of the machine; about two seconds pass by its clock.

    Args:
        folder: Where run files go.
        clock: The machine's time.
    """
    yield ok("doctor.python", version=platform.python_version(), path=sys.executable)
    yield from of_packages(packages("h2bench"))
    yield of_disk(free_bytes(folder), folder)
    yield of_writing(folder)
    yield of_keys(key_file())
    yield of_clock(is_synchronised=is_clock_synchronised())
    yield of_governors(governors(_CPUS))
    yield of_priority(highest_priority())
    yield of_lateness(lateness(clock))


def packages(name: str) -> list[Package]:
    """Return a distribution and what it needs by itself, as installed."""
    texts = distribution(name).requires or []
    plain = [text for text in texts if "extra ==" not in text and "platform_machine" not in text]
    wanted = [re.split(r"[^A-Za-z0-9._-]", text, maxsplit=1)[0] for text in plain]
    return [_package(each) for each in (name, *wanted)]


def of_packages(found: Sequence[Package]) -> Iterator[Diagnosis]:
    """Yield what is wrong with packages: missing, or from elsewhere than the others."""
    usual, _ = Counter(each.folder for each in found).most_common(1)[0]
    for each in found:
        told = {"package": each.name, "version": each.version, "folder": each.folder}
        if not each.version:
            yield mend("doctor.no-package", **told)
        elif each.folder != usual:
            yield warning("doctor.package-elsewhere", usual=usual, **told)
        else:
            yield ok("doctor.package", **told)


def of_disk(free: float, folder: Path) -> Diagnosis:
    """Return what is to be said of the free bytes where run files go."""
    told = {"folder": folder, "free": f"{free / 1e9:.1f} GB"}
    if math.isnan(free):
        return mend("doctor.no-disk", folder=folder)
    if free < LITTLE:
        return mend("doctor.disk-full", **told)
    return ok("doctor.disk", **told) if free >= SOME else warning("doctor.disk-low", **told)


def of_writing(folder: Path) -> Diagnosis:
    """Return whether a file can be written where run files go."""
    existing = next(
        (each for each in (folder, *folder.absolute().parents) if each.exists()), folder
    )
    try:
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(b"h2bench")
    except OSError as error:
        return mend("doctor.not-writable", folder=existing, reason=reason(error))
    return ok("doctor.writable", folder=existing)


def of_keys(path: Path) -> Diagnosis:
    """Return whether nobody else may read the keys."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return ok("doctor.no-keys-yet", path=path)
    if os.name != "nt" and stat.S_IMODE(mode) & _OTHERS:
        return mend("doctor.keys-open", path=path, mode=f"{stat.S_IMODE(mode):04o}")
    return ok("doctor.keys", path=path)


def of_clock(*, is_synchronised: bool | None) -> Diagnosis:
    """Return what is to be said of the machine's clock."""
    if is_synchronised is None:
        return warning("doctor.clock-unknown")
    return ok("doctor.clock") if is_synchronised else warning("doctor.clock-alone")


def governors(folder: Path) -> Mapping[str, int]:
    """Return how many processors follow which governor; empty: the system does not say."""
    found: Counter[str] = Counter()
    for path in sorted(folder.glob("cpu[0-9]*/cpufreq/scaling_governor")):
        try:
            found[path.read_text(encoding="ascii").strip()] += 1
        except (OSError, ValueError):
            continue
    return found


def of_governors(found: Mapping[str, int]) -> Diagnosis:
    """Return whether processors run at their speed all the time."""
    if not found:
        return ok("doctor.governor-unknown")
    named = ", ".join(f"{name} ({count})" for name, count in sorted(found.items()))
    if set(found) == {"performance"}:
        return ok("doctor.governor", governors=named)
    return warning("doctor.governor-slow", governors=named)


def highest_priority() -> int | None:
    """Return the highest real-time priority this user may have, 0: none; None: not known."""
    if sys.platform == "win32" or not hasattr(resource, "RLIMIT_RTPRIO"):
        return None
    if os.geteuid() == 0:
        return os.sched_get_priority_max(os.SCHED_FIFO)
    _, most = resource.getrlimit(resource.RLIMIT_RTPRIO)
    return os.sched_get_priority_max(os.SCHED_FIFO) if most == resource.RLIM_INFINITY else most


def of_priority(highest: int | None) -> Diagnosis:
    """Return whether a scan may go before all other programs."""
    if highest is None:
        return ok("doctor.priority-unknown")
    if highest > 0:
        return ok("doctor.priority", highest=highest)
    return warning("doctor.no-priority")


def lateness(clock: Clock) -> list[float]:
    """Return how late a short loop was in each of its turns, ms."""
    late: list[float] = []
    due = clock.now()
    for _ in range(TURNS):
        due += PERIOD
        clock.wait_until(due)
        now = clock.now()
        late.append((now - due) / MILLISECOND)
        due = max(due, now)  # each turn has its own lateness
    return late


def of_lateness(late: Sequence[float]) -> Diagnosis:
    """Return whether a scan can be on time."""
    middle, worst = statistics.median(late), max(late)
    told = {"middle": f"{middle:.2f}", "worst": f"{worst:.2f}", "most": f"{LATE:g}"}
    if middle > LATE:
        return mend("doctor.timer-coarse", **told)
    return ok("doctor.timer", **told) if worst <= LATE else warning("doctor.timer-late", **told)


def _package(name: str) -> Package:
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return Package(name, "", "")
    return Package(name, found.version, str(found.locate_file("")).rstrip("/\\"))
