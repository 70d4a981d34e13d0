# SPDX-License-Identifier: Apache-2.0
"""The passes of LLVM that we run, and no others.

The stock pipelines move stream accesses, duplicate loops and widen counters; each pass below keeps one loop one loop.
"""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import Any

import llvmlite.binding as llvm

# Every call becomes its body, locals become values. No loop is touched, so that loops are still those of the source.
INLINE = (
    *("global_dead_code_eliminate", "always_inliner", "global_dead_code_eliminate"),
    *("sroa", "instruction_combine", "simplify_cfg", "sroa"),
)
# Loops become guarded do-while loops with known trip counts.
ROTATE = (
    *("sroa", "loop_simplify", "lcssa", "loop_rotate", "instruction_combine", "simplify_cfg"),
    *("loop_simplify", "lcssa"),
)
UNROLL = ("loop_unroll", "sroa", "instruction_combine", "simplify_cfg", "loop_simplify", "lcssa")
# new_gvn, unlike gvn, moves no load into another block.
CLEAN = (
    *("always_inliner", "global_dead_code_eliminate"),
    *("sroa", "instruction_combine", "simplify_cfg", "new_gvn", "instruction_combine", "dead_store_elimination"),
    *("aggressive_dce", "simplify_cfg", "instruction_combine", "loop_simplify", "lcssa", "global_dead_code_eliminate"),
)

_LAYOUT_WITHOUT_REGISTERS = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-S128"
# sroa joins the parts of a struct only to integers that the machine has; every other pass prefers such integers to the
# exact widths of the source, so it is told that there are none.
_LAYOUT = _LAYOUT_WITHOUT_REGISTERS.replace("-S128", "-n8:16:32:64-S128")
FULL = '!"llvm.loop.unroll.full"'
_ROUNDS = 6


def parse(text: str) -> Any:
    """Return the LLVM module of a text."""
    module = llvm.parse_assembly(text)
    module.verify()
    return module


def run(module: Any, names: tuple[str, ...]) -> None:
    """Run passes in order."""
    for joins, group in groupby(names, lambda name: name == "sroa"):
        module.data_layout = _LAYOUT if joins else _LAYOUT_WITHOUT_REGISTERS
        builder = llvm.create_pass_builder(_machine(), llvm.create_pipeline_tuning_options(speed_level=1))
        manager = llvm.create_new_module_pass_manager()
        for name in group:
            getattr(manager, f"add_{name}_pass")()
        manager.run(module, builder)
    module.data_layout = _LAYOUT


def unroll(module: Any) -> None:
    """Unroll as directed; the bounds of inner loops may become constant only when the outer loop is unrolled."""
    for _ in range(_ROUNDS):
        run(module, UNROLL)
        if FULL not in str(module):
            return


# What the pragmas say is unrolled, however large; headers are rotated, however long; value numbering makes no new phis.
_OPTIONS = (
    "-pragma-unroll-threshold=10000000",
    "-unroll-threshold=10000000",
    "-rotation-max-header-size=1000",
    "-enable-phi-of-ops=false",
)


@cache
def _machine() -> Any:
    for option in _OPTIONS:
        llvm.set_option("codesign", option)
    llvm.initialize_native_target()
    return llvm.Target.from_default_triple().create_target_machine()
