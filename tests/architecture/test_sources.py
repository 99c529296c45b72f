"""What every source file keeps to: its size, its reasons, and nothing of one machine."""

import ast
import re
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("bench", "drivers", "analysis", "protocols", "gui")
LONGEST_FILE = 420
"""Lines; 400 is where we are going."""
LONGER: dict[str, int] = {}
"""Files that are to be divided, and what they may have until then."""
MOST_METHODS = 20
"""Of one class, private ones included; 20 is where we are going."""
SOURCES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]

AROUND = ("", ".ci")
"""Folders whose own files count beside the packages: README, settings, scripts."""
MACHINE = re.compile(r"(?<![\w./~-])/(?:work|root|home|Users|tmp|opt|mnt)/|\b[A-Z]:\\Users\\")
REGISTRY = re.compile(
    r"pypi\.org|pythonhosted|index-url|find-links|artifactory|nexus\.|conda\.anaconda"
)
BARE_EXCEPTION = re.compile(r"(?:noqa|type: ignore|pyright: ignore)(?![^\n]* - \S)")


def place(path):
    return path.relative_to(ROOT).as_posix()


def texts():
    """Yield name and text of every text file of the product and around it."""
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*")]
    files += [path for folder in AROUND for path in (ROOT / folder).iterdir()]
    for path in sorted(files):
        if path.is_file() and "__pycache__" not in path.parts:
            with suppress(UnicodeDecodeError):
                yield place(path), path.read_text(encoding="utf-8")


def lines_with(pattern, suffix=""):
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in texts()
        if name.endswith(suffix)
        for number, line in enumerate(text.split("\n"), start=1)
        if pattern.search(line)
    ]


def test_every_source_file_is_short():
    sizes = {place(path): path.read_text(encoding="utf-8").count("\n") for path in SOURCES}
    assert len(sizes) > 100
    long = [
        f"{name}: {size} lines"
        for name, size in sizes.items()
        if size >= LONGER.get(name, LONGEST_FILE)
    ]
    assert not long, "\n".join(long)


def test_no_class_does_everything():
    many = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                count = sum(isinstance(each, ast.FunctionDef) for each in node.body)
                if count > MOST_METHODS:
                    many.append(f"{place(path)} {node.name}: {count} methods")
    assert not many, "\n".join(many)


def test_nothing_names_a_place_on_one_machine():
    found = lines_with(MACHINE)
    assert not found, "\n".join(found)


def test_nothing_names_a_package_registry():
    found = lines_with(REGISTRY)
    assert not found, "\n".join(found)


def test_every_exception_from_a_rule_has_its_reason_beside_it():
    found = lines_with(BARE_EXCEPTION, ".py")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (MACHINE, "see /home/ann/run.h5"),
        (MACHINE, '"/tmp/x"'),
        (REGISTRY, "--index-url https://example.org"),
        (BARE_EXCEPTION, "x = 1  # noqa: E501"),
        (BARE_EXCEPTION, "x = 1  # type: ignore[misc]"),
    ],
)
def test_the_patterns_find_what_they_look_for(pattern, line):
    assert pattern.search(line)


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (MACHINE, "https://example.org/home/page"),
        (MACHINE, "g/work/h"),
        (BARE_EXCEPTION, "x = 1  # noqa: E501 - a table"),
    ],
)
def test_the_patterns_leave_the_rest_alone(pattern, line):
    assert not pattern.search(line)
