# SPDX-License-Identifier: Apache-2.0
"""Small floats in hardware: their numbers as integers, thresholds between them, whole networks equal to torch."""

import copy
from fractions import Fraction
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import numpy_helper

from codesign.errors import ImportRefused
from codesign.export.qonnx_writer import write_qonnx
from codesign.export.rungs import Rungs, climb
from codesign.frontend import import_model
from codesign.frontend.floats import float_thresholds
from codesign.ir import Graph, interpret, ops
from codesign.passes import lower, streamline
from networks.data.digits import digits
from networks.recipe import PRETRAINED, load_recipe
from networks.training.run import load_float
from quant.config import LayerBits, QuantConfig
from quant.errors import ConfigError
from quant.fliqs.formats import SPACES
from quant.fliqs.nearest import nearest
from quant.freeze import freeze
from quant.numerics import Interval
from quant.numerics.formats import Float, parse_format
from quant.prepare import calibrate, prepare
from tests.quant.modules import Residual, images, settled

HARDWARE = ("e2m1", "e2m3", "e3m2")
SMALL = [name for name in SPACES["float-l"].split() if name != "bf16"]


def _form(name: str) -> Float:
    form = parse_format(name)
    assert isinstance(form, Float)
    return form


@pytest.mark.parametrize("name", SMALL)
def test_levels_are_what_torch_rounds_to(name: str) -> None:
    form, rng = _form(name), torch.Generator().manual_seed(3)
    scale = torch.exp2(torch.randint(-20, 20, (4000,), generator=rng).float())
    x = torch.cat([torch.randn(4000, generator=rng) * scale, torch.tensor(form.levels(True)) * float(form.unit)])
    levels = [form.level(Fraction(value)) for value in x.double().tolist()]
    assert levels == (nearest(x, form, signed=True).double() / float(form.unit)).tolist()
    assert set(levels) <= set(form.levels(signed=True)) and len(form.levels(True)) == 2 * len(form.levels(False)) - 1


def test_levels_by_hand() -> None:
    assert _form("e2m1").levels(signed=False) == [0, 1, 2, 3, 4, 6, 8, 12]
    assert [(f.levels(False)[-1], f.fixed_bits(True)) for f in map(_form, HARDWARE)] == [(12, 5), (60, 7), (448, 10)]


@settings(max_examples=40)
@given(
    name=st.sampled_from(HARDWARE),
    scale=st.fractions(Fraction(1, 64), 3, max_denominator=64),
    offset=st.fractions(-9, 9, max_denominator=32),
    low=st.integers(-100, 0),
    signed=st.booleans(),
)
def test_thresholds_round_every_integer(name: str, scale: Fraction, offset: Fraction, low: int, signed: bool) -> None:
    form, domain, step = _form(name), Interval(low, low + 100), Fraction(1, 4)
    levels = form.levels(signed)
    table = float_thresholds(form, levels, [scale], [offset], step, [domain])
    assert table is not None and table.shape == (1, levels[-1] - levels[0])
    for x in range(domain.lo, domain.hi + 1):
        exact = form.level((scale * x + offset) / step * form.unit)
        assert levels[0] + int((x >= table).sum()) == max(exact, levels[0])


DIGITS = {
    "stem.0": LayerBits("e3m2", "e2m3"),
    "body.0": LayerBits("e2m1", "e2m1"),
    "tail.0": LayerBits("e2m3", "e3m2"),
    "classifier.2": LayerBits("e3m2"),
}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[onnx.ModelProto, Graph, Rungs]:
    """The file, the graph and what was compared on real images."""
    folder = tmp_path_factory.mktemp("digits")
    pixels = digits()
    network = load_float(load_recipe("digits-cnn-w4a4"), PRETRAINED / "digits-cnn-w4a4" / "float.safetensors", 10)
    module = prepare(network, QuantConfig(layers=DIGITS))
    calibrate(module, [torch.from_numpy(pixels.train.images[:128]).float()])
    model = write_qonnx(freeze(module.eval()), (1, 8, 8), folder / "model.onnx", "floats")
    graph = import_model(folder / "model.onnx")
    return model, graph, climb(module, graph, folder / "model.onnx", pixels.test.images[:60])


def test_digits_in_floats_are_equal_integers(exported: tuple[onnx.ModelProto, Graph, Rungs]) -> None:
    """Torch in float64 == graph == the file in float64, every tensor, on real images; qonnx's executor too."""
    model, graph, rungs = exported
    assert rungs.executor_differences == 0 and rungs.elements > 100_000
    steps = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    for layer, widths in DIGITS.items():
        integers = steps[f"{layer}.weight"] / steps[f"{layer}.weight.step"]
        assert set(np.unique(integers)) <= set(_form(str(widths.weight)).levels(signed=True))
    pixels = digits().test.images[:20].transpose(0, 2, 3, 1).astype(np.int64)
    before, after = (interpret(g, {"x": pixels}, trace=True) for g in (graph, lower(streamline(graph))))
    for name in ("stem.2", "body.2", "tail.2"):
        assert set(np.unique(before[name])) <= set(
            _form({"s": "e2m3", "b": "e2m1", "t": "e3m2"}[name[0]]).levels(False)
        )
    assert (before["classifier.2"] == after["classifier.2"]).all()


def test_signed_activations(tmp_path: Path) -> None:
    """The sum of a residual block, both of whose terms are in a float, and dense outputs in another."""
    layers = {"conv2.0": LayerBits(activation="e3m2"), "dense": LayerBits(activation="e2m1")}
    module = prepare(settled(Residual()), QuantConfig(layers=layers))
    calibrate(module, [images(8)])
    write_qonnx(freeze(module.eval()), (3, 8, 8), tmp_path / "model.onnx", "floats")
    graph = import_model(tmp_path / "model.onnx")
    assert graph.tensors["dense"].grid.signed
    climb(module, graph, tmp_path / "model.onnx", images(20, 5).numpy().astype(np.uint8))
    least = {node.op.lo for node in graph.nodes if isinstance(node.op, ops.Thresholds)}
    assert least == {-448, -12, 0}  # the stem, which shares the grid of the sum, has no negative numbers


@pytest.mark.parametrize(
    ("width", "message"),
    [
        ("e4m3", "its numbers have 19 bits"),
        ("bf16", "integers its numbers have"),
        ("int4", "number of bits"),
        ("e2", "unknown"),
    ],
)
def test_wide_floats_are_refused(width: str, message: str) -> None:
    for key in ("weight", "activation"):
        with pytest.raises(ConfigError, match=message):
            LayerBits(**{key: width})


@pytest.mark.parametrize(
    ("position", "value", "message"),
    [
        (4, 2.0, "biased by 2"),
        (2, 8.0, "8 bits of exponent"),
        (2, 9.0, "1 to 8 exponent bits"),
        (1, -1.0, "a scale of -1"),
        (5, 5.0, "5 as its largest"),
    ],
)
def test_other_float_nodes_are_refused(
    exported: tuple[onnx.ModelProto, Graph, Rungs], position: int, value: float, message: str
) -> None:
    model = copy.deepcopy(exported[0])
    node = next(node for node in model.graph.node if node.op_type == "FloatQuant")
    node.input[position] = "changed"
    model.graph.initializer.append(numpy_helper.from_array(np.array(value, np.float32), "changed"))
    with pytest.raises(ImportRefused, match=message):
        import_model(model)
