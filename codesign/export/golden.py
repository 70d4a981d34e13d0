# SPDX-License-Identifier: Apache-2.0
"""Golden integers: what every named tensor of a frozen network holds for given images."""

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import fx

from quant.freeze import FrozenNetwork, quantiser_nodes, tensor_label
from quant.numerics import Grid, IntArray


class _Recorder(fx.Interpreter):
    """Runs a frozen module and keeps the result of every quantiser."""

    def __init__(self, module: fx.GraphModule) -> None:
        super().__init__(module)
        self.recorded: dict[str, torch.Tensor] = {}
        self._quantisers = set(quantiser_nodes(module))

    def run_node(self, n: fx.Node) -> Any:
        result = super().run_node(n)
        if n in self._quantisers:
            self.recorded[tensor_label(n)] = result
        return result


@torch.inference_mode()
def golden_integers(network: FrozenNetwork, images: NDArray[np.uint8]) -> dict[str, IntArray]:
    """The integers [N, H, W, C] (or [N, C]) of every named tensor, for images uint8 [N, C, H, W].

    Computed in float64, where every product and sum of a frozen network is exact.
    """
    recorder = _Recorder(copy.deepcopy(network.module).double())
    recorder.run(torch.from_numpy(images).double())
    return {name: _integers(values, float(network.grids[name].step)) for name, values in recorder.recorded.items()}


@torch.inference_mode()
def float32_integers(
    model: fx.GraphModule, grids: Mapping[str, Grid], images: NDArray[np.uint8]
) -> dict[str, IntArray]:
    """The same from the trained module before it was frozen (from `prepare`), as float32 arithmetic has them."""
    recorder = _Recorder(copy.deepcopy(model).eval())
    recorder.run(torch.from_numpy(images).float())
    return {name: _integers(values, float(grids[name].step)) for name, values in recorder.recorded.items()}


def _integers(values: torch.Tensor, step: float) -> IntArray:
    integers = channels_last(values.double().numpy() / step)
    rounded = np.rint(integers)
    assert np.array_equal(rounded, integers), "a frozen quantiser left its grid"
    return np.asarray(rounded, dtype=np.int64)


def channels_last(values: NDArray[Any]) -> NDArray[Any]:
    """[N, C, H, W] to [N, H, W, C]; other ranks stay."""
    return values.transpose(0, 2, 3, 1) if values.ndim == 4 else values


def count_differences(left: Mapping[str, IntArray], right: Mapping[str, IntArray]) -> int:
    """How many elements differ over the tensors of `left`, all of which `right` must have too."""
    return sum(int((right[name].reshape(values.shape) != values).sum()) for name, values in left.items())
