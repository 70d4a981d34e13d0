# SPDX-License-Identifier: Apache-2.0
"""Manifests -> one executable that holds every design.

Each design becomes a Verilated model of its own. What is the same for all of them (Verilator's run-time library, the
harness, the pre-compiled headers) is compiled once per Verilator, compiler and flags, and kept in `Tools.cache`.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sim.errors import SimError
from sim.fast.cache import cached_folder
from sim.fast.glue import glue_text, model_prefix, table_text
from sim.fast.waveform import NO_WAVEFORM, Waveform, require_libraries
from sim.manifest import Manifest

HARNESS = Path(__file__).with_name("cpp")
HARNESS_SOURCES = ("words.cpp", "stream.cpp", "taps.cpp", "bench.cpp", "stop.cpp", "main.cpp")
TAP = Path(__file__).with_name("rtl") / "codesign_tap.sv"
VERILATED_SOURCES = ("verilated.cpp", "verilated_threads.cpp")
# Verilator 5.48 makes (x >> a) >> b into x >> (a + b) with a sum as narrow as `a`: these rewritings are left out.
SOUND = ("-fno-dfg-peephole-replace-shiftl-shiftl", "-fno-dfg-peephole-replace-shiftr-shiftr")
VERILATE = ("--cc", "-O3", "--no-timing", "--x-initial", "unique", "-Wno-fatal", "--quiet", *SOUND)
COMPILE = (
    "-std=c++17",
    *(f"-DVM_{feature}=0" for feature in ("COVERAGE", "SC", "TIMING", "TRACE_SAIF")),
    *(f"-DVL_USER_{handler}" for handler in ("FINISH", "STOP", "FATAL")),
)
UNIT_BYTES = 400_000  # generated C++ per translation unit: headers weigh little, memory stays below a gigabyte


@dataclass(frozen=True)
class Tools:
    """The programs a build needs, as callables (arguments, folder) -> standard output, and a folder that lasts.

    `version` names the exact programs: the cached objects are valid for it alone.
    """

    verilator: Callable[[Sequence[str], Path], str]
    compiler: Callable[[Sequence[str], Path], str]
    verilator_include: Path
    version: str
    cache: Path


@dataclass(frozen=True)
class _Setup:
    """How one simulator is built."""

    tools: Tools
    optimise: str
    taps: bool
    waveform: Waveform

    def flags(self) -> list[str]:
        include = self.tools.verilator_include
        return [
            *COMPILE,
            *self.waveform.compile_flags,
            *("-isystem", str(include), "-isystem", str(include / "vltstd"), "-I", str(HARNESS)),
        ]

    def fingerprint(self) -> str:
        """Name the programs, the flags and the harness."""
        digest = hashlib.sha256("\n".join([self.tools.version, *self.flags()]).encode())
        for path in sorted(HARNESS.iterdir()):
            digest.update(path.read_bytes())
        return digest.hexdigest()[:16]


def build(
    manifests: Sequence[Manifest],
    folder: Path,
    tools: Tools,
    *,
    optimise: str = "-O1",
    taps: bool = False,
    waveform: Waveform = NO_WAVEFORM,
    workers: int = 1,
) -> Path:
    """Build the simulator of `manifests` in `folder`; return the executable. Jobs name designs by their index.

    `optimise` is the compiler's level for the models: -O1 builds fast, -O2 runs long simulations faster. With `taps`
    jobs may name channels beside ports; with a `waveform` they may write one.
    """
    if not manifests:
        raise SimError("no design to build a simulator of")
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    setup = _Setup(tools, optimise, taps, waveform)
    require_libraries(waveform, tools.compiler, folder)
    runtime = _runtime_objects(setup)
    _model_header(setup)
    for index, manifest in enumerate(manifests):
        _verilate(manifest, index, folder, setup)
    units = _write_units(manifests, folder, setup)
    with ThreadPoolExecutor(workers) as pool:
        objects = list(pool.map(lambda unit: _compile_model(unit, setup), units))
    program = folder / "simulator"
    libraries = [*(str(path) for path in sorted(runtime.glob("*.o"))), *waveform.link_flags]
    tools.compiler([*objects, *libraries, "-o", str(program), "-pthread"], folder)
    return program


def cached_build(
    manifests: Sequence[Manifest],
    tools: Tools,
    *,
    optimise: str = "-O1",
    taps: bool = False,
    waveform: Waveform = NO_WAVEFORM,
    workers: int = 1,
) -> Path:
    """Return the simulator of `manifests`, built the first time and kept in `tools.cache` by its content."""
    setup = _Setup(tools, optimise, taps, waveform)
    digest = hashlib.sha256(f"{setup.fingerprint()} {optimise} {taps}".encode())
    for manifest in manifests:
        digest.update(repr((manifest.top, manifest.clock, manifest.reset, manifest.ports)).encode())
        for source in manifest.sources():
            digest.update(source.read_bytes())

    def fill(folder: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="codesign-build-") as scratch:
            work = Path(scratch)
            shutil.copy(
                build(manifests, work, tools, optimise=optimise, taps=taps, waveform=waveform, workers=workers), folder
            )

    return cached_folder(tools.cache / f"simulator-{digest.hexdigest()[:16]}", fill) / "simulator"


def _verilate(manifest: Manifest, index: int, folder: Path, setup: _Setup) -> None:
    sources = [str(path.resolve()) for path in manifest.sources()]
    if not sources:
        raise SimError(f"{manifest.top}: the manifest lists no SystemVerilog file")
    prefix = model_prefix(index)
    shutil.rmtree(folder / prefix, ignore_errors=True)  # an earlier build may have left more files than this one
    naming = ["--top-module", manifest.top, "--prefix", prefix, "--Mdir", str(folder / prefix)]
    if setup.taps:
        sources.append(str(TAP))
    setup.tools.verilator([*VERILATE, *setup.waveform.verilator_flags, *naming, *sources], folder)


def _write_units(manifests: Sequence[Manifest], folder: Path, setup: _Setup) -> list[Path]:
    """Gather the generated C++ into few translation units: each costs a load of the headers."""
    pieces = [piece for index, manifest in enumerate(manifests) for piece in _pieces(manifest, index, folder, setup)]
    pieces.append((0, table_text(manifests)))
    units = []
    for number, texts in enumerate(_grouped(pieces)):
        unit = folder / f"unit{number}.cpp"
        unit.write_text("\n".join(texts), encoding="utf-8")
        units.append(unit)
    return units


def _pieces(manifest: Manifest, index: int, folder: Path, setup: _Setup) -> Iterable[tuple[int, str]]:
    """Yield (bytes of C++, text that brings it in) for one model.

    Verilator's guard against a second pre-compiled header is lifted: these are included as plain ones.
    """
    prefix = model_prefix(index)
    for path in sorted((folder / prefix).glob("*.cpp")):
        yield path.stat().st_size, f'#undef VL_PCH_INCLUDED\n#include "{prefix}/{path.name}"'
    glue = glue_text(manifest, index, setup.waveform)
    yield len(glue), f'#include "{prefix}/{prefix}.h"\n{glue}'


def _grouped(pieces: Iterable[tuple[int, str]]) -> Iterable[list[str]]:
    group: list[str] = []
    total = 0
    for size, text in pieces:
        if group and total + size > UNIT_BYTES:
            yield group
            group, total = [], 0
        group.append(text)
        total += size
    yield group


def _compile_model(unit: Path, setup: _Setup) -> str:
    folder = unit.parent
    header = ["-include", str(_model_header(setup) / "models.hpp")]
    includes = [flag for path in sorted(folder.glob("Vd*")) if path.is_dir() for flag in ("-I", str(path))]
    result = unit.with_suffix(".o")
    flags = [*setup.flags(), setup.optimise, *header, *includes, "-I", str(folder)]
    setup.tools.compiler([*flags, "-c", str(unit), "-o", str(result)], folder)
    return str(result)


def _runtime_objects(setup: _Setup) -> Path:
    """Return the folder of Verilator's compiled library and the compiled harness."""
    tools = setup.tools

    def fill(folder: Path) -> None:
        harness = folder / "harness.cpp"
        harness.write_text("".join(f'#include "{name}"\n' for name in HARNESS_SOURCES), encoding="utf-8")
        names = [*VERILATED_SOURCES, *([f"{setup.waveform.source}.cpp"] if setup.waveform.source else [])]
        for source in (*(tools.verilator_include / name for name in names), harness):
            tools.compiler([*setup.flags(), "-O2", "-c", str(source), "-o", str(folder / f"{source.stem}.o")], folder)

    return cached_folder(tools.cache / f"objects-{setup.fingerprint()}", fill)


def _model_header(setup: _Setup) -> Path:
    """Return the folder of the models' pre-compiled header, which is good for one level of optimisation."""

    def fill(folder: Path) -> None:
        header = folder / "models.hpp"
        header.write_text('#include "dut.hpp"\n', encoding="utf-8")
        flags = [*setup.flags(), setup.optimise]
        setup.tools.compiler([*flags, "-x", "c++-header", str(header), "-o", f"{header}.gch"], folder)

    return cached_folder(setup.tools.cache / f"header{setup.optimise}-{setup.fingerprint()}", fill)
