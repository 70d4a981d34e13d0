# SPDX-License-Identifier: Apache-2.0
"""Move what a loop computes anew in every iteration, from values that it does not change, in front of the loop.

LLVM sinks such code into the loop when it has one user; in hardware it would lengthen the path of every iteration.
"""

from __future__ import annotations

from codesign.hls.llvm.cfg import FlowGraph
from codesign.hls.llvm.types import Block, Function, Instruction, Int, Local

_PURE = frozenset("add sub mul and or xor shl lshr ashr zext sext trunc icmp select freeze".split())


def hoist_invariants(function: Function) -> Function:
    """Return the function with invariant operations in the preheaders, innermost loops first."""
    blocks = {name: list(block.instructions) for name, block in function.blocks.items()}
    flow = FlowGraph(function.entry, {name: block.successors for name, block in function.blocks.items()})
    for header in sorted(flow.loops, key=lambda name: len(flow.loops[name])):
        outside = [name for name in flow.predecessors[header] if name not in flow.loops[header]]
        if len(outside) == 1:
            _hoist(blocks, [name for name in flow.order if name in flow.loops[header]], outside[0])
    return Function(function.arguments, {name: Block(name, list_) for name, list_ in blocks.items()}, function.globals)


def _hoist(blocks: dict[str, list[Instruction]], body: list[str], preheader: str) -> None:
    varying = {i.result for name in body for i in blocks[name]}
    for name in body:
        kept = []
        for instruction in blocks[name]:
            if _is_pure(instruction) and not _depends_on(instruction, varying):
                blocks[preheader].insert(-1, instruction)
                varying.discard(instruction.result)
            else:
                kept.append(instruction)
        blocks[name] = kept


def _is_pure(instruction: Instruction) -> bool:
    return instruction.op in _PURE and isinstance(instruction.type, Int)


def _depends_on(instruction: Instruction, varying: set[str | None]) -> bool:
    return any(isinstance(operand, Local) and operand.name in varying for operand in instruction.operands)
