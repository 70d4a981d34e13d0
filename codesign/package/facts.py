# SPDX-License-Identifier: Apache-2.0
"""What the board's driver must know of a design, beyond the manifest of its RTL."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from codesign.errors import UsageError
from codesign.ir import Tensor
from codesign.package.registers import MAGIC, OFFSETS, VERSION, hash_words
from codesign.package.words import tdata_bits
from codesign.target import Target
from quant.numerics import IntArray
from sim.manifest import Manifest, Port


@dataclass(frozen=True)
class PortTensor:
    """The feature map [h, w, c] that a port carries; the integer q of channel c means `scale * (q - zero)`.

    `order` tells which channel each physical lane holds, -1 for padding; empty: lane i is channel i. `scale` and
    `zero` have one entry, or one for each channel.
    """

    shape: tuple[int, int, int]
    order: tuple[int, ...]
    scale: tuple[float, ...]
    zero: tuple[int, ...]

    @classmethod
    def of(cls, tensor: Tensor, layout: Iterable[int] = ()) -> "PortTensor":
        """Describe a tensor of the integer graph; `layout` tells which of its lanes stands where in the words."""
        scales, zeros = tensor.grid.scales(tensor.channels), tensor.grid.zeros(tensor.channels)
        order = tuple(tensor.lanes[lane] for lane in layout) or tensor.order
        known = () if order == tuple(range(tensor.channels)) else order
        return cls(tensor.shape, known, _shortest(tuple(map(float, scales))), _shortest(zeros))

    @property
    def values(self) -> int:
        """Integers in one frame, padding included."""
        h, w, c = self.shape
        return h * w * (len(self.order) or c)

    def physical(self, values: IntArray) -> IntArray:
        """Logical integers [..., c] in the order of the lanes; padding is 0."""
        if not self.order:
            return values
        padded = np.concatenate([values, np.zeros_like(values[..., :1])], axis=-1)  # -1 is the last index
        return padded[..., list(self.order)]


def _shortest(entries: tuple[Any, ...]) -> tuple[Any, ...]:
    return entries[:1] if len(set(entries)) == 1 else entries


@dataclass(frozen=True)
class BoardFacts:
    """A design on its way to a board: `tensors` and `samples` by the names of the core's ports.

    `samples` are known integers [n, h, w, c] (logical channels) of every port, to be tried on the board; `design_hash`
    is the SHA-256 that the RTL's registers answer.
    """

    network: str
    target: Target
    design_hash: str
    tensors: Mapping[str, PortTensor]
    samples: Mapping[str, IntArray]
    classes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        hash_words(self.design_hash)
        counts = {len(values) for values in self.samples.values()}
        if set(self.samples) != set(self.tensors) or len(counts) != 1 or 0 in counts:
            raise UsageError(f"{self.network}: samples of every port are expected, as many of each, one at least")


def description(manifest: Manifest, facts: BoardFacts) -> dict[str, Any]:
    """Return what `accelerator.json` holds: all that the driver knows."""
    return {
        "network": facts.network,
        "target": facts.target.name,
        "clock_ns": manifest.clock.period_ns,
        "hash": facts.design_hash,
        "hash_words": hash_words(facts.design_hash),
        "magic": MAGIC,
        "version": VERSION,
        "registers": dict(OFFSETS),
        "inputs": [_port(port, facts) for port in manifest.directed("in")],
        "outputs": [_port(port, facts) for port in manifest.directed("out")],
        "classes": list(facts.classes),
    }


def _port(port: Port, facts: BoardFacts) -> dict[str, Any]:
    tensor = facts.tensors[port.name]
    if tensor.values % port.lanes:
        raise UsageError(
            f"{facts.network}: port {port.name} carries {tensor.values} values a frame, "
            f"which do not fill words of {port.lanes} lanes"
        )
    return {
        "name": port.name,
        "lanes": port.lanes,
        "lane_bits": port.value_bits,
        "signed": port.signed,
        "word_bytes": tdata_bits(port.bits) // 8,
        "words": tensor.values // port.lanes,
        **asdict(tensor),
    }
