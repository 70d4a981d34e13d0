# SPDX-License-Identifier: Apache-2.0
"""board/vivado.tcl: run against a stub of Vivado's commands that keeps the cells, pins and nets that were made."""

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from codesign.errors import UsageError
from codesign.package.boards import load_board
from codesign.package.vivado import WRAPPER, settings_text, wrapper_text, write_vivado
from codesign.package.words import tdata_bits
from codesign.target import load_target, target_names
from codesign.toolchain import VERILATOR
from sim.manifest import Clock, File, Manifest, Port, Reset
from tests.package.conftest import Demo
from tests.package.tcl import STUBS, commands, run_tcl

SCRIPT = "vivado.tcl"


def manifest(root: Path, inputs: dict[str, int], outputs: dict[str, int], clock_ns: float = 8.0) -> Manifest:
    """A design with ports of so many bits, and its files."""
    ports = [Port(name, "in", bits) for name, bits in inputs.items()]
    ports += [Port(name, "out", bits, signed=True) for name, bits in outputs.items()]
    names = ("codesign_rom.sv", "net.sv", "weights.hex")
    files = tuple(File(name, "0" * 64) for name in names)
    return Manifest(root, "net", Clock(period_ns=clock_ns), Reset(), tuple(ports), (), (), files)


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """A folder as it is exported, for one input and one output on a PYNQ-Z2."""
    return written(tmp_path, manifest(tmp_path / "rtl", {"image": 24}, {"scores": 18}), "pynq-z2")


def written(folder: Path, design: Manifest, target: str) -> Path:
    design.root.mkdir()
    for name in (*(file.path for file in design.files), "axi_top.sv"):
        (design.root / name).write_text("// stub\n")
    board = folder / "board"
    board.mkdir()
    write_vivado(board, design, load_target(target))
    return board


def build(board: Path, **options: str) -> subprocess.CompletedProcess[str]:
    """Run the script in the stub; options steer what the stub finds."""
    environment = {"CODESIGN_STUB_LOG": str(board / "log"), "CODESIGN_STUB_OPTIONS": " ".join(sum(options.items(), ()))}
    return run_tcl("vivado_stub.tcl", ["-mode", "batch", "-source", str(board / SCRIPT)], environment)


def log(board: Path) -> set[str]:
    return set((board / "log").read_text().splitlines())


@pytest.mark.parametrize("target", target_names())
def test_every_board_builds_an_overlay(tmp_path: Path, target: str) -> None:
    board = written(tmp_path, manifest(tmp_path / "rtl", {"image": 24}, {"scores": 18}), target)
    done = build(board)
    assert done.returncode == 0, done.stderr
    assert (board / "overlay.bit").exists() and (board / "overlay.hwh").exists()
    found = log(board)
    assert {
        "bus dma_0/M_AXIS_MM2S accelerator/s_axis_image",
        "bus accelerator/m_axis_scores dma_0/S_AXIS_S2MM",
        "bus control/M00_AXI accelerator/s_axi_ctrl",
        "bus control/M01_AXI dma_0/S_AXI_LITE",
        "config dma_0 c_m_axis_mm2s_tdata_width 32",
        "config dma_0 c_m_axi_s2mm_data_width 32",
        "net reset/peripheral_aresetn accelerator/aresetn",
    } <= found
    processor = load_board(load_target(target), 8.0).processor
    assert f"net processor/{processor.clock} accelerator/aclk" in found
    assert f"bus memory/M00_AXI processor/{processor.memory}" in found
    assert f"address accelerator/s_axi_ctrl 0x{processor.control_base:08X} 4K" in found
    assert any(line.startswith("config processor") and line.endswith("125.000000") for line in found)


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 3), (3, 1), (2, 2)])
def test_each_port_has_a_dma_channel(tmp_path: Path, inputs: int, outputs: int) -> None:
    ins = {f"in{i}": 8 << i for i in range(inputs)}
    outs = {f"out{i}": 100 + i for i in range(outputs)}
    board = written(tmp_path, manifest(tmp_path / "rtl", ins, outs), "zcu104")
    done = build(board)
    assert done.returncode == 0, done.stderr
    found = log(board)
    for index, (name, bits) in enumerate(ins.items()):
        assert f"bus dma_{index}/M_AXIS_MM2S accelerator/s_axis_{name}" in found
        assert f"config dma_{index} c_m_axis_mm2s_tdata_width {bits}" in found
    for index, name in enumerate(outs):
        assert f"bus accelerator/m_axis_{name} dma_{index}/S_AXIS_S2MM" in found
        assert f"config dma_{index} c_m_axi_s2mm_data_width 128" in found
    assert f"config memory NUM_SI {inputs + outputs}" in found


def test_what_vivado_found_is_kept(board: Path) -> None:
    assert build(board, slack="0.31").returncode == 0
    found = json.loads((board / "reports" / "vivado.json").read_text())
    assert found["slack_ns"] == 0.31 and found["actual_mhz"] == 125.0 and found["clock_ns"] == 8
    assert (board / "reports" / "utilization.rpt").exists() and (board / "reports" / "timing.rpt").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"board_files": "missing"}, "board files of pynq-z2.*are not installed.*Vivado Store"),
        ({"slack": "-0.42"}, r"clock of 8 ns is missed by 0.42 ns.*--clock-ns 8\.5"),
        ({"progress": "62%"}, "implementation stopped.*runme.log"),
    ],
)
def test_failure_is_explained(board: Path, options: dict[str, str], message: str) -> None:
    done = build(board, **options)
    assert done.returncode == 1
    assert re.search(message, done.stderr, re.DOTALL), done.stderr
    assert not (board / "overlay.bit").exists()


# what a slip of the pen would look like: the stub must notice each of them
SLIPS = (
    ("dma_$index/M_AXIS_MM2S", "dma_$index/M_AXIS_S2MM"),
    ("s_axis_[lindex $inputs $index 0]", "s_axis_data"),
    ("drive reset/interconnect_aresetn memory/aresetn", "drive reset/interconnect_resetn memory/aresetn"),
    ("drive reset/peripheral_aresetn accelerator/aresetn\n", ""),
    ("join_buses memory/M00_AXI processor/$memory\n", ""),
    ("drive processor/$processor_clock accelerator/aclk\n", "drive reset/slowest_sync_clk accelerator/aclk\n"),
    ("c_m_axis_mm2s_tdata_width $bits", "c_m_axis_mm2s_tdata_width 64"),
    ("CONFIG.c_include_sg 0", "CONFIG.c_include_sg 1"),
    ("CONFIG.NUM_SI [llength $masters]", "CONFIG.NUM_SI 1"),
    ("CONFIG.NUM_CLKS 1", "CONFIG.NUM_CLOCKS 1"),
    ("set_property file_type {Memory", "# set_property file_type {Memory"),
    ("lappend slaves dma_$index/S_AXI_LITE\n", ""),
    ("    assign_bd_address\n", ""),
    ("update_ip_catalog\n", ""),
    ("ipx::save_core $core\n", ""),
    ("set_property board_part", "# set_property board_part"),
    ("make_wrapper -files $design -top -import\n", ""),
    ("wait_on_run impl_1", "wait_for_run impl_1"),
    ("incr offset 0x10000", "incr offset 0x1000"),
)


@pytest.mark.parametrize(("right", "wrong"), SLIPS)
def test_stub_notices(board: Path, right: str, wrong: str) -> None:
    text = (board / SCRIPT).read_text()
    assert right in text
    (board / SCRIPT).write_text(text.replace(right, wrong))
    done = build(board)
    assert done.returncode == 1 and done.stderr.startswith("ERROR: ")


def test_wrapper_hands_every_port_of_axi_top_on(demo: Demo, tmp_path: Path) -> None:
    """Verilator is told to mind every pin; the language of the wrapper is Verilog-2001."""
    (tmp_path / "wrapper.v").write_text(wrapper_text(demo.manifest))
    language = ["--default-language", "1364-2001", "+1800-2017ext+sv"]
    sources = [*demo.manifest.sources(), tmp_path / "wrapper.v"]
    VERILATOR.run(["--lint-only", "-Wall", "-Wno-DECLFILENAME", *language, "--top-module", WRAPPER, *sources])


def test_wrapper_has_the_widths_of_a_dma(tmp_path: Path) -> None:
    text = wrapper_text(manifest(tmp_path, {"image": 24}, {"scores": 18, "boxes": 1}))
    assert "input wire [31:0] s_axis_image_tdata" in text and "output wire [7:0] m_axis_boxes_tdata" in text


def test_widths_are_those_of_a_dma() -> None:
    assert [tdata_bits(bits) for bits in (1, 8, 9, 24, 33, 1024)] == [8, 8, 16, 32, 64, 1024]
    with pytest.raises(UsageError, match="1025 bits is wider"):
        tdata_bits(1025)


def test_board_without_block_design_is_refused() -> None:
    with pytest.raises(UsageError, match="there is one for kv260"):
        load_board(replace(load_target("pynq-z2"), name="arty"), 8.0)


def test_settings_are_the_same_each_time(tmp_path: Path) -> None:
    design = manifest(tmp_path, {"image": 24}, {"scores": 18}, clock_ns=7.0)
    text = settings_text(design, load_target("pynq-z1"))
    assert text == settings_text(design, load_target("pynq-z1"))
    assert "142.857143" in text and str(tmp_path) not in text


def test_tcl_words(board: Path) -> None:
    """Where no Tcl can run: braces match, and every command is Tcl's, the script's own, or one that the stub has."""
    builtin = set(
        "set proc puts source file foreach for if error expr list lappend llength lindex lsort lrange concat format"
        " incr join glob global open close return dict string info split".split()
    )
    defined = set(re.findall(r"^proc (\S+)", (STUBS / "vivado_stub.tcl").read_text(), re.MULTILINE))
    defined |= {f"ipx::{name}" for name in ("create_xgui_files", "update_checksums", "check_integrity")}
    defined |= {"report_utilization", "report_timing_summary", "report_power"}
    for name in (SCRIPT, "settings.tcl"):
        text = (board / name).read_text()
        own = set(re.findall(r"^proc (\S+)", text, re.MULTILINE))
        used = [words[0] for words in commands(text)]
        assert len(used) > 15 and {"dma_$index", "text"}.isdisjoint(used)
        assert set(used) <= builtin | defined | own, set(used) - builtin - defined - own
