# SPDX-License-Identifier: Apache-2.0
"""The kinds of layers that have a colour of their own."""

KINDS = {
    "conv": "convolution",
    "depthwise": "depthwise",
    "deformable": "deformable",
    "dense": "dense",
    "pool": "pooling",
    "add": "addition",
    "wire": "other",
}


def kind(op: str) -> str:
    """Return the kind of a layer's op, the class of its colour: "Depthwise 3x3" -> "depthwise"."""
    words = op.lower()
    return next((name for name in ("deformable", "depthwise", "pool", "dense", "conv", "add") if name in words), "wire")
