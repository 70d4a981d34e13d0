# SPDX-License-Identifier: Apache-2.0
"""Waveform files: what a simulator that writes them is built with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import SimError


@dataclass(frozen=True)
class Waveform:
    """A format: Verilator's name for it, the source and class of its run-time library that write it, libraries."""

    name: str = ""
    source: str = ""
    tracer: str = ""
    link_flags: tuple[str, ...] = ()

    @property
    def verilator_flags(self) -> tuple[str, ...]:
        """Arguments of Verilator."""
        return (f"--trace-{self.name}",) if self.name else ()

    @property
    def compile_flags(self) -> tuple[str, ...]:
        """Definitions for the compiler; all parts of one simulator must agree on them."""
        on = {"TRACE": bool(self.name), "TRACE_VCD": self.name == "vcd", "TRACE_FST": self.name == "fst"}
        return tuple(f"-DVM_{feature}={int(value)}" for feature, value in on.items())


NO_WAVEFORM = Waveform()
VCD = Waveform("vcd", "verilated_vcd_c", "VerilatedVcdC")
FST = Waveform("fst", "verilated_fst_c", "VerilatedFstC", ("-llz4", "-lz"))
PROBE = """#include <lz4.h>
#include <zlib.h>
int main() { return LZ4_versionNumber() == 0 || zlibVersion() == nullptr; }
"""


def waveform_of(path: Path) -> Waveform:
    """Return the format that a file's suffix asks for; raise SimError on any but .vcd and .fst."""
    for waveform in (VCD, FST):
        if path.suffix == f".{waveform.name}":
            return waveform
    raise SimError(f"{path}: a waveform is written as FILE.vcd or FILE.fst, not '{path.suffix}'")


def require_libraries(waveform: Waveform, compiler: Callable[[Sequence[str], Path], str], folder: Path) -> None:
    """Raise SimError when the compiler does not find what the format needs."""
    if waveform != FST:
        return
    probe = folder / "probe.cpp"
    probe.write_text(PROBE, encoding="utf-8")
    try:
        compiler([str(probe), *waveform.link_flags, "-o", str(folder / "probe")], folder)
    except Exception as error:  # whatever the caller's compiler raises when it fails
        raise SimError(
            "FST waveforms need the headers of lz4 and zlib, which the compiler does not find: "
            "write FILE.vcd, or install liblz4-dev and zlib1g-dev"
        ) from error
