# SPDX-License-Identifier: Apache-2.0
"""Which files a module needs, what decides its key, and what its cells add up to."""

from pathlib import Path

import pytest

from codesign.errors import ToolFailed
from codesign.synth import Area, Sources

PRIMITIVE = "module codesign_ram #(parameter W = 1) (input logic clk);\nendmodule\n"
LAYER = "// {comment}\nmodule {name} (\n  input logic clk\n);\n  {body}\nendmodule\n"
TOP = "module top (input logic clk);\n  layer_a u0 (.clk);\n  layer_b u1 (.clk);\nendmodule\n"


def _design(folder: Path, **files: str) -> Sources:
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"codesign_ram.sv": PRIMITIVE, "top.sv": TOP}
    texts |= {f"{name}.sv": LAYER.format(name=name, comment="", body="") for name in ("layer_a", "layer_b")}
    texts |= {name.replace("__", "."): text for name, text in files.items()}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return Sources([folder / name for name in texts])


def _layer(
    name: str, comment: str = "", body: str = 'codesign_ram u (.clk); initial $readmemh("layer_a.hex", m);'
) -> str:
    return LAYER.format(name=name, comment=comment, body=body)


def _names(sources: Sources, module: str, *boxes: str) -> set[str]:
    return {path.name for path in sources.unit(module, boxes).files}


def test_a_unit_holds_what_its_module_needs(tmp_path: Path) -> None:
    sources = _design(tmp_path, layer_a__sv=_layer("layer_a"), layer_a__hex="0\n")
    assert _names(sources, "layer_a") == {"layer_a.sv", "codesign_ram.sv", "layer_a.hex"}
    assert _names(sources, "layer_b") == {"layer_b.sv"}
    assert "top" in sources and "axi_top" not in sources


def test_a_black_box_brings_its_modules_and_no_memory_image(tmp_path: Path) -> None:
    sources = _design(tmp_path, layer_a__sv=_layer("layer_a"), layer_a__hex="0\n")
    assert _names(sources, "top", "layer_a") == {"top.sv", "layer_a.sv", "layer_b.sv", "codesign_ram.sv"}
    assert "layer_a.hex" in _names(sources, "top")


def _key(folder: Path, module: str, boxes: tuple[str, ...] = (), salt: str = "xc7", **files: str) -> str:
    return _design(folder, **files).unit(module, boxes).key(salt)


def test_comments_and_the_own_name_leave_the_key(tmp_path: Path) -> None:
    one, two = _layer("layer_a", "/home/one/kernel.hpp:3"), _layer("layer_a", "/home/two/kernel.hpp:7")
    keys = {
        _key(tmp_path / str(at), "layer_a", layer_a__sv=text, layer_a__hex="0") for at, text in enumerate((one, two))
    }
    renamed = _layer("other", body='codesign_ram u (.clk); initial $readmemh("other.hex", m);')
    keys.add(_key(tmp_path / "renamed", "other", other__sv=renamed, other__hex="0"))
    assert len(keys) == 1


def test_what_decides_the_cells_decides_the_key(tmp_path: Path) -> None:
    keys = [
        _key(tmp_path / "a", "layer_a", layer_a__sv=_layer("layer_a"), layer_a__hex="0"),
        _key(tmp_path / "b", "layer_a", layer_a__sv=_layer("layer_a"), layer_a__hex="1"),
        _key(tmp_path / "c", "layer_a", layer_a__sv=_layer("layer_a"), layer_a__hex="0", salt="xcup"),
        _key(
            tmp_path / "d", "layer_a", layer_a__sv=_layer("layer_a"), layer_a__hex="0", codesign_ram__sv=PRIMITIVE * 2
        ),
        _key(tmp_path / "e", "layer_a"),
    ]
    assert len(set(keys)) == len(keys)


def test_the_inside_of_a_black_box_leaves_the_key(tmp_path: Path) -> None:
    boxes = ("layer_a", "layer_b")
    plain = _key(tmp_path / "a", "top", boxes)
    assert plain == _key(tmp_path / "b", "top", boxes, layer_a__sv=_layer("layer_a", body="logic unused;"))
    wider = _layer("layer_a", body="").replace("input logic clk", "input logic clk, input logic [3:0] more")
    assert plain != _key(tmp_path / "c", "top", boxes, layer_a__sv=wider)
    assert plain != _key(tmp_path / "d", "top")


def test_area_counts_memory_and_refuses_unknown_cells() -> None:
    cells = {"LUT6": 3, "INV": 1, "RAM32M": 2, "FDRE": 5, "FDSE": 1, "CARRY4": 4, "DSP48E1": 1, "RAMB18E1": 1}
    area = Area.of(cells)
    assert area == Area(lut=12, lut_memory=8, ff=6, carry4=4, dsp=1, bram36=0.5)
    assert area * 2 + Area(dsp=1) == Area(lut=24, lut_memory=16, ff=12, carry4=8, dsp=3, bram36=1.0)
    assert Area.of({"RAM64M8": 1, "DSP48E2": 2, "CARRY8": 3}) == Area(lut=8, lut_memory=8, carry4=6, dsp=2)
    with pytest.raises(ToolFailed, match="no LUT count for the cells RAMX1"):
        Area.of({"RAMX1": 1})
