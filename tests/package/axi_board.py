# SPDX-License-Identifier: Apache-2.0
"""The Verilated axi_top of a design as the device behind the fake board."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from codesign.package.interface import bus_name
from codesign.package.registers import OFFSETS
from codesign.package.words import tdata_bits
from codesign.toolchain import GXX, VERILATOR
from codesign.toolchain.verilator import include_folder
from codesign.workspace import cache_folder
from sim.fast import cached_folder
from sim.manifest import Manifest

SERVER = Path(__file__).with_name("axi_board.cpp")


def build_server(manifest: Manifest, work: Path) -> Path:
    """Compile the server of a design whose manifest lists its axi_top; return the program."""
    work.mkdir(parents=True)
    (work / "ports.hpp").write_text(_ports_text(manifest))
    sources = [str(path.resolve()) for path in manifest.sources()]
    naming = ["--top-module", "axi_top", "--prefix", "Vaxi_top", "--Mdir", str(work), "-Wno-fatal"]
    VERILATOR.run(["--cc", "-O3", "--no-timing", *naming, *sources], cwd=work)
    models = [path for path in sorted(work.glob("Vaxi_top*.cpp")) if "ALL" not in path.name]
    objects = sorted(_runtime().glob("*.o"))
    GXX.run([*_flags(), "-I", work, SERVER, *models, *objects, "-o", work / "server"], cwd=work)
    return work / "server"


def _flags() -> list[str]:
    include = include_folder()
    features = [f"-DVM_{feature}=0" for feature in ("COVERAGE", "SC", "TIMING", "TRACE", "TRACE_FST", "TRACE_VCD")]
    return ["-std=c++17", "-O0", "-pthread", *features, "-isystem", str(include), "-isystem", str(include / "vltstd")]


def _runtime() -> Path:
    """Verilator's library, compiled once."""

    def fill(folder: Path) -> None:
        for name in ("verilated", "verilated_threads"):
            GXX.run([*_flags(), "-c", include_folder() / f"{name}.cpp", "-o", folder / f"{name}.o"])

    version = "".join([VERILATOR.version(), GXX.version(), *_flags()])
    return cached_folder(cache_folder("tests") / f"verilated-{sha256(version.encode()).hexdigest()[:16]}", fill)


def _ports_text(manifest: Manifest) -> str:
    rows = []
    for port in manifest.ports:
        head = f"{str(port.direction == 'in').lower()}, {tdata_bits(port.bits) // 8}"
        names = (f"{bus_name(port)}_{pin}" for pin in ("tdata", "tvalid", "tready", "tlast"))
        pins = ", ".join(f"&top.{name.replace('__', '___05F')}" for name in names)
        rows.append(f'        {{"{port.name}", {{{head}, {pins}, {{}}, 0, {{}}}}}},')
    table = "\n".join(rows)
    return f"""#include "Vaxi_top.h"
inline std::map<std::string, Stream> streams(Vaxi_top& top) {{
    return {{
{table}
    }};
}}
"""


class AxiBoard:
    """A device (see fake_pynq): what the driver sends goes through the RTL, register accesses over AXI4-Lite."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def send(self, port: str, frame: bytes) -> None:
        self._ask(f"S {port} {frame.hex()}")

    def receive(self, port: str) -> bytes | None:
        answer = self._ask(f"G {port}")
        return None if answer == "-" else bytes.fromhex(answer)

    def read(self, offset: int) -> int:
        return int(self._ask(f"R {offset}"))

    def write(self, offset: int, value: int) -> None:
        self._ask(f"W {offset} {value}")
        if offset == OFFSETS["CONTROL"]:
            self._ask("C")  # the engines are reset together with the core, and drop what they hold

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


@contextmanager
def axi_board(program: Path, folder: Path) -> Iterator[AxiBoard]:
    """Run the server; `folder` is where the RTL's memory images lie."""
    command = [str(program)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        yield AxiBoard(process)
