# SPDX-License-Identifier: Apache-2.0
"""Preparing float modules: what is folded, where quantisers stand, which of them are shared, what is refused."""

import copy

import pytest
import torch
from torch import Tensor, nn

from quant.config import LayerBits, QuantConfig
from quant.errors import ConfigError, PrepareError
from quant.fold import fold_batch_norms, fold_normalisation
from quant.freeze import freeze
from quant.modules import ChannelShuffle, Normalise
from quant.prepare import calibrate, prepare
from quant.trace import trace
from tests.quant.modules import Residual, SplitJoin, images, settled


class Lambda(nn.Module):
    """A module around a function, for cases that must be refused."""

    def __init__(self, function: object, **children: nn.Module) -> None:
        super().__init__()
        self.function = function
        for name, child in children.items():
            self.add_module(name, child)

    def forward(self, x: Tensor) -> Tensor:
        return self.function(self, x)  # type: ignore[operator, no-any-return]


def test_folding_keeps_the_function() -> None:
    module = settled(Residual()).double()
    folded = trace(copy.deepcopy(module))
    fold_batch_norms(folded)
    fold_normalisation(folded)
    folded.recompile()
    roles = {type(folded.get_submodule(str(n.target))) for n in folded.graph.nodes if n.op == "call_module"}
    assert not roles & {nn.BatchNorm2d, Normalise}
    x = images(8).double()
    torch.testing.assert_close(folded(x), module(x), rtol=1e-12, atol=1e-12)  # float64's own rounding


def test_the_float_module_is_left_as_it_was() -> None:
    module = settled(Residual())
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    prepare(module, QuantConfig())
    assert before.keys() == module.state_dict().keys()
    assert all(torch.equal(before[name], tensor) for name, tensor in module.state_dict().items())


def test_terms_of_a_sum_share_one_signed_grid() -> None:
    grids = _grids(Residual(), QuantConfig(activation_bits=6))
    assert grids["conv2.0"] == grids["stem.2"] and grids["stem.2"].signed
    assert not grids["conv1.2"].signed and not grids["relu"].signed
    assert {grids[name].bits for name in ("stem.2", "conv1.2", "relu")} == {6}


def test_parts_of_a_concat_share_one_grid_through_split_and_shuffle() -> None:
    grids = _grids(SplitJoin(), QuantConfig())
    assert grids["stem.2"] == grids["branch.2"]
    assert not grids["stem.2"].signed


def test_scales_are_powers_of_two_and_the_image_is_bytes() -> None:
    for name, grid in _grids(SplitJoin(), QuantConfig()).items():
        step = grid.step
        assert step.numerator & (step.numerator - 1) == 0 and step.denominator & (step.denominator - 1) == 0, name
    assert str(_grids(SplitJoin(), QuantConfig())["x"]) == "u8@2^0"


def test_widths_of_single_layers() -> None:
    config = QuantConfig(layers={"conv1.0": LayerBits(weight=2, activation=3), "relu": LayerBits(activation=5)})
    module = prepare(settled(Residual()), config)
    assert int(module.get_submodule("conv1.0").weight_quant.bit_width()) == 2
    assert int(module.get_submodule("conv2.0").weight_quant.bit_width()) == 4
    assert int(module.get_submodule("stem.0").weight_quant.bit_width()) == 8
    grids = _grids(Residual(), config)
    assert (grids["conv1.2"].bits, grids["relu"].bits, grids["dense"].bits) == (3, 5, 8)


def test_shared_grids_take_one_width() -> None:
    config = QuantConfig(layers={"stem.2": LayerBits(activation=3), "conv2.0": LayerBits(activation=4)})
    with pytest.raises(ConfigError, match="share one grid, so their activation widths must be equal"):
        prepare(settled(Residual()), config)


def test_unknown_layers_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"no layer 'conv1'; did you mean 'conv1.\d'\?"):
        prepare(settled(Residual()), QuantConfig(layers={"conv1": LayerBits(weight=2)}))


def test_training_reaches_every_weight_and_scale() -> None:
    prepared = prepare(settled(SplitJoin()), QuantConfig())
    calibrate(prepared, [images(8)])
    prepared.train()(images(8)).square().sum().backward()
    untouched = [name for name, p in prepared.named_parameters() if p.grad is None or not bool(p.grad.abs().sum() > 0)]
    assert untouched == []


CASES = [
    (Lambda(lambda m, x: torch.sigmoid(m.c(x)), c=nn.Conv2d(3, 4, 1)), r"sigmoid: sigmoid is not supported; use"),
    (Lambda(lambda m, x: m.c(x) + 1, c=nn.Conv2d(3, 4, 1)), r"add: only two tensors can be added"),
    (Lambda(lambda m, x: m.t(m.c(x)), c=nn.Conv2d(3, 4, 1), t=nn.Tanh()), r"t: Tanh is not supported"),
    (Lambda(lambda m, x: m.b(x), b=nn.BatchNorm2d(3)), r"b: batch normalisation must directly follow a convolution"),
    (Lambda(lambda m, x: m.u(m.c(x)), c=nn.Conv2d(3, 4, 1), u=nn.Upsample(scale_factor=2, mode="bilinear")), "nearest"),
    (Lambda(lambda m, x: torch.cat((m.c(x), x), 1), c=nn.Conv2d(3, 4, 1)), "the raw image cannot share a grid"),
    (Lambda(lambda m, x: torch.cat((m.c(x), m.d(x)), 2), c=nn.Conv2d(3, 4, 1), d=nn.Conv2d(3, 4, 1)), "dim 1"),
    (Lambda(lambda m, x: m.c(m.c(x)), c=nn.Conv2d(3, 3, 1)), "c_1: it is called twice"),
    (Lambda(lambda m, x: m.c(x), c=nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect")), "pad by numbers"),
    (Lambda(lambda m, x: m.c(x) if x.sum() > 0 else x, c=nn.Conv2d(3, 4, 1)), "cannot be traced"),
    (Lambda(lambda m, x: m.s(m.n(x)), n=Normalise((1,) * 4, (1.0,) * 4), s=ChannelShuffle()), "ungrouped convolutions"),
]


@pytest.mark.parametrize(("module", "message"), CASES, ids=[message[:20] for _, message in CASES])
def test_what_has_no_integer_form_is_refused_by_name(module: nn.Module, message: str) -> None:
    with pytest.raises(PrepareError, match=message):
        prepare(module, QuantConfig())


class TwoImages(nn.Module):
    """Takes more than prepare can give."""

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return x + y


def test_one_image_is_expected() -> None:
    with pytest.raises(PrepareError, match="got inputs x, y; one image is expected"):
        prepare(TwoImages(), QuantConfig())


def _grids(module: nn.Module, config: QuantConfig) -> dict:  # type: ignore[type-arg]
    prepared = prepare(settled(module), config)
    calibrate(prepared, [images(8)])
    return freeze(prepared).grids
