# SPDX-License-Identifier: Apache-2.0
"""The training loop and its parts, on problems small enough to check by hand."""

import math
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from networks.data.augment import AUGMENTATIONS, augmentation
from networks.data.batches import Batches
from networks.data.digits import digits
from networks.data.images import LabelledImages
from networks.registry import NETWORKS, find_network
from networks.training.checkpoint import load_weights, save_weights, write_tensors
from networks.training.config import TrainConfig
from networks.training.ema import Ema
from networks.training.loop import Trainer
from networks.training.optimiser import learning_rate_at, make_optimiser
from networks.training.tensorboard import TensorBoardLog
from quant.config import QuantConfig
from quant.errors import CheckpointError, ConfigError, UnknownNetwork
from quant.prepare import calibrate, prepare
from tests.quant.modules import Residual, images, settled

CONFIG = TrainConfig(epochs=3, learning_rate=0.05, batch_size=16, ema_decay=0.9)


class Line:
    """Batches of a noiseless line y = 2x - 1, different in each epoch."""

    def __len__(self) -> int:
        return 8

    def epoch(self, number: int) -> Iterator[tuple[Tensor, Tensor]]:
        rng = torch.Generator().manual_seed(number)
        for _ in range(len(self)):
            x = torch.randn(16, 1, generator=rng)
            yield x, 2 * x - 1


class Pictures:
    """Random images with random scores."""

    def __len__(self) -> int:
        return 4

    def epoch(self, number: int) -> Iterator[tuple[Tensor, Tensor]]:
        for index in range(len(self)):
            x = images(8, seed=10 * number + index)
            yield x, x.mean(dim=(2, 3)).repeat(1, 2)[:, :5] / 128


@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_loop_learns(optimiser: str, precision: str) -> None:
    model = _line()
    config = replace(
        CONFIG, epochs=12, learning_rate=0.15, optimiser=optimiser, precision=precision, ema_decay=0.0, clip_norm=5.0
    )
    Trainer(model, nn.MSELoss(), Line(), config).run()
    assert abs(model.weight.item() - 2) < 0.1 and abs(model.bias.item() + 1) < 0.1


@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
def test_resuming_is_the_same_as_not_stopping(tmp_path: Path, optimiser: str) -> None:
    config = replace(CONFIG, optimiser=optimiser)
    whole = Trainer(_line(), nn.MSELoss(), Line(), config).run()
    half = tmp_path / "resume.safetensors"
    stopped = Trainer(_line(), nn.MSELoss(), Line(), config)
    stopped._epoch(0)
    stopped.epochs_done = 1
    stopped.save(half)
    resumed = Trainer(_line(), nn.MSELoss(), Line(), config)
    state = resumed.run(half)
    assert resumed.epochs_done == 3
    assert all(torch.equal(state[name], whole[name]) for name in whole)


@pytest.mark.parametrize("batch_norm", ["fold", "train"])
def test_quantised_training_resumes_the_same(tmp_path: Path, batch_norm: str) -> None:
    config = TrainConfig(epochs=2, learning_rate=0.01, ema_decay=0.9)
    whole = Trainer(_quantised(batch_norm), nn.MSELoss(), Pictures(), config).run()
    path = tmp_path / "resume.safetensors"
    stopped = Trainer(_quantised(batch_norm), nn.MSELoss(), Pictures(), config)
    stopped._epoch(0)
    stopped.epochs_done = 1
    stopped.save(path)
    state = Trainer(_quantised(batch_norm), nn.MSELoss(), Pictures(), config).run(path)
    assert all(torch.equal(state[name], whole[name]) for name in whole)
    moved = [
        name for name, tensor in _quantised(batch_norm).state_dict().items() if not torch.equal(tensor, whole[name])
    ]
    assert any(name.endswith("scaling_impl.value") for name in moved) and "stem.0.weight" in moved


def test_quantised_modules_train_in_mixed_precision() -> None:
    config = TrainConfig(epochs=1, learning_rate=0.01, precision="bfloat16")
    state = Trainer(_quantised("fold"), nn.MSELoss(), Pictures(), config).run()
    assert all(tensor.dtype == torch.float32 and bool(torch.isfinite(tensor).all()) for tensor in state.values())


def test_a_foreign_state_is_not_resumed(tmp_path: Path) -> None:
    path = tmp_path / "resume.safetensors"
    write_tensors(path, {"model.other": torch.zeros(1)}, {"epochs_done": "1", "updates": "0"})
    with pytest.raises(CheckpointError, match=r"resume\.safetensors: not a state of this training run"):
        Trainer(_line(), nn.MSELoss(), Line(), CONFIG).run(path)


def test_schedules() -> None:
    cosine = replace(CONFIG, epochs=10, warmup_epochs=2)
    assert learning_rate_at(1, cosine) == pytest.approx(0.025)
    assert learning_rate_at(2, cosine) == pytest.approx(0.05)
    assert learning_rate_at(6, cosine) == pytest.approx(0.025)
    assert learning_rate_at(10, cosine) == pytest.approx(0.0)
    step = replace(CONFIG, epochs=10, schedule="step", step_epochs=(4, 8))
    assert [learning_rate_at(e, step) for e in (3.9, 4, 8)] == pytest.approx([0.05, 0.005, 0.0005])


def test_decay_acts_on_weights_alone() -> None:
    network = find_network("digits-cnn").build()
    decayed, kept = make_optimiser(network, replace(CONFIG, weight_decay=0.1)).param_groups
    assert decayed["weight_decay"] == 0.1 and kept["weight_decay"] == 0
    assert all(p.ndim > 1 for p in decayed["params"]) and all(p.ndim == 1 for p in kept["params"])
    assert len(decayed["params"]) == 4


def test_ema_follows_the_weights() -> None:
    model = _line()
    average = Ema(model, decay=0.5)
    with torch.no_grad():
        for value in (1.0, 2.0, 3.0):
            model.weight.fill_(value)
            average.update(model)
    start = _line().weight.item()
    expected = start
    for count, value in enumerate((1.0, 2.0, 3.0), start=1):
        decay = min(0.5, (1 + count) / (10 + count))
        expected = decay * expected + (1 - decay) * value
    assert average.state["weight"].item() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": -1}, "epochs is -1; expected 0 or more"),
        ({"learning_rate": math.nan}, "learning_rate is nan; expected a positive number"),
        ({"optimiser": "lion"}, "optimiser is 'lion'; expected adamw or sgd"),
        ({"schedule": "step"}, r"step_epochs is \(\); expected at least one epoch"),
        ({"precision": "int8"}, "precision is 'int8'; expected float32 or bfloat16 or float16"),
        ({"warmup_epochs": 9}, "warmup_epochs is 9; expected 0 to epochs"),
    ],
)
def test_bad_training_configs_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        replace(CONFIG, **change)


def test_batches_are_shuffled_by_epoch_and_shared_out() -> None:
    data = LabelledImages(np.zeros((40, 1, 2, 2), dtype=np.uint8), np.arange(40))
    batches = Batches(data, 8, seed=3)
    seen = torch.cat([labels for _, labels in batches.epoch(0)])
    assert sorted(seen.tolist()) == list(range(40)) and len(batches) == 5
    assert not torch.equal(seen, torch.cat([labels for _, labels in batches.epoch(1)]))
    parts = [torch.cat([y for _, y in replace(batches, rank=rank, size=2).epoch(0)]) for rank in (0, 1)]
    assert not set(parts[0].tolist()) & set(parts[1].tolist()) and len(parts[0]) == 16


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_augmentations_keep_bytes_and_depend_on_the_seed(name: str) -> None:
    x = torch.from_numpy(digits().train.images[:16]).float()
    results = [augmentation([name])(x, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert torch.equal(results[0], results[1]) and not torch.equal(results[0], results[2])
    assert results[0].shape == x.shape and torch.equal(results[0], results[0].round())
    assert results[0].min() >= 0 and results[0].max() <= 255 and not torch.equal(results[0], x)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ConfigError, match="augmentation 'blur' is unknown; expected one of affine, light, flip"):
        augmentation(["blur"])
    with pytest.raises(UnknownNetwork, match="network 'resnet' is unknown; expected one of digits-cnn, resnet8"):
        find_network("resnet")


@pytest.mark.parametrize("name", [name for name, entry in NETWORKS.items() if max(entry.input_shape) <= 96])
def test_every_small_network_takes_its_data_and_learns_everywhere(name: str) -> None:
    entry = find_network(name)
    network = entry.build(classes=7)
    outputs = network.train()(torch.randint(0, 256, (4, *entry.input_shape)).float())
    scores, *rest = outputs if isinstance(outputs, tuple) else (outputs,)
    assert scores.shape[:2] == (4, 7)
    sum(output.square().sum() for output in (scores, *rest)).backward()
    assert all(p.grad is not None and bool(torch.isfinite(p.grad).all()) for p in network.parameters())


def test_checkpoints_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "float.safetensors"
    network = find_network("digits-cnn").build()
    save_weights(path, network.state_dict(), "digits-cnn", "float")
    twin = find_network("digits-cnn").build()
    load_weights(twin, path, "digits-cnn", "float")
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), twin.parameters(), strict=True))
    with pytest.raises(CheckpointError, match=r"got a checkpoint of digits-cnn \(float\); expected resnet8 \(float\)"):
        load_weights(find_network("resnet8").build(), path, "resnet8", "float")
    with pytest.raises(CheckpointError, match="does not fit digits-cnn as configured: size mismatch"):
        load_weights(find_network("digits-cnn").build(classes=3), path, "digits-cnn", "float")
    with torch.no_grad():
        next(network.parameters())[0] = torch.inf
    save_weights(path, network.state_dict(), "digits-cnn", "float")
    with pytest.raises(CheckpointError, match=r"stem\.0\.weight holds values that are not finite"):
        load_weights(twin, path, "digits-cnn", "float")


def test_pickled_and_damaged_checkpoints_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    path.write_bytes(pickle.dumps({"weight": 1}))
    with pytest.raises(CheckpointError, match=r"weights\.pt: not a readable safetensors checkpoint"):
        load_weights(_line(), path, "digits-cnn", "float")
    with pytest.raises(CheckpointError, match=r"missing\.safetensors: not a readable"):
        load_weights(_line(), tmp_path / "missing.safetensors", "digits-cnn", "float")


def test_logs_open_in_tensorboard(tmp_path: Path) -> None:
    Trainer(_line(), nn.MSELoss(), Line(), CONFIG, observers=(TensorBoardLog(tmp_path, "float", every=1),)).run()
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(tmp_path)).Reload()
    points = events.Scalars("float/loss")
    assert [point.step for point in points] == list(range(1, 25)) and points[-1].value < points[0].value


def _quantised(batch_norm: str) -> nn.Module:
    model = prepare(settled(Residual()), QuantConfig(batch_norm=batch_norm))
    calibrate(model, [images(8)])
    return model


def _line() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(1, 1)
