"""From text to tokens; a number takes the unit that follows it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from bench.errors import ConfigError
from bench.expression.syntax import FUNCTIONS
from bench.units import UnitError, is_unit, unit


class ExpressionError(ConfigError):
    """A text that is no expression, or none that makes sense on this bench."""

    def __init__(
        self, message_id: str, *, text: str = "", offset: int = 0, **arguments: object
    ) -> None:
        super().__init__(message_id, problems=(), expression=text, column=offset + 1, **arguments)
        self.offset = offset
        """Character offset in the text, from 0."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.message.id, self.offset, dict(self.message.arguments))


def _rebuild(message_id: str, offset: int, arguments: dict[str, Any]) -> ExpressionError:
    text = str(arguments.pop("expression", ""))
    arguments.pop("column", None)
    return ExpressionError(message_id, text=text, offset=offset, **arguments)


@dataclass(frozen=True)
class Token:
    """One word, number or sign of the text."""

    kind: str
    """``number``, ``name``, ``parameter``, ``word``, ``operator`` or ``end``."""
    text: str
    """As written."""
    offset: int
    """Where it starts."""
    value: float = 0.0
    """Of a number, in its unit."""
    unit: str = ""
    """Of a number."""
    operator: str = ""
    """Of an operator, in its one spelling: ``^`` for ``**``."""


_SPACE = re.compile(r"\s*")
_NUMBER = re.compile(r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*")
_SLASHED = re.compile(
    r"(?!(?:pi|true|false|and|or|not)/)[A-Za-z_][A-Za-z0-9_]*/[A-Za-z_][A-Za-z0-9_]*(?![A-Za-z0-9_.(])"
)
"""A selector word such as ``n/T``: no two words without a dot could be divided."""
_PARAMETER = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*")
_OPERATOR = re.compile(r"\*\*|<=|>=|==|!=|[-+*/^<>(),≤≥≠×·−]")
_SPELLINGS = {"**": "^", "≤": "<=", "≥": ">=", "≠": "!=", "×": "*", "·": "*", "−": "-"}
_WORD_OPERATORS = {"and", "or", "not"}
_FOREIGN = {
    "=": "==",
    "&": "and",
    "|": "or",
    "!": "not",
    "；": ";",
    "，": ",",
    "（": "(",
    "）": ")",
}

_UNIT_WORD = re.compile(r"%\s*LFL\b|%|°C|℃|[A-Za-zµμΩ][A-Za-z0-9_]*(?:\([ga]\))?[²³]?")
_UNIT_JOINT = re.compile(r"\s*(\*(?!\*)|/|·)\s*")
_UNIT_POWER = re.compile(r"\s*(?:\^|\*\*)\s*(-?\d+)(?![.\d])", re.ASCII)


def tokens(text: str) -> list[Token]:
    """Return the tokens of a text; the last one is of kind ``end``."""
    found: list[Token] = []
    position = _skip(text, 0)
    while position < len(text):
        token, position = _token(text, position)
        found.append(token)
        position = _skip(text, position)
    return [*found, Token("end", "", len(text))]


def _skip(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position


def _token(text: str, position: int) -> tuple[Token, int]:
    if number := _NUMBER.match(text, position):
        return _number(text, number)
    if slashed := _SLASHED.match(text, position):
        return Token("word", slashed.group(), position), slashed.end()
    if word := _WORD.match(text, position):
        return _word(word.group(), position), word.end()
    if parameter := _PARAMETER.match(text, position):
        return Token("parameter", parameter.group(), position), parameter.end()
    if sign := _OPERATOR.match(text, position):
        operator = _SPELLINGS.get(sign.group(), sign.group())
        return Token("operator", sign.group(), position, operator=operator), sign.end()
    found = text[position]
    if found in _FOREIGN:
        raise ExpressionError(
            "expression.foreign-sign", text=text, offset=position, found=found, use=_FOREIGN[found]
        )
    raise ExpressionError("expression.character", text=text, offset=position, found=found)


def _word(word: str, position: int) -> Token:
    if word in _WORD_OPERATORS:
        return Token("operator", word, position, operator=word)
    return Token("name" if "." in word else "word", word, position)


def _number(text: str, number: re.Match[str]) -> tuple[Token, int]:
    value = float(number.group())
    measure, end = _unit(text, number.end())
    try:
        finite = math.isfinite(unit(measure).to_si(value))
    except UnitError as error:
        raise ExpressionError(
            "expression.unit", text=text, offset=_skip(text, number.end()), reason=error.message
        ) from error
    if not finite:
        raise ExpressionError("expression.number-too-large", text=text, offset=number.start())
    return Token("number", number.group(), number.start(), value=value, unit=measure), end


def _unit(text: str, position: int) -> tuple[str, int]:
    """Return the unit that starts here, and where it ends; no unit: an empty text."""
    first = _unit_word(text, _skip(text, position))
    if first is None:
        return "", position
    parts, end = [re.sub(r"\s", "", first.group())], first.end()
    while True:
        if power := _UNIT_POWER.match(text, end):
            parts.append(f"^{power.group(1)}")
            end = power.end()
        joint = _UNIT_JOINT.match(text, end)
        following = _unit_word(text, joint.end()) if joint else None
        if joint is None or following is None or not is_unit(following.group()):
            return "".join(parts), end
        parts += [joint.group(1), following.group()]
        end = following.end()


def _unit_word(text: str, position: int) -> re.Match[str] | None:
    word = _WORD.match(text, position)
    if word is not None:
        called = text.startswith("(", _skip(text, word.end())) and word.group() in FUNCTIONS
        if called or "." in word.group() or word.group() in _WORD_OPERATORS:
            return None
    return _UNIT_WORD.match(text, position)
