"""From text to tree: a Pratt parser over the tokens."""

from __future__ import annotations

from functools import lru_cache

from bench.expression import syntax
from bench.expression.syntax import (
    COMPARISONS,
    FUNCTIONS,
    Binary,
    Call,
    Expression,
    Node,
    Unary,
    Word,
)
from bench.expression.tokens import ExpressionError, Token, tokens

__all__ = ["ExpressionError", "parse"]

LONGEST = 4000
"""Characters an expression may have."""
LARGEST = 150
"""Operators, functions and parentheses an expression may have."""

_BINDING = {
    "or": 1,
    "and": 2,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "^": 8,
    **dict.fromkeys(COMPARISONS, 4),
}
_NOT, _NEGATION, _COMPARISON = 3, 7, 4
_CONSTANTS = {"pi", "true", "false"}
_REMEMBERED = 2048
"""Texts whose expression is kept: a loop's body is planned, and so read, for every pass."""


@lru_cache(maxsize=_REMEMBERED)
def parse(text: str) -> Expression:
    """Return the expression a text writes down.

    Raises:
        ExpressionError: the text cannot be read; its `offset` says where.
    """
    if len(text) > LONGEST:
        raise ExpressionError("expression.too-long", text=text, offset=LONGEST, most=LONGEST)
    root = _Parser(text).whole()
    _check_words(root, text)
    nodes = tuple(syntax.walk(root))
    return Expression(
        text=text,
        root=root,
        names=frozenset(node.name for node in nodes if isinstance(node, syntax.Name)),
        parameters=frozenset(node.name for node in nodes if isinstance(node, syntax.Parameter)),
    )


def _check_words(root: Node, text: str) -> None:
    """Selector words stand alone, or in a comparison with a channel."""
    if isinstance(root, Word):
        return
    for node in syntax.walk(root):
        compared = isinstance(node, Binary) and node.operator in {"==", "!="}
        named = any(isinstance(child, syntax.Name) for child in syntax.children(node))
        for child in syntax.children(node):
            if isinstance(child, Word) and not (compared and named):
                raise ExpressionError(
                    "expression.word", text=text, offset=child.offset, word=child.name
                )


class _Parser:
    """One pass over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens(text)
        self._position = 0
        self._size = 0

    def whole(self) -> Node:
        """Return the tree of the whole text."""
        if self._next.kind == "end":
            raise self._error("expression.empty", self._next)
        node = self._expression(0)
        if self._next.kind != "end":
            raise self._unexpected(self._next)
        return node

    @property
    def _next(self) -> Token:
        return self._tokens[self._position]

    def _take(self) -> Token:
        token = self._next
        self._position += 1
        return token

    def _error(self, message_id: str, token: Token, **arguments: object) -> ExpressionError:
        return ExpressionError(message_id, text=self._text, offset=token.offset, **arguments)

    def _grow(self, token: Token) -> None:
        self._size += 1
        if self._size > LARGEST:
            raise self._error("expression.too-large", token, most=LARGEST)

    def _expression(self, binding: int) -> Node:
        left = self._operand()
        while (power := _BINDING.get(self._next.operator, 0)) > binding:
            token = self._take()
            self._grow(token)
            right = self._expression(power - 1 if token.operator == "^" else power)
            left = Binary(token.operator, left, right, token.offset)
            if power == _COMPARISON and self._next.operator in COMPARISONS:
                raise self._error("expression.chained", self._next)
        return left

    def _operand(self) -> Node:
        token = self._take()
        match token.kind:
            case "number":
                return syntax.Number(token.value, token.unit, token.offset)
            case "name":
                return syntax.Name(token.text, token.offset)
            case "parameter":
                return syntax.Parameter(token.text.removeprefix("$"), token.offset)
            case "word":
                return self._word(token)
            case _:
                return self._prefixed(token)

    def _word(self, token: Token) -> Node:
        if self._next.operator == "(":
            return self._call(token)
        if token.text in _CONSTANTS:
            return syntax.Constant(token.text, token.offset)
        if token.text in FUNCTIONS:
            raise self._error("expression.no-arguments", token, function=token.text)
        return Word(token.text, token.offset)

    def _prefixed(self, token: Token) -> Node:
        match token.operator:
            case "(":
                self._grow(token)
                node = self._expression(0)
                self._close(token)
                return node
            case "-" | "+":
                self._grow(token)
                operand = self._expression(_NEGATION)
                return Unary("neg", operand, token.offset) if token.operator == "-" else operand
            case "not":
                self._grow(token)
                return Unary("not", self._expression(_NOT - 1), token.offset)
            case _ if token.kind == "end":
                raise self._error("expression.unfinished", token)
            case _:
                raise self._error("expression.operand-missing", token, found=token.text)

    def _call(self, token: Token) -> Node:
        if token.text not in FUNCTIONS:
            known = ", ".join(sorted(FUNCTIONS))
            raise self._error("expression.function", token, function=token.text, known=known)
        opening = self._take()
        self._grow(opening)
        arguments: list[Node] = []
        while not arguments or self._next.operator == ",":
            if arguments:
                self._take()
            arguments.append(self._expression(0))
        self._close(opening)
        least, most = FUNCTIONS[token.text]
        if not least <= len(arguments) <= most:
            wanted = str(least) if least == most else f"{least}–{most}"
            raise self._error(
                "expression.argument-count",
                token,
                function=token.text,
                wanted=wanted,
                given=len(arguments),
            )
        return Call(token.text, tuple(arguments), token.offset)

    def _close(self, opening: Token) -> None:
        token = self._next
        if token.operator == ")":
            self._take()
        elif token.kind == "end":
            raise self._error("expression.not-closed", opening)
        else:
            raise self._unexpected(token)

    def _unexpected(self, token: Token) -> ExpressionError:
        if token.operator == ",":
            return self._error("expression.decimal-comma", token)
        return self._error("expression.operator-missing", token, found=token.text)
