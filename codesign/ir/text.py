# SPDX-License-Identifier: Apache-2.0
"""A graph as text that reads back: one line a node, long constants and scale lists by reference.

graph digits
input x u8@2^-8 [8,8,1]
c1 s14@2^-11 [8,8,4] = conv(x) kernel=[3,3] ... weight=#[4,3,3,1]:5c1d0a3b9e8f7766 bias=[0*4]
output c1
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction

from codesign.errors import GraphError
from codesign.ir.const import Const
from codesign.ir.graph import Graph, Node, Tensor
from codesign.ir.ops import OPS, Op
from quant.errors import GridError
from quant.numerics import Grid, IntArray
from quant.numerics.grid import parse_scale, print_scale

INLINE = 8  # runs of a constant that are still printed in the line
BARE = re.compile(r"[\w./-]+")
WORDS = ("graph", "input", "output")  # what a line may begin with
GRID = re.compile(r"([su])(\d+)(n?)@([^+]+)(?:\+(.+))?")


def op_word(kind: type[Op]) -> str:
    """The word of an op in the text: MaxPool is max_pool."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


KINDS = {op_word(kind): kind for kind in OPS}


def constants_of(graph: Graph) -> dict[str, IntArray]:
    """The integers that the text names by digest."""
    values = (getattr(node.op, f.name) for node in graph.nodes for f in fields(node.op))
    return {value.digest: value.array for value in values if isinstance(value, Const) and not _inline(value)}


def print_graph(graph: Graph) -> str:
    """The text; equal graphs print alike."""
    scales: dict[tuple[Fraction, ...], int] = {}
    lines = [f"graph {_name(graph.name)}"]
    lines += [f"input {_print_tensor(tensor, scales)}" for tensor in graph.inputs]
    lines += [_print_node(node, scales) for node in graph.nodes]
    lines += [f"output {_name(name)}" for name in graph.outputs]
    lines += [f"${i} = {' '.join(map(print_scale, scale))}" for scale, i in scales.items()]
    return "\n".join(lines) + "\n"


def print_runs(values: Iterable[int]) -> str:
    """Integers with arithmetic runs shortened: 5*16 repeats, 0:58:2 steps (the end included).

    >>> print_runs([0, 2, 4, 6, 9, 7, 7, 7])
    '0:6:2,9,7*3'
    """
    left, parts = list(values), []
    while left:
        step = left[1] - left[0] if len(left) > 1 else 0
        length = next((i for i in range(1, len(left)) if left[i] - left[i - 1] != step), len(left))
        if length < 3:
            length, part = 1, str(left[0])
        else:
            part = f"{left[0]}*{length}" if step == 0 else f"{left[0]}:{left[length - 1]}:{step}"
        parts.append(part)
        left = left[length:]
    return ",".join(parts)


def parse_runs(text: str) -> tuple[int, ...]:
    """The inverse of `print_runs`."""
    return tuple(value for part in text.split(",") if part for value in _run(part))


def _run(part: str) -> Sequence[int]:
    if "*" in part:
        value, count = map(int, part.split("*"))
        return [value] * count
    if ":" in part:
        first, last, step = map(int, part.split(":"))
        return range(first, last + (1 if step > 0 else -1), step)
    return [int(part)]


def _name(name: str) -> str:
    return name if BARE.fullmatch(name) and name not in WORDS else json.dumps(name).replace(" ", "\\u0020")


def _inline(value: Const) -> bool:
    return len(value.shape) == 1 and print_runs(value.array.tolist()).count(",") < INLINE


def _print_tensor(tensor: Tensor, scales: dict[tuple[Fraction, ...], int]) -> str:
    grid = str(tensor.grid)
    if isinstance(tensor.grid.scale, tuple):
        number = scales.setdefault(tensor.grid.scale, len(scales))
        grid = re.sub(r"@\[[^\]]*\]", f"@${number}", grid)
    order = f" order=[{print_runs(tensor.order)}]" if tensor.order else ""
    return f"{_name(tensor.name)} {grid} [{','.join(map(str, tensor.shape))}]{order}"


def _print_node(node: Node, scales: dict[tuple[Fraction, ...], int]) -> str:
    results = " & ".join(_print_tensor(tensor, scales) for tensor in node.outputs)
    attributes = [f"{f.name}={_print_value(getattr(node.op, f.name))}" for f in fields(node.op)]
    return " ".join([results, "=", f"{op_word(type(node.op))}({','.join(map(_name, node.inputs))})", *attributes])


def _print_value(value: int | tuple[int, ...] | Const) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple):
        return f"[{print_runs(value) if len(value) > 4 else ','.join(map(str, value))}]"
    if _inline(value):
        return f"[{print_runs(value.array.tolist())}]"
    return f"#[{','.join(map(str, value.shape))}]:{value.digest}"


def parse_graph(text: str, constants: Mapping[str, IntArray]) -> Graph:
    """The graph of a text; `constants` by digest. Raises GraphError with the line that does not read."""
    reader = _Reader(constants)
    for number, line in enumerate(text.splitlines(), 1):
        try:
            reader.read(line)
        except (ValueError, KeyError, TypeError, GridError, GraphError) as error:
            raise GraphError(f"graph text, line {number}: {error}; got {line[:100]!r}") from error
    return reader.graph()


@dataclass
class _Reader:
    constants: Mapping[str, IntArray]
    name: str = ""
    inputs: list[Tensor] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    scales: dict[str, tuple[Fraction, ...]] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)

    def read(self, line: str) -> None:
        words = line.split()
        match words:
            case []:
                return
            case ["graph", name]:
                self.name = _parse_name(name)
            case ["input", *rest]:
                self.inputs.append(self._tensor(rest))
            case ["output", name]:
                self.outputs.append(_parse_name(name))
            case [reference, "=", *scales] if reference.startswith("$"):
                self.scales[reference] = tuple(map(parse_scale, scales))
            case _:
                self.nodes.append(self._node(words))

    def graph(self) -> Graph:
        nodes = [replace(node, outputs=tuple(map(self._resolved, node.outputs))) for node in self.nodes]
        return Graph(self.name, tuple(map(self._resolved, self.inputs)), tuple(nodes), tuple(self.outputs))

    def _tensor(self, words: list[str]) -> Tensor:
        name, grid, shape, *order = words
        found = GRID.fullmatch(grid)
        if found is None:
            raise ValueError(f"{grid} is not a grid such as u8@2^-4")
        kind, bits, narrow, scale, zero = found.groups()
        self.references[_parse_name(name)] = scale
        step = Fraction(1) if scale.startswith("$") else parse_scale(scale)
        zeros = parse_zero(zero) if zero else 0
        lanes = parse_runs(order[0].removeprefix("order=[").rstrip("]")) if order else ()
        h, w, c = map(int, shape.strip("[]").split(","))
        return Tensor(_parse_name(name), (h, w, c), Grid(int(bits), kind == "s", step, bool(narrow), zeros), lanes)

    def _resolved(self, tensor: Tensor) -> Tensor:
        """Scale lists stand at the end of the text, after the tensors that refer to them."""
        reference = self.references[tensor.name]
        if not reference.startswith("$"):
            return tensor
        if reference not in self.scales:
            raise GraphError(f"graph text: tensor {tensor.name} refers to {reference}, which is not defined")
        return replace(tensor, grid=replace(tensor.grid, scale=self.scales[reference]))

    def _node(self, words: list[str]) -> Node:
        equals = words.index("=")
        results = " ".join(words[:equals]).split(" & ")
        call, *attributes = words[equals + 1 :]
        word, _, names = call.rstrip(")").partition("(")
        if word not in KINDS:
            raise ValueError(f"{word} is no op; there are {', '.join(sorted(KINDS))}")
        values = dict(attribute.split("=", 1) for attribute in attributes)
        op = KINDS[word](**{f.name: self._value(f.type is Const, values[f.name]) for f in fields(KINDS[word])})
        inputs = tuple(json.loads(n) if n.startswith('"') else n for n in re.findall(r'"(?:[^"\\]|\\.)*"|[^,]+', names))
        return Node(op, inputs, tuple(self._tensor(result.split()) for result in results))

    def _value(self, constant: bool, text: str) -> int | tuple[int, ...] | Const:
        if text.startswith("#"):
            shape, _, digest = text[1:].partition(":")
            if digest not in self.constants:
                raise ValueError(f"constant {digest} {shape} is not among the {len(self.constants)} given")
            return Const(self.constants[digest])
        if not text.startswith("["):
            return int(text)
        return Const(list(parse_runs(text[1:-1]))) if constant else parse_runs(text[1:-1])


def parse_zero(text: str) -> int | tuple[int, ...]:
    """One zero point, or a bracketed list."""
    return tuple(map(int, text.strip("[]").split(","))) if text.startswith("[") else int(text)


def _parse_name(text: str) -> str:
    return str(json.loads(text)) if text.startswith('"') else text
