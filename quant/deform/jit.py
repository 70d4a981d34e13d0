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
# for each pixel and tap: BODY over the channels, the tap's row of x being %from, the pixel's row of y or g %to
LOOPS = Template("""
define void @$name($arguments, ptr noalias %places, i64 %pixels, i64 %taps, i64 %channels) {
entry:
  br label %pixel
pixel:
  %p = phi i64 [0, %entry], [%p.next, %pixel.end]
  %to = mul i64 %p, %channels
  br label %tap
tap:
  %t = phi i64 [0, %pixel], [%t.next, %tap.end]
  %place.row = mul i64 %t, %pixels
  %place.at = add i64 %place.row, %p
  %place.ptr = getelementptr i32, ptr %places, i64 %place.at
  %place.32 = load i32, ptr %place.ptr
  %place = zext i32 %place.32 to i64
  %from = mul i64 %place, %channels
  %factors = mul i64 %t, %channels
  br label %channel
channel:
  %c = phi i64 [0, %tap], [%c.next, %channel]
  %x.at = add i64 %from, %c
  %y.at = add i64 %to, %c
  %w.at = add i64 %factors, %c
$body
  %c.next = add i64 %c, 1
  %c.done = icmp eq i64 %c.next, %channels
  br i1 %c.done, label %tap.end, label %channel
tap.end:
  %t.next = add i64 %t, 1
  %t.done = icmp eq i64 %t.next, %taps
  br i1 %t.done, label %pixel.end, label %tap
pixel.end:
  %p.next = add i64 %p, 1
  %p.done = icmp eq i64 %p.next, %pixels
  br i1 %p.done, label %end, label %pixel
end:
  ret void
}
""")
# *$into += *$a * *$b, each array at the index named after it
MULTIPLY_ADD = Template("""
  %$into.ptr$n = getelementptr $type, ptr %$into, i64 %$into_at
  %$a.ptr$n = getelementptr $type, ptr %$a, i64 %$a_at
  %$b.ptr$n = getelementptr $type, ptr %$b, i64 %$b_at
  %old$n = load $type, ptr %$into.ptr$n
  %a$n = load $type, ptr %$a.ptr$n
  %b$n = load $type, ptr %$b.ptr$n
  %product$n = fmul contract $type %a$n, %b$n
  %sum$n = fadd contract $type %old$n, %product$n
  store $type %sum$n, ptr %$into.ptr$n
""")


def gather(y: Tensor, x: Tensor, weight: Tensor, places: Tensor) -> None:
    """y[p] += sum over taps of weight[tap] * x[places[tap, p]]; rows of channels, all contiguous, on the CPU."""
    _run("gather", y, (y, x, weight), places)


def scatter(by_x: Tensor, by_weight: Tensor, x: Tensor, weight: Tensor, g: Tensor, places: Tensor) -> None:
    """Its derivatives: by_x[places[tap, p]] += weight[tap] * g[p], by_weight[tap] += x[places[tap, p]] * g[p]."""
    _run("scatter", g, (by_x, by_weight, x, weight, g), places)


def _run(name: str, rows: Tensor, arrays: tuple[Tensor, ...], places: Tensor) -> None:
    assert all(a.is_contiguous() and a.dtype == rows.dtype and not a.is_cuda for a in arrays), name
    assert places.is_contiguous() and places.dtype == torch.int32, name
    if places.numel() and rows.shape[1]:
        pointers = [ctypes.c_void_p(array.data_ptr()) for array in (*arrays, places)]
        sizes = [ctypes.c_int64(size) for size in (places.shape[1], places.shape[0], rows.shape[1])]
        _function(TYPES[rows.dtype], name, len(pointers), len(sizes))(*pointers, *sizes)


@cache
def _function(kind: str, name: str, pointers: int, sizes: int) -> "ctypes._NamedFuncPointer | ctypes._CFunctionType":
    prototype = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * pointers, *[ctypes.c_int64] * sizes)
    return prototype(_engine(kind).get_function_address(name))


@cache
def _engine(kind: str) -> llvm.ExecutionEngine:
    """Machine code of both loops for one type."""
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
    def multiply_add(n: int, into: str, a: str, b: str) -> str:
        places = {"y": "y.at", "g": "y.at", "x": "x.at", "by_x": "x.at", "w": "w.at", "by_w": "w.at"}
        at = {f"{role}_at": places[array] for role, array in (("into", into), ("a", a), ("b", b))}
        return MULTIPLY_ADD.substitute(at, n=n, into=into, a=a, b=b, type=kind)

    def loops(name: str, arrays: str, body: str) -> str:
        arguments = ", ".join(f"ptr noalias %{array}" for array in arrays.split())
        return LOOPS.substitute(name=name, arguments=arguments, body=body)

    both = multiply_add(0, "by_x", "w", "g") + multiply_add(1, "by_w", "x", "g")
    return loops("gather", "y x w", multiply_add(0, "y", "w", "x")) + loops("scatter", "by_x by_w x w g", both)
