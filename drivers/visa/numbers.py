"""Numbers as instruments write them in a reply; nothing else that Python takes for a number."""

from __future__ import annotations

import re

_DIGITS = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_PLAIN = re.compile(_DIGITS, re.ASCII)
_PLAIN_LIST = re.compile(rf" *{_DIGITS} *(?:, *{_DIGITS} *)*", re.ASCII)
_WITH_UNIT = re.compile(rf"({_DIGITS})\s*[A-Za-z%]*", re.ASCII)
_WORD = re.compile(r"[+-]?(?:nan|inf(?:inity)?)", re.ASCII | re.IGNORECASE)


def plain_number(text: str) -> float:
    """Return a number of digits alone: no unit, no NAN, no blanks.

    Raises:
        ValueError: no such number.
    """
    if _PLAIN.fullmatch(text) is None:
        message = f"not a number: {text}"
        raise ValueError(message)
    return float(text)


def plain_numbers(reply: str) -> tuple[float, ...]:
    """Return the numbers of a reply with commas, each of digits alone, with blanks around it.

    Raises:
        ValueError: a part is no such number.
    """
    if _PLAIN_LIST.fullmatch(reply) is not None:  # all at once: polls are most of the traffic
        return tuple(map(float, reply.split(",")))
    return tuple([plain_number(part.strip()) for part in reply.split(",")])


def number(text: str) -> float:
    """Return the number of a reply; a unit behind it is dropped; NAN and INF are numbers too.

    Raises:
        ValueError: no number.
    """
    bare = text.strip()
    if _WORD.fullmatch(bare) is not None:
        return float(bare)
    found = _WITH_UNIT.fullmatch(bare)
    return plain_number(bare if found is None else found.group(1))


def numbers(reply: str) -> tuple[float, ...]:
    """Return the numbers of a reply with commas, such as ``12.5V, 33.3A, 420W``.

    Raises:
        ValueError: a part is no number.
    """
    if _PLAIN_LIST.fullmatch(reply) is not None:
        return tuple(map(float, reply.split(",")))
    return tuple([number(part) for part in reply.split(",")])
