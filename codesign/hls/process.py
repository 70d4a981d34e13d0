# SPDX-License-Identifier: Apache-2.0
"""One process, from LLVM text to a schedule: the middle of the compiler in one column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce

import numpy as np

from codesign.errors import HlsError
from codesign.hls.llvm.parser import parse
from codesign.hls.llvm.types import Function, Instruction, Int, Operand
from codesign.hls.middle import interval as iv
from codesign.hls.middle.addresses import Access, Addresses, NotSupported, OutOfBounds
from codesign.hls.middle.balance import balance
from codesign.hls.middle.choices import split_addresses
from codesign.hls.middle.cuts import Cut, cut
from codesign.hls.middle.delays import Delays
from codesign.hls.middle.design import Design, assemble
from codesign.hls.middle.hoist import hoist_invariants
from codesign.hls.middle.interval import Interval
from codesign.hls.middle.memory import Banks, Layout, stem
from codesign.hls.middle.narrow import narrow
from codesign.hls.middle.ranges import Ranges
from codesign.hls.middle.reset import Reset, constant_reset
from codesign.hls.middle.schedule import Schedule
from codesign.hls.middle.scheduler import schedule
from codesign.hls.middle.step import Step, build_step
from codesign.hls.program import ArrayPragma, ProcessSource, Rom, SourceLoc

Refuse = Callable[[int | None, str], Exception]

_GLUE = ("codesign/pack.hpp", "codesign/lanes.hpp")


def compile_process(source: ProcessSource, delays: Delays, clock_ns: float) -> Schedule:
    """Schedule one process; raise HlsError with the user's line for anything outside the subset."""
    refuse = refusal(source)
    function = hoist_invariants(split_addresses(parse(source.llvm, refuse)))
    step = _step(source, function, cut(function, refuse), refuse)
    design = narrowed(assemble(step, refuse))
    return schedule(design, delays, clock_ns, refuse)


def narrowed(design: Design) -> Design:
    """Narrow, balance the sums that narrowing shows to be exact, narrow what balancing made."""
    return narrow(balance(narrow(design))).without_dead_loads()


def refusal(source: ProcessSource) -> Refuse:
    """Make errors that name the user's line, and where it was called from."""

    def refuse(debug: int | None, what: str) -> Exception:
        chain = user_lines(source, debug)
        place = chain[0] if chain else source.loc
        called = f" (called from {', '.join(str(c) for c in chain[1:])})" if len(chain) > 1 else ""
        return HlsError(f"{place}: {what}{called}")

    return refuse


def user_lines(source: ProcessSource, debug: int | None) -> tuple[SourceLoc, ...]:
    """The line of an instruction and those it was called from, without the glue between streams and words."""
    chain = source.locations.get(debug, ()) if debug is not None else ()
    return tuple(loc for loc in chain if loc.line and not loc.file.endswith(_GLUE)) or chain


def _step(source: ProcessSource, function: Function, where: Cut, refuse: Refuse) -> Step:
    definitions = {i.result: i for b in where.blocks.values() for i in b.instructions if i.result is not None}
    addresses = Addresses(function, definitions)
    roms = {symbol: load_rom(rom) for symbol, rom in source.roms.items()}
    _check_addresses(where, addresses, refuse)
    ranges = Ranges(where.blocks, where.flow, addresses.base, _initial_memory(function, roms))
    accesses = _accesses(where, addresses, ranges, refuse)
    layout = Layout.of(list(accesses.values()), lambda base: _partitioned(_pragmas(source, base)))
    banks = Banks(layout, addresses, roms, source.roms, lambda base: _pragmas(source, base))
    reset = constant_reset(where)
    if reset is None:
        where, reset = where.with_start(), Reset(where.entry, {})

    def locate(debug: int | None) -> SourceLoc | None:
        return next(iter(user_lines(source, debug)), None)

    return build_step(where, reset, ranges, banks, accesses, locate, refuse)


def _memory_instructions(where: Cut) -> Iterator[tuple[str, Instruction]]:
    for name in where.flow.order:
        for instruction in where.blocks[name].instructions:
            if instruction.op in ("load", "store"):
                yield name, instruction


def _check_addresses(where: Cut, addresses: Addresses, refuse: Refuse) -> None:
    for _, instruction in _memory_instructions(where):
        try:
            addresses.base(instruction.operands[-1])
        except NotSupported as error:
            raise refuse(instruction.debug, str(error)) from error


def _accesses(where: Cut, addresses: Addresses, ranges: Ranges, refuse: Refuse) -> dict[int, Access]:
    """Every load and store with its proved indices, by the identity of the instruction."""
    return {id(i): _access(i, name, addresses, ranges, refuse) for name, i in _memory_instructions(where)}


def _access(instruction: Instruction, block: str, addresses: Addresses, ranges: Ranges, refuse: Refuse) -> Access:
    def bounds(operand: Operand) -> tuple[int, int]:
        known = ranges.known(operand, 64, block)
        return (known.slo, known.shi) if known else (0, 0)  # this block is never passed: any place will do

    try:
        return addresses.access(instruction, bounds)
    except OutOfBounds as error:
        name = stem(addresses.base(instruction.operands[-1]))
        raise refuse(
            instruction.debug,
            f"index of '{name}': {error}; only accesses that are shown to stay inside an array are compiled: bound "
            "the index by the loop, by a condition around the access, or by the width of its type",
        ) from error
    except NotSupported as error:
        raise refuse(instruction.debug, str(error)) from error


def _pragmas(source: ProcessSource, base: str) -> tuple[ArrayPragma, ...]:
    if base.startswith("@"):
        return source.arrays.get(base[1:], ())
    return next((source.arrays[part] for part in base.split(".") if part in source.arrays), ())


def _partitioned(pragmas: Sequence[ArrayPragma]) -> frozenset[int]:
    complete = [p for p in pragmas if p.kind == "partition" and p.fields.get("type", "complete") == "complete"]
    return frozenset(int(p.fields.get("dim", "1")) for p in complete)


def load_rom(rom: Rom) -> tuple[int, ...]:
    """The integers of a ROM's file, checked against its declaration."""
    try:
        values = np.load(rom.file, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise HlsError(f"{rom.loc}: cannot read the table {rom.file.name}: {error}") from error
    if values.size != rom.depth or not np.issubdtype(values.dtype, np.integer):
        raise HlsError(
            f"{rom.loc}: the table {rom.file.name} holds {values.size} values of type {values.dtype}, "
            f"expected {rom.depth} integers; write it again with the declared shape"
        )
    flat = tuple(int(value) for value in values.reshape(-1))
    low, high = (-(1 << (rom.bits - 1)), (1 << (rom.bits - 1)) - 1) if rom.signed else (0, (1 << rom.bits) - 1)
    if min(flat) < low or max(flat) > high:
        raise HlsError(
            f"{rom.loc}: the table {rom.file.name} holds {min(flat)}..{max(flat)}, which does not fit "
            f"{rom.bits} {'signed' if rom.signed else 'unsigned'} bits ({low}..{high})"
        )
    return flat


def _initial_memory(function: Function, roms: Mapping[str, Sequence[int]]) -> dict[str, tuple[int, Interval]]:
    """(bits, interval) of the integers that memories hold before the first store."""
    initial = {}
    for symbol, variable in function.globals.items():
        values = roms.get(symbol, variable.values)
        leaf = variable.type
        while not isinstance(leaf, Int):
            inner = getattr(leaf, "element", None) or next(iter(getattr(leaf, "members", ())), None)
            if inner is None:
                break
            leaf = inner
        if values and isinstance(leaf, Int):
            w = -(-leaf.bits // 8) * 8
            intervals = [iv.constant(value, w) for value in set(values)]
            initial[f"@{symbol}"] = w, reduce(lambda a, b: iv.either(a, b) or a, intervals)
    return initial
