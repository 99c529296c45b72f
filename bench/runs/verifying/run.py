"""Is everything in a run file what was written? Every chunk against its checksum, every text.

Nothing is changed and nothing recovered: a run is verified as it lies there, also while it is
recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.clock import SECOND
from bench.errors import RunFileError
from bench.messages import Message
from bench.record.disk.locks import Purpose, held
from bench.record.layout.parts import read_manifest
from bench.runs.damage import damage_told
from bench.runs.findings import Finding, merged
from bench.runs.interruptions import gaps_of
from bench.runs.run_source import RunSource
from bench.runs.verifying.content import contents_wrong
from bench.runs.verifying.group import GroupVerifier

_DAMAGED = frozenset({"runs.damaged", "runs.not-readable"})
"""What is a finding; all else (no such file, a newer version) is a reason to refuse."""

Show = Callable[[int, int], object]
"""Takes how much of how much is done."""


@dataclass(frozen=True)
class Verification:
    """What verifying a run showed."""

    path: Path
    """The run file; of a run in parts, the first."""
    parts: tuple[Path, ...]
    """The files that were verified."""
    chunks: int
    """Chunks that were compared with their checksums."""
    size: int
    """Their bytes."""
    texts: int
    """Texts that were compared with theirs."""
    findings: tuple[Finding, ...]
    """What is wrong."""
    notes: tuple[Message, ...]
    """What is no damage, but should be known: gaps, a run that is not complete."""

    @property
    def is_whole(self) -> bool:
        """Whether everything is what was written."""
        return not self.findings


def verify_run(path: Path, show: Show = lambda _, __: None) -> Verification:
    """Verify a run, or what is there of it.

    Args:
        path: any part of it, or the list of its parts.
        show: is told how many chunks of how many are done.

    Raises:
        RunFileError: no such file, not a run file, or of a newer program.
    """
    try:
        source = RunSource(path, 0)
    except RunFileError as error:
        if error.message.id not in _DAMAGED:
            raise
        found = (Finding(path.name, what=error.message),)
        return Verification(path, (path,), 0, 0, 0, found, ())
    try:
        return _verified(source, show)
    finally:
        source.close()


def _verified(source: RunSource, show: Show) -> Verification:
    findings = [Finding(source.path.name, what=finding) for finding in source.findings]
    groups: list[GroupVerifier] = []
    texts = chunks = size = 0
    with _told(findings, source.path):
        findings += _manifest_wrong(source)
    with _told(findings, source.path):
        findings += _rows_wrong(source)
    for part in source.parts:
        with _told(findings, part.path):
            contents = source.guard(lambda part=part: contents_wrong(part))
            findings += contents.findings
            texts += contents.texts
        for name in source.group_names:
            with _told(findings, part.path, name):
                groups.append(source.guard(lambda part=part, name=name: GroupVerifier(part, name)))
    done, total = 0, sum(group.blocks for group in groups)
    for group in groups:
        for block in range(group.blocks):
            show(done, total)
            done += 1
            with _told(findings, group.path, group.name):
                checked = source.guard(lambda group=group, block=block: group.verify(block))
                findings += checked.findings
                chunks, size = chunks + checked.chunks, size + checked.size
    files = tuple(part.path for part in source.parts)
    found, notes = merged(findings), tuple(_notes(source))
    return Verification(source.path, files, chunks, size, texts, found, notes)


@contextmanager
def _told(findings: list[Finding], path: Path, group: str = "") -> Generator[None]:
    """Turn what cannot be read at all into a finding."""
    try:
        yield
    except RunFileError as error:
        findings.append(Finding(path.name, group, what=error.message))


def _manifest_wrong(source: RunSource) -> Iterator[Finding]:
    """Yield where the list of parts differs from the parts."""
    try:
        manifest = read_manifest(source.path)
    except RunFileError as error:
        yield Finding(source.path.name, what=error.message)
        return
    there = {part.number: part for part in source.parts}
    if manifest is None:
        if max(there) > 1:
            yield Finding(source.path.name, what=Message("verify.no-manifest"))
        return
    if manifest.run_uuid != source.parts[0].identity.run_uuid:
        yield Finding(source.path.name, what=Message("verify.other-manifest"))
        return
    for entry in manifest.parts:
        part = there.pop(entry.part, None)
        if part is None:
            continue  # told as missing
        with damage_told(part.path):
            first_rows = {name: part.group(name).first_row for name in part.group_names}
        is_same = (part.path.name, part.first_ns) == (entry.file, entry.first_ns)
        if not is_same or first_rows != {**first_rows, **entry.first_rows}:
            yield Finding(part.path.name, what=Message("verify.manifest-differs"))
    for part in there.values():
        yield Finding(part.path.name, what=Message("verify.not-in-manifest"))


def _rows_wrong(source: RunSource) -> Iterator[Finding]:
    """Yield where a part does not begin with the row behind the last one of the part before."""
    for before, part in zip(source.parts, source.parts[1:], strict=False):
        if part.number != before.number + 1:
            continue
        for name in source.group_names:
            with damage_told(part.path):
                behind = before.group(name).first_row + before.group(name).rows
                first = part.group(name).first_row
            if first != behind:
                what = Message("verify.rows-between", {"first": first, "expected": behind})
                yield Finding(part.path.name, name, what=what)


def _notes(source: RunSource) -> Iterator[Message]:
    last = source.parts[-1]
    if last.is_recording:
        is_held = held(source.path, Purpose.RECORDING)
        yield Message("verify.recording" if is_held else "verify.broken-off", {"path": source.path})
    try:
        gaps, start_ns = gaps_of(source), source.header.start_ns
    except RunFileError:
        return  # the cues are damaged, and that was told
    for gap in gaps:
        begin, end = ((each - start_ns) / SECOND for each in (gap.start_ns, gap.end_ns))
        told = {"why": gap.why, "start": f"{begin:.3f}", "end": f"{end:.3f}"}
        yield Message("verify.gap", told)
