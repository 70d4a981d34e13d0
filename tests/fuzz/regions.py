# SPDX-License-Identifier: Apache-2.0
"""Random DATAFLOW graphs: processes that read and write a known number of words per call, forks, joins, converters."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.fuzz.bodies import Array, Body, Stream
from tests.fuzz.expressions import Generator, Scope, Type, Variable
from tests.fuzz.preludes import Prelude, black_box
from tests.fuzz.tree import Tree


@dataclass(frozen=True)
class _Wire:
    stream: Stream
    words: int


@dataclass
class Region:
    """Writes the processes and the top that joins them."""

    g: Generator
    top: str
    prelude: Prelude
    configuration: list[_Wire] = field(default_factory=list)
    functions: list[Tree] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    inner: list[_Wire] = field(default_factory=list)
    ahead: bool = False  # whether some process reads more than one word before it writes

    def text(self) -> Tree:
        g = self.g
        words = g.rng.choice([4, 6, 8, 12])
        ins = [_Wire(Stream(f"x{i}", g.type()), words) for i in range(g.rng.randint(1, 2))]
        waiting = list(ins)
        for _ in range(g.rng.randint(2, 5)):
            waiting = self._add(waiting)
        outs = [w.stream for w in waiting if w not in ins]
        used = [w.stream for w in ins if w not in waiting]
        parameters = ", ".join(s.parameter for s in [*(w.stream for w in self.configuration), *used, *outs])
        local = [w for w in self.inner if w.stream not in outs]
        head = f"void {self.top}({parameters}) {{\n#pragma HLS DATAFLOW\n"
        streams = "".join(self._stream(wire) for wire in local)
        return Tree((*self.functions, head, streams, *self.calls, "}\n"))

    def _stream(self, wire: _Wire) -> str:
        name = wire.stream.name
        text = f'hls::stream<{wire.stream.word}> {name}("{name}");\n'
        depth = max(w.words for w in self.inner) if self.ahead else self.g.rng.choice([0, 0, 2, 3, 5, 9])
        return text + (f"#pragma HLS STREAM variable={name} depth={max(2, depth)}\n" if depth else "")

    # --- processes

    def _add(self, waiting: list[_Wire]) -> list[_Wire]:
        """Add one process that takes some of the waiting streams; return what waits then."""
        g = self.g
        first = g.rng.choice(waiting)
        alike = [w for w in waiting if w.words == first.words and w != first]
        make = g.rng.choices(
            [self._map, self._gather, self._spread, self._block, self._twice, self._two_parts, self._black_box],
            [3, 1, 1, 1, 1, 1, 0.4],
        )[0]
        taken = [first, *(w for w in alike if make == self._map and g.chance(0.6))]
        made = make(taken)
        self.inner += made
        return [w for w in waiting if w not in taken] + made

    def _wire(self, words: int, like: Stream | None = None) -> _Wire:
        self.g.names += 1
        return _Wire(Stream(f"s{self.g.names}", like.type if like else self.g.type()), words)

    def _body(self, ins: list[_Wire], counters: list[Variable], *, state: bool = True) -> tuple[Body, str]:
        """A body whose scalars and ring buffer live as long as the call, and their declarations."""
        g = self.g
        scalars = [Variable(f"v{i}", g.type()) for i in range(g.rng.randint(0, 2))]
        text = "".join(f"{v.type} {v.name} = {g.constant(v.type).text};\n" for v in scalars if v.type)
        scope = Scope([*scalars, *counters])
        scope.loads += [table.load(scope) for table in self.prelude.tables]
        body = Body(g, scope, scalars, counters, depth=2)
        if state and g.chance(0.3):
            ring = Array("ring", g.type(), (1 << g.rng.randint(1, 5),))
            text += f"static {ring.type} ring[{ring.sizes[0]}];\n"
            scope.loads.append(ring.load(scope))
            body.stores.append(ring)
        return body, text

    def _function(self, ins: list[_Wire], outs: list[_Wire], *body: str | Tree) -> str:
        name = f"{self.top}_p{len(self.functions)}"
        parameters = ", ".join(Stream(f"{way}{at}", w.stream.type, w.stream.lanes).parameter
                               for way, wires in (("x", ins), ("y", outs)) for at, w in enumerate(wires))  # fmt: skip
        self.functions.append(Tree((f"void {name}({parameters}) {{\n", *body, "}\n")))
        return name

    def _call(self, name: str, ins: list[_Wire], outs: list[_Wire]) -> None:
        self.calls.append(f"{name}({', '.join(w.stream.name for w in [*ins, *outs])});\n")

    def _map(self, ins: list[_Wire], outs: list[_Wire] | None = None) -> list[_Wire]:
        """One word of every input and output per iteration: forks, joins, and everything between."""
        g = self.g
        outs = outs or [self._wire(ins[0].words) for _ in range(g.rng.choice([1, 1, 2, 3]))]
        self._call(self._mapping(ins, outs), ins, outs)
        return outs

    def _two_parts(self, ins: list[_Wire]) -> list[_Wire]:
        """One word in, one word out, by two loops: a word of configuration says where the second one begins."""
        if ins[0].words == 1:
            return self._map(ins[:1])
        g, source, out = self.g, ins[0], self._wire(ins[0].words)
        bits = g.rng.randint(1, source.words.bit_length() - 1)  # the second loop has one iteration at least
        configuration = _Wire(Stream(f"c{len(self.configuration)}", Type(False, bits)), 1)
        self.configuration.append(configuration)
        body, declarations = self._body(ins, [Variable("i", None, source.words - 1)])
        body.early.append(Variable("n", configuration.stream.type))
        body.scope.variables.append(body.early[-1])
        loops: list[str | Tree] = []
        for bounds in ("int i = 0; i < n", f"int i = n; i < {source.words}"):
            part = body.branch(reads=False)
            reads = self._reads(part, ins[:1])
            work = part.statements(g.rng.randint(1, 2), 1)
            write = part.write_to(Stream("y0", out.stream.type))
            loops += [f"for ({bounds}; i++) {{\n#pragma HLS PIPELINE II=1\n", reads, work, write, "}\n"]
        head = f"const {configuration.stream.type} n = x1.read();\n"
        self._call(self._function([source, configuration], [out], head, declarations, *loops),
                   [source, configuration], [out])  # fmt: skip
        return [out]

    def _black_box(self, ins: list[_Wire]) -> list[_Wire]:
        source, out = ins[0], self._wire(ins[0].words, ins[0].stream)
        name, bits = f"{self.top}_p{len(self.functions)}", source.stream.type.bits
        text, files = black_box(name, source.words, source.stream.type, self.g.rng.getrandbits(min(bits, 31)))
        self.functions.append(Tree((text,)))
        self.prelude.files |= files
        self._call(name, ins[:1], [out])
        return [out]

    def _mapping(self, ins: list[_Wire], outs: list[_Wire], *, state: bool = True) -> str:
        g = self.g
        body, declarations = self._body(ins, [Variable("i", None, ins[0].words - 1)], state=state)
        reads = self._reads(body, ins)
        work = body.statements(g.rng.randint(1, 3), 1)
        writes = [body.write_to(Stream(f"y{at}", w.stream.type)) for at, w in enumerate(outs)]
        always = [body.store()] if body.stores and g.chance(0.5) else []
        head = f"for (int i = 0; i < {ins[0].words}; i++) {{\n#pragma HLS PIPELINE II=1\n"
        return self._function(ins, outs, declarations, head, reads, work, *writes, *always, "}\n")

    def _reads(self, body: Body, ins: list[_Wire]) -> str:
        body.scope.variables += [Variable(f"r{at}", w.stream.type) for at, w in enumerate(ins)]
        return "".join(f"{w.stream.type} r{at} = x{at}.read();\n" for at, w in enumerate(ins))

    def _twice(self, ins: list[_Wire]) -> list[_Wire]:
        """The same process called twice, one after the other."""
        middle, out = (self._wire(ins[0].words, ins[0].stream) for _ in range(2))
        name = self._mapping(ins[:1], [middle], state=False)
        self._call(name, ins[:1], [middle])
        self._call(name, [middle], [out])
        self.inner.append(middle)
        return [out]

    def _converter(self, ins: list[_Wire], out: _Wire, rows: int, cols: int, *, gather: bool) -> list[_Wire]:
        g = self.g
        self.ahead = True
        counters = [Variable("i", None, rows - 1), Variable("j", None, cols - 1)]
        body, declarations = self._body(ins, counters)
        word = ins[0].stream.type
        body.scope.variables.append(Variable("r0", word))
        read = f"{word} r0 = x0.read();\n" if gather else "if (j == 0) r0 = x0.read();\n"
        work = body.statements(g.rng.randint(1, 3), 1)
        write = body.write_to(Stream("y0", out.stream.type))
        guarded: list[str | Tree] = [f"if (j == {cols - 1}) {{\n", write, "}\n"] if gather else [write]
        head = f"for (int i = 0; i < {rows}; i++) {{\nfor (int j = 0; j < {cols}; j++) {{\n#pragma HLS PIPELINE II=1\n"
        before = "" if gather else f"{word} r0 = 0;\n"
        self._call(self._function(ins, [out], declarations, before, head, read, work, *guarded, "}\n}\n"), ins, [out])
        return [out]

    def _gather(self, ins: list[_Wire]) -> list[_Wire]:
        """Several words in, one out."""
        ratio = self.g.rng.choice([r for r in (2, 3, 4) if ins[0].words % r == 0] or [1])
        return self._converter(ins[:1], self._wire(ins[0].words // ratio), ins[0].words // ratio, ratio, gather=True)

    def _spread(self, ins: list[_Wire]) -> list[_Wire]:
        """One word in, several out."""
        ratio = self.g.rng.choice([2, 3]) if ins[0].words < 40 else 1
        return self._converter(ins[:1], self._wire(ins[0].words * ratio), ins[0].words, ratio, gather=False)

    def _block(self, ins: list[_Wire]) -> list[_Wire]:
        """All words in, then all words out, in an order that the data choose."""
        g, source = self.g, ins[0]
        self.ahead = True
        out = self._wire(source.words)
        block = Array("block", source.stream.type, (source.words,))
        fill = f"{block.type} block[{source.words}];\nfor (int i = 0; i < {source.words}; i++) {{\n"
        body, declarations = self._body(ins, [Variable("j", None, source.words - 1)])
        body.scope.loads.append(block.load(body.scope))
        work = body.statements(g.rng.randint(0, 2), 1)
        write = body.write_to(Stream("y0", out.stream.type))
        name = self._function(
            ins, [out], declarations,
            f"{fill}#pragma HLS PIPELINE II=1\nblock[i] = x0.read();\n}}\n",
            f"for (int j = 0; j < {source.words}; j++) {{\n#pragma HLS PIPELINE II=1\n", work, write, "}\n",
        )  # fmt: skip
        self._call(name, ins, [out])
        return [out]
