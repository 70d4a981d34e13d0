# SPDX-License-Identifier: Apache-2.0
"""Packed multipliers: half the DSP slices of unpacked ones, by Yosys, at few more LUTs."""

from pathlib import Path

from codesign.hls.compiler import compile_kernel
from codesign.synth import Area, Sources, map_units
from codesign.target import load_target
from tests.qor.kernels import HERE, write_roms

PRODUCTS = 16
TOPS = ("mvu_int4", "mvu_int4_packed", "mvu_int8", "mvu_int8_packed")


def test_half_the_slices(tmp_path: Path) -> None:
    """uint8 by int4 and by int8; the correction of the upper product adds a tenth of the LUTs at most."""
    roms = write_roms(tmp_path / "roms")
    units = []
    for top in TOPS:
        out = tmp_path / top
        compile_kernel(HERE / "kernels.cpp", top, include=[roms], target=load_target("pynq-z2"), out=out)
        units.append(Sources(sorted(path for path in (out / "rtl").iterdir() if path.suffix != ".json")).unit(top))
    areas = [Area.of(cells) for cells in map_units(units, tmp_path / "yosys", family="xc7")]
    for plain, packed in (areas[:2], areas[2:]):
        assert (plain.dsp, packed.dsp) == (PRODUCTS, PRODUCTS // 2), areas
        assert packed.lut <= 1.1 * plain.lut, areas
