"""What an expression is made of: frozen nodes that know where they stood in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

FUNCTIONS = {
    "min": (1, 64), "max": (1, 64), "abs": (1, 1), "sqrt": (1, 1), "exp": (1, 1), "ln": (1, 1),
    "sin": (1, 1), "cos": (1, 1), "ceil": (1, 1), "if": (3, 3),
}  # fmt: skip
"""Name → fewest and most arguments."""

COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})

_PRECEDENCE = {
    "or": 1,
    "and": 2,
    "not": 3,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "neg": 7,
    "^": 8,
    **dict.fromkeys(COMPARISONS, 4),
}
_HIGHEST = 9


def _offset() -> int:
    return field(default=0, compare=False)


@dataclass(frozen=True)
class Number:
    """A literal: ``25 %LFL``."""

    value: float
    """As written, in its unit."""
    unit: str = ""
    """Text of the unit; empty: a pure number."""
    offset: int = _offset()
    """Character offset in the text."""

    def __str__(self) -> str:
        digits = repr(self.value).removesuffix(".0")
        return f"{digits} {self.unit}".rstrip()


@dataclass(frozen=True)
class Constant:
    """``pi``, ``true`` or ``false``."""

    name: str
    """The word."""
    offset: int = _offset()
    """Character offset in the text."""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Name:
    """A channel: ``engine.torque``."""

    name: str
    """Dotted name."""
    offset: int = _offset()
    """Character offset in the text."""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Parameter:
    """A parameter: ``$speed``."""

    name: str
    """Name without the dollar sign."""
    offset: int = _offset()
    """Character offset in the text."""

    def __str__(self) -> str:
        return f"${self.name}"


@dataclass(frozen=True)
class Word:
    """A position of a selector: ``on``, ``motor``."""

    name: str
    """The word."""
    offset: int = _offset()
    """Character offset in the text."""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Unary:
    """``-a`` (operator ``neg``) or ``not a``."""

    operator: str
    """``neg`` or ``not``."""
    operand: Node
    """What it works on."""
    offset: int = _offset()
    """Character offset in the text."""

    def __str__(self) -> str:
        sign = "-" if self.operator == "neg" else "not "
        return sign + _inside(self.operand, _PRECEDENCE[self.operator])


@dataclass(frozen=True)
class Binary:
    """``a + b``, ``a > b``, ``a and b``."""

    operator: str
    """As written; powers are ``^``."""
    left: Node
    """Left side."""
    right: Node
    """Right side."""
    offset: int = _offset()
    """Character offset of the operator in the text."""

    def __str__(self) -> str:
        own = _PRECEDENCE[self.operator]
        left, right = own, own + 1
        if self.operator == "^":  # the only one that groups from the right
            left, right = own + 1, own - 1
        elif self.operator in COMPARISONS:
            left = own + 1
        return f"{_inside(self.left, left)} {self.operator} {_inside(self.right, right)}"


@dataclass(frozen=True)
class Call:
    """``min(a, b)``, ``if(c, a, b)``."""

    function: str
    """Name of the function."""
    arguments: tuple[Node, ...]
    """Its arguments."""
    offset: int = _offset()
    """Character offset in the text."""

    def __str__(self) -> str:
        return f"{self.function}({', '.join(str(argument) for argument in self.arguments)})"


Node = Number | Constant | Name | Parameter | Word | Unary | Binary | Call


def _inside(node: Node, least: int) -> str:
    return str(node) if _precedence(node) >= least else f"({node})"


def _precedence(node: Node) -> int:
    if isinstance(node, Unary | Binary):
        return _PRECEDENCE[node.operator]
    if isinstance(node, Number) and node.unit:
        return _PRECEDENCE["^"]  # '2 s ^ 2' would be read as 2 s²
    return _HIGHEST


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, from the left."""
    yield node
    for child in children(node):
        yield from walk(child)


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below a node."""
    match node:
        case Unary(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return left, right
        case Call(arguments=arguments):
            return arguments
        case _:
            return ()


@dataclass(frozen=True)
class Expression:
    """A text that could be read; whether it makes sense on a bench, `resolve` says."""

    text: str = field(compare=False)
    """As written."""
    root: Node
    """The tree."""
    names: frozenset[str] = field(compare=False)
    """Channels it reads."""
    parameters: frozenset[str] = field(compare=False)
    """Parameters it uses, without the dollar sign."""

    def __str__(self) -> str:
        return str(self.root)
