"""The parameters of a protocol as a form: what may be chosen, and what is wrong with a choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.config.catalogue import Catalogue
from bench.config.protocol import Protocol
from bench.errors import BenchError
from bench.findings import Findings
from bench.messages import Bilingual, Message
from bench.model import BenchModel
from bench.plan import Node
from bench.planning.context import Context
from bench.planning.course import Course
from bench.planning.parameters import parameters_of
from bench.planning.place import Place
from bench.step import Scalar
from bench.units import quantity


@dataclass(frozen=True)
class ParameterRow:
    """One parameter that may be chosen."""

    name: str
    """Name in the protocol."""
    about: Bilingual
    """What it is; empty: its author did not say."""
    default: str
    """What it is if nothing is chosen, as written."""
    unit: str
    """Unit of the default as shown to people; empty: a plain number."""
    low: str = ""
    """Lowest value as written; empty: none is stated."""
    high: str = ""
    """Highest value as written; empty: none is stated."""
    origin: str = ""
    """Where the default comes from."""


def rows_of(protocol: Protocol) -> tuple[ParameterRow, ...]:
    """Return the parameters of a protocol in the order of its file."""
    return tuple(
        ParameterRow(
            name=name,
            about=given.help,
            default=_written(given.default),
            unit=_unit(given.default),
            low=_written(given.min),
            high=_written(given.max),
            origin=given.origin,
        )
        for name, given in protocol.file.parameters.items()
    )


def chosen_of(rows: Sequence[ParameterRow], fields: Mapping[str, str]) -> dict[str, str]:
    """Return what differs from the defaults: an empty field means the default.

    A number without a unit in the field of a quantity has the unit that stands beside the field.
    """
    found: dict[str, str] = {}
    for row in rows:
        text = completed(row, fields.get(row.name, ""))
        if text and text != row.default:
            found[row.name] = text
    return found


def completed(row: ParameterRow, text: str) -> str:
    """Return what a field says, with the unit beside it where it is a number alone."""
    bare = text.strip()
    if not bare or not row.unit or not _is_number(bare):
        return bare
    return f"{bare} {row.default.partition(' ')[2].strip() or row.unit}"


def problem_of(
    protocol: Protocol, model: BenchModel, catalogue: Catalogue, name: str, written: str
) -> Message | None:
    """Return what is wrong with one choice, as the command line would say it; None: nothing."""
    findings = Findings()
    context = Context(model, catalogue, findings, Course({}), _no_steps)
    parameters_of(context, protocol, {name: written}, None)
    mark = (protocol.document.section("parameters") / name).mark
    return next((each.message for each in findings.errors if each.mark == mark), None)


def _no_steps(steps: Sequence[Any], place: Place) -> tuple[Node, ...]:
    del steps, place
    return ()


def _written(value: Scalar | None) -> str:
    return "" if value is None else str(value)


def _unit(value: Scalar) -> str:
    try:
        return quantity(value).unit.label
    except BenchError:
        return ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
