# SPDX-License-Identifier: Apache-2.0
"""Several devices through `torchrun`: one process each, gradients averaged by DistributedDataParallel."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed, nn


@dataclass(frozen=True)
class World:
    """Which of how many processes this is, and its device."""

    rank: int = 0
    size: int = 1
    device: str = "cpu"

    @property
    def leads(self) -> bool:
        """Whether this process is the one that writes files and talks."""
        return self.rank == 0

    def wait(self) -> None:
        """Wait until every process is here (so that what the leader wrote can be read)."""
        if self.size > 1:
            distributed.barrier()

    def wrap(self, model: nn.Module) -> nn.Module:
        """Move a model to the device; average its gradients when there are more processes."""
        model = model.to(self.device)
        return nn.parallel.DistributedDataParallel(model) if self.size > 1 else model


@contextmanager
def join_world() -> Iterator[World]:
    """Join the processes that `torchrun` started (its environment says so), or stand alone."""
    size, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    device = f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if torch.cuda.is_available() else "cpu"
    if size == 1:
        yield World(0, 1, device)
        return
    distributed.init_process_group("nccl" if device != "cpu" else "gloo")
    try:
        yield World(rank, size, device)
    finally:
        distributed.destroy_process_group()
