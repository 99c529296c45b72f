"""Whether the files a bench was opened with are still what they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.clock import SECOND
from bench.errors import Refused
from bench.messages import Message
from bench.model import BenchModel
from bench.service.errands import Errands
from bench.service.filing import Filing

LOOK_AT_FILES = 60 * SECOND
"""Time between two looks at whether the rig's files are what they were."""


@dataclass(frozen=True)
class RigFiles:
    """The rig and its object kind, as they were read."""

    texts: Mapping[Path, str]
    """File → text as read."""

    @staticmethod
    def of(model: BenchModel) -> RigFiles:
        """Return the files a model was built from."""
        documents = (model.rig_source, model.object_source)
        known = {Path(each.name).resolve(): each.text for each in documents if each is not None}
        return RigFiles(known)

    def changed(self) -> tuple[str, ...]:
        """Return the names of those that are gone or say something else now; it reads them."""
        return tuple(path.name for path, text in self.texts.items() if _differs(path, text))


def _differs(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() != text.encode("utf-8")
    except OSError:
        return True


class RigWatch:
    """Looks at the files of a rig beside the scan, once a minute."""

    def __init__(self, files: RigFiles, errands: Errands, filing: Filing, now: int) -> None:
        """Begin at a time, ns."""
        self._files = files
        self._errands = errands
        self._filing = filing
        self._due = now + LOOK_AT_FILES
        self._changed: tuple[str, ...] = ()

    def look(self, now: int) -> None:
        """Have the files read when it is time."""
        if now >= self._due:
            self._due = now + LOOK_AT_FILES
            self._errands.send(self._files.changed, self._notice, self._filing.tell_failure)

    def check_known(self) -> None:
        """Check what the last look found.

        Raises:
            Refused: a file is not what it was.
        """
        if self._changed:
            raise Refused("serve.rig-changed", files=", ".join(self._changed))

    def check(self) -> None:
        """Check the files now: it reads them, in any thread.

        Raises:
            Refused: a file is not what it was.
        """
        changed = self._files.changed()
        if changed:
            raise Refused("serve.rig-changed", files=", ".join(changed))

    def _notice(self, changed: tuple[str, ...]) -> None:
        if changed and changed != self._changed:
            told = Message("serve.rig-changed", {"files": ", ".join(changed)})
            self._filing.note("warning", told)
        self._changed = changed
