"""The header of a table: names and units, as people write them in one line or in two."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.errors import did_you_mean, nearest
from bench.messages import Message
from bench.runs.importing.errors import TableError
from bench.units import ONE, Unit, UnitError, is_unit, unit

_WIDE = str.maketrans("［］（）【】／　", "[]()[]/ ")
_BRACKETS = re.compile(r"(?P<name>.*?)\s*(?:\[(?P<square>[^\[\]]*)\]|\((?P<round>.*)\))\s*")
_PURE = frozenset({"", "-", "--", "1", "none"})
_SPELLINGS = {
    "Nm": "N*m", "kNm": "kN*m", "r/min": "rpm", "U/min": "rpm",
    "barg": "bar_g", "bara": "bar", "kPag": "kPa_g", "kPaa": "kPa", "°": "deg", "Vol%": "%",
    "Vol.-%": "%", "vol%": "%", "Nm3/h": "m3n/h", "Nm³/h": "m3n/h", "NL/min": "Ln/min",
    "Nl/min": "Ln/min", "sec": "s", "秒": "s",
    "Ohm": "ohm", "Ohms": "ohm", "ohms": "ohm", "mOhm": "mohm", "kOhm": "kohm",
    "Ohm*cm2": "ohm*cm^2", "Ohm.cm2": "ohm*cm^2", "Ohm cm2": "ohm*cm^2", "Ωcm²": "ohm*cm^2",
}  # fmt: skip
"""Spellings outside the units' own language; ``1/min`` stays a rate, which it may be."""


@dataclass(frozen=True)
class Heading:
    """One field of the header."""

    place: int
    """Which field, from 0."""
    text: str
    """As written."""
    name: str
    """Without its unit; empty: the field has no name."""
    unit: str | None
    """The unit as written; None: none is written."""
    is_certain: bool = True
    """Whether what stands there can only be meant as a unit."""

    def is_called(self, word: str) -> bool:
        """Return whether a word names this column, with its unit or without."""
        return word.strip() in {self.name, self.text}


def headings_of(fields: Sequence[str]) -> tuple[Heading, ...]:
    """Return a header taken apart: ``name [unit]``, ``name (unit)``, ``name/unit``."""
    return tuple(_heading(place, field.strip()) for place, field in enumerate(fields))


def _heading(place: int, text: str) -> Heading:
    plain = text.translate(_WIDE)
    found = _BRACKETS.fullmatch(plain)
    if found is not None and found["name"]:
        said = found["square"] if found["square"] is not None else found["round"]
        is_certain = found["square"] is not None
        return Heading(place, text, found["name"].strip(), said.strip(), is_certain)
    name, slash, said = plain.partition("/")
    if slash and name.strip() and is_known(said) and not is_unit(plain):
        return Heading(place, text, name.strip(), said.strip())
    return Heading(place, text, plain.strip(), None)


def with_units(
    path: Path, headings: Sequence[Heading], line: Sequence[str] | None, given: Mapping[str, str]
) -> tuple[Heading, ...]:
    """Return the headings with the units of a second line, and with what the user says.

    Raises:
        TableError: a unit is given for a column that is not there.
    """
    found = list(headings)
    if line is not None:
        found = [replace(each, unit=line[each.place].strip()) for each in found]
    for word, said in given.items():
        place = column_called(path, found, word).place
        found[place] = replace(found[place], unit=said, is_certain=True)
    return tuple(found)


def is_line_of_units(fields: Sequence[str], headings: Sequence[Heading]) -> bool:
    """Return whether the line below the header holds units: at least one, and no number."""
    if len(fields) != len(headings) or any(each.unit is not None for each in headings):
        return False
    words = [field.strip().strip("[]()") for field in fields]
    if any(word[:1].isdigit() and word != "1" for word in words):
        return False
    return any(word not in _PURE and is_known(word) for word in words)


def is_known(word: str) -> bool:
    """Return whether a word is a unit in any spelling that a table may use."""
    text = word.strip()
    return text in _PURE or is_unit(_spelt(text))


def unit_of(path: Path, heading: Heading) -> Unit:
    """Return the unit of a column; none written: a pure number.

    Raises:
        TableError: there is no such unit; names the nearest one.
    """
    said = (heading.unit or "").strip().strip("[]()").strip()
    if said in _PURE:
        return ONE
    try:
        return unit(_spelt(said))
    except UnitError as error:
        if not _is_meant(heading, said):
            return ONE
        hint = error.message.arguments["hint"]
        raise TableError(
            "import.no-unit", path=path, column=heading.name, unit=said, hint=hint
        ) from error


def full_name(heading: Heading) -> str:
    """Return the name of a column: what stands in round brackets and is no unit belongs to it."""
    said = (heading.unit or "").strip()
    is_unit_of_it = heading.is_certain or is_known(said) or _is_meant(heading, said)
    return heading.name if is_unit_of_it else heading.text


def check_names(path: Path, headings: Sequence[Heading]) -> None:
    """Make sure that each column has its own name.

    Raises:
        TableError: two have the same one.
    """
    names = [full_name(each) for each in headings]
    name, count = max(Counter(names).items(), key=lambda item: item[1], default=("", 0))
    if count > 1:
        places = [str(h.place + 1) for h, n in zip(headings, names, strict=True) if n == name]
        columns = ", ".join(places)
        raise TableError("import.name-twice", path=path, name=name, columns=columns)


def column_called(path: Path, headings: Sequence[Heading], word: str) -> Heading:
    """Return the column that a word names.

    Raises:
        TableError: there is none, or more than one; names the nearest one.
    """
    found = [each for each in headings if each.is_called(word)]
    if not found:
        hint = did_you_mean(word, (each.name for each in headings if each.name))
        raise TableError("import.no-column", path=path, column=word, hint=hint)
    if len(found) > 1:
        columns = ", ".join(str(each.place + 1) for each in found)
        raise TableError("import.name-twice", path=path, name=word, columns=columns)
    return found[0]


def _spelt(word: str) -> str:
    return _SPELLINGS.get(word, word)


def _is_meant(heading: Heading, said: str) -> bool:
    """Return whether a word is meant as a unit; in round brackets it may be a remark."""
    if heading.is_certain or any(sign in said for sign in "/*·^°%²³"):
        return True
    return nearest(said, _names_of(said)).lower() == said.lower()


def _names_of(said: str) -> tuple[str, ...]:
    """Return the unit that a word differs from by upper and lower case only."""
    try:
        unit(said)
    except UnitError as error:
        hint = error.message.arguments["hint"]
        if isinstance(hint, Message):
            return (str(hint.arguments.get("nearest", "")),)
    return ()
