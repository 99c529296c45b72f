"""Pages of a file that are held in memory in place of what the disk has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bench.record.disk.storage import Bytes, StoredFile

PAGE = 4096
"""Bytes of a page: no disk in use tears more than one sector of this size."""


def numbers_of(start: int, size: int) -> range:
    """Return the numbers of the pages that a stretch of bytes touches."""
    return range(start // PAGE, (start + size - 1) // PAGE + 1)


def page_end(size: int) -> int:
    """Return the end of the last page of so many bytes."""
    return -(-size // PAGE) * PAGE


def lay_over(pages: Mapping[int, Bytes], start: int, view: memoryview) -> None:
    """Replace what a buffer holds of the file from `start` on by what the pages say."""
    for number in numbers_of(start, len(view)):
        page = pages.get(number)
        if page is not None:
            base = number * PAGE
            first, last = max(start, base), min(start + len(view), base + PAGE)
            view[first - start : last - start] = page[first - base : last - base]


def bring_up_to_date(pages: Mapping[int, bytearray], start: int, view: memoryview) -> None:
    """Write what a buffer holds of the file from `start` on into those pages that exist."""
    for number in numbers_of(start, len(view)):
        page = pages.get(number)
        if page is not None:
            base = number * PAGE
            first, last = max(start, base), min(start + len(view), base + PAGE)
            page[first - base : last - base] = view[first - start : last - start]


def write_pages(file: StoredFile, pages: Mapping[int, Bytes], size: int) -> None:
    """Write pages into a file, neighbours in one piece, up to a size.

    Raises:
        OSError: as the system does.
    """
    for first, run in _runs(pages):
        start = first * PAGE
        if start < size:
            file.write_at(start, memoryview(run)[: size - start])


def _runs(pages: Mapping[int, Bytes]) -> Iterator[tuple[int, bytes]]:
    first, run = 0, list[Bytes]()
    for number in sorted(pages):
        if run and number != first + len(run):
            yield first, b"".join(run)
            run = []
        if not run:
            first = number
        run.append(pages[number])
    if run:
        yield first, b"".join(run)
