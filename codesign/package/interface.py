# SPDX-License-Identifier: Apache-2.0
"""The ports of `axi_top`, by Vivado's names: what its text declares and what is wrapped around it."""

from collections.abc import Iterator
from typing import Literal

from codesign.package.registers import ADDRESS_BITS
from codesign.package.words import tdata_bits
from sim.manifest import Manifest, Port

Signal = tuple[str, Literal["input", "output"], int]  # name, direction, bits

LITE_BUS = "s_axi_ctrl"
LITE: tuple[Signal, ...] = (
    ("awaddr", "input", ADDRESS_BITS), ("awprot", "input", 3), ("awvalid", "input", 1), ("awready", "output", 1),
    ("wdata", "input", 32), ("wstrb", "input", 4), ("wvalid", "input", 1), ("wready", "output", 1),
    ("bresp", "output", 2), ("bvalid", "output", 1), ("bready", "input", 1),
    ("araddr", "input", ADDRESS_BITS), ("arprot", "input", 3), ("arvalid", "input", 1), ("arready", "output", 1),
    ("rdata", "output", 32), ("rresp", "output", 2), ("rvalid", "output", 1), ("rready", "input", 1),
)  # fmt: skip


def bus_name(port: Port) -> str:
    """Return the AXI4-Stream interface of a port of the core."""
    return f"{'s' if port.direction == 'in' else 'm'}_axis_{port.name}"


def axi_signals(manifest: Manifest) -> Iterator[Signal]:
    """Yield every port of `axi_top` but the clock and the reset; raise UsageError for a word too wide."""
    for port in manifest.ports:
        yield from _stream_signals(port)
    for name, direction, bits in LITE:
        yield f"{LITE_BUS}_{name}", direction, bits


def _stream_signals(port: Port) -> Iterator[Signal]:
    bus, enters = bus_name(port), port.direction == "in"
    yield f"{bus}_tdata", "input" if enters else "output", tdata_bits(port.bits)
    yield f"{bus}_tvalid", "input" if enters else "output", 1
    yield f"{bus}_tready", "output" if enters else "input", 1
    yield f"{bus}_tlast", "input" if enters else "output", 1
