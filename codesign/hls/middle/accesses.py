# SPDX-License-Identifier: Apache-2.0
"""Loads and stores of a step as nodes: banks are chosen, addresses computed, sites recorded at their bank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codesign.hls.llvm.types import Instruction, Int
from codesign.hls.middle.addresses import Access, Index, Leaf
from codesign.hls.middle.graph import Graph
from codesign.hls.middle.memory import Bank, Banks, LoadSite, StoreSite
from codesign.hls.middle.node import Node
from codesign.hls.middle.values import Values


@dataclass(frozen=True)
class _Place:
    """Where an access stands: its block, its position in the step, its debug number."""

    block: str
    order: int
    debug: int | None


class Accesses:
    """Builds the accesses of one step in program order; `located` holds every load and store by identity."""

    def __init__(self, values: Values, banks: Banks, located: Mapping[int, Access]) -> None:
        self.values, self.banks, self.located = values, banks, located
        self.graph: Graph = values.graph
        self.registers: dict[int, Node] = {}  # memories of one word, by the identity of their bank
        self.order = 0

    # --- loads

    def load(self, instruction: Instruction, block: str) -> Node:
        assert isinstance(instruction.type, Int)
        place = self._next_place(instruction, block)
        access = self.located[id(instruction)]
        parts = [self._load_leaf(access.base, leaf, (), place) for leaf in access.leaves]
        return self.graph.bits(self.graph.concat(parts[::-1]), 0, instruction.type.bits)

    def _next_place(self, instruction: Instruction, block: str) -> _Place:
        self.order += 1
        return _Place(block, self.order, instruction.debug)

    def _load_leaf(self, base: str, leaf: Leaf, chosen: tuple[int | None, ...], place: _Place) -> Node:
        """Walk the dimensions: a constant bank index goes one way, a run-time one goes every way and picks."""
        level = len(chosen)
        if level == len(leaf.indices):
            return self._load_bank(self.banks.bank(base, leaf, chosen), leaf, place)
        index = leaf.indices[level]
        if not self.banks.layout.banked[base, leaf.path][level]:
            return self._load_leaf(base, leaf, (*chosen, None), place)
        if not index.terms:
            return self._load_leaf(base, leaf, (*chosen, index.constant), place)
        choices = [self._load_leaf(base, leaf, (*chosen, i), place) for i in range(index.count)]
        return self.graph.pick(self._index(index, place.block), choices)

    def _load_bank(self, bank: Bank, leaf: Leaf, place: _Place) -> Node:
        if bank.register:
            return self._register_now(bank, place.block)
        address = self._address(bank, leaf, place.block)
        last_store = max((site.order for site in bank.stores), default=-1)
        for site in bank.loads:
            if site.address is address and site.block == place.block and site.order > last_store:
                return site.node
        node = self.graph.source("load", bank.bits, bank, (address,))
        node.name = bank.name
        ranges = self.values.ranges
        if ranges.widths.get(bank.base) == {bank.bits}:
            node.hint = ranges.memory.get(bank.base)
        predicate = self.values.predicate(place.block)
        bank.loads.append(LoadSite(bank, address, place.block, place.order, predicate, node, place.debug))
        return node

    def _register_now(self, bank: Bank, block: str) -> Node:
        """A memory of one word: its register, or what this step has stored before."""
        value = self.registers.get(id(bank))
        if value is None:
            value = self.registers[id(bank)] = self.graph.source("state", bank.bits, bank)
            value.name = bank.name
        for site in bank.stores:
            if site.block == block or block in self.values.reachable(site.block):
                value = self.graph.mux(site.predicate, site.data, value)
        return value

    def final_registers(self) -> Iterator[tuple[Bank, Node, Node]]:
        """Yield (bank, register, value at the end of the step) of every memory of one word that is read."""
        for bank in self.banks.all.values():
            if bank.register and id(bank) in self.registers:
                node = value = self.registers[id(bank)]
                for site in bank.stores:
                    value = self.graph.mux(site.predicate, site.data, value)
                yield bank, node, value

    # --- stores

    def store(self, instruction: Instruction, block: str) -> None:
        assert isinstance(instruction.operand_type, Int)
        place = self._next_place(instruction, block)
        access = self.located[id(instruction)]
        data = self.values.use(instruction.operands[0], instruction.operand_type.bits, block)
        data = self.graph.zext(data, sum(leaf.bits for leaf in access.leaves))
        low = 0
        for leaf in access.leaves:
            self._store_leaf(access.base, leaf, self.graph.bits(data, low, leaf.bits), place)
            low += leaf.bits

    def _store_leaf(self, base: str, leaf: Leaf, data: Node, place: _Place) -> None:
        for chosen, predicate in self._written_banks(base, leaf, place.block):
            bank = self.banks.bank(base, leaf, chosen)
            address = self._address(bank, leaf, place.block)
            bank.stores.append(StoreSite(bank, address, data, place.block, place.order, predicate, place.debug))

    def _written_banks(self, base: str, leaf: Leaf, block: str) -> list[tuple[tuple[int | None, ...], Node]]:
        """(banked indices, whether this bank is written): a run-time bank index is decoded."""
        g = self.graph
        places: list[tuple[tuple[int | None, ...], Node]] = [((), self.values.predicate(block))]
        for index, split in zip(leaf.indices, self.banks.layout.banked[base, leaf.path], strict=True):
            if not split:
                places = [((*chosen, None), p) for chosen, p in places]
            elif not index.terms:
                places = [((*chosen, index.constant), p) for chosen, p in places]
            else:
                at = self._index(index, block)
                hits = [g.compare("eq", at, g.const(i, at.w)) for i in range(index.count)]
                places = [((*chosen, i), g.and_(p, hit)) for chosen, p in places for i, hit in enumerate(hits)]
        return places

    # --- addresses

    def _address(self, bank: Bank, leaf: Leaf, block: str) -> Node:
        """Linear address over the dimensions that do not choose the bank."""
        g, w = self.graph, bank.address_bits
        address = g.const(0, w)
        banked = self.banks.layout.banked[bank.base, leaf.path]
        for index, split in zip(leaf.indices, banked, strict=True):
            if not split:
                scaled = g.mul(address, g.const(index.count, w))
                address = g.add(scaled, _resized(g, self._index(index, block), w))
        return address

    def _index(self, index: Index, block: str) -> Node:
        """An index as a word just wide enough: it lies within bounds, so arithmetic modulo 2^w is exact."""
        g, w = self.graph, max(1, (index.count - 1).bit_length())
        total = g.const(index.constant, w)
        for term in index.terms:
            value = self.values.use(term.operand, term.w, block)
            steps = _resized(g, g.bits(value, term.shift, value.w - term.shift), w)
            total = g.add(total, g.mul(steps, g.const(term.factor, w)))
        return total


def _resized(graph: Graph, node: Node, w: int) -> Node:
    return graph.bits(node, 0, w) if node.w >= w else graph.zext(node, w)
