# SPDX-License-Identifier: Apache-2.0
"""One process as one SystemVerilog module: an issue gate, then a pipeline that runs free.

Stage 0 issues an iteration when every word it reads is there and every word it may write has a credit. Nothing
behind stage 0 ever stops: results go into the credit-counted channel outside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codesign.hls.back.memories import MemoryWriter, PhysicalMemory, enable, valid
from codesign.hls.back.signals import Signals, literal, vector
from codesign.hls.middle.delays import multiplier_uses_dsp
from codesign.hls.middle.node import Node
from codesign.hls.middle.operations import Binding
from codesign.hls.middle.schedule import Schedule
from codesign.hls.program import Port, ProcessSource


@dataclass(frozen=True)
class ProcessText:
    """A module, its memory images, and what was built. `allowance` is the extra room its output channels need."""

    name: str
    text: str
    files: Mapping[str, str]
    memories: tuple[PhysicalMemory, ...]
    allowance: Mapping[str, int]
    register_bits: int


def write_process(source: ProcessSource, schedule: Schedule) -> ProcessText:
    """Write the module of one process."""
    return _Writer(source, schedule).write()


class _Writer:
    def __init__(self, source: ProcessSource, schedule: Schedule) -> None:
        self.source, self.schedule, self.design = source, schedule, schedule.design
        self.signals = Signals(schedule)
        for word in ("clk", "rst", "issue", "valid"):
            self.signals.reserve(word)
        self.arguments = {f"a{at}": port for at, port in enumerate(source.ports)}
        for port in source.ports:
            for suffix in ("data", "valid", "ready", "avail", "take", "give", "push"):
                self.signals.reserve(f"{port.name}_{suffix}")
        self.memories = MemoryWriter(source.name, schedule, self.signals)
        self.register_bits = 0

    def write(self) -> ProcessText:
        self._want()
        body = [
            *self._issue(),
            *self._registers(),
            *self._stages(),
            *self._outputs(),
            *self._statistics(),
        ]
        text = "\n".join([*self._header(), *body, "endmodule", ""])
        allowance = {
            port.name: self._allowance(argument) for argument, port in self.arguments.items() if port.direction == "out"
        }
        report = tuple(self.memories.report)
        return ProcessText(self.source.name, text, self.memories.files, report, allowance, self.register_bits)

    def _allowance(self, argument: str) -> int:
        """Words in flight between the credit taken and the credit returned, plus the one a blocked write holds."""
        return self.schedule.write_stage[argument] + 3

    # --- what is needed when

    def _want(self) -> None:
        s, want = self.schedule, self.signals.want
        for register in self.design.registers:
            if register.node.id in s.stage:
                want(register.next, s.stage[register.node.id])
        for read in self.design.reads.values():
            want(read.predicate, 0)
        for argument, write in self.design.writes.items():
            want(write.data, s.write_stage[argument])
            want(write.predicate, s.write_stage[argument])
            if self._known_at_issue(write.predicate):
                want(write.predicate, 0)
        for node in s.order:
            if node.op != "load" and self.signals.has_signal(node):
                for arg in node.args:
                    want(arg, s.stage[node.id])
        self.memories.want()

    def _known_at_issue(self, predicate: Node) -> bool:
        return predicate.op == "const" or self.schedule.ready[predicate.id] == 0

    # --- text

    def _header(self) -> Iterator[str]:
        yield f"// Process {self.source.name} of {self.source.loc}"
        yield f"// {self.schedule.stages} stages, initiation interval 1"
        yield f"module {self.source.name} ("
        lines = ["input  logic clk", "input  logic rst"]
        for port in self.source.ports:
            lines += _port_lines(port)
        yield ",\n".join(f"    {line}" for line in lines)
        yield ");"

    def _issue(self) -> Iterator[str]:
        terms = ["!rst"]
        at = self.signals.at
        for argument, read in self.design.reads.items():
            name, predicate = self.arguments[argument].name, at(read.predicate, 0)
            terms.append(f"{name}_valid" if read.predicate.value == 1 else f"({name}_valid | ~{predicate})")
        for argument, write in self.design.writes.items():
            name = self.arguments[argument].name
            early = self._known_at_issue(write.predicate) and write.predicate.value != 1
            terms.append(f"({name}_avail | ~{at(write.predicate, 0)})" if early else f"{name}_avail")
        last = self.schedule.stages - 1
        yield "  logic issue;"
        if last:
            yield f"  logic [{last}:1] valid;  // which stages hold an iteration"
            yield "  always_ff @(posedge clk)"
            yield "    if (rst) valid <= '0;"
            yield "    else valid <= issue;" if last == 1 else f"    else valid <= {{valid[{last - 1}:1], issue}};"
        self.issue = f"  assign issue = {' & '.join(terms)};"
        self.register_bits += last

    def _registers(self) -> Iterator[str]:
        registers = [r for r in self.design.registers if r.node.id in self.schedule.stage]
        for register in registers:
            yield f"  logic {vector(register.node.w)}{self.signals.name(register.node)};{_comment(register.node)}"
            self.register_bits += register.node.w

    def _stages(self) -> Iterator[str]:
        """Declarations first, then each stage's operations, then the registers between stages."""
        s = self.schedule
        nodes = [n for n in s.order if self.signals.has_signal(n) and n.op != "state"]
        partial = self.signals.partial() - {write.data.id for write in self.design.writes.values()}
        for node in nodes:
            if node.id not in partial:
                yield self._declare(node)
        if any(node.id in partial for node in nodes):
            yield "  /* verilator lint_off UNUSEDSIGNAL */  // of these words, some bits do not matter"
            yield from (self._declare(node) for node in nodes if node.id in partial)
            yield "  /* verilator lint_on UNUSEDSIGNAL */"
        moving = [n for n in s.order if self.signals.has_signal(n) and self.signals.wanted[n.id] > s.ready[n.id]]
        for node in moving:
            for stage in range(s.ready[node.id] + 1, self.signals.wanted[node.id] + 1):
                yield f"  logic {vector(node.w)}{self.signals.at(node, stage)};"
                self.register_bits += node.w
        yield from self.memories.lines()
        for stage in range(s.stages):
            here = [n for n in nodes if s.stage[n.id] == stage and n.op != "load"]
            if here:
                yield f"  // stage {stage}"
            for node in here:
                yield from self._operation(node, stage)
        yield self.issue
        yield from self._update()
        if moving:
            yield "  always_ff @(posedge clk) begin"
            for node in moving:
                for stage in range(s.ready[node.id] + 1, self.signals.wanted[node.id] + 1):
                    yield f"    {self.signals.at(node, stage)} <= {self.signals.at(node, stage - 1)};"
            yield "  end"

    def _declare(self, node: Node) -> str:
        return f"  logic {vector(node.w)}{self.signals.name(node)};{_comment(node)}"

    def _operation(self, node: Node, stage: int) -> Iterator[str]:
        name = self.signals.name(node)
        if node.op == "read":
            yield f"  assign {name} = {self.arguments[str(node.attr)].name}_data;"
        elif node.op == "pick":
            yield from self._pick(node, stage)
        elif node.op == "mul" and (isinstance(node.attr, Binding) or self.schedule.ready[node.id] > stage):
            yield self._multiplier(node, stage)
        else:
            yield f"  assign {name} = {self.signals.expression(node, stage)};"

    def _pick(self, node: Node, stage: int) -> Iterator[str]:
        index, *choices = node.args
        name, at = self.signals.name(node), self.signals.at
        yield f"  always_comb case ({at(index, stage)})"
        for value, choice in enumerate(choices[:-1]):
            if value < 1 << index.w:
                yield f"    {literal(value, index.w)}: {name} = {at(choice, stage)};"
        yield f"    default: {name} = {at(choices[-1], stage)};"
        yield "  endcase"

    def _multiplier(self, node: Node, stage: int) -> str:
        name = self.signals.name(node)
        factors = []
        for arg in node.args:
            inner = arg.args[0] if arg.op in ("zext", "sext") else arg
            factors.append((inner, int(arg.op == "sext")))
        (a, a_signed), (b, b_signed) = factors
        latency = self.schedule.ready[node.id] - self.schedule.stage[node.id]
        implementation = "dsp" if multiplier_uses_dsp(node) else "fabric"
        parameters = (
            f".A_BITS({a.w}), .B_BITS({b.w}), .P_BITS({node.w}), .A_SIGNED({a_signed}), .B_SIGNED({b_signed}), "
            f'.LATENCY({latency}), .IMPL("{implementation}")'
        )
        at = self.signals.at
        return f"  codesign_mul #({parameters}) mul_{name} (.clk, .a({at(a, stage)}), .b({at(b, stage)}), .p({name}));"

    def _update(self) -> Iterator[str]:
        """State registers: loaded when their stage holds an iteration."""
        for register in self.design.registers:
            if register.node.id not in self.schedule.stage:
                continue
            stage = self.schedule.stage[register.node.id]
            name, value = self.signals.name(register.node), self.signals.at(register.next, stage)
            yield "  always_ff @(posedge clk)"
            if register.reset is None:
                yield f"    if ({valid(stage)}) {name} <= {value};"
            else:
                yield f"    if (rst) {name} <= {literal(register.reset, register.node.w)};"
                yield f"    else if ({valid(stage)}) {name} <= {value};"

    def _outputs(self) -> Iterator[str]:
        at = self.signals.at
        for argument, read in self.design.reads.items():
            yield f"  assign {self.arguments[argument].name}_ready = {enable(0, at(read.predicate, 0))};"
        for argument, write in self.design.writes.items():
            name, stage = self.arguments[argument].name, self.schedule.write_stage[argument]
            predicate = at(write.predicate, stage)
            early = self._known_at_issue(write.predicate)
            taken = enable(0, at(write.predicate, 0)) if early else "issue"
            given = "1'b0" if early else f"{valid(stage)} & ~{predicate}"
            yield f"  assign {name}_take = {taken};"
            yield f"  assign {name}_give = {given};"
            yield f"  assign {name}_push = {enable(stage, predicate)};"
            yield f"  assign {name}_data = {at(write.data, stage)};"

    def _statistics(self) -> Iterator[str]:
        """Counted only when a report is asked for."""
        starved = [
            f"({at} & ~{self.arguments[argument].name}_valid)"
            for argument, read in self.design.reads.items()
            for at in [self.signals.at(read.predicate, 0)]
        ]
        name = self.source.name
        yield "`ifndef SYNTHESIS"
        yield "  bit report, starving;"
        yield f"  assign starving = ~issue & ({' | '.join(starved) or literal(0, 1)});"
        yield "  longint issued, starved, blocked;"
        yield "  initial begin"
        yield '    report = $test$plusargs("codesign_state") != 0;'
        yield "    {issued, starved, blocked} = '0;"
        yield "  end"
        yield "  always_ff @(posedge clk)"
        yield "    if (report && !rst) begin"
        yield "      if (issue) issued <= issued + 1;"
        yield "      else if (starving) starved <= starved + 1;"
        yield "      else blocked <= blocked + 1;"
        yield "    end"
        yield "  final"
        numbers = ", ".join(f'"{key}": %0d' for key in ("issued", "starved", "blocked", "starving", "blocking"))
        quoted = f'{{"process": "%m", "module": "{name}", {numbers}}}'.replace('"', '\\"')
        yield f'    if (report) $display("{quoted}",'
        yield "                         issued, starved, blocked, starving, ~issue & ~starving);"
        yield "`endif"


def _port_lines(port: Port) -> list[str]:
    word = f"logic {vector(port.type.bits)}"
    if port.direction == "in":
        return [f"input  {word}{port.name}_data", f"input  logic {port.name}_valid", f"output logic {port.name}_ready"]
    return [
        f"input  logic {port.name}_avail",
        f"output logic {port.name}_take",
        f"output logic {port.name}_give",
        f"output logic {port.name}_push",
        f"output {word}{port.name}_data",
    ]


def _comment(node: Node) -> str:
    return f"  // {node.loc}" if node.loc else ""
