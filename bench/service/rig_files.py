"""Whether the files a bench was opened with are still what they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.model import BenchModel


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
