# SPDX-License-Identifier: Apache-2.0
"""The dataflow graph of one clock's work: hash-consed operations on words of any width.

Every builder simplifies as it builds, so that an operation on constants never exists.
"""

from __future__ import annotations

from collections.abc import Sequence

from codesign.hls.middle.node import Node, fold, leading_zeros, low_bit, trailing_zeros

_COMMUTATIVE = frozenset(["add", "mul", "and", "or", "xor", "eq"])


class Graph:
    """Builds nodes. Sources are unique; everything else is shared by (op, width, arguments, attribute)."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._shared: dict[tuple[object, ...], Node] = {}

    def source(self, op: str, w: int, attr: object, args: tuple[Node, ...] = ()) -> Node:
        """Make a state, a stream's word or a memory's word."""
        node = Node(len(self.nodes), op, w, args, attr)
        self.nodes.append(node)
        return node

    def _make(self, op: str, w: int, args: tuple[Node, ...], attr: object = None) -> Node:
        if args and all(a.op == "const" for a in args):
            return self.const(fold(op, w, attr, [(a.value or 0, a.w) for a in args]), w)
        if op in _COMMUTATIVE and (args[0].op == "const" or (args[1].op != "const" and args[0].id > args[1].id)):
            args = (args[1], args[0])
        key = (op, w, tuple(a.id for a in args), attr)
        node = self._shared.get(key)
        if node is None:
            node = self._shared[key] = self.source(op, w, attr, args)
        else:
            node.hint = None  # used in two places: what was proved for one need not hold for the other
        return node

    def const(self, value: int, w: int) -> Node:
        return self._make("const", w, (), value & ((1 << w) - 1))

    # --- arithmetic

    def add(self, a: Node, b: Node) -> Node:
        if a.value == 0:
            return b
        if b.value == 0:
            return a
        if b.value is not None and a.op == "add" and a.args[1].value is not None:
            return self.add(a.args[0], self.const(a.args[1].value + b.value, a.w))
        return self._make("add", a.w, (a, b))

    def sub(self, a: Node, b: Node) -> Node:
        if b.value is not None:
            return self.add(a, self.const(-b.value, a.w))
        return self.const(0, a.w) if a is b else self._make("sub", a.w, (a, b))

    def mul(self, a: Node, b: Node, binding: object = None) -> Node:
        if a.op == "const":
            a, b = b, a
        if b.value is not None and b.value & (b.value - 1) == 0:
            return self.shift_left(a, b.value.bit_length() - 1) if b.value else b
        return self._make("mul", a.w, (a, b), binding)

    # --- logic

    def and_(self, a: Node, b: Node) -> Node:
        if a.op == "const":
            a, b = b, a
        if b.value is not None:
            return self._and_constant(a, b.value)
        if a is b:
            return a
        if self._is_not(a, b):
            return self.const(0, a.w)
        if a.w == 1:
            for x, y in ((a, b), (b, a)):
                if x.op == "and" and y in x.args:
                    return x
                if x.op == "or" and y in x.args:
                    return y
        return self._make("and", a.w, (a, b))

    def _and_constant(self, a: Node, mask: int) -> Node:
        """A mask of consecutive ones is wiring."""
        if mask == 0:
            return self.const(0, a.w)
        low = (mask & -mask).bit_length() - 1
        ones = (mask >> low).bit_length()
        if mask >> low == (1 << ones) - 1:
            return self.shift_left(self.zext(self.bits(a, low, ones), a.w), low)
        return self._make("and", a.w, (a, self.const(mask, a.w)))

    def or_(self, a: Node, b: Node) -> Node:
        if a.op == "const":
            a, b = b, a
        if b.value == 0 or a is b:
            return a
        if b.value == (1 << a.w) - 1:
            return b
        if self._is_not(a, b):
            return self.const(-1, a.w)
        if a.w == 1:
            return self._or_flags(a, b)
        return self._disjoint(a, b) or self._make("or", a.w, (a, b))

    def _or_flags(self, a: Node, b: Node) -> Node:
        for x, y in ((a, b), (b, a)):
            if x.op == "and" and y in x.args:
                return y
            if x.op == "or" and y in x.args:
                return x
            if x.op == "and" and any(self._is_not(y, z) for z in x.args):  # (~y & z) | y
                return self.or_(y, next(z for z in x.args if not self._is_not(y, z)))
        if a.op == "and" and b.op == "and":
            for x in a.args:
                if x in b.args:
                    rest_a = a.args[0] if a.args[1] is x else a.args[1]
                    rest_b = b.args[0] if b.args[1] is x else b.args[1]
                    return self.and_(x, self.or_(rest_a, rest_b))
        return self._make("or", 1, (a, b))

    def _disjoint(self, a: Node, b: Node) -> Node | None:
        """An `or` of words whose set bits cannot meet is wiring: low part of one, high part of the other."""
        for high, low in ((a, b), (b, a)):
            zeros = trailing_zeros(high)
            if zeros and leading_zeros(low) >= low.w - zeros:
                return self.concat([self.bits(high, zeros, high.w - zeros), self.bits(low, 0, zeros)])
        return None

    def xor(self, a: Node, b: Node) -> Node:
        if a.op == "const":
            a, b = b, a
        if b.value == 0:
            return a
        if a is b:
            return self.const(0, a.w)
        if b.value is not None and a.op == "xor" and a.args[1].value is not None:
            return self.xor(a.args[0], self.const(a.args[1].value ^ b.value, a.w))
        return self._make("xor", a.w, (a, b))

    def not_(self, a: Node) -> Node:
        return self.xor(a, self.const(-1, a.w))

    @staticmethod
    def _is_not(a: Node, b: Node) -> bool:
        """Whether one flag is the other's complement."""
        return any(x.op == "xor" and x.args[1].value == (1 << x.w) - 1 and x.args[0] is y for x, y in ((a, b), (b, a)))

    # --- shifts and wiring

    def shift(self, op: str, a: Node, amount: Node) -> Node:
        """Build shl, lshr or ashr by a node; constant amounts become wiring."""
        if amount.value is None:
            return self._make(op, a.w, (a, amount))
        k = amount.value
        if op == "shl":
            return self.shift_left(a, k)
        if k >= a.w:
            return self.const(0, a.w) if op == "lshr" else self.sext(self.bits(a, a.w - 1, 1), a.w)
        part = self.bits(a, k, a.w - k)
        return self.zext(part, a.w) if op == "lshr" else self.sext(part, a.w)

    def shift_left(self, a: Node, k: int) -> Node:
        if k == 0:
            return a
        if k >= a.w:
            return self.const(0, a.w)
        return self.concat([self.bits(a, 0, a.w - k), self.const(0, k)])

    def bits(self, a: Node, low: int, w: int) -> Node:
        """Bits [low + w - 1 : low]."""
        if low == 0 and w == a.w:
            return a
        if a.op == "bits":
            return self.bits(a.args[0], low + low_bit(a.attr), w)
        if a.op == "concat":
            return self._bits_of_concat(a, low, w)
        if a.op in ("zext", "sext"):
            inner = a.args[0]
            if low + w <= inner.w:
                return self.bits(inner, low, w)
            if low >= inner.w and a.op == "zext":
                return self.const(0, w)
            part = self.bits(inner, min(low, inner.w - 1), inner.w - min(low, inner.w - 1))  # the sign bit at least
            return self.zext(part, w) if a.op == "zext" else self.sext(part, w)
        if a.op == "mux" and any(x.op == "const" for x in a.args[1:]):
            return self.mux(a.args[0], self.bits(a.args[1], low, w), self.bits(a.args[2], low, w))
        return self._make("bits", w, (a,), low)

    def _bits_of_concat(self, a: Node, low: int, w: int) -> Node:
        parts, at = [], a.w
        for part in a.args:
            at -= part.w
            lo, hi = max(low, at), min(low + w, at + part.w)
            if lo < hi:
                parts.append(self.bits(part, lo - at, hi - lo))
        return self.concat(parts)

    def concat(self, parts: Sequence[Node]) -> Node:
        """Join words, first one highest."""
        flat: list[Node] = []
        for part in [inner for outer in parts for inner in (outer.args if outer.op == "concat" else (outer,))]:
            joined = self._joined(flat[-1], part) if flat else None
            if joined is None:
                flat.append(part)
            else:
                flat[-1] = joined
        if len(flat) == 1:
            return flat[0]
        if flat[0].value == 0:
            rest = self.concat(flat[1:])
            return self.zext(rest, sum(part.w for part in flat))
        return self._make("concat", sum(part.w for part in flat), tuple(flat))

    def _joined(self, high: Node, low: Node) -> Node | None:
        """Two neighbours as one node: constants, or adjacent bits of one word."""
        if high.value is not None and low.value is not None:
            return self.const(high.value << low.w | low.value, high.w + low.w)
        if high.op == "bits":
            source, at = high.args[0], low_bit(high.attr)
            if low.op == "bits" and low.args[0] is source and low_bit(low.attr) + low.w == at:
                return self.bits(source, low_bit(low.attr), high.w + low.w)
        return None

    def zext(self, a: Node, w: int) -> Node:
        if w == a.w:
            return a
        if a.op == "zext":
            return self.zext(a.args[0], w)
        return self._make("zext", w, (a,))

    def sext(self, a: Node, w: int) -> Node:
        if w == a.w:
            return a
        if a.op == "sext":
            return self.sext(a.args[0], w)
        if a.op == "zext":
            return self.zext(a.args[0], w)
        return self._make("sext", w, (a,))

    # --- choices and comparisons

    def compare(self, predicate: str, a: Node, b: Node) -> Node:
        """Build any of LLVM's ten comparisons from eq, ult, slt."""
        if predicate == "ne":
            return self.not_(self.compare("eq", a, b))
        if predicate[1:] in ("gt", "le"):  # a > b is b < a, a <= b is not (b < a)
            flipped = self.compare(predicate[0] + "lt", b, a)
            return flipped if predicate.endswith("gt") else self.not_(flipped)
        if predicate.endswith("ge"):
            return self.not_(self.compare(predicate[0] + "lt", a, b))
        if a is b:
            return self.const(int(predicate == "eq"), 1)
        if predicate == "eq" and a.w == 1:
            return self.not_(self.xor(a, b))
        if predicate == "slt" and b.value == 0:
            return self.bits(a, a.w - 1, 1)
        if predicate == "ult" and a.value == 0:
            return self.not_(self.compare("eq", b, a))
        if predicate == "ult" and b.value == 1:
            return self.compare("eq", a, self.const(0, a.w))
        return self._make(predicate, 1, (a, b))

    def mux(self, condition: Node, yes: Node, no: Node) -> Node:
        if condition.value is not None:
            return yes if condition.value else no
        if yes is no:
            return yes
        if condition.op == "xor" and condition.args[1].value == 1:
            return self.mux(condition.args[0], no, yes)
        if no.op == "mux" and no.args[0] is condition:
            return self.mux(condition, yes, no.args[2])
        if yes.op == "mux" and yes.args[0] is condition:
            return self.mux(condition, yes.args[1], no)
        if yes.w == 1:
            flags = self._mux_flags(condition, yes, no)
            if flags is not None:
                return flags
        zeros = min(trailing_zeros(yes), trailing_zeros(no))
        if zeros:
            parts = [self.bits(arm, zeros, arm.w - zeros) for arm in (yes, no)]
            return self.shift_left(self.zext(self.mux(condition, *parts), yes.w), zeros)
        return self._make("mux", yes.w, (condition, yes, no))

    def _mux_flags(self, condition: Node, yes: Node, no: Node) -> Node | None:
        if yes.value is not None:
            return self.or_(condition, no) if yes.value else self.and_(self.not_(condition), no)
        if no.value is not None:
            return self.or_(self.not_(condition), yes) if no.value else self.and_(condition, yes)
        return None

    def pick(self, index: Node, choices: Sequence[Node]) -> Node:
        """choices[index]; the last one for an index beyond them."""
        choices = choices[: 1 << index.w]
        if all(choice is choices[0] for choice in choices):
            return choices[0]
        if index.value is not None:
            return choices[min(index.value, len(choices) - 1)]
        return self._make("pick", choices[0].w, (index, *choices))
