# SPDX-License-Identifier: Apache-2.0
"""Random expressions over ap_int, ap_uint, bool and loop counters, free of undefined behaviour.

Widths in `Expression` are upper bounds of ap_int's own rules, so that no intermediate grows without limit; native
integers appear only as one operand of an ap_int operation, so that none overflows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from tests.fuzz.tree import Tree

WIDTHS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 16, 17, 20, 24, 31, 32, 33)
WIDE = (48, 63, 64, 65, 100, 128, 129, 200, 256)
HUGE = (512, 1000, 1024)


@dataclass(frozen=True)
class Type:
    """ap_int<bits> or ap_uint<bits>."""

    signed: bool
    bits: int

    def __str__(self) -> str:
        return f"ap_{'int' if self.signed else 'uint'}<{self.bits}>"


@dataclass(frozen=True)
class Expression:
    """Text, its kind and at most how many bits its value has."""

    text: Tree
    kind: Literal["ap", "bool", "int"]
    bits: int


@dataclass(frozen=True)
class Variable:
    """A scalar of the program; counters have no type and run from 0 to `last`."""

    name: str
    type: Type | None
    last: int = 0


@dataclass(frozen=True)
class Helper:
    """A function of two scalars. `constant` is its template argument's greatest value, None without one."""

    name: str
    parameters: tuple[Type, Type]
    result: Type
    constant: int | None


@dataclass
class Scope:
    """What an expression may read: scalars, and makers of more complicated terms (loads)."""

    variables: list[Variable] = field(default_factory=list)
    loads: list[Callable[[Generator], Expression]] = field(default_factory=list)

    def typed(self) -> list[Variable]:
        return [v for v in self.variables if v.type is not None]

    def copy(self) -> Scope:
        return Scope(list(self.variables), list(self.loads))


class Generator:
    """Draws types, constants and expressions. `limit` bounds the width of intermediates."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.names = 0
        self.helpers: list[Helper] = []
        size = rng.random()
        pool = HUGE if size < 0.01 else WIDE if size < 0.1 else ()
        self.pool = [*rng.sample(WIDTHS, 4), *rng.sample(pool, min(1, len(pool)))]
        self.limit = max(72, 2 * max(self.pool) + 8)

    def type(self, least: int = 1) -> Type:
        return Type(self.rng.random() < 0.5, max(least, self.rng.choice(self.pool)))

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    # --- leaves

    def constant(self, type_: Type) -> Expression:
        """A constant of a type: its ends, small numbers, or any."""
        low = -(1 << (type_.bits - 1)) if type_.signed else 0
        high = (1 << (type_.bits - type_.signed)) - 1
        small = min(high, 9)
        value = self.rng.choice([low, high, self.rng.randint(0, small), self.rng.randint(low, high)])
        value = max(-(1 << 31), min((1 << 31) - 1, value))
        text = f"{type_}({value})" if value > -(1 << 31) else f"{type_}(-2147483647 - 1)"
        return Expression(Tree((text,)), "ap", type_.bits)

    def leaf(self, scope: Scope) -> Expression:
        if scope.loads and self.chance(0.25):
            return self.rng.choice(scope.loads)(self)
        if not scope.variables or self.chance(0.15):
            return self.constant(self.type())
        recent = scope.variables[-4:] if self.chance(0.5) else scope.variables
        variable = self.rng.choice(recent)
        text = Tree((variable.name,))
        if variable.type is None:
            return Expression(text, "int", 32)
        return Expression(text, "ap", variable.type.bits)

    # --- expressions

    def expression(self, scope: Scope, depth: int) -> Expression:
        """Any expression of at most `depth` operations on the longest way."""
        if depth == 0 or self.chance(0.1):
            return self.leaf(scope)
        weights = {
            self._binary: 14,
            self._multiply: 3,
            self._shift: 6,
            self._unary: 2,
            self._comparison: 2,
            self._logical: 0.5,
            self._choice: 3,
            self._slice: 4,
            self._reduction: 1,
            self._concat: 2,
            self._convert: 3,
        }
        if scope.loads:
            weights[self._element] = 1
        if self.helpers:
            weights[self._call] = 3
        make = self.rng.choices(list(weights), list(weights.values()))[0]
        result = make(scope, depth - 1)
        if result.bits > self.limit:
            return self.converted(result, self.type())
        return result

    def converted(self, inner: Expression, type_: Type) -> Expression:
        return Expression(Tree((f"{type_}(", inner.text, ")"), (f"{type_}(1)",)), "ap", type_.bits)

    def value(self, scope: Scope, type_: Type, depth: int) -> Expression:
        """An expression converted to a type."""
        return self.converted(self.expression(scope, depth), type_)

    def condition(self, scope: Scope, depth: int) -> Expression:
        """An expression of type bool."""
        inner = self.rng.choice([self._comparison, self._logical, self._bit, self._reduction])(scope, max(0, depth - 1))
        return Expression(Tree(inner.text.parts, ("true", "false")), "bool", 1)

    def _ap(self, scope: Scope, depth: int) -> Expression:
        """An expression whose type is an ap_int."""
        inner = self.expression(scope, depth)
        return inner if inner.kind == "ap" else self.converted(inner, self.type())

    def _two(self, scope: Scope, depth: int) -> tuple[Expression, Expression]:
        """Two operands, one of them an ap_int, in any order."""
        pair = [self._ap(scope, depth), self.expression(scope, depth)]
        self.rng.shuffle(pair)
        return pair[0], pair[1]

    def _binary(self, scope: Scope, depth: int) -> Expression:
        a, b = self._two(scope, depth)
        op = self.rng.choice(["+", "+", "-", "-", "&", "|", "^"])
        return self._infix(a, op, b, max(a.bits, b.bits) + 2)

    @staticmethod
    def _infix(a: Expression, op: str, b: Expression, bits: int) -> Expression:
        return Expression(Tree(("(", a.text, f" {op} ", b.text, ")")), "ap", bits)

    def _multiply(self, scope: Scope, depth: int) -> Expression:
        a, b = self._two(scope, depth)
        if a.bits + b.bits > self.limit:
            a, b = self.converted(a, self.type()), self.converted(b, self.type())
        return self._infix(a, "*", b, a.bits + b.bits)

    def _shift(self, scope: Scope, depth: int) -> Expression:
        type_ = self.type()
        a = self.value(scope, type_, depth)
        op = self.rng.choice(["<<", ">>", ">>"])
        bits = type_.bits.bit_length() - 1
        if bits and self.chance(0.4):
            amount = self.value(scope, Type(False, bits), depth).text
        else:
            amount = Tree((str(self.rng.randrange(type_.bits)),))
        return Expression(Tree(("(", a.text, f" {op} ", amount, ")")), "ap", type_.bits)

    def _unary(self, scope: Scope, depth: int) -> Expression:
        a = self._ap(scope, depth)
        op = self.rng.choice(["-", "~"])
        return Expression(Tree((f"({op}", a.text, ")")), "ap", a.bits + 1)

    def _comparison(self, scope: Scope, depth: int) -> Expression:
        a, b = self._two(scope, depth)
        op = self.rng.choice(["==", "!=", "<", "<=", ">", ">="])
        return Expression(Tree(("(", a.text, f" {op} ", b.text, ")"), ("true", "false")), "bool", 1)

    def _logical(self, scope: Scope, depth: int) -> Expression:
        a = self._comparison(scope, depth)
        if self.chance(0.3):
            return Expression(Tree(("(!", a.text, ")")), "bool", 1)
        b = self._comparison(scope, depth)
        return Expression(Tree(("(", a.text, self.rng.choice([" && ", " || "]), b.text, ")")), "bool", 1)

    def _choice(self, scope: Scope, depth: int) -> Expression:
        type_ = self.type()
        yes, no = self.value(scope, type_, depth), self.value(scope, type_, depth)
        condition = self.condition(scope, depth)
        text = Tree(("(", condition.text, " ? ", yes.text, " : ", no.text, ")"), (yes.text, no.text))
        return Expression(text, "ap", type_.bits)

    def _element(self, scope: Scope, depth: int) -> Expression:
        """A choice between two elements of one array, which C++ takes as a choice between references."""
        load = self.rng.choice(scope.loads)
        yes, no = load(self), load(self)
        text = Tree(("(", self.condition(scope, depth).text, " ? ", yes.text, " : ", no.text, ")"), (yes.text, no.text))
        return Expression(text, "ap", yes.bits)

    def _call(self, scope: Scope, depth: int) -> Expression:
        helper = self.rng.choice(self.helpers)
        constant = "" if helper.constant is None else f"<{self.rng.randint(0, helper.constant)}>"
        first, second = (self.value(scope, type_, depth) for type_ in helper.parameters)
        text = Tree((f"{helper.name}{constant}(", first.text, ", ", second.text, ")"), (first.text, second.text))
        return Expression(text, "ap", max(helper.result.bits, first.bits, second.bits))

    def _slice(self, scope: Scope, depth: int) -> Expression:
        variables = scope.typed()
        if not variables:
            return self.leaf(scope)
        variable = self.rng.choice(variables)
        assert variable.type is not None
        if self.chance(0.4):
            return self._bit(scope, depth)
        low = self.rng.randrange(variable.type.bits)
        high = self.rng.randint(low, variable.type.bits - 1)
        type_ = self.type()
        return Expression(Tree((f"{type_}({variable.name}.range({high}, {low}))",)), "ap", type_.bits)

    def _bit(self, scope: Scope, depth: int) -> Expression:
        """One bit, at a constant or at a run-time place."""
        variables = scope.typed()
        if not variables:
            return self._comparison(scope, depth)
        variable = self.rng.choice(variables)
        assert variable.type is not None
        bits = variable.type.bits.bit_length() - 1
        if bits and self.chance(0.4):
            place: str | Tree = self.value(scope, Type(False, bits), depth).text
        else:
            place = str(self.rng.randrange(variable.type.bits))
        return Expression(Tree((f"bool({variable.name}[", place, "])"), ("true", "false")), "bool", 1)

    def _reduction(self, scope: Scope, depth: int) -> Expression:
        variables = [v for v in scope.typed() if v.type and not v.type.signed]  # signed ones are wrong in ap_types
        if not variables:
            return self._comparison(scope, depth)
        name = self.rng.choice(["and_reduce", "or_reduce", "xor_reduce"])
        return Expression(Tree((f"bool({self.rng.choice(variables).name}.{name}())",)), "bool", 1)

    def _concat(self, scope: Scope, depth: int) -> Expression:
        variables = scope.typed()
        if len(variables) < 2:
            return self._binary(scope, depth)
        a, b = self.rng.choice(variables), self.rng.choice(variables)
        assert a.type is not None and b.type is not None
        bits = min(self.limit, a.type.bits + b.type.bits)
        return Expression(Tree((f"ap_uint<{bits}>(({a.name}, {b.name}))",)), "ap", bits)

    def _convert(self, scope: Scope, depth: int) -> Expression:
        return self.value(scope, self.type(), depth)
