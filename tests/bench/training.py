# SPDX-License-Identifier: Apache-2.0
"""What a deformable layer costs in training, against a plain depthwise convolution of the same shape: CPU time."""

import ctypes
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from quant.deform import DeformConv2d

SHAPES = ((8, 64, 64, 64), (8, 256, 32, 32), (32, 64, 16, 16), (32, 128, 8, 8))  # batches of CoDeNet's decoders
LIMIT = 3.0  # times the depthwise convolution
RUNS = 31
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # of glibc's mallopt
KEPT = 1 << 30


@dataclass(frozen=True)
class LayerTime:
    """Forward and backward of one step, in ms; the least of several runs."""

    shape: tuple[int, int, int, int]
    depthwise_ms: float
    deformable_ms: float

    @property
    def ratio(self) -> float:
        """How many times the depthwise convolution's."""
        return self.deformable_ms / self.depthwise_ms


def layer_times() -> Iterator[LayerTime]:
    """Every shape on one thread; the dilations are all over their range."""
    _keep_memory()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for shape in SHAPES:
        channels = shape[1]
        deformable = DeformConv2d(channels, channels)
        nn.init.normal_(deformable.offset.weight, std=3 / channels**0.5)
        nn.init.constant_(deformable.offset.bias, 3.5)  # type: ignore[arg-type]
        depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        yield LayerTime(shape, *_milliseconds([_step(layer, shape) for layer in (depthwise, deformable)]))
    torch.set_num_threads(threads)


def _keep_memory() -> None:
    """Else glibc gives freed blocks back and faults their pages in again: half of a large shape's time, for both."""
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        for threshold in (TRIM_THRESHOLD, MMAP_THRESHOLD):
            mallopt(threshold, KEPT)


def _step(layer: nn.Module, shape: tuple[int, ...]) -> Callable[[], object]:
    x, g = torch.randn(shape, requires_grad=True), torch.randn(shape)
    leaves: list[Tensor] = [x, *layer.parameters()]
    return lambda: torch.autograd.grad(layer(x), leaves, g)


def _milliseconds(actions: Sequence[Callable[[], object]]) -> list[float]:
    """Of each, in turns, so that what else the machine does meets all alike."""
    found: list[list[float]] = [[] for _ in actions]
    for _ in range(RUNS + 1):
        for action, times in zip(actions, found, strict=True):
            before = time.process_time()
            action()
            times.append(1e3 * (time.process_time() - before))
    return [min(times[1:]) for times in found]
