"""Which keys a model knows at a place: what a misspelt key may have meant."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, Tag

_Member = tuple[frozenset[Any], Any]
"""A member of a union: the tags pydantic knows it by, and its type."""


def valid_keys(model: type[BaseModel], loc: tuple[str | int, ...]) -> set[str]:
    """Return the keys that are accepted at a location as pydantic gives it, tags included."""
    members = list(_members(model))
    for part in loc:
        members, _ = _narrowed(members, part)
    return {key for _, member in members for key, _ in _fields(member)}


def kinds_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> set[str]:
    """Return the keys that tell the members of a union apart at a location: the kinds of a step."""
    members = list(_members(model))
    for part in loc:
        members, _ = _narrowed(members, part)
    return {key for tags, member in members for key, _ in _fields(member) if key in tags}


def tags_in(model: type[BaseModel], loc: tuple[str | int, ...]) -> frozenset[int]:
    """Return which parts of a location only say which member of a union was tried."""
    members, tags = list(_members(model)), set[int]()
    for number, part in enumerate(loc):
        members, is_tag = _narrowed(members, part)
        if is_tag:
            tags.add(number)
    return frozenset(tags)


def _members(annotation: Any, tags: frozenset[Any] = frozenset()) -> Iterator[_Member]:
    """Yield what an annotation may stand for: the members of unions, without decoration."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *decoration = get_args(annotation)
        own = frozenset(item.tag for item in decoration if isinstance(item, Tag))
        yield from _members(inner, tags | own)
    elif origin in {Union, types.UnionType}:
        for argument in get_args(annotation):
            yield from _members(argument, tags)
    else:
        yield tags or _own_tags(annotation), annotation


def _own_tags(annotation: Any) -> frozenset[Any]:
    """The name of a class, and the words of its literal fields, as pydantic tags a union."""
    if not isinstance(annotation, type):
        return frozenset()
    words = [get_args(of) for _, of in _fields(annotation) if get_origin(of) is Literal]
    return frozenset({annotation.__name__, *(word for group in words for word in group)})


def _narrowed(members: list[_Member], part: str | int) -> tuple[list[_Member], bool]:
    """What is one step further, and whether the step was only into a member of a union."""
    inner = [found for _, member in members for step in _inside(member, part) for found in step]
    tagged = [member for member in members if part in member[0]]
    if tagged and (len(members) > 1 or not inner):
        return tagged, True
    return inner or members, False  # pydantic names some wrappers in a location: stay


def _inside(member: Any, part: str | int) -> Iterator[Iterator[_Member]]:
    fields = dict(_fields(member))
    if part in fields:
        yield _members(fields[str(part)])
    elif isinstance(member, type) and issubclass(member, BaseModel):
        extra = get_type_hints(member, include_extras=True).get("__pydantic_extra__")
        if get_origin(extra) is dict:
            yield _members(get_args(extra)[1])
    elif isinstance(part, int):
        yield from (_members(argument) for argument in get_args(member) if argument is not ...)
    elif len(get_args(member)) == 2:
        yield _members(get_args(member)[1])


def _fields(member: Any) -> Iterator[tuple[str, Any]]:
    """Yield key and annotation of the fields of a model or a dataclass."""
    if isinstance(member, type) and issubclass(member, BaseModel):
        for name, field in member.model_fields.items():
            yield field.alias or name, field.annotation
    elif isinstance(member, type) and dataclasses.is_dataclass(member):
        for part in dataclasses.fields(member):
            yield part.name, part.type
