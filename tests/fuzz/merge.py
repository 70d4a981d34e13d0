# SPDX-License-Identifier: Apache-2.0
"""Many designs as one: their RTL side by side under a wrapper, their C++ called by one function."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from sim.manifest import file_entries
from tests.fuzz.programs import Program

BATCH = "fuzz_batch"


def merge_rtl(programs: Sequence[Program], home: Path, rtl: Path) -> None:
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
    (rtl / f"{BATCH}.sv").write_text(_wrapper(ports, instances), encoding="utf-8")
    entries = file_entries(rtl, [*files, f"{BATCH}.sv"])
    merged |= {"top": BATCH, "ports": ports, "processes": [], "streams": []}
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
    return f"module {BATCH} (\n  " + ",\n  ".join(pins) + f");\n{instances}endmodule\n"


def caller(programs: Sequence[Program], home: Path) -> str:
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
    return f"{includes}void {BATCH}({', '.join(parameters)}) {{\n{calls}}}\n"
