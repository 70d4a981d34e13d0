# SPDX-License-Identifier: Apache-2.0
"""C simulation without a C++ build: clang's unoptimised LLVM text of a kernel, run as it is by LLVM's JIT.

It costs a twentieth of g++ with the real ap_types, so it serves the long runs. What it leaves out, the shim's ap_int
against the real one, the batches under g++ and the front end's own tests cover.
"""

from __future__ import annotations

import ctypes
import re
from collections import defaultdict, deque
from collections.abc import Sequence
from random import Random

import llvmlite.binding as llvm

from codesign.hls.llvm.types import Int
from sim.manifest import Port
from tests.fuzz.programs import Program

_ACCESS = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, *[ctypes.c_int] * 5)
_QUIET = ctypes.CFUNCTYPE(None)


# what CODESIGN_ROM leaves in the text: the width of a table's integers, and an external array
_SHAPE = re.compile(r'^@"codesign_rom_shape:(\w+):[^"]*" = .* \[i32 (\d+)', re.M)
_TABLE = re.compile(r'^@"(codesign_rom:(\w+):([^"]*))" = external global (.*), align', re.M)


class CannotRun(Exception):
    """The C++ itself does something that hardware could not: a test generator's fault."""


def simulate(program: Program, text: str, ports: Sequence[Port], calls: int) -> dict[str, list[int]]:
    """Call the program's top on random words; return the words of every port. `text` is clang's."""
    return _Run(ports, program.seed).run(text, program, calls)


class _Run:
    def __init__(self, ports: Sequence[Port], seed: int) -> None:
        self.ports = ports
        self.tokens = (ctypes.c_char * len(ports))()
        base = ctypes.addressof(self.tokens)
        self.port_at = {base + at: port for at, port in enumerate(ports)}
        self.words: dict[str, list[int]] = {port.name: [] for port in ports}
        self.random = {port.name: Random(f"{seed} {at}") for at, port in enumerate(ports)}
        self.local: defaultdict[int, deque[int]] = defaultdict(deque)
        self.trouble = ""

    def run(self, text: str, program: Program, calls: int) -> dict[str, list[int]]:
        top = program.top
        callbacks = {"__hls_read": _ACCESS(self._read), "__hls_write": _ACCESS(self._write)}
        quiet = _QUIET(lambda: None)
        declared = re.findall(r"^declare [^@]*@(__hls_\w+)\(", text, re.M)
        for name in declared:
            address = ctypes.cast(callbacks.get(name, quiet), ctypes.c_void_p).value
            llvm.add_symbol(name, address)
        function = re.search(rf"^define [^@]*@(_Z{len(top)}{top}\w*)\(", text, re.M)
        assert function, f"{top} is not in the text"
        engine = _engine(_TABLE.sub(r'@"\1" = global \4 zeroinitializer, align', text))
        bits = {name: int(w) for name, w in _SHAPE.findall(text)}
        for symbol, name, file, _ in _TABLE.findall(text):
            _fill(engine.get_global_value_address(symbol), program.files[file], Int(bits[name]).size)
        address = engine.get_function_address(function[1])
        call = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(self.ports))(address)
        engine.run_static_constructors()
        for _ in range(calls):
            call(*self.port_at)
            if self.trouble or any(self.local.values()):
                raise CannotRun(self.trouble or "words stay in a stream")
        return self.words

    # --- streams

    def _read(self, stream: int, word: int, bits: int, stored: int, *_: int) -> None:
        port = self.port_at.get(stream)
        if port is not None:
            value = _draw(self.random[port.name], bits)
            self.words[port.name].append(value)
        elif self.local[stream]:
            value = self.local[stream].popleft()
        else:
            self.trouble, value = "a stream is read while it is empty", 0
        ctypes.memmove(word, value.to_bytes(stored // 8, "little"), stored // 8)

    def _write(self, stream: int, word: int, bits: int, stored: int, *_: int) -> None:
        value = int.from_bytes(ctypes.string_at(word, stored // 8), "little") & ((1 << bits) - 1)
        port = self.port_at.get(stream)
        (self.local[stream] if port is None else self.words[port.name]).append(value)


def _draw(random: Random, bits: int) -> int:
    """A word: any, or one near the ends of its range."""
    if random.random() < 0.75:
        return random.getrandbits(bits)
    return random.choice([0, 1, -1, 1 << (bits - 1), (1 << (bits - 1)) - 1]) & ((1 << bits) - 1)


def _fill(address: int, content: Sequence[int] | str, size: int) -> None:
    """Put a table's integers into memory, `size` bytes each."""
    words = b"".join((int(word) & ((1 << 8 * size) - 1)).to_bytes(size, "little") for word in content)
    ctypes.memmove(address, words, len(words))


def _engine(text: str) -> llvm.ExecutionEngine:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    module = llvm.parse_assembly(text)
    target = llvm.Target.from_default_triple()
    module.triple = target.triple
    engine = llvm.create_mcjit_compiler(module, target.create_target_machine(opt=0))
    engine.finalize_object()
    return engine
