# SPDX-License-Identifier: Apache-2.0
"""Models as other tools write them: ONNX Runtime's quantiser, torch.onnx, Brevitas, qonnx."""

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
import torch
from brevitas import nn as qnn
from brevitas.export import export_qonnx
from brevitas.quant.fixed_point import Int8WeightPerChannelFixedPoint, Uint8ActPerTensorFixedPoint
from onnxruntime import quantization as ort
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.transformation.channels_last import ConvertToChannelsLastAndClean
from qonnx.util.cleanup import cleanup_model
from torch import Tensor, nn

SHAPE = (1, 3, 12, 12)


class Plain(nn.Module):
    """Convolutions, a pooling and a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 8, 3, stride=2), nn.ReLU()
        )
        self.head = nn.Linear(8 * 2 * 2, 5)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        return self.head(self.body(x).flatten(1))  # type: ignore[no-any-return]


class Residual(nn.Module):
    """A depthwise block around a residual, and a global mean."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.pointwise = nn.Conv2d(8, 8, 1)
        self.head = nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        x = torch.relu(self.stem(x))
        x = x + self.pointwise(torch.relu(self.depthwise(x)))
        return self.head(x.mean((2, 3)))  # type: ignore[no-any-return]


class Branches(nn.Module):
    """Two branches that are joined, upsampled and pooled."""

    def __init__(self, classify: bool = False) -> None:
        super().__init__()
        self.left, self.right = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 6, 3, padding=2, dilation=2)
        self.last = nn.Conv2d(10, 4, 3, groups=2)
        self.classify = classify

    def forward(self, x: Tensor) -> Tensor:
        """A map, or probabilities."""
        x = torch.cat([torch.relu(self.left(x)), self.right(x)], 1)
        x = nn.functional.avg_pool2d(nn.functional.interpolate(x, scale_factor=2), 2)
        x = self.last(x)
        return torch.softmax(x.mean((2, 3)), 1) if self.classify else x


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Exporters warn of their own age; that is not what is tested here."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def _float_onnx(module: nn.Module, path: Path) -> None:
    with quiet():
        torch.onnx.export(module.eval(), (torch.zeros(SHAPE),), path, dynamo=False, input_names=["x"])


class Frames(ort.CalibrationDataReader):
    """Ten random frames."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.left = [{"x": rng.normal(size=SHAPE).astype(np.float32)} for _ in range(10)]

    def get_next(self) -> dict[str, np.ndarray] | None:  # type: ignore[type-arg]
        """The next frame, None at the end."""
        return self.left.pop() if self.left else None


def _static(module: Callable[[], nn.Module], **options: object) -> onnx.ModelProto:
    """quantize_static on what torch.onnx wrote, options at their defaults unless given."""
    torch.manual_seed(0)
    with TemporaryDirectory() as folder:
        source, target = Path(folder) / "float.onnx", Path(folder) / "quantised.onnx"
        _float_onnx(module(), source)
        ort.quantize_static(source, target, Frames(), **options)
        return onnx.load(target)


def _dynamic() -> onnx.ModelProto:
    torch.manual_seed(0)
    with TemporaryDirectory() as folder:
        source, target = Path(folder) / "float.onnx", Path(folder) / "quantised.onnx"
        _float_onnx(Plain(), source)
        ort.quantize_dynamic(source, target)
        return onnx.load(target)


class FakeQuantised(nn.Module):
    """torch's own fake quantisation, whose export is QDQ."""

    def __init__(self, per_channel: bool) -> None:
        super().__init__()
        self.per_channel = per_channel
        self.conv, self.head = nn.Conv2d(3, 6, 3, padding=1), nn.Linear(6, 4)
        self.scales = {outs: torch.rand(outs) * 0.01 + 0.001 for outs in (6, 4)}

    def weight(self, weight: Tensor) -> Tensor:
        """The weight on its grid."""
        outs = len(weight)
        if not self.per_channel:
            return torch.fake_quantize_per_tensor_affine(weight, 0.004, 0, -128, 127)
        zeros = torch.zeros(outs, dtype=torch.int32)
        return torch.fake_quantize_per_channel_affine(weight, self.scales[outs], zeros, 0, -128, 127)

    def forward(self, x: Tensor) -> Tensor:
        """Logits on a grid."""
        x = torch.fake_quantize_per_tensor_affine(x, 0.031, 128, 0, 255)
        x = torch.relu(nn.functional.conv2d(x, self.weight(self.conv.weight), None, padding=1))
        x = torch.fake_quantize_per_tensor_affine(x, 0.017, 0, 0, 127)
        x = torch.fake_quantize_per_tensor_affine(x.mean((2, 3)), 0.01, 0, 0, 255)
        x = nn.functional.linear(x, self.weight(self.head.weight))
        return torch.fake_quantize_per_tensor_affine(x, 0.02, 0, -128, 127)


def _torch_qdq(per_channel: bool) -> onnx.ModelProto:
    torch.manual_seed(0)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "qdq.onnx"
        _float_onnx(FakeQuantised(per_channel), path)
        return onnx.load(path)


class Brevitas(nn.Module):
    """A residual with a shared quantiser, depthwise and pointwise, batch normalisation, pooling and upsampling."""

    def __init__(self, fixed_point: bool) -> None:
        super().__init__()
        weights = {"weight_quant": Int8WeightPerChannelFixedPoint} if fixed_point else {}
        acts = {"act_quant": Uint8ActPerTensorFixedPoint} if fixed_point else {}
        self.entry = qnn.QuantIdentity(bit_width=8)
        self.stem = qnn.QuantConv2d(3, 8, 3, padding=1, weight_bit_width=4, **weights)
        self.norm = nn.BatchNorm2d(8)
        self.relu = qnn.QuantReLU(bit_width=8, **acts)
        self.depthwise = qnn.QuantConv2d(8, 8, 3, padding=1, groups=8, bias=False, weight_bit_width=4, **weights)
        self.meet = qnn.QuantIdentity(bit_width=8)
        self.up, self.pool = nn.Upsample(scale_factor=2, mode="nearest"), nn.MaxPool2d(2)
        self.last = qnn.QuantConv2d(8, 4, 3, stride=2, weight_bit_width=5, **weights)
        self.exit = qnn.QuantIdentity(bit_width=8)

    def forward(self, x: Tensor) -> Tensor:
        """A map on a grid."""
        x = self.meet(self.relu(self.norm(self.stem(self.entry(x)))))
        x = self.up(self.pool(self.meet(x + self.meet(self.depthwise(x)))))
        return self.exit(self.last(x))  # type: ignore[no-any-return]


@cache
def _brevitas(fixed_point: bool) -> bytes:
    torch.manual_seed(0)
    module = Brevitas(fixed_point)
    with quiet(), torch.no_grad():
        for _ in range(3):
            module(torch.randn(2, *SHAPE[1:]))
        return export_qonnx(module.eval(), args=torch.randn(SHAPE), dynamo=False).SerializeToString()  # type: ignore[no-any-return]


def _exported(fixed_point: bool) -> onnx.ModelProto:
    return onnx.load_from_string(_brevitas(fixed_point))


def _cleaned(fixed_point: bool) -> onnx.ModelProto:
    with quiet():
        return cleanup_model(ModelWrapper(_exported(fixed_point))).model  # type: ignore[no-any-return]


def _channels_last() -> onnx.ModelProto:
    with quiet():
        return cleanup_model(ModelWrapper(_exported(True))).transform(ConvertToChannelsLastAndClean()).model  # type: ignore[no-any-return]


EXACT: dict[str, Callable[[], onnx.ModelProto]] = {
    "quantize_static_plain": lambda: _static(Plain),
    "quantize_static_residual": lambda: _static(Residual),
    "quantize_static_branches": lambda: _static(Branches),
    "quantize_static_per_channel": lambda: _static(Residual, per_channel=True),
    "quantize_static_int8": lambda: _static(
        Plain, activation_type=ort.QuantType.QInt8, weight_type=ort.QuantType.QInt8
    ),
    "torch_qdq": lambda: _torch_qdq(False),
    "torch_qdq_per_channel": lambda: _torch_qdq(True),
    "brevitas_fixed_point": lambda: _exported(True),
    "brevitas_float_scales": lambda: _exported(False),
    "qonnx_cleanup_fixed_point": lambda: _cleaned(True),
    "qonnx_cleanup_float_scales": lambda: _cleaned(False),
}

REFUSED: dict[str, tuple[Callable[[], onnx.ModelProto], str]] = {
    "quantize_dynamic": (_dynamic, r"DynamicQuantizeLinear has no exact integer form here; use static quantisation"),
    "quantize_static_qoperator": (
        lambda: _static(Plain, quant_format=ort.QuantFormat.QOperator),
        r"QLinearConv has no exact integer form here; quantise with quant_format=QuantFormat.QDQ",
    ),
    "quantize_static_softmax": (
        lambda: _static(lambda: Branches(classify=True)),
        r"op ai.onnx.Softmax has no exact integer form here; end the model in front of it",
    ),
    "quantize_static_uint8_weights": (
        lambda: _static(Plain, activation_type=ort.QuantType.QUInt8, weight_type=ort.QuantType.QUInt8),
        r"\(DequantizeLinear\): a constant with a zero point; quantise weights symmetrically",
    ),
    "qonnx_channels_last": (_channels_last, r"channels_last"),
}
