# SPDX-License-Identifier: Apache-2.0
"""The inner loops of the deployed operator as machine code of this processor: a tap's row is read, used and left.

Tensor operations would write every gathered row to memory and read it again, several times over.
"""

import ctypes
from collections.abc import Sequence
from functools import cache

import llvmlite.binding as llvm
import torch
from torch import Tensor

from quant.deform.loops import text, tile

TYPES = {torch.float32: "float", torch.float64: "double"}


def gather(y: Tensor, x: Tensor, weight: Tensor, dilation: Tensor) -> None:
    """y[p] = sum over taps of weight[tap] * x[p + tap * dilation[p]]; nothing outside the image.

    y and x [N * H * W, C], weight [9, C], dilation int32 [N, H, W]; all contiguous, on the CPU.
    """
    _run("gather", (y, x, weight), dilation)


def scatter(by_x: Tensor, by_weight: Tensor, x: Tensor, weight: Tensor, g: Tensor, dilation: Tensor) -> None:
    """Its derivatives: by_x[p + tap * dilation[p]] += weight[tap] * g[p], by_weight[tap] += x[..] * g[p]."""
    _run("scatter", (by_x, by_weight, x, weight, g), dilation)


def project(slope: Tensor, x: Tensor, weight: Tensor, y: Tensor, g: Tensor, dilation: Tensor) -> None:
    """slope[p] += the sum over channels of g[p] times what `gather` would make of y[p] beyond what it is."""
    _run("project", (slope, x, weight, y, g), dilation)


def transpose(to: Tensor, x: Tensor) -> tuple[int, int]:
    """The whole tiles of x [N, A, B] into `to` [N, B, A], both contiguous; returns how much of A and B they are."""
    size = tile(TYPES[x.dtype])
    n, a, b = x.shape
    a, b = a - a % size, b - b % size
    assert to.dtype == x.dtype, "transpose"
    if n and a and b:
        _call("transpose", x.dtype, (to, x), x.shape)
    return a, b


def _run(name: str, arrays: tuple[Tensor, ...], dilation: Tensor) -> None:
    kind, (_, h, w), channels = arrays[0].dtype, dilation.shape, arrays[-1].shape[1]
    assert all(a.dtype == kind and len(a) in (dilation.numel(), 9) for a in arrays), name
    assert dilation.dtype == torch.int32, name
    if dilation.numel() and channels:
        _call(name, kind, (*arrays, dilation), (dilation.numel(), h, w, channels))


def _call(name: str, kind: torch.dtype, arrays: Sequence[Tensor], sizes: Sequence[int]) -> None:
    assert all(array.is_contiguous() and not array.is_cuda for array in arrays), name
    pointers = [ctypes.c_void_p(array.data_ptr()) for array in arrays]
    _function(TYPES[kind], name, len(pointers), len(sizes))(*pointers, *map(ctypes.c_int64, sizes))


@cache
def _function(kind: str, name: str, pointers: int, sizes: int) -> "ctypes._NamedFuncPointer | ctypes._CFunctionType":
    prototype = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * pointers, *[ctypes.c_int64] * sizes)
    return prototype(_engine(kind).get_function_address(name))


@cache
def _engine(kind: str) -> llvm.ExecutionEngine:
    """Machine code of the loops for one type."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=3
    )
    module = llvm.parse_assembly(text(kind))
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=3))
    builder.getModulePassManager().run(module, builder)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    return engine
