# SPDX-License-Identifier: Apache-2.0
"""The files of a report: DIR/report.json, and one section for each verb in DIR/results."""

import json
from pathlib import Path
from typing import Any

from codesign.errors import ReportError, UsageError
from codesign.report.codec import decode, encode
from codesign.report.model import Report
from codesign.report.sections import Evaluation, Section, Simulation, Synthesis, Vitis, Vivado
from codesign.workspace import write_whole

VERSION = 1
REPORT = "report.json"
SECTIONS: dict[type[Section], str] = {
    Evaluation: "results/evaluate.json",
    Simulation: "results/simulate.json",
    Synthesis: "results/synth.json",
    Vitis: "results/vitis.json",
    Vivado: "results/vivado.json",
}


def write_report(folder: Path, report: Report) -> Path:
    """Write the report without its sections, which have files of their own; return the path."""
    data = encode(report)
    for section in SECTIONS:
        data.pop(section.__name__.lower())
    return _write(folder / REPORT, data)


def write_section(folder: Path, section: Section) -> Path:
    """Write the section's file into a design's folder, unless it does not fit the report there: then ReportError."""
    if (folder / REPORT).is_file():
        _read(Report, folder / REPORT).with_section(section)
    return _write(folder / SECTIONS[type(section)], encode(section))


def read_report(folder: Path) -> Report:
    """Read a design's report with the sections there are; raise UsageError or ReportError."""
    path = folder / REPORT
    if not path.is_file():
        raise UsageError(f"{folder}: no {REPORT}; give a folder that codesign export wrote")
    report: Report = _read(Report, path)
    for kind, name in SECTIONS.items():
        if (folder / name).is_file():
            report = report.with_section(_read(kind, folder / name))
    return report


def _read(kind: type[Any], path: Path) -> Any:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReportError(f"{path}: cannot be read: {error}") from error
    version = data.pop("version", None) if isinstance(data, dict) else None
    if version != VERSION:
        raise ReportError(f"{path}: version {version}, expected {VERSION}; write it again with this codesign")
    return decode(kind, data, path.name)


def _write(path: Path, data: dict[str, Any]) -> Path:
    write_whole(path, json.dumps({"version": VERSION, **data}, indent=1, allow_nan=False) + "\n")
    return path
