# SPDX-License-Identifier: Apache-2.0
"""What a detector's integers mean: boxes on the frames that it was shown."""

from collections.abc import Mapping

import numpy as np

from codesign.flow.pictures import png
from codesign.ir import Graph
from codesign.report.sections import Box, Picture
from networks.detection.decode import Detections, decode_logits
from quant.numerics import IntArray

SHOWN = 12  # pictures of a report
CHANCE = 0.3  # from which a detection is drawn
MAPS = 3  # centres [h, w, classes], sizes and offsets [h, w, 2]


def is_detector(graph: Graph) -> bool:
    """Whether a graph looks at one picture and gives CenterNet's three maps of it."""
    shapes = [graph.tensors[name].shape for name in graph.outputs]
    if len(graph.inputs) != 1 or len(shapes) != MAPS or graph.inputs[0].shape[2] not in (1, 3):
        return False
    return len({shape[:2] for shape in shapes}) == 1 and [shape[2] for shape in shapes[1:]] == [2, 2]


def find_objects(graph: Graph, outputs: Mapping[str, IntArray]) -> list[Detections]:
    """The detections of every frame, from the integers [n, h, w, c] of the outputs."""
    reals = [graph.tensors[name].grid.real(outputs[name]).transpose(0, 3, 1, 2) for name in graph.outputs]
    return decode_logits(reals, graph.inputs[0].shape[0])


def draw_objects(graph: Graph, frames: IntArray, outputs: Mapping[str, IntArray]) -> tuple[Picture, ...]:
    """The first frames [n, h, w, c] with what was found in them."""
    height, width = graph.inputs[0].shape[:2]
    found = find_objects(graph, outputs)[:SHOWN]
    return tuple(
        Picture(png(frame), width, height, _boxes(one, width, height))
        for frame, one in zip(frames, found, strict=False)
    )


def _boxes(found: Detections, width: int, height: int) -> tuple[Box, ...]:
    inside = found.boxes.clip(0, [width, height, width, height])
    kept = np.flatnonzero(found.scores >= CHANCE)
    return tuple(
        Box(str(found.labels[i]), round(100 * float(found.scores[i]), 1), *(round(float(x), 2) for x in inside[i]))
        for i in kept
    )
