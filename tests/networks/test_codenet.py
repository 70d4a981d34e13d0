# SPDX-License-Identifier: Apache-2.0
"""CoDeNet: sizes and work of the published networks, and weights that the user has."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from networks.codenet import CONFIGS, OPERATORS, Codenet, CodenetConfig, codenet, find_config
from networks.complexity import complexity
from networks.detection.dilations import away_from_mode, chosen_dilations
from networks.imagenet import PYTORCHCV, TORCHVISION, load_backbone
from networks.registry import NETWORKS, find_network
from networks.shufflenet_v2 import ShuffleNetV2, ShuffleNetV2Backbone, Stages
from quant.config import QuantConfig
from quant.errors import CheckpointError, ConfigError
from quant.prepare import prepare

# millions of parameters of layers and of batch normalisation, MiB in floats and at 4 bits, 10^9 multiplications
PUBLISHED = {
    "codenet-a": (1.570, 0.018, 6.06, 0.757, 0.280),
    "codenet-b": (1.570, 0.018, 6.06, 0.757, 0.288),
    "codenet-c": (1.570, 0.018, 6.06, 0.757, 1.119),
    "codenet-d": (6.047, 0.036, 23.20, 2.90, 3.507),
    "codenet-e": (6.047, 0.036, 23.20, 2.90, 3.539),
    "codenet-coco-1x": (1.574, 0.018, 6.07, 0.759, 1.214),
    "codenet-coco-2x": (6.103, 0.036, 23.42, 2.927, 4.356),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_sizes_are_the_published_ones(name: str) -> None:
    entry = find_network(name)
    found = complexity(entry.build(classes=80 if "coco" in name else 20), entry.input_shape)
    figures = (found.layers / 1e6, found.norms / 1e6, found.float_mib, found.quantised_mib(4), found.macs / 1e9)
    for figure, published in zip(figures, PUBLISHED[name], strict=True):
        digits = 2 if published > 6.05 else 3
        assert round(figure, digits) == published or abs(figure - published) <= 0.5001 * 10**-digits, figures


@pytest.mark.parametrize("name", ["codenet-tiny", "codenet-digits"])
def test_maps_cover_the_image_at_the_stride(name: str) -> None:
    network = codenet(name, 10).eval()
    with torch.no_grad():
        maps = network(torch.zeros(2, *find_network(name).input_shape))
    extent = network.config.resolution // network.config.stride
    assert [tuple(m.shape) for m in maps] == [(2, k, extent, extent) for k in (10, 2, 2)]
    assert 0.05 < float(torch.sigmoid(maps[0]).median()) < 0.2  # nothing is found before training


def test_every_configuration_is_registered_and_can_be_quantised() -> None:
    assert CONFIGS.keys() <= NETWORKS.keys()
    prepared = prepare(codenet("codenet-digits", 10), QuantConfig())
    grids = [
        name for name, _ in prepared.named_modules() if name.startswith("grids.decoder") and name.endswith("limit")
    ]
    assert len(grids) == 2


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_keeps_the_size(operator: str) -> None:
    config = replace(CONFIGS["codenet-digits"], operator=operator)
    heatmap, _, _ = Codenet(config, 3)(torch.zeros(1, 3, 64, 64))
    assert heatmap.shape == (1, 3, 16, 16)


def test_chosen_dilations_are_counted() -> None:
    network = Codenet(replace(CONFIGS["codenet-digits"], spread=0.0), 10)
    found = chosen_dilations(network, np.zeros((2, 3, 64, 64), np.uint8))
    assert [counts.tolist() for counts in found.values()] == [[0, 2 * 8 * 8, *[0] * 6], [0, 2 * 16 * 16, *[0] * 6]]
    assert away_from_mode(found["decoder.0.0.limit"]) == 0 and away_from_mode(np.array([3, 1])) == 0.25


def test_dilations_may_begin_spread() -> None:
    torch.manual_seed(1)
    images = np.random.default_rng(1).integers(0, 256, (2, 3, 96, 96)).astype(np.uint8)
    found = chosen_dilations(Codenet(CONFIGS["codenet-digits"], 10), images)
    assert all(away_from_mode(counts) > 0.2 for counts in found.values())


def test_other_input_sizes() -> None:
    wider = find_network("codenet-a@320")
    assert wider.input_shape == (3, 320, 320) and find_network(wider.name) == wider
    assert find_config(wider.name) == replace(CONFIGS["codenet-a"], resolution=320)
    for name, entry in NETWORKS.items():
        assert entry.multiple == (CONFIGS[name].reduction if name in CONFIGS else 0), name
    for size in ("48", "0", "-32", "wide", ""):
        with pytest.raises(ConfigError, match=f"codenet-b: got an input size of {size}; expected a multiple of 32"):
            find_network(f"codenet-b@{size}")
    with pytest.raises(ConfigError, match="digits-cnn: got an input size of 32; it takes images of 8 x 8 alone"):
        find_network("digits-cnn@32")


def test_images_that_do_not_divide_are_refused() -> None:
    with pytest.raises(ConfigError, match="got 250 pixels; expected a multiple of 32"):
        CodenetConfig(Stages.of_width("1.0"), 250)
    with pytest.raises(ConfigError, match="got 'codenet-f'; expected one of codenet-a"):
        codenet("codenet-f", 3)
    with pytest.raises(ConfigError, match="got operator 'sparse'; expected one of 3x3, 3x3 depthwise"):
        replace(CONFIGS["codenet-digits"], operator="sparse")
    with pytest.raises(ConfigError, match="expected even channels for each stage"):
        Stages((24, 47, 96), repeats=(1,))


def published_names(source: str) -> dict[str, torch.Tensor]:
    """Random weights of width 0.5 under the names of torchvision or pytorchcv, with a classifier."""
    state = ShuffleNetV2(1000, "0.5").backbone.state_dict()
    units = {ours: theirs for theirs, ours in (TORCHVISION if source == "torchvision" else PYTORCHCV).items()}
    named = {}
    for name, value in state.items():
        if name.startswith("normalise"):
            continue
        head, *rest = name.split(".")
        if head == "stages":
            stage, unit, *layer, tensor = rest
            where = (
                f"stage{int(stage) + 2}.{unit}"
                if source == "torchvision"
                else (f"features.stage{int(stage) + 1}.unit{int(unit) + 1}")
            )
            named[f"{where}.{units['.'.join(layer)]}.{tensor}"] = value
        elif source == "torchvision":
            named[".".join([{"stem": "conv1", "last": "conv5"}[head], *rest])] = value
        else:
            block = {"stem": "init_block.conv", "last": "final_block"}[head]
            named[f"features.{block}.{('conv', 'bn')[int(rest[0])]}.{rest[1]}"] = value
    return named | {"fc.weight" if source == "torchvision" else "output.weight": torch.zeros(1000, 1024)}


@pytest.mark.parametrize("source", ["torchvision", "pytorchcv"])
def test_imagenet_weights_are_found_under_both_names(source: str, tmp_path: Path) -> None:
    path, stored = tmp_path / "weights.pth", published_names(source)
    torch.save(stored, path)
    network = codenet("codenet-tiny", 10)
    load_backbone(network, path)
    loaded = network.backbone.state_dict()
    values = [value for name, value in stored.items() if not name.startswith(("fc", "output"))]
    assert sum(any(torch.equal(value, other) for other in loaded.values()) for value in values) == len(values)
    assert torch.equal(
        loaded["stages.0.0.branch.3.0.weight"],
        stored["stage2.0.branch2.5.weight" if source == "torchvision" else "features.stage1.unit1.expand_conv3.weight"],
    )


def test_other_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    torch.save(published_names("torchvision"), path)
    wide = Codenet(CodenetConfig(Stages.of_width("1.0"), 64), 10)
    with pytest.raises(CheckpointError, match=r"stages\.0\.0\..* wants .*, got .*; is it of this width"):
        load_backbone(wide, path)
    with pytest.raises(CheckpointError, match="Linear has no ShuffleNetV2 backbone"):
        load_backbone(torch.nn.Linear(1, 1), path)
    path.write_bytes(b"not weights")
    with pytest.raises(CheckpointError, match=r"weights\.pth: not a readable file of weights"):
        load_backbone(wide, path)
    torch.save([1, 2], path)
    with pytest.raises(CheckpointError, match="holds no state dict"):
        load_backbone(wide, path)
    assert isinstance(wide.backbone, ShuffleNetV2Backbone)
