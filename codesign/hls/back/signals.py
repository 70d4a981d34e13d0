# SPDX-License-Identifier: Apache-2.0
"""Names and expressions: which node has a signal, in which stages it is needed, and how it is written."""

from __future__ import annotations

import re
from collections import defaultdict

from codesign.hls.back.keywords import RESERVED
from codesign.hls.middle.node import Node
from codesign.hls.middle.schedule import Schedule

# Wiring has no registers of its own: it is written where it is used, from its arguments in that stage.
_WIRING = frozenset(["zext", "sext", "concat"])


class Signals:
    """The signals of one process module."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.names: dict[int, str] = {}
        self.sliced: set[int] = set()
        self.wanted: defaultdict[int, int] = defaultdict(int)  # last stage in which a signal is read
        self._taken: set[str] = set()
        for node in schedule.order:
            if node.op == "bits" and node.args[0].op in _WIRING:
                self.sliced.add(node.args[0].id)
            if node.op == "sext" and node.args[0].op in _WIRING:
                self.sliced.add(node.args[0].id)

    def partial(self) -> frozenset[int]:
        """Signals of which some bits are never read."""
        read: dict[int, int] = {}
        for node in self.schedule.order:
            for arg in node.args:
                whole = (1 << arg.w) - 1
                part = ((1 << node.w) - 1) << int(str(node.attr)) if node.op == "bits" else whole
                read[arg.id] = read.get(arg.id, 0) | part
        by_id = {node.id: node for node in self.schedule.order}
        return frozenset(i for i, bits in read.items() if bits != (1 << by_id[i].w) - 1)

    def has_signal(self, node: Node) -> bool:
        return node.op != "const" and (node.op not in _WIRING or node.id in self.sliced)

    def name(self, node: Node) -> str:
        if node.id not in self.names:
            stem = re.sub(r"\W", "_", node.name) if node.name else node.op
            stem = stem.strip("_") or node.op
            stem = f"v{stem}" if stem[0].isdigit() or stem in RESERVED else stem
            self.names[node.id] = self.unique(stem)
        return self.names[node.id]

    def unique(self, stem: str) -> str:
        name, n = stem, 1
        while name in self._taken:
            n += 1
            name = f"{stem}_{n}"
        self._taken.add(name)
        return name

    def reserve(self, name: str) -> None:
        self._taken.add(name)

    def want(self, node: Node, stage: int) -> None:
        """Note that a node's value is read in `stage`."""
        if node.op == "const":
            return
        if not self.has_signal(node):
            for arg in node.args:
                self.want(arg, stage)
            return
        ready = self.schedule.ready[node.id]
        assert stage >= ready, (node, stage, ready)
        self.wanted[node.id] = max(self.wanted[node.id], stage, ready)

    def at(self, node: Node, stage: int) -> str:
        """The expression of a node's value in `stage`; exactly node.w bits wide."""
        if node.op == "const":
            return literal(node.value or 0, node.w)
        if self.has_signal(node):
            ready = self.schedule.ready[node.id]
            return self.name(node) if stage == ready else f"{self.name(node)}_s{stage}"
        return self.wiring(node, stage)

    def wiring(self, node: Node, stage: int) -> str:
        inner = self.at(node.args[0], stage)
        if node.op == "zext":
            return f"{{{literal(0, node.w - node.args[0].w)}, {inner}}}"
        if node.op == "sext":
            source = node.args[0]
            sign = inner if source.w == 1 else f"{inner}[{source.w - 1}]"
            return f"{{{{{node.w - source.w}{{{sign}}}}}, {inner}}}"
        return "{" + ", ".join(self.at(arg, stage) for arg in node.args) + "}"

    def expression(self, node: Node, stage: int) -> str:
        """The right-hand side that computes a node in its stage."""
        if node.op in _WIRING:
            return self.wiring(node, stage)
        a = [self.at(arg, stage) for arg in node.args]
        if node.op == "add" and any(arg.op == "sext" for arg in node.args):
            return self._signed_sum(node, stage)
        if node.op in _INFIX:
            return f"{a[0]} {_INFIX[node.op]} {a[1]}"
        if node.op == "xor":
            flipped = node.args[1].value == (1 << node.w) - 1
            return f"~{a[0]}" if flipped else f"{a[0]} ^ {a[1]}"
        if node.op == "mul":
            return f"{self._factor(node.args[0], node.w, stage)} * {self._factor(node.args[1], node.w, stage)}"
        if node.op == "ashr":
            return f"$unsigned($signed({a[0]}) >>> {a[1]})"
        if node.op == "slt":
            return f"$signed({a[0]}) < $signed({a[1]})"
        if node.op == "mux":
            return f"{a[0]} ? {a[1]} : {a[2]}"
        assert node.op == "bits", node.op
        return self._bits(node, a[0])

    def _bits(self, node: Node, source: str) -> str:
        low = int(str(node.attr))
        if node.args[0].w == 1:
            return source
        return f"{source}[{low}]" if node.w == 1 else f"{source}[{low + node.w - 1}:{low}]"

    def _signed_sum(self, node: Node, stage: int) -> str:
        """A sum in signed arithmetic: synthesis sees where it cannot wrap, and merges it with the next one.

        Where both terms are extended, the assignment extends the last bit.
        """
        w = node.w - int(all(arg.op == "sext" for arg in node.args))
        terms = []
        for arg in node.args:
            inner = arg.args[0] if arg.op == "sext" else arg
            text = f"$signed({self.at(inner, stage)})"
            terms.append(text if inner.w == w else f"{w}'({text})")
        return " + ".join(terms)

    def _factor(self, arg: Node, w: int, stage: int) -> str:
        """A factor as narrow as it is: synthesis sizes the multiplier by it."""
        if arg.op == "sext":
            return f"{w}'($signed({self.at(arg.args[0], stage)}))"
        if arg.op == "zext":
            return f"{w}'({self.at(arg.args[0], stage)})"
        return self.at(arg, stage)


_INFIX = {"add": "+", "sub": "-", "and": "&", "or": "|", "shl": "<<", "lshr": ">>", "eq": "==", "ult": "<"}


def literal(value: int, w: int) -> str:
    """A sized constant."""
    return f"{w}'d{value}" if w <= 16 else f"{w}'h{value:x}"


def vector(w: int) -> str:
    """The range of a declaration, empty for one bit."""
    return "" if w == 1 else f"[{w - 1}:0] "
