# SPDX-License-Identifier: Apache-2.0
"""A design -> the C++ of its processes and top. The constants stay in .npy files."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from codesign.codegen.bind import template_arguments
from codesign.fold.design import Channel, Design, Process, Table
from codesign.kernels import Stream

WEIGHTS = "weights"


def table_name(process: Process) -> str:
    """The C++ name of a process's constants."""
    return f"{process.name}_table"


def table_file(process: Process) -> str:
    """Where they lie, relative to the C++ file."""
    return f"{WEIGHTS}/{table_name(process)}.npy"


def write_sources(design: Design, folder: Path, comment: str) -> Path:
    """Write the constants and top.cpp, which is returned."""
    (folder / WEIGHTS).mkdir(parents=True)
    for process in design.processes:
        if process.table:
            np.save(folder / table_file(process), process.table.rows.array)
    source = folder / "top.cpp"
    source.write_text(top_text(design, comment), encoding="utf-8")
    return source


def top_text(design: Design, comment: str) -> str:
    """The whole C++ file."""
    blocks = [
        "\n".join(
            ["// SPDX-License-Identifier: Apache-2.0", *(f"// {line}".rstrip() for line in comment.splitlines())]
        ),
        "\n".join(_includes(design)),
        "using namespace codesign;",
        *(_process(process) for process in design.processes),
        _top(design),
    ]
    return "\n\n".join(blocks) + "\n"


def _includes(design: Design) -> list[str]:
    headers = {process.kernel.header for process in design.processes} | {"rom"}
    return [f"#include <codesign/{name}.hpp>" for name in sorted(headers)]


def _process(process: Process) -> str:
    kernel = process.kernel
    arguments = [f"in{at}" if at else "in" for at, _ in enumerate(kernel.inputs)]
    arguments += [f"out{at}" if at else "out" for at, _ in enumerate(kernel.outputs)]
    parameters = [f"{_stream(s)}& {a}" for s, a in zip((*kernel.inputs, *kernel.outputs), arguments, strict=True)]
    lines = [*_rom(process, process.table)] if process.table else []
    arguments += [table_name(process)] if process.table else []
    return "\n".join(
        [
            *lines,
            f"// {process.node}: {kernel.cycles} cycles a frame",
            f"void {process.name}({', '.join(parameters)}) {{",
            f"    codesign::{kernel.kind}<{template_arguments(kernel)}>({', '.join(arguments)});",
            "}",
        ]
    )


def _rom(process: Process, table: Table) -> Iterator[str]:
    rows, columns = table.rows.shape
    yield f'CODESIGN_ROM({table.element}, {table_name(process)}, {rows}, {columns}, "{table_file(process)}")'


def _stream(stream: Stream) -> str:
    return f"hls::stream<Lanes<{stream.element}, {stream.lanes}>>"


def _top(design: Design) -> str:
    ports = [design.channels[name] for name in (*design.inputs, *design.outputs)]
    return "\n".join(
        [
            f"void {design.top}({', '.join(f'{_stream(port.stream)}& {port.name}' for port in ports)}) {{",
            *(f"#pragma HLS INTERFACE axis port={port.name}" for port in ports),
            "#pragma HLS INTERFACE ap_ctrl_none port=return",
            "#pragma HLS DATAFLOW",
            *_declarations(design.channels[name] for name in design.internal),
            *(f"    {process.name}({', '.join((*process.inputs, *process.outputs))});" for process in design.processes),
            "}",
        ]
    )


def _declarations(channels: Iterable[Channel]) -> Iterator[str]:
    for channel in channels:
        yield f'    {_stream(channel.stream)} {channel.name}("{channel.name}");'
        yield f"#pragma HLS STREAM variable={channel.name} depth={channel.depth}"
