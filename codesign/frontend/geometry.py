# SPDX-License-Identifier: Apache-2.0
"""Kernel, stride, padding and dilation of a node, with the defaults of the ONNX standard."""

from collections.abc import Sequence

from codesign.frontend.call import Call
from codesign.ir.ops import Pads, Sliding


def sliding(call: Call, kernel: Sequence[int], h: int, w: int, framed: Pads = (0, 0, 0, 0)) -> Sliding:
    """The geometry over an image [h, w]; `framed` is padding that a node in front already put around it."""
    if len(kernel) != 2:
        call.refuse(f"a kernel of rank {len(kernel)}", "only 2-D windows are supported")
    stride, dilation = call.attribute("strides", [1, 1]), call.attribute("dilations", [1, 1])
    if min(*kernel, *stride, *dilation) < 1 or len(stride) != 2 or len(dilation) != 2:
        call.refuse(
            f"kernel {list(kernel)}, strides {stride}, dilations {dilation}", "two numbers of 1 or more are expected"
        )
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    extent = (h + framed[0] + framed[2], w + framed[1] + framed[3])
    own = _pads(call, extent, reach, stride)
    pads = tuple(a + b for a, b in zip(framed, own, strict=True))
    if min(own) < 0:
        call.refuse(f"negative pads {own}", "crop with a smaller input instead")
    for axis in (0, 1):
        if reach[axis] > extent[axis] + own[axis] + own[axis + 2]:
            call.refuse(f"a window that reaches over {reach[axis]} pixels on an image {h}x{w}", "use a larger input")
    return Sliding((kernel[0], kernel[1]), tuple(stride), pads, tuple(dilation))  # type: ignore[arg-type]


def refuse_ceiling(call: Call, geometry: Sliding, h: int, w: int) -> None:
    """Refuse ceil_mode=1 where it would add a window that ends outside."""
    if not call.attribute("ceil_mode", 0):
        return
    for axis, extent in enumerate((h, w)):
        reach = (geometry.kernel[axis] - 1) * geometry.dilation[axis] + 1
        if (extent + geometry.pads[axis] + geometry.pads[axis + 2] - reach) % geometry.stride[axis]:
            call.refuse("ceil_mode=1 adds a window that ends outside the image", "pad explicitly or use ceil_mode=0")


def _pads(call: Call, extent: tuple[int, int], reach: Sequence[int], stride: Sequence[int]) -> Pads:
    auto = call.only("auto_pad", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")
    given = call.attribute("pads", [0, 0, 0, 0])
    if auto == "NOTSET":
        if len(given) != 4:
            call.refuse(f"pads {given}", "four numbers (top, left, bottom, right) are expected")
        return (given[0], given[1], given[2], given[3])
    if auto == "VALID":
        return (0, 0, 0, 0)
    total = [max((-(-e // s) - 1) * s + r - e, 0) for e, s, r in zip(extent, stride, reach, strict=True)]
    small, large = [t // 2 for t in total], [t - t // 2 for t in total]
    first, last = (small, large) if auto == "SAME_UPPER" else (large, small)
    return (first[0], first[1], last[0], last[1])
