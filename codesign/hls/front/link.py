# SPDX-License-Identifier: Apache-2.0
"""The top function -> instances of distinct processes and the channels between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from codesign.hls.front import ir, passes, top
from codesign.hls.front.clang import SHIM
from codesign.hls.front.debug import DebugInfo
from codesign.hls.front.finish import Finisher
from codesign.hls.front.markers import Rewriter
from codesign.hls.front.pragmas import Pragma
from codesign.hls.front.process import optimise
from codesign.hls.program import Instance, ProcessSource, Program

_HIDDEN = str(SHIM)


@dataclass(frozen=True)
class Call:
    """A process to compile: a function and its arguments, None where a stream is passed."""

    function: str
    constants: tuple[str | None, ...]


class Linker:
    """One translation unit."""

    def __init__(self, text: str, pragmas: Sequence[Pragma], folders: Sequence[Path], source: Path) -> None:
        self.debug = DebugInfo(text, _HIDDEN)
        self.raw = Rewriter(ir.parse(text), pragmas, self.debug).run()
        self.pragmas = pragmas
        self.folders = folders
        self.source = source

    def program(self, name: str) -> Program:
        """Compile the top called `name`."""
        function = top.find(self.raw.module, self.debug, name, self.source)
        loc = self.debug.function(function.header)[1]
        names = top.parameters(function, loc)
        process = self._process(name, Call(function.name, (None,) * len(names)))
        return Program(name, process.ports, (), (Instance(name, name, names),), {name: process})

    def _process(self, name: str, call: Call) -> ProcessSource:
        function = self.raw.module.functions[call.function]
        loc = self.debug.function(function.header)[1]
        names = top.parameters(function, loc)
        module = passes.parse(self.raw.module.text() + _wrapper(call))
        text, arrays = optimise(module, self.pragmas, self.raw.undefined.definitions(), _HIDDEN)
        streams = [parameter for parameter, value in zip(names, call.constants, strict=True) if value is None]
        done = Finisher(text, streams, loc, _HIDDEN).run()
        return ProcessSource(name, done.llvm, done.ports, arrays, {}, done.debug.locations, None, loc)


def _wrapper(call: Call) -> str:
    """Return the function `@process` that calls a process with its streams."""
    count = sum(value is None for value in call.constants)
    streams = iter(f"ptr %a{index}" for index in range(count))
    arguments = ", ".join(value if value is not None else next(streams) for value in call.constants)
    parameters = ", ".join(f"ptr %a{index}" for index in range(count))
    return f"\ndefine void @process({parameters}) {{\nentry:\n  call void @{call.function}({arguments})\n  ret void\n}}\n"
