# SPDX-License-Identifier: Apache-2.0
"""`torchrun`: two processes train one network and leave one folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from networks.training.checkpoint import read_tensors
from networks.training.distributed import World, join_world

RECIPE = """
network = "digits-cnn"
dataset = "digits"
seed = 3
[float_training]
epochs = 2
learning_rate = 3e-3
[quant]
[quant_training]
epochs = 1
learning_rate = 1e-3
"""


def test_alone_without_torchrun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with join_world() as world:
        assert (world.rank, world.size, world.leads) == (0, 1, True)
        world.wait()
        model = torch.nn.Linear(1, 1)
        assert world.wrap(model) is model
    assert not World(rank=1, size=2).leads


@pytest.mark.slow
def test_two_processes_train_one_network(tmp_path: Path) -> None:
    (tmp_path / "pair.toml").write_text(RECIPE)
    out = tmp_path / "out"
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = [*torchrun, "-m", "codesign.cli", "train", str(tmp_path / "pair.toml"), "--out", str(out)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [*command, "--data", str(tmp_path)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("integers == QONNX") == 1
    tensors, about = read_tensors(out / "qat.safetensors")
    assert about == {"network": "digits-cnn", "stage": "qat"}
    assert all(bool(torch.isfinite(t).all()) for t in tensors.values())
