# SPDX-License-Identifier: Apache-2.0
"""Random legal models: every op, random shapes, bits, strides, groups, residuals and concats; one seed, one model."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import onnx

from tests.fuzz_graphs.network import OWN, Live, Network

MODES = ("FLOOR", "CEIL", "UP", "DOWN", "HALF_UP", "HALF_DOWN")
FLOAT_RATIO, ODD_ROUNDING, ZERO_POINT, QDQ = 0.15, 0.1, 0.15, 0.3  # shares of quantisers not the house's own


@dataclass
class Draft:
    """A model that grows step by step; `live` are the activations a step may read."""

    rng: np.random.Generator
    net: Network = field(default_factory=Network)
    live: list[Live] = field(default_factory=list)

    def pick(self, *wanted: Callable[[Live], bool]) -> Live | None:
        """A random live activation that fits, the latest ones more often."""
        fitting = [a for a in self.live[-4:] if all(w(a) for w in wanted)]
        return fitting[int(self.rng.integers(len(fitting)))] if fitting else None

    def maybe(self, share: float) -> bool:
        """True with this probability."""
        return bool(self.rng.random() < share)

    def one_of(self, *choices: int) -> int:
        """A random choice."""
        return int(choices[int(self.rng.integers(len(choices)))])

    def quantize(self, name: str, shape: tuple[int, int, int], reach: float, like: Live | None = None) -> Live:
        """A quantiser for reals up to about `reach`, or with the grid of another activation; it goes live."""
        bits = like.bits if like else self.one_of(1, 2, 3, 4, 4, 5, 6, 8, 8)
        signed = like.signed if like else bits > 1 and self.maybe(0.4)
        power = 2.0 ** np.ceil(np.log2(max(reach, 1e-6) / 2 ** (bits - signed)) + self.rng.integers(-1, 2))
        foreign = self.maybe(FLOAT_RATIO) and like is None
        scale = like.scale if like else float(np.float32(power * self.rng.uniform(0.6, 1.4) if foreign else power))
        zero = int(self.rng.integers(0, 2**bits)) if self.maybe(ZERO_POINT) and not signed and like is None else 0
        mode = str(self.rng.choice(MODES)) if self.maybe(ODD_ROUNDING) else "ROUND"
        if bits == 8 and self.maybe(QDQ):
            quantised = self.net.quantise_dequantise(name, scale, zero, signed)
        else:
            quantised = self.net.quant(name, scale, bits, signed, zero=zero, mode=mode)
        self.live.append(Live(quantised, shape, scale, signed, bits))
        return self.live[-1]

    def weight(self, shape: tuple[int, ...]) -> tuple[str, float]:
        """A quantised weight, per channel or not, and the greatest sum of magnitudes of an output."""
        bits, outs = self.one_of(1, 2, 3, 4, 4, 6, 8), shape[0]
        per_channel = (outs, *[1] * (len(shape) - 1)) if self.maybe(0.7) else ()
        scale = (self.rng.integers(1 << 8, 1 << 16, per_channel) * 2.0 ** -self.rng.integers(14, 20)).astype(np.float32)
        integers = self.rng.normal(size=shape) * 2 ** (bits - 1) / 2
        floats = self.net.constant(integers * scale, "weight")
        reach = float((np.clip(np.abs(integers), 1, 2 ** (bits - 1)) * scale).reshape(outs, -1).sum(1).max())
        return self.net.quant(floats, scale, bits, True, narrow=bits > 1), reach

    def bias(self, outs: int, reach: float) -> list[str]:
        """No bias, or one that lies on no grid."""
        return [self.net.constant(self.rng.normal(size=outs) * reach / 4, "bias")] if self.maybe(0.5) else []

    def settle(self, name: str, shape: tuple[int, int, int], reach: float) -> None:
        """Batch normalisation, ReLU, ReLU6 or nothing, then a quantiser."""
        if self.maybe(0.2):
            columns = [self.rng.uniform(0.5, 2, shape[0]), self.rng.normal(size=shape[0]) * reach / 4]
            columns += [self.rng.normal(size=shape[0]) * reach / 4, self.rng.uniform(0.5, 2, shape[0])]
            name = self.net.node("BatchNormalization", [name, *(self.net.constant(c) for c in columns)], epsilon=1e-3)
        if self.maybe(0.4):
            name = self.net.node("Relu", [name])
        elif self.maybe(0.15):
            name = self.net.node("Clip", [name, self.net.constant(0.0), self.net.constant(reach / 3)])
        if self.maybe(0.1) and min(shape[1:]) >= 2:
            name = self.net.node("MaxPool", [name], kernel_shape=[2, 2], strides=[1, 1])
            shape = (shape[0], shape[1] - 1, shape[2] - 1)
        self.quantize(name, shape, reach)


def reach_of(a: Live) -> float:
    """The greatest magnitude on an activation's grid."""
    return float(a.scale * 2 ** (a.bits - a.signed))


def is_map(a: Live) -> bool:
    """Whether there is an image to slide over."""
    return min(a.shape[1:]) >= 3


def frame(draft: Draft, source: Live) -> Live:
    """A Pad node with a value of the grid, for a convolution to take in."""
    (c, h, w), net = source.shape, draft.net
    top, left, bottom, right = (int(v) for v in draft.rng.integers(0, 3, 4))
    widths = net.constant([0, 0, top, left, 0, 0, bottom, right], kind=np.int64)
    value = source.scale * int(draft.rng.integers(0, 2 ** (source.bits - source.signed)))
    name = net.node("Pad", [source.name, widths, net.constant(value)])
    return replace(source, name=name, shape=(c, h + top + bottom, w + left + right))


def convolution(draft: Draft) -> None:
    """Regular, grouped, depthwise (with a multiplier) or pointwise; any stride, dilation and padding."""
    source = draft.pick()
    if source is None:
        return
    if draft.maybe(0.15):
        source = frame(draft, source)
    (c, h, w), rng = source.shape, draft.rng
    divisors = [g for g in range(1, c + 1) if c % g == 0]
    groups = draft.one_of(1, 1, c, *divisors)
    outs = groups * int(rng.integers(1, max(2, 12 // groups + 1)))
    kernel = [draft.one_of(1, 1, 2, 3, 3, 5), draft.one_of(1, 1, 2, 3, 3)]
    dilation = [draft.one_of(1, 1, 1, 2), draft.one_of(1, 1, 1, 2, 3)]
    framed = source not in draft.live
    pads = [int(v) for v in rng.integers(0, 3, 4)] if max(kernel) > 1 and draft.maybe(0.7) and not framed else [0] * 4
    strides = [draft.one_of(1, 1, 2), draft.one_of(1, 1, 2, 3)]
    extent = (h + pads[0] + pads[2], w + pads[1] + pads[3])
    sizes = [(e - (k - 1) * d - 1) // s + 1 for e, k, d, s in zip(extent, kernel, dilation, strides, strict=True)]
    if min(sizes) < 1:
        return
    weight, reach = draft.weight((outs, c // groups, *kernel))
    reach *= reach_of(source) / 3
    attributes: dict[str, object] = {"group": groups} if groups > 1 else {}
    attributes |= {"pads": pads} if any(pads) else {}
    attributes |= {"strides": strides} if max(strides) > 1 or draft.maybe(0.5) else {}
    attributes |= {"dilations": dilation} if max(dilation) > 1 or draft.maybe(0.3) else {}
    inputs = [source.name, weight, *draft.bias(outs, reach)]
    draft.settle(draft.net.node("Conv", inputs, **attributes), (outs, sizes[0], sizes[1]), reach)


def deformable(draft: Draft) -> None:
    """A dilation for each pixel from a 1x1 convolution, then our own op, or the standard one with square offsets."""
    source = draft.pick()
    if source is None:
        return
    c, net = source.shape[0], draft.net
    weight, reach = draft.weight((1, c, 1, 1))
    gain = net.constant(8 / (reach * reach_of(source) / 2))
    wide = net.node("Mul", [net.node("Conv", [source.name, weight]), gain])
    dilation = net.quant(net.node("Add", [wide, net.constant(3.0)]), 1.0, 3, False)
    weight, reach = draft.weight((c, 1, 3, 3))
    reach *= reach_of(source) / 3
    bias = draft.bias(c, reach)
    if draft.maybe(0.6):
        name = net.node("DeformDwconv", [source.name, dilation, weight, *bias], OWN)
    else:
        inputs = [source.name, weight, square_offsets(draft, dilation), *bias]
        name = net.node("DeformConv", inputs, kernel_shape=[3, 3], pads=[1] * 4, group=c)
    draft.settle(name, source.shape, reach)


def square_offsets(draft: Draft, dilation: str) -> str:
    """(d - 1) * (y, x) of every tap, spread by a convolution or by a concat."""
    net, anchors = draft.net, [a for y in (-1, 0, 1) for x in (-1, 0, 1) for a in (y, x)]
    factors = np.array(anchors, np.float32).reshape(18, 1, 1, 1)
    if draft.maybe(0.5):
        weight = net.quant(net.constant(factors), 1.0, 2, True)
        return str(net.node("Conv", [dilation, weight, net.constant(-factors.ravel())]))
    signs = net.constant(factors.reshape(1, 18, 1, 1))
    spread = net.node("Mul", [net.node("Concat", [dilation] * 18, axis=1), signs])
    return str(net.node("Sub", [spread, signs]))


def residual(draft: Draft) -> None:
    """The sum or difference of two activations of one shape, put on one grid each if need be."""
    first = draft.pick()
    if first is None:
        return
    second = draft.pick(lambda a: a.shape == first.shape) or first
    if second.scale != first.scale and draft.maybe(0.8):
        second = draft.quantize(second.name, second.shape, 1.0, like=first)
    names = [first.name, second.name]
    total = draft.net.node("Sub" if draft.maybe(0.2) else "Add", names)
    draft.settle(total, first.shape, reach_of(first) + reach_of(second))


def concat(draft: Draft) -> None:
    """Two or three activations of one extent side by side, with a shared quantiser or one behind."""
    first = draft.pick()
    if first is None:
        return
    others = [a for a in draft.live if a.shape[1:] == first.shape[1:]][-2:]
    parts = [first, *others]
    if sum(p.shape[0] for p in parts) > 24:
        return
    shape = (sum(p.shape[0] for p in parts), *first.shape[1:])
    joined = draft.net.node("Concat", [p.name for p in parts], axis=draft.one_of(1, -3))
    if len({(p.scale, p.signed, p.bits) for p in parts}) == 1:
        draft.live.append(replace(first, name=joined, shape=shape))
    else:
        draft.quantize(joined, shape, max(map(reach_of, parts)))


def split(draft: Draft) -> None:
    """Both parts of a split, or a slice of the channels."""
    source = draft.pick(lambda a: a.shape[0] >= 2)
    if source is None:
        return
    c, at = source.shape[0], int(draft.rng.integers(1, source.shape[0]))
    if draft.maybe(0.5):
        sizes = draft.net.constant([at, c - at], kind=np.int64)
        names, extents = draft.net.node("Split", [source.name, sizes], outputs=2, axis=1), [at, c - at]
    else:
        bounds = [draft.net.constant([v], kind=np.int64) for v in (at, c, 1)]
        names, extents = [draft.net.node("Slice", [source.name, *bounds])], [c - at]
    for name, extent in zip(names, extents, strict=True):
        draft.live.append(replace(source, name=name, shape=(extent, *source.shape[1:])))


def shuffle(draft: Draft) -> None:
    """A channel shuffle as torch writes it, or a gather."""
    source = draft.pick(lambda a: a.shape[0] >= 4)
    if source is None:
        return
    (c, h, w), net = source.shape, draft.net
    groups = next((g for g in (3, 2) if c % g == 0), 0)
    if groups and draft.maybe(0.7):
        apart = net.node("Reshape", [source.name, net.constant([1, groups, c // groups, h, w], kind=np.int64)])
        crossed = net.node("Transpose", [apart], perm=[0, 2, 1, 3, 4])
        name = net.node("Reshape", [crossed, net.constant([1, c, h, w], kind=np.int64)])
    else:
        name = net.node("Gather", [source.name, net.constant(draft.rng.permutation(c), kind=np.int64)], axis=1)
    draft.live.append(replace(source, name=name))


def max_pool(draft: Draft) -> None:
    """Max pooling with padding."""
    source = draft.pick(is_map)
    if source is None:
        return
    c, h, w = source.shape
    kernel, stride, pad = draft.one_of(2, 3), draft.one_of(1, 2), draft.one_of(0, 1)
    sizes = [(e + 2 * pad - kernel) // stride + 1 for e in (h, w)]
    attributes = {"kernel_shape": [kernel] * 2, "strides": [stride] * 2, "pads": [pad] * 4}
    name = draft.net.node("MaxPool", [source.name], **attributes)
    draft.live.append(replace(source, name=name, shape=(c, sizes[0], sizes[1])))


def average_pool(draft: Draft) -> None:
    """Average pooling, with padding that counts, or over the whole map."""
    source = draft.pick(is_map)
    if source is None:
        return
    c, h, w = source.shape
    if draft.maybe(0.4):
        name, shape = draft.net.node("GlobalAveragePool", [source.name]), (c, 1, 1)
    else:
        kernel, pad = draft.one_of(2, 3), draft.one_of(0, 1)
        attributes = {"kernel_shape": [kernel] * 2, "pads": [pad] * 4, "count_include_pad": 1}
        name = draft.net.node("AveragePool", [source.name], **attributes)
        shape = (c, h + 2 * pad - kernel + 1, w + 2 * pad - kernel + 1)
    draft.quantize(name, shape, reach_of(source))


def global_max(draft: Draft) -> None:
    """The greatest of each channel."""
    source = draft.pick(is_map)
    if source is not None:
        name = draft.net.node("GlobalMaxPool", [source.name])
        draft.live.append(replace(source, name=name, shape=(source.shape[0], 1, 1)))


def upsample(draft: Draft) -> None:
    """Nearest neighbour, other factors down and across."""
    source = draft.pick(lambda a: max(a.shape[1:]) <= 6)
    if source is None:
        return
    c, h, w = source.shape
    a, b = draft.one_of(1, 2, 3), draft.one_of(1, 2)
    scales = draft.net.constant([1, 1, a, b])
    modes = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    name = draft.net.node("Resize", [source.name, "", scales], **modes)
    draft.live.append(replace(source, name=name, shape=(c, h * a, w * b)))


def scale_shift(draft: Draft) -> None:
    """A constant factor and term for each channel, then a quantiser."""
    source = draft.pick()
    if source is None:
        return
    c, rng = source.shape[0], draft.rng
    factor = draft.net.constant(rng.uniform(0.5, 1.5, (1, c, 1, 1)) * rng.choice([-1, 1]))
    term = draft.net.constant(rng.normal(size=(1, c, 1, 1)) * reach_of(source) / 4)
    name = draft.net.node("Add", [draft.net.node("Mul", [source.name, factor]), term])
    draft.settle(name, source.shape, reach_of(source))


def head(draft: Draft) -> str:
    """A classifier on the last activation: flatten, a matrix, and perhaps a bias."""
    source, net = draft.live[-1], draft.net
    size, outs = int(np.prod(source.shape)), int(draft.rng.integers(2, 11))
    flat = net.node("Flatten", [source.name])
    weight, reach = draft.weight((outs, size))
    reach *= reach_of(source) / 3
    if draft.maybe(0.5):
        name = net.node("Gemm", [flat, weight, *draft.bias(outs, reach)], transB=1)
    else:
        name = net.node("MatMul", [flat, net.node("Transpose", [weight], perm=[1, 0])])
        name = net.node("Add", [name, net.constant(draft.rng.normal(size=outs))])
    return draft.quantize(name, (outs, 1, 1), reach).name


STEPS = (
    convolution, convolution, convolution, convolution, deformable, residual, residual, concat, concat, split, shuffle,
    max_pool, average_pool, global_max, upsample, scale_shift,
)  # fmt: skip


def random_model(seed: int) -> onnx.ModelProto:
    """The model of a seed: a float input `x`, 3 to 10 steps, perhaps a classifier; what no one reads is an output."""
    rng = np.random.default_rng(seed)
    draft = Draft(rng)
    shape = (int(rng.integers(1, 7)), int(rng.integers(3, 10)), int(rng.integers(3, 10)))
    draft.quantize("x", shape, 4.0)
    for _ in range(int(rng.integers(3, 11))):
        if np.prod(draft.live[-1].shape) <= 1500:
            STEPS[int(rng.integers(len(STEPS)))](draft)
    last = head(draft) if draft.maybe(0.6) else draft.live[-1].name
    read = {name for node in draft.net.nodes for name in node.input} | {last}
    unread = dict.fromkeys(a.name for a in draft.live if a.name not in read)
    return draft.net.model({"x": (1, *shape)}, [last, *unread])


def random_input(model: onnx.ModelProto, seed: int, count: int) -> npt.NDArray[np.float64]:
    """Reals [count, c, h, w] around the range of the input's quantiser."""
    shape = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
    return np.random.default_rng(seed).normal(size=(count, *shape[1:])) * 3
