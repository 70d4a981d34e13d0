# SPDX-License-Identifier: Apache-2.0
"""Operations on words of any width: what each means, and what follows from how they hang together.

`fold` is the meaning of every operation: constant folding, the tests and the equivalence checks share it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from codesign.hls.middle.interval import Interval
from codesign.hls.program import SourceLoc

Arguments = Sequence[tuple[int, int]]  # (unsigned value, width)


class Node:
    """One operation. `attr` is what the operation needs besides its arguments (see `fold`)."""

    __slots__ = ("args", "attr", "hint", "id", "loc", "name", "op", "w")

    def __init__(self, id_: int, op: str, w: int, args: tuple[Node, ...], attr: object) -> None:
        self.id, self.op, self.w, self.args, self.attr = id_, op, w, args, attr
        self.hint: Interval | None = None  # what the program's branches prove wherever the value is used
        self.name = ""
        self.loc: SourceLoc | None = None

    @property
    def value(self) -> int | None:
        """The unsigned value of a constant."""
        return self.attr if self.op == "const" and isinstance(self.attr, int) else None

    def __repr__(self) -> str:
        return f"n{self.id}:{self.op}/{self.w}({', '.join(f'n{a.id}' for a in self.args)}){self.attr or ''}"


def signed(value: int, w: int) -> int:
    """Two's complement reading of an unsigned word."""
    return value - (1 << w) if value >> (w - 1) else value


def fold(op: str, w: int, attr: object, args: Arguments) -> int:
    """The value of an operation: `args` are (unsigned value, width). This is the definition of every operation."""
    return _FOLD[op](w, attr, args) & ((1 << w) - 1)


_FOLD: dict[str, Callable[[int, object, Arguments], int]] = {
    "add": lambda w, k, a: a[0][0] + a[1][0],
    "sub": lambda w, k, a: a[0][0] - a[1][0],
    "mul": lambda w, k, a: a[0][0] * a[1][0],
    "and": lambda w, k, a: a[0][0] & a[1][0],
    "or": lambda w, k, a: a[0][0] | a[1][0],
    "xor": lambda w, k, a: a[0][0] ^ a[1][0],
    "shl": lambda w, k, a: a[0][0] << a[1][0] if a[1][0] < w else 0,
    "lshr": lambda w, k, a: a[0][0] >> a[1][0],
    "ashr": lambda w, k, a: signed(*a[0]) >> a[1][0],
    "bits": lambda w, k, a: a[0][0] >> low_bit(k),  # attr: the lowest bit taken
    "concat": lambda w, k, a: _concatenated(a),  # first argument highest
    "zext": lambda w, k, a: a[0][0],
    "sext": lambda w, k, a: signed(*a[0]),
    "eq": lambda w, k, a: int(a[0][0] == a[1][0]),
    "ult": lambda w, k, a: int(a[0][0] < a[1][0]),
    "slt": lambda w, k, a: int(signed(*a[0]) < signed(*a[1])),
    "mux": lambda w, k, a: a[1][0] if a[0][0] else a[2][0],
    "pick": lambda w, k, a: a[1 + a[0][0]][0] if a[0][0] < len(a) - 1 else a[-1][0],  # attr: None
}


def low_bit(attr: object) -> int:
    """The attribute of `bits`."""
    assert isinstance(attr, int)
    return attr


def _concatenated(args: Arguments) -> int:
    result = 0
    for value, width in args:
        result = result << width | value
    return result


def trailing_zeros(node: Node) -> int:
    """Number of low bits that are always 0."""
    if node.value is not None:
        return (node.value & -node.value).bit_length() - 1 if node.value else node.w
    if node.op == "concat":
        return trailing_zeros(node.args[-1])
    if node.op == "zext":
        return trailing_zeros(node.args[0])
    return 0


def leading_zeros(node: Node) -> int:
    """Number of high bits that are always 0."""
    if node.op == "zext":
        return node.w - node.args[0].w + leading_zeros(node.args[0])
    if node.op == "concat":
        return leading_zeros(node.args[0]) if node.args[0].op == "zext" else 0
    return 0


def live(roots: Sequence[Node], follow: Callable[[Node], Sequence[Node]] = lambda node: ()) -> list[Node]:
    """Nodes that `roots` need, arguments before users; `follow` gives what a source needs in its turn."""
    order: list[Node] = []
    seen: set[int] = set()
    pending = list(roots)
    while pending:
        for node in _post_order(pending.pop(), seen):
            order.append(node)
            pending.extend(follow(node))
    return order


def _post_order(root: Node, seen: set[int]) -> Iterator[Node]:
    if root.id in seen:
        return
    seen.add(root.id)
    stack = [(root, iter(root.args))]
    while stack:
        node, rest = stack[-1]
        for arg in rest:
            if arg.id not in seen:
                seen.add(arg.id)
                stack.append((arg, iter(arg.args)))
                break
        else:
            stack.pop()
            yield node
