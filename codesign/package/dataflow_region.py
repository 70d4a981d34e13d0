# SPDX-License-Identifier: Apache-2.0
"""The dataflow region in the C++ that codesign writes: tasks in the order of their calls, and the streams between."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codesign.errors import UsageError

DEFAULT_DEPTH = 2  # of a FIFO that no pragma sizes (UG1399, pragma HLS stream)

_FUNCTION = re.compile(r"^void (\w+)\(([^)]*)\) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_PARAMETER = re.compile(r"&\s*(\w+)")
_DEPTH = re.compile(r"#pragma HLS STREAM variable=(\w+) depth=(\d+)$")
_STREAM = re.compile(r'hls::stream<.*>\s+(\w+)(?:\("\w+"\))?;$')
_CALL = re.compile(r"(\w+)\(([\w, ]*)\);$")


@dataclass(frozen=True)
class Task:
    """A call in the region."""

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]


@dataclass(frozen=True)
class Region:
    """The body of a top: `depths` of its streams, its `ports`, and the lines that are none of the canonical form."""

    ports: tuple[str, ...]
    depths: Mapping[str, int]
    tasks: tuple[Task, ...]
    strangers: tuple[str, ...]


def read_region(source: str, top: str) -> Region:
    """Read the region of `top`; raise UsageError for a text that codesign did not write."""
    functions = {name: (_PARAMETER.findall(parameters), body) for name, parameters, body in _FUNCTION.findall(source)}
    if top not in functions:
        raise UsageError(f"the C++ has no function {top}; it has {', '.join(functions)}")
    ports, body = functions[top]
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    depths = {match[1]: DEFAULT_DEPTH for line in lines if (match := _STREAM.match(line))}
    depths |= {match[1]: int(match[2]) for line in lines if (match := _DEPTH.match(line))}
    calls = [match for line in lines if (match := _CALL.match(line))]
    tasks = tuple(_task(call[1], call[2].split(", "), functions) for call in calls)
    return Region(tuple(ports), depths, tasks, tuple(_strangers(lines)))


def _task(name: str, arguments: list[str], functions: Mapping[str, tuple[list[str], str]]) -> Task:
    if name not in functions or len(functions[name][0]) != len(arguments):
        raise UsageError(f"the C++ calls {name} with {len(arguments)} streams, and no such function stands before it")
    sides: dict[str, list[str]] = {"in": [], "out": []}
    for parameter, argument in zip(functions[name][0], arguments, strict=True):
        side = re.sub(r"\d+$", "", parameter)
        if side not in sides:
            raise UsageError(f"{name}: parameter {parameter} is called neither in nor out, with a number or without")
        sides[side].append(argument)
    return Task(name, tuple(sides["in"]), tuple(sides["out"]))


def _strangers(lines: list[str]) -> Iterator[str]:
    if "#pragma HLS DATAFLOW" not in lines:
        yield "(no #pragma HLS DATAFLOW)"
    for line in lines:
        if not line.startswith("#pragma HLS ") and not _STREAM.match(line) and not _CALL.match(line):
            yield line
