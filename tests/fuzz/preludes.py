# SPDX-License-Identifier: Apache-2.0
"""What stands before a kernel's functions: helper functions, and tables whose contents lie in files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.fuzz.bodies import Array
from tests.fuzz.expressions import Generator, Helper, Scope, Type, Variable
from tests.fuzz.tree import Tree, lines


@dataclass
class Prelude:
    """Writes declarations whose names begin with `top`. `files` are to lie beside the program: integers or text."""

    g: Generator
    top: str
    tables: list[Array] = field(default_factory=list)
    files: dict[str, Sequence[int] | str] = field(default_factory=dict)

    def text(self) -> Tree:
        g = self.g
        tables = [self._table() for _ in range(g.rng.choice([0, 0, 0, 1, 2]))]
        helpers = [self._helper(at) for at in range(g.rng.choice([0, 0, 1, 2]))]
        return lines([*tables, *helpers])

    def _table(self) -> Tree:
        g = self.g
        narrow = [bits for bits in g.pool if bits <= 64] or [8]
        type_ = Type(g.chance(0.5), g.rng.choice(narrow))
        sizes = g.rng.choice([(8,), (16,), (64,), (128,), (200,), (256,), (4, 8), (2, 64), (16, 16), (8, 32)])
        array = Array(f"{self.top}_rom{len(self.tables)}", type_, sizes, constant=True)
        self.tables.append(array)
        count = sizes[0] * (sizes[1] if len(sizes) > 1 else 1)
        low = -(1 << (type_.bits - 1)) if type_.signed else 0
        self.files[f"{array.name}.npy"] = [low + g.rng.getrandbits(type_.bits) for _ in range(count)]
        shape = ", ".join(map(str, sizes))
        return Tree((f'CODESIGN_ROM({type_}, {array.name}, {shape}, "{array.name}.npy")\n',))

    def _helper(self, at: int) -> Tree:
        """A function, a template over a number, or a template over both types."""
        g = self.g
        parameters, result = (g.type(), g.type()), g.type()
        kind = g.rng.choice(["plain", "number", "types"])
        helper = Helper(f"{self.top}_h{at}", parameters, result, 7 if kind == "number" else None)
        scope = Scope([Variable("a", parameters[0]), Variable("b", parameters[1])])
        head, names = "static ", (str(parameters[0]), str(parameters[1]))
        if kind == "number":
            scope.variables.append(Variable("K", None, 7))
            head = "template <int K>\n"
        elif kind == "types":
            head, names = "template <class A, class B>\n", ("A", "B")
        value = g.value(scope, result, 3).text
        g.helpers.append(helper)  # later ones may call it
        signature = f"{head}{result} {helper.name}(const {names[0]}& a, const {names[1]}& b) {{\n"
        return Tree((signature, "return ", value, ";\n}\n"))


def black_box(name: str, words: int, type_: Type, mask: int) -> tuple[str, Mapping[str, str]]:
    """C++ and SystemVerilog of a process that inverts some bits of `words` words per call."""
    vector = f"[{type_.bits - 1}:0]"
    word = f"hls::stream<{type_}>&"
    cpp = f"""void {name}({word} x0, {word} y0) {{
#pragma CODESIGN blackbox module={name} file={name}.sv
for (int i = 0; i < {words}; i++) y0.write({type_}(x0.read() ^ {type_}({mask})));
}}
"""
    verilog = f"""module {name} (
    input  logic clk, rst,
    input  logic {vector} x0_data, input logic x0_valid, output logic x0_ready,
    output logic {vector} y0_data, output logic y0_valid, input logic y0_ready
);
  wire unused = &{{1'b0, clk, rst}};
  assign y0_data = x0_data ^ {type_.bits}'d{mask};
  assign y0_valid = x0_valid;
  assign x0_ready = y0_ready;
endmodule
"""
    return cpp, {f"{name}.sv": verilog}
