# SPDX-License-Identifier: Apache-2.0
"""How long an operation takes on a part, in nanoseconds: what the scheduler chains by.

Zynq-7000 -1, slow corner: DSP48E1 and RAMB figures, LUT6 logic and carry delays are those of the public prjxray timing
data; routing is an assumption, 0.45 ns a hop. UltraScale+ -1 scales these by the ratio of the data sheets' LUT and
DSP figures (about 0.55). Multipliers in LUTs, one-bit logic and the ends of a path are calibrated on Yosys' netlists of
four kernels; `make bench` measures the error, hls_templates/README.md states it.
"""

from __future__ import annotations

from dataclasses import dataclass

from codesign.hls.middle.node import Node
from codesign.hls.middle.operations import Binding

_WIRING = frozenset(["const", "state", "zext", "sext", "bits", "concat"])


@dataclass(frozen=True)
class Delays:
    """Delays of one family's slowest speed grade that we ship for, in nanoseconds."""

    hop: float  # one routed connection between two slices
    lut: float
    carry: float  # per bit of a carry chain
    carry_entry: float  # from a LUT's input through the chain to its sum output
    clock_to_out: float  # flip-flop, with the first hop
    setup: float
    lut_ram_out: float  # LUT RAM written in the clock before, beyond a flip-flop's clock to out
    lut_ram_setup: float
    ram_out: float  # block RAM, without output register
    dsp: float  # multiplier, input to output without registers
    uncertainty: float

    @property
    def level(self) -> float:
        """A LUT and the connection behind it."""
        return self.lut + self.hop


FAMILIES = {
    "xc7": Delays(0.45, 0.12, 0.03, 0.55, 0.85, 0.1, 0.8, 0.38, 2.45, 3.84, 0.3),
    "xcup": Delays(0.25, 0.07, 0.012, 0.3, 0.45, 0.06, 0.45, 0.2, 1.3, 2.1, 0.2),
}


def budget(delays: Delays, clock_ns: float) -> float:
    """Time for logic between two registers."""
    return clock_ns - delays.clock_to_out - delays.setup - delays.uncertainty


def write_end(delays: Delays) -> float:
    """What a word needs to enter the LUT RAM of a channel, beyond a flip-flop's set-up."""
    return delays.hop + delays.lut_ram_setup - delays.setup


def delay(node: Node, d: Delays, depth: int = 0, rippled: int = 0) -> float:
    """Delay of one operation.

    `depth` is the number of words of a memory that is read asynchronously; `rippled` that of the low bits of an operand
    which a carry chain delivers one after the other, so that the chain of this operation runs along with it.
    """
    if node.op in _WIRING or _is_not(node):
        return 0.0
    if node.op in ("add", "sub"):
        return d.carry_entry + d.carry * max(0, node.w - rippled) + d.hop
    if node.op == "mul":
        return _multiplier(node, d)
    if node.op == "eq":
        return _levels(-(-max(arg.w for arg in node.args) // 3), d)
    if node.op in ("ult", "slt"):
        return d.carry_entry + d.carry * max(0, max(arg.w for arg in node.args) / 2 - rippled) + d.hop
    if node.op == "pick":
        return _levels(len(node.args) - 1, d, fan_in=4)
    if node.op in ("shl", "lshr", "ashr"):
        return d.level * max(1, -(-node.args[1].w // 2))
    if node.op == "load":
        return d.level * (1 + max(0, (depth - 1).bit_length() - 6) / 2)
    if node.op == "read":
        return d.lut_ram_out
    return (0.6 if node.op == "mux" else 0.4) * d.level  # several multiplexers or one-bit operations share a LUT


def _is_not(node: Node) -> bool:
    """An inversion is part of the LUT behind it."""
    return node.op == "xor" and node.args[1].value == (1 << node.w) - 1


def multiplier_uses_dsp(node: Node) -> bool:
    """Whether a product is expected in a DSP block: as bound, else from five bits a side."""
    if isinstance(node.attr, Binding) and node.attr.implementation != "auto":
        return node.attr.implementation == "dsp"
    return min(_factor_bits(arg) for arg in node.args) >= 5


def _factor_bits(arg: Node) -> int:
    return arg.args[0].w if arg.op in ("zext", "sext") else arg.w


def _multiplier(node: Node, d: Delays) -> float:
    if multiplier_uses_dsp(node):
        return d.dsp + d.hop
    rows = min(_factor_bits(arg) for arg in node.args)
    adders = max(1, (rows - 1).bit_length())
    return d.level + adders * (d.carry_entry + d.hop) + d.carry * node.w


def _levels(inputs: int, d: Delays, fan_in: int = 6) -> float:
    levels, reach = 1, fan_in
    while reach < inputs:
        levels, reach = levels + 1, reach * fan_in
    return levels * d.level
