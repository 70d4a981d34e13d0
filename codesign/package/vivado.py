# SPDX-License-Identifier: Apache-2.0
"""What `vivado.tcl` reads: the settings of one design on one board, and the Verilog module that becomes an IP."""

from importlib.resources import files
from pathlib import Path

from codesign.package.boards import Board, load_board
from codesign.package.interface import LITE_BUS, axi_signals, bus_name
from codesign.package.tcl import settings_file, tcl_dict, tcl_list
from codesign.package.words import tdata_bits
from codesign.target import Target
from sim.manifest import Manifest

WRAPPER = "codesign_accelerator"  # IP Packager wants Verilog at the top (UG1118, top-level HDL requirements)


def wrapper_text(manifest: Manifest) -> str:
    """Return the Verilog module around `axi_top`: the same ports, with the clock's buses named for the IP Packager."""
    signals = list(axi_signals(manifest))
    buses = ":".join([LITE_BUS, *map(bus_name, manifest.ports)])
    ports = [
        _named("clock:1.0 aclk CLK", f"ASSOCIATED_BUSIF {buses}, ASSOCIATED_RESET aresetn") + "  input wire aclk",
        _named("reset:1.0 aresetn RST", "POLARITY ACTIVE_LOW") + "  input wire aresetn",
        *(f"  {way} wire {_range(bits)}{name}" for name, way, bits in signals),
    ]
    pins = [f"    .{name}({name})" for name in ("aclk", "aresetn", *(name for name, _, _ in signals))]
    return "\n".join(
        [
            "// SPDX-License-Identifier: Apache-2.0",
            "// Vivado's IP Packager takes no SystemVerilog at the top: this module only hands every port on.",
            f"module {WRAPPER} (",
            ",\n".join(ports),
            ");",
            "  axi_top accelerator (",
            ",\n".join(pins),
            "  );",
            "endmodule",
            "",
        ]
    )


def _named(interface: str, parameters: str) -> str:
    return (
        f'  (* X_INTERFACE_INFO = "xilinx.com:signal:{interface}" *)\n  (* X_INTERFACE_PARAMETER = "{parameters}" *)\n'
    )


def _range(bits: int) -> str:
    return f"[{bits - 1}:0] " if bits > 1 else ""


def settings_text(manifest: Manifest, target: Target) -> str:
    """Return `settings.tcl`. Its files are relative to the board folder, beside which `rtl` lies."""
    clock_ns = manifest.clock.period_ns
    board = load_board(target, clock_ns)
    values = {
        "target": target.name,
        "board_parts": tcl_list(board.board_parts),
        "part": target.part,
        "clock_ns": f"{clock_ns:g}",
        "inputs": tcl_list(tcl_list([p.name, str(tdata_bits(p.bits))]) for p in manifest.directed("in")),
        "outputs": tcl_list(tcl_list([p.name, str(tdata_bits(p.bits))]) for p in manifest.directed("out")),
        "top": WRAPPER,
        "sources": tcl_list([*(f"../rtl/{name}" for name in _sources(manifest)), f"{WRAPPER}.v"]),
        "memories": tcl_list(f"../rtl/{f.path}" for f in manifest.files if f.path.endswith(".hex")),
        **_processor_settings(board),
    }
    return settings_file("vivado.tcl", values)


def _sources(manifest: Manifest) -> list[str]:
    """The RTL in compile order; a manifest that was written before `axi_top.sv` does not list it."""
    listed = (f.path for f in manifest.files if f.path.endswith((".sv", ".v")))
    return list(dict.fromkeys([*listed, "axi_top.sv"]))


def _processor_settings(board: Board) -> dict[str, str]:
    processor = board.processor
    return {
        "processor": processor.ip,
        "automation": tcl_dict(processor.automation),
        "processor_config": tcl_dict({f"CONFIG.{name}": value for name, value in processor.config.items()}),
        "processor_clock": processor.clock,
        "processor_reset": processor.reset,
        "control": processor.control,
        "control_clock": processor.control_clock,
        "control_base": f"0x{processor.control_base:08X}",
        "memory": processor.memory,
        "memory_clock": processor.memory_clock,
        "address_bits": str(processor.address_bits),
        "actual_mhz": processor.actual_mhz,
    }


def write_vivado(board: Path, manifest: Manifest, target: Target) -> None:
    """Write `vivado.tcl`, `settings.tcl` and the module to be packaged into the folder `board`."""
    script = files("codesign") / "package" / "vivado.tcl"
    (board / "vivado.tcl").write_text(script.read_text(encoding="utf-8"), encoding="utf-8")
    (board / "settings.tcl").write_text(settings_text(manifest, target), encoding="utf-8")
    (board / f"{WRAPPER}.v").write_text(wrapper_text(manifest), encoding="utf-8")
