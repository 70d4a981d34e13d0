# SPDX-License-Identifier: Apache-2.0
"""Every operation of the graph means the same in `fold`, in LLVM, in the simplifying builders and in SystemVerilog."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from unittest.mock import patch

import pytest

from codesign.hls import compiler
from codesign.hls.middle.delays import FAMILIES
from codesign.hls.middle.design import Design
from codesign.hls.middle.graph import Graph
from codesign.hls.middle.node import Node, fold
from codesign.hls.middle.rebuild import rebuild
from codesign.hls.middle.scheduler import schedule
from codesign.hls.process import narrowed
from codesign.hls.simulator import sim_tools
from codesign.target import load_target
from sim.fast import Job, build, expectations, from_integers, run_jobs, write_words
from sim.manifest import Manifest, read_manifest
from tests.hls.operations import OPERATIONS, Evaluator, Operation, as_design, as_program, draw, packed


def _refuse(debug: int | None, what: str) -> Exception:
    return AssertionError(what)


@pytest.mark.parametrize("op", OPERATIONS)
def test_fold_equals_llvm(op: str) -> None:
    """Twelve widths of each operation, sixteen operands each."""
    rng = Random(op)
    operations = [draw(rng, op) for _ in range(12)]
    evaluate = Evaluator(operations)
    for at, operation in enumerate(operations):
        for _ in range(16):
            operands = operation.operands(rng)
            want = evaluate(at, operands)
            assert fold(op, operation.w, operation.attr, operands) == want, (operation, operands)


# --- the builders


class _Built:
    """A graph with the value of each of its nodes on some vectors of inputs."""

    def __init__(self, rng: Random, vectors: int) -> None:
        self.rng, self.vectors = rng, vectors
        self.graph = Graph()
        self.values: dict[int, list[int]] = {}

    def source(self, w: int) -> Node:
        node = self.graph.source("read", w, f"x{len(self.graph.nodes)}")
        self.values[node.id] = [draw_word(self.rng, w) for _ in range(self.vectors)]
        return node

    def value(self, node: Node) -> list[int]:
        """Evaluate by `fold` alone."""
        pending = [node]
        while pending:
            last = pending[-1]
            missing = [arg for arg in last.args if arg.id not in self.values]
            pending += missing
            if not missing:
                pending.pop()
                self.values[last.id] = self.values.get(last.id) or [
                    self._folded(last, at) for at in range(self.vectors)
                ]
        return self.values[node.id]

    def _folded(self, node: Node, at: int) -> int:
        if node.value is not None:
            return node.value
        return fold(node.op, node.w, node.attr, [(self.values[arg.id][at], arg.w) for arg in node.args])


def draw_word(rng: Random, w: int) -> int:
    """A word, its ends often."""
    return rng.choice([rng.getrandbits(w), 0, (1 << w) - 1, 1 << (w - 1)])


def _argument(built: _Built, pool: Sequence[Node], w: int) -> Node:
    """An argument of w bits: a constant, a word of the pool, or one brought to the width by wiring."""
    rng, g = built.rng, built.graph
    if rng.random() < 0.2:
        return g.const(rng.choice([0, 1, -1, rng.getrandbits(w), 1 << rng.randrange(w)]), w)
    node = rng.choice(pool)
    if node.w >= w:
        return g.bits(node, rng.randint(0, node.w - w), w)
    return rng.choice([g.zext, g.sext])(node, w)


def test_builders_mean_what_fold_means() -> None:
    """Simplification while building never changes a value; arguments are wiring, constants and shared nodes."""
    rng = Random(7)
    for _ in range(60):
        built = _Built(rng, 4)
        pool = [built.source(rng.randint(1, 40)) for _ in range(3)]
        for _ in range(60):
            operation = draw(rng, rng.choice(OPERATIONS), widest=24)
            args = [_argument(built, pool, w) for w in operation.widths]
            raw = Node(-1, operation.op, operation.w, tuple(args), operation.attr)
            node = rebuild(built.graph, raw, args, operation.w)
            columns = [built.value(arg) for arg in args]
            want = [
                fold(
                    operation.op,
                    operation.w,
                    operation.attr,
                    [(c[at], a.w) for c, a in zip(columns, args, strict=True)],
                )
                for at in range(4)
            ]
            assert node.w == operation.w
            assert built.value(node) == want, (operation, args)
            pool.append(node)


# --- SystemVerilog


def _compiled(operations: Sequence[Operation], design: Design, top: str, folder: Path) -> Manifest:
    target = load_target("pynq-z2")
    placed = schedule(design, FAMILIES[target.family], target.clock_ns, _refuse)
    with (
        patch.object(compiler, "compile_program", lambda *_: as_program(operations, top)),
        patch.object(compiler, "compile_process", lambda *_: placed),
    ):
        compiler.compile_kernel(Path(f"{top}.cpp"), top, target=target, out=folder)
    return read_manifest(folder / "rtl" / "manifest.json")


def test_fold_equals_verilator(tmp_path: Path) -> None:
    """Three widths of each operation, as built and after narrowing, in one simulator; stalls move the pipeline."""
    rng = Random(11)
    operations = [draw(rng, op, widest) for op in OPERATIONS for widest in (8, 70, 200)]
    vectors = [[operation.operands(rng) for _ in range(60)] for operation in operations]
    for at, (operation, rows) in enumerate(zip(operations, vectors, strict=True)):
        write_words(tmp_path / f"x{at}.words", from_integers(map(packed, rows), sum(operation.widths)))
        results = [fold(operation.op, operation.w, operation.attr, row) for row in rows]
        write_words(tmp_path / f"y{at}.words", from_integers(results, operation.w))
    manifests = [
        _compiled(operations, as_design(operations), "as_built", tmp_path / "built"),
        _compiled(operations, narrowed(as_design(operations)), "as_narrowed", tmp_path / "narrowed"),
    ]
    program = build(manifests, tmp_path / "simulator", sim_tools(), optimise="-O0")
    jobs = [
        Job(at, manifest.root, expectations(manifest, tmp_path), stall=stall)
        for at, manifest in enumerate(manifests)
        for stall in (0.0, 0.5)
    ]
    for outcome in run_jobs(program, jobs):
        wrong = [(operations[int(port.name[1:])], port.mismatches[:1]) for port in outcome.ports if port.wrong]
        assert outcome.passed, (outcome.status, wrong)
