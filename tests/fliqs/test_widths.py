# SPDX-License-Identifier: Apache-2.0
"""Fewer channels: which layers lose them together, masked against removed, and what a narrow layer costs."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import fx, nn

from codesign.export.golden import golden_integers
from codesign.export.qonnx_writer import write_qonnx
from codesign.export.rungs import climb
from codesign.frontend import import_model
from quant.config import LayerBits, QuantConfig
from quant.errors import ConfigError
from quant.fliqs.config import FliqsConfig
from quant.fliqs.cost import bops_table
from quant.fliqs.formats import parse_space
from quant.fliqs.space import Share, Space, make_space
from quant.fliqs.supernet import Supernet
from quant.fliqs.transfer import config_of, transferred
from quant.freeze import freeze
from quant.narrow import Groups, order_channels
from quant.prepare import calibrate, prepare
from quant.trace import label, trace
from tests.quant.modules import Deforming, Residual, SplitJoin, images, settled

FORMATS = parse_space("int4,int8")
SHARES = tuple(Share(Fraction(n, 8)) for n in (3, 5, 8))


def _groups(network: nn.Module) -> dict[str, list[str]]:
    found = Groups(trace(network)).free()
    return {group.name: [label(node) for node in (*group.makers, *group.readers)] for group in found}


def test_layers_that_share_channels() -> None:
    assert _groups(Residual()) == {
        "stem.0": ["stem.0", "conv2.0", "conv1.0", "dense"],  # the two terms of the sum
        "conv1.0": ["conv1.0", "conv2.0"],
    }
    assert _groups(SplitJoin()) == {}  # all are split, joined or outputs


@pytest.mark.parametrize("kind", [Residual, SplitJoin, Deforming])
def test_channels_are_ordered_by_what_they_matter(kind: Callable[[], nn.Module]) -> None:
    network = settled(kind()).double()
    before = [output.detach() for output in _outputs(network)]
    order_channels(traced := trace(network))
    groups = Groups(traced)
    for group in groups.free():
        assert (groups.importance(group).diff() <= 1e-12).all(), group.name
    assert all(torch.allclose(*pair, rtol=1e-9, atol=1e-9) for pair in zip(before, _outputs(network), strict=True))


def _outputs(network: nn.Module) -> list[torch.Tensor]:
    found = network(images(4, 3).double())
    return [found] if isinstance(found, torch.Tensor) else list(found)


def _supernet(network: nn.Module, norm: str = "fold") -> tuple[Supernet, Space]:
    supernet = Supernet(network, QuantConfig(batch_norm=norm), FORMATS, [images(4, seed) for seed in range(2)])
    return supernet, make_space(supernet.layers, supernet.grids, FORMATS, FliqsConfig(), SHARES)


def _drawn(space: Space, seed: int) -> list[int]:
    """Every group of channels loses some."""
    rng = np.random.default_rng(seed)
    return [int(rng.integers(2)) for _ in space.decisions]


def _masked(whole: fx.GraphModule, supernet: Supernet) -> fx.GraphModule:
    """All channels are there, and the weights, biases and norms of those that are not kept are zero."""
    for name, layer in supernet.weights():
        twin = whole.get_submodule(name)
        for parameter in (p for part in (twin, getattr(twin, "norm", nn.Identity())) for p in part.parameters(False)):
            if layer.kept is not None and len(parameter) == len(layer.weight):
                parameter.data[layer.kept :] = 0
    return whole


@pytest.mark.parametrize(("kind", "norm"), [(Residual, "train"), (Deforming, "fold")])
def test_removed_channels_are_masked_ones(kind: Callable[[], nn.Module], norm: str, tmp_path: Path) -> None:
    """Every integer of the narrow network is the masked one's, whose other channels are zero; and up the ladder."""
    network, pixels = settled(kind()), images(8, 9).numpy().astype(np.uint8)
    supernet, space = _supernet(network, norm)
    choice = _drawn(space, 1)
    config, narrow = transferred(supernet, network, space, choice)
    kinds = [decision.slots[0].kind for decision in space.decisions]
    full = [len(SHARES) - 1 if kind == "channels" else at for kind, at in zip(kinds, choice, strict=True)]
    assert "channels" in kinds
    _, whole = transferred(supernet, network, space, full)
    supernet.choose(space, choice)
    few, all_ = (golden_integers(freeze(m), pixels) for m in (narrow, _masked(whole, supernet)))
    assert sum(v.size for v in few.values()) < sum(v.size for v in all_.values())
    for name, values in few.items():
        kept = values.shape[-1]
        assert (all_[name][..., :kept] == values).all() and not all_[name][..., kept:].any(), name
    write_qonnx(freeze(narrow), (3, 8, 8), tmp_path / "model.onnx", "narrow")
    climb(narrow, import_model(tmp_path / "model.onnx"), tmp_path / "model.onnx", pixels)
    prepare(network, config).load_state_dict(narrow.state_dict())  # as a checkpoint is loaded by its recipe


def test_the_masked_supernet_computes_the_narrow_network() -> None:
    network = settled(Residual())
    supernet, space = _supernet(network)
    _, module = transferred(supernet.eval(), network, space, choice := _drawn(space, 2))
    with torch.no_grad():
        apart = (supernet(images(16, 9)) - module(images(16, 9))).abs()
    step = float(list(module.get_submodule("grids").children())[-1].act_quant.scale().detach())  # type: ignore[union-attr, operator]
    assert apart.max() <= step and (apart > 0).float().mean() < 0.02
    supernet.choose(space, [len(d.options) - 1 for d in space.decisions])
    assert choice and supernet(images(2)).shape == (2, 5)


def test_costs_of_narrow_layers() -> None:
    supernet, space = _supernet(settled(Residual()))
    table, names = bops_table(supernet.layers, space, 1.0), [d.name for d in space.decisions]
    macs = {layer.name: layer.macs for layer in supernet.layers}
    full = [len(d.options) - 1 for d in space.decisions]
    narrow = [1 if name == "stem.0 channels" else at for name, at in zip(names, full, strict=True)]
    for choice, share in ((full, 1.0), (narrow, 5 / 8)):
        wanted = 64 * share * sum(macs.values()) / 1e9  # conv1 and conv2 read or make them, once each
        assert table.cost(choice).tolist() == pytest.approx([wanted])


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ({"dense": 3}, "dense: its channels cannot be fewer: output needs all of them"),
        ({"stem.0": 9}, "channels is 9; it has 8"),
        ({"stem.0": 4, "conv2.0": 5}, "shares them with stem.0, which keeps 4"),
        ({"relu": 4}, "no convolution or dense layer"),
    ],
)
def test_bad_channels(layers: dict[str, int], message: str) -> None:
    config = QuantConfig(layers={name: LayerBits(channels=kept) for name, kept in layers.items()})
    with pytest.raises(ConfigError, match=message):
        prepare(Residual(), config)
    with pytest.raises(ConfigError, match="channels is 0"):
        LayerBits(channels=0)


def test_a_narrow_network_trains_from_its_config() -> None:
    supernet, space = _supernet(network := settled(Residual()))
    config = config_of(supernet, space, [0] * len(space.decisions))
    assert QuantConfig.from_table(config.to_table()) == replace(config) and config.layers["conv1.0"].channels == 3
    module = prepare(network, config)
    calibrate(module, [images(4)])
    module(images(4)).sum().backward()
    assert module.get_submodule("conv1.0").weight.grad.shape == (3, 3, 3, 3)  # type: ignore[union-attr]
