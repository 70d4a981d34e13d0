# SPDX-License-Identifier: Apache-2.0
"""C++ in, a folder of SystemVerilog out: the whole HLS compiler in one column."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.resources import files
from pathlib import Path

from codesign.errors import HlsError
from codesign.hls.back.keywords import RESERVED
from codesign.hls.back.memories import PhysicalMemory
from codesign.hls.back.process import ProcessText, write_process
from codesign.hls.back.top import write_top
from codesign.hls.front import compile_program
from codesign.hls.middle.delays import FAMILIES
from codesign.hls.middle.schedule import Schedule, critical_lines
from codesign.hls.process import compile_process
from codesign.hls.program import Program
from codesign.target import Target
from sim.manifest import Clock, Manifest, Process, Reset, Stream, file_entries, write_manifest
from sim.manifest import Port as ManifestPort


@dataclass(frozen=True)
class ProcessReport:
    """What became of one process. `critical_ns` is the operator model's estimate, register to register."""

    name: str
    module: str
    source: str
    stages: int
    initiation_interval: int
    states: int
    register_bits: int
    critical_ns: float
    critical_path: tuple[tuple[str, str], ...]  # operation/width, line
    memories: tuple[PhysicalMemory, ...]


@dataclass(frozen=True)
class CompileResult:
    """What was written: `files` are paths inside the output folder."""

    top: str
    target: str
    clock_ns: float
    processes: tuple[ProcessReport, ...]
    streams: tuple[Stream, ...]
    files: tuple[str, ...]

    @property
    def critical_ns(self) -> float:
        return max((process.critical_ns for process in self.processes), default=0.0)


def compile_kernel(
    source: Path,
    top: str,
    *,
    include: Sequence[Path] = (),
    defines: Mapping[str, str] | None = None,
    target: Target,
    clock_ns: float | None = None,
    out: Path,
) -> CompileResult:
    """Compile `top` of `source` into `out`/rtl, with `out`/rtl/manifest.json and `out`/compile.json.

    `clock_ns` overrides the target's clock. Raise HlsError ("file:line: what, which rule, what to do instead") for
    C++ outside the subset; nothing is written then.
    """
    clock = target.clock_ns if clock_ns is None else clock_ns
    program = compile_program(source, top, [*include, template_folder() / "include"], defines)
    if program.top in RESERVED:
        raise HlsError(f"{source}: the top '{top}' is a word of SystemVerilog; give the function another name")
    schedules = {
        name: compile_process(process, FAMILIES[target.family], clock)
        for name, process in program.processes.items()
        if process.black_box is None
    }
    modules = _module_names(program)
    texts = {
        name: write_process(replace(program.processes[name], name=modules[name]), s) for name, s in schedules.items()
    }
    top_text, streams = write_top(program, modules, {name: text.allowance for name, text in texts.items()})
    rtl = _rtl_files(program, modules, texts, top_text)
    reports = tuple(_report(name, program, schedules[name], texts[name]) for name in schedules)
    result = CompileResult(top, target.name, clock, reports, streams, tuple(f"rtl/{name}" for name in rtl))
    _write(out, rtl, _manifest(program, modules, streams, clock, out / "rtl"), result)
    return result


def template_folder() -> Path:
    """The folder of headers and RTL primitives that ship with the package."""
    return Path(str(files("hls_templates")))


def _module_names(program: Program) -> dict[str, str]:
    """A process may not carry the top's name, nor a primitive's, nor a reserved word."""
    taken = {program.top}
    names = {}
    for name, process in program.processes.items():
        module = process.black_box.module if process.black_box else process.name
        while not process.black_box and (module in taken | RESERVED or module.startswith("codesign_")):
            module = f"{module}_process"
        taken.add(module)
        names[name] = module
    return names


def _rtl_files(
    program: Program, modules: Mapping[str, str], texts: Mapping[str, ProcessText], top_text: str
) -> dict[str, str]:
    """File name -> contents, in compile order: primitives, processes, top, memory images."""
    own = {f"{modules[name]}.sv": text.text for name, text in texts.items()}
    for process in program.processes.values():
        if process.black_box:
            own |= {file.name: file.read_text(encoding="utf-8") for file in process.black_box.files}
    own[f"{program.top}.sv"] = top_text
    images = {name: image for text in texts.values() for name, image in text.files.items()}
    return {**_primitives("\n".join(own.values())), **own, **images}


def _primitives(text: str) -> dict[str, str]:
    """The hand-written modules that `text` uses, and those that they use."""
    folder = template_folder() / "rtl"
    found: dict[str, str] = {}
    pending = [text]
    while pending:
        for name in re.findall(r"\b(codesign_\w+)\b", pending.pop()):
            path = folder / f"{name}.sv"
            if path.name not in found and path.is_file():
                found[path.name] = path.read_text(encoding="utf-8")
                pending.append(found[path.name])
    return dict(sorted(found.items()))


def _manifest(
    program: Program, modules: Mapping[str, str], streams: Sequence[Stream], clock: float, folder: Path
) -> Manifest:
    """What `folder` will hold, but for its files."""
    ports = (ManifestPort(port.name, port.direction, **asdict(port.type)) for port in program.ports)
    processes = (
        Process(instance.name, modules[instance.process], program.processes[instance.process].black_box is not None)
        for instance in program.instances
    )
    clocked = (program.top, Clock(period_ns=clock), Reset())
    return Manifest(folder, *clocked, tuple(ports), tuple(processes), tuple(streams), files=())


def _report(name: str, program: Program, schedule: Schedule, text: ProcessText) -> ProcessReport:
    path = tuple((operation, str(loc) if loc else "") for operation, loc in critical_lines(schedule))
    return ProcessReport(
        name,
        text.name,
        str(program.processes[name].loc),
        schedule.stages,
        1,
        schedule.design.states,
        text.register_bits,
        schedule.critical_ns,
        path,
        text.memories,
    )


def _write(out: Path, rtl: Mapping[str, str], manifest: Manifest, result: CompileResult) -> None:
    manifest.root.mkdir(parents=True, exist_ok=True)
    for name, text in rtl.items():
        (manifest.root / name).write_text(_anywhere(text, out), encoding="utf-8")
    write_manifest(replace(manifest, files=file_entries(manifest.root, list(rtl))))
    report = json.dumps(asdict(result), indent=2) + "\n"
    (out / "compile.json").write_text(_anywhere(report, out), encoding="utf-8")


def _anywhere(text: str, out: Path) -> str:
    """The text without the folders that the same sources may stand in: equal inputs make equal files."""
    for folder in (out, out.resolve(), template_folder() / "include"):
        text = text.replace(f"{folder}/", "")
    return text
