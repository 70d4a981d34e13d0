# SPDX-License-Identifier: Apache-2.0
"""What a design's folder says of itself: DIR/design.json of an export, DIR/compile.json of a lone compilation."""

import json
from dataclasses import dataclass
from pathlib import Path

from codesign.errors import UsageError


@dataclass(frozen=True)
class Origin:
    """The board that the design was made for, and its hash; no hash where nothing was exported."""

    target: str
    hash: str


def read_origin(folder: Path) -> Origin:
    """Return the origin; raise UsageError for a folder that neither export nor hls compile wrote."""
    for name in ("design.json", "compile.json"):
        path = folder / name
        if path.is_file():
            return _origin(path)
    raise UsageError(
        f"{folder}: no design.json and no compile.json; give a folder that codesign export or hls compile wrote"
    )


def _origin(path: Path) -> Origin:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Origin(str(data["target"]), str(data.get("hash", "")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: not a design's description ({error}); export it again") from error
