# SPDX-License-Identifier: Apache-2.0
"""Many programs in one build: their RTL side by side under one wrapper, their C++ called by one function."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from codesign.errors import HlsError
from codesign.hls.compiler import compile_kernel
from codesign.hls.cosim import CosimReport, cosimulate
from codesign.hls.csim import Kernel
from codesign.hls.stimulus import Drive
from codesign.target import load_target
from sim.manifest import file_entries, read_manifest
from tests.fuzz.programs import Program

STALLS = (0.0, 0.5, 0.95)
CALLS = 3
_BATCH = "fuzz_batch"


@dataclass(frozen=True)
class Verdict:
    """What became of one program: `pass`, `refused` (the compiler's words), `fail` (what differs), `crash`."""

    program: Program
    status: str
    detail: str = ""


def run_batch(programs: Sequence[Program], folder: Path) -> list[Verdict]:
    """Compile and co-simulate; where the batch as a whole cannot be run, each program is run alone."""
    verdicts, compiled = [], []
    for program in programs:
        verdict = compile_program(program, folder)
        if verdict is None:
            compiled.append(program)
        else:
            verdicts.append(verdict)
    if compiled:
        verdicts += _simulated(compiled, folder)
    return verdicts


def compile_program(program: Program, folder: Path) -> Verdict | None:
    """Write the program's RTL into `folder`/TOP; None where it was accepted."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / f"{program.top}.cpp"
    source.write_text(program.text, encoding="utf-8")
    try:
        compile_kernel(source, program.top, target=load_target("pynq-z2"), out=folder / program.top)
    except HlsError as error:
        return Verdict(program, "refused", str(error).replace(str(folder), ""))
    except Exception as error:  # a traceback is a bug of the compiler: report it with its program
        return Verdict(program, "crash", f"{type(error).__name__}: {error}")
    return None


def _simulated(programs: Sequence[Program], folder: Path) -> list[Verdict]:
    try:
        report = _cosimulate(programs, folder)
    except HlsError as error:
        if len(programs) == 1:
            return [Verdict(programs[0], "crash", str(error)[-2000:])]
        return [v for p in programs for v in _simulated([p], folder / f"alone_{p.top}")]
    if len(programs) == 1 or report.passed:
        return [Verdict(p, *_judge(report)) for p in programs]
    suspects = {p for p in programs if _suspect(report, p)} or set(programs)
    again = [v for p in programs if p in suspects for v in _simulated([p], folder / f"alone_{p.top}")]
    return [*again, *(Verdict(p, "pass") for p in programs if p not in suspects)]


def _judge(report: CosimReport) -> tuple[str, str]:
    for run in report.runs:
        if not run.outcome.passed:
            wrong = [f"{p.name}: {p.words}/{p.expected} words, {p.mismatches}" for p in run.outcome.ports if p.wrong]
            return "fail", f"stall {run.stall}: {run.outcome.status} {run.outcome.message} {' '.join(wrong)}"
    return "pass", ""


def _suspect(report: CosimReport, program: Program) -> bool:
    prefix = f"{program.top}_"
    return any(
        port.name.startswith(prefix) and (port.wrong or port.words != port.expected)
        for run in report.runs
        for port in run.outcome.ports
    )


def _cosimulate(programs: Sequence[Program], folder: Path) -> CosimReport:
    """Co-simulate programs that were compiled (into this folder, or the one above)."""
    home = folder if (folder / programs[0].top).is_dir() else folder.parent
    folder.mkdir(parents=True, exist_ok=True)
    rtl = folder / "rtl"
    _merge_rtl(programs, home, rtl)
    manifest = read_manifest(rtl / "manifest.json")
    source = folder / "batch.cpp"
    source.write_text(_caller(programs, home), encoding="utf-8")
    kernel = Kernel(source, _BATCH, manifest)
    return cosimulate([kernel], [Drive(calls=CALLS, seed=1)], folder / "work", stalls=STALLS, optimise="-O0")[0]


def _merge_rtl(programs: Sequence[Program], home: Path, rtl: Path) -> None:
    """One folder with every program's files, a wrapper and its manifest."""
    rtl.mkdir()
    merged: dict[str, object] = {}
    ports: list[dict[str, object]] = []
    files: dict[str, None] = {}
    instances = ""
    for program in programs:
        own = home / program.top / "rtl"
        merged = json.loads((own / "manifest.json").read_text(encoding="utf-8"))
        for entry in merged["files"]:  # type: ignore[attr-defined]
            shutil.copy(own / entry["path"], rtl / entry["path"])
            files[entry["path"]] = None
        renamed = [port | {"name": f"{program.top}_{port['name']}"} for port in merged["ports"]]  # type: ignore[attr-defined]
        instances += _instance(program, [str(port["name"]) for port in renamed])
        ports += renamed
    (rtl / f"{_BATCH}.sv").write_text(_wrapper(ports, instances), encoding="utf-8")
    entries = file_entries(rtl, [*files, f"{_BATCH}.sv"])
    merged |= {"top": _BATCH, "ports": ports, "processes": [], "streams": []}
    merged["files"] = [{"path": entry.path, "sha256": entry.sha256} for entry in entries]
    (rtl / "manifest.json").write_text(json.dumps(merged), encoding="utf-8")


def _instance(program: Program, ports: Sequence[str]) -> str:
    parts = ("data", "valid", "ready")
    names = [f"{port}_{part}" for port in ports for part in parts]
    pins = ", ".join(f".{name.removeprefix(f'{program.top}_')}({name})" for name in names)
    return f"  {program.top} u_{program.top} (.clk, .rst, {pins});\n"


def _wrapper(ports: Sequence[dict[str, object]], instances: str) -> str:
    pins = ["input logic clk, rst"]
    for port in ports:
        ahead, back = ("input", "output") if port["direction"] == "in" else ("output", "input")
        pins.append(
            f"{ahead} logic [{int(str(port['bits'])) - 1}:0] {port['name']}_data, "
            f"{ahead} logic {port['name']}_valid, {back} logic {port['name']}_ready"
        )
    return f"module {_BATCH} (\n  " + ",\n  ".join(pins) + f");\n{instances}endmodule\n"


def _caller(programs: Sequence[Program], home: Path) -> str:
    """C++ that includes every program and calls each top once."""
    includes = "".join(f'#include "{home.resolve() / program.top}.cpp"\n' for program in programs)
    parameters, calls = [], ""
    for program in programs:
        found = re.search(rf"^void {program.top}\((.*)\) {{$", program.text, re.M)
        assert found, program.top
        own = found[1].split(", hls::")
        names = [re.sub(r"& (\w+)$", rf"& {program.top}_\1", text) for text in own]
        parameters += [name if name.startswith("hls::") else f"hls::{name}" for name in names]
        calls += f"  {program.top}({', '.join(name.rsplit(' ', 1)[1] for name in names)});\n"
    return f"{includes}void {_BATCH}({', '.join(parameters)}) {{\n{calls}}}\n"
