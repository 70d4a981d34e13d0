# SPDX-License-Identifier: Apache-2.0
"""Boards and parts: what fits, at which clock. The figures live in `targets/*.toml`, each with its source."""

import difflib
import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

from codesign.errors import UsageError

FAMILIES = ("xc7", "xcup")


@dataclass(frozen=True)
class Target:
    """One board: its part, the part's resources, and the clock we design for."""

    name: str
    board: str
    part: str
    family: str  # operator delays and Yosys use this: xc7 (7 series), xcup (UltraScale+)
    speed_grade: str
    clock_ns: float
    lut: int
    ff: int
    dsp: int
    bram36: int
    uram: int
    memory_ports: int
    memory_port_bits: int
    sources: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise UsageError(f"target {self.name}: family is '{self.family}', expected one of {', '.join(FAMILIES)}")
        for field in ("clock_ns", "lut", "ff", "dsp", "bram36", "memory_ports", "memory_port_bits"):
            if getattr(self, field) <= 0:
                raise UsageError(f"target {self.name}: {field} is {getattr(self, field)}, expected more than 0")

    def cycles_at(self, fps: float) -> float:
        """Clock cycles of a frame at a rate."""
        return 1e9 / self.clock_ns / fps


@cache
def target_names() -> tuple[str, ...]:
    """Names of all boards, sorted."""
    folder = files("codesign") / "targets"
    return tuple(sorted(p.name.removesuffix(".toml") for p in folder.iterdir() if p.name.endswith(".toml")))


@cache
def load_target(name: str) -> Target:
    """Return the board called `name`; an unknown name is answered with the nearest ones."""
    if name not in target_names():
        near = difflib.get_close_matches(name, target_names(), n=1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        raise UsageError(f"unknown target '{name}': {hint}the boards are {', '.join(target_names())}")
    text = (files("codesign") / "targets" / f"{name}.toml").read_text(encoding="utf-8")
    return _parse(name, tomllib.loads(text))


def _parse(name: str, table: dict[str, Any]) -> Target:
    known = {field.name for field in fields(Target)} - {"name"}
    if set(table) != known:
        raise UsageError(f"target {name}: fields {sorted(set(table) ^ known)} are missing or not known")
    return Target(name=name, **{**table, "sources": tuple(table["sources"])})
