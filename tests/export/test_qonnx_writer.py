# SPDX-License-Identifier: Apache-2.0
"""The QONNX file: names, exact numbers, readable by other tools, nothing of the machine that wrote it."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.util.cleanup import cleanup_model
from torch import fx, nn

from codesign.errors import Mismatch
from codesign.export.qonnx_writer import write_qonnx
from codesign.export.rungs import climb
from codesign.frontend import import_model
from quant.config import QuantConfig
from quant.freeze import MANTISSA_BITS, freeze
from quant.prepare import calibrate, prepare
from tests.quant.modules import Deforming, Residual, SplitJoin, images, settled

PROBES = images(4, seed=9).numpy().astype(np.uint8)


@pytest.fixture(scope="module", params=[Residual, SplitJoin, Deforming], ids=["residual", "split-join", "deforming"])
def trained(request: pytest.FixtureRequest) -> fx.GraphModule:
    return _trained(request.param(), QuantConfig())


def test_every_named_tensor_and_layer_is_in_the_file(trained: fx.GraphModule, tmp_path: Path) -> None:
    network = freeze(trained)
    model = write_qonnx(network, (3, 8, 8), tmp_path / "model.onnx", "tiny")
    values = {name for node in model.graph.node for name in node.output}
    layers = {name for name, child in trained.named_modules() if hasattr(child, "weight_quant")}
    assert network.grids.keys() <= values and {f"{layer}.acc" for layer in layers} <= values
    assert [given.name for given in model.graph.input] == ["image"]
    assert [output.name for output in model.graph.output] == [list(network.grids)[-1]]
    assert len(values) == sum(len(node.output) for node in model.graph.node)
    assert {n.op_type for n in model.graph.node} <= {
        "Quant", "Conv", "Gemm", "Relu", "Sub", "Add", "GlobalAveragePool", "Flatten", "Split", "Concat", "Reshape",
        "Transpose", "MaxPool", "Resize", "DeformDwconv",
    }  # fmt: skip


def test_weights_and_scales_are_exact(trained: fx.GraphModule, tmp_path: Path) -> None:
    model = write_qonnx(freeze(trained), (3, 8, 8), tmp_path / "model.onnx", "tiny")
    arrays = {i.name: numpy_helper.to_array(i).astype(np.float64) for i in model.graph.initializer}
    steps = {name.removesuffix(".step"): array for name, array in arrays.items() if name.endswith(".weight.step")}
    assert len(steps) >= 3
    for name, step in steps.items():
        integers = arrays[name] / step
        assert np.array_equal(integers, np.rint(integers)) and np.abs(integers).max() <= 127, name
        mantissas = [Fraction(s).numerator for s in step.ravel()]
        assert max((m // (m & -m)).bit_length() for m in mantissas) <= MANTISSA_BITS, name


def test_other_tools_open_the_file(trained: fx.GraphModule, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    write_qonnx(freeze(trained), (3, 8, 8), path, "tiny")
    cleaned = cleanup_model(ModelWrapper(str(path)))
    assert cleaned.get_tensor_shape(cleaned.graph.output[0].name)[0] == 1
    onnx.shape_inference.infer_shapes(onnx.load(path), strict_mode=False)
    text = path.read_bytes()
    assert b"site-packages" not in text and str(tmp_path).encode() not in text and b".py" not in text


@pytest.mark.parametrize(
    ("kind", "weight_bits", "activation_bits"),
    [(SplitJoin, 1, 5), (Residual, 2, 2), (Residual, 8, 16), (SplitJoin, 5, 8), (Deforming, 4, 8)],
)
def test_all_sides_agree_at_other_widths(
    kind: type[nn.Module], weight_bits: int, activation_bits: int, tmp_path: Path
) -> None:
    config = QuantConfig(weight_bits=weight_bits, activation_bits=activation_bits)
    _climb(_trained(kind(), config), tmp_path)


def test_networks_whose_batch_norm_was_trained_agree_too(tmp_path: Path) -> None:
    model = _trained(Residual(), QuantConfig(batch_norm="train"))
    model.train()(images(8))
    _climb(model.eval(), tmp_path)


class Reused(nn.Module):
    """One ReLU and one pooling module for several tensors, as much published code has it; names that nearly clash."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(3, 6, 3, bias=False), nn.BatchNorm2d(6))
        self.a_0 = nn.Conv2d(6, 6, 1)
        self.relu, self.pool = nn.ReLU(), nn.MaxPool2d(2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.a(x)
        x = x + self.relu(x)
        scores: torch.Tensor = self.pool(self.relu(self.pool(self.a_0(x))))
        return scores


def test_modules_that_are_called_twice_keep_their_tensors_apart(tmp_path: Path) -> None:
    model = _trained(Reused(), QuantConfig())
    assert list(freeze(model).grids) == ["x", "a.0", "relu", "add", "a_0", "relu_1"]
    _climb(model, tmp_path)


def test_a_file_of_other_weights_is_found_out(trained: fx.GraphModule, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    model = write_qonnx(freeze(trained), (3, 8, 8), path, "tiny")
    graph = import_model(path)
    weight = next(i for i in model.graph.initializer if i.name == "stem.0.weight")
    changed = numpy_helper.to_array(weight).copy()
    changed[0] = -changed[0]
    weight.CopyFrom(numpy_helper.from_array(changed, weight.name))
    onnx.save(model, path)
    with pytest.raises(Mismatch, match=r"stem\.0\.acc|stem\.2"):
        climb(trained, graph, path, PROBES)
    with pytest.raises(Mismatch, match=r"differ from torch in float64"):
        climb(trained, import_model(path), path, PROBES)


def _trained(module: nn.Module, config: QuantConfig) -> fx.GraphModule:
    torch.manual_seed(0)
    model = prepare(settled(module), config)
    calibrate(model, [images(8)])
    return model.eval()


def _climb(model: fx.GraphModule, folder: Path) -> None:
    path = folder / "model.onnx"
    write_qonnx(freeze(model), (3, 8, 8), path, "tiny")
    rungs = climb(model, import_model(path), path, PROBES)
    assert rungs.images == 4 and rungs.elements > 3000
