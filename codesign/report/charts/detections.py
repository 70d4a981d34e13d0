# SPDX-License-Identifier: Apache-2.0
"""A picture with the boxes that were found in it."""

from markupsafe import Markup

from codesign.report.sections import Box, Picture
from codesign.report.svg import hint, picture, tag
from codesign.report.words import exact

SIDE = 184  # of the longer side on the page


def detections(shown: Picture) -> Markup:
    """Draw one picture; each label stands above its box or, at the upper edge, below its top."""
    scale = SIDE / max(shown.width, shown.height)
    width, height = shown.width * scale, shown.height * scale
    image = tag("image", href=f"data:image/png;base64,{shown.png}", width=width, height=height, cls="pixels")
    boxes = (_box(box, scale) for box in reversed(shown.boxes))
    return picture(width, height, f"{len(shown.boxes)} found", image, *boxes)


def _box(box: Box, scale: float) -> Markup:
    left, top = box.left * scale, box.top * scale
    above = top - 3 if top > 14 else top + 12
    return tag(
        "g",
        hint(f"{box.label}: {exact(box.chance)} %"),
        tag("rect", x=left, y=top, width=(box.right - box.left) * scale, height=(box.bottom - box.top) * scale),
        tag("text", f"{box.label} {box.chance:.0f}", x=left + 1, y=above),
        cls="found",
    )
