# SPDX-License-Identifier: Apache-2.0
"""Files and models that are wrong: one sentence that says what and where."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from codesign.errors import ImportRefused, UsageError
from codesign.frontend import import_model
from tests.frontend.plain_models import EXACT, conv_without_attributes
from tests.fuzz_graphs.network import Network


@pytest.fixture(scope="module")
def sound() -> bytes:
    return conv_without_attributes().SerializeToString()


def _file(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "m.onnx"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_truncated_file(tmp_path: Path, sound: bytes, share: float) -> None:
    path = _file(tmp_path, sound[: int(len(sound) * share)])
    with pytest.raises(ImportRefused, match=re.escape(str(path))):
        import_model(path)


def test_every_truncation_is_refused(tmp_path: Path, sound: bytes) -> None:
    for length in range(0, len(sound), 7):
        with pytest.raises(ImportRefused):
            import_model(_file(tmp_path, sound[:length]))


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 64, b"{}", bytes(range(256)) * 8])
def test_no_onnx_at_all(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ImportRefused, match=r"m\.onnx: (not an ONNX model, or cut short|there is no node|not a sound)"):
        import_model(_file(tmp_path, content))


def test_a_whole_file(tmp_path: Path, sound: bytes) -> None:
    assert import_model(_file(tmp_path, sound)) == import_model(onnx.load_from_string(sound))


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.onnx: no such file; an \.onnx file is expected"):
        import_model(tmp_path / "none.onnx")


def test_weights_in_a_file_that_is_not_there(tmp_path: Path, sound: bytes) -> None:
    model, path = onnx.load_from_string(sound), tmp_path / "m.onnx"
    onnx.save(model, path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    (tmp_path / "weights.bin").unlink()
    with pytest.raises(ImportRefused, match=r"m\.onnx: not an ONNX model, or cut short: .*weights\.bin"):
        import_model(path)


def _conv(
    value: float = 0.0, scale: object = 2**-5, bits: float = 4, source_bits: float = 8, source_scale: object = 2**-4
) -> onnx.ModelProto:
    net = Network()
    weight = np.full((4, 3, 3, 3), 0.25)
    weight[1, 2, 0, 1] = value
    parameters = [net.constant(0.0), net.constant(source_bits)]
    x = net.node("Quant", ["x", net.constant(source_scale), *parameters], "qonnx.custom_op.general", signed=0, narrow=0)
    parameters = [net.constant(0.0), net.constant(bits)]
    inputs = [net.constant(weight, "weight"), net.constant(scale), *parameters]
    w = net.node("Quant", inputs, "qonnx.custom_op.general", signed=1, narrow=1)
    return net.model({"x": (1, 3, 8, 8)}, [net.quant(net.node("Conv", [x, w]), 2**-3, 8, True)])


VALUES: dict[str, tuple[Callable[[], onnx.ModelProto], str]] = {
    "nan_weight": (
        lambda: _conv(np.nan),
        r"constant weight_\d+: the value at \(1, 2, 0, 1\) is nan; weights must be finite",
    ),
    "infinite_weight": (lambda: _conv(np.inf), r"the value at \(1, 2, 0, 1\) is inf; weights must be finite"),
    "zero_scale": (lambda: _conv(scale=0.0), r"\(Quant\): a scale of 0; scales must be finite and positive"),
    "negative_scale": (
        lambda: _conv(source_scale=-0.5),
        r"\(Quant\): a scale of -0\.5; scales must be finite and positive",
    ),
    "one_negative_scale": (
        lambda: _conv(scale=np.reshape([1, 1, -2, 1], (4, 1, 1, 1))),
        r"\(Quant\): a scale of -2; scales must be finite and positive",
    ),
    "nan_scale": (lambda: _conv(scale=np.nan), r"the value at \(\) is nan; weights must be finite"),
    "scale_shape": (lambda: _conv(scale=np.ones(5)), r"a scale of shape \(5,\) for a constant of shape \(4, 3, 3, 3\)"),
    "no_bits": (lambda: _conv(bits=0), r"\(Quant\): a bit width of 0; a whole number from 1 to 16 is expected"),
    "half_a_bit": (lambda: _conv(bits=2.5), r"\(Quant\): a bit width of 2\.5; a whole number from 1 to 16"),
    "many_bits": (lambda: _conv(bits=64), r"\(Quant\): a bit width of 64; a whole number from 1 to 16"),
    "wide_activation": (lambda: _conv(source_bits=17), r"\(Quant\): 17 bits for an activation; 1 to 16 are supported"),
}


@pytest.mark.parametrize(("build", "message"), VALUES.values(), ids=VALUES)
def test_values(build: Callable[[], onnx.ModelProto], message: str) -> None:
    with pytest.raises(ImportRefused, match=message):
        import_model(build())


def _edited(edit: Callable[[onnx.ModelProto], object]) -> onnx.ModelProto:
    model = conv_without_attributes()
    edit(model)
    return model


def _dim(model: onnx.ModelProto, axis: int, value: int | str) -> None:
    dim = model.graph.input[0].type.tensor_type.shape.dim[axis]
    if isinstance(value, str):
        dim.dim_param = value
    else:
        dim.dim_value = value


def _drop_node(model: onnx.ModelProto) -> None:
    del model.graph.node[1]


def _unknown_domain(model: onnx.ModelProto) -> None:
    model.graph.node[2].domain = "my.ops"
    model.opset_import.append(helper.make_opsetid("my.ops", 1))


def _bad_group(model: onnx.ModelProto) -> None:
    model.graph.node[2].attribute.append(helper.make_attribute("group", 2))


def _runtime_scale(model: onnx.ModelProto) -> None:
    model.graph.input.append(helper.make_tensor_value_info("s", TensorProto.FLOAT, (1,)))
    model.graph.node[0].input[1] = "s"


def _no_quantiser(model: onnx.ModelProto) -> None:
    model.graph.node[2].input[0] = "x"


def _large_kernel(model: onnx.ModelProto) -> None:
    weight = next(i for i in model.graph.initializer if len(i.dims) == 4)
    weight.CopyFrom(numpy_helper.from_array(np.ones((4, 3, 9, 9), np.float32), weight.name))


MODELS: dict[str, tuple[Callable[[onnx.ModelProto], object], str]] = {
    "dynamic_height": (lambda m: _dim(m, 2, "height"), r"input x: shape \['?1'?, 3, 'height', 8\] is dynamic; export"),
    "batch_of_4": (lambda m: _dim(m, 0, 4), r"input x: a batch of 4 is fixed in shape .*; export with a batch of 1"),
    "no_shape": (
        lambda m: m.graph.input[0].type.tensor_type.ClearField("shape"),
        r"input x: it has no shape|not a sound",
    ),
    "missing_node": (_drop_node, r"not a sound ONNX model|which nothing defines before it"),
    "unknown_domain": (
        _unknown_domain,
        r"\(Conv\): op my\.ops\.Conv has no exact integer form here; did you mean Conv\?",
    ),
    "groups": (_bad_group, r"a weight \(4, 3, 3, 3\) and group=2 for an input of 3 channels; weight \(out, in / group"),
    "runtime_scale": (_runtime_scale, r"\(Quant\): input s is computed at run time, a constant is expected"),
    "float_input": (
        _no_quantiser,
        r"input x is a float input that no quantiser has seen, where a quantised activation",
    ),
    "large_kernel": (_large_kernel, r"a window that reaches over 9 pixels on an image 8x8; use a larger input"),
    "opset": (lambda m: m.opset_import[0].__setattr__("version", 7), r"opset 7; 9 to 23 are supported"),
}


@pytest.mark.parametrize(("edit", "message"), MODELS.values(), ids=MODELS)
def test_models(edit: Callable[[onnx.ModelProto], object], message: str) -> None:
    with pytest.raises(ImportRefused, match=message):
        import_model(_edited(edit))


def test_flipped_bytes_never_show_a_traceback(tmp_path: Path) -> None:
    rng, refusals = np.random.default_rng(4), []
    sources = [build().SerializeToString() for build in EXACT.values()]
    for _ in range(400):
        content = bytearray(sources[rng.integers(len(sources))])
        content[rng.integers(len(content))] = rng.integers(256)
        try:
            import_model(_file(tmp_path, bytes(content)))
        except (ImportRefused, UsageError) as error:
            refusals.append(str(error))
    assert 50 < len(refusals) < 350
    assert min(map(len, refusals)) > 20
