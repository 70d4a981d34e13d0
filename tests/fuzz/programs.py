# SPDX-License-Identifier: Apache-2.0
"""Legal kernels from seeds: single processes of random loop nests, and DATAFLOW graphs of such processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tests.fuzz.bodies import Stream
from tests.fuzz.expressions import Generator, Type
from tests.fuzz.nests import Nests
from tests.fuzz.regions import Region
from tests.fuzz.tree import Tree

_HEAD = """// SPDX-License-Identifier: Apache-2.0
#include <ap_int.h>
#include <codesign/lanes.hpp>
#include <hls_stream.h>

"""


@dataclass(frozen=True)
class Program:
    """A kernel: its top and its text."""

    seed: int
    top: str
    tree: Tree

    @property
    def text(self) -> str:
        return _HEAD + _indented(str(self.tree))


def program(seed: int) -> Program:
    """The program of a seed, always the same; names carry the seed, so that programs can share a file."""
    rng = Random(seed)
    top = f"k{seed}"
    g = Generator(rng)
    tree = Region(g, top).text() if rng.random() < 0.3 else _single(g, top)
    return Program(seed, top, tree)


def _single(g: Generator, top: str) -> Tree:
    rng = g.rng
    configuration = [Stream(f"c{i}", Type(False, rng.randint(1, 4))) for i in range(rng.choice([1, 1, 2]))]
    ins = [Stream(f"x{i}", g.type(), _lanes(g)) for i in range(rng.randint(1, 3))]
    outs = [Stream(f"y{i}", g.type(), _lanes(g)) for i in range(rng.randint(1, 3))]
    body = Nests(g, ins, outs, configuration).text()
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
