# SPDX-License-Identifier: Apache-2.0
"""The operator model's clock periods against those of Yosys' cell delays and of a routed ECP5."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codesign.hls.compiler import compile_kernel
from codesign.hls.middle.delays import FAMILIES
from codesign.synth import Sources, map_units
from codesign.target import load_target
from sim.manifest import read_manifest
from tests.qor.bench_top import TOP, bench_files
from tests.qor.kernels import HERE
from tests.qor.synthesis import cell_path, route_ecp5

# top, clock in ns, products in DSP blocks (as the compiler expects them) or in LUTs
CASES = tuple(
    (top, clock, dsp)
    for top, dsp in (
        ("requantise_compiled", True),
        ("window_compiled", False),
        ("dwconv_compiled", False),
        ("mvu_compiled", False),
    )
    for clock in (8.0, 5.0)
)
ROUTED_AT = 8.0  # one place and route for each kernel: it takes minutes


@dataclass(frozen=True)
class Timing:
    """Periods in ns: predicted, of the mapped cells alone, of the cells and 0.45 ns a connection, of a routed ECP5."""

    name: str
    clock_ns: float
    stages: int
    model_ns: float
    cells_ns: float
    hops_ns: float
    ecp5_ns: float | None

    @property
    def error(self) -> float:
        """Relative error of the model against cells and connections."""
        return self.model_ns / self.hops_ns - 1


def timings(roms: Path, work: Path) -> Iterator[Timing]:
    """Compile, map and route one kernel after the other."""
    target = load_target("pynq-z2")
    for top, clock, dsp in CASES:
        out = work / f"{top}_{clock:g}"
        result = compile_kernel(HERE / "kernels.cpp", top, include=[roms], target=target, clock_ns=clock, out=out)
        files = bench_files(read_manifest(out / "rtl" / "manifest.json"), out / "bench")
        map_units([Sources(files).unit(TOP)], out / "xc7", family="xc7", dsp=dsp)
        path = cell_path(out / "xc7", TOP)
        model = result.critical_ns - FAMILIES[target.family].uncertainty
        routed = route_ecp5(files, TOP, out / "ecp5", dsp=dsp) if clock == ROUTED_AT else None
        yield Timing(top, clock, result.processes[0].stages, model, path.cells_ns, path.routed_ns, routed)
