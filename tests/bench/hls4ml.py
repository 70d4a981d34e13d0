# SPDX-License-Identifier: Apache-2.0
"""The same QONNX through hls4ml's C simulation and through ours, in one run: seconds to compile, frames a second.

Four regular convolutions, 4-bit weights, 8-bit activations, all scales powers of two, so that both tools are exact:
every output integer of both equals the other's. hls4ml 1.3.0: Vitis back end, io_stream, its own g++ -O3. Ours: the
design that `codesign export` makes, with the vendor's integers in g++ -O1 and with those of the machine in clang -O2
-march=native.
Seconds are CPU time, child processes included; what a run does besides frames (starting, reading weights) is in it.
"""

import contextlib
import io
import resource
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import onnx

from codesign.errors import Mismatch
from codesign.flow.csim import build_csim, compare_words
from codesign.flow.exported import Exported
from codesign.flow.source import Source
from codesign.flow.steps import STEPS, Order, State
from codesign.flow.vectors import channel_words, physical_integers
from codesign.hls.csim import Kernel
from codesign.hls.host import NATIVE, REFERENCE, Host
from codesign.ir import interpret
from codesign.target import load_target
from quant.numerics import IntArray
from tests.fuzz_graphs.network import Network

SIDE, FRAMES, GOAL = 16, 200, 20.0
IN_SCALE, OUT_SCALE = 2.0**-8, 2.0**-4
LAYERS = ((3, 16, 3, 1), (16, 32, 3, 2), (32, 32, 3, 2))  # channels in and out, kernel, stride
SCALES = (2.0**-8, 2.0**-7, 2.0**-6)
T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """A tool's C simulation."""

    name: str
    compile_s: float
    frames_per_s: float


def model() -> onnx.ModelProto:
    """The network, written as hls4ml wants it: every attribute of a convolution spelled out."""
    net = Network()
    x = net.quant("x", IN_SCALE, 8, False)
    for (ins, outs, kernel, stride), scale in zip(LAYERS, SCALES, strict=True):
        y = _convolution(net, x, (outs, ins, kernel, kernel), stride, kernel // 2)
        x = net.quant(net.node("Relu", [y]), scale, 8, False)
    head = _convolution(net, x, (10, 32, SIDE // 4, SIDE // 4), 1, 0)
    return net.model({"x": (1, 3, SIDE, SIDE)}, [net.quant(head, OUT_SCALE, 8, True)])


def _convolution(net: Network, x: str, shape: tuple[int, ...], stride: int, pad: int) -> str:
    integers = np.random.default_rng(shape).integers(-7, 8, shape)
    weight = net.quant(net.constant(integers * 2.0**-6), 2.0**-6, 4, True, narrow=True)
    window: dict[str, Any] = {"kernel_shape": list(shape[2:]), "pads": [pad] * 4, "strides": [stride] * 2}
    return str(net.node("Conv", [x, weight], dilations=[1, 1], group=1, **window))


def compare(work: Path) -> Iterator[Row]:
    """hls4ml's row, then ours. Raises Mismatch where an integer differs."""
    onnx.save(model(), work / "cnn.onnx")
    images = np.random.default_rng(0).integers(0, 256, (FRAMES, SIDE, SIDE, 3))
    row, theirs = _hls4ml(work, images)
    yield row
    design = _exported(work)
    frames = {design.graph.inputs[0].name: images}
    ours = interpret(design.graph, frames)[design.graph.outputs[0]]
    if not np.array_equal(ours.reshape(theirs.shape), theirs):
        raise Mismatch(
            f"hls4ml's integers differ from ours at {int((ours.reshape(theirs.shape) != theirs).sum())} places"
        )
    for name, host in (("codesign, ap_types in g++", REFERENCE), ("codesign, integers of the machine", NATIVE)):
        yield _ours(design, frames, work / host.integers, host, name)


def _hls4ml(work: Path, images: IntArray) -> tuple[Row, IntArray]:
    """Its row, and the output integers [frames, values]."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        converted = _converted(work)
        _, compile_s = _timed(converted.compile)
        reals = np.ascontiguousarray(images * IN_SCALE, np.float32)
        found, run_s = _timed(lambda: converted.predict(reals))
    integers = (np.asarray(found).reshape(FRAMES, -1) / OUT_SCALE).astype(np.int64)
    return Row("hls4ml 1.3.0", compile_s, FRAMES / run_s), integers


def _converted(work: Path) -> Any:
    import hls4ml
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.transformation.channels_last import ConvertToChannelsLastAndClean
    from qonnx.util.cleanup import cleanup_model

    plain = cleanup_model(ModelWrapper(str(work / "cnn.onnx")))
    nhwc = cleanup_model(plain.transform(ConvertToChannelsLastAndClean(make_input_channels_last=True)))
    config = hls4ml.utils.config_from_onnx_model(
        nhwc, granularity="name", backend="Vitis", default_precision="fixed<48,16>"
    )
    return hls4ml.converters.convert_from_onnx_model(
        nhwc, output_dir=str(work / "hls4ml"), io_type="io_stream", backend="Vitis", hls_config=config
    )


def _exported(work: Path) -> Exported:
    state = State(Order(Source("cnn", work / "cnn.onnx"), load_target("pynq-z2")), work / "cnn")
    state.folder.mkdir()
    for name, step in STEPS.items():
        if name != "check":
            step(state)
    return Exported(state.folder)


def _ours(design: Exported, frames: dict[str, IntArray], work: Path, host: Host, name: str) -> Row:
    work.mkdir()
    words = channel_words(design.design, physical_integers(design.graph, frames))
    kernel = Kernel(design.folder / "hls" / "top.cpp", design.design.top, design.manifest)
    program, compile_s = _timed(lambda: build_csim(design.design, kernel, words, FRAMES, work, host))
    recording, run_s = _timed(program.run)
    compare_words(design.design, design.manifest, words, recording.folder)
    return Row(name, compile_s, FRAMES / run_s)


def _timed(action: Callable[[], T]) -> tuple[T, float]:
    """What it gives, and its CPU seconds, child processes included."""
    before = _spent()
    result = action()
    return result, _spent() - before


def _spent() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
