# SPDX-License-Identifier: Apache-2.0
"""The network that holds all formats: what it computes, what is decided in it, what a choice costs."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from quant.config import QuantConfig
from quant.errors import ConfigError
from quant.fliqs.config import FliqsConfig
from quant.fliqs.cost import bops_table, size_table
from quant.fliqs.formats import parse_space
from quant.fliqs.norms import reestimate_norms
from quant.fliqs.scales import normal_ratio
from quant.fliqs.space import Slot, make_space
from quant.fliqs.supernet import Supernet
from quant.fliqs.switch import GridSwitch, WeightSwitch
from quant.fliqs.switching import switching_error
from quant.fliqs.transfer import config_of, transferred
from tests.quant.modules import Deforming, Residual, SplitJoin, images, settled

NETWORKS = [Residual, SplitJoin, Deforming]
INTEGERS = parse_space("int-xl")
MIXED = parse_space("int4,e2m1,e4m3,int8,bf16")


def _supernet(network: nn.Module, formats: str = "int-xl", config: QuantConfig | None = None) -> Supernet:
    return Supernet(network, config or QuantConfig(), parse_space(formats), [images(4, seed) for seed in range(2)])


@pytest.mark.parametrize(
    ("kind", "batch_norm", "formats"),
    [
        (Residual, "fold", "int-xl"),
        (Residual, "train", "int-xl"),
        (SplitJoin, "train", "int-xl"),
        (Deforming, "fold", "int-xl"),
        (Residual, "train", "int4,e2m1,e2m3,e3m2,int8"),
        (SplitJoin, "fold", "e2m1,e2m3,e3m2"),
    ],
)
def test_a_choice_is_what_brevitas_computes(kind: Callable[[], nn.Module], batch_norm: str, formats: str) -> None:
    """The same integers in every layer; outputs a step apart at most, where float32 sums meet a tie."""
    network = settled(kind())
    supernet = _supernet(network, formats, QuantConfig(batch_norm=batch_norm)).eval()
    space = make_space(supernet.layers, supernet.grids, parse_space(formats), FliqsConfig(together=False))
    choice = np.random.default_rng(1).integers(space.options)
    config, module = transferred(supernet, network, space, choice)
    assert config.layers == config_of(supernet, space, choice).layers
    for name, layer in supernet.weights():
        weight, twin = layer.effective_weight(), module.get_submodule(name)
        quantised = twin.weight_quant(weight)  # type: ignore[operator]
        assert torch.equal(_integers(layer.switch(weight), layer.switch.steps(weight)), _integers(*quantised[:2])), name
    with torch.no_grad():
        ours, theirs = supernet(images(16, 9)), module(images(16, 9))
    apart = ((ours - theirs) / _output_step(module)).abs()
    assert apart.max() <= 1 and (apart > 0).float().mean() < 0.02


@pytest.mark.parametrize("formats", ["int3,int8", "e2m1,e2m3", "e3m1,e3m2"])
def test_steps_of_activations_are_what_brevitas_takes(formats: str) -> None:
    network = settled(Residual())
    supernet = _supernet(network, formats)
    space = make_space(supernet.layers, supernet.grids, parse_space(formats), FliqsConfig(together=False))
    for exponent in range(-3, 4):
        for _, grid in supernet.grid_paths():
            grid.set_steps([2.0**exponent, 2.0 ** (exponent - 1)])
        _, module = transferred(supernet, network, space, [at % 2 for at in range(len(space.decisions))])
        for path, grid in supernet.grid_paths():
            assert float(module.get_submodule(path).act_quant.scale().detach()) == grid.step  # type: ignore[operator, union-attr]


def _integers(values: Tensor, steps: Tensor) -> Tensor:
    """In sixteenths, the finest steps of the floats."""
    return torch.round(16 * values / steps)


def _output_step(module: nn.Module) -> float:
    last = list(module.get_submodule("grids").children())[-1]
    return float(last.act_quant.scale().detach())  # type: ignore[union-attr, operator]


@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("granularity", ["layer", "block", "network"])
def test_every_slot_is_decided_once(kind: Callable[[], nn.Module], together: bool, granularity: str) -> None:
    supernet = _supernet(settled(kind()))
    config = FliqsConfig(together=together, granularity=granularity)
    space = make_space(supernet.layers, supernet.grids, INTEGERS, config)
    slots = [slot for decision in space.decisions for slot in decision.slots]
    wanted = [Slot("weight", layer.name) for layer in supernet.layers]
    wanted += [Slot("activation", grid.name) for grid in supernet.grids]
    assert sorted(map(str, slots)) == sorted(map(str, wanted))
    if granularity == "network":
        assert len(space.decisions) == (1 if together else 2)
    choice = [at % 7 for at in range(len(space.decisions))]
    assert space.choice_of(space.describe(choice)) == choice


def test_layers_that_meet_on_a_grid_decide_together() -> None:
    supernet = _supernet(settled(Residual()))
    space = make_space(supernet.layers, supernet.grids, INTEGERS, FliqsConfig())
    owners = space.at
    assert owners[Slot("weight", "stem.0")] == owners[Slot("weight", "conv2.0")]  # the two terms of the sum
    assert owners[Slot("weight", "conv1.0")] != owners[Slot("weight", "conv2.0")]


def test_floats_take_any_slot() -> None:
    supernet = _supernet(settled(Residual()), "int4,e2m1,e4m3,int8,bf16")
    space = make_space(supernet.layers, supernet.grids, MIXED, FliqsConfig())
    x = images(8, 3)
    supernet.eval()
    outputs = []
    for at in range(len(MIXED)):
        supernet.choose(space, [at] * len(space.decisions))
        outputs.append(supernet(x).detach())
    errors = [float((outputs[at] - outputs[-1]).square().mean()) for at in range(len(MIXED) - 1)]
    assert max(errors[2:]) < min(errors[:2]) and min(errors) > 0  # 8 bits are nearer to BF16 than 4 are
    assert config_of(supernet, space, [1] * len(space.decisions)).layers["stem.0"].weight == "e2m1"
    with pytest.raises(ConfigError, match="weight is 'e4m3': as integers its numbers have 19 bits"):
        config_of(supernet, space, [2] * len(space.decisions))


def test_slopes_go_straight_through_weights_and_stop_where_activations_saturate() -> None:
    switch, weight = WeightSwitch(parse_space("int2,int4")), torch.randn(3, 5, requires_grad=True)
    switch.chosen = 0
    switch(weight).sum().backward()
    assert torch.equal(_slope(weight), torch.ones(3, 5))
    grid, x = GridSwitch(parse_space("int2,int4"), signed=False), torch.tensor([-1.0, 0.4, 2.9, 3.0, 3.1, 15.0, 16.0])
    x.requires_grad_()
    grid.chosen = 0
    assert grid(x).tolist() == [0, 0, 3, 3, 3, 3, 3]
    grid(x).sum().backward()
    assert _slope(x).tolist() == [0, 1, 1, 1, 0, 0, 0]


def _slope(tensor: Tensor) -> Tensor:
    assert tensor.grad is not None
    return tensor.grad


def test_weight_steps_depend_on_the_weights_alone() -> None:
    switch = WeightSwitch(parse_space("int2,int4"))
    weight = torch.tensor([[1.0, -1.0], [0.0, 0.0], [3.0, 3.0]])
    ratio = normal_ratio(switch.formats[0])
    assert switch.steps(weight, 0).flatten().tolist() == pytest.approx([ratio, 2.0**-20, 3 * ratio])


def test_costs_by_hand() -> None:
    supernet = _supernet(settled(Residual()))
    space = make_space(supernet.layers, supernet.grids, INTEGERS, FliqsConfig(together=False))
    names = {layer.name: layer for layer in supernet.layers}
    assert names["conv1.0"].macs == 8 * 8 * 8 * 9 * 8 and names["stem.0"].fixed_input_bits == 8
    choice = list(range(len(space.decisions)))
    choice = [at % 7 for at in choice]
    at, bits = space.at, [form.bits for form in INTEGERS]

    def chosen(slot: Slot) -> int:
        return bits[choice[at[slot]]]

    weight = {name: chosen(Slot("weight", name)) for name in names}
    reads = {n: x.fixed_input_bits or chosen(Slot("activation", x.reads)) for n, x in names.items()}
    bops = sum(x.macs * weight[n] * reads[n] for n, x in names.items()) / 1e9
    size = sum(x.weights * weight[n] for n, x in names.items()) / 8192
    assert bops_table(supernet.layers, space, 1.0).cost(choice).tolist() == pytest.approx([bops])
    assert size_table(supernet.layers, space, 1.0).cost(choice).tolist() == pytest.approx([size])


def test_a_target_below_the_least_is_refused() -> None:
    supernet = _supernet(settled(Residual()))
    space = make_space(supernet.layers, supernet.grids, INTEGERS, FliqsConfig())
    table = bops_table(supernet.layers, space, 1e-9)
    with pytest.raises(ConfigError, match=r"1e-09 GBOPs cannot be met: the fewest bits everywhere take 0\.0"):
        table.require_reachable(space)
    table.aiming_at(1.0).require_reachable(space)


def test_nothing_to_decide_is_refused() -> None:
    supernet = _supernet(settled(Residual()))
    with pytest.raises(ConfigError, match="two or more are expected"):
        make_space(supernet.layers, supernet.grids, INTEGERS[:1], FliqsConfig())
    with pytest.raises(ConfigError, match="no convolution or dense layer"):
        make_space([], [], INTEGERS, FliqsConfig())
    with pytest.raises(ConfigError, match="no batches"):
        Supernet(settled(Residual()), QuantConfig(), INTEGERS, [])


def test_the_switching_error_of_a_decided_policy_is_none() -> None:
    supernet = _supernet(settled(Residual()))
    space = make_space(supernet.layers, supernet.grids, INTEGERS, FliqsConfig())
    decided = np.eye(7)[[0] * len(space.decisions)]
    uniform = np.full(decided.shape, 1 / 7)
    assert switching_error(supernet, space, decided) == 0
    assert switching_error(supernet, space, uniform) > switching_error(supernet, space, (decided + uniform) / 2) > 0


def test_batch_statistics_are_estimated_anew() -> None:
    supernet = _supernet(settled(Residual()), config=QuantConfig(batch_norm="train"))
    norms = [module for module in supernet.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        assert norm.running_mean is not None
        norm.running_mean += 5
    assert reestimate_norms(supernet, [images(16, seed) for seed in range(4)]) == len(norms) == 3
    assert all(norm.running_mean is not None and norm.running_mean.abs().max() < 5 for norm in norms)
    assert all(norm.momentum == 0.1 for norm in norms) and not supernet.training
    assert reestimate_norms(_supernet(settled(Residual())), [images(2)]) == 0


def test_another_space_is_told_apart() -> None:
    supernet = _supernet(settled(Residual()))
    space = make_space(supernet.layers, supernet.grids, INTEGERS, FliqsConfig())
    other = replace(space, decisions=space.decisions[1:])
    with pytest.raises(ConfigError, match="got decisions"):
        space.choice_of(other.describe([0] * len(other.decisions)))
