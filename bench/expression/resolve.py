"""From tree to meaning on one bench: channels, units, parameters and selector words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bench.errors import did_you_mean
from bench.expression import kinds, syntax
from bench.expression.kinds import CONDITION, NUMBER, Kind, KindMismatch
from bench.expression.operations import FAILURES, Channel, Operation, Tree, Value, compute, folded
from bench.expression.syntax import COMPARISONS, Binary, Call, Expression, Node, Number, Unary, Word
from bench.expression.tokens import ExpressionError
from bench.units import Quantity, Unit, unit

_NO_PARAMETERS: Mapping[str, Quantity] = MappingProxyType({})
_FUNCTIONS = {"min": "least", "max": "greatest", "ln": "log"}
_OF_TWO = {"min": "lesser", "max": "greater"}


@dataclass(frozen=True)
class Resolved:
    """An expression that makes sense on a bench."""

    expression: Expression
    """As it was written."""
    unit: Unit
    """Coherent SI unit (factor 1) of its value, with dimension and reference."""
    is_condition: bool
    """Whether its value is true (1.0) or false (0.0)."""
    names: frozenset[str]
    """Channels it needs; those in branches that a constant rules out are left out."""
    tree: Tree
    """What it computes."""

    @property
    def constant(self) -> float | None:
        """Its value (SI) where it depends on no channel, else None."""
        return float(self.tree.value) if isinstance(self.tree, Value) else None

    def evaluate(self, values: Mapping[str, float]) -> float:
        """Return its value, SI, from channel values, SI.

        A division by zero, an overflow or a root of a negative number yields nan. A comparison
        with nan is false: whether an input may be used at all is judged by its quality, elsewhere.
        """
        try:
            value = float(compute(self.tree, values))
        except FAILURES:
            return math.nan
        return value if math.isfinite(value) else math.nan


def no_choices(_name: str) -> tuple[str, ...]:
    """Return the selector words of a bench whose channels have none."""
    return ()


def resolve(
    expression: Expression,
    *,
    units: Callable[[str], Unit | None],
    parameters: Mapping[str, Quantity] = _NO_PARAMETERS,
    known: Iterable[str] = (),
    choices: Callable[[str], tuple[str, ...]] = no_choices,
    target: str = "",
) -> Resolved:
    """Return what an expression means on a bench.

    Args:
        expression: what `parse` returned.
        units: unit of a channel; None where there is no such channel.
        parameters: values that stand for ``$name``.
        known: channel names, to name the nearest one to a misspelt name.
        choices: selector words of a channel, in the order of their numbers from 0.
        target: channel whose demand the expression is, where it may be a word alone.

    Raises:
        ExpressionError: an unknown name, or units that do not go together.
    """
    meaning = _Meaning(expression.text, units, parameters, known, choices)
    if isinstance(expression.root, Word):
        kind, tree = NUMBER, meaning.chosen(expression.root, target)
    else:
        kind, tree = meaning.of(expression.root)
    names = frozenset(_channels(tree))
    resolved = Resolved(expression, kind.unit, kind.is_condition, names, tree)
    if not names and not math.isfinite(resolved.evaluate({})):
        raise ExpressionError("expression.undefined", text=expression.text)
    return resolved


def _channels(tree: Tree) -> set[str]:
    match tree:
        case Channel(name=name):
            return {name}
        case Operation(operands=operands):
            return {name for operand in operands for name in _channels(operand)}
        case _:
            return set()


_Meant = tuple[Kind, Tree]


@dataclass(frozen=True)
class _Meaning:
    """Gives each node its kind and its operation."""

    text: str
    units: Callable[[str], Unit | None]
    parameters: Mapping[str, Quantity]
    known: Iterable[str]
    choices: Callable[[str], tuple[str, ...]]

    def of(self, node: Node) -> _Meant:
        """Return kind and operation of a node."""
        match node:
            case Unary():
                return self._unary(node)
            case Binary():
                return self._binary(node)
            case Call():
                return self._call(node)
            case _:
                return self._leaf(node)

    def chosen(self, word: Word, channel: str) -> Tree:
        """Return the number of a selector word of a channel."""
        if not channel:
            raise self._error("expression.word", word, word=word.name)
        words = self.choices(channel)
        if word.name in words:
            return Value(float(words.index(word.name)))
        hint = did_you_mean(word.name, words)
        raise self._error("expression.choice", word, word=word.name, channel=channel, hint=hint)

    def _error(self, message_id: str, node: Node, **arguments: object) -> ExpressionError:
        return ExpressionError(message_id, text=self.text, offset=node.offset, **arguments)

    def _leaf(
        self, node: Number | syntax.Constant | syntax.Parameter | syntax.Name | Word
    ) -> _Meant:
        match node:
            case Number():
                measure = unit(node.unit)
                return kinds.of_unit(measure), Value(measure.to_si(node.value))
            case syntax.Constant(name="pi"):
                return NUMBER, Value(math.pi)
            case syntax.Constant():
                return CONDITION, Value(node.name == "true")
            case syntax.Parameter():
                return self._parameter(node)
            case syntax.Name():
                return self._name(node)
            case Word():
                raise self._error("expression.word", node, word=node.name)

    def _parameter(self, node: syntax.Parameter) -> _Meant:
        quantity = self.parameters.get(node.name)
        if quantity is None:
            hint = did_you_mean(node.name, self.parameters)
            raise self._error("expression.parameter", node, parameter=node.name, hint=hint)
        return kinds.of_unit(quantity.unit), Value(quantity.value)

    def _name(self, node: syntax.Name) -> _Meant:
        measure = self.units(node.name)
        if measure is None:
            hint = did_you_mean(node.name, self.known)
            raise self._error("expression.name", node, name=node.name, hint=hint)
        return kinds.of_unit(measure), Channel(node.name)

    def _unary(self, node: Unary) -> _Meant:
        kind, tree = self.of(node.operand)
        if node.operator == "not":
            self._want_condition(kind, node.operand)
        else:
            self._want_value(kind, node.operand)
        return kind, folded(Operation(node.operator, (tree,)))

    def _binary(self, node: Binary) -> _Meant:
        if node.operator in COMPARISONS:
            return self._comparison(node)
        (left, left_tree), (right, right_tree) = self.of(node.left), self.of(node.right)
        if node.operator in {"and", "or"}:
            self._want_condition(left, node.left)
            self._want_condition(right, node.right)
            return CONDITION, folded(Operation(node.operator, (left_tree, right_tree)))
        self._want_value(left, node.left)
        self._want_value(right, node.right)
        if node.operator == "^":
            return self._power(node, (left, left_tree), (right, right_tree))
        for side, kind, tree in ((node.left, left, left_tree), (node.right, right, right_tree)):
            if node.operator == "+" and kind.point and isinstance(tree, Value):
                raise self._error("expression.temperature-difference", side)
        kind = self._combined(node, left, right)
        return kind, folded(Operation(node.operator, (left_tree, right_tree)))

    def _combined(self, node: Binary, left: Kind, right: Kind) -> Kind:
        match node.operator:
            case "+":
                return self._agreed(node, kinds.sum_of, left, right)
            case "-":
                return self._agreed(node, kinds.difference_of, left, right)
            case "*":
                return kinds.product_of(left, right)
            case _:
                return kinds.quotient_of(left, right)

    def _agreed(
        self, node: Node, rule: Callable[[Kind, Kind], Kind], left: Kind, right: Kind
    ) -> Kind:
        try:
            return rule(left, right)
        except KindMismatch as reason:
            names = {"left": left.unit.label or "1", "right": right.unit.label or "1"}
            raise self._error(str(reason), node, **names) from reason

    def _power(self, node: Binary, base: _Meant, exponent: _Meant) -> _Meant:
        kind, tree = base
        if not exponent[0].is_number or not isinstance(exponent[1], Value):
            raise self._error("expression.exponent", node.right)
        power = float(exponent[1].value)
        operation = (
            Operation("*", (tree, tree))
            if power == 2 and not isinstance(tree, Operation)
            else Operation("pow", (tree, Value(power)))
        )
        return kinds.power_of(kind, power), folded(operation)

    def _comparison(self, node: Binary) -> _Meant:
        name = "differs" if node.operator == "!=" else node.operator
        for word, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(word, Word) and isinstance(other, syntax.Name):
                channel = self._name(other)[1]
                return CONDITION, Operation(name, (channel, self.chosen(word, other.name)))
        (left, left_tree), (right, right_tree) = self.of(node.left), self.of(node.right)
        kind = self._agreed(node, kinds.comparable, left, right)
        if kind.is_condition and node.operator not in {"==", "!="}:
            raise self._error("expression.value-wanted", node.left)
        return CONDITION, folded(Operation(name, (left_tree, right_tree)))

    def _call(self, node: Call) -> _Meant:
        meant = [self.of(argument) for argument in node.arguments]
        trees = tuple(tree for _, tree in meant)
        given = [kind for kind, _ in meant]
        if node.function == "if":
            self._want_condition(given[0], node.arguments[0])
            kind = self._agreed(node, kinds.comparable, given[1], given[2])
            return kind, folded(Operation("if", trees))
        for kind, argument in zip(given, node.arguments, strict=True):
            self._want_value(kind, argument)
        names = _OF_TWO if len(trees) == 2 else _FUNCTIONS
        name = names.get(node.function, node.function)
        return self._call_kind(node, given), folded(Operation(name, trees))

    def _call_kind(self, node: Call, given: list[Kind]) -> Kind:
        match node.function:
            case "min" | "max":
                common = given[0]
                for kind in given[1:]:
                    common = self._agreed(node, kinds.comparable, common, kind)
                return common
            case "abs":
                return given[0]
            case "sqrt":
                return kinds.power_of(given[0], 0.5)
            case _:
                if not given[0].is_number:
                    shown = given[0].unit.label
                    raise self._error(
                        "expression.pure-number",
                        node.arguments[0],
                        function=node.function,
                        unit=shown,
                    )
                return NUMBER

    def _want_condition(self, kind: Kind, node: Node) -> None:
        if not kind.is_condition:
            raise self._error("expression.condition-wanted", node, found=str(node))

    def _want_value(self, kind: Kind, node: Node) -> None:
        if kind.is_condition:
            raise self._error("expression.value-wanted", node)
