# SPDX-License-Identifier: Apache-2.0
"""The verification ladder: which two things each step compares, from the network down to the board."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One rung's place; `how` runs it where it has not run."""

    key: str
    title: str
    claim: str
    how: str


_SIMULATE = "codesign simulate DIR"
_BUILD = "codesign build DIR, with the tool on PATH"

STEPS = (
    Step("import", "Import", "integer graph == QONNX in float64", "codesign evaluate"),
    Step("passes", "Passes", "graph after every pass == imported graph", "codesign export"),
    Step("csim", "C simulation", "HLS C++ in g++ with ap_types == integer graph", "codesign export"),
    Step("rtl", "RTL", "Verilator, running free == golden integers", _SIMULATE),
    Step("stalls", "RTL with stalls", "Verilator, random stalls == golden integers", f"{_SIMULATE} --stall 0.5"),
    Step("layers", "RTL, every stream", "words between processes == the graph's tensors", f"{_SIMULATE} --layers"),
    Step("cocotb", "Protocol", "axi_top under cocotb, AXI4-Stream with pauses", f"{_SIMULATE} --cocotb"),
    Step("vitis", "Vitis HLS", "the same C++ through the vendor's compiler", _BUILD),
    Step("vivado", "Vivado", "placed, routed, timing met", _BUILD),
    Step("board", "Board", "outputs of the board == golden integers", "board/README.md, on the board"),
)
KEYS = tuple(step.key for step in STEPS)
