# SPDX-License-Identifier: Apache-2.0
"""C simulation: the kernel as a program of the host, every word of its ports written down."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codesign.errors import HlsError, ToolFailed
from codesign.hls.host import REFERENCE, Host
from codesign.hls.stimulus import Drive, plan_stimuli
from codesign.toolchain import Tool
from codesign.toolchain.gxx import GXX, defined_symbols
from sim.manifest import Manifest, Port

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


@dataclass(frozen=True)
class Program:
    """A kernel that is compiled with what drives it; it runs in its own folder and writes there."""

    kernel: Kernel
    executable: Path
    folder: Path
    driver: Path  # the file whose main runs

    def run(self) -> Recording:
        """Raises HlsError with the program's own words where it fails."""
        printed = _execute(self.executable, self.kernel, self.driver)
        try:
            calls = int((self.folder / "calls").read_text(encoding="utf-8"))
        except OSError as error:
            message = f"{self.driver}: the test bench ended without a call of {self.kernel.top}"
            raise HlsError(message) from error
        return Recording(self.folder, calls, printed)


def build_program(kernel: Kernel, drive: Drive, work: Path, host: Host = REFERENCE) -> Program:
    """Compile a kernel and its driver into `work`. Raises HlsError with the compiler's own words."""
    work = work.resolve()
    folder = work / "vectors"
    folder.mkdir(parents=True)
    program = _build_bench(kernel, drive, work, host) if drive.tb else _build_main(kernel, drive, work, host)
    return Program(kernel, program, folder, drive.tb or kernel.source)


def record(kernel: Kernel, drive: Drive, work: Path, host: Host = REFERENCE) -> Recording:
    """Compile and run the C++. Raises HlsError."""
    return build_program(kernel, drive, work, host).run()


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


def _build_main(kernel: Kernel, drive: Drive, work: Path, host: Host) -> Path:
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
    main = _compile(kernel, text, work / "main.cpp", host)
    return _link([main], [], work)


def _build_bench(kernel: Kernel, drive: Drive, work: Path, host: Host) -> Path:
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
    top = _compile(kernel, text, work / "top.cpp", host)
    bench = _compile(kernel, _include(drive.tb), work / "bench.cpp", host)
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


def _compile(kernel: Kernel, text: str, source: Path, host: Host) -> Path:
    source.write_text(text, encoding="utf-8")
    result = source.with_suffix(".o")
    options = [f"-D{name}={value}" if value else f"-D{name}" for name, value in kernel.defines.items()]
    options += [flag for folder in kernel.include for flag in ("-I", str(folder.resolve()))]
    try:
        host.compile(source, result, options, TIMEOUT_S)
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
