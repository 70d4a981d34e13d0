# SPDX-License-Identifier: Apache-2.0
"""Frames to check a design with, and what every tensor of the graph then holds."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from codesign.errors import Mismatch
from codesign.flow.source import Source
from codesign.fold.design import Design
from codesign.ir import Graph, interpret_physical
from codesign.passes.base import Pass
from quant.numerics import IntArray

FOLDER = "sim"
FRAMES = 10  # that an export keeps
CHECKED = 2  # of them after every pass
SEED = 20


def choose_frames(graph: Graph, source: Source) -> dict[str, IntArray]:
    """FRAMES frames [n, h, w, c] of every input: the model's own known ones first, then random integers."""
    return extend_frames(
        graph, {t.name: source.golden[t.name] for t in graph.inputs if t.name in source.golden}, FRAMES
    )


def extend_frames(graph: Graph, frames: Mapping[str, IntArray], count: int) -> dict[str, IntArray]:
    """`count` frames: those given, then random integers of the inputs' grids."""
    rng = np.random.default_rng(SEED)
    chosen = {}
    for tensor in graph.inputs:
        known = frames.get(tensor.name, np.zeros((0, *tensor.shape), np.int64))[:count]
        low, high = tensor.grid.interval.lo, tensor.grid.interval.hi
        random = rng.integers(low, high, (count - len(known), *tensor.shape), endpoint=True)
        chosen[tensor.name] = np.concatenate([known, random])
    return chosen


def write_frames(folder: Path, frames: Mapping[str, IntArray], outputs: Mapping[str, IntArray]) -> None:
    """DIR/sim: the integers [n, h, w, c] of the graph's inputs and outputs."""
    (folder / FOLDER).mkdir()
    for name, values in {**frames, **outputs}.items():
        np.save(folder / FOLDER / f"{name}.npy", values.astype(_narrowest(values)))


def read_frames(folder: Path, graph: Graph) -> dict[str, IntArray]:
    """The inputs that `write_frames` kept."""
    return {t.name: np.load(folder / FOLDER / f"{t.name}.npy").astype(np.int64) for t in graph.inputs}


def _narrowest(values: IntArray) -> np.dtype[np.signedinteger]:
    return np.dtype(
        next(t for t in (np.int8, np.int16, np.int32, np.int64) if np.array_equal(values.astype(t), values))
    )


def channel_words(design: Design, tensors: Mapping[str, IntArray]) -> dict[str, IntArray]:
    """The words [frames * words, lanes] of every channel whose tensor is known, from physical integers."""
    return {
        name: channel.stream.arrange(tensors[channel.tensor])
        for name, channel in design.channels.items()
        if channel.tensor
    }


class PassCheck:
    """Sees the graph after every pass: its outputs stay those of the imported graph, and the known golden ones."""

    def __init__(self, graph: Graph, frames: Mapping[str, IntArray], golden: Mapping[str, IntArray]) -> None:
        self.compared = self.passes = 0
        self.frames = {name: values[:CHECKED] for name, values in frames.items()}
        self.want = _logical(graph, self.frames)
        for name in graph.outputs:
            if name in golden:
                known = golden[name][:CHECKED]
                self._same("the imported graph", name, self.want[name][: len(known)], known)

    def __call__(self, step: Pass, graph: Graph) -> None:
        """Raises Mismatch naming the pass."""
        self.passes += 1
        for name, values in _logical(graph, self.frames).items():
            self._same(type(step).__name__, name, values, self.want[name])

    def _same(self, who: str, name: str, got: IntArray, want: IntArray) -> None:
        wrong = int((got.reshape(want.shape) != want).sum())
        if wrong:
            raise Mismatch(f"{who}: {name} differs in {wrong} of {want.size} integers; this is a defect of codesign")
        self.compared += want.size


def _logical(graph: Graph, frames: Mapping[str, IntArray]) -> dict[str, IntArray]:
    values = interpret_physical(graph, frames)
    return {name: graph.tensors[name].to_logical(value) for name, value in values.items()}
