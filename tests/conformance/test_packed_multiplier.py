# SPDX-License-Identifier: Apache-2.0
"""PackedMultiplier: two products of one activation in one multiplication, exact for every pair of weights."""

from dataclasses import dataclass

import numpy as np
import pytest

from tests.conformance.base import KernelConformance
from tests.conformance.case import Case, Integers, Lane, PortWords, i, u


def every(*lanes: Lane) -> list[Integers]:
    """Every combination of the lanes' integers, as columns."""
    grid = np.meshgrid(*(np.arange(lane.low, lane.high + 1) for lane in lanes), indexing="ij", sparse=False)
    return [column.reshape(-1) for column in grid]


@dataclass(frozen=True)
class PackedPoint:
    """Every activation with every pair of weights, or as many drawn at random where they are more than `most`."""

    name: str
    x: Lane
    w: Lane
    most: int = 1 << 16

    def case(self, rng: np.random.Generator) -> Case:
        if self.x.bits + 2 * self.w.bits <= self.most.bit_length() - 1:
            x, low, high = every(self.x, self.w, self.w)
        else:
            x, low, high = (lane.draw(rng, (self.most,)) for lane in (self.x, self.w, self.w))
        product = Lane(self.x.bits + self.w.bits, self.x.signed or self.w.signed)
        ports = (
            PortWords(f"{self.name}_in", "in", self.x, x[:, None]),
            PortWords(f"{self.name}_weights", "in", self.w, np.stack([low, high], axis=1)),
            PortWords(f"{self.name}_out", "out", product, np.stack([x * low, x * high], axis=1)),
        )
        return Case(ports, len(x))


class TestPackedMultiplier(KernelConformance):
    kernel = "packed_multiplier"
    calls = 1
    fewest = 5
    points = (
        PackedPoint("nibbles", u(8), i(4)),
        PackedPoint("centred", i(8), i(4)),
        PackedPoint("naturals", u(4), u(4), 1 << 12),
        PackedPoint("bytes", u(8), i(8)),
        PackedPoint("centred_bytes", i(8), i(8)),
    )


@pytest.mark.parametrize("w", [i(4), i(8), u(8)], ids=str)
@pytest.mark.parametrize("x", [u(8), i(8)], ids=str)
def test_one_product_holds_two(x: Lane, w: Lane) -> None:
    """For every activation and every pair of weights: the factor fits 25 signed bits, and both products come back."""
    low_bits = x.bits + w.bits
    signed = x.signed or w.signed
    activations, low = every(x, w)
    for high in range(w.low, w.high + 1):
        packed = (high << low_bits) + low
        assert packed.min() >= -(1 << 24) and packed.max() < 1 << 24
        product = packed * activations
        field = product & ((1 << low_bits) - 1)
        first = field - ((field >> (low_bits - 1) << low_bits) if signed else 0)
        assert np.array_equal(first, low * activations)
        assert np.array_equal((product >> low_bits) + (first < 0), high * activations)
