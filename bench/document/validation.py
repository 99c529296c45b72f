"""From a document to a model: pydantic judges, the sentences and the places are ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bench.document.fields import valid_keys
from bench.document.places import Document, Mark, Problem
from bench.errors import BenchError, ConfigError, did_you_mean
from bench.messages import Message

M = TypeVar("M", bound=BaseModel)

_Details = Mapping[str, Any]


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
    document: Document, error: ValidationError, model: type[BaseModel]
) -> list[Problem]:
    """Return what pydantic found as problems with places, in the order of the file."""
    found: list[Problem] = []
    for details in error.errors(include_url=False):
        problem = _problem(document, details, model)
        if problem not in found:  # members of a union may say the same
            found.append(problem)
    return sorted(found, key=lambda problem: (problem.mark.line, problem.mark.column))


def _problem(document: Document, details: _Details, model: type[BaseModel]) -> Problem:
    loc: tuple[str | int, ...] = details["loc"]
    path = _path(document.data, loc)
    kind: str = details["type"]
    if kind == "extra_forbidden":
        hint = did_you_mean(str(loc[-1]), valid_keys(model, loc[:-1]))
        message = Message("document.unknown-key", {"key": loc[-1], "hint": hint})
        return Problem(document.key_mark(path), message)
    if kind == "missing":
        return Problem(document.mark(path), Message("document.missing-key", {"key": loc[-1]}))
    if loc and loc[-1] == "[key]":
        return Problem(document.key_mark(path), _message(details))
    if kind == "union_tag_invalid":
        path = (*path, str(details["ctx"]["discriminator"]).strip("'"))
    return Problem(_mark(document, path, details), _message(details))


def _mark(document: Document, path: tuple[str | int, ...], details: _Details) -> Mark:
    """The place of the value, or of the character in it that an expression's error names."""
    offset = getattr(_cause(details), "offset", None)
    return document.mark(path) if offset is None else document.mark_within(path, offset)


def _path(data: Any, loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """The part of a location that exists in the data: tags of unions are left out."""
    path: list[str | int] = []
    for part in loc:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            continue
        path.append(part)
    return tuple(path)


def _cause(details: _Details) -> BenchError | None:
    """The error of ours that a validator raised, itself or in a ValueError."""
    error = details.get("ctx", {}).get("error")
    while error is not None and not isinstance(error, BenchError):
        inner = error.args[0] if getattr(error, "args", ()) else None
        error = inner if isinstance(inner, BaseException) else error.__cause__
    return error


def _message(details: _Details) -> Message:
    cause = _cause(details)
    if cause is not None:
        return cause.message
    make = _SENTENCES.get(details["type"])
    return make(details) if make else Message("document.value", {"reason": details["msg"]})


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _simple(message_id: str) -> Callable[[_Details], Message]:
    return lambda details: Message(message_id, {"given": _shown(details["input"])})


def _bound(message_id: str, key: str) -> Callable[[_Details], Message]:
    return lambda details: Message(
        message_id, {"given": _shown(details["input"]), "bound": details["ctx"][key]}
    )


def _choice(key: str, given: str | None = None) -> Callable[[_Details], Message]:
    def message(details: _Details) -> Message:
        word = str(details["ctx"][given] if given else details["input"])
        words = re.findall(r"'([^']*)'", str(details["ctx"][key]))
        hint = did_you_mean(word, words)
        return Message("document.choice", {"given": _shown(word), "hint": hint})

    return message


_SENTENCES: dict[str, Callable[[_Details], Message]] = {
    "literal_error": _choice("expected"),
    "enum": _choice("expected"),
    "union_tag_invalid": _choice("expected_tags", "tag"),
    "union_tag_not_found": lambda details: Message(
        "document.missing-key", {"key": str(details["ctx"]["discriminator"]).strip("'")}
    ),
    **dict.fromkeys(("string_type", "string_sub_type"), _simple("document.text")),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), _simple("document.integer")),
    **dict.fromkeys(("float_type", "float_parsing", "decimal_type"), _simple("document.number")),
    "finite_number": _simple("document.finite"),
    **dict.fromkeys(("bool_type", "bool_parsing"), _simple("document.boolean")),
    **dict.fromkeys(
        ("dict_type", "model_type", "model_attributes_type", "mapping_type", "dataclass_type"),
        _simple("document.mapping"),
    ),
    **dict.fromkeys(("list_type", "tuple_type", "set_type"), _simple("document.list")),
    "none_required": _simple("document.nothing"),
    "greater_than": _bound("document.above", "gt"),
    "greater_than_equal": _bound("document.at-least", "ge"),
    "less_than": _bound("document.below", "lt"),
    "less_than_equal": _bound("document.at-most", "le"),
    "string_pattern_mismatch": _bound("document.pattern", "pattern"),
    "too_short": lambda details: Message("document.too-few", dict(details["ctx"])),
    "too_long": lambda details: Message("document.too-long", dict(details["ctx"])),
    "string_too_short": lambda details: Message("document.short-text", dict(details["ctx"])),
    "string_too_long": lambda details: Message("document.long-text", dict(details["ctx"])),
}
