# SPDX-License-Identifier: Apache-2.0
"""How a network is quantised: one frozen value, the same for preparing, training, searching and exporting."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

from quant.errors import ConfigError
from quant.numerics.formats import Float, parse_format
from quant.toml import from_table

WEIGHT_BITS = (1, 8)
ACTIVATION_BITS = (2, 16)
MAX_CHANNELS = 1 << 16
FIXED_BITS = 12  # of the integers that a small float's numbers are, at most
BATCH_NORM = ("fold", "train")
Width: TypeAlias = int | str  # bits of integers, or the name of a small float such as e2m1


@dataclass(frozen=True)
class LayerBits:
    """Widths of one named layer; None keeps the default. `activation` is the width of its output's grid.

    `channels` is how many of its channels stay, the first ones, there and where what it makes is read or added to.
    Small floats whose numbers are short integers times a power of two (e2m1, e2m3, e3m2) are widths too.
    """

    weight: Width | None = None
    activation: Width | None = None
    channels: int | None = None

    def __post_init__(self) -> None:
        for key, width, limits in (
            ("weight", self.weight, WEIGHT_BITS),
            ("activation", self.activation, ACTIVATION_BITS),
        ):
            if isinstance(width, str):
                fixed_float(width, f"quant: {key}")
            else:
                _check_bits(key, width, limits)
        _check_bits("channels", self.channels, (1, MAX_CHANNELS))


def fixed_float(name: str, who: str) -> Float:
    """A small float that hardware has, by its name. Raises ConfigError with the reason for any other format."""
    form = parse_format(name)
    if not isinstance(form, Float):
        raise ConfigError(f"{who} is {name!r}; integers are written as their number of bits")
    if (bits := form.fixed_bits(signed=True)) > FIXED_BITS:
        raise ConfigError(
            f"{who} is {name!r}: as integers its numbers have {bits} bits, and hardware has {FIXED_BITS}; use a float "
            "with fewer bits of exponent, such as e2m1, e2m3 or e3m2"
        )
    return form


@dataclass(frozen=True)
class QuantConfig:
    """Default widths, and the layers that differ, keyed by their names in the graph.

    Weights are signed narrow integers per output channel; activations are unsigned after ReLU and signed elsewhere,
    on power-of-two scales. `batch_norm` is "fold" (into the convolution, before quantisation) or "train" (statistics
    go on being updated while the folded weights are quantised).
    """

    weight_bits: int = 4
    activation_bits: int = 8
    first_weight_bits: int = 8  # of the layers that see the image
    output_bits: int = 8  # of the network's outputs
    batch_norm: str = "fold"
    layers: Mapping[str, LayerBits] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_bits("weight_bits", self.weight_bits, WEIGHT_BITS)
        _check_bits("activation_bits", self.activation_bits, ACTIVATION_BITS)
        _check_bits("first_weight_bits", self.first_weight_bits, WEIGHT_BITS)
        _check_bits("output_bits", self.output_bits, ACTIVATION_BITS)
        if self.batch_norm not in BATCH_NORM:
            raise ConfigError(f"quant: batch_norm is {self.batch_norm!r}; expected {' or '.join(BATCH_NORM)}")
        object.__setattr__(self, "layers", MappingProxyType(dict(self.layers)))

    @classmethod
    def from_table(cls, table: Mapping[str, Any], where: str = "quant") -> "QuantConfig":
        """Read the `[quant]` table of a TOML file."""
        layers = table.get("layers", {})
        if not isinstance(layers, Mapping) or not all(isinstance(bits, Mapping) for bits in layers.values()):
            keys = "weight, activation or channels"
            raise ConfigError(f"{where}.layers: expected tables such as [quant.layers.stem] with {keys}")
        bits = {name: from_table(LayerBits, entry, f"{where}.layers.{name}") for name, entry in layers.items()}
        return from_table(cls, {**table, "layers": bits}, where)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """Pickled as its table: a read-only mapping cannot be."""
        return QuantConfig.from_table, (self.to_table(),)

    def to_table(self) -> dict[str, Any]:
        """The table that `from_table` reads back as an equal config."""
        table = {name: value for name, value in vars(self).items() if name != "layers"}
        layers = {name: {k: v for k, v in vars(bits).items() if v is not None} for name, bits in self.layers.items()}
        return table | ({"layers": layers} if layers else {})


def _check_bits(key: str, bits: int | None, limits: tuple[int, int]) -> None:
    if bits is None:
        return
    if not isinstance(bits, int) or isinstance(bits, bool) or not limits[0] <= bits <= limits[1]:
        raise ConfigError(f"quant: {key} is {bits!r}; expected a whole number from {limits[0]} to {limits[1]}")
