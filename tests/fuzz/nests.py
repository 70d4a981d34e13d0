# SPDX-License-Identifier: Apache-2.0
"""Random processes of one function: scalars, arrays, then loop nests one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tests.fuzz.bodies import Array, Body, Stream
from tests.fuzz.expressions import Generator, Scope, Variable
from tests.fuzz.tree import Tree, lines, statement

_PIPELINE = "#pragma HLS PIPELINE II=1\n"


@dataclass
class Nests:
    """Writes the body of one process. `arrays` are those that hold values already."""

    g: Generator
    ins: Sequence[Stream]
    outs: Sequence[Stream]
    configuration: Sequence[Stream] = ()
    scalars: list[Variable] = field(default_factory=list)
    early: list[Variable] = field(default_factory=list)
    arrays: list[Array] = field(default_factory=list)  # tables from files, at first

    def text(self) -> Tree:
        """The whole function body."""
        parts = [self._declarations(), *(self._array() for _ in range(self.g.rng.choice([0, 0, 1, 1, 2])))]
        parts += [self.nest() for _ in range(self.g.rng.choice([1, 1, 1, 2]))]
        return lines([*parts, self._flush()])

    def _flush(self) -> Tree:
        """A last nest that uses every stream, so that none is idle and no state stays unseen."""
        self.g.names += 1
        counter = Variable(f"i{self.g.names}", None, 1)
        body = self._body([counter])
        body.ins, body.early = list(self.ins), []
        reads = [body.read() for _ in self.ins]
        writes = [body.write_to(stream) for stream in self.outs]
        return Tree((_head(counter.name, "2"), _PIPELINE, *reads, *writes, "}\n"), ("",))

    # --- declarations

    def _declarations(self) -> Tree:
        parts = []
        for stream in self.configuration:
            name = f"n_{stream.name}"
            self.early.append(Variable(name, stream.type))
            parts.append(Tree((f"const {stream.type} {name} = {stream.name}.read();\n",)))
        for _ in range(self.g.rng.randint(1, 4)):
            self.g.names += 1
            variable = Variable(f"v{self.g.names}", self.g.type())
            static = "static " if self.g.chance(0.2) else ""
            parts.append(Tree((f"{static}{variable.type} {variable.name} = {self.g.constant(variable.type).text};\n",)))
            self.scalars.append(variable)
        return lines(parts)

    def _array(self) -> Tree:
        g = self.g
        g.names += 1
        sizes = g.rng.choice(
            [(1 << g.rng.randint(1, 8),), (g.rng.randint(2, 12),), (2, 4), (3, 8), (4, 16), (16, 4), (2, 128), (4, 32)]
        )
        array = Array(f"b{g.names}", g.type(), sizes)
        shape = "".join(f"[{size}]" for size in sizes)
        kind = g.rng.choice(["table", "static", "local", "local", "local"])
        if kind == "table":
            array = replace(array, constant=True)
            initialiser = self._contents(array)
            text = Tree((f"static const {array.type} {array.name}{shape} = {initialiser};\n{self._pragmas(array)}",))
        elif kind == "static":
            text = Tree((f"static {array.type} {array.name}{shape};\n", self._pragmas(array)))
        else:
            text = Tree((f"{array.type} {array.name}{shape};\n", self._pragmas(array), self._filled(array)))
        self.arrays.append(array)
        return text

    def _contents(self, array: Array, level: int = 0) -> str:
        if level == len(array.sizes):
            return str(self.g.constant(array.type).text)
        return "{" + ", ".join(self._contents(array, level + 1) for _ in range(array.sizes[level])) + "}"

    def _pragmas(self, array: Array) -> str:
        text = ""
        if (len(array.sizes) == 2 and self.g.chance(0.6)) or (array.sizes[0] <= 8 and self.g.chance(0.3)):
            text += f"#pragma HLS ARRAY_PARTITION variable={array.name} complete dim=1\n"
        if self.g.chance(0.3):
            impl = self.g.rng.choice(["bram", "lutram", "bram"])
            text += f"#pragma HLS BIND_STORAGE variable={array.name} type=ram_2p impl={impl}\n"
        return text

    def _filled(self, array: Array) -> Tree:
        """A nest that writes every element once."""
        counters = [Variable(f"f{at}_{array.name}", None, size - 1) for at, size in enumerate(array.sizes)]
        body = self._body(counters)
        heads = "".join(_head(v.name, str(v.last + 1)) for v in counters)
        reads = body.read() if body.ins and self.g.chance(0.5) else ""
        place = "".join(f"[{v.name}]" for v in counters)
        value = self.g.value(body.scope, array.type, 2).text
        return Tree((heads, _PIPELINE, reads, f"{array.name}{place} = ", value, ";\n" + "}\n" * len(counters)))

    # --- nests

    def _body(self, counters: Sequence[Variable], *, pipelined: bool = True) -> Body:
        scope = Scope([*self.scalars, *self.early, *counters])
        scope.loads = [array.load(scope) for array in self.arrays]
        g = self.g
        outer = not pipelined
        return Body(
            g,
            scope,
            list(self.scalars),
            [*self.early, *counters] if not g.chance(0.05) else [*self.early, *counters, *self.scalars],
            ins=[] if outer and g.chance(0.7) else [s for s in self.ins if g.chance(0.8)],
            outs=[s for s in self.outs if g.chance(0.3 if outer else 0.9)],
            stores=[a for a in self.arrays if not a.constant and g.chance(0.1 if outer else 0.7)],
            depth=g.rng.choice([1, 2, 2, 3]),
            pipelined=pipelined,
        )

    def nest(self) -> Tree:
        if self.g.chance(0.15):
            return self.histogram()
        if self.g.chance(0.1):
            return self.reduction()
        return self._loop(self.g.rng.choice([1, 1, 2, 2, 3]), [])

    def _loop(self, depth: int, counters: list[Variable]) -> Tree:
        self.g.names += 1
        head, counter = self._bounds(f"i{self.g.names}")
        inside = [*counters, counter]
        if depth == 1:
            body = self._body(inside)
            work = body.statements(self.g.rng.randint(1, 4), 2)
            last = body.write() if body.outs else ""
            text = Tree((head, _PIPELINE, work, last, "}\n"))
        else:
            before, after = self._around(inside), self._around(inside)
            loops = [self._loop(depth - 1, inside) for _ in range(self.g.rng.choice([1, 1, 1, 2]))]
            text = Tree((head, before, *loops, after, "}\n"))
        return Tree((text,), ("",))

    def _around(self, counters: Sequence[Variable]) -> Tree:
        """Code between loops."""
        count = self.g.rng.choice([0, 0, 1, 2])
        return self._body(counters, pipelined=False).statements(count, 1)

    def _bounds(self, name: str) -> tuple[str, Variable]:
        """The head of a loop: constant or run-time bound, up, down or in steps."""
        g = self.g
        small = [v for v in self.early if v.type and not v.type.signed and v.type.bits <= 4]
        if small and g.chance(0.6):
            bound = g.rng.choice(small)
            assert bound.type is not None
            return _head(name, bound.name), Variable(name, None, max(0, (1 << bound.type.bits) - 2))
        count, way = g.rng.randint(1, 6), g.rng.random()
        if way < 0.1:
            return f"for (int {name} = {count}; {name} > 0; {name}--) {{\n", Variable(name, None, count)
        if way < 0.2:
            return f"for (int {name} = 0; {name} < {2 * count}; {name} += 2) {{\n", Variable(name, None, 2 * count - 2)
        return _head(name, str(count)), Variable(name, None, count - 1)

    def reduction(self) -> Tree:
        """Several iterations a clock: a loop over scalars and tables alone, unrolled by a factor."""
        g = self.g
        g.names += 1
        factor = g.rng.choice([2, 2, 3, 4])
        counter = Variable(f"i{g.names}", None, factor * g.rng.randint(1, 3) - 1)
        body = self._body([counter])
        body.ins, body.outs, body.stores, body.depth = [], [], [], 1
        work = body.statements(g.rng.randint(1, 2), 0)
        head = _head(counter.name, str(counter.last + 1))
        return statement(f"{head}{_PIPELINE}#pragma HLS UNROLL factor={factor}\n", work, body.assign(), "}\n")

    def histogram(self) -> Tree:
        """Read, change, write one element per iteration; a place comes back only after all others (DEPENDENCE).

        A scalar takes in what was read, so that it is seen and the loop through the memory stays.
        """
        g = self.g
        g.names += 1
        name, size, type_ = f"h{g.names}", g.rng.choice([32, 48, 64, 100]), g.type()
        counter, rounds = Variable(f"i_{name}", None, size - 1), Variable(f"k_{name}", None, 2)
        body = self._body([rounds, counter])
        place = f"{name}[{counter.name}]"
        body.scope.variables.append(Variable(f"o_{name}", type_))
        promised = g.chance(0.7)
        pragma = f"#pragma HLS DEPENDENCE variable={name} inter false\n" if promised else ""
        old, change = f"o_{name}{g.rng.choice([' + ', ' - ', ' ^ '])}", g.value(body.scope, type_, 3).text
        out = body.write() if body.outs else ""
        return statement(
            f"{type_} {name}[{size}];\n",
            f"{_head(f'z_{name}', str(size))}{_PIPELINE}{name}[z_{name}] = z_{name};\n}}\n",
            f"{_head(rounds.name, str(rounds.last + 1))}{_head(counter.name, str(size))}{_PIPELINE}{pragma}",
            f"const {type_} o_{name} = {place};\n{place} = {old}", change, ";\n",
            f"{g.rng.choice(self.scalars).name} ^= o_{name};\n", out, "}\n}\n",
        )  # fmt: skip


def _head(name: str, bound: str) -> str:
    return f"for (int {name} = 0; {name} < {bound}; {name}++) {{\n"
