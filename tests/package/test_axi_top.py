# SPDX-License-Identifier: Apache-2.0
"""The board's top: its text lints, is read by Yosys, and refuses what no DMA engine can serve."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from codesign.errors import UsageError
from codesign.package.axi_top import axi_top_text, write_axi_top
from codesign.package.registers import OFFSETS, REGISTERS, hash_words
from codesign.toolchain import VERILATOR, YOSYS
from sim.manifest import Manifest, Port, Reset, read_manifest
from tests.sim.designs import HERE, PRIMITIVES, describe

HASH = "0123456789abcdef" * 4


def _design(folder: Path) -> Manifest:
    """z = a - b on 100 bits, active-low reset: two inputs, wide words, no registers."""
    sizes = {"a": ("in", 100, 12), "b__x": ("in", 7, 1), "z": ("out", 100, 12)}
    ports = tuple(Port(name, way, bits, words_per_frame=n) for name, (way, bits, n) in sizes.items())  # type: ignore[arg-type]
    return describe(folder, "join2", [HERE / "join2.sv"], ports, Reset("rst_n", active_high=False))


def _chain(folder: Path) -> Manifest:
    ports = (Port("x", "in", 16, words_per_frame=5), Port("y", "out", 16, words_per_frame=5))
    files = [PRIMITIVES / "codesign_channel.sv", HERE / "add_stage.sv", HERE / "chain.sv"]
    return describe(folder, "chain", files, ports)


@pytest.mark.parametrize("design", [_design, _chain])
def test_lint_clean_and_read_by_yosys(design: Callable[[Path], Manifest], tmp_path: Path) -> None:
    manifest = write_axi_top(design(tmp_path), HASH)
    names = [path.name for path in manifest.sources()]
    assert len(set(names)) == len(names)
    VERILATOR.run(["--lint-only", "-Wall", "--top-module", "axi_top", *names], cwd=tmp_path)
    script = f"read_slang --threads 1 --top axi_top {' '.join(names)}; hierarchy -check; proc; check -assert"
    YOSYS.run(["-q", "-p", script], cwd=tmp_path)


PATHS = "i:* i:aclk %d i:aresetn %d %coe* o:* %i"  # outputs that inputs reach through combinational cells


@pytest.mark.parametrize("registered", [True, False])
def test_no_output_depends_on_an_input_of_the_same_cycle(registered: bool, tmp_path: Path) -> None:
    """Even around a core that hands valid and ready straight on; without the register stage the check sees the path."""
    ports = (Port("x", "in", 16, words_per_frame=5), Port("y", "out", 16, words_per_frame=5))
    manifest = write_axi_top(describe(tmp_path, "passing", [HERE / "passing.sv"], ports), HASH)
    if not registered:
        stage = tmp_path / "codesign_axi_in.sv"
        text = stage.read_text(encoding="utf-8")
        stage.write_text(text.replace("= avail && !rst;", "= avail && !rst && ready;"), encoding="utf-8")
    names = [path.name for path in manifest.sources()]
    read = f"read_slang --threads 1 -D SYNTHESIS --top axi_top {' '.join(names)}"
    YOSYS.run(["-q", "-p", f"{read}; synth -flatten -top axi_top; select -write paths.txt {PATHS}"], cwd=tmp_path)
    reached = (tmp_path / "paths.txt").read_text(encoding="utf-8").split()
    assert reached == ([] if registered else ["axi_top/s_axis_x_tready"])


def test_the_manifest_lists_the_top(tmp_path: Path) -> None:
    manifest = write_axi_top(_chain(tmp_path), HASH)
    again = read_manifest(tmp_path / "manifest.json")
    again.verify_files()
    assert [file.path for file in again.files] == [file.path for file in manifest.files]
    assert write_axi_top(again, HASH).files == manifest.files


def test_registers_are_words_of_their_own() -> None:
    assert len(set(OFFSETS.values())) == len(REGISTERS)
    assert hash_words(HASH) == (0x67452301, 0xEFCDAB89, 0x67452301, 0xEFCDAB89)


def test_the_hash_is_in_the_text(tmp_path: Path) -> None:
    text = axi_top_text(_chain(tmp_path), HASH)
    assert "128'hefcdab8967452301efcdab8967452301" in text
    assert text == axi_top_text(_chain(tmp_path), HASH)


def test_what_no_dma_can_serve_is_refused(tmp_path: Path) -> None:
    manifest = _design(tmp_path)
    wide = (replace(manifest.ports[0], bits=1025), *manifest.ports[1:])
    with pytest.raises(UsageError, match="1025 bits"):
        axi_top_text(replace(manifest, ports=wide), HASH)
    endless = (replace(manifest.ports[0], words_per_frame=None), *manifest.ports[1:])
    with pytest.raises(UsageError, match="port a: the manifest says no words_per_frame"):
        axi_top_text(replace(manifest, ports=endless), HASH)
    memory = (replace(manifest.ports[0], kind="axi_mm"), *manifest.ports[1:])
    with pytest.raises(UsageError, match="axi_top serves streams"):
        axi_top_text(replace(manifest, ports=memory), HASH)
    with pytest.raises(UsageError, match="needs an input and an output"):
        axi_top_text(replace(manifest, ports=manifest.ports[:2]), HASH)
