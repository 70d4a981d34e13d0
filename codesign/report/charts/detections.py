# SPDX-License-Identifier: Apache-2.0
"""A picture with the boxes that were found in it."""

from markupsafe import Markup

from codesign.report.sections import Box, Picture
from codesign.report.svg import hint, picture, tag
from codesign.report.words import exact

SIDE = 184  # of the longer side on the page
LETTER = 6.5  # the width of one


def detections(shown: Picture) -> Markup:
    """Draw one picture; each label stands above its box or, at the upper edge, below its top."""
    scale = SIDE / max(shown.width, shown.height)
    width, height = shown.width * scale, shown.height * scale
    image = tag("image", href=f"data:image/png;base64,{shown.png}", width=width, height=height, cls="pixels")
    boxes = (_box(box, scale, width) for box in reversed(shown.boxes))
    return picture(width, height, f"{len(shown.boxes)} found", image, *boxes)


def _box(box: Box, scale: float, width: float) -> Markup:
    left, top = box.left * scale, box.top * scale
    text = f"{box.label} {box.chance:.0f}"
    above = top - 3 if top > 14 else top + 12
    return tag(
        "g",
        hint(f"{box.label}: {exact(box.chance)} %"),
        tag("rect", x=left, y=top, width=(box.right - box.left) * scale, height=(box.bottom - box.top) * scale),
        tag("text", text, x=max(0.0, min(left + 1, width - LETTER * len(text))), y=above),
        cls="found",
    )
