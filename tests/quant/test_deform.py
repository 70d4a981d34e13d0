# SPDX-License-Identifier: Apache-2.0
"""Deformable convolution in all its forms: against plain loops, against ONNX's reference, and its derivatives."""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
from torch import Tensor, nn

from quant.deform import DeformConv2d, DilatedDwconv2d, Dilation
from quant.deform import square as square_module
from quant.deform.sampling import sampled
from quant.deform.square import ANCHORS, deform_dwconv
from quant.errors import ConfigError

FORMS = list(product((True, False), ("free", "bounded", "square"), ("bilinear", "integer")))


def pixel(image: Tensor, row: float, column: float) -> Tensor:
    """The bilinear value [C] of an image [C, H, W] at one place, zero outside."""
    total = torch.zeros_like(image[:, 0, 0])
    top, left = int(np.floor(row)), int(np.floor(column))
    for y, x in product((top, top + 1), (left, left + 1)):
        share = max(0.0, 1 - abs(row - y)) * max(0.0, 1 - abs(column - x))
        if 0 <= y < image.shape[1] and 0 <= x < image.shape[2] and share:
            total = total + share * image[:, y, x]
    return total


def plainly(x: Tensor, offsets: Tensor, weight: Tensor, groups: int) -> Tensor:
    """Deformable convolution in loops; offsets [N, 9, 2, H, W] from the anchors."""
    n, _, h, w = x.shape
    y = torch.zeros(n, len(weight), h, w, dtype=x.dtype)
    for i, r, s in product(range(n), range(h), range(w)):
        for tap, (a, b) in enumerate(ANCHORS):
            down, across = offsets[i, tap, :, r, s].tolist()
            value = pixel(x[i], r + a + down, s + b + across)
            factor = weight[:, :, tap // 3, tap % 3]
            y[i, :, r, s] += factor[:, 0] * value if groups > 1 else factor @ value
    return y


def square(dilation: Tensor) -> Tensor:
    """Offsets [N, 9, 2, H, W] of dilations [N, 1, H, W]."""
    return (dilation[:, :, None] - 1) * torch.tensor(ANCHORS, dtype=dilation.dtype).view(1, 9, 2, 1, 1)


def image(seed: int, n: int = 2, c: int = 3, h: int = 6, w: int = 5) -> tuple[torch.Generator, Tensor]:
    rng = torch.Generator().manual_seed(seed)
    return rng, torch.randn(n, c, h, w, generator=rng, dtype=torch.float64)


def restless(layer: DeformConv2d, rng: torch.Generator) -> DeformConv2d:
    """The layer with weights that move its taps about."""
    layer = layer.double()
    for parameter in layer.parameters():
        parameter.data = torch.randn(parameter.shape, generator=rng, dtype=torch.float64) * 1.5
    return layer


@pytest.mark.parametrize(("depthwise", "offsets", "sampling"), FORMS)
def test_every_form_is_the_formula(depthwise: bool, offsets: str, sampling: str) -> None:
    rng, x = image(5, n=1)
    layer = restless(DeformConv2d(3, 3 if depthwise else 4, depthwise, offsets, sampling, bound=7), rng)
    said = layer.offset(x).detach()
    if offsets == "square":
        dilation = said.clamp(0, 7)
        moved = square(dilation.round() if sampling == "integer" else dilation)
    else:
        moved = (said.clamp(-7, 7) if offsets == "bounded" else said).unflatten(1, (9, 2))
        moved = moved.round() if sampling == "integer" else moved
    expected = plainly(x, moved, layer.taps.weight.detach(), layer.taps.groups)
    torch.testing.assert_close(layer(x).detach(), expected, rtol=1e-12, atol=1e-12)


@given(st.integers(1, 2), st.integers(1, 3), st.integers(2, 13), st.integers(2, 13), st.integers(0, 2**31))
@settings(max_examples=8, deadline=None)
def test_whole_dilations_equal_onnx(n: int, c: int, h: int, w: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.integers(-128, 128, (n, c, h, w)).astype(np.float32)
    dilation = rng.integers(0, 8, (n, 1, h, w)).astype(np.float32)
    weight = rng.integers(-7, 8, (c, 1, 3, 3)).astype(np.float32)
    offsets = square(torch.from_numpy(dilation)).reshape(n, 18, h, w).numpy()
    node = helper.make_node("DeformConv", ["x", "w", "o"], ["y"], kernel_shape=[3, 3], pads=[1] * 4, group=c)
    given_ = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in "xwo"]
    graph = helper.make_graph([node], "g", given_, [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)
    (expected,) = ReferenceEvaluator(model).run(None, {"x": x, "w": weight, "o": offsets})
    got = deform_dwconv(*(torch.from_numpy(a) for a in (x, dilation, weight)))
    assert np.array_equal(got.numpy(), np.rint(expected))  # its grid sampler scales positions in floating point


@pytest.mark.parametrize("dilation", range(8))
def test_one_dilation_everywhere_is_a_dilated_convolution(dilation: int) -> None:
    rng, x = image(dilation, h=18, w=17)
    weight = torch.randn(3, 1, 3, 3, generator=rng, dtype=torch.float64)
    whole = torch.full((2, 1, 18, 17), float(dilation), dtype=torch.float64)
    if dilation == 0:
        expected = x * weight.sum((2, 3)).view(3, 1, 1)
    else:
        expected = nn.functional.conv2d(x, weight, padding=dilation, dilation=dilation, groups=3)
    torch.testing.assert_close(deform_dwconv(x, whole, weight), expected, rtol=1e-12, atol=1e-12)


def test_derivatives_of_the_deployed_form() -> None:
    rng, x = image(1)
    weight = torch.randn(3, 1, 3, 3, generator=rng, dtype=torch.float64, requires_grad=True)
    dilation = torch.randint(0, 8, (2, 1, 6, 5), generator=rng).double()
    assert torch.autograd.gradcheck(lambda a, b: deform_dwconv(a, dilation, b), (x.requires_grad_(), weight))


def test_the_slope_is_the_difference_to_a_neighbour() -> None:
    rng, x = image(2)
    weight = torch.randn(3, 1, 3, 3, generator=rng, dtype=torch.float64)
    dilation = torch.randint(0, 8, (2, 1, 6, 5), generator=rng).double().requires_grad_()
    g = torch.randn(x.shape, generator=rng, dtype=torch.float64)
    (slope,) = torch.autograd.grad(deform_dwconv(x, dilation, weight), dilation, g)
    at, after, before = (
        (g * plainly(x, square(dilation.detach() + step), weight, 3)).sum(1, keepdim=True) for step in (0, 1, -1)
    )
    even = (torch.arange(6)[:, None] + torch.arange(5)) % 2 == 0
    expected = torch.where(even | (dilation == 0), after - at, at - before)
    torch.testing.assert_close(slope, expected, rtol=1e-12, atol=1e-12)


def test_other_devices_compute_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng, x = image(8, c=5, h=9, w=7)
    weight, bias = (
        torch.randn(s, generator=rng, dtype=torch.float64, requires_grad=True) for s in ((5, 1, 3, 3), (5,))
    )
    dilation = torch.randint(0, 8, (2, 1, 9, 7), generator=rng).double().requires_grad_()
    leaves, results = [x.requires_grad_(), dilation, weight, bias], []
    for fused in (True, False):
        monkeypatch.setattr(square_module, "_fused", lambda rows, fused=fused: fused)
        y = deform_dwconv(*leaves)
        results.append([y.detach(), *torch.autograd.grad(y.square().sum(), leaves)])
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


def test_half_precision_is_widened_to_the_weights() -> None:
    rng, x = image(9)
    layer = DilatedDwconv2d(3)
    dilation = torch.randint(0, 8, (2, 1, 6, 5), generator=rng).float()
    with torch.autocast("cpu", torch.bfloat16):
        y = layer(x.bfloat16(), dilation)
    torch.testing.assert_close(y, layer(x.bfloat16().float(), dilation))


@pytest.mark.parametrize(("depthwise", "offsets"), list(product((True, False), ("free", "bounded", "square"))))
def test_derivatives_of_the_relaxations(depthwise: bool, offsets: str) -> None:
    rng, x = image(3, n=1, c=2, h=4, w=4)
    layer = restless(DeformConv2d(2, 2, depthwise, offsets, "bilinear"), rng)
    names = [name for name, _ in layer.named_parameters()]

    def output(image: Tensor, *values: Tensor) -> Tensor:
        result: Tensor = torch.func.functional_call(layer, dict(zip(names, values, strict=True)), (image,))
        return result

    values = [parameter.detach().clone().requires_grad_() for parameter in layer.parameters()]
    assert torch.autograd.gradcheck(output, (x.requires_grad_(), *values))


def test_sampling_is_differentiable_by_its_positions() -> None:
    rng, x = image(4, n=1, c=2, h=4, w=5)
    rows, columns = (torch.rand(1, 3, 4, 5, generator=rng, dtype=torch.float64) * 8 - 2 for _ in range(2))
    assert torch.autograd.gradcheck(sampled, (x.requires_grad_(), rows.requires_grad_(), columns.requires_grad_()))


def test_dilations_are_whole_and_pass_gradients_inside_their_range() -> None:
    x = torch.tensor([-3.0, -0.2, 0.5, 1.5, 6.6, 7.4, 12.0], requires_grad=True)
    y = Dilation()(x)
    y.sum().backward()
    assert y.tolist() == [0, 0, 0, 2, 7, 7, 7]
    assert x.grad is not None and x.grad.tolist() == [0, 0, 1, 1, 1, 0, 0]


def test_it_starts_as_a_plain_convolution() -> None:
    _, x = image(6)
    for depthwise, offsets, sampling in FORMS:
        layer = DeformConv2d(3, 3, depthwise, offsets, sampling).double()
        taps = layer.taps
        expected = nn.functional.conv2d(x, taps.weight, padding=1, groups=taps.groups)
        torch.testing.assert_close(layer(x), expected)
    assert isinstance(DeformConv2d(3, 3).taps, DilatedDwconv2d)


def test_refusals() -> None:
    with pytest.raises(ConfigError, match=r"DeformConv2d: got offsets 'round'.* expected free or bounded or square"):
        DeformConv2d(3, 3, offsets="round")
    with pytest.raises(ConfigError, match="depthwise, 3 channels cannot become 4"):
        DeformConv2d(3, 4)


@given(
    shape=st.tuples(st.integers(1, 3), st.integers(0, 70), st.integers(0, 70)),
    dtype=st.sampled_from([torch.float32, torch.float64]),
)
def test_matrices_are_transposed_in_tiles_and_what_they_leave(shape: tuple[int, int, int], dtype: torch.dtype) -> None:
    n, a, b = shape
    x = torch.arange(n * a * b, dtype=dtype).view(shape)
    assert torch.equal(square_module._transpose(x, torch.full((n, b, a), -1, dtype=dtype)), x.transpose(1, 2))
