# SPDX-License-Identifier: Apache-2.0
"""Frames to check a design with, and what every tensor of the graph then holds."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from codesign.errors import Mismatch
from codesign.evaluator import check_equal, evaluate
from codesign.flow.source import Source
from codesign.fold.design import Design
from codesign.ir import Graph, interpret, interpret_physical
from codesign.passes.base import Pass
from quant.numerics import IntArray
from sim.fast import from_lanes, write_words
from sim.manifest import Port, Stream

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


def write_frames(folder: Path, graph: Graph, frames: Mapping[str, IntArray], outputs: Mapping[str, IntArray]) -> None:
    """DIR/sim: the integers [n, h, w, lanes] of the graph's inputs and outputs, as the ports carry them."""
    (folder / FOLDER).mkdir()
    for name, values in {**frames, **outputs}.items():
        physical = graph.tensors[name].to_physical(values)
        np.save(folder / FOLDER / vector_file(name), physical.astype(_narrowest(physical)))


def read_frames(folder: Path, graph: Graph) -> dict[str, IntArray]:
    """The inputs that `write_frames` kept, as logical integers [n, h, w, c]."""
    return {
        tensor.name: tensor.to_logical(np.load(folder / FOLDER / vector_file(tensor.name)).astype(np.int64))
        for tensor in graph.inputs
    }


def vector_file(tensor: str) -> str:
    """Where a tensor's integers lie; the cocotb bench has the same rule."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", tensor) + ".npy"


def _narrowest(values: IntArray) -> np.dtype[np.signedinteger]:
    return np.dtype(
        next(t for t in (np.int8, np.int16, np.int32, np.int64) if np.array_equal(values.astype(t), values))
    )


def physical_integers(graph: Graph, frames: Mapping[str, IntArray], *, trace: bool = False) -> dict[str, IntArray]:
    """What the ports carry [n, h, w, lanes], with `trace` every tensor; physical lanes."""
    inputs = {tensor.name: tensor.to_physical(frames[tensor.name]) for tensor in graph.inputs}
    return inputs | interpret_physical(graph, frames, trace)


def channel_words(design: Design, tensors: Mapping[str, IntArray]) -> dict[str, IntArray]:
    """The words [frames * words, lanes] of every channel whose tensor is known, from physical integers."""
    return {
        name: channel.stream.arrange(tensors[channel.tensor])
        for name, channel in design.channels.items()
        if channel.tensor in tensors
    }


def write_streams(streams: Iterable[Port | Stream], words: Mapping[str, IntArray], folder: Path) -> dict[str, Path]:
    """A file of words for each stream whose words are known, by its name."""
    known = {stream.name: stream for stream in streams if stream.name in words}
    for name, stream in known.items():
        write_words(folder / name, from_lanes(words[name], stream.lanes, stream.value_bits))
    return {name: folder / name for name in known}


def check_import(
    graph: Graph, model: onnx.ModelProto, frames: Mapping[str, IntArray], golden: Mapping[str, IntArray]
) -> int:
    """The integers compared: the graph against QONNX in float64 on every tensor, and against the known golden ones.

    Raises Mismatch naming the tensor.
    """
    few = {name: values[:CHECKED] for name, values in frames.items()}
    integers = interpret(graph, few, trace=True)
    for name in golden.keys() & integers.keys():
        known = golden[name][:CHECKED]
        if not np.array_equal(integers[name][: len(known)].reshape(known.shape), known):
            raise Mismatch(f"{name}: the graph's integers are not the golden ones that lie beside the model")
    given = zip(model.graph.input, graph.inputs, strict=True)
    reals = evaluate(model, {i.name: _as_onnx(i, t.grid.real(few[t.name])) for i, t in given})
    return check_equal(integers, {name: tensor.grid for name, tensor in graph.tensors.items()}, reals)


def _as_onnx(info: onnx.ValueInfoProto, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """[n, h, w, c] in the model's own layout."""
    channels_first = values.transpose(0, 3, 1, 2)
    return channels_first if len(info.type.tensor_type.shape.dim) == 4 else channels_first.reshape(len(values), -1)


class PassCheck:
    """Sees the graph after every pass: its outputs stay those of the imported graph."""

    def __init__(self, graph: Graph, frames: Mapping[str, IntArray]) -> None:
        self.compared = self.passes = 0
        self.frames = {name: values[:CHECKED] for name, values in frames.items()}
        self.want = interpret(graph, self.frames)

    def __call__(self, step: Pass, graph: Graph) -> None:
        """Raises Mismatch naming the pass."""
        self.passes += 1
        for name, got in interpret(graph, self.frames).items():
            wrong = int((got.reshape(self.want[name].shape) != self.want[name]).sum())
            if wrong:
                raise Mismatch(
                    f"{type(step).__name__}: {name} has {wrong} wrong integers; this is a defect of codesign"
                )
            self.compared += got.size
