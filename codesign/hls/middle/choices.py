# SPDX-License-Identifier: Apache-2.0
"""A load from an address that is chosen at run time becomes a choice between two loaded words.

In `c ? a[i] : b[j]` C++ chooses between references, and LLVM keeps that as a choice (select, phi) of addresses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from codesign.hls.llvm.cfg import FlowGraph
from codesign.hls.llvm.types import Block, Function, Instruction, Int, Local, Operand, Pointer

Blocks = dict[str, list[Instruction]]


def split_addresses(function: Function) -> Function:
    """Return the function without phis of addresses and loads from selected ones, as far as they can be split."""
    blocks = {name: list(block.instructions) for name, block in function.blocks.items()}
    _forward(blocks)
    flow = FlowGraph(function.entry, {name: block.successors for name, block in function.blocks.items()})
    splitter = _Splitter(blocks, frozenset(flow.loops))
    while splitter.round():  # an arm may be chosen at run time as well
        pass
    _drop_unused(blocks)
    return Function(function.arguments, {name: Block(name, list_) for name, list_ in blocks.items()}, function.globals)


def _forward(blocks: Blocks) -> None:
    """Replace the phis through which addresses leave loops by the addresses."""
    every = (i for list_ in blocks.values() for i in list_)
    names = {i.result: i.operands[0] for i in every if _chooses(i) and len(i.operands) == 1}

    def source(operand: Operand) -> Operand:
        while isinstance(operand, Local) and operand.name in names:
            operand = names[operand.name]
        return operand

    for name, list_ in blocks.items():
        kept = (i for i in list_ if i.result not in names)
        blocks[name] = [replace(i, operands=tuple(map(source, i.operands))) for i in kept]


def _drop_unused(blocks: Blocks) -> None:
    """Remove the addresses that nothing uses any more, the last ones first."""
    while True:
        used = {o.name for list_ in blocks.values() for i in list_ for o in i.operands if isinstance(o, Local)}
        made = (i for list_ in blocks.values() for i in list_ if isinstance(i.type, Pointer) and i.op != "alloca")
        unused = {i.result for i in made if i.result not in used}
        if not unused:
            return
        for name, list_ in blocks.items():
            blocks[name] = [i for i in list_ if i.result not in unused]


def _chooses(instruction: Instruction) -> bool:
    return instruction.op in ("phi", "select") and isinstance(instruction.type, Pointer)


class _Splitter:
    """Works on the lists of `blocks` in place."""

    def __init__(self, blocks: Blocks, headers: frozenset[str]) -> None:
        self.blocks, self.headers = blocks, headers

    def round(self) -> bool:
        """Split every load that can be split once; return whether there was one."""
        made = {i.result: i for list_ in self.blocks.values() for i in list_ if i.result}
        loads = [(name, i) for name, list_ in self.blocks.items() for i in list_ if i.op == "load"]
        return sum(self._split(name, load, made) for name, load in loads) > 0

    def _split(self, block: str, load: Instruction, made: Mapping[str, Instruction]) -> bool:
        choice, path = _choice(load, made)
        if choice is None:
            return False
        at = self.blocks[block].index(load)
        if choice.op == "select":
            self.blocks[block][at : at + 1] = _selected(load, choice, path)
            return True
        if self._may_move(block, at, choice, path):
            self._move(block, at, choice, path)
            return True
        return False

    def _may_move(self, block: str, at: int, phi: Instruction, path: list[Instruction]) -> bool:
        """Whether the ways into the block can load as well: nothing is stored, or counted round a loop, before."""
        before = self.blocks[block][:at]
        here = {i.result for i in before}
        indices = {o.name for i in path for o in i.operands[1:] if isinstance(o, Local)}
        stored = any(i.op == "store" for i in before)
        return phi in before and not stored and block not in self.headers and not indices & here

    def _move(self, block: str, at: int, phi: Instruction, path: list[Instruction]) -> None:
        load = self.blocks[block].pop(at)
        words = []
        for way, (address, before) in enumerate(zip(phi.operands, phi.extra, strict=True)):
            new = _loaded(load, path, address, f"{load.result}.way{way}")
            self.blocks[str(before)][-1:-1] = new
            words.append(Local(str(new[-1].result)))
        self.blocks[block].insert(0, replace(phi, result=load.result, type=load.type, operands=tuple(words),
                                             operand_type=load.type, debug=load.debug))  # fmt: skip


def _choice(load: Instruction, made: Mapping[str, Instruction]) -> tuple[Instruction | None, list[Instruction]]:
    """The select or phi that chooses the address of a load, and the steps from there, the last one first."""
    path: list[Instruction] = []
    operand = load.operands[0] if load.op == "load" and isinstance(load.type, Int) else None
    while isinstance(operand, Local) and operand.name in made:
        cause = made[operand.name]
        if cause.op in ("select", "phi"):
            return cause, path
        if cause.op != "getelementptr":
            break
        path.append(cause)
        operand = cause.operands[0]
    return None, []


def _selected(load: Instruction, select: Instruction, path: list[Instruction]) -> list[Instruction]:
    condition, yes, no = select.operands
    first, second = (_loaded(load, path, arm, f"{load.result}.{way}") for arm, way in ((yes, "yes"), (no, "no")))
    words = (Local(str(first[-1].result)), Local(str(second[-1].result)))
    chosen = Instruction("select", load.result, load.type, (condition, *words), (), load.debug, load.type)
    return [*first, *second, chosen]


def _loaded(load: Instruction, path: list[Instruction], address: Operand, name: str) -> list[Instruction]:
    """The steps and the load, from another address; `name` makes the results unique."""
    result: list[Instruction] = []
    for step in reversed(path):
        result.append(replace(step, result=f"{name}.{step.result}", operands=(address, *step.operands[1:])))
        address = Local(f"{name}.{step.result}")
    return [*result, replace(load, result=name, operands=(address,))]
