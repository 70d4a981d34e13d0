# SPDX-License-Identifier: Apache-2.0
"""Proofs, by Yosys' SAT solver, that a mutant of a process does what the process does, cycle by cycle.

Both run side by side on the same inputs. A *relation* of their registers is shown to hold after a reset, to be kept by
every clock, and to make all they give equal: stream signals, data where it is pushed, and what goes to the memories
(whose words are therefore the same inputs to both). That is induction over all runs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codesign.toolchain.yosys import run_script

_PORT = re.compile(r"^    (input|output)\s+logic (?:\[(\d+):0\] )?(\w+),?$", re.M)
_LOGIC = re.compile(r"^  logic (\[\d+:\d+\] )?(\w+);", re.M)
_CLOCKED = re.compile(r"^  always_ff @\(posedge clk\)( begin\n(?:    .*\n)*  end\n|\n(?:    .*\n)*)", re.M)
_LOADED = re.compile(r"\b(\w+) <= ")
_MEMORY = re.compile(
    r"  codesign_ram #\(\.WIDTH\((\d+)\), \.DEPTH\((\d+)\),.*?\) (\w+) \(\s*\.clk, \.we\((.*?)\),\s*"
    r"\.waddr\((.*?)\), \.wdata\((.*?)\),\s*\.raddr\((.*?)\), \.q\((\w+)\)\);\n"
)


@dataclass(frozen=True)
class Relation:
    """Registers agree, but for those in `free` while their condition holds; `invariant` holds besides.

    Both are SystemVerilog over the registers of the original.
    """

    free: Mapping[str, str] = field(default_factory=dict)
    invariant: str = "1'b1"


def proved(original: str, mutants: Sequence[tuple[str, Relation]], work: Path) -> list[bool]:
    """Whether each mutant (its whole text) is equivalent to a process's text. Relations are proved, not believed."""
    gold = _Process(original)
    tops = " ".join(f"--top proof{at}" for at in range(len(mutants)))
    texts, script = [gold.module("gold")], [f"read_slang --threads 1 {tops} proof.sv", "opt -full"]
    for at, (text, relation) in enumerate(mutants):
        texts += [_Process(text).module(f"gate{at}"), gold.side_by_side(at, relation)]
        script.append(f"sat -set rst 1 -set equal 1 -prove reached 1 proof{at}")
        script.append(f"sat -set related 1 -prove kept 1 proof{at}")
    work.mkdir(parents=True, exist_ok=True)
    (work / "proof.sv").write_text("\n".join(texts), encoding="utf-8")
    printed = run_script(script, [work / "proof.sv"], work).stdout
    verdicts = re.findall(r"SAT proof finished - (no model found: SUCCESS|model found: FAIL)", printed)
    assert len(verdicts) == 2 * len(mutants), printed
    return [all("SUCCESS" in v for v in verdicts[2 * at : 2 * at + 2]) for at in range(len(mutants))]


class _Process:
    """A process as one clock's work: registers come in and go out as `..._next`, and so do the memories' ports."""

    def __init__(self, text: str) -> None:
        head, rest = text.split(");\n", 1)
        self.ports = [(way, _range(high), name) for way, high, name in _PORT.findall(head)]
        body = rest.split("`ifndef SYNTHESIS")[0]
        ranges = {name: bits for bits, name in _LOGIC.findall(body)}
        self.registers = {name: ranges[name] for name in dict.fromkeys(_LOADED.findall(body))}
        self.memories = [
            (f"[{int(width) - 1}:0] ", _range(str((int(depth) - 1).bit_length() - 1)), name, q)
            for width, depth, name, *_, q in _MEMORY.findall(body)
        ]
        opened = {*self.registers, *(q for *_, q in self.memories)}
        body = _LOGIC.sub(lambda match: "" if match[2] in opened else match[0], body)
        self.body = _CLOCKED.sub(_next_values, _MEMORY.sub(_assigned, body))

    def _inputs(self) -> list[tuple[str, str]]:
        """(range, name) of what both sides share."""
        ports = [(bits, name) for way, bits, name in self.ports if way == "input"]
        return ports + [(data, q) for data, _, _, q in self.memories]

    def _outputs(self) -> list[tuple[str, str]]:
        ports = [(bits, name) for way, bits, name in self.ports if way == "output"]
        ports += [(bits, f"{name}_next") for name, bits in self.registers.items()]
        for data, address, name, _ in self.memories:
            ports += [("", f"{name}_we"), (address, f"{name}_waddr"), (data, f"{name}_wdata")]
            ports += [(address, f"{name}_raddr")]
        return ports

    def module(self, name: str) -> str:
        inputs = [*self._inputs(), *((bits, name) for name, bits in self.registers.items())]
        ports = [f"input logic {bits}{pin}" for bits, pin in inputs]
        ports += [f"output logic {bits}{pin}" for bits, pin in self._outputs()]
        return f"module {name} ({', '.join(ports)});\n{self.body}endmodule\n"

    def side_by_side(self, at: int, relation: Relation) -> str:
        """The original, whose signals keep their names, and the mutant; only the free registers are theirs alone."""
        own = {name: f"mutant_{name}" for name in relation.free}
        inputs = [*self._inputs(), *((bits, name) for name, bits in self.registers.items())]
        ports = [f"input logic {bits}{name}" for bits, name in inputs]
        ports += [f"input logic {self.registers[name]}{mutant}" for name, mutant in own.items()]
        signals = "".join(f"  logic {bits}{name}, mutant_{name};\n" for bits, name in self._outputs())
        pins = [f".{name}({own.get(name, name)})" for _, name in inputs]
        pins += [f".{name}(mutant_{name})" for _, name in self._outputs()]
        equal = [f"{name} == {mutant}" for name, mutant in own.items()]
        free = [f"({name} == {mutant} || ({relation.free[name]}))" for name, mutant in own.items()]
        reached = [self._agree_next(name, relation) for name in self.registers]
        return f"""module proof{at} ({", ".join(ports)}, output logic equal, related, reached, kept);
{signals}  gold original (.*);
  gate{at} changed ({", ".join(pins)});
  assign equal = {" & ".join(equal) or 1};
  assign related = {" & ".join([f"({relation.invariant})", *free])};
  assign reached = {" & ".join([f"({self._next(relation.invariant)})", *reached])};
  assign kept = {" & ".join(["reached", *self._given()])};
endmodule
"""

    def _agree_next(self, name: str, relation: Relation) -> str:
        return f"({name}_next == mutant_{name}_next || ({self._next(relation.free.get(name, '0'))}))"

    def _next(self, condition: str) -> str:
        """A condition over the registers as it will be after the clock."""
        return re.sub(r"\b[a-z]\w*\b", lambda m: f"{m[0]}_next" if m[0] in self.registers else m[0], condition)

    def _given(self) -> list[str]:
        """What must agree for nobody outside to see a difference."""
        when = {name: "1" for way, _, name in self.ports if way == "output"}
        when |= {name: f"{name.removesuffix('_data')}_push" for name in when if name.endswith("_data")}
        for *_, name, _ in self.memories:
            we = f"{name}_we"
            when |= {we: "1", f"{name}_waddr": we, f"{name}_wdata": we, f"{name}_raddr": "1"}
        return [f"(!{condition} || {name} == mutant_{name})" for name, condition in when.items()]


def _range(high: str) -> str:
    return f"[{high}:0] " if high and int(high) > 0 else ""


def _assigned(memory: re.Match[str]) -> str:
    pins = zip(("we", "waddr", "wdata", "raddr"), range(4, 8), strict=True)
    return "".join(f"  assign {memory[3]}_{pin} = {memory[at]};\n" for pin, at in pins)


def _next_values(clocked: re.Match[str]) -> str:
    """A clocked block as combinational logic."""
    text = clocked[1].removeprefix(" begin\n").removesuffix("  end\n").lstrip("\n")
    holds = "".join(f"    {name}_next = {name};\n" for name in dict.fromkeys(_LOADED.findall(text)))
    return f"  always_comb begin\n{holds}{_LOADED.sub(lambda match: f'{match[1]}_next = ', text)}  end\n"
