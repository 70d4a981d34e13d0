# SPDX-License-Identifier: Apache-2.0
"""The inner loops of the deployed operator as machine code of this processor: a tap's row is read, used and left.

Tensor operations would write every gathered row to memory and read it again, several times over.
"""

import ctypes
from functools import cache
from string import Template

import llvmlite.binding as llvm
import torch
from torch import Tensor

TYPES = {torch.float32: "float", torch.float64: "double"}
# for each pixel %p and each of its taps inside the image: BODY over the channels. %x.at is the tap's row and channel,
# %y.at the pixel's, %w.at the tap's factor; %dilation has one whole number a pixel, row by row, image by image
LOOPS = Template("""
define void @$name($arguments, ptr noalias %dilation, i64 %pixels, i64 %height, i64 %width, i64 %channels) {
entry:
  br label %pixel
pixel:
  %p = phi i64 [0, %entry], [%p.next, %pixel.end]
  %to = mul i64 %p, %channels
  %column = urem i64 %p, %width
  %rows = udiv i64 %p, %width
  %row = urem i64 %rows, %height
  %dilation.ptr = getelementptr i32, ptr %dilation, i64 %p
  %dilation.32 = load i32, ptr %dilation.ptr
  %far = sext i32 %dilation.32 to i64
  br label %tap
tap:
  %t = phi i64 [0, %pixel], [%t.next, %tap.end]
  %tap.row = udiv i64 %t, 3
  %tap.column = urem i64 %t, 3
  %down = sub i64 %tap.row, 1
  %right = sub i64 %tap.column, 1
  %down.far = mul i64 %down, %far
  %right.far = mul i64 %right, %far
  %row.read = add i64 %row, %down.far
  %column.read = add i64 %column, %right.far
  %row.inside = icmp ult i64 %row.read, %height
  %column.inside = icmp ult i64 %column.read, %width
  %inside = and i1 %row.inside, %column.inside
  br i1 %inside, label %channels.start, label %tap.end
channels.start:
  %down.pixels = mul i64 %down.far, %width
  %away = add i64 %down.pixels, %right.far
  %place = add i64 %p, %away
  %from = mul i64 %place, %channels
  %factors = mul i64 %t, %channels
  br label %channel
channel:
  %c = phi i64 [0, %channels.start], [%c.next, %channel]
  %x.at = add i64 %from, %c
  %y.at = add i64 %to, %c
  %w.at = add i64 %factors, %c
$body
  %c.next = add i64 %c, 1
  %c.done = icmp eq i64 %c.next, %channels
  br i1 %c.done, label %tap.end, label %channel
tap.end:
  %t.next = add i64 %t, 1
  %t.done = icmp eq i64 %t.next, 9
  br i1 %t.done, label %pixel.end, label %tap
pixel.end:
  %p.next = add i64 %p, 1
  %p.done = icmp eq i64 %p.next, %pixels
  br i1 %p.done, label %end, label %pixel
end:
  ret void
}
""")
# where each array is read or written
AT = {"y": "y.at", "g": "y.at", "slope": "p", "x": "x.at", "by_x": "x.at", "w": "w.at", "by_w": "w.at"}


def gather(y: Tensor, x: Tensor, weight: Tensor, dilation: Tensor) -> None:
    """y[p] += sum over taps of weight[tap] * x[p + tap * dilation[p]]; nothing outside the image.

    y and x [N * H * W, C], weight [9, C], dilation int32 [N, H, W]; all contiguous, on the CPU.
    """
    _run("gather", (y, x, weight), dilation)


def scatter(by_x: Tensor, by_weight: Tensor, x: Tensor, weight: Tensor, g: Tensor, dilation: Tensor) -> None:
    """Its derivatives: by_x[p + tap * dilation[p]] += weight[tap] * g[p], by_weight[tap] += x[..] * g[p]."""
    _run("scatter", (by_x, by_weight, x, weight, g), dilation)


def project(slope: Tensor, x: Tensor, weight: Tensor, g: Tensor, dilation: Tensor) -> None:
    """slope[p] += the sum over channels of g[p] times what `gather` adds."""
    _run("project", (slope, x, weight, g), dilation)


def _run(name: str, arrays: tuple[Tensor, ...], dilation: Tensor) -> None:
    kind, (_, h, w), channels = arrays[0].dtype, dilation.shape, arrays[-1].shape[1]
    assert all(a.is_contiguous() and a.dtype == kind and not a.is_cuda for a in arrays), name
    assert dilation.is_contiguous() and dilation.dtype == torch.int32, name
    assert all(len(array) in (dilation.numel(), 9) for array in arrays), name
    if dilation.numel() and channels:
        pointers = [ctypes.c_void_p(array.data_ptr()) for array in (*arrays, dilation)]
        sizes = [ctypes.c_int64(size) for size in (dilation.numel(), h, w, channels)]
        _function(TYPES[kind], name, len(pointers), len(sizes))(*pointers, *sizes)


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
    module = llvm.parse_assembly(_text(kind))
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=3))
    builder.getModulePassManager().run(module, builder)
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    return engine


def _text(kind: str) -> str:
    """The three functions."""

    def added(*arrays: str) -> str:
        return _product_added(kind, *arrays)

    return (
        _loops("gather", "y x w", added("y", "w", "x"))
        + _loops("scatter", "by_x by_w x w g", added("by_x", "w", "g") + added("by_w", "x", "g"))
        + _loops("project", "slope x w g", added("slope", "w", "x", "g"))
    )


def _loops(name: str, arrays: str, body: str) -> str:
    arguments = ", ".join(f"ptr noalias %{array}" for array in arrays.split())
    return LOOPS.substitute(name=name, arguments=arguments, body=body)


def _product_added(kind: str, into: str, *factors: str) -> str:
    """into += the product, each array at its place; sums may be taken in any order."""
    lines = [line for array in (into, *factors) for line in _loaded(kind, array, into)]
    product = f"%{into}.{factors[0]}"
    for array in factors[1:]:
        lines.append(f"{product}.{array} = fmul contract reassoc {kind} {product}, %{into}.{array}")
        product += f".{array}"
    lines += [
        f"%{into}.sum = fadd contract reassoc {kind} %{into}.{into}, {product}",
        f"store {kind} %{into}.sum, ptr %{into}.{into}.ptr",
    ]
    return "\n".join(f"  {line}" for line in lines) + "\n"


def _loaded(kind: str, array: str, into: str) -> tuple[str, str]:
    """As %into.array, from %into.array.ptr."""
    name = f"%{into}.{array}"
    return f"{name}.ptr = getelementptr {kind}, ptr %{array}, i64 %{AT[array]}", f"{name} = load {kind}, ptr {name}.ptr"
