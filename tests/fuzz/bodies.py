# SPDX-License-Identifier: Apache-2.0
"""Random bodies of pipelined loops: statements that keep the rules of kernels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.fuzz.expressions import Expression, Generator, Scope, Type, Variable
from tests.fuzz.tree import Tree, lines, statement


@dataclass(frozen=True)
class Stream:
    """A stream of ap_ints, or of Lanes where `lanes` is not 0."""

    name: str
    type: Type
    lanes: int = 0

    @property
    def word(self) -> str:
        return f"codesign::Lanes<{self.type}, {self.lanes}>" if self.lanes else str(self.type)

    @property
    def parameter(self) -> str:
        return f"hls::stream<{self.word}>& {self.name}"


@dataclass(frozen=True)
class Array:
    """An array; every element holds a value before anything here reads it."""

    name: str
    type: Type
    sizes: tuple[int, ...]
    constant: bool = False

    def index(self, g: Generator, scope: Scope, depth: int) -> Tree:
        """Brackets with an index that is provably inside each dimension."""
        parts: list[str | Tree] = []
        for size in self.sizes:
            parts += ["[", _index(g, scope, size, depth), "]"]
        return Tree(tuple(parts))

    def load(self, scope: Scope) -> Callable[[Generator], Expression]:
        def make(g: Generator) -> Expression:
            text = Tree((self.name, self.index(g, Scope(scope.variables), 1)), (f"{self.type}(1)",))
            return Expression(text, "ap", self.type.bits)

        return make


def _index(g: Generator, scope: Scope, size: int, depth: int) -> str | Tree:
    counters = [v.name for v in scope.variables if v.type is None and v.last < size]
    if counters and g.chance(0.6):
        return g.rng.choice(counters)
    bits = size.bit_length() - 1
    if bits == 0 or g.chance(0.1):
        return str(g.rng.randrange(size))
    return g.value(scope, Type(False, bits), depth if g.chance(0.1) else 0).text


@dataclass
class Body:
    """What the statements of one pipelined iteration may still use. Exclusive branches each get a copy."""

    g: Generator
    scope: Scope
    mutable: list[Variable]
    early: list[Variable]  # what may decide about reads: counters and configuration
    ins: list[Stream] = field(default_factory=list)
    outs: list[Stream] = field(default_factory=list)
    stores: list[Array] = field(default_factory=list)
    depth: int = 3
    pipelined: bool = True

    def branch(self, *, reads: bool) -> Body:
        ins = list(self.ins) if reads else []
        return replace(self, scope=self.scope.copy(), ins=ins, outs=list(self.outs), stores=list(self.stores))

    # --- statements

    def statements(self, count: int, nesting: int) -> Tree:
        return lines([self.statement(nesting) for _ in range(count)])

    def statement(self, nesting: int) -> Tree:
        choices = {self.declare: 4, self.assign: 4, self.part: 2, self.unrolled: 1, self.bound_product: 0.5}
        if self.ins:
            choices[self.read] = 6
        if self.outs:
            choices[self.write] = 5
        if self.stores:
            choices[self.store] = 4
        if nesting:
            choices |= {lambda: self.branching(nesting): 3, lambda: self.switch(nesting): 0.5}
        return self.g.rng.choices(list(choices), list(choices.values()))[0]()

    def fresh(self, stem: str) -> str:
        self.g.names += 1
        return f"{stem}{self.g.names}"

    def declare(self) -> Tree:
        type_ = self.g.type()
        name = self.fresh("t")
        text = Tree((f"{type_} {name} = ", self.g.value(self.scope, type_, self.depth).text, ";\n"))
        self.scope.variables.append(Variable(name, type_))
        return text

    def assign(self) -> Tree:
        if not self.mutable:
            return self.declare()
        variable = self.g.rng.choice(self.mutable)
        assert variable.type is not None
        if self.g.chance(0.1):
            return statement(self.g.rng.choice([f"{variable.name}++;\n", f"--{variable.name};\n"]))
        if self.g.chance(0.25):
            op = self.g.rng.choice(["+=", "-=", "^=", "|=", "&=", "*="])
            return statement(f"{variable.name} {op} ", self.g.value(self.scope, self.g.type(), self.depth).text, ";\n")
        return statement(f"{variable.name} = ", self.g.value(self.scope, variable.type, self.depth).text, ";\n")

    def part(self) -> Tree:
        """Change some bits of a scalar."""
        if not self.mutable:
            return self.declare()
        variable = self.g.rng.choice(self.mutable)
        assert variable.type is not None
        low = self.g.rng.randrange(variable.type.bits)
        high = self.g.rng.randint(low, variable.type.bits - 1)
        if self.g.chance(0.4):
            return statement(f"{variable.name}[{low}] = ", self.g.condition(self.scope, 2).text, ";\n")
        value = self.g.value(self.scope, Type(False, high - low + 1), self.depth).text
        return statement(f"{variable.name}.range({high}, {low}) = ", value, ";\n")

    def bound_product(self) -> Tree:
        factors = [v for v in self.scope.typed() if v.type and 3 <= v.type.bits <= 40]
        if len(factors) < 2:
            return self.declare()
        left, right = self.g.rng.sample(factors, 2)
        assert left.type and right.type
        type_ = Type(left.type.signed or right.type.signed, left.type.bits + right.type.bits)
        name, impl = self.fresh("p"), self.g.rng.choice(["dsp", "fabric"])
        pragma = f"#pragma HLS BIND_OP variable={name} op=mul impl={impl} latency={self.g.rng.randint(0, 3)}\n"
        self.scope.variables.append(Variable(name, type_))
        return Tree((f"{type_} {name} = {left.name} * {right.name};\n{pragma}",))

    def unrolled(self) -> Tree:
        """A sum over an unrolled inner loop."""
        if not self.pipelined:
            return self.declare()
        count, counter, total = self.g.rng.randint(2, 4), self.fresh("u"), self.fresh("s")
        type_ = self.g.type()
        inside = self.scope.copy()
        inside.variables += [Variable(counter, None, count - 1), Variable(total, type_)]
        value = self.g.value(inside, type_, 2).text
        text = Tree(
            (
                f"{type_} {total} = {self.g.constant(type_).text};\n",
                f"for (int {counter} = 0; {counter} < {count}; {counter}++) {{\n#pragma HLS UNROLL\n",
                f"{total} = ", value, ";\n}\n",
            )
        )  # fmt: skip
        self.scope.variables.append(Variable(total, type_))
        return text

    # --- streams and arrays

    def read(self) -> Tree:
        """Read a word, now and then only if the counters say so."""
        stream = self.ins.pop(self.g.rng.randrange(len(self.ins)))
        name = self.fresh("r")
        if stream.lanes:
            return self._read_lanes(stream, name)
        self.scope.variables.append(Variable(name, stream.type))
        if not self.early or self.g.chance(0.6):
            return Tree((f"{stream.type} {name} = {stream.name}.read();\n",))
        condition = self.when()
        return Tree((f"{stream.type} {name} = 0;\nif (", condition, f") {name} = {stream.name}.read();\n"))

    def _read_lanes(self, stream: Stream, name: str) -> Tree:
        lanes = [Variable(self.fresh("l"), stream.type) for _ in range(stream.lanes)]
        self.scope.variables += lanes
        takes = "".join(f"{stream.type} {lane.name} = {name}[{at}];\n" for at, lane in enumerate(lanes))
        return Tree((f"{stream.word} {name} = {stream.name}.read();\n{takes}",))

    def write(self) -> Tree:
        stream = self.outs.pop(self.g.rng.randrange(len(self.outs)))
        text = self.write_to(stream)
        if self.g.chance(0.3):
            return statement(
                "if (", self.g.condition(self.scope, self.g.rng.choice([2, 2, 4])).text, ") {\n", text, "}\n"
            )
        return Tree((text,), ("",))

    def sum_of(self, type_: Type) -> Tree:
        """What the scalars hold, so that nothing computed stays unseen."""
        terms: list[str | Tree] = [f"{type_}("]
        for variable in self.scope.typed()[-8:]:
            terms += [Tree((f"{variable.name} ^ ",), ("",))]
        return Tree((*terms, self.g.value(self.scope, type_, 1).text, ")"), (f"{type_}(1)",))

    def write_to(self, stream: Stream) -> Tree:
        value = (
            self.sum_of(stream.type) if self.g.chance(0.5) else self.g.value(self.scope, stream.type, self.depth).text
        )
        if not stream.lanes:
            return Tree((f"{stream.name}.write(", value, ");\n"))
        name, counter = self.fresh("w"), self.fresh("u")
        inside = self.scope.copy()
        inside.variables.append(Variable(counter, None, stream.lanes - 1))
        value = self.g.value(inside, stream.type, 2).text
        head = f"{stream.word} {name};\nfor (int {counter} = 0; {counter} < {stream.lanes}; {counter}++) {{\n"
        return Tree(
            (f"{head}#pragma HLS UNROLL\n{name}[{counter}] = ", value, f";\n}}\n{stream.name}.write({name});\n")
        )

    def store(self) -> Tree:
        array = self.stores.pop(self.g.rng.randrange(len(self.stores)))
        index = array.index(self.g, self.scope, 2)
        return statement(array.name, index, " = ", self.g.value(self.scope, array.type, self.depth).text, ";\n")

    # --- control

    def when(self) -> Tree:
        """A condition on counters and configuration that is neither always true nor always false by itself."""
        variable = self.g.rng.choice(self.early)
        last = variable.last if variable.type is None else (1 << min(3, variable.type.bits)) - 1
        place = self.g.rng.randint(0, max(1, last))
        test = self.g.rng.choice([f"== {place}", f"!= {place}", f"< {place + 1}", f"> {place}", "& 1"])
        text = f"({variable.name} {test})" if test != "& 1" else f"(({variable.name} & 1) == {place & 1})"
        if self.g.chance(0.25):
            return Tree(("(", text, self.g.rng.choice([" && ", " || "]), self.when(), ")"), ("true", "false"))
        return Tree((text,), ("true", "false"))

    def branching(self, nesting: int) -> Tree:
        early = bool(self.early) and self.g.chance(0.5)
        condition = self.when() if early else self.g.condition(self.scope, 2).text
        yes, no = self.branch(reads=early), self.branch(reads=early)
        text: list[str | Tree] = [
            "if (",
            condition,
            ") {\n",
            yes.statements(self.g.rng.randint(1, 3), nesting - 1),
            "}",
        ]
        if self.g.chance(0.6):
            text += [" else {\n", no.statements(self.g.rng.randint(1, 3), nesting - 1), "}"]
        if early:
            self.ins = [s for s in self.ins if s in yes.ins and s in no.ins]
        self.outs = [s for s in self.outs if s in yes.outs and s in no.outs]
        self.stores = [a for a in self.stores if a in yes.stores and a in no.stores]
        return statement(*text, "\n")

    def switch(self, nesting: int) -> Tree:
        bits = self.g.rng.randint(1, 3)
        selector = self.g.value(self.scope, Type(False, bits), 2).text
        cases = self.g.rng.sample(range(1 << bits), self.g.rng.randint(1, min(4, 1 << bits)))
        text: list[str | Tree] = ["switch (int(", selector, ")) {\n"]
        branches = []
        for label in [*(f"case {case}" for case in cases), "default"]:
            branch = self.branch(reads=False)
            branches.append(branch)
            text += [f"{label}: {{\n", branch.statements(self.g.rng.randint(1, 2), nesting - 1), "break;\n}\n"]
        self.outs = [s for s in self.outs if all(s in b.outs for b in branches)]
        self.stores = [a for a in self.stores if all(a in b.stores for b in branches)]
        return statement(*text, "}\n")
