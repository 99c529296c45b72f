"""From a document to a model: pydantic judges, the sentences and the places are ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from bench.document.fields import kinds_at, tags_in, valid_keys
from bench.document.places import Document, Mark, Problem, Section
from bench.document.sentences import Details, cause_of, is_wrong_kind, joined, sentence
from bench.errors import ConfigError, did_you_mean, nearest
from bench.messages import Message

M = TypeVar("M", bound=BaseModel)

_Path = tuple[str | int, ...]
_UNKNOWN_KEY = {"extra_forbidden", "unexpected_keyword_argument"}
_MISSING_KEY = {"missing", "missing_argument", "missing_keyword_only_argument"}


def validated(document: Document, model: type[M], *, context: object = None) -> M:
    """Return the model a document describes; `context` goes to the model's validators.

    Raises:
        ConfigError: it holds all problems, in the order of the file.
    """
    try:
        return model.model_validate(document.data, context=context)
    except ValidationError as error:
        problems = problems_of(document, error, model)
        raise ConfigError("document.unusable", file=document.name, problems=problems) from error


def problems_of(
    document: Document, error: ValidationError, model: type[BaseModel], prefix: _Path = ()
) -> list[Problem]:
    """Return what pydantic found as problems with places, in the order of the file.

    Args:
        document: What was validated, or what it is a part of.
        error: What pydantic found.
        model: What it was validated against.
        prefix: Where the validated part stands in the document.
    """
    data = document.at(prefix)
    errors = [_placed(data, model, details) for details in error.errors(include_url=False)]
    found: list[Problem] = []
    for group in _one_per_value(errors):
        problem = _problem(Section(document, prefix), group, model)
        if problem not in found:
            found.append(problem)
    return sorted(found, key=lambda problem: (problem.mark.line, problem.mark.column))


@dataclass(frozen=True)
class _Placed:
    """One error of pydantic's, and where it stands in the data."""

    details: Details
    path: _Path
    """Keys and positions in the data."""
    unions: tuple[tuple[_Path, str | int], ...]
    """The unions on the way there: path, and the member that was tried."""

    def is_wrong_kind_at(self, path: _Path) -> bool:
        return self.path == path and is_wrong_kind(self.details)


def _placed(data: Any, model: type[BaseModel], details: Details) -> _Placed:
    """Tell the steps into the data from the names of union members, which pydantic mixes."""
    loc: _Path = details["loc"]
    tags = tags_in(model, loc)
    path: _Path = ()
    unions: list[tuple[_Path, str | int]] = []
    last = len(loc) - 1 if details["type"] in _UNKNOWN_KEY | _MISSING_KEY else len(loc)
    for number, part in enumerate(loc):
        inner = None if number in tags and number < last else _step(data, part)
        if inner is not None:
            data, path = inner[0], (*path, part)
        elif number < last and part != "[key]":
            unions.append((path, part))
    return _Placed(details, path, tuple(unions))


def _step(data: Any, part: str | int) -> tuple[Any] | None:
    try:
        return (data[part],)
    except (KeyError, IndexError, TypeError):
        return None


def _one_per_value(errors: list[_Placed], level: int = 0) -> list[list[_Placed]]:
    """Group what belongs together; of the members of a union, keep the one that was meant.

    A member that wants another kind of value altogether was not meant if there is one that does
    not; among the others, the one with the fewest errors was. If all of them want another kind,
    they make one group.
    """
    groups = [[error] for error in errors if len(error.unions) <= level]
    unions: dict[_Path, dict[str | int, list[_Placed]]] = {}
    for error in errors:
        if len(error.unions) > level:
            path, member = error.unions[level]
            unions.setdefault(path, {}).setdefault(member, []).append(error)
    for path, members in unions.items():
        meant = [
            member
            for member in members.values()
            if not any(error.is_wrong_kind_at(path) for error in member)
        ]
        if meant:
            groups += _one_per_value(min(meant, key=len), level + 1)
        else:
            groups.append([error for member in members.values() for error in member])
    return groups


def _problem(whole: Section, group: list[_Placed], model: type[BaseModel]) -> Problem:
    document, details = whole.document, group[0].details
    path = (*whole.path, *group[0].path)
    loc: _Path = details["loc"]
    kind: str = details["type"]
    if kind in _UNKNOWN_KEY:
        return _unknown_key(document, path, valid_keys(model, loc[:-1]))
    if kind in _MISSING_KEY:
        return Problem(document.mark(path), _missing(loc[-1]))
    if kind == "union_tag_not_found" and isinstance(details["input"], dict):
        kinds = kinds_at(model, loc)
        keys = list(cast("dict[str, object]", details["input"]))
        if kinds and keys:
            key = next((key for key in keys if nearest(key, kinds)), keys[0])
            return _unknown_key(document, (*path, key), kinds)
    message = joined([sentence(error.details) for error in group])
    if loc and loc[-1] == "[key]":
        return Problem(document.key_mark(path), message)
    if kind == "union_tag_invalid":
        path = (*path, str(details["ctx"]["discriminator"]).strip("'"))
    return Problem(_mark(document, path, details), message)


def _unknown_key(document: Document, path: _Path, valid: set[str]) -> Problem:
    hint = did_you_mean(str(path[-1]), valid)
    message = Message("document.unknown-key", {"key": path[-1], "hint": hint})
    return Problem(document.key_mark(path), message)


def _missing(key: str | int) -> Message:
    if isinstance(key, int):
        return Message("document.missing-entry", {"number": key + 1})
    return Message("document.missing-key", {"key": key})


def _mark(document: Document, path: _Path, details: Details) -> Mark:
    """The place of the value, or of the character in it that an expression's error names."""
    offset = getattr(cause_of(details), "offset", None)
    return document.mark(path) if offset is None else document.mark_within(path, offset)
