# SPDX-License-Identifier: Apache-2.0
"""One-operator mutants of emitted SystemVerilog, all of them in one text, chosen by the plusarg +mutant=K."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

SWAPPED = {" + ": " - ", " - ": " + ", " & ": " | ", " | ": " & ", " ^ ": " & ", " == ": " != ", " < ": " >= "}
SWAPPED |= {" * ": " + ", " >> ": " << ", " << ": " >> ", " >>> ": " >> "}
_SELECTOR = '  int mutant;\n  initial if ($value$plusargs("mutant=%d", mutant) == 0) mutant = 0;\n'
_ASSIGN = re.compile(r"^(  assign )(\w+)( = )(.+);(.*)$")
_LOADED = re.compile(r"^(    (?:else )?if \()(.+?)(\) )(\w+)( <= )(.+);$")
_CONSTANT = re.compile(r"(\d+)'(d|h)([0-9a-f]+)")


@dataclass(frozen=True)
class Mutant:
    """What is changed where: `kind` is operator, constant, width, enable, free enable (no reset) or credit.

    `line` becomes `changed`, both as they stand in the file.
    """

    number: int
    file: str
    kind: str
    line: str
    changed: str


@dataclass(frozen=True)
class _Site:
    """A place in a line: [start, end) becomes `new` under the mutant."""

    line: int
    kind: str
    start: int
    end: int
    new: str


def mutate(name: str, text: str, rng: Random, first: int, count: int) -> tuple[str, list[Mutant]]:
    """Return the text with up to `count` mutants, numbered from `first`, and one for each enable without a reset."""
    lines = text.splitlines()
    circuit = text.split("`ifndef SYNTHESIS")[0].splitlines()
    widths = declared_widths(text)
    by_line: dict[int, list[_Site]] = {}
    for at, line in enumerate(circuit):
        for site in (*_sites(at, line), *_narrower(at, line, widths)):
            by_line.setdefault(at, []).append(site)
    mutants = list[Mutant]()
    chosen = [rng.choice(by_line[at]) for at in sorted(rng.sample(sorted(by_line), min(count, len(by_line))))]
    for site in (*chosen, *_free_enables(circuit)):  # an enable stands before what the others change in its line
        number, line, original = first + len(mutants), lines[site.line], circuit[site.line]
        changed = f"{original[: site.start]}{site.new}{original[site.end :]}"
        mutants.append(Mutant(number, name, site.kind, original, changed))
        choice = f"(mutant == {number} ? {site.new} : {line[site.start : site.end]})"
        lines[site.line] = f"{line[: site.start]}{choice}{line[site.end :]}"
    return _with_selector("\n".join(lines) + "\n"), mutants


def _with_selector(text: str) -> str:
    """Declare `mutant` right behind the ports."""
    return re.sub(r"^\);$", lambda match: f");\n{_SELECTOR}", text, count=1, flags=re.M)


def _sites(at: int, line: str) -> Iterator[_Site]:
    if match := _ASSIGN.match(line):
        yield from _changes(at, match.start(4), match[4])
        if match[2].endswith(("_push", "_ready", "_take")) and " & " in match[4]:
            yield _Site(at, "enable", match.start(4), match.end(4), match[4].split(" & ")[0])
    elif match := _LOADED.match(line):
        yield from _changes(at, match.start(6), match[6])
        if line.startswith("    else"):  # a register without reset may hold anything until it is loaded
            yield _Site(at, "enable", match.start(2), match.end(2), "1'b1")


def _free_enables(lines: list[str]) -> Iterator[_Site]:
    """Registers without reset that are loaded in every cycle, also while the process waits."""
    for at, line in enumerate(lines):
        match = _LOADED.match(line)
        if match and line.startswith("    if") and match[2] != "rst":
            yield _Site(at, "free enable", match.start(2), match.end(2), "1'b1")


def _changes(at: int, start: int, text: str) -> Iterator[_Site]:
    """Swapped operators, other constants, and a lost top bit, of one expression."""
    end = start + len(text)
    for old, new in SWAPPED.items():
        if text.count(old) == 1 and not (old == " < " and "<=" in text):
            yield _Site(at, "operator", start, end, text.replace(old, new))
    for match in _CONSTANT.finditer(text):
        w, value = int(match[1]), int(match[3], 10 if match[2] == "d" else 16)
        other = f"{w}'h{(value + 1) % (1 << w):x}"
        yield _Site(at, "constant", start, end, text[: match.start()] + other + text[match.end() :])


def _narrower(at: int, line: str, widths: dict[str, int]) -> Iterator[_Site]:
    """The top bit of an assigned signal is lost."""
    match = _ASSIGN.match(line)
    w = widths.get(match[2], 1) if match else 1
    if match and w > 1:
        yield _Site(at, "width", match.start(4), match.end(4), f"{w}'({w - 1}'({match[4]}))")


def declared_widths(text: str) -> dict[str, int]:
    """Widths of the vectors of a module."""
    return {name: int(high) + 1 for high, name in re.findall(r"logic\s+\[(\d+):0\] (\w+);", text)}


def credit_mutant(text: str, number: int) -> tuple[str, Mutant]:
    """The channel primitive with one credit too many."""
    old = "credits <= CW'(DEPTH);"
    new = f"credits <= mutant == {number} ? CW'(DEPTH + 1) : CW'(DEPTH);"
    assert old in text
    return _with_selector(text.replace(old, new)), Mutant(number, "codesign_channel.sv", "credit", old, new)
