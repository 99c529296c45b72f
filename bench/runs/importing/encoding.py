"""In which characters a text file is written: its mark, or by trial.

UTF-8 proves itself: other texts with signs beyond ASCII are hardly ever valid UTF-8. Between GBK
(Chinese Windows) and Windows-1252 (Latin-1 with the signs that Windows added) nothing is certain:
GBK is taken where the whole file is valid and most of its pairs are what people write, the first
level of hanzi and the signs of GB 2312. So ``°C`` and ``Öl`` in Latin-1 are not taken for hanzi.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.record.disk.storage import reason
from bench.runs.importing.errors import TableError

HEAD_BYTES = 65_536
"""How much of the original file a run keeps."""
_BLOCK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NAMES = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16", "gb18030": "GBK", "cp1252": "Windows-1252", "latin-1": "Latin-1",
}  # fmt: skip
_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_COMMON_PAIR = re.compile(rb"[\xa1-\xa3\xb0-\xd7][\xa1-\xfe]")


@dataclass(frozen=True)
class Original:
    """A file as it was found."""

    path: Path
    """The file."""
    size: int
    """Bytes."""
    sha256: str
    """Checksum, hex."""
    encoding: str
    """How Python calls its characters."""

    @property
    def encoding_name(self) -> str:
        """How people call its characters."""
        return _NAMES.get(self.encoding, self.encoding)

    def head(self) -> str:
        """Return how the file begins, as text.

        Raises:
            OSError: as the system does.
        """
        with self.path.open("rb") as file:
            return file.read(HEAD_BYTES).decode(self.encoding, "replace")


def examine(
    path: Path, encoding: str | None = None, told: Callable[[int], None] | None = None
) -> Original:
    """Read a file once: its checksum, and in which characters it is written.

    Args:
        path: the file.
        encoding: what the user says; None: by mark or trial.
        told: is called with the number of bytes read so far.

    Raises:
        TableError: no such file, no text, or an encoding that Python does not know.
    """
    if encoding is not None:
        encoding = _known(path, encoding)
    digest, size, head = hashlib.sha256(), 0, b""
    utf8 = _Trial("utf-8")
    for block in _blocks(path):
        digest.update(block)
        utf8.feed(block)
        head = head or block[:HEAD_BYTES]
        size += len(block)
        if told is not None:
            told(size)
    if size == 0:
        raise TableError("import.empty", path=path)
    taken = encoding or _marked(head) or _wide(head)
    if taken is None:
        if b"\0" in head:
            raise TableError("import.no-text", path=path)
        taken = "utf-8" if utf8.is_valid() else _legacy(path)
    return Original(path, size, digest.hexdigest(), taken)


class _Trial:
    """Whether bytes are valid in an encoding, however they are cut."""

    def __init__(self, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._is_valid = True

    def feed(self, block: bytes, *, is_last: bool = False) -> None:
        """Take the next bytes."""
        if self._is_valid:
            try:
                self._decoder.decode(block, is_last)
            except UnicodeDecodeError:
                self._is_valid = False

    def is_valid(self) -> bool:
        """Return whether all bytes were valid, the last ones complete."""
        self.feed(b"", is_last=True)
        return self._is_valid


def _blocks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                yield block
    except FileNotFoundError as error:
        raise TableError("import.no-file", path=path) from error
    except (OSError, ValueError) as error:
        raise TableError("import.unreadable", path=path, reason=reason(error)) from error


def _known(path: Path, encoding: str) -> str:
    with suppress(LookupError, ValueError):
        name = codecs.lookup(encoding).name
        "".encode(name)  # codecs that are no characters (zip, hex) refuse a text
        return "gb18030" if name in {"gbk", "gb2312", "cp936"} else name
    raise TableError("import.no-encoding", path=path, encoding=encoding)


def _marked(head: bytes) -> str | None:
    """Return the encoding that the first bytes of a file tell; None: they tell none."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def _wide(head: bytes) -> str | None:
    """Return which UTF-16 a file without a mark is: every other byte of ASCII is zero."""
    even, odd = head[0:4096:2], head[1:4096:2]
    if odd and odd.count(0) > 0.4 * len(odd) and not even.count(0):
        return "utf-16-le"
    if even and even.count(0) > 0.4 * len(even) and not odd.count(0):
        return "utf-16-be"
    return None


def _legacy(path: Path) -> str:
    """Return the encoding of a text that is not Unicode."""
    gbk, windows = _Trial("gb18030"), _Trial("cp1252")
    pairs = common = 0
    for block in _blocks(path):
        gbk.feed(block)
        windows.feed(block)
        found = _PAIR.findall(block)
        pairs += len(found)
        common += sum(1 for pair in found if _COMMON_PAIR.fullmatch(pair))
    if gbk.is_valid() and 2 * common > pairs:
        return "gb18030"
    return "cp1252" if windows.is_valid() else "latin-1"
