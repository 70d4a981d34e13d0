# SPDX-License-Identifier: Apache-2.0
"""Shuffled batches: a pure function of seed, epoch and process, so that a resumed run sees what it would have seen."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from networks.data.augment import augmentation
from networks.data.images import LabelledImages


@dataclass(frozen=True)
class Batches:
    """Augmented batches of a split: (inputs float32 [B, C, H, W] in 0..255, labels int64 [B]).

    The last, short batch of an epoch is left out. Process `rank` of `size` takes every size-th sample.
    """

    data: LabelledImages
    batch_size: int
    augment: tuple[str, ...] = ()
    seed: int = 0
    rank: int = 0
    size: int = 1

    def __len__(self) -> int:
        return max(1, len(self.data) // (self.batch_size * self.size))

    def epoch(self, number: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the batches of one epoch."""
        order = torch.randperm(len(self.data), generator=self._generator(number, 0))[self.rank :: self.size]
        rng = self._generator(number, 1 + self.rank)
        change = augmentation(self.augment)
        images, labels = torch.from_numpy(self.data.images), torch.from_numpy(self.data.labels)
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            chosen = order[start : start + self.batch_size]
            yield change(images[chosen].float(), rng), labels[chosen]

    def _generator(self, epoch: int, stream: int) -> torch.Generator:
        return torch.Generator().manual_seed(self.seed * 1_000_003 + epoch * 1_009 + stream)
