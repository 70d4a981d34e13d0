# SPDX-License-Identifier: Apache-2.0
"""`axi_top.sv`: what the board sees of a core. AXI4-Stream with TLAST, AXI4-Lite registers, active-low reset."""

from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files

from codesign.errors import UsageError
from codesign.package.interface import LITE, LITE_BUS, axi_signals, bus_name
from codesign.package.registers import (
    ADDRESS_BITS,
    HASH_WORDS,
    MAGIC,
    OFFSETS,
    REGISTERS,
    SOFT_RESET_CYCLES,
    VERSION,
    hash_words,
)
from codesign.package.words import tdata_bits
from sim.manifest import Manifest, Port, file_entries, write_manifest

TOP = "axi_top"
PARTS = ("channel", "axi_counters", "axi_frame", "axi_in", "axi_join", "axi_lite", "axi_out")


def write_axi_top(manifest: Manifest, design_hash: str) -> Manifest:
    """Write `axi_top.sv` and its parts beside the core and list them in the manifest, which is returned.

    `design_hash` is a SHA-256 in hexadecimal: the registers answer with its first half. Raise UsageError for a port
    that no DMA engine can serve.
    """
    folder = manifest.root
    rtl = files("hls_templates") / "rtl"
    names = [f"codesign_{part}.sv" for part in PARTS]
    for name in names:
        (folder / name).write_text((rtl / name).read_text(encoding="utf-8"), encoding="utf-8")
    (folder / f"{TOP}.sv").write_text(axi_top_text(manifest, design_hash), encoding="utf-8")
    own = [*names, f"{TOP}.sv"]
    core = tuple(entry for entry in manifest.files if entry.path not in own)
    complete = replace(manifest, files=(*file_entries(folder, own), *core))
    write_manifest(complete)
    return complete


def axi_top_text(manifest: Manifest, design_hash: str) -> str:
    """Return the SystemVerilog of the top for a core."""
    for port in manifest.ports:
        if port.kind != "axis":
            raise UsageError(f"{manifest.top}: port {port.name} is {port.kind}; axi_top serves streams")
        if port.words_per_frame is None:
            raise UsageError(f"{manifest.top}: port {port.name}: the manifest says no words_per_frame, so no TLAST")
    inputs, outputs = manifest.directed("in"), manifest.directed("out")
    if not inputs or not outputs:
        raise UsageError(f"{manifest.top}: axi_top needs an input and an output, there are {len(manifest.ports)} ports")
    return "\n".join([*_head(manifest, design_hash), *_body(manifest, inputs, outputs), "endmodule", ""])


def _head(manifest: Manifest, design_hash: str) -> Iterator[str]:
    number = sum(word << 32 * i for i, word in enumerate(hash_words(design_hash)))
    yield "// SPDX-License-Identifier: Apache-2.0"
    yield f"// The board's view of {manifest.top}: a word in the low bits of TDATA, TLAST on a frame's last word."
    yield "//"
    yield from (f"// 0x{register.offset:02X} {register.name}: {register.meaning}" for register in REGISTERS)
    yield f"module {TOP} #("
    yield f"    parameter [{32 * HASH_WORDS - 1}:0] HASH = {32 * HASH_WORDS}'h{number:032x}"
    yield ") ("
    signals = [("aclk", "input", 1), ("aresetn", "input", 1), *axi_signals(manifest)]
    yield ",\n".join(f"    {direction:6} logic {_range(bits)}{name}" for name, direction, bits in signals)
    yield ");"


def _range(bits: int) -> str:
    return f"[{bits - 1}:0] " if bits > 1 else ""


def _body(manifest: Manifest, inputs: tuple[Port, ...], outputs: tuple[Port, ...]) -> Iterator[str]:
    yield "  logic rst;"
    yield f"  logic [{len(inputs) - 1}:0] begins, in_ends, misplaced;"
    yield f"  logic [{len(outputs) - 1}:0] out_ends;"
    for port in manifest.ports:
        yield f"  logic {_range(port.bits)}{port.name}_data;"
        yield f"  logic {port.name}_valid, {port.name}_ready;"
    for index, port in enumerate(inputs):
        yield from _input(index, port)
    yield from _core(manifest)
    for index, port in enumerate(outputs):
        yield from _output(index, port)
    yield from _control(len(inputs), len(outputs))


def _input(index: int, port: Port) -> Iterator[str]:
    bus, name = bus_name(port), port.name
    yield f'  codesign_axi_in #({_sizes(port)}, .NAME("{bus}")) in_{name} ('
    yield f"    .clk(aclk), .rst, {_stream(bus)},"
    yield f"    .data({name}_data), .valid({name}_valid), .ready({name}_ready),"
    yield f"    .begins(begins[{index}]), .ends(in_ends[{index}]), .misplaced(misplaced[{index}]));"


def _output(index: int, port: Port) -> Iterator[str]:
    bus, name = bus_name(port), port.name
    yield f"  codesign_axi_out #({_sizes(port)}) out_{name} ("
    yield f"    .clk(aclk), .rst, .data({name}_data), .valid({name}_valid), .ready({name}_ready),"
    yield f"    {_stream(bus)}, .ends(out_ends[{index}]));"


def _sizes(port: Port) -> str:
    return f".BITS({port.bits}), .AXI_BITS({tdata_bits(port.bits)}), .WORDS({port.words_per_frame})"


def _stream(bus: str) -> str:
    return ", ".join(f".{signal}({bus}_{signal})" for signal in ("tdata", "tvalid", "tready", "tlast"))


def _core(manifest: Manifest) -> Iterator[str]:
    reset = "rst" if manifest.reset.active_high else "!rst"
    pins = [f".{manifest.clock.name}(aclk), .{manifest.reset.name}({reset})"]
    for port in manifest.ports:
        pins.append(", ".join(f".{port.name}_{part}({port.name}_{part})" for part in ("data", "valid", "ready")))
    yield f"  {manifest.top} core ("
    yield ",\n".join(f"    {pin}" for pin in pins) + ");"


def _control(inputs: int, outputs: int) -> Iterator[str]:
    yield "  logic [31:0] frames_in, frames_out, latency;"
    yield "  logic [63:0] cycles;"
    yield f"  codesign_axi_counters #(.INPUTS({inputs}), .OUTPUTS({outputs})) counters ("
    yield "    .clk(aclk), .rst, .begins(begins[0]), .in_ends, .out_ends, .frames_in, .frames_out, .cycles, .latency);"
    yield "  logic write, read;"
    yield f"  logic [{ADDRESS_BITS - 1}:0] write_address, read_address;"
    yield "  logic [31:0] write_data, read_data;"
    yield "  logic [3:0] write_strobe;"
    yield f"  codesign_axi_lite #(.ADDRESS_BITS({ADDRESS_BITS})) lite ("
    pins = [f".{name}({LITE_BUS}_{name})" for name, _, _ in LITE if not name.endswith("prot")]
    yield "    .clk(aclk), .rst(!aresetn), " + ", ".join(pins) + ","
    yield "    .write, .write_address, .write_data, .write_strobe, .read, .read_address, .read_data);"
    yield from _reset()
    yield from _registers()
    unused = ["begins", f"{LITE_BUS}_awprot", f"{LITE_BUS}_arprot", "write_address[1:0]", "read_address[1:0]"]
    yield f"  wire unused = ^{{{', '.join([*unused, 'write_data', 'write_strobe'])}}};"


def _reset() -> Iterator[str]:
    width = SOFT_RESET_CYCLES.bit_length()
    yield "  // A soft reset lasts some cycles; the registers' own bus goes on."
    yield f"  logic [{width - 1}:0] resetting;"
    yield "  logic one;"
    yield "  assign one = write && write_strobe[0] && write_data[0];"
    yield "  always_ff @(posedge aclk)"
    yield "    if (!aresetn) resetting <= '0;"
    yield f"    else if (one && {_at('write', 'CONTROL')}) resetting <= {width}'d{SOFT_RESET_CYCLES};"
    yield "    else if (resetting != 0) resetting <= resetting - 1'b1;"
    yield "  initial rst = 1'b1;  // until the first edge"
    yield "  always_ff @(posedge aclk) rst <= !aresetn || resetting != 0;"


def _registers() -> Iterator[str]:
    yield "  logic error;"
    yield "  logic [31:0] cycles_high;"
    yield "  always_ff @(posedge aclk) begin"
    yield f"    if (rst || (one && {_at('write', 'ERROR')})) error <= 1'b0;"
    yield "    if (!rst && misplaced != 0) error <= 1'b1;"
    yield f"    if (read && {_at('read', 'CYCLES')}) cycles_high <= cycles[63:32];"
    yield "  end"
    yield "  always_comb"
    yield f"    case (read_address[{ADDRESS_BITS - 1}:2])"
    for register in REGISTERS:
        yield f"      {_word(register.name)}: read_data = {_value(register.name)};"
    yield "      default: read_data = '0;"
    yield "    endcase"


def _at(access: str, register: str) -> str:
    return f"{access}_address[{ADDRESS_BITS - 1}:2] == {_word(register)}"


def _word(register: str) -> str:
    return f"{ADDRESS_BITS - 2}'d{OFFSETS[register] // 4}"


def _value(register: str) -> str:
    """Return the expression that a register reads."""
    values = {
        "CONTROL": "{31'd0, resetting != 0 || rst}",
        "MAGIC": f"32'h{MAGIC:08X}",
        "VERSION": f"32'd{VERSION}",
        "FRAMES_IN": "frames_in",
        "FRAMES_OUT": "frames_out",
        "CYCLES": "cycles[31:0]",
        "CYCLES_HIGH": "cycles_high",
        "ERROR": "{31'd0, error}",
        "LATENCY": "latency",
    }
    values |= {f"HASH{i}": f"HASH[{32 * i + 31}:{32 * i}]" for i in range(HASH_WORDS)}
    return values[register]
