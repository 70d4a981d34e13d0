# SPDX-License-Identifier: Apache-2.0
"""The choices that size a design, per layer, and the file that people edit: folding.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, get_args

from codesign.errors import FoldError

Taps = Literal["single", "columns", "whole"]
Multiplier = Literal["dsp", "fabric", "packed"]


@dataclass(frozen=True)
class LayerFold:
    """`lanes`: channels of an output word (pe of a matrix-vector unit); `simd`: inputs of a cycle (mvu alone).

    `taps` of a window go together in a word: one, a column of them, all. `multiplier`: where products are made.
    """

    lanes: int = 1
    simd: int = 1
    taps: Taps = "single"
    multiplier: Multiplier = "fabric"

    def __post_init__(self) -> None:
        for name in ("lanes", "simd"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise FoldError(f"{name} is {value!r}; a whole number of 1 or more is expected")
        for name, choices in (("taps", get_args(Taps)), ("multiplier", get_args(Multiplier))):
            if getattr(self, name) not in choices:
                raise FoldError(f"{name} is {getattr(self, name)!r}; one of {', '.join(choices)} is expected")


@dataclass(frozen=True)
class Folding:
    """The fold of each layer (named by its tensor) and the depth of each FIFO (named by its channel)."""

    layers: Mapping[str, LayerFold]
    fifos: Mapping[str, int] = field(default_factory=dict)


def folding_text(folding: Folding, comment: str = "") -> str:
    """folding.toml: only what differs from the default is written."""
    lines = [f"# {line}" for line in comment.splitlines()]
    for name, fold in folding.layers.items():
        lines += ["", f'[layers."{name}"]', *_changed(fold)]
    lines += ["", "[fifos]  # words promised; two where nothing is said"]
    lines += [f"{name} = {depth}" for name, depth in folding.fifos.items() if depth != 2]
    return "\n".join(lines) + "\n"


def _changed(fold: LayerFold) -> list[str]:
    default = asdict(LayerFold())
    return [f"{key} = {_toml(value)}" for key, value in asdict(fold).items() if key == "lanes" or value != default[key]]


def _toml(value: int | str) -> str:
    return str(value) if isinstance(value, int) else f'"{value}"'


def parse_folding(text: str, who: str) -> Folding:
    """Read folding.toml. Raises FoldError naming the file, the layer and the field."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FoldError(f"{who}: not TOML: {error}") from error
    if unknown := set(data) - {"layers", "fifos"}:
        raise FoldError(f"{who}: unknown tables {sorted(unknown)}; 'layers' and 'fifos' are expected")
    layers = {name: _layer(f"{who}: layer '{name}'", table) for name, table in data.get("layers", {}).items()}
    fifos = data.get("fifos", {})
    for name, depth in fifos.items():
        if not isinstance(depth, int) or depth < 2:
            raise FoldError(f"{who}: fifo '{name}' has the depth {depth!r}; 2 words or more are expected")
    return Folding(layers, fifos)


def _layer(who: str, table: Any) -> LayerFold:
    known = {entry.name for entry in fields(LayerFold)}
    if not isinstance(table, dict) or set(table) - known:
        raise FoldError(f"{who}: got {table!r}; a table of {', '.join(sorted(known))} is expected")
    try:
        return LayerFold(**table)
    except FoldError as error:
        raise FoldError(f"{who}: {error}") from error
