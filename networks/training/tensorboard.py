# SPDX-License-Identifier: Apache-2.0
"""An observer that writes TensorBoard event files."""

from pathlib import Path

from torch.utils.tensorboard import SummaryWriter


class TensorBoardLog:
    """Scalars under `<stage>/<measure>`, one point every `every` steps."""

    def __init__(self, folder: Path, stage: str, every: int = 10) -> None:
        self.writer = SummaryWriter(str(folder))
        self.stage, self.every = stage, every

    def step(self, step: int, steps: int, measures: dict[str, float]) -> None:
        """Record the measures of one training step."""
        if step % self.every and step != steps:
            return
        for name, value in measures.items():
            self.writer.add_scalar(f"{self.stage}/{name}", value, step)
        if step == steps:
            self.writer.close()
