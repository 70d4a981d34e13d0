# SPDX-License-Identifier: Apache-2.0
"""Kernels behind each other: the slowest sets the pace and the others hide behind it, over calls too."""

from dataclasses import dataclass

import numpy as np

from tests.conformance.base import KernelConformance
from tests.conformance.case import CALLS, Case, Integers, PortWords, i, u
from tests.conformance.test_requantise import Multiply

RULE = Multiply(8, 8, 12)
SCALES = np.array([[bias, multiplier, 0] for bias in (-100, 3, 90) for multiplier in (40, 255)])


def scaled(sums: Integers) -> Integers:
    """Requantise (..., channels) to unsigned bytes."""
    channels = sums.shape[-1]
    parameters = SCALES[np.arange(channels) % len(SCALES)].tolist()
    flat = sums.reshape(-1, channels).T.tolist()
    columns = [[RULE.apply(v, p, u(8)) for v in column] for column, p in zip(flat, parameters, strict=True)]
    return np.array(columns, dtype=np.int64).T.reshape(sums.shape)


def scale_rows(channels: int, lanes: int) -> Integers:
    """Return the table of `scaled`."""
    return RULE.pack(SCALES[np.arange(channels) % len(SCALES)]).reshape(-1, lanes)


def taps(images: Integers) -> Integers:
    """3x3 windows with margins of zeros: (calls, rows, cols, channels, 3, 3)."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    return np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))


@dataclass(frozen=True)
class Conv:
    """6x8 pixels, 3x3, 6 channels to 10; 3 lanes in, 2 out."""

    name: str

    def case(self, rng: np.random.Generator) -> Case:
        images = u(8).draw(rng, (CALLS, 6, 8, 6))
        weights = i(4).draw(rng, (10, 3, 3, 6))
        outputs = scaled(np.einsum("nyxcij,oijc->nyxo", taps(images), weights))
        rows = weights.reshape(5, 2, 18, 3).transpose(0, 2, 1, 3).reshape(90, 6)
        ports = (
            PortWords(f"{self.name}_in", "in", u(8), images.reshape(-1, 3)),
            PortWords(f"{self.name}_out", "out", u(8), outputs.reshape(-1, 2)),
        )
        roms = {"chain_conv.npy": rows, "chain_conv_scales.npy": scale_rows(10, 2)}
        fill = (8 + 2) * 2
        processes = ("conv_window", "conv_mvu", "conv_requantise")
        return Case(ports, fill + CALLS * 48 * 18 * 5, processes, roms)


@dataclass(frozen=True)
class Residual:
    """5x7 pixels of 6 channels: x + requantise(depthwise 3x3 of x); 3 lanes."""

    name: str

    def case(self, rng: np.random.Generator) -> Case:
        images = u(8).draw(rng, (CALLS, 5, 7, 6))
        weights = i(4).draw(rng, (6, 3, 3))
        outputs = images + scaled(np.einsum("nyxcij,cij->nyxc", taps(images), weights))
        rows = weights.reshape(2, 3, 9).transpose(0, 2, 1).reshape(18, 3)
        ports = (
            PortWords(f"{self.name}_in", "in", u(8), images.reshape(-1, 3)),
            PortWords(f"{self.name}_out", "out", u(9), outputs.reshape(-1, 3)),
        )
        roms = {"chain_residual.npy": rows, "chain_residual_scales.npy": scale_rows(6, 3)}
        fill = (7 + 2) * 2
        processes = tuple(f"residual_{kernel}" for kernel in ("fork", "window", "dwconv", "requantise", "add"))
        return Case(ports, CALLS * (fill + 35 * 2 * 9), processes, roms)


class TestChain(KernelConformance):
    kernel = "chain"
    fewest = 2
    points = (Conv("conv"), Residual("residual"))
