# SPDX-License-Identifier: Apache-2.0
"""Freezing: integers first, then exact scales; the frozen module is the integer network."""

import copy
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, fx, nn

from quant.config import LayerBits, QuantConfig
from quant.errors import PrepareError
from quant.freeze import MANTISSA_BITS, freeze, layer_nodes, snap
from quant.prepare import calibrate, prepare
from quant.trace import module_of
from tests.quant.modules import Deforming, Residual, SplitJoin, images, settled


@given(st.floats(min_value=2.0**-40, max_value=2.0**20, width=32))
def test_snapped_scales_have_a_short_mantissa_and_are_near(step: float) -> None:
    snapped = snap(torch.tensor([step])).item()
    exact = Fraction(snapped)
    odd = exact.numerator // (exact.numerator & -exact.numerator)
    assert odd.bit_length() <= MANTISSA_BITS
    assert abs(exact / Fraction(step) - 1) <= Fraction(1, 2**MANTISSA_BITS)
    assert snap(torch.tensor([snapped])).item() == snapped


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 8])
def test_integers_are_those_of_training(bits: int) -> None:
    prepared = _prepared(Residual(), QuantConfig(weight_bits=bits))
    frozen = freeze(prepared).module
    limit = max(2 ** (bits - 1) - 1, 1)
    for node in layer_nodes(prepared):
        if node.target == "stem.0":
            continue  # the first layer has a width of its own
        trained, kept = module_of(prepared, node), module_of(frozen, node)
        integers = _integers(trained)
        assert torch.equal(integers, _integers(kept)), node.target
        assert int(integers.abs().max()) == limit
        assert bits > 1 or bool((integers.abs() == 1).all())


@pytest.mark.parametrize("bits", [2, 3, 8, 16])
@pytest.mark.parametrize("kind", [Residual, SplitJoin])
def test_every_tensor_lies_on_its_grid(kind: type[nn.Module], bits: int) -> None:
    network = freeze(_prepared(kind(), QuantConfig(activation_bits=bits)))
    recorder = _Recorder(copy.deepcopy(network.module).double())
    recorder.run(images(8, seed=7).double())
    for name, values in recorder.recorded.items():
        grid = network.grids[name]
        steps = values / float(grid.step)
        assert torch.equal(steps, steps.round()), name
        assert int(steps.min()) in grid.interval and int(steps.max()) in grid.interval, name
    assert any(int((v / float(network.grids[n].step)).max()) > 1 for n, v in recorder.recorded.items() if n != "x")


def test_biases_lie_on_the_accumulators_grid() -> None:
    network = freeze(_prepared(Residual(), QuantConfig()))
    module = copy.deepcopy(network.module).double()
    for node in layer_nodes(module):
        layer = module_of(module, node)
        integers = layer.bias_quant(layer.bias) / layer.bias_quant.step  # type: ignore[operator]
        assert torch.equal(integers, integers.round()) and bool((integers != 0).any()), node.target


def test_training_of_batch_norm_goes_on() -> None:
    prepared = _prepared(Residual(), QuantConfig(batch_norm="train"))
    stem = prepared.get_submodule("stem.0")
    before = stem.norm.running_mean.clone()
    prepared.train()(images(16) * 0.5).square().sum().backward()
    assert not torch.equal(before, stem.norm.running_mean)
    assert bool(stem.norm.weight.grad.abs().sum() > 0)
    prepared.eval()
    x = images(8, seed=3)
    network = freeze(prepared)
    moved = (network.module(x) - prepared(x)).abs().max() / float(network.grids["dense"].step)
    assert moved <= 2  # snapping the scales moves a value by an LSB, here and there


def test_fold_and_train_start_from_one_function() -> None:
    module = settled(Residual())
    models = [prepare(module, QuantConfig(batch_norm=kind)) for kind in ("fold", "train")]
    for model in models:
        calibrate(model, [images(8)])
    weights = [m.eval().get_submodule("conv1.0") for m in models]
    assert torch.equal(_integers(weights[0]), _integers(weights[1]))


def test_dead_channels_keep_their_bias() -> None:
    prepared = _prepared(Residual(), QuantConfig(layers={"relu": LayerBits(activation=16)}))
    conv = prepared.get_submodule("conv1.0")
    with torch.no_grad():
        conv.weight[2], conv.bias[2] = 0, 0.75
        conv.weight_quant.tensor_quant.scaling_impl.value[2] = -33  # log2 of what a channel of zeros starts with
    network = freeze(prepared)
    frozen = network.module.get_submodule("conv1.0")
    assert not frozen.weight[2].any() and abs(frozen.bias[2].item() - 0.75) < 2 * frozen.bias_quant.step[2].item()


def test_an_offset_branch_that_was_never_trained_says_one_everywhere() -> None:
    module = settled(Deforming())
    for layer in (module.deform, module.second):  # type: ignore[union-attr]
        torch.nn.init.zeros_(layer.offset.weight)  # type: ignore[arg-type, union-attr]
        torch.nn.init.ones_(layer.offset.bias)  # type: ignore[arg-type, union-attr]
    network = freeze(_prepared(module, QuantConfig(), False))
    recorder = _Recorder(copy.deepcopy(network.module).double())
    recorder.run(images(4, seed=7).double())
    assert all(bool((recorder.recorded[name] == 1).all()) for name in ("deform.limit", "second.limit"))


def test_weights_that_are_not_finite_are_refused() -> None:
    prepared = _prepared(Residual(), QuantConfig())
    with torch.no_grad():
        prepared.get_submodule("conv2.0").weight[0, 0, 0, 0] = torch.nan
    with pytest.raises(PrepareError, match=r"conv2\.0: its weights or bias are not finite"):
        freeze(prepared)


def test_a_module_that_was_not_calibrated_is_refused() -> None:
    with pytest.raises(PrepareError, match="no ranges yet; run calibrate"):
        freeze(prepare(settled(Residual()), QuantConfig()))
    with pytest.raises(PrepareError, match="got no batches"):
        calibrate(prepare(settled(Residual()), QuantConfig()), [])


class _Recorder(fx.Interpreter):
    def __init__(self, module: fx.GraphModule) -> None:
        super().__init__(module)
        self.recorded: dict[str, Tensor] = {}

    def run_node(self, n: fx.Node) -> object:
        result = super().run_node(n)
        if "label" in n.meta:
            self.recorded[n.meta["label"]] = result
        return result


def _prepared(module: nn.Module, config: QuantConfig, settle: bool = True) -> fx.GraphModule:
    prepared = prepare(settled(module) if settle else module, config)
    calibrate(prepared, [images(8)])
    return prepared.eval()


def _integers(layer: nn.Module) -> Tensor:
    weight = layer.weight
    if hasattr(layer, "norm"):
        gain = layer.norm.weight * (layer.norm.running_var + layer.norm.eps).rsqrt()
        weight = weight * gain.reshape(-1, 1, 1, 1)
    quantised = layer.weight_quant(weight)
    return torch.round(quantised.value / quantised.scale).detach()
