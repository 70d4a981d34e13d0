# SPDX-License-Identifier: Apache-2.0
"""C simulation: the kernel in g++ with the real `ap_types`, every word of its ports written down."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from codesign.errors import HlsError, ToolFailed, ToolNotFound
from codesign.hls.compiler import template_folder
from codesign.hls.stimulus import Drive, plan_stimuli
from codesign.toolchain import Tool
from codesign.toolchain.gxx import GXX, defined_symbols
from codesign.workspace import cache_folder
from sim.fast import cached_folder
from sim.manifest import Manifest, Port

TEMPLATES = template_folder() / "include"
FLAGS = ("-std=c++14", "-w")  # the kernels' standard; ap_types warn a hundred times
TIMEOUT_S = 3600.0


@dataclass(frozen=True)
class Kernel:
    """A top in a C++ file, and the RTL that was made of it."""

    source: Path
    top: str
    manifest: Manifest
    include: tuple[Path, ...] = ()
    defines: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Recording:
    """The words of every port (PORT.words in `folder`), and what the C++ printed."""

    folder: Path
    calls: int
    printed: str


def record(kernel: Kernel, drive: Drive, work: Path, *, optimise: str = "-O1") -> Recording:
    """Compile and run the C++; raise HlsError with g++'s or the program's own words when it fails."""
    work = work.resolve()
    folder = work / "vectors"
    folder.mkdir(parents=True)
    program = _build_bench(kernel, drive, work, optimise) if drive.tb else _build_main(kernel, drive, work, optimise)
    printed = _execute(program, kernel, drive.tb or kernel.source)
    try:
        calls = int((folder / "calls").read_text(encoding="utf-8"))
    except OSError as error:
        raise HlsError(f"{drive.tb}: the test bench ended without a call of {kernel.top}") from error
    return Recording(folder, calls, printed)


def _execute(program: Path, kernel: Kernel, who: Path) -> str:
    bench = Tool(name="csim", purpose="to run the C++", remedy="build it", programs=(str(program),))
    try:
        return bench.run([], cwd=kernel.source.resolve().parent, timeout=TIMEOUT_S, env=_rom_path(kernel)).stdout
    except ToolFailed as error:
        raise HlsError(f"{who}: the C++ itself fails when it runs: {error}") from error


def _rom_path(kernel: Kernel) -> dict[str, str]:
    """CODESIGN_ROM files are found where the compiler finds them: beside the source, and in the -I folders."""
    folders = [*map(str, (folder.resolve() for folder in kernel.include)), os.environ.get("CODESIGN_ROM_PATH", "")]
    return {"CODESIGN_ROM_PATH": ":".join(filter(None, folders))}


def _build_main(kernel: Kernel, drive: Drive, work: Path, optimise: str) -> Path:
    ports = _ports_text(kernel.manifest, plan_stimuli(kernel.manifest, drive, work / "vectors"))
    text = f"""{_include(kernel.source)}
#include <cstdio>
int main() {{
    try {{
        codesign_sim::record({kernel.top}, {ports}, {json.dumps(str(work / "vectors"))}, {drive.seed}, {drive.calls});
    }} catch (const std::exception& error) {{
        std::fprintf(stderr, "%s\\n", error.what());
        return 1;
    }}
}}
"""
    main = _compile(kernel, text, work / "main.cpp", optimise)
    return _link([main], [], work)


def _build_bench(kernel: Kernel, drive: Drive, work: Path, optimise: str) -> Path:
    """The bench's calls of the top go to a recorder that calls the top."""
    assert drive.tb is not None
    ports = _ports_text(kernel.manifest, {})
    text = f"""{_include(kernel.source)}
#include <sim/interpose.hpp>
namespace codesign_sim {{
const std::vector<PortPlan>& interposed_ports() {{
    static const std::vector<PortPlan> ports = {ports};
    return ports;
}}
std::string interposed_folder() {{ return {json.dumps(str(work / "vectors"))}; }}
}}
void* codesign_keep = (void*)&codesign_sim::Interposer<decltype(&{kernel.top})>::codesign_interposed<&{kernel.top}>;
"""
    top = _compile(kernel, text, work / "top.cpp", optimise)
    bench = _compile(kernel, _include(drive.tb), work / "bench.cpp", optimise)
    symbols = defined_symbols(top)
    mangled = f"_Z{len(kernel.top)}{kernel.top}"
    original = next(name for name in symbols if name == kernel.top or name.startswith(mangled))
    recorder = next(name for name in symbols if name.startswith("_ZN12codesign_sim10Interposer"))
    return _link([top, bench], [f"-Wl,--wrap={original}", f"-Wl,--defsym=__wrap_{original}={recorder}"], work)


def _include(source: Path) -> str:
    return f"#include {json.dumps(str(source.resolve()))}"


def _ports_text(manifest: Manifest, stimuli: Mapping[str, str]) -> str:
    rows = (_port_text(port, stimuli.get(port.name, "")) for port in manifest.ports)
    return f"std::vector<codesign_sim::PortPlan>{{{', '.join(rows)}}}"


def _port_text(port: Port, stimulus: str) -> str:
    return f'{{"{port.name}", {str(port.direction == "in").lower()}, {port.bits}, {json.dumps(stimulus)}}}'


def _compile(kernel: Kernel, text: str, source: Path, optimise: str) -> Path:
    source.write_text(text, encoding="utf-8")
    result = source.with_suffix(".o")
    options = [f"-D{name}={value}" if value else f"-D{name}" for name, value in kernel.defines.items()]
    options += [flag for folder in kernel.include for flag in ("-I", str(folder.resolve()))]
    header = ["-include", str(_header(optimise) / "csim.hpp")]
    argv: list[str | Path] = [*FLAGS, optimise, *header, *include_flags(), *options, "-c", source, "-o", result]
    try:
        GXX.run(argv, timeout=TIMEOUT_S)
    except ToolFailed as error:
        raise HlsError(f"{kernel.source}: not accepted by the host's compiler: {error}") from error
    return result


def _link(objects: Sequence[Path], options: Sequence[str], work: Path) -> Path:
    program = work / "csim"
    try:
        GXX.run([*objects, *options, "-o", program])
    except ToolFailed as error:
        hint = "; a test bench includes a header that declares the top, not the kernel's source" if options else ""
        raise HlsError(f"the C++ does not link{hint}: {error}") from error
    return program


def include_flags() -> list[str]:
    """Return the include options of C simulation: our stream stand-in and headers, then the real ap_types."""
    return ["-I", str(TEMPLATES / "sim"), "-I", str(TEMPLATES), "-isystem", str(ap_types())]


@cache
def ap_types() -> Path:
    """Return the folder of the real `ap_int.h`; raise ToolNotFound where hls4ml is not installed."""
    spec = find_spec("hls4ml")
    if spec is None or spec.origin is None:
        raise ToolNotFound("ap_types: the headers come with the hls4ml package; pip install hls4ml")
    return Path(spec.origin).parent / "templates" / "vivado" / "ap_types"


@cache
def _header(optimise: str) -> Path:
    """Return the cached folder of the pre-compiled headers that every C simulation includes first."""

    def fill(folder: Path) -> None:
        header = folder / "csim.hpp"
        header.write_text("#include <sim/record.hpp>\n", encoding="utf-8")
        GXX.run([*FLAGS, optimise, *include_flags(), "-x", "c++-header", header, "-o", f"{header}.gch"])

    return cached_folder(cache_folder("csim") / f"header{optimise}-{_fingerprint()}", fill)


def _fingerprint() -> str:
    digest = hashlib.sha256("\n".join([GXX.version(), *GXX.command(), *FLAGS, *include_flags()]).encode())
    for path in sorted([*(TEMPLATES / "sim").iterdir(), TEMPLATES / "codesign" / "pack.hpp", ap_types() / "ap_int.h"]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
