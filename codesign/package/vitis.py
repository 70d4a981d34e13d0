# SPDX-License-Identifier: Apache-2.0
"""What makes the folder `hls` stand alone: headers, a test bench with vectors, and the script for Vitis HLS."""

import shutil
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import Path
from string import Template

from codesign.errors import ToolNotFound
from codesign.hls.compiler import template_folder
from codesign.hls.host import ap_types
from codesign.package.dataflow_region import read_region
from codesign.package.dataflow_rules import check_dataflow
from codesign.package.facts import BoardFacts, PortTensor
from codesign.package.initialisers import find_roms, initialisers_text
from codesign.package.tcl import settings_file, tcl_list
from quant.numerics import IntArray
from quant.numerics.packing import pack, to_hex, to_lanes
from sim.manifest import Manifest, Port


def write_hls_extras(folder: Path, manifest: Manifest, facts: BoardFacts) -> None:
    """Complete `folder`/hls, which holds top.cpp and its tables: it then compiles and runs with nothing else."""
    hls = folder / "hls"
    source = (hls / "top.cpp").read_text(encoding="utf-8")
    _copy_headers(hls / "include")
    (hls / "include" / "rom_initialisers.hpp").write_text(initialisers_text(source, hls), encoding="utf-8")
    _copy("vitis_hls.tcl", hls)
    (hls / "settings.tcl").write_text(settings_text(manifest, facts, source), encoding="utf-8")
    _write_bench(hls, manifest, facts)
    (hls / "README.md").write_text(_readme(manifest, facts, source), encoding="utf-8")


def _copy(name: str, folder: Path) -> None:
    text = (files("codesign") / "package" / name).read_text(encoding="utf-8")
    (folder / name).write_text(text, encoding="utf-8")


def _copy_headers(include: Path) -> None:
    shutil.copytree(template_folder() / "include" / "codesign", include / "codesign")
    shutil.copytree(ap_types(), include / "ap_types")
    licence = distribution("hls4ml").read_text("licenses/LICENSE")
    if licence is None:
        raise ToolNotFound("ap_types: this hls4ml came without its licence; install it from the Python package index")
    (include / "ap_types" / "LICENSE").write_text(licence, encoding="utf-8")


def settings_text(manifest: Manifest, facts: BoardFacts, source: str) -> str:
    """Return what `vitis_hls.tcl` reads."""
    values = {
        "top": manifest.top,
        "part": facts.target.part,
        "clock_ns": f"{manifest.clock.period_ns:g}",
        "roms": tcl_list(tcl_list([rom.function, rom.name]) for rom in find_roms(source)),
    }
    return settings_file("vitis_hls.tcl", values)


def _write_bench(hls: Path, manifest: Manifest, facts: BoardFacts) -> None:
    _copy("vectors.hpp", hls)
    (hls / "tb.cpp").write_text(bench_text(manifest, facts), encoding="utf-8")
    (hls / "vectors").mkdir()
    for port in manifest.ports:
        text = vector_text(port, facts.tensors[port.name], facts.samples[port.name])
        (hls / "vectors" / f"{port.name}.dat").write_text(text, encoding="utf-8")


def vector_text(port: Port, tensor: PortTensor, values: IntArray) -> str:
    """Return logical integers [n, h, w, c] as the words of a port, hexadecimal, one a line."""
    lanes = to_lanes(tensor.physical(values), port.lanes)
    return to_hex(pack(lanes, port.value_bits, port.signed), port.bits)


def bench_text(manifest: Manifest, facts: BoardFacts) -> str:
    """Return `tb.cpp`: every frame through the top, every word compared; the status is not 0 where one differs."""
    ports = manifest.ports
    frames = len(next(iter(facts.samples.values())))
    checks = [f'    wrong += check(folder + "{port.name}.dat", {port.name});' for port in manifest.directed("out")]
    return "\n".join(
        [
            "// SPDX-License-Identifier: Apache-2.0",
            f"// {frames} frames through {manifest.top}; the folder of the vectors is the first argument.",
            '#include "vectors.hpp"',
            "",
            "using namespace codesign_vectors;",
            "",
            f"void {manifest.top}({', '.join(f'{_stream(port)}& {port.name}' for port in ports)});",
            "",
            "int main(int argc, char** argv) {",
            '    const std::string folder = std::string(argc > 1 ? argv[1] : "vectors") + "/";',
            *(f"    {_stream(port)} {port.name};" for port in ports),
            *(f'    load(folder + "{port.name}.dat", {port.name});' for port in manifest.directed("in")),
            f"    for (int frame = 0; frame < {frames}; frame++) {manifest.top}({', '.join(p.name for p in ports)});",
            "    long wrong = 0;",
            *checks,
            f'    std::printf("%s {manifest.top}: {frames} frames\\n", wrong ? "FAIL" : "PASS");',
            "    return wrong ? 1 : 0;",
            "}",
            "",
        ]
    )


def _stream(port: Port) -> str:
    element = f"{'ap_int' if port.signed else 'ap_uint'}<{port.value_bits}>"
    return f"hls::stream<codesign::Lanes<{element}, {port.lanes}>>"


def _readme(manifest: Manifest, facts: BoardFacts, source: str) -> str:
    found = check_dataflow(read_region(source, manifest.top))
    findings = [f"* {finding.severity}: {finding.message}" for finding in found]
    template = Template((files("codesign") / "package" / "hls_readme.md").read_text(encoding="utf-8"))
    return template.substitute(
        network=facts.network,
        top=manifest.top,
        target=facts.target.name,
        frames=len(next(iter(facts.samples.values()))),
        findings="\n".join(findings) or "* nothing: the region is in canonical form",
    )
