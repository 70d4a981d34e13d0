# SPDX-License-Identifier: Apache-2.0
"""What only moves elements: it works on constants and on the index of activations alike."""

from dataclasses import replace

import numpy as np

from codesign.frontend.builder import Builder
from codesign.frontend.call import Call
from codesign.frontend.values import MAX_ELEMENTS, Constant, Quantised, Reshaping, Value, joined
from codesign.ir import ops
from quant.numerics import IntArray


def identity(call: Call, builder: Builder) -> list[Value]:
    """Identity."""
    return [call.value(0)]


def dropout(call: Call, builder: Builder) -> list[Value]:
    """Dropout, which does nothing at inference."""
    call.attribute("ratio", 0.5)
    call.attribute("seed", 0)
    if call.given(2) and call.constant(2).any():
        call.refuse("training_mode is on", "export the model for inference")
    return [call.value(0)]


def cast(call: Call, builder: Builder) -> list[Value]:
    """Cast to a float type: the integers keep their value."""
    call.only("saturate", 1)
    call.only("round_mode", "up")
    value = call.value(0)
    if call.attribute("to", 0) not in (1, 10, 11, 16) and not isinstance(value, Constant):
        call.refuse("a cast of an activation to an integer type", "use a quantiser")
    return [value]


def reshape(call: Call, builder: Builder) -> list[Value]:
    """Reshape; 0 copies an extent unless allowzero."""
    wanted = [int(v) for v in call.constant(1).ravel()]
    shape = _shape(call, call.value(0))
    if not call.attribute("allowzero", 0):
        wanted = [shape[i] if v == 0 and i < len(shape) else v for i, v in enumerate(wanted)]
    return [_moved(call, lambda a: a.reshape(wanted))]


def flatten(call: Call, builder: Builder) -> list[Value]:
    """Flatten to a matrix."""
    shape = _shape(call, call.value(0))
    axis = call.attribute("axis", 1)
    rows = int(np.prod(shape[: axis if axis >= 0 else axis + len(shape)], dtype=np.int64))
    return [_moved(call, lambda a: a.reshape(rows, -1))]


def transpose(call: Call, builder: Builder) -> list[Value]:
    """Transpose; all axes are reversed where no perm is given."""
    perm = call.attribute("perm", None)
    return [_moved(call, lambda a: a.transpose(perm))]


def squeeze(call: Call, builder: Builder) -> list[Value]:
    """Drop axes of extent 1."""
    axes = call.integers(1, "axes")
    return [_moved(call, lambda a: np.squeeze(a, None if axes is None else tuple(axes)))]


def unsqueeze(call: Call, builder: Builder) -> list[Value]:
    """Add axes of extent 1."""
    axes = call.integers(1, "axes") or []
    return [_moved(call, lambda a: np.expand_dims(a, tuple(axes)))]


def slice_(call: Call, builder: Builder) -> list[Value]:
    """Slice; axes default to the first ones, steps to 1."""
    starts, ends = call.integers(1, "starts") or [], call.integers(2, "ends") or []
    axes = call.integers(3, "axes") or list(range(len(starts)))
    steps = call.integers(4, "steps") or [1] * len(starts)
    rank = len(_shape(call, call.value(0)))
    cut = [slice(None)] * rank
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        low = end <= -(1 << 31) and step < 0
        cut[axis % rank] = slice(start, None if low else end, step)
    return [_moved(call, lambda a: a[tuple(cut)])]


def split(call: Call, builder: Builder) -> list[Value]:
    """Split into parts of given sizes, or of equal ones (the last may be smaller)."""
    shape, count = _shape(call, call.value(0)), len(call.node.output)
    axis = call.attribute("axis", 0)
    sizes, parts = call.integers(1, "split"), call.attribute("num_outputs", count)
    whole = shape[axis]
    if sizes is None:
        part = -(-whole // parts)
        sizes = [min(part, whole - i * part) for i in range(parts)]
    if sum(sizes) != whole or len(sizes) != count or min(sizes) < 1:
        call.refuse(f"a split of {whole} into {sizes}", f"{count} positive sizes that sum to {whole} are expected")
    places = np.split(np.arange(whole), np.cumsum(sizes)[:-1])
    return [_taken(call, place, axis) for place in places]


def gather(call: Call, builder: Builder) -> list[Value]:
    """Pick entries along an axis."""
    indices, axis = call.constant(1).astype(np.int64), call.attribute("axis", 0)
    return [_taken(call, indices, axis)]


def shape(call: Call, builder: Builder) -> list[Value]:
    """The static shape, as a constant."""
    found = _shape(call, call.value(0))
    return [Constant(np.array(found[call.attribute("start", 0) : call.attribute("end", len(found))], np.int64))]


def concat(call: Call, builder: Builder) -> list[Value]:
    """Concat of constants along any axis, of activations along the channels."""
    axis = call.attribute("axis", None)
    if axis is None:
        call.refuse("the attribute axis is missing", "the ONNX standard requires it")
    if all(isinstance(v, Constant) for v in call.inputs):
        return [Constant(np.concatenate([call.constant(i) for i in range(len(call.inputs))], axis))]
    views = [call.view(i) for i in range(len(call.inputs))]
    rank = views[0].index.ndim
    if axis % rank != 1 or rank not in (2, 4):
        call.refuse(f"a concat of activations of rank {rank} along axis {axis}", "only channels (axis 1) can be joined")
    if len(views) == 1:
        return [views[0]]
    whole = [builder.feature(call, view, name) for view, name in zip(views, call.node.input, strict=True)]
    meaning = joined([view.meaning for view in whole])
    result = builder.emit(call, ops.Concat(), [view.tensor for view in whole], meaning, call.output)
    return [result if rank == 4 else result.reshaped(lambda index: index.reshape(1, -1))]


def pad(call: Call, builder: Builder) -> list[Value]:
    """Constant padding of the image; a convolution behind it takes it in."""
    call.only("mode", "constant")
    pads = call.integers(1, "pads")
    view = call.view()
    if pads is None or call.given(3) or len(pads) != 2 * view.index.ndim or view.index.ndim != 4:
        call.refuse("pads for some axes only, or none", "give the pads of all four axes")
    if min(pads) < 0 or any(pads[i] for i in (0, 1, 4, 5)):
        call.refuse(f"pads {pads}", "only height and width can be padded, by 0 or more")
    h, w = view.index.shape[2:]
    if (h + pads[2] + pads[6]) * (w + pads[3] + pads[7]) > MAX_ELEMENTS:
        call.refuse(f"pads {pads}", "pad by less")
    value = call.constant(2) if call.given(2) else np.array(call.attribute("value", 0.0))
    outside = Constant(value).reals.ravel()[0]
    if view.padded and outside != view.outside:
        call.refuse("two Pad nodes with different values", "use one")
    return [replace(view.framed((pads[2], pads[3], pads[6], pads[7])), outside=outside)]


def _shape(call: Call, value: Value) -> tuple[int, ...]:
    return value.shape if isinstance(value, Constant | Quantised) else tuple(value.index.shape)


def _taken(call: Call, places: IntArray, axis: int) -> Value:
    return _moved(call, lambda array: np.take(array, places, axis))


def _moved(call: Call, how: Reshaping) -> Value:
    try:
        moved = call.value(0).reshaped(how)
    except (ValueError, IndexError) as error:
        call.refuse(f"{error} (input of shape {_shape(call, call.value(0))})", "check the model's shapes")
    if 0 in _shape(call, moved):
        call.refuse(f"an empty result of shape {_shape(call, moved)}", "check the model's shapes")
    return moved
