# SPDX-License-Identifier: Apache-2.0
"""Legal kernels from seeds: single processes of random loop nests, and DATAFLOW graphs of such processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np

from tests.fuzz.bodies import Stream
from tests.fuzz.expressions import Generator, Type
from tests.fuzz.nests import Nests
from tests.fuzz.preludes import Prelude
from tests.fuzz.regions import Region
from tests.fuzz.tree import Tree

_HEAD = """// SPDX-License-Identifier: Apache-2.0
#include <ap_int.h>
#include <codesign/lanes.hpp>
#include <codesign/rom.hpp>
#include <hls_stream.h>

"""


@dataclass(frozen=True)
class Program:
    """A kernel: its top, its text, what lies beside it (a table's integers, or text), and the clock asked for."""

    seed: int
    top: str
    tree: Tree
    files: Mapping[str, Sequence[int] | str] = field(default_factory=dict)
    clock_ns: float = 8.0

    @property
    def text(self) -> str:
        return _HEAD + _indented(str(self.tree))

    def write(self, folder: Path) -> Path:
        """Write the program and its files; return the program's path."""
        for name, content in self.files.items():
            if isinstance(content, str):
                (folder / name).write_text(content, encoding="utf-8")
            else:
                np.save(folder / name, np.array(content, np.int64 if min(content) < 0 else np.uint64))
        source = folder / f"{self.top}.cpp"
        source.write_text(self.text, encoding="utf-8")
        return source


def program(seed: int) -> Program:
    """The program of a seed, always the same; names carry the seed, so that programs can share a file."""
    rng = Random(seed)
    top = f"k{seed}"
    g = Generator(rng)
    prelude = Prelude(g, top)
    before = prelude.text()
    tree = Region(g, top, prelude).text() if rng.random() < 0.3 else _single(g, top, prelude)
    clock_ns = rng.choice([3.0, 5.0, 8.0, 8.0, 20.0])
    return Program(seed, top, Tree((before, tree)), prelude.files, clock_ns)


def _single(g: Generator, top: str, prelude: Prelude) -> Tree:
    rng = g.rng
    configuration = [Stream(f"c{i}", Type(False, rng.randint(1, 4))) for i in range(rng.choice([1, 1, 2]))]
    ins = [Stream(f"x{i}", g.type(), _lanes(g)) for i in range(rng.randint(1, 3))]
    outs = [Stream(f"y{i}", g.type(), _lanes(g)) for i in range(rng.randint(1, 3))]
    body = Nests(g, ins, outs, configuration, arrays=list(prelude.tables)).text()
    used = [s for s in [*configuration, *ins, *outs] if f"{s.name}." in str(body)]
    return Tree((f"void {top}({parameters(used)}) {{\n", body, "}\n"))


def parameters(streams: Sequence[Stream]) -> str:
    return ", ".join(stream.parameter for stream in streams)


def _lanes(g: Generator) -> int:
    return g.rng.randint(1, 4) if g.chance(0.15) else 0


def _indented(text: str) -> str:
    """Indent by braces; pragmas stand at the margin."""
    result, level = [], 0
    for line in text.splitlines():
        if not line.strip():
            continue
        level -= line.startswith("}")
        result.append(line if line.startswith("#") else "    " * level + line)
        level += line.count("{") - line.count("}") + line.startswith("}")
    return "\n".join(result) + "\n"
