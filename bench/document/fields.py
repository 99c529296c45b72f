"""Which keys a model knows at a place: what a misspelt key may have meant."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel


def valid_keys(model: type[BaseModel], loc: tuple[str | int, ...]) -> set[str]:
    """Return the keys that the models at a location of pydantic's accept."""
    annotations: list[Any] = [model]
    for part in loc:
        annotations = _narrowed([inner for a in annotations for inner in _members(a)], part)
    models = [m for a in annotations for m in _members(a) if _is_model(m)]
    return {key for found in models for key in _keys(found)}


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _members(annotation: Any) -> Iterator[Any]:
    """Yield what an annotation may stand for: the members of unions, without decoration."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin in {Union, types.UnionType}:
        for argument in get_args(annotation):
            yield from _members(argument)
    else:
        yield annotation


def _narrowed(members: list[Any], part: str | int) -> list[Any]:
    """What is one step further: the tagged member, a field, a value of a list or mapping."""
    tagged = [member for member in members if _is_model(member) and _has_tag(member, part)]
    if tagged:
        return tagged
    inner = [step for member in members for step in _inside(member, part)]
    return inner or members  # a tag of a union that names no model: stay


def _has_tag(model: type[BaseModel], part: str | int) -> bool:
    if model.__name__ == part:
        return True
    literals = [
        field.annotation
        for field in model.model_fields.values()
        if get_origin(field.annotation) is Literal
    ]
    return any(part in get_args(literal) for literal in literals)


def _inside(member: Any, part: str | int) -> Iterator[Any]:
    if _is_model(member):
        for name, field in member.model_fields.items():
            if part in {name, field.alias}:
                yield field.annotation
        return
    arguments = [argument for argument in get_args(member) if argument is not Ellipsis]
    if isinstance(part, int) and arguments:
        yield from arguments
    elif len(arguments) == 2:
        yield arguments[1]


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name
